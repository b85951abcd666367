/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_ENGINE_INTERNAL_H
#define THRONG_ENGINE_ENGINE_INTERNAL_H

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/crowd.h"
#include "engine/engine.h"
#include "engine/env.h"
#include "engine/links.h"
#include "engine/setup.h"

struct event;
struct event_base;
struct command;

/* The inside of an engine, for the engine_*.c files alone. */

enum engine_phase {
	PHASE_IDLE,     /* waits for the start */
	PHASE_SETUP,    /* leader: prepares; others: wait for the leader */
	PHASE_RUN,      /* users come, work and go */
	PHASE_DRAIN,    /* everybody leaves */
	PHASE_GATHER,   /* leader: waits for the other engines' users */
	PHASE_TEARDOWN, /* leader */
	PHASE_DONE
};

struct engine {
	struct engine_config config;
	struct env env;
	struct crowd crowd;
	struct setup setup;      /* leader */
	struct links links;      /* leader */
	const struct link *link; /* others: theirs, in the leader's links */
	struct event_base *base;
	struct event *on_timer, *on_commands, *on_orders;
	struct event **on_links; /* leader: one per other engine; others: one */
	unsigned link_events;
	struct pollfd *urgent; /* the descriptors of all these */
	nfds_t urgent_count;
	pthread_t thread;
	bool running; /* the thread was started */

	enum engine_phase phase;
	struct timer steer, tick, deadline;
	unsigned ended;           /* leader: engines that have told that they are empty */
	bool prepared;            /* leader: the setup succeeded */
	bool told_all;            /* EVENT_SPAWNED_ALL was sent */
	bool told_start;          /* leader: the others know */
	uint64_t cpu_ns, tick_ns; /* at the last tick */
	uint32_t cpu_permille;    /* as told last */
};

static inline bool engine_leads(const struct engine *engine)
{
	return engine->config.index == 0;
}

/* engine_run.c: phases and commands */
void engine_obey(struct engine *engine, const struct command *command);
void engine_begin(struct engine *engine); /* leave PHASE_IDLE */
void engine_steer(void *engine);          /* bring the users to where they should be */
void engine_hear_start(struct engine *engine, const struct link_start *start);
void engine_hear_ended(struct engine *engine);
void engine_crowd_empty(void *engine);
void engine_setup_finished(void *engine, bool ok, enum failure_kind kind, unsigned status);
void engine_deadline(void *engine);

/* engine_status.c: what the recorder is told every 100 ms */
void engine_tick(void *engine);
void engine_tell_status(struct engine *engine);
void engine_event(struct engine *engine, enum sample_event event, uint16_t class_id, int64_t a,
		  int64_t b); /* of the whole run: sent by the leader only */

#endif
