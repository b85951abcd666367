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

#include "message/frame.h"
#include "record/breaks.h"
#include "record/histogram.h"
#include "record/levels.h"
#include "samples.h"

struct drive {
	struct levels *levels;
	uint64_t at_ns;
};

static void second(struct drive *drive, double load, unsigned requests, uint64_t us, double cpu,
		   bool constant)
{
	struct histogram *times = histogram_new();

	histogram_add_n(times, us, requests);
	levels_times(drive->levels, times);
	levels_second(drive->levels, drive->at_ns, load, requests, requests / 10, cpu, FRAME_GAP,
		      constant);
	drive->at_ns += SEC;
	histogram_free(times);
}

static void hold(struct drive *drive, double load, unsigned seconds, unsigned requests, uint64_t us)
{
	second(drive, load, 1, 777777, 99, false); /* the second of the change is nobody's */
	for (unsigned s = 0; s < seconds; s++)
		second(drive, load, requests, us, 50, true);
}

static void each_load_that_is_held_becomes_a_row(void **state)
{
	struct drive drive = { .levels = levels_new() };

	(void)state;
	hold(&drive, 100, 10, 40, 5000);
	hold(&drive, 200, 2, 40, 5000); /* too short */
	hold(&drive, 300, 5, 100, 9000);
	assert_int_equal(levels_count(drive.levels), 2);
	struct level first = levels_at(drive.levels, 0), last = levels_at(drive.levels, 1);
	assert_true(first.load == 100 && last.load == 300);
	assert_int_equal(first.from_ns, SEC);
	assert_int_equal(first.seconds, 10);
	assert_int_equal(first.requests, 400);
	assert_int_equal(first.failures, 40);
	assert_true(fabs((double)first.p50_us / 5000 - 1) < 0.008);
	assert_true(fabs((double)first.p99_us / 5000 - 1) < 0.008);
	assert_true(first.cpu_pct == 50);
	assert_true(first.connections == FRAME_GAP);
	assert_false(first.now);
	assert_true(last.now);
	assert_int_equal(last.from_ns, 15 * SEC);
	assert_int_equal(last.requests, 500);
	second(&drive, 310, 5, 1, 1, false);
	assert_false(levels_at(drive.levels, 1).now);
	levels_free(drive.levels);
}

static void the_row_being_held_grows_and_shows_once_it_is_long_enough(void **state)
{
	struct drive drive = { .levels = levels_new() };

	(void)state;
	for (unsigned s = 1; s <= 6; s++) {
		second(&drive, 50, 10, 1000, FRAME_GAP, true);
		assert_int_equal(levels_count(drive.levels), s < LEVELS_LEAST_SECONDS ? 0 : 1);
	}
	assert_int_equal(levels_at(drive.levels, 0).requests, 60);
	assert_true(levels_at(drive.levels, 0).cpu_pct == FRAME_GAP);
	/* nobody there is no level */
	for (unsigned s = 0; s < 6; s++)
		second(&drive, 0, 0, 1000, FRAME_GAP, true);
	assert_int_equal(levels_count(drive.levels), 1);
	levels_free(drive.levels);
}

static void a_load_gone_back_to_goes_on_or_begins_anew(void **state)
{
	struct drive drive = { .levels = levels_new() };

	(void)state;
	hold(&drive, 100, 5, 10, 1000);
	hold(&drive, 100, 5, 10, 1000); /* a pause between */
	hold(&drive, 120, 1, 10, 1000); /* a try */
	hold(&drive, 100, 5, 10, 1000);
	assert_int_equal(levels_count(drive.levels), 1);
	assert_int_equal(levels_at(drive.levels, 0).seconds, 15);
	hold(&drive, 200, 5, 10, 1000);
	hold(&drive, 100, 4, 10, 1000);
	assert_int_equal(levels_count(drive.levels), 3);
	assert_int_equal(levels_at(drive.levels, 2).seconds, 4);
	levels_free(drive.levels);
}

static void past_the_most_rows_the_shortest_goes(void **state)
{
	struct drive drive = { .levels = levels_new() };

	(void)state;
	for (unsigned i = 0; i < LEVELS_MAX + 20; i++)
		hold(&drive, i + 1, i == 50 ? 3 : 5, 10, 1000);
	assert_int_equal(levels_count(drive.levels), LEVELS_MAX);
	for (size_t i = 0; i < LEVELS_MAX; i++)
		assert_false(levels_at(drive.levels, i).load == 51);
	assert_true(levels_at(drive.levels, LEVELS_MAX - 1).load == LEVELS_MAX + 20);
	levels_free(drive.levels);
}

/* Closed system: flat to 300 users, then rising in a straight line. */
static void drive_to_knee(struct drive *drive, unsigned from, unsigned to)
{
	for (unsigned load = from; load <= to; load += 100)
		hold(drive, load, 5, 50, load <= 300 ? 10000 : 10000 + (load - 300) * 200);
}

static void the_knee_is_where_the_levels_median_bends(void **state)
{
	struct drive drive = { .levels = levels_new() };
	char text[LEVELS_KNEE_TEXT];

	(void)state;
	drive_to_knee(&drive, 100, 400);
	assert_false(levels_knee(drive.levels, NULL).found); /* four levels */
	drive_to_knee(&drive, 500, 600);
	struct levels_knee knee = levels_knee(drive.levels, NULL);
	assert_true(knee.found && knee.by_levels);
	assert_true(fabs(knee.load - 300) < 20);
	assert_true(fabs(knee.base_us / 10000 - 1) < 0.02);
	assert_true(knee.reached_load == 600);
	assert_int_equal(knee.points, 6);
	assert_string_equal(levels_knee_text(&knee, false, text),
			    "response times bend at 300 users: median 10 ms below, 70 ms at 600 "
			    "(broken stick over 6 levels, r2 1.00)");
	/* what the climb showed comes first */
	const struct break_latency climb = {
		.load = 412, .base_us = 5000, .reached_us = 48000, .reached_load = 600, .r2 = 0.9
	};
	knee = levels_knee(drive.levels, &climb);
	assert_true(knee.found && !knee.by_levels && knee.load == 412);
	levels_free(drive.levels);
}

static void no_knee_without_an_effect_worth_naming(void **state)
{
	struct drive drive = { .levels = levels_new() };

	(void)state;
	for (unsigned load = 100; load <= 800;
	     load += 100) /* 1 ms to 4.5 ms: too little to matter */
		hold(&drive, load, 5, 50, 1000 + (load > 300 ? (load - 300) * 7 : 0));
	assert_false(levels_knee(drive.levels, NULL).found);
	levels_start(drive.levels);
	assert_int_equal(levels_count(drive.levels), 0);
	for (unsigned load = 100; load <= 800; load += 100) /* too few requests to say */
		hold(&drive, load, 3, 6, load <= 300 ? 10000 : 10000 + (load - 300) * 200);
	assert_false(levels_knee(drive.levels, NULL).found);
	levels_free(drive.levels);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_load_that_is_held_becomes_a_row),
		cmocka_unit_test(the_row_being_held_grows_and_shows_once_it_is_long_enough),
		cmocka_unit_test(a_load_gone_back_to_goes_on_or_begins_anew),
		cmocka_unit_test(past_the_most_rows_the_shortest_goes),
		cmocka_unit_test(the_knee_is_where_the_levels_median_bends),
		cmocka_unit_test(no_knee_without_an_effect_worth_naming),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
