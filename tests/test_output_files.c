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
#include "base/outfile.h"
#include "record/output_files.h"
#include "record/recorder.h"

static int enter(void **state)
{
	static char dir[] = "test_output_files.XXXXXX";

	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	*state = dir;
	return mkdtemp(dir) == NULL || chdir(dir) != 0 ? -1 : 0;
}

static int leave(void **state)
{
	static const char *const NAMES[] = { "run_stats.csv",    "run_failures.csv", "run.json",
					     "report.md",        "new/dir/",         "new/",
					     "results/run.json", "results" };

	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		if (unlink(NAMES[i]) != 0)
			rmdir(NAMES[i]);
	}
	return chdir("..") != 0 || rmdir(*state) != 0 ? -1 : 0;
}

static void touch(const char *path)
{
	assert_int_equal(outfile_replace(path, "old", 3), 0);
}

static void nothing_wanted_is_fine(void **state)
{
	struct recorder_outputs files = { .csv_prefix = NULL };
	struct error err;

	(void)state;
	assert_int_equal(output_files_check(&files, true, &err), 0);
}

static void missing_directories_are_made(void **state)
{
	struct recorder_outputs files = { .csv_prefix = "new/dir/run" };
	struct error err;
	struct stat st;

	(void)state;
	assert_int_equal(output_files_check(&files, true, &err), 0);
	assert_int_equal(stat("new/dir", &st), 0);
	assert_true(S_ISDIR(st.st_mode));
}

static void a_file_of_an_earlier_run_is_an_error_unless_overwrite(void **state)
{
	struct recorder_outputs files = { .csv_prefix = "run" };
	struct error err;

	(void)state;
	touch("run_failures.csv");
	assert_int_equal(output_files_check(&files, true, &err), -EEXIST);
	assert_non_null(strstr(err.text, "run_failures.csv exists already"));
	assert_non_null(strstr(err.text, "--overwrite"));
	files.overwrite = true;
	assert_int_equal(output_files_check(&files, true, &err), 0);
}

static void every_kind_of_output_is_looked_at(void **state)
{
	struct recorder_outputs files = { .json_file = "run.json" };
	struct error err;

	(void)state;
	touch("run.json");
	assert_int_equal(output_files_check(&files, true, &err), -EEXIST);
	files = (struct recorder_outputs){ .failures_file = "run.json" };
	assert_int_equal(output_files_check(&files, true, &err), -EEXIST);
	files = (struct recorder_outputs){ .html_file = "run.json" };
	assert_int_equal(output_files_check(&files, true, &err), -EEXIST);
}

static void reports_of_several_scenarios_are_one_file(void **state)
{
	struct recorder_outputs files = { .report_file = "report.md" };
	struct error err;

	(void)state;
	touch("report.md");
	assert_int_equal(output_files_check(&files, true, &err), -EEXIST);
	assert_int_equal(output_files_check(&files, false, &err), 0);
}

static void a_directory_in_the_way_and_a_name_given_twice_are_errors(void **state)
{
	struct recorder_outputs files = { .json_file = "results", .overwrite = true };
	struct error err;

	(void)state;
	assert_int_equal(mkdir("results", 0700), 0);
	assert_int_equal(output_files_check(&files, true, &err), -EINVAL);
	assert_non_null(strstr(err.text, "is a directory"));
	files.json_file = "results/";
	assert_int_equal(output_files_check(&files, true, &err), -EINVAL);
	files = (struct recorder_outputs){ .json_file = "a", .report_file = "a" };
	assert_int_equal(output_files_check(&files, true, &err), -EINVAL);
	assert_string_equal(err.text, "a is named for two outputs");
}

static void a_file_where_a_directory_should_be_is_named(void **state)
{
	struct recorder_outputs files = { .json_file = "run.json/x" };
	struct error err;

	(void)state;
	touch("run.json");
	assert_int_equal(output_files_check(&files, true, &err), -ENOTDIR);
	assert_string_equal(err.text, "cannot write run.json/x: Not a directory");
}

static void devices_and_pipes_are_written_to(void **state)
{
	struct recorder_outputs files = { .json_file = "/dev/null" };
	struct error err;

	(void)state;
	assert_int_equal(output_files_check(&files, true, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)
		TEST(nothing_wanted_is_fine),
		TEST(missing_directories_are_made),
		TEST(a_file_of_an_earlier_run_is_an_error_unless_overwrite),
		TEST(every_kind_of_output_is_looked_at),
		TEST(reports_of_several_scenarios_are_one_file),
		TEST(a_directory_in_the_way_and_a_name_given_twice_are_errors),
		TEST(a_file_where_a_directory_should_be_is_named),
		TEST(devices_and_pipes_are_written_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
