/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

static void an_error_is_a_sentence_without_a_place(void **state)
{
	struct error err;

	(void)state;
	memset(&err, 'x', sizeof(err));
	error_set(&err, "port %d is not within %d–%d", 70000, 1, 65535);
	assert_string_equal(err.text, "port 70000 is not within 1–65535");
	assert_string_equal(err.file, "");
	assert_string_equal(err.path, "");
	assert_int_equal(err.line, 0);
	error_set(NULL, "nobody %s", "listens");
}

static void a_long_or_hostile_text_is_cut_clean(void **state)
{
	struct error err;
	char source[3000];

	(void)state;
	error_set(&err, "unknown key \"%s\"", "a\x1b[2Jb\nc");
	assert_string_equal(err.text, "unknown key \"a\xef\xbf\xbd[2Jb c\"");
	/* 1,023 is no multiple of two: the last character must not be halved. */
	for (size_t i = 0; i < sizeof(source) - 2; i += 2)
		memcpy(source + i, "\xc3\xa9", 2);
	source[sizeof(source) - 2] = '\0';
	error_set(&err, "%s", source);
	assert_int_equal(strlen(err.text), 1022);
	assert_memory_equal(err.text + 1020, "\xc3\xa9", 3);
}

static void the_place_is_written_as_far_as_it_is_known(void **state)
{
	static const struct {
		struct error err;
		const char *text;
	} cases[] = {
		{ { "a.json", 3, "users.U.wait", "bad" }, "a.json:3: users.U.wait: bad" },
		{ { "a.json", 0, "users.U.wait", "bad" }, "a.json: users.U.wait: bad" },
		{ { "a.json", 3, "", "bad" }, "a.json:3: bad" },
		{ { "a.json", 0, "", "bad" }, "a.json: bad" },
		{ { "", 3, "users", "bad" }, "users: bad" },
		{ { "", 0, "", "bad" }, "bad" },
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		error_format(&cases[i].err, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
	error_format(&cases[0].err, text, 8);
	assert_string_equal(text, "a.json:");
}

static void errors_are_kept_in_order_as_copies(void **state)
{
	struct errors *errs = errors_new();
	char file[] = "a.json", path[] = "load.users";

	(void)state;
	assert_int_equal(errors_count(errs), 0);
	assert_null(errors_at(errs, 0));
	errors_add(errs, file, 2, path, "first %d", 1);
	errors_add(errs, NULL, 0, NULL, "second");
	memset(file, 'z', sizeof(file) - 1);
	memset(path, 'z', sizeof(path) - 1);
	assert_int_equal(errors_count(errs), 2);
	assert_string_equal(errors_at(errs, 0)->file, "a.json");
	assert_string_equal(errors_at(errs, 0)->path, "load.users");
	assert_string_equal(errors_at(errs, 0)->text, "first 1");
	assert_int_equal(errors_at(errs, 0)->line, 2);
	assert_string_equal(errors_at(errs, 1)->file, "");
	assert_string_equal(errors_at(errs, 1)->text, "second");
	assert_null(errors_at(errs, 2));
	errors_free(errs);
	errors_free(NULL);
}

static void past_the_most_they_are_counted_and_said(void **state)
{
	struct errors *errs = errors_new();
	char *out = NULL, *at;
	size_t size = 0, lines = 0;
	FILE *stream;

	(void)state;
	for (int i = 0; i < ERRORS_MAX + 44; i++)
		errors_add(errs, "a.json", i + 1, NULL, "error %d", i);
	assert_int_equal(errors_count(errs), ERRORS_MAX + 44);
	assert_non_null(errors_at(errs, ERRORS_MAX - 1));
	assert_null(errors_at(errs, ERRORS_MAX));
	stream = open_memstream(&out, &size);
	assert_non_null(stream);
	errors_print(errs, stream);
	fclose(stream);
	for (at = out; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	assert_int_equal(lines, ERRORS_MAX + 1);
	assert_memory_equal(out, "a.json:1: error 0\n", 18);
	assert_non_null(strstr(out, "\nand 44 more errors\n"));
	free(out);
	errors_free(errs);
}

static void no_more_line_when_all_are_shown(void **state)
{
	struct errors *errs = errors_new();
	char *out = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&out, &size);

	(void)state;
	errors_add(errs, "a.json", 1, "x", "bad");
	errors_print(errs, stream);
	fclose(stream);
	assert_string_equal(out, "a.json:1: x: bad\n");
	free(out);
	errors_free(errs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_is_a_sentence_without_a_place),
		cmocka_unit_test(a_long_or_hostile_text_is_cut_clean),
		cmocka_unit_test(the_place_is_written_as_far_as_it_is_known),
		cmocka_unit_test(errors_are_kept_in_order_as_copies),
		cmocka_unit_test(past_the_most_they_are_counted_and_said),
		cmocka_unit_test(no_more_line_when_all_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
