/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "record/heat.h"
#include "record/histogram.h"
#include "record/logscale.h"
#include "samples.h"

static uint64_t column_sum(const uint32_t *column)
{
	uint64_t sum = 0;

	for (unsigned row = 0; row < HEAT_ROWS; row++)
		sum += column[row];
	return sum;
}

static void every_latency_lies_between_the_edges_of_its_row(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 7, 1);
	for (unsigned bits = 0; bits <= LOGSCALE_BITS_MAX; bits++) {
		for (unsigned i = 0; i < 20000; i++) {
			uint64_t us = 1 + rng_below(&rng, HISTOGRAM_MAX_US) %
						  (1ULL << (1 + rng_below(&rng, 32)));
			unsigned row = logscale_row(bits, us);
			assert_in_range(row, 0, LOGSCALE_ROWS(bits) - 1);
			assert_true(logscale_low(bits, row) <= us);
			assert_true(us < logscale_low(bits, row + 1));
		}
		assert_int_equal(logscale_row(bits, 0), logscale_row(bits, 1));
		assert_int_equal(logscale_row(bits, UINT64_MAX),
				 logscale_row(bits, HISTOGRAM_MAX_US));
	}
}

static void a_second_is_a_column_of_its_response_times(void **state)
{
	struct heat *heat = heat_new();
	struct histogram *times = histogram_new();

	(void)state;
	histogram_add_n(times, 1000, 5);
	histogram_add_n(times, 1279, 2); /* 1,024 to 1,280 is a row */
	histogram_add_n(times, 1280, 3);
	heat_second(heat, times);
	histogram_reset(times);
	heat_second(heat, times);
	assert_int_equal(heat_recent(heat).columns, 2);
	assert_int_equal(heat_recent(heat).start_ns, 0);
	assert_int_equal(heat_recent(heat).step_ns, SEC);
	assert_int_equal(heat_whole(heat).columns, 2);
	const uint32_t *column = heat_recent_column(heat, 0);
	assert_int_equal(column[logscale_row(HEAT_BITS, 1000)], 5);
	assert_int_equal(column[logscale_row(HEAT_BITS, 1100)], 2);
	assert_int_equal(column[logscale_row(HEAT_BITS, 1400)], 3);
	assert_int_equal(column_sum(column), 10);
	assert_int_equal(column_sum(heat_recent_column(heat, 1)), 0);
	assert_int_equal(column_sum(heat_whole_column(heat, 0)), 10);
	histogram_free(times);
	heat_free(heat);
}

/* However long the run: 600 columns at most, and nothing is lost. */
static void columns_merge_as_the_run_grows_and_keep_every_request(void **state)
{
	struct heat *heat = heat_new();
	struct histogram *times = histogram_new();
	uint64_t total = 0;

	(void)state;
	for (uint64_t s = 0; s < 5000; s++) {
		histogram_reset(times);
		histogram_add_n(times, 100 << (s % 10), s + 1);
		heat_second(heat, times);
		total += s + 1;
		struct heat_view view = heat_whole(heat);
		assert_true(view.columns <= HEAT_COLUMNS);
		assert_int_equal((s * SEC) / view.step_ns, view.columns - 1);
	}
	struct heat_view whole = heat_whole(heat), recent = heat_recent(heat);
	uint64_t sum = 0;
	for (size_t c = 0; c < whole.columns; c++)
		sum += column_sum(heat_whole_column(heat, c));
	assert_int_equal(sum, total);
	/* 5,000 s: steps of 16 s; column 3 holds the seconds 48 to 63 */
	assert_int_equal(whole.step_ns, 16 * SEC);
	assert_int_equal(column_sum(heat_whole_column(heat, 3)), (49 + 64) * 16 / 2);
	assert_int_equal(recent.columns, HEAT_COLUMNS);
	assert_int_equal(recent.start_ns, 4400 * SEC);
	assert_int_equal(column_sum(heat_recent_column(heat, 0)), 4401);
	assert_int_equal(column_sum(heat_recent_column(heat, 599)), 5000);
	heat_start(heat);
	assert_int_equal(heat_whole(heat).columns, 0);
	histogram_free(times);
	heat_free(heat);
}

static void counts_stop_at_what_they_can_hold(void **state)
{
	struct heat *heat = heat_new();
	struct histogram *times = histogram_new();

	(void)state;
	histogram_add_n(times, 1, UINT32_MAX);
	for (unsigned s = 0; s < 1200; s++)
		heat_second(heat, times);
	assert_int_equal(heat_whole_column(heat, 0)[1], UINT32_MAX);
	histogram_free(times);
	heat_free(heat);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_latency_lies_between_the_edges_of_its_row),
		cmocka_unit_test(a_second_is_a_column_of_its_response_times),
		cmocka_unit_test(columns_merge_as_the_run_grows_and_keep_every_request),
		cmocka_unit_test(counts_stop_at_what_they_can_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
