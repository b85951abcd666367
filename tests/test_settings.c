/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
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
#include "cli/settings.h"
#include "message/settings.h"

static char folder[64];

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/throng-settings-XXXXXX");
	return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/throng/config.json", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/throng", folder);
	rmdir(path);
	return rmdir(folder);
}

static void what_is_saved_is_found_again(void **state)
{
	struct console_settings out, in = { .theme = "light",
					    .sort = "p99",
					    .sort_reverse = true,
					    .whole = true,
					    .span_s = 600,
					    .hidden = { "containers", "marks" } };
	struct error err = { 0 };
	char *path;

	(void)state;
	setenv("XDG_CONFIG_HOME", folder, 1);
	path = settings_path();
	assert_non_null(strstr(path, "/throng/config.json"));
	assert_int_equal(settings_save(path, &in), 0);
	assert_int_equal(settings_load(path, &out, &err), 0);
	assert_string_equal(out.theme, "light");
	assert_string_equal(out.sort, "p99");
	assert_true(out.sort_reverse);
	assert_true(out.whole);
	assert_false(out.whole_span);
	assert_int_equal(out.span_s, 600);
	assert_string_equal(out.hidden[0], "containers");
	assert_string_equal(out.hidden[1], "marks");
	assert_string_equal(out.hidden[2], "");
	free(path);
}

static void no_file_means_the_defaults(void **state)
{
	struct console_settings out = { .span_s = 9 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(settings_load("/nonexistent/config.json", &out, &err), 0);
	assert_int_equal(out.span_s, 0);
	assert_string_equal(err.text, "");
}

static void what_is_wrong_is_named_and_the_rest_is_taken(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "{ \"theme\": 3, \"sort\": \"rps\" }", "theme: not a value for this key" },
		{ "{ \"colour\": 3, \"sort\": \"rps\" }", "colour: unknown key" },
		{ "{ \"chart_seconds\": -1, \"sort\": \"rps\" }", "chart_seconds: not a value" },
		{ "{ \"hidden_panes\": [1], \"sort\": \"rps\" }", "hidden_panes: not a value" },
		{ "{ \"theme\": \"a name that is far too long for it\", \"sort\": \"rps\" }",
		  "theme: not a value" },
	};
	char path[128];
	size_t i;

	(void)state;
	snprintf(path, sizeof(path), "%s/throng/config.json", folder);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct console_settings out;
		struct error err = { 0 };

		assert_int_equal(outfile_replace(path, cases[i].text, strlen(cases[i].text)), 0);
		assert_int_equal(settings_load(path, &out, &err), -EINVAL);
		assert_non_null(strstr(err.text, cases[i].says));
		assert_string_equal(out.sort, "rps");
	}
}

static void a_broken_file_is_no_reason_to_stop(void **state)
{
	struct console_settings out;
	struct error err = { 0 };
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/throng/config.json", folder);
	assert_int_equal(outfile_replace(path, "{ \"theme\": ", 11), 0);
	assert_int_equal(settings_load(path, &out, &err), -EINVAL);
	assert_non_null(strstr(err.text, "default settings are taken"));
	assert_int_equal(outfile_replace(path, "[]", 2), 0);
	assert_int_equal(settings_load(path, &out, &err), -EINVAL);
}

static void the_file_lies_where_the_specification_says(void **state)
{
	char *path;

	(void)state;
	setenv("XDG_CONFIG_HOME", "relative/ignored", 1);
	setenv("HOME", "/home/somebody", 1);
	path = settings_path();
	assert_string_equal(path, "/home/somebody/.config/throng/config.json");
	free(path);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("HOME");
	assert_null(settings_path());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_saved_is_found_again),
		cmocka_unit_test(no_file_means_the_defaults),
		cmocka_unit_test(what_is_wrong_is_named_and_the_rest_is_taken),
		cmocka_unit_test(a_broken_file_is_no_reason_to_stop),
		cmocka_unit_test(the_file_lies_where_the_specification_says),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
