/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/error.h"
#include "base/mem.h"
#include "record/report.h"

#define RESULT TEST_SRCDIR "/fixtures/results/deployments.json"
#define GOLDEN TEST_SRCDIR "/golden/report.md"

static char *slurp(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = mem_new((size_t)1024 * 1024);

	if (file == NULL)
		fail_msg("cannot open %s", path);
	text[fread(text, 1, (size_t)1024 * 1024 - 1, file)] = '\0';
	fclose(file);
	return text;
}

static json_t *fixture(void)
{
	json_error_t err;
	json_t *result = json_load_file(RESULT, 0, &err);

	if (result == NULL)
		fail_msg("%s:%d: %s", RESULT, err.line, err.text);
	return result;
}

static struct report *report_of(json_t *result, unsigned times)
{
	struct report *report = report_new();

	for (unsigned i = 0; i < times; i++)
		report_add(report, result);
	json_decref(result);
	return report;
}

/* To accept a change: run with THRONG_UPDATE_GOLDEN set, look at the difference. */
static void markdown_is_the_golden_one(void **state)
{
	struct report *report = report_of(fixture(), 1);
	struct error err;
	char *text, *golden;

	(void)state;
	assert_int_equal(report_write_markdown(report, "test_report.md", &err), 0);
	text = slurp("test_report.md");
	if (getenv("THRONG_UPDATE_GOLDEN") != NULL) {
		FILE *file = fopen(GOLDEN, "w");

		assert_non_null(file);
		fputs(text, file);
		fclose(file);
	}
	golden = slurp(GOLDEN);
	assert_string_equal(text, golden);
	free(text);
	free(golden);
	report_free(report);
	unlink("test_report.md");
	unlink("test_report-1-concurrent-deployments.svg");
}

static void every_table_row_has_as_many_cells_as_its_head(void **state)
{
	struct report *report = report_of(fixture(), 1);
	struct error err;
	char *text, *rest, *line;
	size_t cells = 0, tables = 0;

	(void)state;
	assert_int_equal(report_write_markdown(report, "test_report_cells.md", &err), 0);
	text = rest = slurp("test_report_cells.md");
	while ((line = strsep(&rest, "\n")) != NULL) {
		size_t bars = 0;

		for (const char *c = line; *c != '\0'; c++)
			bars += *c == '|' && (c == line || c[-1] != '\\');
		if (line[0] != '|') {
			cells = 0;
			continue;
		}
		tables += cells == 0;
		if (cells != 0 && bars != cells)
			fail_msg("%zu bars, not %zu: %s", bars, cells, line);
		cells = bars;
	}
	assert_true(tables >= 8);
	free(text);
	report_free(report);
	unlink("test_report_cells.md");
	unlink("test_report_cells-1-concurrent-deployments.svg");
}

static void drawings_stand_beside_the_markdown_and_are_linked(void **state)
{
	struct report *report = report_of(fixture(), 2);
	struct error err;
	char *text, *svg;

	(void)state;
	assert_int_equal(report_write_markdown(report, "test_report_dir/out.md", &err), 0);
	text = slurp("test_report_dir/out.md");
	assert_non_null(strstr(text, "](out-1-concurrent-deployments.svg)"));
	assert_non_null(strstr(text, "](out-2-concurrent-deployments.svg)"));
	assert_non_null(strstr(text, "## 2. Concurrent deployments — ✗ FAIL"));
	svg = slurp("test_report_dir/out-2-concurrent-deployments.svg");
	assert_non_null(strstr(svg, "<svg xmlns="));
	assert_non_null(strstr(svg, "cache flushed &lt;by hand&gt;"));
	free(svg);
	free(text);
	report_free(report);
	unlink("test_report_dir/out.md");
	unlink("test_report_dir/out-1-concurrent-deployments.svg");
	unlink("test_report_dir/out-2-concurrent-deployments.svg");
	rmdir("test_report_dir");
}

static void html_is_one_page_that_loads_nothing(void **state)
{
	static const char *const LOADS[] = { "src=",    "href=",   "url(",    "@import",
					     "<script", "<iframe", "<object", "xlink" };
	struct report *report = report_of(fixture(), 1);
	struct error err;
	char *text;

	(void)state;
	assert_int_equal(report_write_html(report, "test_report.html", &err), 0);
	text = slurp("test_report.html");
	for (size_t i = 0; i < sizeof(LOADS) / sizeof(LOADS[0]); i++) {
		if (strstr(text, LOADS[i]) != NULL)
			fail_msg("the page holds %s", LOADS[i]);
	}
	assert_non_null(strstr(text, "<svg class=\"tc\""));
	assert_non_null(strstr(text, "/api/a|b`c&lt;script&gt;"));
	assert_non_null(strstr(text, "prefers-color-scheme"));
	assert_non_null(strstr(text, "</html>"));
	free(text);
	report_free(report);
	unlink("test_report.html");
}

static void an_invalid_or_unbegun_run_says_why(void **state)
{
	json_t *result = fixture();
	struct report *report;
	struct error err;
	char *text;

	(void)state;
	json_object_set_new(result, "verdict", json_string("INVALID"));
	json_object_set_new(result, "problem", json_string("the health check answered 503"));
	json_object_set_new(json_object_get(result, "generator"), "limited", json_true());
	json_object_set_new(json_object_get(result, "generator"), "reason",
			    json_string("loop lag 80 ms"));
	report = report_of(result, 1);
	assert_int_equal(report_write_markdown(report, "test_report_bad.md", &err), 0);
	text = slurp("test_report_bad.md");
	assert_non_null(strstr(text, "⚠ INVALID"));
	assert_non_null(strstr(text, "The load never began: the health check answered 503"));
	assert_non_null(strstr(text, "loop lag 80 ms"));
	free(text);
	report_free(report);
	unlink("test_report_bad.md");
	unlink("test_report_bad-1-concurrent-deployments.svg");
}

/* Nothing in a file of another version is taken for granted. */
static void a_result_with_nothing_in_it_makes_a_report(void **state)
{
	static const char *const RESULTS[] = {
		"{}",
		"{\"totals\": 7, \"series\": [], \"criteria\": {}, \"endpoints\": \"x\"}",
		"{\"series\": {\"count\": 1e300, \"step_s\": 1}, \"failures\": [1, null, {}]}",
		"{\"series\": {\"count\": 3, \"step_s\": 1, \"rps\": [1]}, \"marks\": [[]]}",
		"{\"config\": {\"load\": {\"stages\": [{}, 1]}, \"classes\": [null]}}",
	};
	struct report *report = report_new();
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(RESULTS) / sizeof(RESULTS[0]); i++) {
		json_t *result = json_loads(RESULTS[i], 0, NULL);

		assert_non_null(result);
		report_add(report, result);
		json_decref(result);
	}
	assert_int_equal(report_write_markdown(report, "test_report_none.md", &err), 0);
	assert_int_equal(report_write_html(report, "test_report_none.html", &err), 0);
	report_free(report);
	unlink("test_report_none.md");
	unlink("test_report_none.html");
	unlink("test_report_none-4.svg");
}

static void a_file_that_cannot_be_written_is_named(void **state)
{
	struct report *report = report_of(fixture(), 1);
	struct error err;

	(void)state;
	assert_int_equal(report_write_markdown(report, "/dev/null/x.md", &err), -ENOTDIR);
	assert_string_equal(err.text, "cannot write /dev/null/x.md: Not a directory");
	assert_int_equal(report_write_html(report, "/dev/null/x.html", &err), -ENOTDIR);
	report_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markdown_is_the_golden_one),
		cmocka_unit_test(every_table_row_has_as_many_cells_as_its_head),
		cmocka_unit_test(drawings_stand_beside_the_markdown_and_are_linked),
		cmocka_unit_test(html_is_one_page_that_loads_nothing),
		cmocka_unit_test(an_invalid_or_unbegun_run_says_why),
		cmocka_unit_test(a_result_with_nothing_in_it_makes_a_report),
		cmocka_unit_test(a_file_that_cannot_be_written_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
