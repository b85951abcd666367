/* SPDX-License-Identifier: MIT */
/* Health check, setup and teardown. Engine thread. */
#include "config.h"

#include "engine/setup.h"

#include "base/clock.h"
#include "engine/env.h"
#include "scenario/template.h"
#include "scenario/vars.h"

#define HEALTH_TIMEOUT_NS (5 * CLOCK_NS_PER_SEC) /* of one attempt, when nothing shorter holds */
#define STREAM            UINT64_MAX             /* of random numbers: no user has it */

static void work(struct setup *setup);

static void finish(struct setup *setup, bool ok, enum failure_kind kind, unsigned status)
{
	setup->working = false;
	timers_cancel(&setup->env->timers, &setup->timer);
	setup->finished(setup->arg, ok, kind, status);
}

/* ---- health ------------------------------------------------------------------------------- */

static void after_attempt(struct setup *setup, const struct actor_outcome *outcome)
{
	const struct health_check *health = &setup->env->scenario->health;
	uint64_t next = setup->actor.start_ns + health->every_ns;

	if (outcome->ok && setup->once) {
		finish(setup, true, FAILURE_NONE, outcome->status);
		return;
	}
	if (outcome->ok) {
		setup->checking = false;
		setup->steps = setup->env->scenario->setup;
		setup->count = setup->env->scenario->setup_count;
		work(setup);
		return;
	}
	/* nothing can mend a path that cannot be rendered */
	if (setup->once || outcome->kind == FAILURE_RENDER || next >= setup->deadline_ns) {
		finish(setup, false, outcome->kind, outcome->status);
		return;
	}
	env_set_timer(setup->env, &setup->timer, next);
}

static void attempt(void *arg)
{
	struct setup *setup = arg;
	uint64_t now = setup->env->now_ns();
	uint64_t left = setup->deadline_ns > now ? setup->deadline_ns - now : CLOCK_NS_PER_MS;

	if (setup->health.timeout_ns > left) {
		setup->health.timeout_ns = left;
	}
	if (!actor_begin(&setup->actor, &setup->health, 0)) {
		after_attempt(setup, &(struct actor_outcome){ .kind = FAILURE_RENDER });
	}
}

/* ---- steps -------------------------------------------------------------------------------- */

static void work(struct setup *setup)
{
	while (setup->next < setup->count) {
		const struct step *step = &setup->steps[setup->next++];
		if (actor_begin(&setup->actor, step, 0)) {
			return;
		}
		if (!setup->teardown) {
			finish(setup, false, FAILURE_RENDER, SAMPLE_NO_STATUS);
			return;
		}
	}
	finish(setup, true, FAILURE_NONE, SAMPLE_NO_STATUS);
}

static void on_done(struct actor *actor, const struct actor_outcome *outcome)
{
	struct setup *setup = (struct setup *)actor;

	if (outcome->aborted) {
		finish(setup, false, FAILURE_NONE, SAMPLE_NO_STATUS);
	} else if (setup->checking) {
		after_attempt(setup, outcome);
	} else if (outcome->ok || setup->teardown) {
		work(setup);
	} else {
		finish(setup, false, outcome->kind, outcome->status);
	}
}

/* The variables of the scenario that the setup's own steps may use. */
static void assign_vars(struct setup *setup)
{
	const struct scenario *sc = setup->env->scenario;
	struct actor *a = &setup->actor;
	const struct template_env tenv = { .rng = &a->rng, .vars = a->vars };

	for (size_t i = 0; i < sc->var_count; i++) {
		buf_reset(&setup->env->scratch);
		if (template_render(sc->vars[i].value, &tenv, &setup->env->scratch, NULL) == 0) {
			(void)vars_set(a->vars, sc->vars[i].slot, buf_str(&setup->env->scratch),
				       setup->env->scratch.len);
		}
	}
}

void setup_init(struct setup *setup, struct env *env)
{
	const struct scenario *sc = env->scenario;

	*setup = (struct setup){ .env = env, .method = "GET" };
	actor_init(&setup->actor, env, STREAM);
	setup->actor.flags = SAMPLE_FLAG_SETUP;
	setup->actor.number = UINT32_MAX; /* no user's, so that {{counter}} stays unique */
	setup->actor.done = on_done;
	setup->timer.fire = attempt;
	setup->timer.arg = setup;
	setup->health = (struct step){
		.endpoint = SAMPLE_ALL,
		.method = setup->method,
		.path = sc->health.path,
		.timeout_ns = sc->http.timeout_ns < HEALTH_TIMEOUT_NS && sc->http.timeout_ns > 0
				      ? sc->http.timeout_ns
				      : HEALTH_TIMEOUT_NS,
		.follow_redirects = sc->http.follow_redirects,
	};
	for (unsigned status = 200; status < 400; status++) {
		setup->health.accept[status / 64] |= UINT64_C(1) << (status % 64);
	}
	assign_vars(setup);
}

void setup_fini(struct setup *setup)
{
	timers_cancel(&setup->env->timers, &setup->timer);
	actor_fini(&setup->actor);
}

void setup_begin(struct setup *setup)
{
	const struct scenario *sc = setup->env->scenario;

	setup->working = true;
	if (sc->health.path != NULL) {
		setup->checking = true;
		setup->deadline_ns = setup->env->now_ns() + sc->health.timeout_ns;
		attempt(setup);
		return;
	}
	setup->steps = sc->setup;
	setup->count = sc->setup_count;
	work(setup);
}

void setup_begin_health(struct setup *setup)
{
	setup->working = true;
	setup->checking = true;
	setup->once = true;
	setup->deadline_ns = UINT64_MAX;
	attempt(setup);
}

void setup_begin_teardown(struct setup *setup)
{
	setup->working = true;
	setup->teardown = true;
	setup->steps = setup->env->scenario->teardown;
	setup->count = setup->env->scenario->teardown_count;
	setup->next = 0;
	work(setup);
}

void setup_abort(struct setup *setup)
{
	if (!setup->working) {
		return;
	}
	setup->teardown = false; /* what follows is not begun any more */
	if (actor_in_flight(&setup->actor)) {
		actor_abort(&setup->actor);
	} else {
		finish(setup, false, FAILURE_NONE, SAMPLE_NO_STATUS);
	}
}
