/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "record/curve.h"
#include "record/histogram.h"
#include "samples.h"

/* 100 users per second up to `top`, reported every 100 ms, then constant. */
static void ramp(struct curve *curve, unsigned from_ms, unsigned to_ms, double top)
{
	for (unsigned t = from_ms; t <= to_ms; t += 100)
		curve_load(curve, t * MS, fmin(top, t / 10.0));
}

static uint64_t total(const struct curve *curve, bool ended)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < CURVE_LEVELS; i++)
		sum += ended ? curve_level(curve, i)->ended : curve_level(curve, i)->requests;
	return sum;
}

static size_t level_at(double load)
{
	size_t level = (size_t)(load / 1000 * CURVE_LEVELS);

	return level < CURVE_LEVELS ? level : CURVE_LEVELS - 1;
}

static void requests_belong_to_the_load_of_their_start_and_of_their_end(void **state)
{
	struct curve *curve = curve_new(1000);

	(void)state;
	ramp(curve, 0, 8000, 1000);
	/* started at 234.5 users, between two reports, ended at 678.9 */
	curve_add(curve, 2345 * MS, 6789 * MS, 4444000, true);
	curve_add(curve, 2345 * MS, 2346 * MS, 1000, false);
	const struct curve_level *start = curve_level(curve, level_at(234.5));
	const struct curve_level *end = curve_level(curve, level_at(678.9));
	assert_int_equal(start->requests, 2);
	assert_int_equal(start->failed, 1);
	assert_true(fabs(start->load_sum - 2 * 234.5) < 1e-6);
	assert_int_equal(histogram_count(start->times), 2);
	assert_int_equal(histogram_count(start->good), 1); /* of the one that succeeded */
	assert_int_equal(end->ended, 1);
	assert_int_equal(end->ended_failed, 1);
	assert_int_equal(end->first_failure_ns, 6789 * MS);
	assert_true(fabs(end->first_failure_load - 678.9) < 1e-6);
	assert_in_range(start->first_ns, 2300 * MS, 2400 * MS);
	assert_true(fabs(curve_top(curve) - 800) < 1e-6);
	curve_free(curve);
}

static void the_load_goes_on_as_it_did_between_two_reports(void **state)
{
	struct curve *curve = curve_new(1000);

	(void)state;
	ramp(curve, 0, 5000, 1000);
	/* 50 ms after the last report: 505 users, not 500 */
	curve_add(curve, 5050 * MS, 5051 * MS, 1000, false);
	assert_int_equal(curve_level(curve, level_at(505))->requests, 1);
	/* but not for ever: then it stands where it was reported last */
	curve_add(curve, 9000 * MS, 9001 * MS, 1000, false);
	assert_int_equal(curve_level(curve, level_at(500))->requests, 1);
	curve_free(curve);
}

static void the_way_down_and_what_comes_late_is_left_out(void **state)
{
	struct curve *curve = curve_new(1000);

	(void)state;
	ramp(curve, 0, 5000, 500);
	for (unsigned t = 5100; t <= 20000; t += 100)
		curve_load(curve, t * MS, 500);
	curve_add(curve, 6000 * MS, 6001 * MS, 1000, false);
	assert_int_equal(total(curve, false), 1);
	curve_add(curve, 16000 * MS, 16001 * MS, 1000, false); /* eleven seconds at 500 */
	assert_int_equal(total(curve, false), 1);
	for (unsigned t = 20100; t <= 25000; t += 100)
		curve_load(curve, t * MS, 500 - (t - 20000) / 10.0);
	curve_add(curve, 23000 * MS, 23001 * MS, 1000, true);
	assert_int_equal(total(curve, false), 1);
	assert_int_equal(total(curve, true), 1);
	/* up again, beyond where it was */
	for (unsigned t = 25100; t <= 35000; t += 100)
		curve_load(curve, t * MS, (t - 25000) / 10.0);
	curve_add(curve, 27000 * MS, 27001 * MS, 1000, false); /* 200: was there before */
	curve_add(curve, 33000 * MS, 33001 * MS, 1000, false); /* 800 */
	assert_int_equal(total(curve, false), 2);
	assert_int_equal(curve_level(curve, level_at(800))->requests, 1);
	curve_free(curve);
}

static void a_climb_after_a_long_hold_counts_from_its_first_step(void **state)
{
	struct curve *curve = curve_new(1000);

	(void)state;
	ramp(curve, 0, 20000, 500);
	curve_add(curve, 19000 * MS, 19001 * MS, 1000, true);
	assert_int_equal(total(curve, true), 0);
	for (unsigned t = 20100; t <= 22000; t += 100)
		curve_load(curve, t * MS, 500 + (t - 20000) / 10.0);
	/* begun while the load stood, over when it had climbed */
	curve_add(curve, 19500 * MS, 21000 * MS, 1500000, true);
	assert_int_equal(total(curve, false), 0);
	assert_int_equal(curve_level(curve, level_at(600))->ended_failed, 1);
	curve_add(curve, 20050 * MS, 20060 * MS, 10000, false);
	assert_int_equal(total(curve, false), 1);
	/* standing again, at a load that was just reached */
	for (unsigned t = 22100; t <= 23000; t += 100)
		curve_load(curve, t * MS, 700);
	curve_add(curve, 22900 * MS, 22910 * MS, 10000, false);
	assert_int_equal(curve_level(curve, level_at(700))->requests, 1);
	curve_free(curve);
}

static void a_quick_way_down_is_left_out_too(void **state)
{
	struct curve *curve = curve_new(1000);

	(void)state;
	ramp(curve, 0, 5000, 500);
	for (unsigned t = 5100; t <= 6000; t += 100)
		curve_load(curve, t * MS, 300);
	/* 300 was reached at 3 s: within the time, but this is not the climb */
	curve_add(curve, 5500 * MS, 5501 * MS, 1000, true);
	assert_int_equal(total(curve, false), 0);
	assert_int_equal(total(curve, true), 0);
	curve_free(curve);
}

static void loads_beyond_the_range_widen_it(void **state)
{
	struct curve *curve = curve_new(1000);

	(void)state;
	curve_add(curve, 0, 1, 1000, false); /* no load is known yet */
	assert_int_equal(total(curve, false), 0);
	curve_load(curve, 0, 0);
	curve_load(curve, 100 * MS, 500);
	curve_add(curve, 100 * MS, 101 * MS, 1000, true);
	curve_load(curve, 200 * MS, 5000);
	assert_true(fabs(curve_max(curve) - 8000) < 1e-6);
	curve_add(curve, 200 * MS, 201 * MS, 2000, false);
	/* what was known before is in its place in the new range: nothing is lost */
	const struct curve_level *half = curve_level(curve, (size_t)(500.0 / 8000 * CURVE_LEVELS));
	const struct curve_level *far = curve_level(curve, (size_t)(5000.0 / 8000 * CURVE_LEVELS));
	assert_int_equal(half->requests, 1);
	assert_int_equal(half->ended_failed, 1);
	assert_int_equal(half->first_failure_ns, 101 * MS);
	assert_int_equal(half->first_ns, 100 * MS);
	assert_int_equal(histogram_count(half->times), 1);
	assert_int_equal(histogram_count(half->good), 0);
	assert_int_equal(far->requests, 1);
	assert_int_equal(total(curve, false), 2);
	assert_int_equal(total(curve, true), 2);
	assert_int_equal(curve_level(curve, 100)->first_ns, 200 * MS); /* passed in one go */
	assert_int_equal(curve_level(curve, CURVE_LEVELS - 1)->first_ns, UINT64_MAX);
	curve_free(curve);
	curve_free(NULL);
}

static void long_runs_keep_finding_the_right_instant(void **state)
{
	struct curve *curve = curve_new(1000);

	(void)state;
	/* an hour of a very slow climb: 36,000 reports, of which the last 2,048 are kept */
	for (unsigned i = 0; i <= 36000; i++)
		curve_load(curve, i * 100 * MS, i / 36.0);
	for (unsigned back = 0; back < 2000; back += 37) {
		uint64_t at = (36000 - back) * 100 * MS;
		uint64_t before = curve_level(curve, level_at((36000 - back) / 36.0))->ended;
		curve_add(curve, at, at, 10, false);
		/* within ten seconds of reaching it or not, it is this level's or nobody's */
		assert_in_range(curve_level(curve, level_at((36000 - back) / 36.0))->ended - before,
				0, 1);
	}
	assert_true(total(curve, false) > 10);
	assert_int_equal(total(curve, false), total(curve, true));
	curve_free(curve);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_belong_to_the_load_of_their_start_and_of_their_end),
		cmocka_unit_test(the_load_goes_on_as_it_did_between_two_reports),
		cmocka_unit_test(the_way_down_and_what_comes_late_is_left_out),
		cmocka_unit_test(a_climb_after_a_long_hold_counts_from_its_first_step),
		cmocka_unit_test(a_quick_way_down_is_left_out_too),
		cmocka_unit_test(loads_beyond_the_range_widen_it),
		cmocka_unit_test(long_runs_keep_finding_the_right_instant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
