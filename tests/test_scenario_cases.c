/* SPDX-License-Identifier: MIT */
/* A case is a folder: tests/scenarios/invalid/NAME holds scenario.json and expect.txt, the exact
 * text of all its errors; tests/scenarios/valid/NAME only has to load. */
#include "config.h"

#include "unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "scenario/plan.h"
#include "scenario/scenario.h"

#define INVALID_CASES_MIN 60

static char *read_text(const char *folder, const char *name, size_t *len)
{
	char *path = mem_printf("%s/%s", folder, name), *text;
	FILE *in = fopen(path, "re");

	if (!in)
		fail_msg("%s cannot be read", path);
	text = mem_new(1 << 20);
	*len = fread(text, 1, (1 << 20) - 1, in);
	fclose(in);
	free(path);
	return text;
}

/* All errors of a folder's scenario, one a line; "" when it loads. */
static void load_case(const char *folder, struct buf *out)
{
	struct errors *errs = errors_new();
	struct scenario *scenario = NULL;
	char line[1600];
	size_t len;
	char *text = read_text(folder, "scenario.json", &len);
	int rc = scenario_parse(&scenario, "scenario.json", folder, text, len, NULL, errs);

	assert_int_equal(rc == 0, errors_count(errs) == 0);
	for (size_t i = 0; i < errors_count(errs); i++) {
		error_format(errors_at(errs, i), line, sizeof(line));
		(void)buf_addf(out, "%s\n", line);
	}
	if (rc == 0) {
		struct buf plan;

		buf_init(&plan, 1 << 20);
		plan_print(scenario, &plan);
		assert_true(plan.len > 0);
		buf_fini(&plan);
	}
	scenario_free(scenario);
	errors_free(errs);
	free(text);
}

static void check_invalid(const char *folder, const char *name)
{
	struct buf found;
	size_t len;
	char *want = read_text(folder, "expect.txt", &len);

	buf_init(&found, 1 << 20);
	load_case(folder, &found);
	if (strcmp(buf_str(&found), want) != 0)
		fail_msg("%s:\n--- found\n%s--- wanted\n%s", name, buf_str(&found), want);
	if (len == 0)
		fail_msg("%s: expect.txt is empty", name);
	buf_fini(&found);
	free(want);
}

static void check_valid(const char *folder, const char *name)
{
	struct buf found;

	buf_init(&found, 1 << 20);
	load_case(folder, &found);
	if (found.len)
		fail_msg("%s:\n%s", name, buf_str(&found));
	buf_fini(&found);
}

static size_t each_case(const char *kind, void (*check)(const char *folder, const char *name))
{
	char *root = mem_printf("%s/scenarios/%s", TEST_SRCDIR, kind);
	DIR *dir = opendir(root);
	const struct dirent *entry;
	size_t count = 0;

	if (!dir)
		fail_msg("%s cannot be read", root);
	while ((entry = readdir(dir))) {
		char *folder;

		if (entry->d_name[0] == '.')
			continue;
		folder = mem_printf("%s/%s", root, entry->d_name);
		check(folder, entry->d_name);
		free(folder);
		count++;
	}
	closedir(dir);
	free(root);
	return count;
}

static void invalid_scenarios_give_exactly_their_errors(void **state)
{
	(void)state;
	unsetenv("THRONG_TEST_UNSET");
	assert_true(each_case("invalid", check_invalid) >= INVALID_CASES_MIN);
}

static void valid_scenarios_load(void **state)
{
	(void)state;
	assert_true(each_case("valid", check_valid) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(invalid_scenarios_give_exactly_their_errors),
		cmocka_unit_test(valid_scenarios_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
