/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "message/reading.h"
#include "record/readings.h"
#include "record/result_read.h"

#define SEC   1000000000ULL
#define START (5000 * SEC)
#define WALL  (1795420582 * SEC + 920000000ULL) /* 2026-11-23T07:56:22.920Z */

static struct reading value(uint64_t since_ns, const char *name, const char *metric, double x)
{
	struct reading reading = { .at_ns = START + since_ns,
				   .type = READING_VALUE,
				   .source = READING_DOCKER,
				   .value = x };

	snprintf(reading.name, sizeof(reading.name), "%s", name);
	snprintf(reading.metric, sizeof(reading.metric), "%s", metric);
	return reading;
}

static void add(struct readings *readings, struct reading reading)
{
	readings_add(readings, &reading);
}

static struct readings *started(void)
{
	struct readings *readings = readings_new(true);

	readings_start(readings, START, WALL);
	return readings;
}

static void csv_is_the_long_form(void **state)
{
	struct readings *readings = started();
	struct reading event = value(2 * SEC, "eucora-db", "", 0);
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	readings_csv_header(&out);
	add(readings, value(SEC / 2, "eucora-api", "cpu_pct", 12.5));
	event.type = READING_EVENT;
	snprintf(event.text, sizeof(event.text), "restarted, \"oom\"");
	add(readings, event);
	readings_csv_take(readings, &out);
	assert_string_equal(buf_str(&out),
			    "Time,Elapsed,Source,Name,Metric,Value\r\n"
			    "2026-11-23T07:56:23.420Z,0.500,docker,eucora-api,cpu_pct,12.5\r\n"
			    "2026-11-23T07:56:24.920Z,2.000,docker,eucora-db,event,\"restarted, "
			    "\"\"oom\"\"\"\r\n");
	buf_reset(&out);
	readings_csv_take(readings, &out);
	assert_int_equal(out.len, 0);
	buf_fini(&out);
	readings_free(readings);
}

static void what_was_read_before_the_load_is_left_out(void **state)
{
	struct readings *readings = readings_new(true);
	json_t *json;

	(void)state;
	add(readings, value(0, "a", "cpu_pct", 1));
	readings_start(readings, START + SEC, WALL);
	add(readings, value(0, "a", "cpu_pct", 2));
	add(readings, value(2 * SEC, "a", "cpu_pct", 3));
	json = readings_json(readings);
	assert_float_equal(
		result_number(json_array_get(result_member(json, "metrics"), 0), "count"), 1, 0);
	json_decref(json);
	readings_free(readings);
}

static void metrics_have_their_range_and_course_with_gaps(void **state)
{
	struct readings *readings = started();
	const json_t *track, *values;
	json_t *json;

	(void)state;
	add(readings, value(SEC / 4, "a", "cpu_pct", 10));
	add(readings, value(SEC / 2, "a", "cpu_pct", 20));
	add(readings, value(3 * SEC, "a", "cpu_pct", 60));
	add(readings, value(3 * SEC, "a", "memory_bytes", 1e9));
	add(readings, value(3 * SEC, "b", "cpu_pct", 5));
	json = readings_json(readings);
	assert_int_equal(json_array_size(result_member(json, "metrics")), 3);
	track = json_array_get(result_member(json, "metrics"), 0);
	assert_string_equal(result_string(track, "name"), "a");
	assert_float_equal(result_number(track, "min"), 10, 0);
	assert_float_equal(result_number(track, "mean"), 30, 0);
	assert_float_equal(result_number(track, "max"), 60, 0);
	assert_float_equal(result_number(track, "last"), 60, 0);
	values = result_member(track, "values");
	assert_int_equal(json_array_size(values), 4);
	assert_float_equal(json_number_value(json_array_get(values, 0)), 15, 0);
	assert_true(json_is_null(json_array_get(values, 1)));
	assert_float_equal(json_number_value(json_array_get(values, 3)), 60, 0);
	json_decref(json);
	readings_free(readings);
}

static void a_long_run_fits_into_the_same_points(void **state)
{
	struct readings *readings = started();
	const json_t *values;
	json_t *json;

	(void)state;
	for (uint64_t s = 0; s < 5000; s++)
		add(readings, value(s * SEC, "a", "connections", (double)(s < 2500 ? 10 : 90)));
	json = readings_json(readings);
	assert_float_equal(result_number(json, "step_s"), 16, 0);
	values = result_member(json_array_get(result_member(json, "metrics"), 0), "values");
	assert_int_equal(json_array_size(values), 313);
	assert_float_equal(json_number_value(json_array_get(values, 0)), 10, 0);
	assert_float_equal(json_number_value(json_array_get(values, 312)), 90, 0);
	json_decref(json);
	readings_free(readings);
}

static void metrics_and_events_are_bounded(void **state)
{
	struct readings *readings = started();
	json_t *json;

	(void)state;
	for (unsigned i = 0; i < 2 * READINGS_EVENTS_MAX; i++) {
		struct reading reading = value(SEC, "", "x", 1);

		snprintf(reading.name, sizeof(reading.name), "container %u", i);
		add(readings, reading);
		reading.type = READING_STATE;
		add(readings, reading);
		reading.type = READING_LOG;
		add(readings, reading);
	}
	json = readings_json(readings);
	assert_int_equal(json_array_size(result_member(json, "metrics")), READINGS_TRACKS_MAX);
	assert_int_equal(json_array_size(result_member(json, "events")), READINGS_EVENTS_MAX);
	json_decref(json);
	readings_free(readings);
}

static void a_problem_that_is_there_at_the_start_is_told(void **state)
{
	struct readings *readings = readings_new(true);
	struct reading problem = value(0, "docker", "", 0), mended = value(0, "eucora", "", 0);
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	problem.at_ns = mended.at_ns = START - 5 * SEC;
	problem.type = mended.type = READING_PROBLEM;
	snprintf(problem.text, sizeof(problem.text), "no daemon");
	snprintf(mended.text, sizeof(mended.text), "no database");
	mended.source = READING_POSTGRES;
	add(readings, problem);
	add(readings, mended);
	mended.text[0] = '\0';
	add(readings, mended);
	readings_start(readings, START, WALL);
	readings_csv_take(readings, &out);
	assert_string_equal(buf_str(&out),
			    "2026-11-23T07:56:22.920Z,0.000,docker,docker,problem,no daemon\r\n");
	json_t *json = readings_json(readings);
	assert_int_equal(json_array_size(result_member(json, "events")), 1);
	json_decref(json);
	buf_fini(&out);
	readings_free(readings);
}

static void a_problem_that_arrives_late_is_told_too(void **state)
{
	struct readings *readings = readings_new(true);
	struct reading problem = value(0, "", "", 0);
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	problem.type = READING_PROBLEM;
	snprintf(problem.text, sizeof(problem.text), "no daemon");
	/* stamped a moment before the load begins, taken out of the ring a moment behind that */
	problem.at_ns = START - 1000;
	readings_start(readings, START, WALL);
	add(readings, problem);
	add(readings, problem);
	readings_csv_take(readings, &out);
	assert_string_equal(buf_str(&out),
			    "2026-11-23T07:56:22.920Z,0.000,docker,,problem,no daemon\r\n");
	buf_fini(&out);
	readings_free(readings);
}

/* What is told when it changes only, and had been told on the plan page. */
static void what_stands_at_the_start_is_told(void **state)
{
	struct readings *readings = readings_new(true);
	struct reading missing = value(0, "redis", "", 0), cpus = value(0, "a", "cpus", 4);
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	missing.at_ns = cpus.at_ns = START - 5 * SEC;
	missing.type = READING_STATE;
	snprintf(missing.text, sizeof(missing.text), "no such container");
	add(readings, cpus);
	add(readings, missing);
	cpus.value = 2;
	add(readings, cpus);
	readings_start(readings, START, WALL);
	cpus.at_ns = START - 1; /* on its way when the load began */
	add(readings, cpus);
	cpus.value = 1;
	add(readings, cpus);
	readings_csv_take(readings, &out);
	assert_string_equal(
		buf_str(&out),
		"2026-11-23T07:56:22.920Z,0.000,docker,a,cpus,2.0\r\n"
		"2026-11-23T07:56:22.920Z,0.000,docker,redis,state,no such container\r\n"
		"2026-11-23T07:56:22.920Z,0.000,docker,a,cpus,1.0\r\n");
	buf_fini(&out);
	readings_free(readings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_is_the_long_form),
		cmocka_unit_test(what_was_read_before_the_load_is_left_out),
		cmocka_unit_test(metrics_have_their_range_and_course_with_gaps),
		cmocka_unit_test(a_long_run_fits_into_the_same_points),
		cmocka_unit_test(metrics_and_events_are_bounded),
		cmocka_unit_test(a_problem_that_is_there_at_the_start_is_told),
		cmocka_unit_test(a_problem_that_arrives_late_is_told_too),
		cmocka_unit_test(what_stands_at_the_start_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
