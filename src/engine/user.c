/* SPDX-License-Identifier: MIT */
/* A user's way from step to step.
 *
 * Invariants: a user that is not USER_ENDED has exactly one of: a request in flight, its timer
 * set, a place in the held list, or (open runs) phase USER_IDLE. So it can neither be forgotten
 * nor do two things at once.
 *
 * Engine thread. Cost per request: a pass through advance() and one timer. */
#include "config.h"

#include "engine/user.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/env.h"
#include "scenario/data.h"
#include "scenario/scenario.h"
#include "scenario/template.h"
#include "scenario/vars.h"

/* Backing off when nothing listens: 100 ms, 200 ms, ... 5 s, each time between half and all of
 * it, so that a thousand users do not come back together. */
#define BACKOFF_FIRST_NS (100 * CLOCK_NS_PER_MS)
#define BACKOFF_MAX_NS   (5 * CLOCK_NS_PER_SEC)
#define EXPONENTIAL_CAP  20 /* times the mean, when the scenario gives none */

static void advance(struct user *user);

static struct env *env_of(const struct user *user)
{
	return user->host->env;
}

static void set_phase(struct user *user, enum user_phase phase)
{
	enum user_phase old = user->phase;

	user->phase = phase;
	if (phase != old) {
		user->host->phase_changed(user->host, user, old);
	}
}

/* ---- birth and end ------------------------------------------------------------------------ */

/* A variable that cannot be rendered stays unset: requests that need it fail and say so. */
static void assign_vars(struct user *user)
{
	struct env *env = env_of(user);
	struct actor *a = &user->actor;
	const struct template_env tenv = { .rng = &a->rng, .vars = a->vars, .user = a->number };

	for (size_t i = 0; i < user->class->var_count; i++) {
		const struct assignment *var = &user->class->vars[i];
		buf_reset(&env->scratch);
		if (template_render(var->value, &tenv, &env->scratch, NULL) == 0) {
			(void)vars_set(a->vars, var->slot, buf_str(&env->scratch),
				       env->scratch.len);
		}
	}
}

/* A unique data set that is used up leaves its variables unset: see data_bind. */
static void bind_data(struct user *user)
{
	const struct scenario *sc = env_of(user)->scenario;
	struct actor *a = &user->actor;
	int result = data_bind(sc->data, sc->data_count, a->number, a->iteration, &a->rng, a->vars);
	(void)result;
}

static void end(struct user *user)
{
	timers_cancel(&env_of(user)->clock_timers, &user->timer);
	if (user->held) {
		TAILQ_REMOVE(&user->host->held, user, link);
		user->held = false;
	}
	set_phase(user, USER_ENDED);
}

/* ---- waiting ------------------------------------------------------------------------------ */

static uint64_t wait_ns(struct user *user, uint64_t clock_ns)
{
	const struct wait *wait = &user->class->wait;
	struct rng *rng = &user->actor.rng;
	uint64_t next;

	switch (wait->kind) {
	case WAIT_NONE:
		return 0;
	case WAIT_CONSTANT:
		return wait->a_ns;
	case WAIT_UNIFORM:
		return wait->a_ns + (uint64_t)(rng_double(rng) * (double)(wait->b_ns - wait->a_ns));
	case WAIT_EXPONENTIAL: {
		double cap =
			wait->b_ns > 0 ? (double)wait->b_ns : EXPONENTIAL_CAP * (double)wait->a_ns;
		return (uint64_t)fmin(rng_exponential(rng, (double)wait->a_ns), cap);
	}
	case WAIT_PACING:
		next = user->task_clock_ns + wait->a_ns;
		return next > clock_ns ? next - clock_ns : 0;
	}
	return 0;
}

static uint64_t backoff_ns(struct user *user)
{
	uint64_t full = BACKOFF_MAX_NS;

	if (user->failures == 0) {
		return 0;
	}
	if (user->failures <= 6) {
		full = BACKOFF_FIRST_NS << (user->failures - 1);
	}
	full = full < BACKOFF_MAX_NS ? full : BACKOFF_MAX_NS;
	return full / 2 + (uint64_t)(rng_double(&user->actor.rng) * (double)(full / 2));
}

static void sleep_for(struct user *user, uint64_t ns)
{
	struct env *env = env_of(user);

	env_set_clock_timer(env, &user->timer, env_clock_ns(env) + ns);
}

static void on_timer(void *arg)
{
	struct user *user = arg;
	struct env *env = env_of(user);

	if (user->phase == USER_WAITING) {
		env_slipped(env, env_clock_ns(env) - user->timer.at_ns);
	}
	advance(user);
}

/* ---- steps -------------------------------------------------------------------------------- */

static const struct step *next_step(const struct user *user)
{
	const struct user_class *class = user->class;
	const struct step *steps = NULL;
	size_t count = 0;

	switch (user->phase) {
	case USER_BORN:
		steps = class->on_start;
		count = class->on_start_count;
		break;
	case USER_WORKING:
		steps = class->tasks[user->task].steps;
		count = class->tasks[user->task].step_count;
		break;
	case USER_PARTING:
		steps = class->on_stop;
		count = class->on_stop_count;
		break;
	case USER_WAITING:
	case USER_IDLE:
	case USER_ENDED:
		break;
	}
	return user->step < count ? &steps[user->step] : NULL;
}

static void begin_task(struct user *user)
{
	const struct user_class *class = user->class;
	uint64_t ticket = rng_below(&user->actor.rng, class->task_weight_sum);
	unsigned task = 0;

	while (ticket >= class->tasks[task].weight) {
		ticket -= class->tasks[task].weight;
		task++;
	}
	user->actor.iteration++;
	if (env_of(user)->scenario->data_count > 0) {
		bind_data(user);
	}
	user->task = task;
	user->task_clock_ns = env_clock_ns(env_of(user));
	user->step = 0;
	set_phase(user, USER_WORKING);
}

static void begin_parting(struct user *user)
{
	user->step = 0;
	set_phase(user, USER_PARTING);
}

/* The list of steps is done: what comes next? True: there is a step to begin now. */
static bool turn_page(struct user *user)
{
	uint64_t pause_ns;

	switch (user->phase) {
	case USER_BORN:
		if (user->host->open) {
			set_phase(user, USER_IDLE);
			return false;
		}
		begin_task(user);
		return true;
	case USER_WORKING:
		if (user->host->open) {
			set_phase(user, USER_IDLE);
			return false;
		}
		pause_ns = wait_ns(user, env_clock_ns(env_of(user)));
		if (pause_ns > 0) {
			set_phase(user, USER_WAITING);
			sleep_for(user, pause_ns);
			return false;
		}
		begin_task(user);
		return true;
	case USER_WAITING:
		begin_task(user);
		return true;
	case USER_PARTING:
		end(user);
		return false;
	case USER_IDLE:
	case USER_ENDED:
		break;
	}
	return false;
}

static void hold(struct user *user)
{
	user->held = true;
	TAILQ_INSERT_TAIL(&user->host->held, user, link);
}

static void fail_softly(struct user *user)
{
	user->failures += user->failures < 64;
	sleep_for(user, backoff_ns(user));
}

/* Nothing is in flight and nothing set: go on until something is. */
static void advance(struct user *user)
{
	for (;;) {
		if (user->leaving && user->phase != USER_PARTING) {
			begin_parting(user);
		}
		if (user->phase == USER_PARTING && user->host->cut) {
			end(user);
			return;
		}
		if (user->host->paused && user->phase != USER_PARTING) {
			hold(user);
			return;
		}
		const struct step *step = next_step(user);
		if (step == NULL) {
			if (!turn_page(user)) {
				return;
			}
			continue;
		}
		uint64_t intended = user->next_intended_ns;
		user->next_intended_ns = 0;
		user->step++;
		if (actor_begin(&user->actor, step, intended)) {
			return;
		}
		if (user->phase != USER_PARTING) {
			fail_softly(user);
			return;
		}
	}
}

/* Failures that come back at once would make a loop without a wait spin. */
static bool calls_for_backoff(const struct actor_outcome *outcome)
{
	return failure_unseen(outcome->kind) != 0 && outcome->kind != FAILURE_CONNECT_TIMEOUT;
}

static void on_done(struct actor *actor, const struct actor_outcome *outcome)
{
	struct user *user = (struct user *)actor;

	if (outcome->aborted) {
		end(user);
		return;
	}
	if (calls_for_backoff(outcome)) {
		/* who leaves does not wait for a dead target */
		if (user->leaving || user->phase == USER_PARTING) {
			advance(user);
		} else {
			fail_softly(user);
		}
		return;
	}
	user->failures = 0; /* somebody answers */
	advance(user);
}

/* ---- from outside ------------------------------------------------------------------------- */

struct user *user_new(struct user_host *host, uint16_t class_id, uint32_t slot, uint64_t number,
		      uint64_t stream)
{
	struct env *env = host->env;
	struct user *user = mem_new(sizeof(*user));

	actor_init(&user->actor, env, stream);
	user->actor.class_id = class_id;
	user->actor.number = number;
	user->actor.done = on_done;
	user->host = host;
	user->class = &env->scenario->classes[class_id];
	user->slot = slot;
	user->phase = USER_BORN;
	user->timer.fire = on_timer;
	user->timer.arg = user;
	if (env->setup_vars != NULL) {
		vars_copy(user->actor.vars, env->setup_vars);
	}
	bind_data(user);
	assign_vars(user);
	return user;
}

void user_free(struct user *user)
{
	if (user == NULL) {
		return;
	}
	timers_cancel(&env_of(user)->clock_timers, &user->timer);
	actor_fini(&user->actor);
	free(user);
}

void user_start(struct user *user)
{
	advance(user);
}

void user_arrive(struct user *user, uint64_t intended_ns)
{
	begin_task(user);
	user->next_intended_ns = intended_ns;
	advance(user);
}

void user_leave(struct user *user)
{
	if (user->phase == USER_ENDED || user->leaving) {
		return;
	}
	user->leaving = true;
	if (actor_in_flight(&user->actor)) {
		return;
	}
	timers_cancel(&env_of(user)->clock_timers, &user->timer);
	if (user->held) {
		TAILQ_REMOVE(&user->host->held, user, link);
		user->held = false;
	}
	advance(user);
}

bool user_stay(struct user *user)
{
	if (!user->leaving || user->aborting || user->phase == USER_PARTING ||
	    user->phase == USER_ENDED) {
		return false;
	}
	user->leaving = false;
	return true;
}

void user_abort(struct user *user)
{
	if (user->phase == USER_ENDED) {
		return;
	}
	user->leaving = user->aborting = true;
	if (actor_in_flight(&user->actor)) {
		actor_abort(&user->actor);
	} else {
		end(user);
	}
}

void user_resume(struct user *user)
{
	TAILQ_REMOVE(&user->host->held, user, link);
	user->held = false;
	advance(user);
}
