/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "message/sample.h"
#include "record/locust_failures.h"
#include "record/locust_stats.h"
#include "scenario/scenario.h"
#include "feed.h"

#define SECOND  1000000000ULL
#define START_S 1795420646ULL
#define START   (START_S * SECOND)

static char get[] = "GET", post[] = "POST", name_b[] = "/b", name_a[] = "/a", name_fail[] = "/fail",
	    name_refused[] = "refused", name_nf[] = "/nf";
static struct endpoint endpoints[] = {
	{ post, name_b },   { get, name_b },       { get, name_a },
	{ get, name_fail }, { get, name_refused }, { get, name_nf }
};
enum { POST_B, GET_B, GET_A, GET_FAIL, GET_REFUSED, GET_NF };
static const struct scenario SCENARIO = { .endpoints = endpoints, .endpoint_count = 6 };

static struct sample request(unsigned endpoint, double ms)
{
	struct sample sample = { .type = SAMPLE_REQUEST,
				 .outcome = OUTCOME_OK,
				 .endpoint = (uint16_t)endpoint };

	sample.u.request.start_ns = 5 * SECOND;
	sample.end_ns = sample.u.request.start_ns + (uint64_t)(ms * 1e6 + 0.5);
	sample.u.request.body_bytes = 12;
	return sample;
}

static void add(struct locust_stats *stats, unsigned endpoint, double ms, uint64_t wall_ns)
{
	struct sample sample = request(endpoint, ms);

	feed_locust(stats, &sample, wall_ns);
}

static void add_failure(struct locust_stats *stats, unsigned endpoint, enum failure_kind kind,
			unsigned status, int detail, uint64_t wall_ns)
{
	struct sample sample = request(endpoint, 1);

	sample.outcome = OUTCOME_FAILED;
	sample.kind = (uint8_t)kind;
	sample.u.request.status = (uint16_t)status;
	sample.u.request.detail = detail;
	feed_locust(stats, &sample, wall_ns);
}

static struct locust_row total(const struct locust_stats *stats)
{
	struct locust_row row;

	locust_stats_row(stats, locust_stats_count(stats), &row);
	return row;
}

static struct locust_stats *started(bool snapshots)
{
	struct locust_stats *stats = locust_stats_new(&SCENARIO, snapshots);

	locust_stats_clear(stats, START);
	return stats;
}

static void median_and_half_percentile_are_different_algorithms(void **state)
{
	struct locust_stats *stats = started(false);

	(void)state;
	add(stats, GET_A, 1, START + SECOND);
	add(stats, GET_A, 9, START + SECOND);
	assert_float_equal(total(stats).median_ms, 1, 0);
	assert_int_equal(total(stats).percentiles[0], 9);
	assert_int_equal(total(stats).percentiles[LOCUST_PERCENTILES - 1], 9);
	locust_stats_free(stats);
}

static void only_the_median_is_clamped_to_the_exact_extremes(void **state)
{
	struct locust_stats *stats = started(false);
	struct locust_row row;

	(void)state;
	add(stats, GET_A, 151.979803, START + SECOND);
	row = total(stats);
	assert_float_equal(row.median_ms, 151.979803, 0);
	assert_true(row.median_is_float);
	assert_int_equal(row.percentiles[0], 150);
	add(stats, GET_A, 148, START + SECOND);
	assert_float_equal(total(stats).median_ms, 150, 0);
	assert_true(total(stats).median_is_float);
	locust_stats_free(stats);
}

static void times_fall_into_locusts_buckets_half_to_even(void **state)
{
	static const struct {
		double ms;
		unsigned long bucket;
	} CASES[] = { { 0.2, 0 },       { 2.5, 2 },        { 3.5, 4 },       { 99.5, 100 },
		      { 145, 140 },     { 155, 160 },      { 994.9, 990 },   { 995.1, 1000 },
		      { 1250, 1200 },   { 9950.5, 10000 }, { 10500, 10000 }, { 11500, 12000 },
		      { 58760, 59000 }, { 40e6, 36000000 } };

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct locust_stats *stats = started(false);

		add(stats, GET_A, CASES[i].ms, START + SECOND);
		for (size_t p = 0; p < LOCUST_PERCENTILES; p++)
			assert_int_equal(total(stats).percentiles[p], CASES[i].bucket);
		locust_stats_free(stats);
	}
}

/* round(99.7) is the int 100, round(102.0, -1) the float 100.0: one dictionary key, whose type is
 * that of the first. */
static void a_median_of_one_hundred_keeps_the_type_of_the_first(void **state)
{
	struct locust_stats *stats = started(false);

	(void)state;
	add(stats, GET_A, 99.7, START + SECOND);
	add(stats, GET_A, 102, START + SECOND);
	add(stats, GET_B, 102, START + SECOND);
	add(stats, GET_B, 99.7, START + SECOND);
	for (size_t i = 0; i < 2; i++) {
		struct locust_row row;

		locust_stats_row(stats, i, &row);
		assert_float_equal(row.median_ms, 100, 0);
		assert_int_equal(row.median_is_float, i == 1);
	}
	locust_stats_free(stats);
}

static void rows_appear_with_their_first_request_sorted_by_name_then_method(void **state)
{
	struct locust_stats *stats = started(false);
	struct locust_row row;

	(void)state;
	assert_int_equal(locust_stats_count(stats), 0);
	add(stats, POST_B, 1, START + SECOND);
	add(stats, GET_B, 1, START + SECOND);
	add(stats, GET_A, 1, START + SECOND);
	assert_int_equal(locust_stats_count(stats), 3);
	locust_stats_row(stats, 0, &row);
	assert_string_equal(row.name, "/a");
	locust_stats_row(stats, 1, &row);
	assert_string_equal(row.name, "/b");
	assert_string_equal(row.method, "GET");
	locust_stats_row(stats, 2, &row);
	assert_string_equal(row.method, "POST");
	locust_stats_free(stats);
}

static void current_rate_covers_seconds_twelve_to_three_before_the_last_request(void **state)
{
	struct locust_stats *stats = started(false);

	(void)state;
	/* k requests in second k */
	for (uint64_t s = 0; s <= 20; s++) {
		for (uint64_t i = 0; i < s; i++)
			add(stats, s % 2 ? GET_A : GET_B, 1, START + s * SECOND + 1000);
	}
	/* seconds 8 to 17 */
	assert_float_equal(total(stats).current_rps, 12.5, 0);
	locust_stats_free(stats);
}

static void current_rate_is_zero_for_the_first_three_seconds_and_freezes_at_the_end(void **state)
{
	struct locust_stats *stats = started(false);

	(void)state;
	add(stats, GET_A, 1, START + 2 * SECOND);
	assert_float_equal(total(stats).current_rps, 0, 0);
	add(stats, GET_A, 1, START + 5 * SECOND);
	/* seconds 0 to 2 */
	assert_float_equal(total(stats).current_rps, 1.0 / 3, 1e-15);
	locust_stats_free(stats);
}

static void run_rate_ends_with_the_last_request_of_any_row(void **state)
{
	struct locust_stats *stats = started(false);
	struct locust_row row;

	(void)state;
	add(stats, GET_A, 1, START + SECOND);
	add(stats, GET_B, 1, START + 4 * SECOND);
	locust_stats_row(stats, 0, &row);
	assert_float_equal(row.rps, 0.25, 0);
	assert_float_equal(total(stats).rps, 0.5, 0);
	locust_stats_free(stats);
}

static void current_percentiles_come_from_the_snapshot_ten_seconds_ago(void **state)
{
	struct locust_stats *stats = started(true);
	unsigned long current[LOCUST_PERCENTILES];

	(void)state;
	for (uint64_t s = 1; s <= 30; s++)
		add(stats, GET_A, (double)s, START + s * SECOND);
	/* the snapshot named 20 holds seconds up to 20: 21 to 30 remain */
	locust_stats_current_percentiles(stats, 0, START + 30 * SECOND, current);
	assert_int_equal(current[0], 26);
	assert_int_equal(current[LOCUST_PERCENTILES - 1], 30);
	/* no snapshot between 2 and 18 s old any more */
	locust_stats_current_percentiles(stats, 0, START + 48 * SECOND, current);
	assert_int_equal(current[LOCUST_PERCENTILES - 1], 0);
	locust_stats_free(stats);
}

static void current_percentiles_are_zero_without_an_old_enough_snapshot(void **state)
{
	struct locust_stats *stats = started(true);
	unsigned long current[LOCUST_PERCENTILES];

	(void)state;
	add(stats, GET_A, 7, START + SECOND);
	locust_stats_current_percentiles(stats, 0, START + 2 * SECOND, current);
	assert_int_equal(current[0], 0);
	locust_stats_current_percentiles(stats, 0, START + 3 * SECOND, current);
	assert_int_equal(current[0], 7);
	locust_stats_free(stats);
}

static void reset_keeps_rows_with_zeros_and_forgets_failures(void **state)
{
	struct locust_stats *stats = started(true);
	struct locust_row row;

	(void)state;
	add(stats, GET_A, 7, START + SECOND);
	add_failure(stats, GET_FAIL, FAILURE_REFUSED, 0, 0, START + SECOND);
	locust_stats_reset(stats, START + 2 * SECOND);
	assert_int_equal(locust_stats_count(stats), 2);
	assert_int_equal(locust_failures_count(locust_stats_failures(stats)), 0);
	locust_stats_row(stats, 0, &row);
	assert_int_equal(row.requests, 0);
	assert_false(row.has_times);
	assert_float_equal(row.max_ms, 0, 0);
	add(stats, GET_A, 9, START + 4 * SECOND);
	assert_float_equal(total(stats).rps, 0.5, 0);
	assert_int_equal(total(stats).percentiles[0], 9);
	locust_stats_clear(stats, START + 5 * SECOND);
	assert_int_equal(locust_stats_count(stats), 0);
	locust_stats_free(stats);
}

static void aborted_requests_are_none(void **state)
{
	struct locust_stats *stats = started(false);
	struct sample sample = request(GET_A, 1);

	(void)state;
	sample.outcome = OUTCOME_ABORTED;
	feed_locust(stats, &sample, START + SECOND);
	assert_int_equal(locust_stats_count(stats), 0);
	assert_int_equal(total(stats).requests, 0);
	locust_stats_free(stats);
}

static void a_late_sample_is_counted_in_its_own_second(void **state)
{
	struct locust_stats *stats = started(false);

	(void)state;
	add(stats, GET_A, 1, START + 5 * SECOND);
	add(stats, GET_A, 1, START + 2 * SECOND);
	assert_float_equal(total(stats).current_rps, 1.0 / 3, 1e-15);
	assert_float_equal(total(stats).rps, 2.0 / 5, 0);
	locust_stats_free(stats);
}

/* Keys computed with Locust's StatsError.create_key. */
static void failures_are_sorted_by_locusts_sha256_key(void **state)
{
	struct locust_stats *stats = started(false);
	const struct locust_failures *failures = locust_stats_failures(stats);

	(void)state;
	add_failure(stats, GET_REFUSED, FAILURE_REFUSED, 0, 0, START + SECOND);
	add_failure(stats, GET_FAIL, FAILURE_STATUS, 500, 0, START + 2 * SECOND);
	add_failure(stats, GET_NF, FAILURE_STATUS, 404, 0, START + 3 * SECOND);
	add_failure(stats, GET_FAIL, FAILURE_STATUS, 500, 17, START + 4 * SECOND);
	assert_int_equal(locust_failures_count(failures), 3);
	assert_string_equal(locust_failures_at(failures, 0)->text,
			    "ConnectionRefusedError(111, 'Connection refused')");
	assert_string_equal(locust_failures_at(failures, 1)->text,
			    "HTTPError('500 Internal Server Error')");
	assert_string_equal(locust_failures_at(failures, 0)->key,
			    "dd0cb59aa487825ab3e9c886599ab24a76a8c5cb51fa7fed4c523b04097d0d87");
	assert_string_equal(locust_failures_at(failures, 1)->key,
			    "a7b208be04c6ab8d598b24b5610f5b91310e40ab4b35a3f4e1f2cdbe38272c59");
	assert_string_equal(locust_failures_at(failures, 2)->key,
			    "c6a25ec69b868ad708a217e04b613b41f33b77fd3db946e8afc18d5681b363ea");
	for (size_t i = 1; i < 3; i++)
		assert_true(strcmp(locust_failures_sorted_at(failures, i - 1)->key,
				   locust_failures_sorted_at(failures, i)->key) < 0);
	assert_int_equal(locust_failures_at(failures, 1)->count, 2);
	assert_int_equal(locust_failures_at(failures, 1)->first_wall_ns, START + 2 * SECOND);
	assert_int_equal(locust_failures_at(failures, 1)->last_wall_ns, START + 4 * SECOND);
	locust_stats_free(stats);
}

static void failures_beyond_the_maximum_are_counted_together(void **state)
{
	struct locust_stats *stats = started(false);
	const struct locust_failures *failures = locust_stats_failures(stats);
	uint64_t sum = 0;

	(void)state;
	/* an unknown errno has its number in its text: each is a failure of its own */
	for (int i = 0; i < 3 * LOCUST_FAILURES_MAX; i++)
		add_failure(stats, GET_A, FAILURE_CONNECT, 0, 1000 + i, START + SECOND);
	assert_int_equal(locust_failures_count(failures), LOCUST_FAILURES_MAX + 1);
	for (size_t i = 0; i < locust_failures_count(failures); i++)
		sum += locust_failures_at(failures, i)->count;
	assert_int_equal(sum, 3 * LOCUST_FAILURES_MAX);
	assert_string_equal(locust_failures_at(failures, LOCUST_FAILURES_MAX)->name, "other");
	assert_int_equal(locust_failures_at(failures, LOCUST_FAILURES_MAX)->count,
			 2 * LOCUST_FAILURES_MAX);
	locust_stats_free(stats);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(median_and_half_percentile_are_different_algorithms),
		cmocka_unit_test(only_the_median_is_clamped_to_the_exact_extremes),
		cmocka_unit_test(times_fall_into_locusts_buckets_half_to_even),
		cmocka_unit_test(a_median_of_one_hundred_keeps_the_type_of_the_first),
		cmocka_unit_test(rows_appear_with_their_first_request_sorted_by_name_then_method),
		cmocka_unit_test(
			current_rate_covers_seconds_twelve_to_three_before_the_last_request),
		cmocka_unit_test(
			current_rate_is_zero_for_the_first_three_seconds_and_freezes_at_the_end),
		cmocka_unit_test(run_rate_ends_with_the_last_request_of_any_row),
		cmocka_unit_test(current_percentiles_come_from_the_snapshot_ten_seconds_ago),
		cmocka_unit_test(current_percentiles_are_zero_without_an_old_enough_snapshot),
		cmocka_unit_test(reset_keeps_rows_with_zeros_and_forgets_failures),
		cmocka_unit_test(aborted_requests_are_none),
		cmocka_unit_test(a_late_sample_is_counted_in_its_own_second),
		cmocka_unit_test(failures_are_sorted_by_locusts_sha256_key),
		cmocka_unit_test(failures_beyond_the_maximum_are_counted_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
