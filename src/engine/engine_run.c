/* SPDX-License-Identifier: MIT */
/* The phases of a run, and what commands do to it. Engine thread.
 *
 *   IDLE ── start ──► SETUP ── leader: healthy and set up ──► RUN ── end, stop ──► DRAIN
 *                       │                                                            │ empty
 *                       └── failed, stopped ──► DONE ◄── TEARDOWN ◄── GATHER ◄───────┘
 *
 * GATHER and TEARDOWN are the leader's; the others go from DRAIN to DONE. */
#include "config.h"

#include <event2/event.h>

#include "base/clock.h"
#include "base/ring.h"
#include "engine/engine_internal.h"
#include "message/command.h"
#include "scenario/names.h"
#include "scenario/scenario.h"
#include "scenario/vars.h"

/* How much longer than its own users' the leader waits for the other engines' ones. */
#define GATHER_GRACE_NS (2 * CLOCK_NS_PER_SEC)

static void finish(struct engine *e)
{
	struct sample end = { .type = SAMPLE_END, .class_id = SAMPLE_ALL };

	if (engine_leads(e) && !e->told_start) {
		e->told_start = true;
		links_send_start(&e->links, 0, false, NULL, 0);
	}
	e->phase = PHASE_DONE;
	engine_tell_status(e);
	end.end_ns = e->env.now_ns();
	outbox_push(&e->env.outbox, &end);
	outbox_flush(&e->env.outbox);
	(void)event_base_loopbreak(e->base);
}

/* ---- start -------------------------------------------------------------------------------- */

void engine_begin(struct engine *e)
{
	if (e->phase != PHASE_IDLE) {
		return;
	}
	e->phase = PHASE_SETUP;
	engine_tell_status(e);
	if (engine_leads(e)) {
		setup_begin(&e->setup);
	}
}

static void run(struct engine *e, uint64_t start_ns)
{
	e->phase = PHASE_RUN;
	steering_start(&e->env.steering, start_ns);
	engine_event(e, EVENT_STARTED, SAMPLE_ALL, (int64_t)start_ns, 0);
	if (e->env.steering.paused) {
		crowd_pause(&e->crowd);
	}
	engine_steer(e);
	engine_tell_status(e);
}

void engine_setup_finished(void *arg, bool ok, enum failure_kind kind, unsigned status)
{
	struct engine *e = arg;
	unsigned slots = (unsigned)names_count(e->env.scenario->names);

	if (e->phase != PHASE_SETUP) {
		finish(e); /* was the teardown */
		return;
	}
	if (!ok) {
		if (kind != FAILURE_NONE) { /* else it was stopped */
			engine_event(e, EVENT_SETUP_FAILED, SAMPLE_ALL, (int64_t)kind,
				     (int64_t)status);
		}
		finish(e);
		return;
	}
	uint64_t start_ns = e->env.now_ns();
	bool extracted = e->env.scenario->setup_count > 0;
	e->prepared = true;
	e->told_start = true;
	links_send_start(&e->links, start_ns, true, extracted ? e->setup.actor.vars : NULL, slots);
	if (extracted) {
		e->env.setup_vars = vars_new(slots);
		vars_copy(e->env.setup_vars, e->setup.actor.vars);
	}
	run(e, start_ns);
}

void engine_hear_start(struct engine *e, const struct link_start *start)
{
	if (e->phase > PHASE_SETUP) {
		vars_free(start->vars);
		return;
	}
	e->env.setup_vars = start->vars;
	if (start->ok) {
		run(e, start->start_ns);
	} else {
		finish(e);
	}
}

/* ---- the run ------------------------------------------------------------------------------ */

static void drain(struct engine *e, int reason, uint64_t at_ns);

void engine_steer(void *arg)
{
	struct engine *e = arg;
	struct steering *st = &e->env.steering;
	uint32_t counts[SCENARIO_CLASSES_MAX];
	uint64_t now = e->env.now_ns();

	if (e->phase != PHASE_RUN) {
		return;
	}
	steering_advance(st, now);
	if (steering_ended(st, now)) {
		drain(e, 0, now);
		return;
	}
	steering_users(st, now, counts);
	bool all_made = crowd_follow(&e->crowd, counts);
	if (all_made && !e->told_all && steering_settled(st, now) &&
	    population_target(&st->population) > 0) {
		e->told_all = true;
		engine_event(e, EVENT_SPAWNED_ALL, SAMPLE_ALL,
			     (int64_t)population_target(&st->population), 0);
	}
	crowd_dispatch(&e->crowd);
	uint64_t next = all_made ? steering_next_ns(st, now) : e->env.now_ns() + ENV_BREATH_NS;
	timers_cancel(&e->env.timers, &e->steer);
	if (next != UINT64_MAX) {
		env_set_timer(&e->env, &e->steer, next);
	}
}

/* The run's clock was stopped, started or jumped. */
static void after_steering(struct engine *e)
{
	env_rearm(&e->env);
	engine_steer(e);
	engine_tell_status(e);
}

/* ---- the end ------------------------------------------------------------------------------ */

static void drain(struct engine *e, int reason, uint64_t at_ns)
{
	const struct command resume = { .type = COMMAND_RESUME,
					.class_id = COMMAND_ALL,
					.at_ns = at_ns };

	e->phase = PHASE_DRAIN;
	engine_event(e, EVENT_STOPPING, SAMPLE_ALL, reason, 0);
	timers_cancel(&e->env.timers, &e->steer);
	timers_cancel(&e->env.timers, &e->crowd.arrival);
	/* Steps of those who part may need timers: the clock runs. */
	(void)steering_command(&e->env.steering, &resume);
	e->crowd.host.cut = e->config.stop_timeout_ns == 0;
	crowd_dismiss(&e->crowd);
	crowd_resume(&e->crowd);
	env_rearm(&e->env);
	if (e->crowd.host.cut) {
		crowd_abort(&e->crowd);
	} else {
		env_set_timer(&e->env, &e->deadline, at_ns + e->config.stop_timeout_ns);
	}
	engine_tell_status(e);
}

static void teardown(struct engine *e)
{
	timers_cancel(&e->env.timers, &e->deadline);
	e->phase = PHASE_TEARDOWN;
	if (e->prepared && e->env.scenario->teardown_count > 0) {
		setup_begin_teardown(&e->setup);
	} else {
		finish(e);
	}
}

void engine_crowd_empty(void *arg)
{
	struct engine *e = arg;
	const struct link_ended ended = { .engine = (uint8_t)e->config.index };

	if (e->phase != PHASE_DRAIN) {
		return;
	}
	timers_cancel(&e->env.timers, &e->deadline);
	if (!engine_leads(e)) {
		(void)ring_push(e->link->ended, &ended);
		ring_wake(e->link->ended);
		finish(e);
		return;
	}
	e->phase = PHASE_GATHER;
	if (e->ended >= e->links.count) {
		teardown(e);
		return;
	}
	env_set_timer(&e->env, &e->deadline,
		      e->env.now_ns() + e->config.stop_timeout_ns + GATHER_GRACE_NS);
}

void engine_hear_ended(struct engine *e)
{
	e->ended++;
	if (e->phase == PHASE_GATHER && e->ended >= e->links.count) {
		teardown(e);
	}
}

void engine_deadline(void *arg)
{
	struct engine *e = arg;

	if (e->phase == PHASE_DRAIN) {
		e->crowd.host.cut = true;
		crowd_abort(&e->crowd);
	} else if (e->phase == PHASE_GATHER) {
		teardown(e);
	}
}

static void stop(struct engine *e, const struct command *command)
{
	switch (e->phase) {
	case PHASE_IDLE:
		engine_event(e, EVENT_STOPPING, SAMPLE_ALL, (int64_t)command->value, 0);
		finish(e);
		break;
	case PHASE_SETUP:
		engine_event(e, EVENT_STOPPING, SAMPLE_ALL, (int64_t)command->value, 0);
		if (engine_leads(e)) {
			setup_abort(&e->setup);
		} else {
			finish(e);
		}
		break;
	case PHASE_RUN:
		drain(e, (int)command->value, command->at_ns);
		break;
	case PHASE_DRAIN:
	case PHASE_GATHER:
	case PHASE_TEARDOWN:
	case PHASE_DONE:
		break;
	}
}

static void stop_now(struct engine *e, const struct command *command)
{
	stop(e, command);
	if (e->phase == PHASE_DRAIN) {
		e->crowd.host.cut = true;
		crowd_abort(&e->crowd);
	} else if (e->phase == PHASE_TEARDOWN) {
		setup_abort(&e->setup);
	}
}

/* ---- commands ----------------------------------------------------------------------------- */

static void panic(struct engine *e, const struct command *command)
{
	(void)steering_command(&e->env.steering, command);
	engine_event(e, EVENT_PANIC, SAMPLE_ALL, 0, 0);
	if (e->phase == PHASE_RUN) {
		e->crowd.host.cut = true;
		crowd_abort(&e->crowd);
		e->crowd.host.cut = false;
		crowd_forget_arrivals(&e->crowd);
		after_steering(e);
	}
}

static void steer_by_hand(struct engine *e, const struct command *command)
{
	const struct steering *st = &e->env.steering;
	uint16_t class_id = command->class_id;

	if (e->phase > PHASE_RUN || !steering_command(&e->env.steering, command)) {
		return;
	}
	switch ((enum command_type)command->type) {
	case COMMAND_USERS:
		engine_event(e, EVENT_TARGET, class_id,
			     class_id == COMMAND_ALL ? population_target(&st->population)
						     : st->population.target[class_id],
			     0);
		break;
	case COMMAND_SPAWN_RATE:
		engine_event(e, EVENT_SPAWN_RATE, SAMPLE_ALL, (int64_t)(command->value * 1000), 0);
		break;
	case COMMAND_ARRIVAL_RATE: /* the recorder has the command itself; a target is one of users */
		break;
	case COMMAND_PAUSE:
		engine_event(e, EVENT_PAUSED, SAMPLE_ALL, 0, 0);
		crowd_pause(&e->crowd);
		break;
	case COMMAND_RESUME:
		engine_event(e, EVENT_RESUMED, SAMPLE_ALL, 0, 0);
		crowd_resume(&e->crowd);
		break;
	case COMMAND_START:
	case COMMAND_STOP:
	case COMMAND_STOP_NOW:
	case COMMAND_PANIC:
	case COMMAND_RESET:
	case COMMAND_MARK:
	case COMMAND_FOCUS:
	case COMMAND_SAVE_SCENARIO:
	case COMMAND_LOG:
		break;
	}
	after_steering(e);
}

void engine_obey(struct engine *e, const struct command *command)
{
	if (e->phase == PHASE_DONE) {
		return;
	}
	switch ((enum command_type)command->type) {
	case COMMAND_START:
		engine_begin(e);
		break;
	case COMMAND_USERS:
	case COMMAND_SPAWN_RATE:
	case COMMAND_ARRIVAL_RATE:
	case COMMAND_PAUSE:
	case COMMAND_RESUME:
		steer_by_hand(e, command);
		break;
	case COMMAND_STOP:
		stop(e, command);
		break;
	case COMMAND_STOP_NOW:
		stop_now(e, command);
		break;
	case COMMAND_PANIC:
		if (e->phase <= PHASE_RUN) {
			panic(e, command);
		}
		break;
	case COMMAND_RESET:
	case COMMAND_MARK:
	case COMMAND_FOCUS:
	case COMMAND_SAVE_SCENARIO:
	case COMMAND_LOG:
		break; /* the recorder's and the monitor's */
	}
}
