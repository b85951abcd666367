/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/error.h"
#include "base/outfile.h"
#include "record/csv_table.h"

#define PATH "test_csv_table.csv"

static int read_text(struct csv_table **table, const char *text, struct error *err)
{
	int ret;

	assert_int_equal(outfile_replace(PATH, text, strlen(text)), 0);
	ret = csv_table_read(table, PATH, err);
	unlink(PATH);
	return ret;
}

static void fields_are_found_by_title(void **state)
{
	struct csv_table *table = NULL;
	struct error err;

	(void)state;
	assert_int_equal(read_text(&table,
				   "Type,Name,\"Request Count\"\r\n"
				   "GET,\"/a, \"\"q\"\"\",7\r\n"
				   "GET,short\r\n"
				   "GET,long,1,2,3\r\n",
				   &err),
			 0);
	assert_int_equal(csv_table_rows(table), 3);
	assert_string_equal(csv_table_text(table, 0, "Name"), "/a, \"q\"");
	assert_float_equal(csv_table_number(table, 0, "Request Count"), 7, 0);
	assert_string_equal(csv_table_text(table, 1, "Request Count"), "");
	assert_true(isnan(csv_table_number(table, 1, "Request Count")));
	assert_float_equal(csv_table_number(table, 2, "Request Count"), 1, 0);
	assert_string_equal(csv_table_text(table, 0, "No Such Title"), "");
	assert_true(csv_table_has(table, "Type"));
	assert_false(csv_table_has(table, "No Such Title"));
	csv_table_free(table);
}

static void titles_alone_are_no_rows(void **state)
{
	struct csv_table *table = NULL;
	struct error err;

	(void)state;
	assert_int_equal(read_text(&table, "Method,Name\r\n", &err), 0);
	assert_int_equal(csv_table_rows(table), 0);
	csv_table_free(table);
}

static void a_line_cut_off_by_a_kill_is_left_out(void **state)
{
	struct csv_table *table = NULL;
	struct error err;

	(void)state;
	assert_int_equal(read_text(&table, "a,b\r\n1,2\r\n3,\"unfini", &err), 0);
	assert_int_equal(csv_table_rows(table), 1);
	csv_table_free(table);
}

static void what_is_no_csv_is_told_with_its_line(void **state)
{
	struct csv_table *table = NULL;
	struct error err;

	(void)state;
	assert_int_equal(read_text(&table, "a,b\r\n\"x\"y,2\r\n1,2\r\n", &err), -EINVAL);
	assert_non_null(strstr(err.text, PATH ":2:"));
	assert_int_equal(read_text(&table, "", &err), -EINVAL);
	assert_non_null(strstr(err.text, "empty"));
	assert_int_equal(csv_table_read(&table, "no/such/file.csv", &err), -ENOENT);
	assert_string_equal(err.text, "cannot read no/such/file.csv: No such file or directory");
	assert_null(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_found_by_title),
		cmocka_unit_test(titles_alone_are_no_rows),
		cmocka_unit_test(a_line_cut_off_by_a_kill_is_left_out),
		cmocka_unit_test(what_is_no_csv_is_told_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
