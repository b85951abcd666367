/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "scenario/csvread.h"
#include "scenario/data.h"
#include "scenario/names.h"
#include "scenario/scenario.h"
#include "scenario/vars.h"
#include "scenario_text.h"
#include "tempdir.h"

/* ---- records ----------------------------------------------------------------------------- */

struct collected {
	char text[300];
	size_t len;
};

static void collect(const char *field, size_t len, void *arg)
{
	struct collected *to = arg;

	to->len += (size_t)snprintf(to->text + to->len, sizeof(to->text) - to->len, "<%.*s>",
				    (int)len, field);
}

static void records_are_read_as_rfc_4180_says(void **state)
{
	static const struct {
		const char *data;
		char delimiter;
		const char *want; /* fields in <>, "/" behind each record */
		enum csvread_result end;
		size_t line; /* of the last record */
	} cases[] = {
		{ "a,b\nc,d\n", ',', "<a><b>/<c><d>/", CSV_END, 3 },
		{ "a,b\r\nc,d\r\n", ',', "<a><b>/<c><d>/", CSV_END, 3 },
		{ "a,b", ',', "<a><b>/", CSV_END, 1 },
		{ "", ',', "", CSV_END, 1 },
		{ "\n\na\n\n\nb\n", ',', "<a>/<b>/", CSV_END, 7 },
		{ "\xef\xbb\xbf"
		  "a\n",
		  ',', "<a>/", CSV_END, 2 },
		{ ",\n", ',', "<><>/", CSV_END, 2 },
		{ "a,\n,b\n", ',', "<a><>/<><b>/", CSV_END, 3 },
		{ "\"a,b\",c\n", ',', "<a,b><c>/", CSV_END, 2 },
		{ "\"a\"\"b\"\n", ',', "<a\"b>/", CSV_END, 2 },
		{ "\"\",x\n", ',', "<><x>/", CSV_END, 2 },
		{ "\"two\nlines\",x\ny,z\n", ',', "<two\nlines><x>/<y><z>/", CSV_END, 4 },
		{ " a , b \n", ',', "< a >< b >/", CSV_END, 2 },
		{ "a;b,c\n", ';', "<a><b,c>/", CSV_END, 2 },
		{ "a\rb\n", ',', "<a\rb>/", CSV_END, 2 },
		{ "ok\n\"open\n", ',', "<ok>/", CSV_OPEN_QUOTE, 2 },
		{ "ok\n\"a\"b\n", ',', "<ok>/", CSV_STRAY_QUOTE, 2 },
		{ "ok\na\"b\n", ',', "<ok>/", CSV_STRAY_QUOTE, 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct collected got = { .len = 0 };
		struct csvread csv;
		enum csvread_result result;

		csvread_init(&csv, cases[i].data, strlen(cases[i].data), cases[i].delimiter);
		while ((result = csvread_next(&csv, collect, &got)) == CSV_RECORD)
			got.len += (size_t)snprintf(got.text + got.len, sizeof(got.text) - got.len,
						    "/");
		if (strcmp(got.text, cases[i].want) != 0)
			fail_msg("%s: %s, wanted %s", cases[i].data, got.text, cases[i].want);
		assert_int_equal(result, cases[i].end);
		assert_int_equal(csv.line, cases[i].line);
	}
}

/* ---- rows -------------------------------------------------------------------------------- */

/* stride as the loader chooses it for 100 users and these rows */
static struct data_set set_of(enum data_order order, size_t rows, size_t stride)
{
	return (struct data_set){ .order = order, .row_count = rows, .stride = stride };
}

static void sequential_rows_are_read_from_the_top_by_all_users_together(void **state)
{
	struct data_set set = set_of(DATA_SEQUENTIAL, 1001, 100);
	size_t row;

	(void)state;
	for (uint64_t iteration = 0; iteration < 10; iteration++) {
		for (uint64_t user = 0; user < 100; user++) {
			assert_int_equal(data_row(&set, user, iteration, NULL, &row), 0);
			assert_int_equal(row, iteration * 100 + user);
		}
	}
	assert_int_equal(data_row(&set, 5, 10, NULL, &row), 0);
	assert_int_equal(row, (1005) % 1001);
}

static void each_user_comes_by_every_sequential_row(void **state)
{
	struct data_set set = set_of(DATA_SEQUENTIAL, 50, 101);
	unsigned seen[50] = { 0 };
	size_t row;

	(void)state;
	for (uint64_t iteration = 0; iteration < 50; iteration++) {
		assert_int_equal(data_row(&set, 7, iteration, NULL, &row), 0);
		seen[row]++;
	}
	for (size_t i = 0; i < 50; i++)
		assert_int_equal(seen[i], 1);
}

static void huge_numbers_stay_within_the_rows(void **state)
{
	struct data_set set = set_of(DATA_SEQUENTIAL, 999983, 1000003);
	size_t row;

	(void)state;
	assert_int_equal(data_row(&set, UINT64_MAX, UINT64_MAX, NULL, &row), 0);
	assert_true(row < 999983);
}

static void random_rows_are_within_and_vary(void **state)
{
	struct data_set set = set_of(DATA_RANDOM, 10, 1);
	unsigned seen[10] = { 0 };
	struct rng rng;
	size_t row;

	(void)state;
	rng_seed(&rng, 1, 2);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(data_row(&set, 0, 0, &rng, &row), 0);
		seen[row]++;
	}
	for (size_t i = 0; i < 10; i++)
		assert_in_range(seen[i], 50, 150);
}

static void a_unique_row_is_the_users_own_and_ends_with_the_rows(void **state)
{
	struct data_set set = set_of(DATA_UNIQUE, 10, 1);
	size_t row = 99;

	(void)state;
	assert_int_equal(data_row(&set, 9, 123, NULL, &row), 0);
	assert_int_equal(row, 9);
	assert_int_equal(data_row(&set, 10, 0, NULL, &row), -ENODATA);
	assert_int_equal(row, 9);
}

/* ---- binding, through the loader --------------------------------------------------------- */

static const char *value_of(const struct scenario *s, const struct vars *vars, const char *name)
{
	unsigned slot;
	size_t len;

	assert_int_equal(names_find(s->names, name, &slot), 0);
	return vars_get(vars, slot, &len);
}

static struct scenario *load_with_rows(const char *dir)
{
	static const char text[] =
		"{\"target\":\"http://localhost\",\"load\":{\"users\":2},"
		"\"data\":{\"own\":{\"file\":\"rows.csv\",\"order\":\"unique\"},\"all\":\"rows."
		"csv\"},"
		"\"users\":{\"U\":{\"tasks\":{\"t\":{\"get\":\"/{{own.name}}/{{all.name}}\"}}}}}";
	struct errors *errs = errors_new();
	struct scenario *scenario;

	assert_int_equal(scenario_parse(&scenario, "t.json", dir, text, strlen(text), NULL, errs),
			 0);
	errors_free(errs);
	return scenario;
}

static void rows_reach_the_variables_of_a_user(void **state)
{
	struct tempdir dir;
	struct scenario *s;
	struct vars *vars;
	struct rng rng;
	char *path;
	FILE *out;

	(void)state;
	tempdir_init(&dir);
	path = tempdir_path(&dir, "rows.csv");
	out = fopen(path, "w");
	assert_non_null(out);
	fputs("name,unused\nann,1\nbob,2\ncat,3\n", out);
	fclose(out);
	s = load_with_rows(dir.path);
	assert_int_equal(s->data_count, 2);
	assert_int_equal(s->data[0].row_count, 3);
	assert_int_equal(s->data[0].slots[1], DATA_COLUMN_UNUSED);
	assert_int_equal(s->data[1].stride, 2);
	assert_int_equal(s->load.max_users, 3); /* no user without a row of its own */

	vars = vars_new(names_count(s->names));
	rng_seed(&rng, 1, 1);
	assert_int_equal(data_bind(s->data, s->data_count, 1, 0, &rng, vars), 0);
	assert_string_equal(value_of(s, vars, "own.name"), "bob");
	assert_string_equal(value_of(s, vars, "all.name"), "bob");
	assert_int_equal(data_bind(s->data, s->data_count, 1, 1, &rng, vars), 0);
	assert_string_equal(value_of(s, vars, "own.name"), "bob");
	assert_string_equal(value_of(s, vars, "all.name"), "ann");
	assert_int_equal(data_bind(s->data, s->data_count, 3, 0, &rng, vars), -ENODATA);
	assert_null(value_of(s, vars, "own.name"));
	assert_string_equal(value_of(s, vars, "all.name"), "ann");
	vars_free(vars);
	scenario_free(s);
	free(path);
	tempdir_fini(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_read_as_rfc_4180_says),
		cmocka_unit_test(sequential_rows_are_read_from_the_top_by_all_users_together),
		cmocka_unit_test(each_user_comes_by_every_sequential_row),
		cmocka_unit_test(huge_numbers_stay_within_the_rows),
		cmocka_unit_test(random_rows_are_within_and_vary),
		cmocka_unit_test(a_unique_row_is_the_users_own_and_ends_with_the_rows),
		cmocka_unit_test(rows_reach_the_variables_of_a_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
