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
#include "record/trend.h"

static bool near(double got, double want, double by)
{
	return fabs(got - want) <= by;
}

/* Roughly normal, mean 0, deviation 1. */
static double noise(struct rng *rng)
{
	double sum = 0;

	for (int i = 0; i < 12; i++)
		sum += rng_double(rng);
	return sum - 6;
}

static void the_median_is_the_middle_value(void **state)
{
	double odd[] = { 5, 1, 3 }, even[] = { 4, 1, 3, 2 }, one[] = { 7 };

	(void)state;
	assert_true(near(trend_median_of(odd, 3), 3, 0));
	assert_true(near(odd[0], 5, 0)); /* a copy was sorted */
	assert_true(near(trend_median(odd, 3), 3, 0));
	assert_true(near(trend_median(even, 4), 2.5, 0));
	assert_true(near(trend_median(one, 1), 7, 0));
}

static void kendall_tells_rising_falling_and_neither(void **state)
{
	static const struct {
		double y[6];
		double tau;
	} cases[] = {
		{ { 1, 2, 3, 4, 5, 6 }, 1 },
		{ { 6, 5, 4, 3, 2, 1 }, -1 },
		{ { 2, 2, 2, 2, 2, 2 }, 0 },
		{ { 1, 3, 2, 4, 6, 5 }, 11.0 / 15 },
		/* tau-b: 9 untied pairs of 15 */
		{ { 0, 0, 0, 1, 1, 1 }, 0.774596669 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_true(near(trend_kendall(cases[i].y, 6), cases[i].tau, 1e-6));
}

static void theil_sen_finds_the_slope_through_outliers(void **state)
{
	double x[100], y[100];
	struct trend_line line;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 3, 1);
	for (int i = 0; i < 100; i++) {
		x[i] = i * 5;
		y[i] = 200 + 0.7 * x[i] + noise(&rng) * 5 + (i % 7 == 0 ? 500 : 0);
	}
	assert_true(trend_theil_sen(x, y, 100, &line));
	assert_true(near(line.slope, 0.7, 0.05));
	assert_true(line.low < 0.7 && 0.7 < line.high);
	assert_true(line.low > 0.5 && line.high < 0.9);
	assert_true(near(line.level, 200, 15));
	/* nothing to say when all points stand at one place */
	for (int i = 0; i < 100; i++)
		x[i] = 1;
	assert_false(trend_theil_sen(x, y, 100, &line));
}

static void the_interval_of_a_flat_series_holds_zero(void **state)
{
	unsigned misses = 0;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 11, 0);
	for (int round = 0; round < 200; round++) {
		double x[30], y[30];
		struct trend_line line;
		for (int i = 0; i < 30; i++) {
			x[i] = i;
			y[i] = 50 + noise(&rng);
		}
		assert_true(trend_theil_sen(x, y, 30, &line));
		misses += line.low > 0 || line.high < 0;
	}
	assert_in_range(misses, 1, 22); /* 5 % of 200, within three deviations */
}

static void a_broken_stick_is_found_where_it_bends(void **state)
{
	static const double bends[] = { 150, 412, 700 };
	struct rng rng;

	(void)state;
	rng_seed(&rng, 5, 5);
	for (size_t c = 0; c < 3; c++) {
		double x[60], y[60];
		struct trend_bend bend;
		for (int i = 0; i < 60; i++) {
			x[i] = 1000.0 * (i + 1) / 60;
			y[i] = 40 + (x[i] > bends[c] ? (x[i] - bends[c]) * 0.9 : 0) +
			       noise(&rng) * 3;
		}
		assert_true(trend_bend_fit(x, y, NULL, 60, &bend));
		assert_true(near(bend.x0, bends[c], 15));
		assert_true(near(bend.level, 40, 3));
		assert_true(near(bend.slope, 0.9, 0.05));
		assert_true(bend.r2 > 0.98);
	}
}

static void weights_let_doubtful_points_count_less(void **state)
{
	double x[20], y[20], weight[20];
	struct trend_bend bend;

	(void)state;
	for (int i = 0; i < 20; i++) {
		x[i] = i;
		y[i] = i > 10 ? i - 10 : 0;
		weight[i] = 1;
	}
	y[3] = 50;
	weight[3] = 1e-6;
	assert_true(trend_bend_fit(x, y, weight, 20, &bend));
	assert_true(near(bend.x0, 10, 0.3));
}

static void what_only_falls_or_stays_has_no_bend(void **state)
{
	double x[10], y[10];
	struct trend_bend bend;

	(void)state;
	for (int i = 0; i < 10; i++) {
		x[i] = i;
		y[i] = 100 - i;
	}
	assert_false(trend_bend_fit(x, y, NULL, 10, &bend));
	for (int i = 0; i < 10; i++)
		y[i] = 5;
	assert_false(trend_bend_fit(x, y, NULL, 10, &bend));
}

static void a_jump_is_found_where_it_happens(void **state)
{
	double y[40];
	struct trend_step step;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 9, 2);
	for (int i = 0; i < 40; i++)
		y[i] = (i < 27 ? 20 : 75) + noise(&rng) * 4;
	assert_true(trend_step_fit(y, 40, 3, &step));
	assert_int_equal(step.at, 27);
	assert_true(near(step.before, 20, 3));
	assert_true(near(step.after, 75, 4));
	assert_true(step.r2 > 0.9);
	assert_false(trend_step_fit(y, 5, 3, &step));
	for (int i = 0; i < 40; i++)
		y[i] = 1;
	assert_false(trend_step_fit(y, 40, 3, &step));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_median_is_the_middle_value),
		cmocka_unit_test(kendall_tells_rising_falling_and_neither),
		cmocka_unit_test(theil_sen_finds_the_slope_through_outliers),
		cmocka_unit_test(the_interval_of_a_flat_series_holds_zero),
		cmocka_unit_test(a_broken_stick_is_found_where_it_bends),
		cmocka_unit_test(weights_let_doubtful_points_count_less),
		cmocka_unit_test(what_only_falls_or_stays_has_no_bend),
		cmocka_unit_test(a_jump_is_found_where_it_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
