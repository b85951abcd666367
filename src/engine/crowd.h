/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_CROWD_H
#define THRONG_ENGINE_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/timers.h"
#include "engine/user.h"
#include "scenario/scenario.h"

struct env;
struct event;
struct event_base;

/* All users of one engine. Within a class users are a stack: the newest goes first. A user's
 * random stream is named by its class, its place in the class over all engines and how often
 * that place was taken before, so runs repeat whatever the number of engines; its number is the
 * smallest one free, so numbers stay dense and data rows are used in order. Owned by the
 * engine's thread. */

struct crowd_class {
	struct user **places; /* by place in this engine; NULL: free */
	uint32_t *taken;      /* how often a place was taken */
	uint32_t cap;
	uint32_t count; /* places 0..count-1 are wanted */
	uint32_t live;  /* users that exist, leaving ones included */
	struct user_queue idle;
	uint32_t idle_count;
};

struct crowd {
	struct user_host host; /* first: phase_changed hands it back */
	struct crowd_class classes[SCENARIO_CLASSES_MAX];
	uint32_t live;
	uint32_t working; /* open: users with a task */
	struct user_queue everybody;
	struct user_queue ended; /* to be freed on the next turn */
	struct event *reaper;
	uint64_t *numbers;    /* bitmap of numbers in use, divided by the number of engines */
	uint64_t *iterations; /* by the same: where the next user of a number begins to count */
	size_t number_words, lowest_word;
	/* told when the crowd has become empty, after the last user was freed */
	void (*empty)(void *arg);
	void *arg;

	/* Arrivals of open runs: this engine takes the k with k % takers == taker. Engines that
	 * have no users by the scenario take none. given, marked: in units of the own ones. */
	unsigned taker, takers;
	struct rng rng;
	struct timer arrival;
	uint64_t given;  /* arrivals that users were given */
	uint64_t marked; /* arrivals that were found waiting */
	uint64_t held_back;
	uint64_t due;     /* own arrivals that were due while arrivals were given */
	uint64_t started; /* of them: given to a user */
	uint32_t cap;     /* of working users */
	bool closed;      /* no more arrivals */
};

/* 0 or -ENOMEM. */
int crowd_init(struct crowd *crowd, struct env *env, struct event_base *base)
	__attribute__((warn_unused_result));
/* Ends everybody without a sample. */
void crowd_fini(struct crowd *crowd);
/* Let users come and go so that each class has what steering_users says (of all engines). False
 * when there are more to come than one turn of the loop should make: call again on the next. */
bool crowd_follow(struct crowd *crowd, const uint32_t *counts);
/* Everybody leaves, nobody comes any more, no arrival is given: finishes what is in flight, runs on_stop steps. */
void crowd_dismiss(struct crowd *crowd);
/* Everybody ends now, what is in flight is aborted. */
void crowd_abort(struct crowd *crowd);
void crowd_pause(struct crowd *crowd);
void crowd_resume(struct crowd *crowd);
/* Open runs: give arrivals that are due to idle users, count those that have to wait, and set the
 * timer to the next. Call at the start, when the rate was changed and every now and then. */
void crowd_dispatch(struct crowd *crowd);
/* Open runs: bring `due` up to now, or to the run's end. */
void crowd_count_due(struct crowd *crowd);
/* Open runs: forget the arrivals that wait. */
void crowd_forget_arrivals(struct crowd *crowd);

#endif
