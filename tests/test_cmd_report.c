/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/options.h"

#define BURST    TEST_SRCDIR "/fixtures/locust/burst"
#define FULL     TEST_SRCDIR "/fixtures/locust/full"
#define RESULT   TEST_SRCDIR "/fixtures/results/deployments.json"
#define SCENARIO TOP_SRCDIR "/scenarios/burst.json"
#define OUT      "test_cmd_report.md"

/* Run with these operands; what it wrote, or NULL. Caller frees. */
static char *report(int wanted, const char *from_csv, size_t count, const char *const *operands)
{
	struct options options = { .subcommand = SUBCOMMAND_REPORT,
				   .from_csv = from_csv,
				   .report_file = OUT,
				   .overwrite = true,
				   .files = operands,
				   .file_count = count };
	char *text = NULL;
	FILE *file;

	unlink(OUT);
	assert_int_equal(cmd_report(&options), wanted);
	file = fopen(OUT, "r");
	if (file != NULL) {
		text = mem_new((size_t)1024 * 1024);
		text[fread(text, 1, (size_t)1024 * 1024 - 1, file)] = '\0';
		fclose(file);
	}
	if (system("rm -f test_cmd_report*.svg test_cmd_report.md") != 0)
		fail();
	return text;
}

static void csv_files_give_a_report_with_a_verdict(void **state)
{
	char *text = report(0, BURST, 0, NULL);

	(void)state;
	assert_non_null(strstr(text, "## 1. burst — ✗ FAIL"));
	assert_non_null(strstr(text, "| `success >= 99%` | 0 % | ✗ **FAIL** |"));
	assert_non_null(strstr(text, "Throughput was highest with 261.0 requests per second"));
	assert_non_null(strstr(text, "CatchResponseError('Burst create failed: 500')"));
	free(text);
}

static void a_scenario_behind_a_prefix_judges_it(void **state)
{
	static const char *const OPERANDS[] = { FULL, BURST, SCENARIO };
	char *text = report(0, NULL, 3, OPERANDS);

	(void)state;
	assert_non_null(strstr(text, "## 1. full — ✗ FAIL"));
	assert_null(strstr(text, "## 2. burst"));
	assert_non_null(strstr(text, "## 2. "));
	assert_non_null(strstr(text, "| `p99 < 1000ms` | 27.0 s | ✗ **FAIL** |"));
	assert_non_null(strstr(text, "| `no cascading failures` | not in these files |"));
	free(text);
}

static void results_and_csv_files_share_a_report(void **state)
{
	static const char *const OPERANDS[] = { RESULT, BURST };
	char *text = report(0, NULL, 2, OPERANDS);

	(void)state;
	assert_non_null(strstr(text, "## 1. Concurrent deployments — ✗ FAIL"));
	assert_non_null(strstr(text, "## 2. burst — ✗ FAIL"));
	free(text);
}

static void what_cannot_be_read_is_a_usage_error_and_writes_nothing(void **state)
{
	static const char *const OPERANDS[][1] = { { "no/such/prefix" },
						   { "no/such/result.json" },
						   { SCENARIO },
						   { TEST_SRCDIR "/test_cmd_report.c" } };

	(void)state;
	for (size_t i = 0; i < sizeof(OPERANDS) / sizeof(OPERANDS[0]); i++)
		assert_null(report(2, NULL, 1, OPERANDS[i]));
}

static void an_earlier_report_is_not_overwritten(void **state)
{
	struct options options = { .subcommand = SUBCOMMAND_REPORT,
				   .from_csv = BURST,
				   .html_file = RESULT };

	(void)state;
	assert_int_equal(cmd_report(&options), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_files_give_a_report_with_a_verdict),
		cmocka_unit_test(a_scenario_behind_a_prefix_judges_it),
		cmocka_unit_test(results_and_csv_files_share_a_report),
		cmocka_unit_test(what_cannot_be_read_is_a_usage_error_and_writes_nothing),
		cmocka_unit_test(an_earlier_report_is_not_overwritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
