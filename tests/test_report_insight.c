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
#include "record/report_run.h"

typedef void section_fn(struct doc *doc, const json_t *result);

/* The Markdown of one section; caller frees `out`. */
static const char *section(section_fn *fn, const char *text, struct buf *out)
{
	json_t *result = json_loads(text, 0, NULL);
	struct doc doc;

	assert_non_null(result);
	buf_init(out, 1 << 20);
	doc_begin(&doc, DOC_MARKDOWN, out, "t");
	fn(&doc, result);
	doc_end(&doc);
	json_decref(result);
	return buf_str(out);
}

static void expect_lines(const char *text, const char *const *lines)
{
	for (; *lines != NULL; lines++)
		if (strstr(text, *lines) == NULL)
			fail_msg("no line with: %s\nin:\n%s", *lines, text);
}

#define LEVEL(load, from, rps, p50, beyond, cpu)                                          \
	"{ \"load\": " load ", \"from_s\": " from ", \"held_s\": 30, \"requests\": 1200," \
	"\"failures\": 3, \"rps\": " rps ", \"response_p50_us\": " p50 ","                \
	"\"response_p95_us\": 20000, \"response_p99_us\": 40000, \"cpu_pct\": " cpu ","   \
	"\"connections\": null, \"beyond_knee\": " beyond " }"

static void loads_held_are_a_table_with_the_knee(void **state)
{
	static const char *const lines[] = { "Loads held",
					     "Users",
					     "| 100 | 00:10 | 00:30 |",
					     "| 300 | 01:30 | 00:30 |",
					     "first beyond the knee",
					     "82 %",
					     "Knee: response times bend at 250 users.",
					     NULL };
	struct buf out;

	(void)state;
	const char *text = section(
		report_insight_levels,
		"{ \"levels\": [" LEVEL("100", "10", "40.0", "5000", "false", "null") "," LEVEL(
			"300", "90", "110.5", "50000", "true",
			"82.4") "," LEVEL("400", "130", "111", "90000", "true",
					  "99") "],"
						"\"knee\": { \"text\": \"response times bend at "
						"250 users\" } }",
		&out);
	expect_lines(text, lines);
	/* marked once */
	const char *first = strstr(text, "first beyond");
	assert_null(strstr(first + 1, "first beyond"));
	buf_fini(&out);
}

static void one_load_or_none_is_no_table(void **state)
{
	struct buf out;

	(void)state;
	assert_null(strstr(section(report_insight_levels,
				   "{ \"levels\": [" LEVEL("1", "0", "1", "1", "false", "1") "] }",
				   &out),
			   "Loads"));
	buf_fini(&out);
	assert_null(strstr(section(report_insight_levels, "{}", &out), "Loads"));
	buf_fini(&out);
}

static void without_a_knee_the_table_says_so(void **state)
{
	struct buf out;

	(void)state;
	const char *text = section(
		report_insight_levels,
		"{ \"config\": { \"load\": { \"open\": true } }, \"knee\": null, \"levels\": "
		"[" LEVEL("100", "10", "40.0", "5000", "false",
			  "null") "," LEVEL("300", "90", "110.5", "5100", "false", "null") "] }",
		&out);
	static const char *const lines[] = { "Wanted req/s", "No knee was found", NULL };
	expect_lines(text, lines);
	buf_fini(&out);
}

static void differences_are_earlier_to_now_with_the_change(void **state)
{
	static const char *const lines[] = {
		"Against an earlier run",
		"Night, 2026-02-03T10:00:00Z, 01:00 long (this one 02:00), from night.json",
		"`GET /a`",
		"5.0 ms → 7.0 ms (+40 %)",
		"10.0 → 8.0 (-20 %)",
		"0 % → 1.00 %",
		"`GET /new`",
		"– → 3.0 ms",
		"`GET /gone`",
		"2.0 ms → –",
		"**all**",
		NULL
	};
	struct buf out;

	(void)state;
	const char *text = section(
		report_insight_baseline,
		"{ \"duration_s\": 120, \"totals\": { \"requests\": 300, \"rps\": 9, \"p50_us\": "
		"6000 },"
		"  \"endpoints\": [ { \"method\": \"GET\", \"name\": \"/a\", \"requests\": 100,"
		"      \"failures\": 1, \"rps\": 8, \"p50_us\": 7000 },"
		"    { \"method\": \"GET\", \"name\": \"/new\", \"requests\": 5, \"p50_us\": 3000 "
		"} ],"
		"  \"baseline\": { \"scenario\": \"Night\", \"started\": \"2026-02-03T10:00:00Z\","
		"    \"duration_s\": 60, \"file\": \"night.json\", \"state\": \"running\","
		"    \"totals\": { \"requests\": 200, \"rps\": 10, \"p50_us\": 5000 },"
		"    \"endpoints\": [ { \"method\": \"GET\", \"name\": \"/a\", \"requests\": 100,"
		"      \"failures\": 0, \"rps\": 10, \"p50_us\": 5000 },"
		"      { \"method\": \"GET\", \"name\": \"/gone\", \"requests\": 1, \"p50_us\": "
		"2000 } ] } }",
		&out);
	expect_lines(text, lines);
	assert_non_null(strstr(text, "had not ended"));
	buf_fini(&out);
	assert_null(strstr(section(report_insight_baseline, "{ \"baseline\": null }", &out),
			   "earlier"));
	buf_fini(&out);
}

static void a_replay_is_told(void **state)
{
	struct buf out;

	(void)state;
	const char *text =
		section(report_insight_replay,
			"{ \"replay\": { \"moves\": 12, \"driven\": 10, \"by_hand\": 2 } }", &out);
	assert_non_null(strstr(text, "10 of 12 moves were made again, and others by hand."));
	buf_fini(&out);
	assert_null(strstr(section(report_insight_replay, "{ \"replay\": null }", &out), "moves"));
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_held_are_a_table_with_the_knee),
		cmocka_unit_test(one_load_or_none_is_no_table),
		cmocka_unit_test(without_a_knee_the_table_says_so),
		cmocka_unit_test(differences_are_earlier_to_now_with_the_change),
		cmocka_unit_test(a_replay_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
