/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_ENV_H
#define THRONG_ENGINE_ENV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "engine/capture.h"
#include "engine/flights.h"
#include "engine/lag.h"
#include "engine/outbox.h"
#include "engine/steering.h"
#include "engine/timers.h"
#include "engine/transport.h"

struct scenario;
struct vars;

/* What everything inside one engine works with. Owned by the engine's thread. */
/* How long sockets have the loop to themselves when there is more to do than one turn should. */
#define ENV_BREATH_NS UINT64_C(500000)

struct env {
	const struct scenario *scenario;
	const struct transport_ops *ops;
	struct transport *transport;
	uint64_t (*now_ns)(void);
	uint64_t seed;
	unsigned index, count; /* this engine of how many */

	struct outbox outbox;
	struct capture capture; /* of failed exchanges */
	struct flights flights;
	struct steering steering;
	struct timers timers;       /* monotonic instants */
	struct timers clock_timers; /* by the run's clock: waits stand still while paused */
	int timer_fd;
	uint64_t armed_ns; /* what timer_fd is set to */

	struct buf scratch;
	/* bits of user header slots ("then") that stand in for headers we would send */
	uint64_t agent_slots, accept_slots, cookie_slots;
	struct vars *setup_vars; /* what the setup has extracted, for every user; NULL: nothing */
	struct lag lag;
	uint64_t slip_max_ns; /* starts behind schedule in this interval */
	uint64_t no_files_told_ns;
};

/* timer_fd is made here. 0 or negative errno. */
int env_init(struct env *env, const struct scenario *scenario, uint64_t seed, unsigned index,
	     unsigned count) __attribute__((warn_unused_result));
void env_fini(struct env *env);

/* Set a timer by the monotonic clock, or by the run's clock. */
void env_set_timer(struct env *env, struct timer *timer, uint64_t at_ns);
void env_set_clock_timer(struct env *env, struct timer *timer, uint64_t clock_ns);
/* Fire what is due, at most a bounded number in one go, and set timer_fd to what comes next. */
void env_fire_timers(struct env *env);
/* After the run's clock was stopped, started or moved on. */
void env_rearm(struct env *env);
/* The run's clock now. */
uint64_t env_clock_ns(const struct env *env);
/* A start happened this much behind its schedule. */
void env_slipped(struct env *env, uint64_t late_ns);
/* This machine ran out of files or ports: tell it, at most once a second. */
void env_no_files(struct env *env, int code);

#endif
