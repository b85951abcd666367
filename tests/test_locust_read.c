/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/outfile.h"
#include "base/rng.h"
#include "record/locust_findings.h"
#include "record/locust_read.h"
#include "record/report.h"
#include "record/result_judge.h"
#include "record/result_read.h"
#include "scenario/criterion.h"

#define FIXTURES TEST_SRCDIR "/fixtures/locust/"

static json_t *read_fixture(const char *name)
{
	json_t *result = NULL;
	struct error err;

	if (locust_read(name, &result, &err) != 0)
		fail_msg("%s", err.text);
	return result;
}

static double series_at(const json_t *result, const char *key, size_t i)
{
	const json_t *value =
		json_array_get(result_member(result_member(result, "series"), key), i);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

/* A burst run by Locust 2.43, whose history is not full. */
static void totals_and_failures_are_those_of_the_files(void **state)
{
	json_t *result = read_fixture(FIXTURES "burst");
	const json_t *totals = result_member(result, "totals");
	const json_t *failure = json_array_get(result_member(result, "failures"), 0);

	(void)state;
	assert_string_equal(result_string(result, "scenario"), "burst");
	assert_float_equal(result_number(totals, "requests"), 12545, 0);
	assert_float_equal(result_number(totals, "failures"), 12545, 0);
	assert_float_equal(result_number(totals, "p99_us"), 27e6, 0);
	assert_float_equal(result_number(totals, "max_us"), 34878440.95900073, 1e-3);
	assert_int_equal(json_array_size(result_member(result, "endpoints")), 1);
	assert_int_equal(json_array_size(result_member(result, "failures")), 3);
	/* the most frequent first */
	assert_float_equal(result_number(failure, "count"), 10468, 0);
	assert_float_equal(result_number(failure, "status"), 500, 0);
	assert_string_equal(result_string(failure, "kind"), "status");
	assert_non_null(strstr(result_string(failure, "advice"), "database connections"));
	assert_string_equal(result_string(result, "started"), "2026-01-22T05:04:42.000Z");
	json_decref(result);
}

static void status_0_is_said_to_be_no_answer(void **state)
{
	json_t *result = read_fixture(FIXTURES "burst");
	const json_t *failure = json_array_get(result_member(result, "failures"), 2);

	(void)state;
	assert_string_equal(result_string(failure, "text"),
			    "CatchResponseError('Burst create failed: 0')");
	assert_string_equal(result_string(failure, "kind"), "other");
	assert_non_null(strstr(result_string(failure, "advice"), "no answer came"));
	json_decref(result);
}

/* 25 requests of 281.41 ms on average in the first second, 156 of 78.29 in the next. */
static void rates_and_means_over_time_come_from_the_growth_of_the_totals(void **state)
{
	json_t *result = read_fixture(FIXTURES "burst");

	(void)state;
	assert_float_equal(result_number(result, "duration_s"), 236, 0);
	assert_float_equal(series_at(result, "users", 0), 100, 0);
	assert_float_equal(series_at(result, "rps", 0), 25, 0);
	assert_float_equal(series_at(result, "mean_us", 0), 281409.143, 0.01);
	assert_float_equal(series_at(result, "rps", 1), 156, 0);
	assert_float_equal(series_at(result, "failures_rps", 1), 156, 0);
	assert_float_equal(series_at(result, "mean_us", 1),
			   (181 * 106.34780108291291 - 25 * 281.40914332238026) / 156 * 1000, 0.01);
	/* no percentiles of seconds are in a short history, so none are shown */
	for (size_t i = 0; i < 236; i++)
		assert_true(isnan(series_at(result, "p99_us", i)));
	assert_non_null(strstr(result_string(result, "source"), "--csv-full-history"));
	json_decref(result);
}

static void all_that_happened_is_in_the_series(void **state)
{
	json_t *result = read_fixture(FIXTURES "burst");
	double sum = 0;

	(void)state;
	for (size_t i = 0; i < 236; i++)
		sum += series_at(result, "rps", i);
	assert_float_equal(sum, 12414, 0.1); /* of the history's last line */
	json_decref(result);
}

static void a_full_history_gives_percentiles_and_survives_a_reset(void **state)
{
	json_t *result = read_fixture(FIXTURES "full");
	const json_t *exception = json_array_get(result_member(result, "exceptions"), 0);
	size_t last;

	(void)state;
	last = (size_t)result_number(result_member(result, "series"), "count") - 1;
	assert_float_equal(series_at(result, "p99_us", last), 1300000, 0);
	for (size_t i = 0; i <= last; i++)
		assert_true(series_at(result, "rps", i) >= 0);
	assert_string_equal(result_string(exception, "text"), "boom, \"quoted\"");
	json_decref(result);
}

static void columns_of_newer_versions_are_read(void **state)
{
	json_t *result = read_fixture(FIXTURES "new");
	const json_t *list = result_member(result, "failures");

	(void)state;
	assert_int_equal(json_array_size(list), 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(strlen(result_string(json_array_get(list, i), "first_seen")), 20);
	json_decref(result);
}

static void what_is_not_there_or_not_locusts_is_told(void **state)
{
	json_t *result = NULL;
	struct error err;

	(void)state;
	assert_int_equal(locust_read(FIXTURES "nothing", &result, &err), -ENOENT);
	assert_non_null(strstr(err.text, "nothing_stats.csv: No such file"));
	assert_null(result);
}

static const char *finding_text(const json_t *result, const char *kind)
{
	const json_t *list = result_member(result, "findings");

	for (size_t i = 0; i < json_array_size(list); i++) {
		if (strcmp(result_string(json_array_get(list, i), "kind"), kind) == 0)
			return result_string(json_array_get(list, i), "text");
	}
	return NULL;
}

/* The team's burst run: 100 users more each second, all requests failing from the start. */
static void the_burst_says_where_it_turned(void **state)
{
	json_t *result = read_fixture(FIXTURES "burst");

	(void)state;
	assert_int_equal(json_array_size(result_member(result, "findings")), 3);
	assert_string_equal(finding_text(result, "failure-break"),
			    "Requests failed from 00:00 on, at 100 users: 100 % of the next 181.");
	assert_string_equal(finding_text(result, "throughput-break"),
			    "Throughput was highest with 261.0 requests per second at 300 users "
			    "(00:02) and fell as users were added: 49.0 at 1,000 users.");
	assert_string_equal(finding_text(result, "latency-break"),
			    "Response times left their base line between 300 and 400 users "
			    "(00:03): the mean went from 28 ms to 363 ms, and was 19.9 s at 1,000 "
			    "users.");
	json_decref(result);
}

/* A result with a history of `count` seconds. */
static json_t *history_of(size_t count, const double *users, const double *rps,
			  const double *failures, const double *mean_us)
{
	const double *const columns[] = { users, rps, failures, mean_us };
	static const char *const KEYS[] = { "users", "rps", "failures_rps", "mean_us" };
	json_t *series =
		json_pack("{s:f, s:f, s:i}", "start_s", 0.0, "step_s", 1.0, "count", (int)count);

	for (size_t k = 0; k < 4; k++) {
		json_t *values = json_array();

		for (size_t i = 0; i < count; i++)
			json_array_append_new(values, isfinite(columns[k][i])
							      ? json_real(columns[k][i])
							      : json_null());
		json_object_set_new(series, KEYS[k], values);
	}
	return json_pack("{s:o}", "series", series);
}

enum { CALM = 40 };

/* Ten users more each second up to 200, throughput in proportion, 5 ms with noise. */
static void make_calm(double users[CALM], double rps[CALM], double failures[CALM],
		      double mean_us[CALM])
{
	for (size_t i = 0; i < CALM; i++) {
		users[i] = i < 20 ? (double)(i + 1) * 10 : 200;
		rps[i] = users[i] * (i % 2 ? 0.95 : 1.05);
		failures[i] = 0;
		mean_us[i] = i % 3 ? 5000 : 6500;
	}
}

static void a_calm_run_has_no_findings(void **state)
{
	double users[CALM], rps[CALM], failures[CALM], mean_us[CALM];
	json_t *result;

	(void)state;
	make_calm(users, rps, failures, mean_us);
	mean_us[25] = 900000; /* one bad second is none */
	failures[12] = 2;     /* nor is a failure now and then */
	rps[5] = mean_us[5] = NAN;
	result = history_of(CALM, users, rps, failures, mean_us);
	locust_findings(result);
	assert_int_equal(json_array_size(result_member(result, "findings")), 0);
	json_decref(result);
}

static void a_break_at_a_load_is_found_there(void **state)
{
	double users[CALM], rps[CALM], failures[CALM], mean_us[CALM];
	const json_t *finding;
	json_t *result;

	(void)state;
	make_calm(users, rps, failures, mean_us);
	for (size_t i = 12; i < CALM; i++) {
		mean_us[i] = 5000 + 20000 * (double)(i - 11);
		failures[i] = i >= 15 ? rps[i] / 2 : 0;
	}
	result = history_of(CALM, users, rps, failures, mean_us);
	locust_findings(result);
	assert_int_equal(json_array_size(result_member(result, "findings")), 2);
	finding = json_array_get(result_member(result, "findings"), 0);
	assert_string_equal(result_string(finding, "kind"), "failure-break");
	assert_float_equal(result_number(finding, "users"), 160, 0);
	finding = json_array_get(result_member(result, "findings"), 1);
	assert_string_equal(result_string(finding, "kind"), "latency-break");
	assert_float_equal(result_number(finding, "users"), 130, 0);
	assert_float_equal(result_number(finding, "at_s"), 12, 0);
	json_decref(result);
}

static size_t slurp(const char *path, char *data, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t len;

	if (file == NULL)
		fail_msg("cannot open %s", path);
	len = fread(data, 1, size, file);
	fclose(file);
	return len;
}

/* Replace, cut, double or insert, a few times. */
static size_t spoil(struct rng *rng, char *data, size_t len)
{
	static const char BYTES[] = ",\"\r\n\\-.eN\xff\0 0123456789";

	for (uint64_t n = rng_below(rng, 6) + 1; n > 0 && len > 8; n--) {
		size_t at = (size_t)rng_below(rng, len - 4);

		switch (rng_below(rng, 4)) {
		case 0:
			data[at] = BYTES[rng_below(rng, sizeof(BYTES))];
			break;
		case 1:
			len = at + 1;
			break;
		case 2:
			memmove(data + at, data + at + 3, len - at - 3);
			len -= 3;
			break;
		default:
			data[at] = data[at + 1];
		}
	}
	return len;
}

/* Whatever is in the files: an error or a result, from which a report can be made. */
static void spoilt_files_are_refused_or_reported(void **state)
{
	static const char *const SUFFIXES[] = { "_stats.csv", "_failures.csv", "_stats_history.csv",
						"_exceptions.csv" };
	static char data[128 * 1024];
	unsigned good = 0, bad = 0;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 11, 0);
	for (unsigned i = 0; i < 300; i++) {
		json_t *result = NULL;
		struct error err;

		for (size_t f = 0; f < 4; f++) {
			char from[512], to[64];
			size_t len;

			snprintf(from, sizeof(from), FIXTURES "full%s", SUFFIXES[f]);
			snprintf(to, sizeof(to), "test_locust_read_spoilt%s", SUFFIXES[f]);
			len = spoil(&rng, data, slurp(from, data, sizeof(data)));
			assert_int_equal(outfile_replace(to, data, len), 0);
		}
		if (locust_read("test_locust_read_spoilt", &result, &err) == 0) {
			struct report *report = report_new();
			struct buf text;

			result_judge(result, NULL, 0);
			report_add(report, result);
			buf_init(&text, (size_t)16 * 1024 * 1024);
			report_markdown(report, &text);
			assert_true(text.len > 100);
			buf_fini(&text);
			report_free(report);
			json_decref(result);
			good++;
		} else {
			assert_int_not_equal(err.text[0], '\0');
			bad++;
		}
	}
	for (size_t f = 0; f < 4; f++) {
		char to[64];

		snprintf(to, sizeof(to), "test_locust_read_spoilt%s", SUFFIXES[f]);
		unlink(to);
	}
	assert_true(good > 20 && bad > 20);
}

static void without_a_scenario_one_rule_of_thumb_judges(void **state)
{
	json_t *result = read_fixture(FIXTURES "burst");
	const json_t *criterion;

	(void)state;
	result_judge(result, NULL, 0);
	criterion = json_array_get(result_member(result, "criteria"), 0);
	assert_string_equal(result_string(result, "verdict"), "FAIL");
	assert_string_equal(result_string(criterion, "rule"), RESULT_JUDGE_DEFAULT);
	assert_float_equal(result_number(criterion, "value"), 0, 0);
	json_decref(result);
}

static void a_scenarios_criteria_judge_by_the_totals(void **state)
{
	static const struct {
		const char *rule, *verdict;
	} CASES[] = { { "requests >= 10000", "PASS" },
		      { "success >= 98%", "FAIL" },
		      { "failures <= 200", "FAIL" },
		      { "p99 < 1000ms", "FAIL" },
		      { "p50 > 18s", "PASS" },
		      { "max < 35s", "PASS" },
		      { "rps >= 52", "PASS" },
		      { "POST /api/v1/deployments/ mean < 500ms", "FAIL" },
		      { "GET /nowhere/ requests >= 1", "FAIL" },
		      { "active == 0", "PASS" },
		      { "p97 < 1s", "–" },
		      { "p99 < 1000ms in any 10s", "–" },
		      { "no cascading failures", "–" } };
	enum { COUNT = sizeof(CASES) / sizeof(CASES[0]) };
	struct criterion criteria[COUNT];
	json_t *result = read_fixture(FIXTURES "burst");
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		if (criterion_parse(&criteria[i], CASES[i].rule, &err) != 0)
			fail_msg("%s", err.text);
	}
	result_judge(result, criteria, COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		const json_t *row = json_array_get(result_member(result, "criteria"), i);

		if (strcmp(result_string(row, "verdict"), CASES[i].verdict) != 0)
			fail_msg("%s: %s", CASES[i].rule, result_string(row, "verdict"));
	}
	assert_string_equal(result_string(result, "verdict"), "FAIL");

	/* a rule that cannot be judged leaves no verdict, unless another one is broken */
	json_object_del(result, "verdict");
	result_judge(result, &criteria[COUNT - 1], 1);
	assert_string_equal(result_string(result, "verdict"), "");
	result_judge(result, &criteria[0], 1);
	assert_string_equal(result_string(result, "verdict"), "PASS");
	for (size_t i = 0; i < COUNT; i++)
		criterion_fini(&criteria[i]);
	json_decref(result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(totals_and_failures_are_those_of_the_files),
		cmocka_unit_test(status_0_is_said_to_be_no_answer),
		cmocka_unit_test(rates_and_means_over_time_come_from_the_growth_of_the_totals),
		cmocka_unit_test(all_that_happened_is_in_the_series),
		cmocka_unit_test(a_full_history_gives_percentiles_and_survives_a_reset),
		cmocka_unit_test(columns_of_newer_versions_are_read),
		cmocka_unit_test(what_is_not_there_or_not_locusts_is_told),
		cmocka_unit_test(the_burst_says_where_it_turned),
		cmocka_unit_test(a_calm_run_has_no_findings),
		cmocka_unit_test(a_break_at_a_load_is_found_there),
		cmocka_unit_test(spoilt_files_are_refused_or_reported),
		cmocka_unit_test(without_a_scenario_one_rule_of_thumb_judges),
		cmocka_unit_test(a_scenarios_criteria_judge_by_the_totals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
