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
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "message/frame.h"
#include "record/baseline.h"
#include "record/publish.h"
#include "record/result_json.h"
#include "record/run.h"
#include "record/view.h"
#include "samples.h"

#define START (300 * SEC)

static uint64_t fake_wall_ns(void)
{
	return 1800000000 * SEC;
}

#define RESULT                                                                             \
	"{ \"throng\": \"0.1.0\", \"state\": \"done\", \"scenario\": \"Night\\u001b[2J\"," \
	"  \"started\": \"2026-02-03T10:00:07.123Z\", \"duration_s\": 60, \"seed\": 7,"    \
	"  \"totals\": { \"method\": \"\", \"name\": \"all\", \"requests\": 4000,"         \
	"    \"failures\": 40, \"rps\": 66.5, \"p50_us\": 5000, \"p95_us\": 16000,"        \
	"    \"p99_us\": 34000, \"response_p50_us\": 6000, \"response_p95_us\": 17000,"    \
	"    \"response_p99_us\": 35000 },"                                                \
	"  \"endpoints\": ["                                                               \
	"    { \"method\": \"DELETE\", \"name\": \"/gone\", \"requests\": 10 },"           \
	"    { \"method\": \"GET\", \"name\": \"/endpoint/0000\", \"requests\": 3990,"     \
	"      \"failures\": null, \"rps\": 66, \"p50_us\": 4000, \"p99_us\": \"much\" } ] }"

static void rows_are_found_by_method_and_name(void **state)
{
	struct scenario *scene = scene_new(3, 1, false);
	json_t *result = json_loads(RESULT, 0, NULL);
	struct baseline *baseline = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(baseline_parse(&baseline, result, "night.json", scene, &err), 0);
	json_decref(result);
	assert_string_equal(baseline_name(baseline), "Night\xef\xbf\xbd[2J, 2026-02-03 10:00");
	const struct frame_earlier *all = baseline_row(baseline, SAMPLE_ALL);
	assert_int_equal(all->requests, 4000);
	assert_true(fabs(all->failure_ratio - 0.01) < 1e-12);
	assert_true(fabs(all->rps - 66.5) < 1e-12);
	assert_int_equal(all->p99_us, 34000);
	assert_int_equal(all->response_p50_us, 6000);
	const struct frame_earlier *row = baseline_row(baseline, 0);
	assert_int_equal(row->requests, 3990);
	assert_int_equal(row->p50_us, 4000);
	assert_int_equal(row->p99_us, 0); /* not known */
	assert_true(row->failure_ratio <= 0);
	assert_null(baseline_row(baseline, 1)); /* was not there */
	assert_null(baseline_row(baseline, 77));
	json_t *member = baseline_json(baseline);
	assert_int_equal(json_array_size(json_object_get(member, "endpoints")), 2);
	assert_string_equal(json_string_value(json_object_get(member, "file")), "night.json");
	assert_null(json_object_get(member, "steering"));
	json_decref(member);
	baseline_free(baseline);
	scene_free(scene);
}

static void frames_carry_the_earlier_run_beside_each_row(void **state)
{
	struct scenario *scene = scene_new(3, 1, false);
	json_t *result = json_loads(RESULT, 0, NULL);
	struct baseline *baseline = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(baseline_parse(&baseline, result, "night.json", scene, &err), 0);
	json_decref(result);
	struct run *run = run_new(&(struct run_config){ .scenario = scene,
							.engine_count = 1,
							.scenario_count = 1,
							.baseline = baseline,
							.wall_ns = fake_wall_ns });
	struct publisher *publisher = publisher_new(scene, "", SEC);
	struct frame *frame = publisher_frame(publisher, run, START, "", "");
	assert_string_equal(frame->baseline, "Night\xef\xbf\xbd[2J, 2026-02-03 10:00");
	assert_int_equal(frame->all.earlier->p50_us, 5000);
	assert_int_equal(frame->row_count, 3);
	for (size_t i = 0; i < 3; i++) {
		if (frame->rows[i].endpoint == 0)
			assert_int_equal(frame->rows[i].earlier->requests, 3990);
		else
			assert_null(frame->rows[i].earlier);
	}
	run_free(run);
	baseline_free(baseline);
	assert_int_equal(frame->all.earlier->p95_us, 16000); /* its own copy */
	frame_free(frame);
	publisher_free(publisher);
	scene_free(scene);
}

static void assert_refused(const char *text, const char *message)
{
	struct scenario *scene = scene_new(3, 1, false);
	json_t *result = json_loads(text, 0, NULL);
	struct baseline *baseline = NULL;
	struct error err = { 0 };

	assert_non_null(result);
	assert_int_not_equal(baseline_parse(&baseline, result, "x.json", scene, &err), 0);
	assert_string_equal(err.text, message);
	assert_null(baseline);
	json_decref(result);
	scene_free(scene);
}

static void what_cannot_be_compared_with_says_why(void **state)
{
	static const char no_result[] =
		"--baseline: x.json: has no \"totals\" and \"endpoints\": it must be a result that "
		"run --json wrote";

	(void)state;
	assert_refused("[]", no_result);
	assert_refused("{ \"totals\": 5, \"endpoints\": [] }", no_result);
	assert_refused("{ \"totals\": { \"requests\": 0 }, \"endpoints\": [] }",
		       "--baseline: x.json: that run made no request: nothing to compare with");
	assert_refused("{ \"scenario\": \"Other\", \"totals\": { \"requests\": 9 }, \"endpoints\": "
		       "[ { \"method\": \"GET\", \"name\": \"/x\" }, 7 ] }",
		       "--baseline: x.json: none of its endpoints is in the scenario \"scene\": it "
		       "is a result of \"Other\"");
}

static void a_file_that_is_no_json_is_named_with_its_line(void **state)
{
	struct scenario *scene = scene_new(1, 1, false);
	char path[] = "test_baseline.XXXXXX";
	struct baseline *baseline = NULL;
	struct error err = { 0 };
	char start[64];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "{\n  oops\n", 9), 9);
	close(fd);
	assert_int_not_equal(baseline_load(&baseline, path, scene, &err), 0);
	snprintf(start, sizeof(start), "--baseline: %s:2: ", path);
	assert_memory_equal(err.text, start, strlen(start));
	unlink(path);
	assert_int_not_equal(baseline_load(&baseline, path, scene, &err), 0);
	assert_non_null(strstr(err.text, path));
	scene_free(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_found_by_method_and_name),
		cmocka_unit_test(frames_carry_the_earlier_run_beside_each_row),
		cmocka_unit_test(what_cannot_be_compared_with_says_why),
		cmocka_unit_test(a_file_that_is_no_json_is_named_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
