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
#include "record/csv.h"
#include "record/locust_stats.h"
#include "samples.h"
#include "feed.h"

#define START (1795420646 * SEC)

/* What Locust itself makes of many samples is compared in e2e_locust_csv.sh; here stand the rules
 * one by one. */

#define PERCENTILES "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"
#define NA          "N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A"

struct fixture {
	struct scenario *scenario;
	struct locust_stats *stats;
	struct buf out;
};

static int setup(void **state)
{
	struct fixture *fixture = mem_new(sizeof(*fixture));

	fixture->scenario = scene_new(2, 1, false);
	free(fixture->scenario->endpoints[1].name);
	fixture->scenario->endpoints[1].name = mem_strdup("/slow \"q\", [id]");
	fixture->stats = locust_stats_new(fixture->scenario, true);
	locust_stats_clear(fixture->stats, START);
	buf_init(&fixture->out, (size_t)1024 * 1024);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	buf_fini(&fixture->out);
	locust_stats_free(fixture->stats);
	scene_free(fixture->scenario);
	free(fixture);
	return 0;
}

static void add(struct fixture *fixture, unsigned endpoint, uint64_t at_ns, uint64_t us)
{
	struct sample sample = sample_ok(endpoint, 0, 1000 * SEC, us);

	feed_locust(fixture->stats, &sample, START + at_ns);
}

static void fields_are_quoted_only_where_the_dialect_asks_for_it(void **state)
{
	struct fixture *fixture = *state;

	csv_field(&fixture->out, "plain 'a' | b; ü");
	csv_field(&fixture->out, "|");
	csv_field(&fixture->out, "a,b");
	csv_field(&fixture->out, "say \"hi\"");
	csv_field(&fixture->out, "two\nlines");
	csv_field(&fixture->out, "cr\r");
	csv_field(&fixture->out, "");
	assert_string_equal(buf_str(&fixture->out),
			    "plain 'a' | b; ü|\"a,b\"\"say \"\"hi\"\"\"\"two\nlines\"\"cr\r\"");
}

static void headers_are_locusts(void **state)
{
	struct fixture *fixture = *state;

	for (int file = 0; file < CSV_FILES; file++)
		csv_header(&fixture->out, (enum csv_file)file);
	assert_string_equal(
		buf_str(&fixture->out),
		"Type,Name,Request Count,Failure Count,Median Response Time,Average Response "
		"Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,"
		"Failures/s," PERCENTILES "\r\n"
		"Timestamp,User Count,Type,Name,Requests/s,Failures/s," PERCENTILES
		",Total Request Count,Total Failure Count,Total Median Response Time,Total "
		"Average Response Time,Total Min Response Time,Total Max Response Time,Total "
		"Average Content Size\r\n"
		"Method,Name,Error,Occurrences\r\n"
		"Count,Message,Traceback,Nodes\r\n");
	assert_string_equal(csv_suffix(CSV_STATS), "_stats.csv");
	assert_string_equal(csv_suffix(CSV_HISTORY), "_stats_history.csv");
	assert_string_equal(csv_suffix(CSV_FAILURES), "_failures.csv");
	assert_string_equal(csv_suffix(CSV_EXCEPTIONS), "_exceptions.csv");
}

static void before_the_first_request_there_are_integers_and_na(void **state)
{
	struct fixture *fixture = *state;

	csv_stats_rows(&fixture->out, fixture->stats);
	csv_history_rows(&fixture->out, fixture->stats, true, START, 7);
	assert_string_equal(buf_str(&fixture->out), ",Aggregated,0,0,0,0.0,0,0,0,0.0,0.0," NA "\r\n"
						    "1795420646,7,,Aggregated,0.000000,0.000000," NA
						    ",0,0,0,0.0,0,0,0\r\n");
}

static void rows_show_floats_as_python_does_and_the_total_comes_last(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, 1, 2 * SEC, 151980);
	add(fixture, 0, 4 * SEC, 2031);
	csv_stats_rows(&fixture->out, fixture->stats);
	assert_string_equal(
		buf_str(&fixture->out),
		"GET,/endpoint/0000,1,0,2.031,2.031,2.031,2.031,12.0,0.25,0.0,"
		"2,2,2,2,2,2,2,2,2,2,2\r\n"
		"POST,\"/slow \"\"q\"\", [id]\",1,0,151.98,151.98,151.98,151.98,12.0,0.25,0.0,"
		"150,150,150,150,150,150,150,150,150,150,150\r\n"
		",Aggregated,2,0,2.031,77.0055,2.031,151.98,12.0,0.5,0.0,"
		"150,150,150,150,150,150,150,150,150,150,150\r\n");
}

static void short_history_has_the_total_with_percentiles_of_the_run(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, 0, SEC / 2, 2000);
	csv_history_rows(&fixture->out, fixture->stats, false, START + SEC + SEC / 2, 100);
	assert_string_equal(buf_str(&fixture->out),
			    "1795420647,100,,Aggregated,0.000000,0.000000,2,2,2,2,2,2,2,2,2,2,2,"
			    "1,0,2,2.0,2.0,2.0,12.0\r\n");
}

static void full_history_has_every_row_with_current_percentiles(void **state)
{
	struct fixture *fixture = *state;

	/* before a snapshot of the right age exists: zeros, not N/A */
	add(fixture, 0, SEC / 2, 2000);
	csv_history_rows(&fixture->out, fixture->stats, true, START + SEC + SEC / 2, 100);
	assert_string_equal(buf_str(&fixture->out),
			    "1795420647,100,GET,/endpoint/0000,0.000000,0.000000,"
			    "0,0,0,0,0,0,0,0,0,0,0,1,0,2,2.0,2.0,2.0,12.0\r\n"
			    "1795420647,100,,Aggregated,0.000000,0.000000,"
			    "0,0,0,0,0,0,0,0,0,0,0,1,0,2,2.0,2.0,2.0,12.0\r\n");
}

static void rows_kept_after_a_reset_say_na(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, 0, SEC, 2000);
	locust_stats_reset(fixture->stats, START + 2 * SEC);
	csv_stats_rows(&fixture->out, fixture->stats);
	assert_string_equal(buf_str(&fixture->out),
			    "GET,/endpoint/0000,0,0,0,0.0,0,0,0,0.0,0.0," NA "\r\n"
			    ",Aggregated,0,0,0,0.0,0,0,0,0.0,0.0," NA "\r\n");
}

static void failures_have_the_text_of_an_exception(void **state)
{
	struct fixture *fixture = *state;
	struct sample sample = sample_failed(1, 0, 1000 * SEC, 5, FAILURE_REFUSED, 0, 0);

	feed_locust(fixture->stats, &sample, START + SEC);
	sample = sample_failed(0, 0, 1000 * SEC, 5, FAILURE_STATUS, 503, 0);
	feed_locust(fixture->stats, &sample, START + SEC);
	feed_locust(fixture->stats, &sample, START + SEC);
	csv_failures_rows(&fixture->out, fixture->stats);
	assert_string_equal(buf_str(&fixture->out),
			    "POST,\"/slow \"\"q\"\", [id]\",\"ConnectionRefusedError(111, "
			    "'Connection refused')\",1\r\n"
			    "GET,/endpoint/0000,HTTPError('503 Service Unavailable'),2\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(fields_are_quoted_only_where_the_dialect_asks_for_it),
		TEST(headers_are_locusts),
		TEST(before_the_first_request_there_are_integers_and_na),
		TEST(rows_show_floats_as_python_does_and_the_total_comes_last),
		TEST(short_history_has_the_total_with_percentiles_of_the_run),
		TEST(full_history_has_every_row_with_current_percentiles),
		TEST(rows_kept_after_a_reset_say_na),
		TEST(failures_have_the_text_of_an_exception),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
