/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "record/locust_stats.h"
#include "record/locust_table.h"
#include "samples.h"
#include "feed.h"

#define START (1795420646 * SEC)

/* Every width is compared with Locust itself in e2e_locust_csv.sh. */

static struct locust_stats *played(struct scenario *scenario)
{
	struct locust_stats *stats = locust_stats_new(scenario, false);
	struct sample sample = sample_ok(0, 0, 1000 * SEC, 2031);

	locust_stats_clear(stats, START);
	for (uint64_t s = 0; s < 12; s++)
		feed_locust(stats, &sample, START + s * SEC);
	sample = sample_failed(1, 0, 1000 * SEC, 151980, FAILURE_REFUSED, 0, 0);
	feed_locust(stats, &sample, START + 12 * SEC);
	return stats;
}

static void assert_table(void (*print)(struct buf *, const struct locust_stats *, unsigned),
			 struct scenario *scenario, unsigned columns, const char *expected)
{
	struct locust_stats *stats = played(scenario);
	struct buf out;

	buf_init(&out, (size_t)64 * 1024);
	print(&out, stats, columns);
	assert_string_equal(buf_str(&out), expected);
	buf_fini(&out);
	locust_stats_free(stats);
}

static void running_table_at_120_columns_is_locusts(void **state)
{
	struct scenario *scenario = scene_new(2, 1, false);

	(void)state;
	assert_table(locust_table_running, scenario, 120,
		     "Type     Name                                  # reqs      # fails |    "
		     "Avg     Min     Max    Med |   req/s  failures/s\n"
		     "--------|------------------------------------|-------|-------------|----"
		     "---|-------|-------|-------|--------|-----------\n"
		     "GET      /endpoint/0000                            12     0(0.00%) |    "
		     "  2       2       2      2 |    1.00        0.00\n"
		     "POST     /endpoint/0001                             1   1(100.00%) |    "
		     "151     151     151    151 |    0.00        0.00\n"
		     "--------|------------------------------------|-------|-------------|----"
		     "---|-------|-------|-------|--------|-----------\n"
		     "         Aggregated                                13     1(7.69%) |    "
		     " 13       2     151      2 |    1.00        0.00\n"
		     "\n");
	scene_free(scenario);
}

static void final_tables_have_rates_of_the_run_percentiles_and_errors(void **state)
{
	struct scenario *scenario = scene_new(2, 1, false);

	(void)state;
	assert_table(locust_table_final, scenario, 100,
		     "Type     Name              # reqs      # fails |    Avg     Min     Max "
		     "   Med |   req/s  failures/s\n"
		     "--------|----------------|-------|-------------|-------|-------|-------|"
		     "-------|--------|-----------\n"
		     "GET      /endpoint/0000        12     0(0.00%) |      2       2       2 "
		     "     2 |    1.00        0.00\n"
		     "POST     /endpoint/0001         1   1(100.00%) |    151     151     151 "
		     "   151 |    0.08        0.08\n"
		     "--------|----------------|-------|-------------|-------|-------|-------|"
		     "-------|--------|-----------\n"
		     "         Aggregated            13     1(7.69%) |     13       2     151 "
		     "     2 |    1.08        0.08\n"
		     "\n"
		     "Response time percentiles (approximated)\n"
		     "Type     Name                      50%    66%    75%    80%    90%    95"
		     "%    98%    99%  99.9% 99.99%   100% # reqs\n"
		     "--------|--------------------|--------|------|------|------|------|-----"
		     "-|------|------|------|------|------|------\n"
		     "GET      /endpoint/0000              2      2      2      2      2      "
		     "2      2      2      2      2      2     12\n"
		     "POST     /endpoint/0001            150    150    150    150    150    15"
		     "0    150    150    150    150    150      1\n"
		     "--------|--------------------|--------|------|------|------|------|-----"
		     "-|------|------|------|------|------|------\n"
		     "         Aggregated                  2      2      2      2      2    15"
		     "0    150    150    150    150    150     13\n"
		     "\n"
		     "Error report\n"
		     "# occurrences      Error                                                "
		     "                                               \n"
		     "------------------|-----------------------------------------------------"
		     "----------------------------\n"
		     "1                  POST /endpoint/0001: ConnectionRefusedError(111, 'Con"
		     "nection refused')                              \n"
		     "------------------|-----------------------------------------------------"
		     "----------------------------\n"
		     "\n");
	scene_free(scenario);
}

static void names_reach_the_terminal_without_control_characters(void **state)
{
	struct scenario *scenario = scene_new(2, 1, false);
	struct locust_stats *stats;
	struct buf out;

	(void)state;
	free(scenario->endpoints[0].name);
	scenario->endpoints[0].name = mem_strdup("/x\x1b[2Jy\r\nz");
	stats = played(scenario);
	buf_init(&out, (size_t)64 * 1024);
	locust_table_final(&out, stats, 120);
	assert_null(strchr(buf_str(&out), '\x1b'));
	assert_null(strchr(buf_str(&out), '\r'));
	buf_fini(&out);
	locust_stats_free(stats);
	scene_free(scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(running_table_at_120_columns_is_locusts),
		cmocka_unit_test(final_tables_have_rates_of_the_run_percentiles_and_errors),
		cmocka_unit_test(names_reach_the_terminal_without_control_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
