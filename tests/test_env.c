/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "engine/env.h"
#include "samples.h"

#define COUNT 1000

/* A loop's environment on a clock that stands still. */
struct fixture {
	struct scenario *scenario;
	struct env env;
	struct timer timers[COUNT];
	unsigned fired;
};

static uint64_t standing_still(void)
{
	return 5 * SEC;
}

static void count(void *arg)
{
	struct fixture *f = arg;

	f->fired++;
}

static int set_up(void **state)
{
	struct fixture *f = mem_new(sizeof(*f));

	f->scenario = scene_new(1, 1, false);
	assert_int_equal(env_init(&f->env, f->scenario, 1, 0, 1), 0);
	f->env.now_ns = standing_still;
	for (unsigned i = 0; i < COUNT; i++)
		f->timers[i] = (struct timer){ .fire = count, .arg = f };
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	env_fini(&f->env);
	scene_free(f->scenario);
	free(f);
	return 0;
}

static void what_is_due_fires_and_the_next_deadline_is_armed(void **state)
{
	struct fixture *f = *state;

	env_set_timer(&f->env, &f->timers[0], 5 * SEC);
	env_set_timer(&f->env, &f->timers[1], 4 * SEC);
	env_set_timer(&f->env, &f->timers[2], 6 * SEC);
	assert_int_equal(f->env.armed_ns, 4 * SEC);
	env_fire_timers(&f->env);
	assert_int_equal(f->fired, 2);
	assert_int_equal(f->env.armed_ns, 6 * SEC);
}

/* The loop asks for timers first: those that one turn leaves over must not keep it from sockets. */
static void more_than_one_turn_can_fire_leaves_the_loop_to_sockets_in_between(void **state)
{
	struct fixture *f = *state;
	unsigned turns = 0;

	for (unsigned i = 0; i < COUNT; i++)
		env_set_timer(&f->env, &f->timers[i], 4 * SEC);
	while (f->fired < COUNT) {
		unsigned before = f->fired;

		env_fire_timers(&f->env);
		turns++;
		assert_true(f->fired > before);
		if (f->fired < COUNT)
			assert_int_equal(f->env.armed_ns, 5 * SEC + ENV_BREATH_NS);
	}
	assert_true(turns > 1);
	assert_int_equal(f->env.armed_ns, UINT64_MAX);
}

static void how_late_timers_were_is_kept(void **state)
{
	struct fixture *f = *state;

	env_set_timer(&f->env, &f->timers[0], 5 * SEC - 250 * MS);
	env_fire_timers(&f->env);
	assert_int_equal(f->env.lag.count, 1);
	assert_int_equal(f->env.lag.max_us, 250000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_due_fires_and_the_next_deadline_is_armed,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			more_than_one_turn_can_fire_leaves_the_loop_to_sockets_in_between, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(how_late_timers_were_is_kept, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
