/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "message/reading.h"
#include "record/criteria.h"
#include "samples.h"
#include "scenario/criterion.h"

#define START (700 * SEC)

/* One scenario with one rule. */
struct bench {
	struct scenario *scene;
	struct criterion criterion;
	struct criteria *criteria;
};

static struct criterion rule(enum metric metric, enum criterion_op op, double value)
{
	return (struct criterion){ .metric = metric, .op = op, .value = value, .quantile = 0.99 };
}

static void setup(struct bench *bench, struct criterion criterion)
{
	static char text[] = "rule";

	bench->scene = scene_new(5, 2, false);
	bench->criterion = criterion;
	bench->criterion.text = text;
	bench->scene->criteria = &bench->criterion;
	bench->scene->criterion_count = 1;
	bench->criteria = criteria_new(bench->scene);
	criteria_start(bench->criteria, START);
}

static void teardown(struct bench *bench)
{
	criteria_free(bench->criteria);
	scene_free(bench->scene);
}

static const struct criterion_state *state_of(const struct bench *bench)
{
	return criteria_at(bench->criteria, 0);
}

/* n requests of `us` that end within second s, the first `failed` of which fail. */
static void load(struct bench *bench, unsigned s, unsigned n, unsigned failed, uint64_t us)
{
	for (unsigned i = 0; i < n; i++) {
		uint64_t end = START + s * SEC + i * (SEC / (n + 1)) + 1;
		struct sample sample =
			i < failed ? sample_failed(i % 5, i % 2, end, us, FAILURE_STATUS, 500, 0)
				   : sample_ok(i % 5, i % 2, end, us);
		criteria_add(bench->criteria, &sample);
	}
}

static int judge(struct bench *bench, unsigned seconds)
{
	return criteria_judge(bench->criteria, START + seconds * SEC, 0);
}

static void finish(struct bench *bench, unsigned seconds)
{
	criteria_stop(bench->criteria, START + seconds * SEC);
	criteria_finish(bench->criteria, START + seconds * SEC, 0);
}

static void metrics_over_the_whole_run_have_the_right_value(void **state)
{
	/* 100 requests in 10 s, 5 failed; service 1..100 ms, response 1 s longer */
	static const struct {
		enum metric metric;
		double quantile, value;
	} cases[] = {
		{ METRIC_REQUESTS, 0, 100 },
		{ METRIC_FAILURES, 0, 5 },
		{ METRIC_FAILURE_RATIO, 0, 0.05 },
		{ METRIC_SUCCESS_RATIO, 0, 0.95 },
		{ METRIC_ABORTED, 0, 3 },
		{ METRIC_RPS, 0, 10 },
		{ METRIC_FAILURES_RPS, 0, 0.5 },
		{ METRIC_MIN, 0, 1000 },
		{ METRIC_MEAN, 0, 50500 },
		{ METRIC_MEDIAN, 0, 50000 },
		{ METRIC_PERCENTILE, 0.9, 90000 },
		{ METRIC_PERCENTILE, 0.999, 100000 },
		{ METRIC_MAX, 0, 100000 },
		{ METRIC_RESPONSE_PERCENTILE, 0.5, 1050000 },
		{ METRIC_RESPONSE_MEAN, 0, 1050500 },
		{ METRIC_RESPONSE_MAX, 0, 1100000 },
		{ METRIC_BYTES, 0, 10000 },
		{ METRIC_HELD_BACK, 0, 7 },
		{ METRIC_ENDPOINTS_ACTIVE, 0, 5 },
	};

	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
		struct criterion criterion = rule(cases[c].metric, OP_GE, 0);
		struct bench bench;
		criterion.quantile = cases[c].quantile;
		setup(&bench, criterion);
		for (unsigned i = 1; i <= 100; i++) {
			uint64_t end = START + i * (SEC / 10);
			struct sample sample = i % 20 == 7 ? sample_failed(1, 0, end, i * 1000,
									   FAILURE_RESET, 0, 0)
							   : sample_ok(i % 5, i % 2, end, i * 1000);
			sample.u.request.intended_ns -= SEC;
			criteria_add(bench.criteria, &sample);
		}
		for (unsigned i = 0; i < 3; i++) {
			struct sample sample = sample_ok(0, 0, START + 5 * SEC, 5 * 1000000);
			sample.outcome = OUTCOME_ABORTED;
			criteria_add(bench.criteria, &sample);
		}
		criteria_judge(bench.criteria, START + 10 * SEC, 7);
		const struct criterion_state *got = state_of(&bench);
		assert_true(got->measured);
		if (fabs(got->value - cases[c].value) > 0.001 * cases[c].value)
			fail_msg("case %zu: %f instead of %f", c, got->value, cases[c].value);
		assert_int_equal(got->state, VERDICT_PASS);
		assert_string_not_equal(got->text, "–");
		teardown(&bench);
	}
}

static void scopes_select_their_requests(void **state)
{
	static const struct {
		enum criterion_scope scope;
		unsigned index;
		double requests;
	} cases[] = {
		{ SCOPE_ALL, 0, 10 },     { SCOPE_CLASS, 0, 5 },    { SCOPE_CLASS, 1, 5 },
		{ SCOPE_ENDPOINT, 3, 2 }, { SCOPE_ENDPOINT, 4, 2 },
	};

	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
		struct criterion criterion = rule(METRIC_REQUESTS, OP_EQ, cases[c].requests);
		struct bench bench;
		criterion.scope = cases[c].scope;
		criterion.scope_index = cases[c].index;
		setup(&bench, criterion);
		load(&bench, 0, 10, 0, 100);
		judge(&bench, 1);
		assert_true(state_of(&bench)->value == cases[c].requests);
		assert_int_equal(state_of(&bench)->state, VERDICT_PASS);
		teardown(&bench);
	}
}

static void counts_are_won_or_lost_for_good_and_pending_before(void **state)
{
	static const struct {
		enum metric metric;
		enum criterion_op op;
		double value;
		enum verdict before, at, beyond; /* with 9, 10 and 11 of it */
		bool final_before, final_at, final_beyond;
	} cases[] = {
		{ METRIC_REQUESTS, OP_GE, 10, VERDICT_PENDING, VERDICT_PASS, VERDICT_PASS, false,
		  true, true },
		{ METRIC_REQUESTS, OP_GT, 10, VERDICT_PENDING, VERDICT_PENDING, VERDICT_PASS, false,
		  false, true },
		{ METRIC_FAILURES, OP_LE, 10, VERDICT_PASS, VERDICT_PASS, VERDICT_FAIL, false,
		  false, true },
		{ METRIC_FAILURES, OP_LT, 10, VERDICT_PASS, VERDICT_FAIL, VERDICT_FAIL, false, true,
		  true },
		{ METRIC_FAILURES, OP_EQ, 10, VERDICT_PENDING, VERDICT_PASS, VERDICT_FAIL, false,
		  false, true },
		{ METRIC_FAILURES, OP_NE, 10, VERDICT_PASS, VERDICT_PENDING, VERDICT_PASS, false,
		  false, true },
	};

	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
		struct bench bench;
		setup(&bench, rule(cases[c].metric, cases[c].op, cases[c].value));
		load(&bench, 0, 9, 9, 100);
		judge(&bench, 1);
		assert_int_equal(state_of(&bench)->state, cases[c].before);
		assert_int_equal(state_of(&bench)->final, cases[c].final_before);
		load(&bench, 1, 1, 1, 100);
		judge(&bench, 2);
		assert_int_equal(state_of(&bench)->state, cases[c].at);
		assert_int_equal(state_of(&bench)->final, cases[c].final_at);
		load(&bench, 2, 1, 1, 100);
		judge(&bench, 3);
		assert_int_equal(state_of(&bench)->state, cases[c].beyond);
		assert_int_equal(state_of(&bench)->final, cases[c].final_beyond);
		assert_int_equal(criteria_verdict(bench.criteria), cases[c].beyond);
		finish(&bench, 3);
		assert_int_equal(state_of(&bench)->state, cases[c].beyond);
		assert_true(state_of(&bench)->final);
		teardown(&bench);
	}
}

static void a_goal_that_was_not_reached_fails_at_the_end(void **state)
{
	struct bench bench;

	(void)state;
	setup(&bench, rule(METRIC_REQUESTS, OP_GE, 375));
	load(&bench, 0, 374, 0, 100);
	judge(&bench, 1);
	assert_int_equal(state_of(&bench)->state, VERDICT_PENDING);
	assert_int_equal(criteria_verdict(bench.criteria), VERDICT_PENDING);
	finish(&bench, 1);
	assert_int_equal(state_of(&bench)->state, VERDICT_FAIL);
	assert_true(state_of(&bench)->breached);
	teardown(&bench);
}

static void percentiles_wait_for_enough_requests_before_they_fail(void **state)
{
	struct criterion criterion = rule(METRIC_PERCENTILE, OP_LT, 500000);
	struct bench bench;

	(void)state;
	criterion.abort = true;
	setup(&bench, criterion);
	load(&bench, 0, 1, 0, 900000);
	assert_int_equal(judge(&bench, 1), -1);
	assert_int_equal(state_of(&bench)->state, VERDICT_PENDING);
	load(&bench, 1, 98, 0, 900000);
	assert_int_equal(judge(&bench, 2), -1);
	load(&bench, 2, 1, 0, 900000);
	assert_int_equal(judge(&bench, 3), 0);
	assert_int_equal(state_of(&bench)->state, VERDICT_FAIL);
	assert_int_equal(judge(&bench, 4), -1); /* told once */
	/* it ended the run: quick answers while draining do not mend it */
	load(&bench, 4, 100000, 0, 10);
	finish(&bench, 5);
	assert_int_equal(state_of(&bench)->state, VERDICT_FAIL);
	teardown(&bench);
	/* without abort it stands as it stands at the end, however few there are */
	criterion.abort = false;
	setup(&bench, criterion);
	load(&bench, 0, 3, 0, 900000);
	finish(&bench, 1);
	assert_int_equal(state_of(&bench)->state, VERDICT_FAIL);
	teardown(&bench);
}

static void what_was_never_measured_fails_and_counts_are_zero(void **state)
{
	static const struct {
		enum metric metric;
		enum criterion_op op;
		enum verdict verdict;
		const char *text; /* instead of a figure; NULL: there is one */
	} cases[] = {
		{ METRIC_PERCENTILE, OP_LT, VERDICT_FAIL, "no request" },
		{ METRIC_MAX, OP_LT, VERDICT_FAIL, "no request" },
		{ METRIC_FAILURE_RATIO, OP_LT, VERDICT_FAIL, "no request" },
		{ METRIC_MONITOR, OP_LT, VERDICT_FAIL, "no reading" },
		{ METRIC_NO_CASCADE, OP_EQ, VERDICT_FAIL, "too little constant load" },
		{ METRIC_FAILURES, OP_LT, VERDICT_PASS, NULL },
		{ METRIC_REQUESTS, OP_GT, VERDICT_FAIL, NULL },
		{ METRIC_RPS, OP_GT, VERDICT_FAIL, NULL },
	};

	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
		struct bench bench;
		setup(&bench, rule(cases[c].metric, cases[c].op, 1));
		judge(&bench, 5);
		finish(&bench, 10);
		assert_int_equal(state_of(&bench)->state, cases[c].verdict);
		if (cases[c].text != NULL)
			assert_string_equal(state_of(&bench)->text, cases[c].text);
		teardown(&bench);
	}
	/* and a run that never started */
	struct bench bench;
	setup(&bench, rule(METRIC_PERCENTILE, OP_LT, 1));
	struct criteria *idle = criteria_new(bench.scene);
	criteria_finish(idle, START, 0);
	assert_int_equal(criteria_at(idle, 0)->state, VERDICT_FAIL);
	assert_string_equal(criteria_at(idle, 0)->text, "no request");
	criteria_free(idle);
	teardown(&bench);
}

static void warm_up_and_after_leave_out_what_ended_before(void **state)
{
	static const struct {
		uint64_t warmup_ns, after_ns;
		double requests;
	} cases[] = {
		{ 0, 0, 30 }, { 10 * SEC, 0, 20 }, { 10 * SEC, 20 * SEC, 10 }, { 0, 5 * SEC, 25 }
	};

	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
		struct criterion criterion = rule(METRIC_REQUESTS, OP_GE, cases[c].requests);
		struct bench bench;
		criterion.after_ns = cases[c].after_ns;
		setup(&bench, criterion);
		criteria_free(bench.criteria);
		bench.scene->load.warmup_ns = cases[c].warmup_ns;
		bench.criteria = criteria_new(bench.scene);
		criteria_start(bench.criteria, START);
		for (unsigned s = 0; s < 30; s++) {
			load(&bench, s, 1, 0, 100);
			judge(&bench, s + 1);
		}
		assert_true(state_of(&bench)->value == cases[c].requests);
		teardown(&bench);
	}
	/* rates count from there, too */
	struct criterion criterion = rule(METRIC_RPS, OP_GE, 50);
	struct bench bench;
	criterion.after_ns = 10 * SEC;
	setup(&bench, criterion);
	for (unsigned s = 0; s < 20; s++)
		load(&bench, s, s < 10 ? 1 : 50, 0, 100);
	judge(&bench, 20);
	assert_true(fabs(state_of(&bench)->value - 50) < 1e-9);
	teardown(&bench);
}

static void rates_count_until_the_stop_not_the_drain(void **state)
{
	struct bench bench;

	(void)state;
	setup(&bench, rule(METRIC_RPS, OP_GE, 100));
	for (unsigned s = 0; s < 10; s++)
		load(&bench, s, 100, 0, 100);
	criteria_stop(bench.criteria, START + 10 * SEC);
	criteria_stop(bench.criteria, START + 15 * SEC); /* only the first counts */
	criteria_finish(bench.criteria, START + 30 * SEC, 0);
	assert_true(fabs(state_of(&bench)->value - 100) < 1e-9);
	assert_int_equal(state_of(&bench)->state, VERDICT_PASS);
	teardown(&bench);
}

static void any_window_must_hold(void **state)
{
	/* p99 over any 10 s below 500 ms; seconds 25..28 are slow */
	struct criterion criterion = rule(METRIC_PERCENTILE, OP_LT, 500000);
	struct bench bench;

	(void)state;
	criterion.window_ns = 10 * SEC;
	criterion.abort = true;
	setup(&bench, criterion);
	for (unsigned s = 0; s < 60; s++) {
		load(&bench, s, 100, 0, s >= 25 && s < 29 ? 800000 : 20000);
		int abort_by = judge(&bench, s + 1);
		/* 1 % of a window's requests, rounded up, is 10: broken with the first slow second */
		assert_int_equal(abort_by, s == 25 ? 0 : -1);
		if (s < 9)
			assert_int_equal(state_of(&bench)->state, VERDICT_PENDING);
		else
			assert_int_equal(state_of(&bench)->state,
					 s < 25 ? VERDICT_PASS : VERDICT_FAIL);
	}
	assert_true(fabs(state_of(&bench)->value - 800000) < 1000);
	assert_int_equal(state_of(&bench)->breach_ns, 26 * SEC);
	finish(&bench, 60);
	assert_int_equal(state_of(&bench)->state, VERDICT_FAIL);
	teardown(&bench);
}

static void the_worst_window_is_shown_and_windows_forget(void **state)
{
	struct criterion criterion = rule(METRIC_RPS, OP_GE, 40);
	struct bench bench;

	(void)state;
	criterion.window_ns = 4 * SEC;
	setup(&bench, criterion);
	for (unsigned s = 0; s < 20; s++) {
		load(&bench, s, s == 8 || s == 9 ? 50 : 100, s == 8, 20000);
		judge(&bench, s + 1);
	}
	assert_int_equal(state_of(&bench)->state, VERDICT_PASS);
	assert_true(state_of(&bench)->value == 75);
	teardown(&bench);
	/* windows that a pause or the drain lies in are not judged */
	setup(&bench, criterion);
	for (unsigned s = 0; s < 40; s++) {
		if (s == 10 || s == 20)
			criteria_pause(bench.criteria, START + s * SEC, s == 10);
		if (s == 30)
			criteria_stop(bench.criteria, START + s * SEC);
		load(&bench, s, s < 10 || (s >= 20 && s < 30) ? 100 : 0, 0, 20000);
		judge(&bench, s + 1);
	}
	criteria_finish(bench.criteria, START + 40 * SEC, 0);
	assert_true(state_of(&bench)->value == 100);
	assert_int_equal(state_of(&bench)->state, VERDICT_PASS);
	teardown(&bench);
}

static void a_run_shorter_than_the_window_is_one_window(void **state)
{
	struct criterion criterion = rule(METRIC_FAILURES, OP_LE, 3);
	struct bench bench;

	(void)state;
	criterion.window_ns = 60 * SEC;
	setup(&bench, criterion);
	for (unsigned s = 0; s < 8; s++)
		load(&bench, s, 10, s < 4, 100);
	judge(&bench, 8);
	assert_int_equal(state_of(&bench)->state, VERDICT_PENDING);
	finish(&bench, 8);
	assert_int_equal(state_of(&bench)->state, VERDICT_FAIL);
	assert_true(state_of(&bench)->value == 4);
	teardown(&bench);
	criterion.metric = METRIC_RPS;
	criterion.op = OP_GE;
	criterion.value = 10;
	setup(&bench, criterion);
	for (unsigned s = 0; s < 8; s++)
		load(&bench, s, 10, 0, 100);
	finish(&bench, 8);
	assert_true(fabs(state_of(&bench)->value - 10) < 1e-6);
	assert_int_equal(state_of(&bench)->state, VERDICT_PASS);
	teardown(&bench);
}

static void for_needs_an_unbroken_stretch(void **state)
{
	/* failure ratio of the last 10 s below 10 %, broken only after 15 s of it */
	struct criterion criterion = rule(METRIC_FAILURE_RATIO, OP_LT, 0.1);
	struct bench bench;

	(void)state;
	criterion.for_ns = 15 * SEC;
	setup(&bench, criterion);
	/* 14 s of bad windows: 5 bad seconds stay in windows for 14 s */
	for (unsigned s = 0; s < 60; s++) {
		load(&bench, s, 10, s >= 20 && s < 25 ? 10 : 0, 100);
		judge(&bench, s + 1);
		if (s == 28)
			assert_int_equal(state_of(&bench)->state, VERDICT_PENDING);
	}
	assert_int_equal(state_of(&bench)->state, VERDICT_PASS);
	assert_false(state_of(&bench)->breached);
	/* and then long enough */
	for (unsigned s = 60; s < 90; s++) {
		load(&bench, s, 10, 10, 100);
		judge(&bench, s + 1);
	}
	assert_int_equal(state_of(&bench)->state, VERDICT_FAIL);
	/* window [52, 62) is the first with 20 % in it, [51, 61) has 10 % */
	assert_int_equal(state_of(&bench)->breach_ns, (61 + 15) * SEC);
	teardown(&bench);
}

static void for_on_a_count_is_about_its_total(void **state)
{
	struct criterion criterion = rule(METRIC_FAILURES, OP_LE, 5);
	struct bench bench;

	(void)state;
	criterion.for_ns = 3 * SEC;
	setup(&bench, criterion);
	load(&bench, 0, 6, 6, 100);
	judge(&bench, 1);
	assert_int_equal(state_of(&bench)->state, VERDICT_PENDING);
	judge(&bench, 3);
	assert_int_equal(state_of(&bench)->state, VERDICT_PENDING);
	judge(&bench, 4);
	assert_int_equal(state_of(&bench)->state, VERDICT_FAIL);
	assert_true(state_of(&bench)->value == 6);
	teardown(&bench);
}

static void active_endpoints_are_those_with_a_success(void **state)
{
	static char get[] = "GET", post[] = "POST", all[] = "*", some[] = "/endpoint/*1",
		    none[] = "/nothing/*";
	static const struct {
		char *method, *name;
		double value;
	} cases[] = { { NULL, NULL, 3 },
		      { get, all, 2 },
		      { post, some, 1 },
		      { get, some, 0 },
		      { get, none, 0 } };

	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
		struct criterion criterion = rule(METRIC_ENDPOINTS_ACTIVE, OP_EQ, cases[c].value);
		struct bench bench;
		criterion.scope_method = cases[c].method;
		criterion.scope_name = cases[c].name;
		setup(&bench, criterion);
		for (unsigned e = 0; e < 4; e++) { /* endpoint 3 only fails */
			struct sample sample =
				e == 3 ? sample_failed(e, 0, START + SEC, 10, FAILURE_RESET, 0, 0)
				       : sample_ok(e, 0, START + SEC, 10);
			criteria_add(bench.criteria, &sample);
			criteria_add(bench.criteria, &sample);
		}
		judge(&bench, 2);
		assert_true(state_of(&bench)->value == cases[c].value);
		assert_int_equal(state_of(&bench)->state, VERDICT_PASS);
		teardown(&bench);
	}
}

static struct reading reading_of(enum reading_source source, const char *name, const char *metric,
				 unsigned s, double value)
{
	struct reading reading = { .at_ns = START + s * SEC,
				   .type = READING_VALUE,
				   .source = (uint8_t)source,
				   .value = value };

	snprintf(reading.name, sizeof(reading.name), "%s", name);
	snprintf(reading.metric, sizeof(reading.metric), "%s", metric);
	return reading;
}

static void panel_values_are_judged_reading_by_reading(void **state)
{
	static char cpu[] = "cpu", cpu_pct[] = "cpu_pct", pattern[] = "eucora-*";
	struct criterion criterion = rule(METRIC_MONITOR, OP_LT, 90);
	struct bench bench;

	(void)state;
	criterion.scope = SCOPE_MONITOR;
	criterion.monitor_source = READING_DOCKER;
	criterion.monitor_name = pattern;
	criterion.monitor_metric = cpu;
	criterion.reading_metric = cpu_pct;
	setup(&bench, criterion);
	const struct reading readings[] = {
		reading_of(READING_DOCKER, "eucora-db", "cpu_pct", 1, 40),
		reading_of(READING_DOCKER, "eucora-api", "cpu_pct", 1, 70),
		reading_of(READING_DOCKER, "redis", "cpu_pct", 1, 99),
		reading_of(READING_DOCKER, "eucora-db", "memory_bytes", 1, 1e9),
		reading_of(READING_POSTGRES, "eucora-db", "cpu_pct", 1, 100),
	};
	for (size_t i = 0; i < sizeof(readings) / sizeof(*readings); i++)
		criteria_reading(bench.criteria, &readings[i]);
	judge(&bench, 2);
	assert_true(state_of(&bench)->value == 70);
	assert_int_equal(state_of(&bench)->state, VERDICT_PASS);
	struct reading hot = reading_of(READING_DOCKER, "eucora-db", "cpu_pct", 3, 95);
	criteria_reading(bench.criteria, &hot);
	judge(&bench, 4);
	assert_int_equal(state_of(&bench)->state, VERDICT_FAIL);
	assert_int_equal(state_of(&bench)->breach_ns, 3 * SEC);
	teardown(&bench);
}

static void panel_rules_have_windows_and_for(void **state)
{
	static char connections[] = "connections";
	struct criterion criterion = rule(METRIC_MONITOR, OP_LE, 100);
	struct bench bench;

	(void)state;
	criterion.scope = SCOPE_MONITOR;
	criterion.monitor_source = READING_POSTGRES;
	criterion.monitor_metric = connections;
	criterion.reading_metric = connections;
	criterion.for_ns = 6 * SEC;
	setup(&bench, criterion);
	for (unsigned s = 0; s < 40; s += 2) {
		bool over = (s >= 10 && s < 16) || s >= 30;
		struct reading reading =
			reading_of(READING_POSTGRES, "eucora", "connections", s, over ? 110 : 50);
		criteria_reading(bench.criteria, &reading);
		judge(&bench, s);
		assert_int_equal(state_of(&bench)->state, s >= 36 ? VERDICT_FAIL
							  : over  ? VERDICT_PENDING
								  : VERDICT_PASS);
	}
	teardown(&bench);
	criterion.for_ns = 0;
	criterion.window_ns = 10 * SEC;
	setup(&bench, criterion);
	for (unsigned s = 0; s < 60; s++) {
		/* two readings of 300 in ten: a mean of 100; three: 125 */
		bool high = s == 20 || s == 21 || s == 40 || s == 41 || s == 42;
		struct reading reading =
			reading_of(READING_POSTGRES, "eucora", "connections", s, high ? 300 : 50);
		criteria_reading(bench.criteria, &reading);
		judge(&bench, s);
		assert_int_equal(state_of(&bench)->state, s < 10   ? VERDICT_PENDING
							  : s < 42 ? VERDICT_PASS
								   : VERDICT_FAIL);
	}
	assert_true(fabs(state_of(&bench)->value - 125) < 1e-9);
	teardown(&bench);
}

static void cascades_are_judged_while_the_load_is_constant(void **state)
{
	struct bench bench;

	(void)state;
	setup(&bench, rule(METRIC_NO_CASCADE, OP_EQ, 0));
	for (unsigned s = 0; s < 200; s++)
		criteria_second(bench.criteria, 100, 0, 30000 + s % 7 * 1000, s >= 10);
	judge(&bench, 200);
	assert_int_equal(state_of(&bench)->state, VERDICT_PASS);
	assert_non_null(strstr(state_of(&bench)->text, "steady"));
	for (unsigned s = 200; s < 330; s++)
		criteria_second(bench.criteria, 100, 0, 30000 + 4000.0 * (s - 200), true);
	judge(&bench, 330);
	assert_int_equal(state_of(&bench)->state, VERDICT_FAIL);
	assert_true(state_of(&bench)->final);
	assert_non_null(strstr(state_of(&bench)->text, "p99 rose"));
	/* calm again: it has happened all the same */
	for (unsigned s = 330; s < 700; s++)
		criteria_second(bench.criteria, 100, 0, 30000, true);
	judge(&bench, 700);
	finish(&bench, 700);
	assert_int_equal(state_of(&bench)->state, VERDICT_FAIL);
	assert_non_null(strstr(state_of(&bench)->text, "p99 rose"));
	teardown(&bench);
}

static void a_short_run_is_judged_in_spite_of_its_drain(void **state)
{
	struct bench bench;

	(void)state;
	setup(&bench, rule(METRIC_NO_CASCADE, OP_EQ, 0));
	/* windows of 10 s without a planned end: seven of them, fewer than a run under way needs */
	for (unsigned s = 0; s < 70; s++)
		criteria_second(bench.criteria, 100, 0, 30000, true);
	judge(&bench, 70);
	assert_int_equal(state_of(&bench)->state, VERDICT_PENDING);
	criteria_stop(bench.criteria, START + 70 * SEC);
	criteria_second(bench.criteria, 3, 0, 30000, false); /* what was in flight */
	criteria_second(bench.criteria, 0, 0, -1, false);
	finish(&bench, 72);
	assert_int_equal(state_of(&bench)->state, VERDICT_PASS);
	assert_non_null(strstr(state_of(&bench)->text, "steady"));
	teardown(&bench);
}

static void a_reset_begins_anew(void **state)
{
	struct bench bench;

	(void)state;
	setup(&bench, rule(METRIC_FAILURES, OP_EQ, 0));
	load(&bench, 0, 10, 3, 100);
	judge(&bench, 1);
	assert_int_equal(state_of(&bench)->state, VERDICT_FAIL);
	criteria_reset(bench.criteria, START + 2 * SEC);
	assert_int_equal(state_of(&bench)->state, VERDICT_PENDING);
	assert_string_equal(state_of(&bench)->text, "–");
	load(&bench, 1, 5, 5, 100); /* ended before the reset */
	load(&bench, 2, 10, 0, 100);
	judge(&bench, 3);
	assert_int_equal(state_of(&bench)->state, VERDICT_PASS);
	assert_false(state_of(&bench)->breached);
	teardown(&bench);
}

static void without_rules_nothing_is_broken(void **state)
{
	struct scenario *scene = scene_new(1, 1, false);
	struct criteria *criteria = criteria_new(scene);
	struct sample sample = sample_failed(0, 0, START, 10, FAILURE_RESET, 0, 0);

	(void)state;
	criteria_start(criteria, START);
	criteria_add(criteria, &sample);
	assert_int_equal(criteria_judge(criteria, START + SEC, 0), -1);
	assert_int_equal(criteria_count(criteria), 0);
	assert_int_equal(criteria_verdict(criteria), VERDICT_PASS);
	criteria_finish(criteria, START + SEC, 0);
	criteria_free(criteria);
	scene_free(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metrics_over_the_whole_run_have_the_right_value),
		cmocka_unit_test(scopes_select_their_requests),
		cmocka_unit_test(counts_are_won_or_lost_for_good_and_pending_before),
		cmocka_unit_test(a_goal_that_was_not_reached_fails_at_the_end),
		cmocka_unit_test(percentiles_wait_for_enough_requests_before_they_fail),
		cmocka_unit_test(what_was_never_measured_fails_and_counts_are_zero),
		cmocka_unit_test(warm_up_and_after_leave_out_what_ended_before),
		cmocka_unit_test(rates_count_until_the_stop_not_the_drain),
		cmocka_unit_test(any_window_must_hold),
		cmocka_unit_test(the_worst_window_is_shown_and_windows_forget),
		cmocka_unit_test(a_run_shorter_than_the_window_is_one_window),
		cmocka_unit_test(for_needs_an_unbroken_stretch),
		cmocka_unit_test(for_on_a_count_is_about_its_total),
		cmocka_unit_test(active_endpoints_are_those_with_a_success),
		cmocka_unit_test(panel_values_are_judged_reading_by_reading),
		cmocka_unit_test(panel_rules_have_windows_and_for),
		cmocka_unit_test(cascades_are_judged_while_the_load_is_constant),
		cmocka_unit_test(a_short_run_is_judged_in_spite_of_its_drain),
		cmocka_unit_test(a_reset_begins_anew),
		cmocka_unit_test(without_rules_nothing_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
