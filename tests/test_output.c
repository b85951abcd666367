/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/error.h"
#include "message/reading.h"
#include "record/health.h"
#include "record/live.h"
#include "record/marks.h"
#include "record/output.h"
#include "record/insight.h"
#include "record/phases.h"
#include "record/steering_log.h"
#include "record/report.h"
#include "record/series.h"
#include "record/stats.h"
#include "record/view.h"
#include "samples.h"
#include "feed.h"
#include "fake_judges.h"

#define START      (5000 * SEC)
#define WALL_START (1795420582 * SEC + 920 * MS) /* 2026-11-23T07:56:22.920Z */

/* A run with all its parts, played by hand, in a directory of its own. */
struct fixture {
	char dir[32];
	struct scenario *scenario;
	struct stats *stats;
	struct series *series;
	struct phases *phases;
	struct marks *marks;
	struct health *health;
	struct live *live;
	struct insight insight;
	struct steering_log *steering;
	struct criteria criteria;
	struct findings findings;
	struct criterion rule;
	struct record_view view;
	struct output_config config;
	struct output *output;
};

static void build(struct fixture *fixture)
{
	fixture->scenario = scene_new(3, 1, false);
	fixture->stats = stats_new(fixture->scenario, 1);
	fixture->series = series_new();
	fixture->phases = phases_new();
	fixture->marks = marks_new();
	fixture->health = health_new();
	fixture->live = live_new(fixture->scenario, 1);
	insight_init(&fixture->insight, fixture->scenario);
	fixture->steering = steering_log_new();
	fixture->rule.text = mem_strdup("p50 < 200ms");
	fixture->view = (struct record_view){ .scenario = fixture->scenario,
					      .seed = 42,
					      .engine_count = 1,
					      .scenario_count = 1,
					      .end_criterion = -1,
					      .setup_problem = "",
					      .stats = fixture->stats,
					      .series = fixture->series,
					      .phases = fixture->phases,
					      .criteria = &fixture->criteria,
					      .marks = fixture->marks,
					      .health = fixture->health,
					      .findings = &fixture->findings,
					      .insight = &fixture->insight,
					      .steering = fixture->steering,
					      .live = fixture->live };
	fixture->config.scenario = fixture->scenario;
}

static int setup(void **state)
{
	struct fixture *fixture = mem_new(sizeof(*fixture));

	snprintf(fixture->dir, sizeof(fixture->dir), "test_output.XXXXXX");
	if (mkdtemp(fixture->dir) == NULL || chdir(fixture->dir) != 0)
		return -1;
	build(fixture);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	static const char *const FILES[] = {
		"run_stats.csv",    "run_monitor.csv",    "run_stats_history.csv",
		"run_failures.csv", "run_exceptions.csv", "run.json",
		"report.md",        "report-1-scene.svg", "report-2-scene.svg",
		"report.html"
	};
	struct fixture *fixture = *state;

	output_free(fixture->output);
	for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++)
		unlink(FILES[i]);
	if (chdir("..") != 0 || rmdir(fixture->dir) != 0)
		return -1;
	free(fixture->rule.text);
	insight_fini(&fixture->insight);
	steering_log_free(fixture->steering);
	live_free(fixture->live);
	health_free(fixture->health);
	marks_free(fixture->marks);
	phases_free(fixture->phases);
	series_free(fixture->series);
	stats_free(fixture->stats);
	scene_free(fixture->scenario);
	free(fixture);
	return 0;
}

static void open_output(struct fixture *fixture)
{
	struct error err;

	if (output_new(&fixture->output, &fixture->config, &err) != 0)
		fail_msg("%s", err.text);
}

static void set_now(struct fixture *fixture, uint64_t since_ns)
{
	fixture->view.now_ns = START + since_ns;
	fixture->view.elapsed_ns = since_ns;
}

static void start(struct fixture *fixture)
{
	fixture->view.start_ns = fixture->view.reset_ns = START;
	fixture->view.wall_start_ns = WALL_START;
	series_start(fixture->series, START);
	stats_reset(fixture->stats, START);
	set_now(fixture, 0);
	phases_update(fixture->phases, 0, RUN_RUNNING, 10, 10);
	output_start(fixture->output, &fixture->view);
}

static void take(struct fixture *fixture, const struct sample *sample)
{
	feed_stats(fixture->stats, sample);
	series_add(fixture->series, sample->end_ns, sample_response_us(sample),
		   sample->outcome == OUTCOME_FAILED);
	feed_output(fixture->output, sample);
}

/* One good request and, with `failing`, one with a status of 503. */
static void request(struct fixture *fixture, uint64_t since_ns, bool failing)
{
	struct sample sample = sample_ok(0, 0, START + since_ns, 2000);

	take(fixture, &sample);
	if (!failing)
		return;
	sample = sample_failed(1, 0, START + since_ns, 9000, FAILURE_STATUS, 503, 0);
	take(fixture, &sample);
}

static void tick(struct fixture *fixture, uint64_t since_ns)
{
	set_now(fixture, since_ns);
	series_advance(fixture->series, fixture->view.now_ns);
	output_tick(fixture->output, &fixture->view);
}

static int finish(struct fixture *fixture, uint64_t since_ns)
{
	set_now(fixture, since_ns);
	series_finish(fixture->series, fixture->view.now_ns);
	fixture->view.over = true;
	fixture->view.end = RUN_END_SCHEDULE;
	fixture->view.verdict = VERDICT_FAIL;
	return output_finish(fixture->output, &fixture->view);
}

static void slurp(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");

	if (file == NULL)
		fail_msg("cannot open %s", path);
	text[fread(text, 1, size - 1, file)] = '\0';
	fclose(file);
}

static json_t *load(const char *path)
{
	json_error_t err;
	json_t *result = json_load_file(path, 0, &err);

	if (result == NULL)
		fail_msg("%s:%d: %s", path, err.line, err.text);
	return result;
}

static double number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_number(value))
		fail_msg("%s is no number", key);
	return json_number_value(value);
}

static const char *string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (text == NULL)
		fail_msg("%s is no string", key);
	return text;
}

static void fill_verdicts(struct fixture *fixture)
{
	fixture->criteria.count = 1;
	fixture->criteria.states[0] = (struct criterion_state){ .criterion = &fixture->rule,
								.measured = true,
								.value = 2000,
								.text = "2.0 ms",
								.state = VERDICT_PASS };
	fixture->findings.count = 3;
	fixture->findings.list[0] = (struct finding){ .kind = FINDING_DRIFT,
						      .warning = true,
						      .at_ns = 2 * SEC,
						      .users = 10,
						      .text = "it drifts",
						      .method = "looked at" };
	fixture->findings.list[1] = (struct finding){ .kind = FINDING_FAILURE_BREAK,
						      .warning = true,
						      .text = "it fails from the start" };
	fixture->findings.list[2] = (struct finding){ .kind = FINDING_DRIFT,
						      .at_ns = FINDING_WHOLE,
						      .text = "all of it" };
	marks_add(fixture->marks, SEC, true, "a note");
}

static void play(struct fixture *fixture)
{
	open_output(fixture);
	start(fixture);
	for (uint64_t s = 0; s < 4; s++) {
		request(fixture, s * SEC + SEC / 2, s == 2);
		tick(fixture, (s + 1) * SEC);
	}
	fill_verdicts(fixture);
}

static void the_result_has_the_promised_names_and_figures(void **state)
{
	static const char *const ROW[] = { "requests",
					   "failures",
					   "aborted",
					   "extra_requests",
					   "rps",
					   "bytes",
					   "min_us",
					   "mean_us",
					   "p50_us",
					   "p90_us",
					   "p95_us",
					   "p99_us",
					   "p999_us",
					   "p9999_us",
					   "max_us",
					   "response_min_us",
					   "response_p50_us",
					   "response_p9999_us",
					   "response_max_us" };
	struct fixture *fixture = *state;
	const json_t *totals, *failure, *row;
	json_t *result;

	fixture->config.files.json_file = "run.json";
	play(fixture);
	assert_int_equal(finish(fixture, 4 * SEC + SEC / 4), 0);
	result = load("run.json");
	assert_string_equal(string(result, "throng"), PACKAGE_VERSION);
	assert_string_equal(string(result, "state"), "done");
	assert_string_equal(string(result, "scenario"), "scene");
	assert_string_equal(string(result, "target"), "http://localhost:8000");
	assert_float_equal(number(result, "seed"), 42, 0);
	assert_string_equal(string(result, "started"), "2026-11-23T07:56:22.920Z");
	assert_float_equal(number(result, "duration_s"), 4.25, 0);
	assert_string_equal(string(result, "verdict"), "FAIL");
	totals = json_object_get(result, "totals");
	for (size_t i = 0; i < sizeof(ROW) / sizeof(ROW[0]); i++)
		number(totals, ROW[i]);
	assert_float_equal(number(totals, "requests"), 5, 0);
	assert_float_equal(number(totals, "failures"), 1, 0);
	assert_int_equal(json_array_size(json_object_get(result, "endpoints")), 3);
	row = json_array_get(json_object_get(result, "endpoints"), 2);
	assert_string_equal(string(row, "name"), "/endpoint/0002");
	assert_float_equal(number(row, "max_us"), 0, 0);
	failure = json_array_get(json_object_get(result, "failures"), 0);
	assert_string_equal(string(failure, "method"), "POST");
	assert_string_equal(string(failure, "kind"), "status");
	assert_string_equal(string(failure, "text"), "HTTP 503 Service Unavailable");
	assert_string_equal(string(failure, "first_seen"), "2026-11-23T07:56:25.420Z");
	row = json_array_get(json_object_get(result, "criteria"), 0);
	assert_string_equal(string(row, "rule"), "p50 < 200ms");
	assert_string_equal(string(row, "verdict"), "PASS");
	assert_float_equal(number(row, "value"), 2000, 0);
	row = json_array_get(json_object_get(result, "findings"), 0);
	assert_string_equal(string(row, "text"), "it drifts");
	assert_float_equal(number(row, "at_s"), 2, 0);
	/* what begins with the run has a time; what is about all of it has none */
	row = json_array_get(json_object_get(result, "findings"), 1);
	assert_float_equal(number(row, "at_s"), 0, 0);
	row = json_array_get(json_object_get(result, "findings"), 2);
	assert_true(json_is_null(json_object_get(row, "at_s")));
	row = json_array_get(json_object_get(result, "marks"), 0);
	assert_string_equal(string(row, "text"), "a note");
	assert_true(json_is_object(json_object_get(result, "generator")));
	row = json_object_get(result, "config");
	assert_true(json_is_object(json_object_get(row, "panels")));
	assert_true(json_is_null(json_object_get(json_object_get(row, "load"), "target_rps")));
	assert_true(json_is_object(json_object_get(result, "monitor")));
	assert_true(json_is_array(json_object_get(result, "classes")));
	assert_true(json_is_array(json_object_get(result, "phases")));
	assert_true(number(json_object_get(result, "series"), "count") >= 4);
	json_decref(result);
}

static void what_was_not_measured_is_null(void **state)
{
	struct fixture *fixture = *state;
	json_t *result;
	const json_t *p50;

	fixture->config.files.json_file = "run.json";
	open_output(fixture);
	start(fixture);
	tick(fixture, 2 * SEC);
	assert_int_equal(finish(fixture, 2 * SEC), 0);
	result = load("run.json");
	p50 = json_object_get(json_object_get(result, "series"), "p50_us");
	assert_int_equal(json_array_size(p50), 2);
	assert_true(json_is_null(json_array_get(p50, 0)));
	assert_true(json_is_null(json_object_get(
		json_object_get(json_object_get(result, "config"), "load"), "duration_s")));
	json_decref(result);
}

static void panels_have_a_file_and_a_place_in_the_result(void **state)
{
	struct fixture *fixture = *state;
	struct reading reading = { .at_ns = START + SEC,
				   .source = READING_DOCKER,
				   .value = 42.5,
				   .name = "eucora-api",
				   .metric = "cpu_pct" };
	char text[1024];
	json_t *result;
	const json_t *metrics;

	fixture->scenario->panels.docker = true;
	fixture->config.files.csv_prefix = "run";
	fixture->config.files.json_file = "run.json";
	open_output(fixture);
	start(fixture);
	output_reading(fixture->output, &reading);
	tick(fixture, 2 * SEC);
	reading.at_ns += SEC;
	output_reading(fixture->output, &reading);
	assert_int_equal(finish(fixture, 3 * SEC), 0);
	slurp("run_monitor.csv", text, sizeof(text));
	assert_string_equal(text,
			    "Time,Elapsed,Source,Name,Metric,Value\r\n"
			    "2026-11-23T07:56:23.920Z,1.000,docker,eucora-api,cpu_pct,42.5\r\n"
			    "2026-11-23T07:56:24.920Z,2.000,docker,eucora-api,cpu_pct,42.5\r\n");
	result = load("run.json");
	metrics = json_object_get(json_object_get(result, "monitor"), "metrics");
	assert_float_equal(number(json_array_get(metrics, 0), "count"), 2, 0);
	json_decref(result);
}

static void without_panels_there_is_no_monitor_file(void **state)
{
	struct fixture *fixture = *state;

	fixture->config.files.csv_prefix = "run";
	play(fixture);
	assert_int_equal(finish(fixture, 4 * SEC), 0);
	assert_int_not_equal(access("run_monitor.csv", F_OK), 0);
}

static void the_history_ends_with_the_last_request(void **state)
{
	struct fixture *fixture = *state;
	char text[8192], *last;

	fixture->config.files.csv_prefix = "run";
	play(fixture);
	request(fixture, 4 * SEC + SEC / 5, false);
	assert_int_equal(finish(fixture, 5 * SEC), 0);
	slurp("run_stats_history.csv", text, sizeof(text));
	assert_int_equal(strncmp(text, "Timestamp,User Count,", 21), 0);
	text[strlen(text) - 2] = '\0';
	last = strrchr(text, '\n') + 1;
	assert_int_equal(strncmp(last, "1795420587,", 11), 0);
	assert_non_null(strstr(last, ",6,1,2,")); /* requests, failures, median */
	slurp("run_stats.csv", text, sizeof(text));
	assert_non_null(strstr(text, "\r\n,Aggregated,6,1,"));
	slurp("run_failures.csv", text, sizeof(text));
	assert_string_equal(text, "Method,Name,Error,Occurrences\r\n"
				  "POST,/endpoint/0001,HTTPError('503 Service Unavailable'),1\r\n");
	slurp("run_exceptions.csv", text, sizeof(text));
	assert_string_equal(text, "Count,Message,Traceback,Nodes\r\n");
}

static void a_run_whose_setup_failed_leaves_files_that_say_so(void **state)
{
	struct fixture *fixture = *state;
	char text[8192];
	json_t *result;

	fixture->config.files.csv_prefix = "run";
	fixture->config.files.json_file = "run.json";
	open_output(fixture);
	fixture->view.over = true;
	fixture->view.end = RUN_END_SETUP;
	fixture->view.setup_problem = "connection refused";
	assert_int_equal(output_finish(fixture->output, &fixture->view), 0);
	result = load("run.json");
	assert_string_equal(string(result, "end"), "setup");
	assert_string_equal(string(result, "problem"), "connection refused");
	assert_true(json_is_null(json_object_get(result, "started")));
	json_decref(result);
	slurp("run_stats.csv", text, sizeof(text));
	assert_non_null(strstr(text, ",Aggregated,0,0,"));
	slurp("run_stats_history.csv", text, sizeof(text));
	assert_null(strstr(text, "Aggregated"));
}

/* In a process of its own: tick until a state with requests is on the disk, then die. */
static void die_in_the_middle(struct fixture *fixture)
{
	open_output(fixture);
	start(fixture);
	for (uint64_t i = 1; i < 5000; i++) {
		json_t *result;
		bool there;

		request(fixture, i * MS, true);
		tick(fixture, i * MS);
		result = json_load_file("run.json", 0, NULL);
		there = result != NULL && access("run_failures.csv", F_OK) == 0 &&
			number(json_object_get(result, "totals"), "requests") >= 20;
		json_decref(result);
		if (there)
			raise(SIGKILL);
		clock_sleep_ns(MS);
	}
	_exit(9);
}

static void a_kill_leaves_whole_files(void **state)
{
	struct fixture *fixture = *state;
	char text[65536];
	json_t *result;
	int status;
	pid_t pid;

	fixture->config.files.csv_prefix = "run";
	fixture->config.files.json_file = "run.json";
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		die_in_the_middle(fixture);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	result = load("run.json");
	assert_string_equal(string(result, "state"), "running");
	assert_true(number(json_object_get(result, "totals"), "requests") >= 20);
	json_decref(result);
	for (size_t i = 0; i < 3; i++) {
		static const char *const FILES[] = { "run_stats.csv", "run_failures.csv",
						     "run_stats_history.csv" };
		size_t len;

		slurp(FILES[i], text, sizeof(text));
		len = strlen(text);
		assert_true(len > 2);
		assert_string_equal(text + len - 2, "\r\n");
	}
	/* the writer may have died between making a temporary file and its name */
	if (system("rm -f *.tmp") != 0)
		fail();
}

static void reports_hold_all_runs_of_a_command(void **state)
{
	struct fixture *fixture = *state;
	struct report *report = report_new();
	char text[65536];

	fixture->config.files.report_file = "report.md";
	fixture->config.files.html_file = "report.html";
	fixture->config.files.report = report;
	fixture->config.scenario_count = 2;
	play(fixture);
	assert_int_equal(finish(fixture, 4 * SEC), 0);
	output_free(fixture->output);
	fixture->output = NULL;
	fixture->config.scenario_index = 1;
	open_output(fixture);
	start(fixture);
	assert_int_equal(finish(fixture, SEC), 0);
	slurp("report.md", text, sizeof(text));
	assert_non_null(strstr(text, "## 1. scene — ✗ FAIL"));
	assert_non_null(strstr(text, "## 2. scene — ✗ FAIL"));
	assert_int_equal(access("report-1-scene.svg", F_OK), 0);
	assert_int_equal(access("report.html", F_OK), 0);
	report_free(report);
}

static void files_of_an_earlier_run_are_refused(void **state)
{
	struct fixture *fixture = *state;
	struct error err;

	fixture->config.files.json_file = "run.json";
	play(fixture);
	assert_int_equal(finish(fixture, 4 * SEC), 0);
	output_free(fixture->output);
	fixture->output = NULL;
	assert_int_equal(output_new(&fixture->output, &fixture->config, &err), -EEXIST);
	assert_null(fixture->output);
	fixture->config.files.overwrite = true;
	open_output(fixture);
}

/* The history cannot be written; the result and the report, which can, say so. */
static void a_file_that_cannot_be_written_is_named_in_those_that_can(void **state)
{
	struct fixture *fixture = *state;
	char text[65536];
	json_t *result;

	fixture->config.files.csv_prefix = "sub/run";
	fixture->config.files.json_file = "run.json";
	fixture->config.files.report_file = "report.md";
	assert_int_equal(mkdir("sub", 0700), 0);
	open_output(fixture);
	assert_int_equal(rmdir("sub"), 0);
	assert_int_equal(close(open("sub", O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
	start(fixture);
	for (uint64_t i = 1; output_problem(fixture->output)[0] == '\0'; i++) {
		assert_true(i < 10000);
		tick(fixture, i * MS);
		clock_sleep_ns(MS);
	}
	assert_int_equal(finish(fixture, 20 * SEC), -ENOTDIR);
	result = load("run.json");
	assert_non_null(strstr(string(result, "files_problem"), ": Not a directory"));
	json_decref(result);
	slurp("report.md", text, sizeof(text));
	assert_non_null(
		strstr(text, "A result file could not be written as it should be: sub/run"));
	assert_int_equal(unlink("sub"), 0);
}

/* The directory goes away under the run. */
static void finish_tells_what_could_not_be_written(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(mkdir("sub", 0700), 0);
	fixture->config.files.json_file = "sub/run.json";
	open_output(fixture);
	assert_int_equal(rmdir("sub"), 0);
	assert_int_equal(close(open("sub", O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
	start(fixture);
	assert_int_equal(finish(fixture, SEC), -ENOTDIR);
	assert_string_equal(output_problem(fixture->output), "sub/run.json: Not a directory");
	assert_int_equal(unlink("sub"), 0);
}

static void tables_are_locusts(void **state)
{
	struct fixture *fixture = *state;

	fixture->config.table_width = 120;
	play(fixture);
	assert_non_null(strstr(output_table(fixture->output, &fixture->view, false),
			       "Aggregated                                 5    1(20.00%)"));
	assert_null(strstr(output_table(fixture->output, &fixture->view, false), "Error report"));
	assert_non_null(strstr(output_table(fixture->output, &fixture->view, true),
			       "1                  POST /endpoint/0001: HTTPError('503 Service "
			       "Unavailable')"));
	assert_int_equal(finish(fixture, 4 * SEC), 0);
}

static void a_reset_zeroes_locusts_rows(void **state)
{
	struct fixture *fixture = *state;
	char text[8192];

	fixture->config.files.csv_prefix = "run";
	play(fixture);
	set_now(fixture, 4 * SEC);
	stats_reset(fixture->stats, fixture->view.now_ns);
	output_reset(fixture->output, &fixture->view);
	request(fixture, 5 * SEC, false);
	assert_int_equal(finish(fixture, 6 * SEC), 0);
	slurp("run_stats.csv", text, sizeof(text));
	assert_non_null(strstr(text, "\r\nPOST,/endpoint/0001,0,0,0,0.0,"));
	assert_non_null(strstr(text, "\r\n,Aggregated,1,0,2,2.0,2.0,2.0,12.0,1.0,0.0,"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(the_result_has_the_promised_names_and_figures),
		TEST(what_was_not_measured_is_null),
		TEST(panels_have_a_file_and_a_place_in_the_result),
		TEST(without_panels_there_is_no_monitor_file),
		TEST(the_history_ends_with_the_last_request),
		TEST(a_run_whose_setup_failed_leaves_files_that_say_so),
		TEST(a_kill_leaves_whole_files),
		TEST(reports_hold_all_runs_of_a_command),
		TEST(files_of_an_earlier_run_are_refused),
		TEST(a_file_that_cannot_be_written_is_named_in_those_that_can),
		TEST(finish_tells_what_could_not_be_written),
		TEST(tables_are_locusts),
		TEST(a_reset_zeroes_locusts_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
