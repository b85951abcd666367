/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/report_run.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "record/report_chart.h"
#include "record/result_read.h"

#define UNKNOWN "–"

char *report_run_count(double value, char dst[REPORT_FIGURE_MAX])
{
	if (!isfinite(value) || value < 0)
		snprintf(dst, REPORT_FIGURE_MAX, UNKNOWN);
	else
		units_format_count((uint64_t)llround(value), dst, REPORT_FIGURE_MAX);
	return dst;
}

char *report_run_rate(double value, char dst[REPORT_FIGURE_MAX])
{
	if (!isfinite(value) || value < 0)
		snprintf(dst, REPORT_FIGURE_MAX, UNKNOWN);
	else if (value >= 1000)
		units_format_count((uint64_t)llround(value), dst, REPORT_FIGURE_MAX);
	else
		snprintf(dst, REPORT_FIGURE_MAX, "%.1f", value);
	return dst;
}

char *report_run_amount(double value, char dst[REPORT_FIGURE_MAX])
{
	if (isfinite(value) && value != floor(value))
		snprintf(dst, REPORT_FIGURE_MAX, "%g", value);
	else
		report_run_count(value, dst);
	return dst;
}

char *report_run_latency(double us, char dst[REPORT_FIGURE_MAX])
{
	if (!isfinite(us) || us < 0)
		snprintf(dst, REPORT_FIGURE_MAX, UNKNOWN);
	else
		units_format_latency((uint64_t)llround(us), 0, dst, REPORT_FIGURE_MAX);
	return dst;
}

/* A share that is neither nothing nor all never reads as if it were. */
char *report_run_share(double part, double whole, char dst[REPORT_FIGURE_MAX])
{
	double pct = part / whole * 100;

	if (!(whole > 0) || !isfinite(part))
		snprintf(dst, REPORT_FIGURE_MAX, UNKNOWN);
	else if (part <= 0 || part >= whole)
		snprintf(dst, REPORT_FIGURE_MAX, "%.0f %%", pct);
	else if (pct < 0.01)
		snprintf(dst, REPORT_FIGURE_MAX, "< 0.01 %%");
	else if (pct > 99.99)
		snprintf(dst, REPORT_FIGURE_MAX, "> 99.99 %%");
	else
		snprintf(dst, REPORT_FIGURE_MAX, "%.2f %%", pct);
	return dst;
}

char *report_run_clock(double seconds, char dst[REPORT_FIGURE_MAX])
{
	if (!isfinite(seconds) || seconds < 0)
		snprintf(dst, REPORT_FIGURE_MAX, UNKNOWN);
	else
		units_format_clock((uint64_t)llround(seconds * 1e9), dst, REPORT_FIGURE_MAX);
	return dst;
}

enum doc_style report_run_verdict(const json_t *result, const char **verdict)
{
	const char *word = result_string(result, "verdict");

	*verdict = word;
	if (strcmp(word, "PASS") == 0)
		return DOC_GOOD;
	if (strcmp(word, "FAIL") == 0)
		return DOC_BAD;
	if (strcmp(word, "INVALID") == 0)
		return DOC_WARN;
	*verdict = UNKNOWN;
	return DOC_PLAIN;
}

double report_run_users(const json_t *result)
{
	const json_t *users = result_member(result_member(result, "series"), "users");
	double most = NAN;

	for (size_t i = 0; i < json_array_size(users); i++) {
		const json_t *value = json_array_get(users, i);

		if (json_is_number(value) && !(json_number_value(value) <= most))
			most = json_number_value(value);
	}
	return most;
}

void report_run_summary(struct doc *doc, const json_t *result)
{
	const json_t *totals = result_member(result, "totals");
	char text[REPORT_FIGURE_MAX];
	const char *verdict;
	enum doc_style style = report_run_verdict(result, &verdict);

	doc_cell(doc, DOC_PLAIN, result_string(result, "scenario"));
	doc_cell(doc, style, verdict);
	doc_cell(doc, DOC_PLAIN, report_run_count(report_run_users(result), text));
	doc_cell(doc, DOC_PLAIN, report_run_clock(result_number(result, "duration_s"), text));
	doc_cell(doc, DOC_PLAIN, report_run_count(result_number(totals, "requests"), text));
	doc_cell(doc, DOC_PLAIN, report_run_count(result_number(totals, "failures"), text));
	doc_cell(doc, DOC_PLAIN,
		 report_run_share(result_number(totals, "failures"),
				  result_number(totals, "requests"), text));
	doc_cell(doc, DOC_PLAIN, report_run_rate(result_number(totals, "rps"), text));
	doc_cell(doc, DOC_PLAIN, report_run_latency(result_number(totals, "p50_us"), text));
	doc_cell(doc, DOC_PLAIN, report_run_latency(result_number(totals, "p95_us"), text));
	doc_cell(doc, DOC_PLAIN, report_run_latency(result_number(totals, "p99_us"), text));
	doc_cell(doc, DOC_PLAIN, report_run_latency(result_number(totals, "max_us"), text));
}

/* "12,545 requests in 3:57 to http://… with up to 1,000 users: 52.9 per second, 12,545 failed
 * (100 %)." */
static void sentence(struct doc *doc, const json_t *result)
{
	const json_t *totals = result_member(result, "totals");
	double users = report_run_users(result), aborted = result_count(totals, "aborted");
	char requests[REPORT_FIGURE_MAX], failures[REPORT_FIGURE_MAX], share[REPORT_FIGURE_MAX];
	char clock[REPORT_FIGURE_MAX], rate[REPORT_FIGURE_MAX], most[REPORT_FIGURE_MAX];
	char with[96] = "", cut[96] = "", to[512] = "", text[1024];

	report_run_count(result_count(totals, "requests"), requests);
	report_run_count(result_count(totals, "failures"), failures);
	report_run_share(result_count(totals, "failures"), result_count(totals, "requests"), share);
	report_run_clock(result_number(result, "duration_s"), clock);
	report_run_rate(result_number(totals, "rps"), rate);
	if (result_string(result, "target")[0] != '\0')
		snprintf(to, sizeof(to), " to %s", result_string(result, "target"));
	if (isfinite(users))
		snprintf(with, sizeof(with), " with up to %s users", report_run_count(users, most));
	if (aborted > 0)
		snprintf(cut, sizeof(cut), "; %s more were cut off by the stop",
			 report_run_count(aborted, most));
	snprintf(text, sizeof(text), "%s requests in %s%s%s: %s per second, %s failed (%s)%s.",
		 requests, clock, to, with, rate, failures, share, cut);
	doc_paragraph(doc, text);
}

/* Why a run ended before its time, did not begin, or cannot be trusted. */
static void circumstances(struct doc *doc, const json_t *result)
{
	const json_t *generator = result_member(result, "generator");
	const char *end = result_string(result, "end"), *problem = result_string(result, "problem");
	char text[1024];

	if (problem[0] != '\0') {
		snprintf(text, sizeof(text), "The load never began: %s", problem);
		doc_item(doc, DOC_BAD, text, "");
	}
	if (strcmp(result_string(result, "state"), "running") == 0)
		doc_item(doc, DOC_WARN, "The run had not ended when this was written.", "");
	if (strcmp(end, "hand") == 0)
		doc_item(doc, DOC_WARN, "The run was stopped by hand before its time.", "");
	if (strcmp(end, "criterion") == 0)
		doc_item(doc, DOC_WARN, "The run was stopped by a criterion that says abort.", "");
	if (result_true(generator, "limited")) {
		snprintf(text, sizeof(text),
			 "The generator itself was a limit, so these figures say less about the "
			 "target than they seem to: %s",
			 result_string(generator, "reason"));
		doc_item(doc, DOC_WARN, text, "");
	}
	if (result_string(result, "files_problem")[0] != '\0') {
		snprintf(text, sizeof(text),
			 "A result file could not be written as it should be: %s",
			 result_string(result, "files_problem"));
		doc_item(doc, DOC_WARN, text, "");
	}
	report_insight_replay(doc, result);
	if (result_string(result, "source")[0] != '\0')
		doc_item(doc, DOC_PLAIN, result_string(result, "source"), "");
	if (result_string(result, "note")[0] != '\0')
		doc_item(doc, DOC_PLAIN, result_string(result, "note"), "");
}

/* What the arithmetic had said before the run: a target or a rule that this load cannot reach. */
static void out_of_reach(struct doc *doc, const json_t *result)
{
	const json_t *list = result_member(result_member(result, "config"), "out_of_reach");

	for (size_t i = 0; i < json_array_size(list); i++) {
		char text[512];

		snprintf(text, sizeof(text), "Out of reach from the start: %s.",
			 json_string_value(json_array_get(list, i)));
		doc_item(doc, DOC_WARN, text, "");
	}
}

/* "50–100 req/s", "10,000 req/s or more"; "" when nothing was said. */
const char *report_run_wanted(const json_t *load, char dst[REPORT_WANTED_MAX])
{
	const json_t *wanted = result_member(load, "target_rps");
	double low = json_number_value(json_array_get(wanted, 0));
	double high = json_number_value(json_array_get(wanted, 1));
	char a[REPORT_FIGURE_MAX], b[REPORT_FIGURE_MAX];

	dst[0] = '\0';
	report_run_amount(low, a);
	report_run_amount(high, b);
	if (high > low)
		snprintf(dst, REPORT_WANTED_MAX, "%s–%s req/s", a, b);
	else if (low > 0)
		snprintf(dst, REPORT_WANTED_MAX, "%s req/s%s", a, high > 0 ? "" : " or more");
	return dst;
}

/* The rate that the scenario is meant to reach, against that of the longest time at constant load. */
static void wanted_rate(struct doc *doc, const json_t *result)
{
	const json_t *load = result_member(result_member(result, "config"), "load");
	const json_t *phases = result_member(result, "phases"), *longest = NULL;
	char wanted[REPORT_WANTED_MAX], text[512];
	char rate[REPORT_FIGURE_MAX], from[REPORT_FIGURE_MAX], to[REPORT_FIGURE_MAX];
	double most_s = 0;

	if (report_run_wanted(load, wanted)[0] == '\0')
		return;
	for (size_t i = 0; i < json_array_size(phases); i++) {
		const json_t *phase = json_array_get(phases, i);
		double length_s = result_count(phase, "end_s") - result_count(phase, "start_s");

		if (strcmp(result_string(phase, "kind"), "constant") != 0 || length_s <= most_s)
			continue;
		most_s = length_s;
		longest = phase;
	}
	if (longest == NULL)
		return;
	bool short_of = result_count(longest, "rps") <
			json_number_value(json_array_get(result_member(load, "target_rps"), 0));
	snprintf(text, sizeof(text), "Wanted %s, made %s at constant load (%s – %s).", wanted,
		 report_run_rate(result_count(longest, "rps"), rate),
		 report_run_clock(result_count(longest, "start_s"), from),
		 report_run_clock(result_count(longest, "end_s"), to));
	doc_item(doc, short_of ? DOC_WARN : DOC_PLAIN, text, "");
}

static void exceptions(struct doc *doc, const json_t *result)
{
	const json_t *list = result_member(result, "exceptions");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *exception = json_array_get(list, i);
		char count[REPORT_FIGURE_MAX], text[1024];

		snprintf(text, sizeof(text),
			 "The locustfile's own code raised an exception %s times: %s",
			 report_run_count(result_number(exception, "count"), count),
			 result_string(exception, "text"));
		doc_item(doc, DOC_WARN, text, "");
	}
}

static void findings(struct doc *doc, const json_t *result)
{
	const json_t *list = result_member(result, "findings");

	if (json_array_size(list) == 0)
		return;
	doc_heading(doc, 3, "Findings", DOC_PLAIN, "");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *finding = json_array_get(list, i);

		doc_item(doc, result_true(finding, "warning") ? DOC_WARN : DOC_PLAIN,
			 result_string(finding, "text"), result_string(finding, "method"));
	}
}

static void time_line(struct doc *doc, const json_t *result, const char *chart_file)
{
	struct report_chart chart;

	if (!report_chart_init(&chart, result))
		return;
	doc_heading(doc, 3, "Over time", DOC_PLAIN, "");
	doc_chart(doc, &chart.chart, chart_file);
	report_chart_fini(&chart);
	report_tables_marks(doc, result);
}

void report_run_sections(struct doc *doc, const json_t *result, const char *chart_file)
{
	sentence(doc, result);
	circumstances(doc, result);
	out_of_reach(doc, result);
	wanted_rate(doc, result);
	exceptions(doc, result);
	report_tables_criteria(doc, result);
	findings(doc, result);
	time_line(doc, result, chart_file);
	report_tables_endpoints(doc, result);
	report_insight_baseline(doc, result);
	report_tables_classes(doc, result);
	report_tables_failures(doc, result);
	report_tables_phases(doc, result);
	report_insight_levels(doc, result);
	report_tables_monitor(doc, result);
	report_tables_generator(doc, result);
	report_config(doc, result);
}
