/* SPDX-License-Identifier: MIT */
/* A loop, a transport and the env of an engine of its own, without users over time: whoever asks
 * turns the loop until the one thing under way is done. Samples go through a ring as always, with
 * both ends in this thread. */
#include "config.h"

#include "engine/trial.h"

#include <errno.h>
#include <event2/event.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/ring.h"
#include "engine/env.h"
#include "engine/setup.h"
#include "engine/user.h"
#include "scenario/scenario.h"

#define RING_ITEMS 256
#define TICK_NS    (100 * CLOCK_NS_PER_MS)

struct trial {
	struct trial_config config;
	struct env env;
	struct event_base *base;
	struct event *on_timer, *on_tick;
	struct ring *samples;
	struct user_host host;
	struct user *user;   /* under way; NULL: none */
	unsigned step;       /* next one of its on_start */
	struct setup *setup; /* the same, for the health check */
	struct trial_result result;
	uint64_t since_ns;
	bool done;
};

/* ---- what is under way -------------------------------------------------------------------- */

static void cut_off(struct trial *trial)
{
	if (trial->user != NULL) {
		actor_abort(&trial->user->actor);
	}
	if (trial->setup != NULL) {
		setup_abort(trial->setup);
	}
}

static void take_samples(struct trial *trial)
{
	struct sample sample;

	while (ring_drain(trial->samples, &sample, 1) == 1) {
		if (sample.type != SAMPLE_REQUEST || sample.outcome == OUTCOME_ABORTED ||
		    trial->result.failed) {
			continue;
		}
		trial->result.last = sample;
		if (sample.outcome == OUTCOME_OK) {
			trial->result.steps++;
		} else {
			trial->result.failed = true;
		}
	}
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct trial *trial = arg;
	(void)fd;
	(void)what;

	env_fire_timers(&trial->env);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct trial *trial = arg;
	(void)fd;
	(void)what;

	if (trial->done || trial->result.aborted || trial->config.go_on == NULL) {
		return;
	}
	if (!trial->config.go_on(trial->config.arg, trial->env.now_ns() - trial->since_ns)) {
		trial->result.aborted = true;
		cut_off(trial);
	}
}

static void begin(struct trial *trial)
{
	trial->result = (struct trial_result){ 0 };
	trial->done = false;
	trial->since_ns = trial->env.now_ns();
}

static void turn_until_done(struct trial *trial)
{
	take_samples(trial);
	while (!trial->done && event_base_loop(trial->base, EVLOOP_ONCE) == 0) {
		take_samples(trial);
	}
	take_samples(trial);
}

/* ---- the two things ----------------------------------------------------------------------- */

/* A failed step is the end: what follows would only fail because of it. */
static void next_step(struct trial *trial)
{
	const struct user_class *class = trial->user->class;

	trial->done = trial->step >= class->on_start_count ||
		      !actor_begin(&trial->user->actor, &class->on_start[trial->step++], 0);
}

static void step_done(struct actor *actor, const struct actor_outcome *outcome)
{
	struct user *user = (struct user *)actor;
	struct trial *trial = (struct trial *)((char *)user->host - offsetof(struct trial, host));

	if (outcome->ok) {
		next_step(trial);
	} else {
		trial->done = true;
	}
}

static void phase_changed(struct user_host *host, struct user *user, enum user_phase old)
{
	(void)host;
	(void)user;
	(void)old;
}

/* A user as the engine makes it, with its variables and data, led by hand. */
void trial_login(struct trial *trial, unsigned class_id, struct trial_result *out)
{
	begin(trial);
	trial->host = (struct user_host){ .env = &trial->env, .phase_changed = phase_changed };
	TAILQ_INIT(&trial->host.held);
	trial->user = user_new(&trial->host, (uint16_t)class_id, 0, 0, trial->config.seed);
	trial->user->actor.done = step_done;
	trial->step = 0;
	next_step(trial);
	turn_until_done(trial);
	user_free(trial->user);
	trial->user = NULL;
	*out = trial->result;
}

static void health_finished(void *arg, bool ok, enum failure_kind kind, unsigned status)
{
	struct trial *trial = arg;
	(void)ok;
	(void)kind;
	(void)status;

	trial->done = true;
}

void trial_health(struct trial *trial, struct trial_result *out)
{
	struct setup setup;

	begin(trial);
	setup_init(&setup, &trial->env);
	setup.finished = health_finished;
	setup.arg = trial;
	trial->setup = &setup;
	setup_begin_health(&setup);
	turn_until_done(trial);
	setup_fini(&setup);
	trial->setup = NULL;
	*out = trial->result;
}

/* ---- making and freeing ------------------------------------------------------------------- */

static int make_loop(struct trial *trial)
{
	const struct timeval tick = { .tv_usec = TICK_NS / 1000 };

	trial->base = event_base_new();
	if (trial->base == NULL) {
		return -ENOMEM;
	}
	trial->on_timer =
		event_new(trial->base, trial->env.timer_fd, EV_READ | EV_PERSIST, on_timer, trial);
	trial->on_tick = event_new(trial->base, -1, EV_PERSIST, on_tick, trial);
	if (trial->on_timer == NULL || trial->on_tick == NULL ||
	    event_add(trial->on_timer, NULL) != 0 || event_add(trial->on_tick, &tick) != 0) {
		return -ENOMEM;
	}
	return 0;
}

static int init(struct trial *trial, struct error *err)
{
	const struct scenario *scenario = trial->config.scenario;
	int result = env_init(&trial->env, scenario, trial->config.seed, 0, 1);

	if (result == 0) {
		result = ring_new(&trial->samples, sizeof(struct sample), RING_ITEMS);
	}
	if (result == 0) {
		trial->env.outbox.ring = trial->samples;
		result = make_loop(trial);
	}
	if (result != 0) {
		return result;
	}
	trial->env.ops = trial->config.transport != NULL ? trial->config.transport
							 : transport_choose(scenario);
	const struct transport_config config = { .base = trial->base,
						 .scenario = scenario,
						 .now_ns = trial->env.now_ns };
	return trial->env.ops->create(&trial->env.transport, &config, err);
}

int trial_new(struct trial **out, const struct trial_config *config, struct error *err)
{
	struct trial *trial = mem_new(sizeof(*trial));

	trial->config = *config;
	trial->env.timer_fd = -1;
	error_set(err, "%s", "");
	int result = init(trial, err);
	if (result != 0) {
		if (err != NULL && err->text[0] == '\0') {
			error_set(err, "requests cannot be sent: %s", strerror(-result));
		}
		trial_free(trial);
		return result;
	}
	*out = trial;
	return 0;
}

void trial_free(struct trial *trial)
{
	if (trial == NULL) {
		return;
	}
	if (trial->env.transport != NULL) {
		trial->env.ops->destroy(trial->env.transport);
	}
	if (trial->on_timer != NULL) {
		event_free(trial->on_timer);
	}
	if (trial->on_tick != NULL) {
		event_free(trial->on_tick);
	}
	if (trial->base != NULL) {
		event_base_free(trial->base);
	}
	env_fini(&trial->env);
	ring_free(trial->samples);
	free(trial);
}
