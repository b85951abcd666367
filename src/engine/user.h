/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_USER_H
#define THRONG_ENGINE_USER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "engine/actor.h"
#include "engine/timers.h"

struct user_class;

/* One simulated person. Born, runs its on_start steps, then tasks with waits between them until
 * it is asked to leave; then finishes the request in flight, runs its on_stop steps and ends.
 * In open runs it rests idle until an arrival is given to it. Owned by the engine's thread. */
enum user_phase {
	USER_BORN,    /* on_start steps */
	USER_WORKING, /* a task */
	USER_WAITING, /* think time */
	USER_IDLE,    /* open runs: ready for an arrival */
	USER_PARTING, /* on_stop steps */
	USER_ENDED
};

struct user;

/* The crowd a user lives in. */
struct user_host {
	struct env *env;
	/* user->phase has changed. USER_IDLE: may be given an arrival at once. USER_ENDED: is
	 * over; to be freed with user_free, but not before the next turn of the loop. */
	void (*phase_changed)(struct user_host *host, struct user *user, enum user_phase old);
	bool open;
	bool paused;                       /* nothing new is started */
	bool cut;                          /* parting users run no on_stop steps any more */
	TAILQ_HEAD(user_queue, user) held; /* ready to go on, but paused */
};

struct user {
	struct actor actor; /* first: done hands it back */
	struct user_host *host;
	const struct user_class *class;
	uint32_t slot; /* place among the users of its class in this engine */
	enum user_phase phase;
	bool leaving;  /* asked to go */
	bool aborting; /* its request was cut off: ends with it */
	bool held;
	unsigned step;             /* next one of the list being worked */
	unsigned task;             /* index */
	unsigned failures;         /* in a row, of the kind that calls for backing off */
	uint64_t task_clock_ns;    /* run's clock: when the task began (pacing) */
	uint64_t next_intended_ns; /* open: of the task's first request; 0: now */
	struct timer timer;
	TAILQ_ENTRY(user) link;  /* held, or the host's: idle or ended */
	TAILQ_ENTRY(user) crowd; /* the host's: every user */
};

/* A new user, not started. number: {{user}}; stream: of its random numbers. */
struct user *user_new(struct user_host *host, uint16_t class_id, uint32_t slot, uint64_t number,
		      uint64_t stream);
void user_free(struct user *user);
/* Begin with on_start, or with what comes after it. */
void user_start(struct user *user);
/* Open runs: an arrival. The user must be USER_IDLE. */
void user_arrive(struct user *user, uint64_t intended_ns);
/* Asked to go: at once, or when the request in flight is done. Twice is once. */
void user_leave(struct user *user);
/* Take the asking back. False when it is too late. */
bool user_stay(struct user *user);
/* End now: what is in flight is cut off and counted as aborted. */
void user_abort(struct user *user);
/* Go on after a pause. */
void user_resume(struct user *user);

#endif
