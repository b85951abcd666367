/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "record/cascade.h"
#include "samples.h"

static void windows_are_judged_by_both_figures(void **state)
{
	static const struct {
		const char *what;
		double ratio[12], p99_ms[12];
		enum cascade_state state;
	} cases[] = {
		{ "calm",
		  { 0 },
		  { 30, 33, 29, 31, 35, 30, 28, 33, 31, 30, 34, 29 },
		  CASCADE_STEADY },
		{ "rising p99",
		  { 0 },
		  { 50, 60, 80, 90, 120, 140, 200, 260, 300, 420, 500, 700 },
		  CASCADE_LATENCY },
		{ "rising, but by little",
		  { 0 },
		  { 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61 },
		  CASCADE_STEADY },
		{ "doubling, but of nothing",
		  { 0 },
		  { 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
		  CASCADE_STEADY },
		{ "one spike",
		  { 0 },
		  { 30, 31, 30, 900, 30, 31, 30, 30, 31, 30, 30, 31 },
		  CASCADE_STEADY },
		{ "a spike at the end",
		  { 0 },
		  { 30, 31, 30, 31, 30, 31, 30, 30, 31, 30, 30, 900 },
		  CASCADE_STEADY },
		{ "falling",
		  { 0 },
		  { 900, 800, 700, 600, 500, 400, 300, 200, 150, 120, 100, 90 },
		  CASCADE_STEADY },
		{ "rising failures",
		  { 0, 0, 0, 0.01, 0.02, 0.05, 0.08, 0.1, 0.2, 0.25, 0.3, 0.4 },
		  { 30, 33, 29, 31, 35, 30, 28, 33, 31, 30, 34, 29 },
		  CASCADE_FAILURES },
		{ "failures break out and stay",
		  { 0, 0, 0, 0, 0, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5 },
		  { 30, 33, 29, 31, 35, 30, 28, 33, 31, 30, 34, 29 },
		  CASCADE_FAILURES },
		{ "a constant share of failures",
		  { 0.3, 0.31, 0.29, 0.3, 0.3, 0.31, 0.3, 0.29, 0.3, 0.3, 0.31, 0.3 },
		  { 30, 33, 29, 31, 35, 30, 28, 33, 31, 30, 34, 29 },
		  CASCADE_STEADY },
	};

	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
		double p99_us[12];
		for (int i = 0; i < 12; i++)
			p99_us[i] = cases[c].p99_ms[i] * 1000;
		struct cascade_result result = cascade_judge_windows(cases[c].ratio, p99_us, 12);
		if (result.state != cases[c].state)
			fail_msg("%s: %d", cases[c].what, result.state);
	}
}

static void noise_alone_is_no_cascade(void **state)
{
	unsigned alarms = 0;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 17, 0);
	for (int round = 0; round < 500; round++) {
		double ratio[12], p99_us[12];
		for (int i = 0; i < 12; i++) {
			ratio[i] = rng_double(&rng) * 0.1;
			/* heavy tailed: from 20 ms to some hundred */
			p99_us[i] = 20000 + rng_exponential(&rng, 60000);
		}
		alarms += cascade_judge_windows(ratio, p99_us, 12).state != CASCADE_STEADY;
	}
	assert_true(alarms <= 8);
}

static void only_constant_load_is_looked_at_and_it_takes_enough_of_it(void **state)
{
	struct cascade *cascade = cascade_new(240 * SEC); /* windows of ten seconds */

	(void)state;
	for (unsigned s = 0; s < 119; s++) {
		cascade_second(cascade, 100, 0, 30000, true);
		assert_int_equal(cascade_judge(cascade, CASCADE_ENOUGH).state, CASCADE_UNKNOWN);
	}
	cascade_second(cascade, 100, 0, 30000, true);
	assert_int_equal(cascade_judge(cascade, CASCADE_ENOUGH).state, CASCADE_STEADY);
	assert_int_equal(cascade_judge(cascade, CASCADE_ENOUGH).span_ns, 120 * SEC);
	/* a ramp: everything rises, and nothing is said */
	for (unsigned s = 0; s < 60; s++) {
		cascade_second(cascade, 100, s, 30000 + s * 20000.0, false);
		assert_int_equal(cascade_judge(cascade, CASCADE_LEAST).state, CASCADE_UNKNOWN);
	}
	for (unsigned s = 0; s < 60; s++)
		cascade_second(cascade, 100, 0, 900000, true);
	assert_int_equal(cascade_judge(cascade, CASCADE_LEAST).state, CASCADE_STEADY);
	assert_int_equal(cascade_judge(cascade, CASCADE_ENOUGH).state, CASCADE_UNKNOWN);
	cascade_free(cascade);
}

static void a_rise_late_in_a_long_calm_run_is_seen(void **state)
{
	struct cascade *cascade = cascade_new(24 * SEC); /* windows of a second */
	bool seen = false;

	(void)state;
	for (unsigned s = 0; s < 200; s++)
		cascade_second(cascade, 100, 0, 30000, true);
	for (unsigned s = 0; s < 12; s++) {
		assert_int_equal(cascade_judge(cascade, CASCADE_ENOUGH).state, CASCADE_STEADY);
		cascade_second(cascade, 100, 5.0 * s, 30000, true);
		seen = cascade_judge(cascade, CASCADE_ENOUGH).state == CASCADE_FAILURES;
		if (seen)
			break;
	}
	assert_true(seen);
	cascade_free(cascade);
}

static void windows_without_requests_are_left_out(void **state)
{
	struct cascade *cascade = cascade_new(24 * SEC);

	(void)state;
	for (unsigned s = 0; s < 40; s++)
		cascade_second(cascade, s % 2 == 0 ? 10 : 0, 0, s % 2 == 0 ? 30000 : -1, true);
	struct cascade_result result = cascade_judge(cascade, CASCADE_ENOUGH);
	assert_int_equal(result.state, CASCADE_STEADY);
	assert_int_equal(result.windows, 20);
	assert_true(fabs(result.to - 30000) < 1);
	cascade_free(cascade);
	cascade_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_are_judged_by_both_figures),
		cmocka_unit_test(noise_alone_is_no_cascade),
		cmocka_unit_test(only_constant_load_is_looked_at_and_it_takes_enough_of_it),
		cmocka_unit_test(a_rise_late_in_a_long_calm_run_is_seen),
		cmocka_unit_test(windows_without_requests_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
