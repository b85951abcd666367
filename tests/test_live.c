/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "record/live.h"
#include "samples.h"

static void users_and_counters_are_summed_and_the_worst_engine_is_shown(void **state)
{
	struct scenario *scene = scene_new(1, 2, false);
	struct live *live = live_new(scene, 2);
	struct sample status = sample_status(0, 1, RUN_RUNNING, 30);

	(void)state;
	status.u.status.in_flight = 3;
	status.u.status.cpu_permille = 120;
	status.u.status.lag_p99_us = 900;
	status.u.status.slip_max_us = 50;
	status.u.status.held_back = 1000;
	status.u.status.ring_waits = 1;
	status.u.status.connections = 7;
	live_add(live, &status);
	status.engine = 1;
	status.u.status.live = 12;
	status.u.status.cpu_permille = 345;
	status.u.status.lag_p99_us = 100;
	status.u.status.slip_max_us = 70;
	live_add(live, &status);
	assert_int_equal(live->users, 42);
	assert_int_equal(live->in_flight, 6);
	assert_int_equal(live->held_back, 2000);
	assert_int_equal(live->ring_waits, 2);
	assert_true(live->cpu_pct == 34.5);
	assert_int_equal(live->lag_p99_us, 900);
	assert_int_equal(live->slip_max_us, 70);
	assert_int_equal(live->connections, 14);
	/* a newer status replaces the engine's old one */
	status.u.status.live = 13;
	status.u.status.connections = 1;
	live_add(live, &status);
	assert_int_equal(live->users, 43);
	assert_int_equal(live->connections, 8);
	assert_int_equal(live->most_connections, 14);

	const struct sample classes[] = { sample_class(0, 1, 0, 20, 25),
					  sample_class(0, 1, 1, 10, 10),
					  sample_class(1, 1, 0, 13, 25),
					  sample_class(0, 2, 0, 21, 25) };
	for (size_t i = 0; i < 4; i++)
		live_add(live, &classes[i]);
	assert_int_equal(live->classes[0].users, 34);
	assert_int_equal(live->classes[0].target, 50);
	assert_int_equal(live->classes[1].users, 10);
	assert_int_equal(live->target, 60);
	live_free(live);
	scene_free(scene);
}

static void the_state_of_the_run_follows_from_those_of_its_engines(void **state)
{
	static const struct {
		enum run_state a, b, run;
	} cases[] = {
		{ RUN_IDLE, RUN_IDLE, RUN_IDLE },
		{ RUN_SETUP, RUN_IDLE, RUN_SETUP },
		{ RUN_IDLE, RUN_RAMPING, RUN_RAMPING },
		{ RUN_RUNNING, RUN_RAMPING, RUN_RAMPING },
		{ RUN_RUNNING, RUN_RUNNING, RUN_RUNNING },
		{ RUN_PAUSED, RUN_RUNNING, RUN_PAUSED },
		{ RUN_PAUSED, RUN_PAUSED, RUN_PAUSED },
		{ RUN_RUNNING, RUN_DRAINING, RUN_DRAINING },
		{ RUN_RUNNING, RUN_DONE, RUN_DRAINING },
		{ RUN_DONE, RUN_DONE, RUN_DONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct scenario *scene = scene_new(1, 1, false);
		struct live *live = live_new(scene, 2);
		struct sample a = sample_status(0, 1, cases[i].a, 0);
		struct sample b = sample_status(1, 1, cases[i].b, 0);
		assert_int_equal(live->state, RUN_IDLE);
		live_add(live, &a);
		live_add(live, &b);
		assert_int_equal(live->state, cases[i].run);
		live_free(live);
		scene_free(scene);
	}
}

static void the_watermark_is_what_every_engine_has_passed(void **state)
{
	struct scenario *scene = scene_new(1, 1, false);
	struct live *live = live_new(scene, 2);
	struct sample end = { .type = SAMPLE_END, .engine = 0 };

	(void)state;
	live_touch(live, 0, 500);
	assert_int_equal(live_watermark_ns(live), 0);
	live_touch(live, 1, 300);
	assert_int_equal(live_watermark_ns(live), 300);
	live_touch(live, 1, 250); /* never back */
	assert_int_equal(live_watermark_ns(live), 300);
	live_touch(live, 1, 700);
	assert_int_equal(live_watermark_ns(live), 500);
	live_add(live, &end);
	assert_int_equal(live_ended(live), 1);
	assert_int_equal(live_watermark_ns(live), 700); /* an engine that ended holds nothing up */
	live_free(live);
	scene_free(scene);
}

static void the_cpu_of_each_engine_is_kept_for_the_time_of_load(void **state)
{
	static const struct {
		enum run_state state;
		uint32_t permille;
	} told[] = { { RUN_SETUP, 900 },
		     { RUN_RAMPING, 100 },
		     { RUN_RUNNING, 300 },
		     { RUN_RUNNING, 200 },
		     { RUN_DRAINING, 1000 } };
	struct scenario *scene = scene_new(1, 1, false);
	struct live *live = live_new(scene, 2);

	(void)state;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		struct sample status = sample_status(1, i + 1, told[i].state, 10);
		status.u.status.cpu_permille = told[i].permille;
		live_add(live, &status);
	}
	assert_true(live_cpu(live, 1).mean_pct == 20);
	assert_true(live_cpu(live, 1).max_pct == 30);
	assert_true(live_cpu(live, 0).mean_pct == 0);
	live_free(live);
	scene_free(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cpu_of_each_engine_is_kept_for_the_time_of_load),
		cmocka_unit_test(users_and_counters_are_summed_and_the_worst_engine_is_shown),
		cmocka_unit_test(the_state_of_the_run_follows_from_those_of_its_engines),
		cmocka_unit_test(the_watermark_is_what_every_engine_has_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
