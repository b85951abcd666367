/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/report_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "record/result_read.h"

#define ADVICE_MAX   16
#define ADVISED_MAX  3
#define FAILURES_MAX 50 /* rows of a table that people read */

static enum doc_style verdict_style(const char *verdict)
{
	return strcmp(verdict, "PASS") == 0   ? DOC_GOOD
	       : strcmp(verdict, "FAIL") == 0 ? DOC_BAD
					      : DOC_WARN;
}

void report_tables_criteria(struct doc *doc, const json_t *result)
{
	static const struct doc_column COLUMNS[] = { { "Criterion", false },
						     { "Measured", true },
						     { "Verdict", false },
						     { "First broken", true } };
	const json_t *list = result_member(result, "criteria");
	char text[REPORT_FIGURE_MAX];

	if (json_array_size(list) == 0)
		return;
	doc_heading(doc, 3, "Criteria", DOC_PLAIN, "");
	doc_table(doc, COLUMNS, 4);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *criterion = json_array_get(list, i);
		const char *verdict = result_string(criterion, "verdict");
		double broken_s = result_number(criterion, "breached_s");

		doc_cell(doc, DOC_CODE, result_string(criterion, "rule"));
		doc_cell(doc, DOC_PLAIN, result_string(criterion, "text"));
		doc_cell(doc, verdict_style(verdict), verdict);
		doc_cell(doc, DOC_PLAIN,
			 isfinite(broken_s) ? report_run_clock(broken_s, text) : "");
	}
	doc_table_end(doc);
}

/* The latency columns of a row, of service times ("") or response times ("response_"). */
static void latency_cells(struct doc *doc, const json_t *row, const char *prefix)
{
	static const char *const KEYS[] = { "mean_us", "p50_us",  "p90_us", "p95_us",
					    "p99_us",  "p999_us", "max_us" };
	char key[48], text[REPORT_FIGURE_MAX];

	for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++) {
		double us = NAN;

		snprintf(key, sizeof(key), "%s%s", prefix, KEYS[i]);
		if (result_count(row, "requests") > 0)
			us = result_number(row, key);
		doc_cell(doc, DOC_PLAIN, report_run_latency(us, text));
	}
}

static void row_cells(struct doc *doc, const json_t *row, const char *prefix)
{
	double requests = result_number(row, "requests"), failures = result_number(row, "failures");
	char text[REPORT_FIGURE_MAX];

	doc_cell(doc, DOC_PLAIN, report_run_count(requests, text));
	doc_cell(doc, failures > 0 ? DOC_BAD : DOC_PLAIN, report_run_count(failures, text));
	doc_cell(doc, DOC_PLAIN, report_run_share(failures, requests, text));
	doc_cell(doc, DOC_PLAIN, report_run_rate(result_number(row, "rps"), text));
	latency_cells(doc, row, prefix);
}

#define ROW_COLUMNS                                                                     \
	{ "Requests", true }, { "Failed", true }, { "Share", true }, { "req/s", true }, \
		{ "mean", true }, { "p50", true }, { "p90", true }, { "p95", true },    \
		{ "p99", true }, { "p99.9", true },                                     \
	{                                                                               \
		"max", true                                                             \
	}

static void endpoint_table(struct doc *doc, const json_t *result, const char *prefix)
{
	static const struct doc_column COLUMNS[] = { { "Endpoint", false }, ROW_COLUMNS };
	const json_t *list = result_member(result, "endpoints");

	doc_table(doc, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i);

		doc_cellf(doc, DOC_CODE, "%s %s", result_string(row, "method"),
			  result_string(row, "name"));
		row_cells(doc, row, prefix);
	}
	doc_cell(doc, DOC_STRONG, "all");
	row_cells(doc, result_member(result, "totals"), prefix);
	doc_table_end(doc);
}

void report_tables_endpoints(struct doc *doc, const json_t *result)
{
	const json_t *load = result_member(result_member(result, "config"), "load");

	if (result_member(result, "totals") == NULL)
		return;
	doc_heading(doc, 3, "Endpoints", DOC_PLAIN, "");
	endpoint_table(doc, result, "");
	if (!result_true(load, "open"))
		return;
	doc_paragraph(doc, "Response times count from the moment at which the schedule wanted the "
			   "request sent: they hold what waiting hid.");
	endpoint_table(doc, result, "response_");
}

void report_tables_classes(struct doc *doc, const json_t *result)
{
	static const struct doc_column COLUMNS[] = { { "User class", false }, ROW_COLUMNS };
	const json_t *list = result_member(result, "classes");

	if (json_array_size(list) < 2)
		return;
	doc_heading(doc, 3, "User classes", DOC_PLAIN, "");
	doc_table(doc, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i);

		doc_cell(doc, DOC_CODE, result_string(row, "name"));
		row_cells(doc, row, "");
	}
	doc_table_end(doc);
}

/* "07:56:22" of an RFC 3339 stamp. */
static const char *time_of_day(const char *stamp, char dst[16])
{
	snprintf(dst, 16, "%.8s", strlen(stamp) >= 19 ? stamp + 11 : "–");
	return dst;
}

static int by_falling_count(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;
	double p = result_count(*x, "count"), q = result_count(*y, "count");

	return (p < q) - (p > q);
}

static void failure_row(struct doc *doc, const json_t *failure, double all)
{
	char text[REPORT_FIGURE_MAX], stamp[16];
	double count = result_count(failure, "count");

	doc_cell(doc, DOC_PLAIN, report_run_count(count, text));
	doc_cell(doc, DOC_PLAIN, report_run_share(count, all, text));
	doc_cellf(doc, DOC_CODE, "%s %s", result_string(failure, "method"),
		  result_string(failure, "name"));
	doc_cell(doc, DOC_PLAIN, result_string(failure, "text"));
	doc_cell(doc, DOC_PLAIN, time_of_day(result_string(failure, "first_seen"), stamp));
	doc_cell(doc, DOC_PLAIN, time_of_day(result_string(failure, "last_seen"), stamp));
}

/* What an advice is about, "HTTP 500 Internal Server Error (325)": different failures in the order of the
 * table, each with all its rows. */
static void add_advised(struct buf *out, const json_t *const *rows, size_t count,
			const char *advice)
{
	const char *named[ADVISED_MAX];
	size_t named_count = 0;
	char figure[REPORT_FIGURE_MAX];

	for (size_t i = 0; i < count; i++) {
		const char *text = result_string(rows[i], "text");
		bool known = strcmp(result_string(rows[i], "advice"), advice) != 0;
		double sum = 0;

		for (size_t k = 0; k < named_count && !known; k++)
			known = strcmp(named[k], text) == 0;
		if (known)
			continue;
		if (named_count == ADVISED_MAX) {
			buf_adds(out, ", …");
			return;
		}
		for (size_t k = i; k < count; k++)
			if (strcmp(result_string(rows[k], "text"), text) == 0)
				sum += result_count(rows[k], "count");
		buf_addf(out, "%s%s (%s)", named_count > 0 ? ", " : "", text,
			 report_run_count(sum, figure));
		named[named_count++] = text;
	}
}

/* Each advice once, however many failures it is about. */
static void advice(struct doc *doc, const json_t *const *rows, size_t count)
{
	const char *given[ADVICE_MAX];
	size_t given_count = 0;
	struct buf about;

	buf_init(&about, (size_t)16 * 1024);

	for (size_t i = 0; i < count && given_count < ADVICE_MAX; i++) {
		const char *text = result_string(rows[i], "advice");
		bool known = text[0] == '\0';

		for (size_t k = 0; k < given_count && !known; k++)
			known = strcmp(given[k], text) == 0;
		if (known)
			continue;
		given[given_count++] = text;
		buf_reset(&about);
		add_advised(&about, rows, count, text);
		doc_item(doc, DOC_PLAIN, text, buf_str(&about));
	}
	buf_fini(&about);
}

void report_tables_failures(struct doc *doc, const json_t *result)
{
	static const struct doc_column COLUMNS[] = {
		{ "Count", true },          { "Share of requests", true }, { "Endpoint", false },
		{ "What happened", false }, { "First seen (UTC)", true },  { "Last seen", true }
	};
	const json_t *list = result_member(result, "failures");
	double all = result_number(result_member(result, "totals"), "requests");
	size_t count = json_array_size(list);
	const json_t **rows;
	char text[128];

	if (count == 0)
		return;
	doc_heading(doc, 3, "Failures", DOC_PLAIN, "");
	rows = mem_array(count, sizeof(rows[0]));
	for (size_t i = 0; i < count; i++)
		rows[i] = json_array_get(list, i);
	qsort(rows, count, sizeof(rows[0]), by_falling_count);
	doc_table(doc, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	for (size_t i = 0; i < count && i < FAILURES_MAX; i++)
		failure_row(doc, rows[i], all);
	doc_table_end(doc);
	if (count > FAILURES_MAX) {
		snprintf(text, sizeof(text), "%zu more kinds of failures are in the JSON result.",
			 count - FAILURES_MAX);
		doc_paragraph(doc, text);
	}
	advice(doc, rows, count);
	report_examples(doc, rows, count);
	free(rows);
}

void report_tables_phases(struct doc *doc, const json_t *result)
{
	static const struct doc_column COLUMNS[] = { { "Time", false },  { "Phase", false },
						     { "Users", true },  { "Requests", true },
						     { "Failed", true }, { "req/s", true },
						     { "p50", true },    { "p99", true },
						     { "max", true } };
	const json_t *list = result_member(result, "phases");
	char from[REPORT_FIGURE_MAX], to[REPORT_FIGURE_MAX], text[REPORT_FIGURE_MAX];

	if (json_array_size(list) == 0)
		return;
	doc_heading(doc, 3, "Phases", DOC_PLAIN, "");
	doc_table(doc, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *phase = json_array_get(list, i);
		bool any = result_count(phase, "requests") > 0;
		static const char *const KEYS[] = { "response_p50_us", "response_p99_us",
						    "response_max_us" };

		doc_cellf(doc, DOC_PLAIN, "%s – %s",
			  report_run_clock(result_number(phase, "start_s"), from),
			  report_run_clock(result_number(phase, "end_s"), to));
		doc_cell(doc, DOC_PLAIN, result_string(phase, "kind"));
		report_run_count(result_number(phase, "users_from"), from);
		report_run_count(result_number(phase, "users_to"), to);
		doc_cellf(doc, DOC_PLAIN, strcmp(from, to) == 0 ? "%s" : "%s → %s", from, to);
		doc_cell(doc, DOC_PLAIN, report_run_count(result_number(phase, "requests"), text));
		doc_cell(doc, DOC_PLAIN, report_run_count(result_number(phase, "failures"), text));
		doc_cell(doc, DOC_PLAIN, report_run_rate(result_number(phase, "rps"), text));
		for (size_t k = 0; k < 3; k++)
			doc_cell(doc, DOC_PLAIN,
				 report_run_latency(any ? result_number(phase, KEYS[k]) : NAN,
						    text));
	}
	doc_table_end(doc);
}

/* Arrival rates: was what the schedule wanted begun, and when it wanted it? */
static void starts(struct doc *doc, const json_t *generator)
{
	double scheduled = result_count(generator, "scheduled");
	char due[REPORT_FIGURE_MAX], made[REPORT_FIGURE_MAX], half[REPORT_FIGURE_MAX],
		most[REPORT_FIGURE_MAX], last[REPORT_FIGURE_MAX], line[320];

	if (!(scheduled > 0))
		return;
	snprintf(line, sizeof(line),
		 "Starts on schedule: %s of %s were made, half of them within %s of their instant, "
		 "99 %% within %s, the latest %s behind.",
		 report_run_count(result_count(generator, "started"), made),
		 report_run_count(scheduled, due),
		 report_run_latency(result_count(generator, "start_slip_p50_us"), half),
		 report_run_latency(result_count(generator, "start_slip_p99_us"), most),
		 report_run_latency(result_count(generator, "start_slip_max_us"), last));
	doc_paragraph(doc, line);
}

/* Three figures, but never an exponent. */
static int decimals(double value)
{
	return value >= 100 || value == floor(value) ? 0 : value >= 10 ? 1 : 2;
}

/* "CPU of the engine threads, of one core each: 34 % (51 % in the worst tenth of a second)", one after the
 * other; what was left. */
static void generator_resources(struct doc *doc, const json_t *generator)
{
	const json_t *threads = result_member(generator, "threads");
	char text[REPORT_FIGURE_MAX], line[512];
	size_t at = 0;

	if (json_array_size(threads) == 0)
		return;
	at += (size_t)snprintf(line, sizeof(line), "CPU of the engine threads, of one core each:");
	for (size_t i = 0; i < json_array_size(threads) && at < sizeof(line) - 64; i++) {
		const json_t *thread = json_array_get(threads, i);

		at += (size_t)snprintf(line + at, sizeof(line) - at,
				       "%s %.0f %% (%.0f %% in the worst tenth of a second)",
				       i > 0 ? "," : "", result_count(thread, "cpu_mean_pct"),
				       result_count(thread, "cpu_max_pct"));
	}
	doc_paragraph(doc, line);
	at = (size_t)snprintf(line, sizeof(line), "At most %s connections were open",
			      report_run_count(result_count(generator, "connections_max"), text));
	if (json_is_number(result_member(generator, "files_left")))
		at += (size_t)snprintf(
			line + at, sizeof(line) - at, "; open files left: %s",
			report_run_count(result_count(generator, "files_left"), text));
	if (json_is_number(result_member(generator, "ports_left")))
		at += (size_t)snprintf(
			line + at, sizeof(line) - at, "; local ports left: %s",
			report_run_count(result_count(generator, "ports_left"), text));
	(void)snprintf(line + at, sizeof(line) - at, ".");
	doc_paragraph(doc, line);
}

void report_tables_generator(struct doc *doc, const json_t *result)
{
	static const struct doc_column COLUMNS[] = { { "The generator itself", false },
						     { "Worst second", true },
						     { "Threshold", true },
						     { "Seconds at or above it", true },
						     { "Verdict", false } };
	const json_t *generator = result_member(result, "generator");
	const json_t *rules = result_member(generator, "rules");

	if (json_array_size(rules) == 0)
		return;
	doc_heading(doc, 3, "Generator", DOC_PLAIN, "");
	doc_table(doc, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	for (size_t i = 0; i < json_array_size(rules); i++) {
		const json_t *rule = json_array_get(rules, i);
		const char *unit = result_string(rule, "unit");
		bool broken = result_true(rule, "broken");

		doc_cell(doc, DOC_PLAIN, result_string(rule, "name"));
		doc_cellf(doc, DOC_PLAIN, "%.*f%s%s", decimals(result_count(rule, "worst")),
			  result_count(rule, "worst"), unit[0] != '\0' ? " " : "", unit);
		doc_cellf(doc, DOC_PLAIN, "%.*f%s%s", decimals(result_count(rule, "threshold")),
			  result_count(rule, "threshold"), unit[0] != '\0' ? " " : "", unit);
		doc_cellf(doc, DOC_PLAIN, "%.0f of %.0f", result_count(rule, "bad_seconds"),
			  result_count(rule, "judged_seconds"));
		doc_cell(doc, broken ? DOC_WARN : DOC_GOOD, broken ? "limited the run" : "fine");
	}
	doc_table_end(doc);
	generator_resources(doc, generator);
	starts(doc, generator);
	if (result_count(generator, "held_back") > 0) {
		char text[REPORT_FIGURE_MAX], line[128];

		snprintf(line, sizeof(line),
			 "Starts held back by the cap on requests in flight: %s.",
			 report_run_count(result_count(generator, "held_back"), text));
		doc_paragraph(doc, line);
	}
}

void report_tables_marks(struct doc *doc, const json_t *result)
{
	static const struct doc_column COLUMNS[] = { { "Mark", true },
						     { "Time", true },
						     { "What", false } };
	const json_t *list = result_member(result, "marks");
	char text[REPORT_FIGURE_MAX];

	if (json_array_size(list) == 0)
		return;
	doc_table(doc, COLUMNS, 3);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *mark = json_array_get(list, i);

		doc_cellf(doc, DOC_PLAIN, "%zu", i + 1);
		doc_cell(doc, DOC_PLAIN, report_run_clock(result_number(mark, "at_s"), text));
		doc_cell(doc, DOC_PLAIN, result_string(mark, "text"));
	}
	doc_table_end(doc);
}
