/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "record/health.h"
#include "samples.h"

/* One second of ten statuses, of which the last has the values. */
static void second(struct health *health, enum run_state state, unsigned lag_ms, unsigned cpu_pct,
		   unsigned slip_ms, unsigned waits)
{
	for (unsigned i = 0; i < 10; i++) {
		struct sample status = sample_status(0, 0, state, 10);
		status.u.status.lag_p99_us = i == 9 ? lag_ms * 1000 : 200;
		status.u.status.slip_max_us = i == 9 ? slip_ms * 1000 : 300;
		status.u.status.cpu_permille = cpu_pct * 10;
		status.u.status.ring_waits = waits;
		health_add(health, &status);
	}
	health_second(health, state);
}

static void a_quiet_generator_is_fine(void **state)
{
	struct health *health = health_new();
	const char *reason = NULL;

	(void)state;
	assert_false(health_limited(health, &reason));
	assert_string_equal(reason, "");
	for (int i = 0; i < 60; i++)
		second(health, RUN_RUNNING, 2, 40, 3, 0);
	for (unsigned kind = 0; kind < HEALTH_KINDS; kind++) {
		struct health_state got = health_state(health, kind);
		assert_int_equal(got.bad, 0);
		assert_int_equal(got.judged, 59); /* the first began outside */
		assert_false(got.broken);
	}
	assert_true(health_state(health, HEALTH_LAG).worst == 2);
	assert_true(health_state(health, HEALTH_CPU).worst == 40);
	assert_false(health_troubled(health, &reason));
	assert_string_equal(reason, "");
	health_free(health);
}

static void single_blips_do_not_spoil_a_run(void **state)
{
	struct health *health = health_new();

	(void)state;
	/* the first begins outside: of the hundred after it ten are bad */
	for (int i = 0; i < 101; i++)
		second(health, RUN_RUNNING, i % 10 == 0 ? 100 : 1, 100 * (i % 10 == 0),
		       i % 10 == 0 ? 100 : 1, 0);
	assert_int_equal(health_state(health, HEALTH_LAG).bad, 10);
	assert_int_equal(health_state(health, HEALTH_LAG).judged, 100);
	assert_false(health_limited(health, NULL));
	assert_true(health_state(health, HEALTH_LAG).worst == 100);
	/* in short runs fewer than five */
	struct health *brief = health_new();
	for (int i = 0; i < 20; i++)
		second(brief, RUN_RUNNING, i >= 16 ? 5000 : 1, 50, 1, 0);
	assert_int_equal(health_state(brief, HEALTH_LAG).bad, 4);
	assert_false(health_limited(brief, NULL));
	second(brief, RUN_RUNNING, 5000, 50, 1, 0);
	assert_true(health_limited(brief, NULL));
	health_free(health);
	health_free(brief);
}

static void long_stalls_count_by_their_length(void **state)
{
	struct health *health = health_new();
	const char *reason;

	(void)state;
	/* 12 seconds of 240: few, but what they delay is in the p99 of the run */
	for (int i = 0; i < 241; i++)
		second(health, RUN_RUNNING, i % 20 == 1 ? 900 : 1, 20, 1, 0);
	assert_int_equal(health_state(health, HEALTH_LAG).bad, 12);
	assert_true(health_limited(health, &reason));
	assert_string_equal(reason, "loop lag up to 900 ms (limit 100 ms) in 12 of 240 seconds");
	health_free(health);
	/* no second counts as more than one: four of them, however long, spoil nothing */
	health = health_new();
	for (int i = 0; i < 241; i++)
		second(health, RUN_RUNNING, i % 60 == 1 ? 20000 : 1, 20, 1, 0);
	assert_int_equal(health_state(health, HEALTH_LAG).bad, 4);
	assert_false(health_limited(health, NULL));
	health_free(health);
}

static void each_rule_names_itself_its_limit_and_the_seconds(void **state)
{
	static const struct {
		unsigned lag_ms, cpu_pct, slip_ms;
		bool waits;
		enum health_kind kind;
		const char *reason;
	} cases[] = {
		{ 100, 10, 1, false, HEALTH_LAG,
		  "loop lag up to 100 ms (limit 100 ms) in 6 of 39 seconds" },
		{ 1, 95, 1, false, HEALTH_CPU,
		  "engine CPU up to 95 % (limit 95 %) in 6 of 39 seconds" },
		{ 1, 10, 250, false, HEALTH_SLIP,
		  "start slip up to 250 ms (limit 100 ms) in 6 of 39 seconds" },
		{ 1, 10, 1, true, HEALTH_RING,
		  "recorder waits up to 7 (limit 1) in 6 of 39 seconds" },
		{ 99, 94, 99, false, HEALTH_KINDS, "" },
	};

	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
		struct health *health = health_new();
		const char *reason = NULL;
		unsigned waits = 0;
		for (int i = 0; i < 40; i++) {
			bool bad = i > 0 && i % 6 == 0;
			waits += bad && cases[c].waits ? 7 : 0;
			if (bad)
				second(health, RUN_RUNNING, cases[c].lag_ms, cases[c].cpu_pct,
				       cases[c].slip_ms, waits);
			else
				second(health, RUN_RUNNING, 1, 10, 1, waits);
		}
		assert_int_equal(health_limited(health, &reason), cases[c].kind != HEALTH_KINDS);
		assert_string_equal(reason, cases[c].reason);
		for (unsigned kind = 0; kind < HEALTH_KINDS; kind++)
			assert_int_equal(health_state(health, kind).broken, kind == cases[c].kind);
		health_free(health);
	}
}

static void cpu_is_the_mean_of_a_second_of_the_busiest_engine(void **state)
{
	struct health *health = health_new();

	(void)state;
	for (int s = 0; s < 30; s++) {
		for (unsigned i = 0; i < 10; i++) {
			struct sample status = sample_status(i % 2, 0, RUN_RUNNING, 10);
			/* engine 0 idles; engine 1: 60, 80, 60, 80, 60 % */
			status.u.status.cpu_permille = i % 2 == 0 ? 10 : i % 4 == 1 ? 600 : 800;
			health_add(health, &status);
		}
		health_second(health, RUN_RUNNING);
	}
	assert_true(health_state(health, HEALTH_CPU).worst == 68);
	health_free(health);
}

static void ramps_pauses_and_the_drain_are_left_out_once_enough_is_steady(void **state)
{
	struct health *health = health_new();

	(void)state;
	for (int i = 0; i < 20; i++)
		second(health, RUN_RAMPING, 900, 100, 900, 0);
	assert_int_equal(health_state(health, HEALTH_LAG).judged, 20);
	assert_true(health_limited(health, NULL)); /* all there is to judge so far */
	for (int i = 0; i < 11; i++)
		second(health, RUN_RUNNING, 1, 10, 1, 0);
	second(health, RUN_PAUSED, 900, 100, 900, 0);
	second(health, RUN_DRAINING, 900, 100, 900, 0);
	assert_int_equal(health_state(health, HEALTH_LAG).judged, 10);
	assert_int_equal(health_state(health, HEALTH_LAG).bad, 0);
	assert_false(health_limited(health, NULL));
	health_free(health);
}

static void running_out_of_files_once_is_enough_at_any_time(void **state)
{
	const char *reason = NULL;
	const struct sample samples[] = {
		sample_event(0, 0, EVENT_NO_FILES, 24, 0),
		sample_failed(0, 0, 0, 10, FAILURE_LOCAL, 0, 24),
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct health *health = health_new();
		for (int s = 0; s < 500; s++) {
			if (s == 250)
				health_add(health, &samples[i]);
			second(health, s == 250 ? RUN_DRAINING : RUN_RUNNING, 1, 10, 1, 0);
		}
		assert_true(health_limited(health, &reason));
		assert_string_equal(reason, "files or ports exhausted: 1 in the worst second");
		health_free(health);
	}
}

static void the_trust_light_goes_on_before_the_run_is_spoiled_and_off_again(void **state)
{
	struct health *health = health_new();
	const char *reason = NULL;

	(void)state;
	for (int i = 0; i < 100; i++)
		second(health, RUN_RUNNING, 1, 10, 1, 0);
	second(health, RUN_RUNNING, 300, 10, 1, 0);
	second(health, RUN_RUNNING, 300, 10, 1, 0);
	assert_false(health_troubled(health, NULL));
	second(health, RUN_RUNNING, 300, 10, 1, 0);
	assert_true(health_troubled(health, &reason));
	assert_non_null(strstr(reason, "loop lag up to 300 ms"));
	assert_false(health_limited(health, &reason));
	assert_string_equal(reason, "");
	for (int i = 0; i < 3; i++)
		second(health, RUN_RUNNING, 1, 10, 1, 0);
	assert_false(health_troubled(health, NULL));
	health_free(health);
}

static void slips_are_those_of_starts_that_a_schedule_wanted(void **state)
{
	struct health *health = health_new();
	struct sample sample = { .type = SAMPLE_REQUEST, .outcome = OUTCOME_OK };

	(void)state;
	assert_int_equal(health_slip_us(health, 0.99), 0);
	sample.u.request.intended_ns = sample.u.request.start_ns = 5 * MS; /* nobody wanted it */
	health_add(health, &sample);
	assert_int_equal(health_slip_us(health, 1), 0);
	for (unsigned i = 1; i <= 1000; i++) {
		sample.u.request.intended_ns = i * MS;
		sample.u.request.start_ns = i * MS + (i <= 990 ? 100000 : 20 * MS);
		health_add(health, &sample);
	}
	assert_in_range(health_slip_us(health, 0.5), 97, 104); /* the coarse histogram's 3.2 % */
	assert_in_range(health_slip_us(health, 0.99), 97, 104);
	assert_in_range(health_slip_us(health, 1), 20000, 20640);
	health_free(health);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quiet_generator_is_fine),
		cmocka_unit_test(single_blips_do_not_spoil_a_run),
		cmocka_unit_test(slips_are_those_of_starts_that_a_schedule_wanted),
		cmocka_unit_test(long_stalls_count_by_their_length),
		cmocka_unit_test(each_rule_names_itself_its_limit_and_the_seconds),
		cmocka_unit_test(cpu_is_the_mean_of_a_second_of_the_busiest_engine),
		cmocka_unit_test(ramps_pauses_and_the_drain_are_left_out_once_enough_is_steady),
		cmocka_unit_test(running_out_of_files_once_is_enough_at_any_time),
		cmocka_unit_test(the_trust_light_goes_on_before_the_run_is_spoiled_and_off_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
