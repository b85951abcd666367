/* SPDX-License-Identifier: MIT */
/* What everything inside one engine works with: clocks and timers above all.
 *
 * Two heaps of deadlines, one timerfd. The descriptor is set to the nearest deadline of both; a
 * new deadline touches it only when it is nearer. timerfd_settime also clears its readable
 * state, so it is never read. libevent's own timers would do too, but to the millisecond.
 *
 * The loop asks for timers before sockets (engine.c). So that more timers than there is time for do not
 * keep it from reading answers, it comes back to those that are left only after ENV_BREATH_NS. */
#include "config.h"

#include "engine/env.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "scenario/scenario.h"
#include "scenario/vars.h"

#define SCRATCH_MAX (1024 * 1024)
#define FIRE_MAX    128 /* timers in one go: then sockets get their turn */

static uint64_t slots_named(const struct scenario *sc, const char *name)
{
	uint64_t slots = 0;

	for (size_t i = 0; i < sc->user_header_count; i++) {
		if (strcasecmp(sc->user_headers[i], name) == 0) {
			slots |= UINT64_C(1) << i;
		}
	}
	return slots;
}

int env_init(struct env *env, const struct scenario *scenario, uint64_t seed, unsigned index,
	     unsigned count)
{
	memset(env, 0, sizeof(*env));
	env->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (env->timer_fd < 0) {
		return -errno;
	}
	env->scenario = scenario;
	env->now_ns = clock_now_ns;
	env->seed = seed;
	env->index = index;
	env->count = count;
	env->armed_ns = UINT64_MAX;
	env->outbox.engine = (uint8_t)index;
	env->agent_slots = slots_named(scenario, "User-Agent");
	env->accept_slots = slots_named(scenario, "Accept");
	env->cookie_slots = slots_named(scenario, "Cookie");
	flights_init(&env->flights, scenario->endpoint_count);
	steering_init(&env->steering, scenario);
	timers_init(&env->timers);
	timers_init(&env->clock_timers);
	buf_init(&env->scratch, SCRATCH_MAX);
	return 0;
}

void env_fini(struct env *env)
{
	flights_fini(&env->flights);
	timers_fini(&env->timers);
	timers_fini(&env->clock_timers);
	buf_fini(&env->scratch);
	capture_fini(&env->capture);
	vars_free(env->setup_vars);
	if (env->timer_fd >= 0) {
		(void)close(env->timer_fd);
	}
}

uint64_t env_clock_ns(const struct env *env)
{
	return steering_clock_ns(&env->steering, env->now_ns());
}

static void arm(struct env *env, uint64_t at_ns)
{
	struct itimerspec when = { 0 };

	env->armed_ns = at_ns;
	if (at_ns != UINT64_MAX) {
		/* an instant of 0 would disarm it */
		uint64_t at = at_ns > 0 ? at_ns : 1;
		when.it_value.tv_sec = (time_t)(at / CLOCK_NS_PER_SEC);
		when.it_value.tv_nsec = (long)(at % CLOCK_NS_PER_SEC);
	}
	(void)timerfd_settime(env->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

void env_rearm(struct env *env)
{
	uint64_t next = timers_next_ns(&env->timers);
	uint64_t by_clock = steering_instant(&env->steering, timers_next_ns(&env->clock_timers));

	arm(env, next < by_clock ? next : by_clock);
}

void env_set_timer(struct env *env, struct timer *timer, uint64_t at_ns)
{
	timers_set(&env->timers, timer, at_ns);
	if (at_ns < env->armed_ns) {
		arm(env, at_ns);
	}
}

void env_set_clock_timer(struct env *env, struct timer *timer, uint64_t clock_ns)
{
	timers_set(&env->clock_timers, timer, clock_ns);
	uint64_t at_ns = steering_instant(&env->steering, clock_ns);
	if (at_ns < env->armed_ns) {
		arm(env, at_ns);
	}
}

void env_fire_timers(struct env *env)
{
	uint64_t now = 0;

	for (unsigned i = 0; i < FIRE_MAX; i++) {
		uint64_t late;
		now = env->now_ns();
		struct timer *timer = timers_take(&env->timers, now);
		if (timer != NULL) {
			late = now - timer->at_ns;
		} else {
			uint64_t clock = steering_clock_ns(&env->steering, now);
			if (env->steering.paused ||
			    (timer = timers_take(&env->clock_timers, clock)) == NULL) {
				break;
			}
			late = clock - timer->at_ns;
		}
		lag_add(&env->lag, late);
		timer->fire(timer->arg);
	}
	env_rearm(env);
	if (env->armed_ns <= now) {
		arm(env, now + ENV_BREATH_NS);
	}
}

void env_slipped(struct env *env, uint64_t late_ns)
{
	if (late_ns > env->slip_max_ns) {
		env->slip_max_ns = late_ns;
	}
}

void env_no_files(struct env *env, int code)
{
	uint64_t now = env->now_ns();

	if (env->no_files_told_ns == 0 || now - env->no_files_told_ns > CLOCK_NS_PER_SEC) {
		env->no_files_told_ns = now;
		outbox_event(&env->outbox, EVENT_NO_FILES, SAMPLE_ALL, now, code, 0);
	}
}
