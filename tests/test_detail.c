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
#include "message/frame.h"
#include "record/detail.h"
#include "samples.h"

#define START (500 * SEC)

static void add(struct detail *detail, unsigned endpoint, uint64_t at_ns, uint64_t us)
{
	struct sample sample = sample_ok(endpoint, 0, START + at_ns, us);

	detail_add(detail, &sample, us);
}

static bool near(float value, double wanted)
{
	return fabs((double)value / wanted - 1) < 0.032;
}

static void an_endpoints_seconds_are_its_own(void **state)
{
	struct detail *detail = detail_new(3);
	struct frame *frame = frame_new();
	struct frame_series recent, whole;

	(void)state;
	detail_start(detail, START);
	for (unsigned i = 1; i <= 100; i++)
		add(detail, 1, i * MS, i * 1000);
	struct sample failed = sample_failed(1, 0, START + 200 * MS, 500, FAILURE_STATUS, 500, 0);
	detail_add(detail, &failed, 50000);
	add(detail, 2, 300 * MS, 7000);
	add(detail, 1, SEC, 9000); /* the next second's first instant, while the first is open */
	detail_second(detail);
	detail_second(detail);
	detail_second(detail);
	detail_series(detail, 1, frame, &recent, &whole);
	assert_int_equal(recent.count, 3);
	assert_int_equal(recent.start_ns, 0);
	assert_int_equal(recent.step_ns, SEC);
	assert_true(recent.values[SERIES_RPS][0] == 101);
	assert_true(recent.values[SERIES_FAIL_RPS][0] == 1);
	assert_true(near(recent.values[SERIES_P50_US][0], 50000));
	assert_true(near(recent.values[SERIES_P95_US][0], 95000));
	assert_true(near(recent.values[SERIES_P99_US][0], 99000));
	assert_true(recent.values[SERIES_RPS][1] == 1);
	assert_true(near(recent.values[SERIES_P99_US][1], 9000));
	assert_true(recent.values[SERIES_RPS][2] == 0);
	assert_true(recent.values[SERIES_P50_US][2] == (float)FRAME_GAP);
	for (size_t i = 0; i < 3; i++) {
		assert_true(recent.values[SERIES_USERS][i] == (float)FRAME_GAP);
		for (unsigned m = 0; m < SERIES_METRICS; m++)
			assert_true(recent.values[m][i] == whole.values[m][i]);
	}
	/* one that was never asked for */
	detail_series(detail, 0, frame, &recent, &whole);
	assert_int_equal(recent.count, 3);
	assert_true(recent.values[SERIES_RPS][1] == 0);
	assert_true(whole.values[SERIES_P95_US][2] == (float)FRAME_GAP);
	frame_free(frame);
	detail_free(detail);
}

/* Points of the whole run are made from all requests of their time, and memory ends. */
static void long_runs_merge_points_and_lose_no_request(void **state)
{
	struct detail *detail = detail_new(2);
	struct frame *frame = frame_new();
	struct frame_series recent, whole;
	struct rng rng;
	uint64_t total = 0, slow = 0;
	size_t memory = 0;

	(void)state;
	rng_seed(&rng, 3, 1);
	detail_start(detail, START);
	for (uint64_t s = 0; s < 20000; s++) {
		for (uint64_t i = 0; i <= s % 7; i++, total++) {
			uint64_t us = s >= 6400 && s < 6464 ? 400000 : 1000 + rng_below(&rng, 9000);
			slow += us == 400000;
			add(detail, 1, s * SEC + i * MS, us);
		}
		detail_second(detail);
		if (s == 10000)
			memory = detail_memory(detail);
	}
	assert_true(detail_memory(detail) <= memory * 12 / 10);
	detail_series(detail, 1, frame, &recent, &whole);
	assert_int_equal(recent.count, 600);
	assert_int_equal(recent.start_ns, 19400 * SEC);
	assert_true(recent.values[SERIES_RPS][599] == 19999 % 7 + 1);
	assert_true(whole.count <= 600);
	assert_int_equal(whole.step_ns, 64 * SEC);
	double sum = 0;
	for (size_t i = 0; i < whole.count; i++)
		sum += (double)whole.values[SERIES_RPS][i] *
		       (i + 1 < whole.count ? 64 : 20000 % 64);
	assert_true(fabs(sum / (double)total - 1) < 1e-5);
	assert_true(slow > 200);
	assert_true(near(whole.values[SERIES_P50_US][100], 400000));
	assert_true(near(whole.values[SERIES_P50_US][99], 5500) ||
		    fabs((double)whole.values[SERIES_P50_US][99] - 5500) < 1000);
	frame_free(frame);
	detail_free(detail);
}

static void many_endpoints_take_less_each(void **state)
{
	struct detail *detail = detail_new(10000);
	struct frame *frame = frame_new();
	struct frame_series recent, whole;

	(void)state;
	detail_start(detail, START);
	for (uint64_t s = 0; s < 300; s++) {
		for (unsigned e = 0; e < 10000; e += 10)
			add(detail, e, s * SEC + e, 1000 + e);
		detail_second(detail);
	}
	detail_series(detail, 20, frame, &recent, &whole);
	assert_int_equal(recent.count, 60);
	assert_true(whole.count <= 60);
	assert_true(whole.values[SERIES_RPS][0] == 1);
	assert_true(detail_memory(detail) < (size_t)1000 * 20 * 1024 + 10000 * 16);
	frame_free(frame);
	detail_free(detail);
}

static void what_comes_late_or_early_is_counted_nearby(void **state)
{
	struct detail *detail = detail_new(1);
	struct frame *frame = frame_new();
	struct frame_series recent, whole;

	(void)state;
	detail_start(detail, START);
	add(detail, 0, 7 * SEC, 1000); /* far ahead of what is closed */
	for (unsigned i = 0; i < 3; i++)
		detail_second(detail);
	add(detail, 0, SEC, 1000); /* closed long ago: the oldest open one */
	detail_second(detail);
	detail_series(detail, 0, frame, &recent, &whole);
	double sum = 0;
	for (size_t i = 0; i < recent.count; i++)
		sum += (double)recent.values[SERIES_RPS][i];
	assert_true(sum == 2);
	assert_true(recent.values[SERIES_RPS][3] == 1);
	frame_free(frame);
	detail_free(detail);
}

static void status_codes_come_by_falling_count(void **state)
{
	struct detail *detail = detail_new(2);
	struct detail_answers answers;

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		add(detail, 0, i, 1000);
	for (unsigned i = 0; i < 9; i++) {
		struct sample missing = sample_ok(0, 0, START, 10);
		missing.u.request.status = 404;
		missing.u.request.body_bytes = 100 + i;
		missing.outcome = i < 2 ? OUTCOME_FAILED : OUTCOME_OK;
		detail_add(detail, &missing, 10);
	}
	struct sample refused = sample_failed(0, 0, START, 0, FAILURE_REFUSED, 0, 0);
	detail_add(detail, &refused, 0);
	detail_answers(detail, 0, &answers);
	assert_int_equal(answers.status_count, 3);
	assert_int_equal(answers.statuses[0].status, 404);
	assert_int_equal(answers.statuses[0].count, 9);
	assert_int_equal(answers.statuses[0].failed, 2);
	assert_int_equal(answers.statuses[1].status, 200);
	assert_int_equal(answers.statuses[2].status, 0);
	assert_int_equal(answers.statuses[2].failed, 1);
	/* sizes are of answers: the refused one has none */
	assert_int_equal(answers.answers, 14);
	assert_int_equal(answers.min_bytes, 12);
	assert_int_equal(answers.max_bytes, 108);
	assert_true(fabs(answers.mean_bytes - (5 * 12 + 9 * 104) / 14.0) < 1e-9);
	detail_reset(detail);
	detail_answers(detail, 0, &answers);
	assert_int_equal(answers.status_count, 0);
	assert_int_equal(answers.answers, 0);
	detail_free(detail);
}

static void more_status_codes_than_fit_are_one_row(void **state)
{
	struct detail *detail = detail_new(2);
	struct detail_answers answers;
	uint64_t sum = 0, rest = 0;

	(void)state;
	for (unsigned code = 200; code < 240; code++) {
		struct sample sample = sample_ok(code % 2, 0, START, 10);
		sample.u.request.status = (uint16_t)code;
		detail_add(detail, &sample, 10);
	}
	detail_answers(detail, SAMPLE_ALL, &answers);
	assert_int_equal(answers.status_count, FRAME_STATUSES + 1);
	for (size_t i = 0; i < answers.status_count; i++) {
		sum += answers.statuses[i].count;
		if (answers.statuses[i].status == FRAME_STATUS_OTHER)
			rest = answers.statuses[i].count;
	}
	assert_int_equal(sum, 40);
	assert_int_equal(rest, 40 - FRAME_STATUSES);
	detail_free(detail);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_endpoints_seconds_are_its_own),
		cmocka_unit_test(long_runs_merge_points_and_lose_no_request),
		cmocka_unit_test(many_endpoints_take_less_each),
		cmocka_unit_test(what_comes_late_or_early_is_counted_nearby),
		cmocka_unit_test(status_codes_come_by_falling_count),
		cmocka_unit_test(more_status_codes_than_fit_are_one_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
