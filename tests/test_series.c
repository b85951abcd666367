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
#include "record/histogram.h"
#include "record/series.h"
#include "samples.h"

#define START (500 * SEC + 123)

static void a_second_has_the_rates_and_percentiles_of_its_requests(void **state)
{
	struct series *series = series_new();

	(void)state;
	series_start(series, START);
	series_set(series, START + 100 * MS, SERIES_USERS, 10);
	series_set(series, START + 900 * MS, SERIES_USERS, 20);
	series_set(series, START + 900 * MS, SERIES_CPU_PCT, 55);
	for (uint64_t i = 1; i <= 100; i++)
		series_add(series, START + i * MS, i * 1000, i > 90);
	series_add(series, START + SEC, 7000, false); /* the next second's first instant */
	assert_int_equal(series_advance(series, START + SEC - 1), 0);
	assert_int_equal(series_recent(series).count, 0);
	assert_int_equal(series_advance(series, START + SEC), 1);

	struct series_view view = series_recent(series);
	assert_int_equal(view.count, 1);
	assert_int_equal(view.start_ns, 0);
	assert_int_equal(view.step_ns, SEC);
	assert_true(view.values[SERIES_RPS][0] == 100);
	assert_true(view.values[SERIES_FAIL_RPS][0] == 10);
	assert_true(fabs(view.values[SERIES_P50_US][0] / 50000 - 1) < 0.001);
	assert_true(fabs(view.values[SERIES_P95_US][0] / 95000 - 1) < 0.001);
	assert_true(fabs(view.values[SERIES_P99_US][0] / 99000 - 1) < 0.001);
	assert_true(view.values[SERIES_USERS][0] == 20);
	assert_true(view.values[SERIES_CPU_PCT][0] == 55);
	assert_true(view.values[SERIES_CONNECTIONS][0] == (float)FRAME_GAP);
	assert_int_equal(series_advance(series, START + 2 * SEC), 1);
	view = series_recent(series);
	assert_true(view.values[SERIES_RPS][1] == 1);
	assert_true(view.values[SERIES_P99_US][1] == 7000);
	series_free(series);
}

static void what_was_not_measured_is_a_gap_and_users_carry_on(void **state)
{
	struct series *series = series_new();

	(void)state;
	series_start(series, START);
	series_advance(series, START + SEC);
	series_set(series, START + SEC, SERIES_USERS, 5);
	series_set(series, START + SEC, SERIES_CONNECTIONS, 42);
	series_advance(series, START + 3 * SEC);
	struct series_view view = series_recent(series);
	assert_int_equal(view.count, 3);
	assert_true(view.values[SERIES_USERS][0] == (float)FRAME_GAP);
	assert_true(view.values[SERIES_USERS][1] == 5);
	assert_true(view.values[SERIES_USERS][2] == 5);
	assert_true(view.values[SERIES_CONNECTIONS][1] == 42);
	assert_true(view.values[SERIES_CONNECTIONS][2] == (float)FRAME_GAP);
	for (int i = 0; i < 3; i++) {
		assert_true(view.values[SERIES_RPS][i] == 0);
		assert_true(view.values[SERIES_P50_US][i] == (float)FRAME_GAP);
	}
	series_free(series);
}

static void late_and_early_requests_are_counted_once(void **state)
{
	struct series *series = series_new();

	(void)state;
	series_start(series, START);
	series_add(series, START - 5 * SEC, 10, false); /* before the start: the first second */
	series_advance(series, START + 2 * SEC);
	series_add(series, START + SEC / 2, 10, true);   /* its second is closed: the oldest open */
	series_add(series, START + 40 * SEC, 10, false); /* far ahead: closes what lies between */
	series_finish(series, START + 40 * SEC + 1);
	struct series_view view = series_recent(series);
	assert_int_equal(view.count, 41);
	assert_true(view.values[SERIES_RPS][0] == 1);
	assert_true(view.values[SERIES_RPS][2] == 1);
	assert_true(view.values[SERIES_FAIL_RPS][2] == 1);
	assert_true(view.values[SERIES_RPS][40] == 1);
	series_free(series);
}

static void finishing_closes_the_last_second_only_when_it_holds_something(void **state)
{
	struct series *series = series_new();

	(void)state;
	series_start(series, START);
	series_add(series, START + SEC / 2, 10, false);
	series_finish(series, START + 2 * SEC);
	assert_int_equal(series_recent(series).count, 2);
	series_start(series, START);
	assert_int_equal(series_recent(series).count, 0);
	series_add(series, START + 2 * SEC + 5, 10, false);
	series_finish(series, START + 2 * SEC + 6);
	assert_int_equal(series_recent(series).count, 3);
	assert_true(series_whole(series).values[SERIES_RPS][2] == 1);
	series_free(series);
}

static void recent_points_are_the_last_600_seconds(void **state)
{
	struct series *series = series_new();

	(void)state;
	series_start(series, START);
	for (unsigned s = 0; s < 5000; s++) {
		series_set(series, START + s * SEC, SERIES_USERS, s);
		series_advance(series, START + (s + 1) * SEC);
		struct series_view view = series_recent(series);
		size_t want = s + 1 < 600 ? s + 1 : 600;
		assert_int_equal(view.count, want);
		assert_true(view.values[SERIES_USERS][want - 1] == (float)s);
		assert_true(view.values[SERIES_USERS][0] == (float)(s + 1 - want));
		assert_int_equal(view.start_ns, (s + 1 - want) * SEC);
	}
	series_free(series);
}

/* The whole run against figures computed from all requests of each step. */
static void check_whole(unsigned seconds)
{
	struct series *series = series_new();
	struct histogram **truth = mem_array(seconds, sizeof(*truth));
	unsigned *counts = mem_array(seconds, sizeof(*counts));
	uint64_t total = 0;
	struct rng rng;

	rng_seed(&rng, seconds, 0);
	series_start(series, START);
	for (unsigned s = 0; s < seconds; s++) {
		truth[s] = histogram_new();
		counts[s] = (unsigned)rng_below(&rng, 40);
		for (unsigned i = 0; i < counts[s]; i++) {
			uint64_t us = 1 + (uint64_t)rng_exponential(&rng, 1000 * (1 + s % 50));
			series_add(series, START + s * SEC + i, us, false);
			histogram_add(truth[s], us);
		}
		total += counts[s];
		series_set(series, START + s * SEC, SERIES_USERS, s % 100);
		series_advance(series, START + (s + 1) * SEC);
	}
	struct series_view view = series_whole(series);
	unsigned step = (unsigned)(view.step_ns / SEC);
	assert_in_range(view.count, seconds > 300 ? 300 : seconds, 600);
	assert_int_equal(view.count, (seconds + step - 1) / step);
	double sum = 0;
	for (size_t p = 0; p < view.count; p++) {
		struct histogram *merged = histogram_new();
		unsigned covered = 0, requests = 0;
		double users = 0;
		for (unsigned s = (unsigned)p * step; s < seconds && s < (p + 1) * step; s++) {
			histogram_merge(merged, truth[s]);
			covered++;
			requests += counts[s];
			users += s % 100;
		}
		sum += (double)view.values[SERIES_RPS][p] * covered;
		assert_true(fabs(view.values[SERIES_RPS][p] - (double)requests / covered) < 1e-3);
		assert_true(fabs(view.values[SERIES_USERS][p] - users / covered) < 1e-3);
		double p99 = (double)histogram_quantile(merged, 0.99);
		if (requests == 0)
			assert_true(view.values[SERIES_P99_US][p] == (float)FRAME_GAP);
		else
			assert_true(fabs(view.values[SERIES_P99_US][p] / p99 - 1) < 0.009);
		histogram_free(merged);
	}
	assert_true(fabs(sum - (double)total) < 0.01 * seconds);
	for (unsigned s = 0; s < seconds; s++)
		histogram_free(truth[s]);
	free(truth);
	free(counts);
	series_free(series);
}

static void merged_steps_have_the_figures_of_all_their_requests(void **state)
{
	static const unsigned seconds[] = { 1, 599, 600, 601, 1200, 1201, 2500, 4801 };

	(void)state;
	for (size_t i = 0; i < sizeof(seconds) / sizeof(*seconds); i++)
		check_whole(seconds[i]);
}

static void seen(void *arg, const struct series_second *second)
{
	uint64_t *sums = arg;

	assert_int_equal(second->number, sums[0]);
	assert_int_equal(histogram_count(second->times), second->requests);
	sums[0]++;
	sums[1] += second->requests;
	sums[2] += second->failures;
}

static void the_middle_series_holds_eighty_minutes_in_steps_of_eight_seconds(void **state)
{
	struct series *series = series_new();
	uint64_t sums[3] = { 0 };

	(void)state;
	series_on_second(series, seen, sums);
	series_start(series, START);
	for (uint64_t s = 0; s < 12004; s++) {
		series_set(series, START + s * SEC, SERIES_USERS, (double)s);
		for (uint64_t i = 0; i < 4; i++)
			series_add(series, START + s * SEC + i, 1000 * (s / 8 + 1), i == 0);
		series_advance(series, START + (s + 1) * SEC);
	}
	struct series_view view = series_middle(series);
	assert_int_equal(view.step_ns, 8 * SEC);
	assert_int_equal(view.count, SERIES_POINTS);
	assert_int_equal(view.start_ns, (12000 - 4800) * SEC); /* the last step is not over */
	for (size_t i = 0; i < view.count; i++) {
		uint64_t step = 900 + i;
		assert_true(view.values[SERIES_RPS][i] == 4);
		assert_true(view.values[SERIES_FAIL_RPS][i] == 1);
		assert_true(view.values[SERIES_USERS][i] == (float)(step * 8) + 3.5F);
		assert_true(
			fabs((double)view.values[SERIES_P99_US][i] / (1000.0 * (double)(step + 1)) -
			     1) < 0.008);
	}
	/* whoever listens has heard of every second */
	assert_int_equal(sums[0], 12004);
	assert_int_equal(sums[1], 4 * 12004);
	assert_int_equal(sums[2], 12004);
	series_start(series, START);
	assert_int_equal(series_middle(series).count, 0);
	series_free(series);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_middle_series_holds_eighty_minutes_in_steps_of_eight_seconds),
		cmocka_unit_test(a_second_has_the_rates_and_percentiles_of_its_requests),
		cmocka_unit_test(what_was_not_measured_is_a_gap_and_users_carry_on),
		cmocka_unit_test(late_and_early_requests_are_counted_once),
		cmocka_unit_test(finishing_closes_the_last_second_only_when_it_holds_something),
		cmocka_unit_test(recent_points_are_the_last_600_seconds),
		cmocka_unit_test(merged_steps_have_the_figures_of_all_their_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
