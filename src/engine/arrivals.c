/* SPDX-License-Identifier: MIT */
/* Open runs: arrivals meet idle users. Of all engines' arrivals k this engine takes those with
 * k % takers == taker; `given` counts its own ones. An arrival that finds nobody idle, or the
 * cap reached, waits for the next user that becomes idle, in order, and is counted as held back
 * once. Which class serves an arrival is drawn by the classes' users in this engine, among those
 * that have an idle one. Engine thread; constant time per arrival but for a look at the classes. */
#include "config.h"

#include <math.h>

#include "engine/crowd.h"
#include "engine/env.h"

/* At rates where the next arrival is as near as this they are given together: waking up costs more than a
 * request does, and half of the truth of a response time (0.2 ms) can be spared for it. */
#define TOGETHER_NS 120000

/* Own arrivals that are due by now. */
static uint64_t due(const struct crowd *crowd, uint64_t now_ns)
{
	const struct arrivals *last = arrivals_log_last(&crowd->host.env->steering.arrivals);
	double all = floor(arrivals_count(last, now_ns) + 1e-6);
	uint64_t n = all > 0 ? (uint64_t)all : 0;

	return n > crowd->taker ? (n - crowd->taker - 1) / crowd->takers + 1 : 0;
}

static struct user *pick_idle(struct crowd *crowd)
{
	unsigned n = (unsigned)crowd->host.env->scenario->class_count;
	uint64_t sum = 0;

	for (unsigned c = 0; c < n; c++) {
		sum += crowd->classes[c].idle_count > 0 ? crowd->classes[c].live : 0;
	}
	if (sum == 0) {
		return NULL;
	}
	uint64_t ticket = sum > 1 ? rng_below(&crowd->rng, sum) : 0;
	for (unsigned c = 0; c < n; c++) {
		struct crowd_class *cc = &crowd->classes[c];
		if (cc->idle_count == 0) {
			continue;
		}
		if (ticket < cc->live) {
			return TAILQ_FIRST(&cc->idle);
		}
		ticket -= cc->live;
	}
	return NULL;
}

static void count_held_back(struct crowd *crowd, uint64_t now_ns)
{
	uint64_t waiting = due(crowd, now_ns);
	uint64_t from = crowd->marked > crowd->given ? crowd->marked : crowd->given;

	if (waiting > from) {
		crowd->held_back += waiting - from;
		crowd->marked = waiting;
	}
}

/* When to wake up for the next arrival, which is due `at`: with the last one that follows closely. */
static uint64_t wake_up_at(const struct crowd *crowd, uint64_t at, uint64_t end)
{
	uint64_t n = due(crowd, at + TOGETHER_NS);

	if (n <= crowd->given + 1) {
		return at;
	}
	const struct arrivals *in_force = arrivals_log_last(&crowd->host.env->steering.arrivals);
	uint64_t last = arrivals_instant(in_force, crowd->taker + (n - 1) * crowd->takers);
	/* an arrival must not be given behind the end */
	return last > at && last <= at + TOGETHER_NS && last < end ? last : at;
}

void crowd_count_due(struct crowd *crowd)
{
	struct env *env = crowd->host.env;
	const struct arrivals *in_force = arrivals_log_last(&env->steering.arrivals);

	if (!crowd->host.open || crowd->closed || !env->steering.started) {
		return;
	}
	uint64_t now = env->now_ns(), end = steering_instant(&env->steering, env->steering.end_ns);
	uint64_t n = due(crowd, now < end ? now : end);
	/* What is due at the end itself is not begun any more. Not asked of the log, which would forget
	 * the instants of those that still wait. */
	while (n > 0 && arrivals_instant(in_force, crowd->taker + (n - 1) * crowd->takers) >= end) {
		n--;
	}
	crowd->due = n > crowd->due ? n : crowd->due;
}

void crowd_dispatch(struct crowd *crowd)
{
	struct env *env = crowd->host.env;

	if (!crowd->host.open || crowd->closed || crowd->host.paused || !env->steering.started) {
		return;
	}
	/* A loop that is late must not begin what lies behind the end. */
	uint64_t end = steering_instant(&env->steering, env->steering.end_ns);
	for (;;) {
		uint64_t k = crowd->taker + crowd->given * crowd->takers;
		uint64_t at = arrivals_log_instant(&env->steering.arrivals, k);
		uint64_t now = env->now_ns();
		if (at >= end) {
			timers_cancel(&env->timers, &crowd->arrival);
			return;
		}
		if (at > now) {
			env_set_timer(env, &crowd->arrival, wake_up_at(crowd, at, end));
			return;
		}
		struct user *user = crowd->working < crowd->cap ? pick_idle(crowd) : NULL;
		if (user == NULL) {
			/* whoever becomes idle calls again */
			count_held_back(crowd, now < end ? now : end);
			return;
		}
		if (crowd->given >= crowd->marked) {
			env_slipped(env, now - at);
		}
		crowd->given++;
		crowd->started++;
		user_arrive(user, at);
	}
}

void crowd_forget_arrivals(struct crowd *crowd)
{
	struct env *env = crowd->host.env;
	uint64_t waiting = due(crowd, env->now_ns());

	if (waiting > crowd->given) {
		crowd->given = waiting;
	}
}
