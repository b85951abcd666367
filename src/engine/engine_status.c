/* SPDX-License-Identifier: MIT */
/* What the recorder is told every 100 ms, and events. Engine thread. Cost: a few samples and a
 * look at each endpoint. */
#include "config.h"

#include <math.h>

#include "base/clock.h"
#include "engine/engine_internal.h"
#include "message/sample.h"
#include "scenario/scenario.h"

#define TICK_NS (100 * CLOCK_NS_PER_MS)

void engine_event(struct engine *e, enum sample_event event, uint16_t class_id, int64_t a,
		  int64_t b)
{
	if (engine_leads(e)) {
		outbox_event(&e->env.outbox, event, class_id, e->env.now_ns(), a, b);
	}
}

/* Users this engine should have of a class. */
static uint32_t share_of_target(const struct engine *e, unsigned class_id)
{
	if (e->phase > PHASE_RUN) {
		return 0;
	}
	return population_share(e->env.steering.population.target[class_id], class_id, e->env.index,
				e->env.count);
}

static enum run_state state_of(const struct engine *e, uint64_t now_ns)
{
	const struct steering *st = &e->env.steering;
	uint32_t target = 0;

	switch (e->phase) {
	case PHASE_IDLE:
		return RUN_IDLE;
	case PHASE_SETUP:
		return RUN_SETUP;
	case PHASE_RUN:
		break;
	case PHASE_DRAIN:
	case PHASE_GATHER:
	case PHASE_TEARDOWN:
		return RUN_DRAINING;
	case PHASE_DONE:
		return RUN_DONE;
	}
	if (st->paused) {
		return RUN_PAUSED;
	}
	for (unsigned c = 0; c < e->env.scenario->class_count; c++) {
		target += share_of_target(e, c);
	}
	bool there = population_done(&st->population, steering_clock_ns(st, now_ns)) &&
		     e->crowd.live == target;
	return there ? RUN_RUNNING : RUN_RAMPING;
}

static uint32_t clip(double n)
{
	return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

static void tell_classes(struct engine *e, uint64_t now_ns)
{
	for (unsigned c = 0; c < e->env.scenario->class_count; c++) {
		struct sample sample = { .type = SAMPLE_CLASS,
					 .class_id = (uint16_t)c,
					 .end_ns = now_ns };
		sample.u.users.live = e->crowd.classes[c].live;
		sample.u.users.target = share_of_target(e, c);
		outbox_push(&e->env.outbox, &sample);
	}
}

void engine_tell_status(struct engine *e)
{
	struct env *env = &e->env;
	uint64_t now = env->now_ns(), cpu = clock_thread_cpu_ns();
	uint64_t span = now > e->tick_ns ? now - e->tick_ns : 1;
	struct sample sample = { .type = SAMPLE_STATUS,
				 .kind = (uint8_t)state_of(e, now),
				 .class_id = SAMPLE_ALL,
				 .end_ns = now };

	sample.u.status.live = e->crowd.live;
	sample.u.status.in_flight = env->flights.total;
	sample.u.status.lag_p99_us = lag_p99_us(&env->lag);
	sample.u.status.lag_max_us = env->lag.max_us;
	sample.u.status.slip_max_us = clip((double)env->slip_max_ns / 1000);
	/* The last interval may be a few microseconds long: a ratio of nothing says nothing. */
	if (span >= TICK_NS / 2)
		e->cpu_permille = clip((double)(cpu - e->cpu_ns) * 1000 / (double)span);
	sample.u.status.cpu_permille = e->cpu_permille;
	sample.u.status.held_back = (uint32_t)e->crowd.held_back;
	crowd_count_due(&e->crowd);
	sample.u.status.due = (uint32_t)e->crowd.due;
	sample.u.status.started = (uint32_t)e->crowd.started;
	sample.u.status.ring_waits = env->outbox.waits;
	sample.u.status.connections = env->ops->open_connections(env->transport);
	sample.u.status.spawn_rate_milli = clip(env->steering.spawn_rate * 1000);
	outbox_push(&env->outbox, &sample);
	tell_classes(e, now);
	flights_tell(&env->flights, &env->outbox, now);
	outbox_flush(&env->outbox);
	lag_reset(&env->lag);
	env->slip_max_ns = 0;
	e->cpu_ns = cpu;
	e->tick_ns = now;
}

void engine_tick(void *arg)
{
	struct engine *e = arg;

	crowd_dispatch(&e->crowd); /* counts the arrivals that wait */
	engine_tell_status(e);
	env_set_timer(&e->env, &e->tick, e->tick_ns + TICK_NS);
}
