/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/report_run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "record/result_read.h"

/* The loads that were held, and the difference to an earlier run. */

#define CHANGE_MAX (2 * REPORT_FIGURE_MAX + 32)

static void level_figures(struct doc *doc, const json_t *level)
{
	static const char *const KEYS[] = { "response_p50_us", "response_p95_us",
					    "response_p99_us" };
	double requests = result_number(level, "requests");
	double failures = result_number(level, "failures");
	char text[REPORT_FIGURE_MAX];

	doc_cell(doc, DOC_PLAIN, report_run_count(requests, text));
	doc_cell(doc, DOC_PLAIN, report_run_rate(result_number(level, "rps"), text));
	for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++)
		doc_cell(doc, DOC_PLAIN,
			 report_run_latency(requests > 0 ? result_number(level, KEYS[i]) : NAN,
					    text));
	doc_cell(doc, failures > 0 ? DOC_BAD : DOC_PLAIN, report_run_count(failures, text));
	double cpu_pct = result_number(level, "cpu_pct");
	if (isfinite(cpu_pct))
		doc_cellf(doc, DOC_PLAIN, "%.0f %%", cpu_pct);
	else
		doc_cell(doc, DOC_PLAIN, "–");
	doc_cell(doc, DOC_PLAIN, report_run_count(result_number(level, "connections"), text));
}

void report_insight_levels(struct doc *doc, const json_t *result)
{
	static const struct doc_column USERS[] = {
		{ "Users", true },    { "From", true },   { "Held", true }, { "Knee", false },
		{ "Requests", true }, { "req/s", true },  { "p50", true },  { "p95", true },
		{ "p99", true },      { "Failed", true }, { "CPU", true },  { "Connections", true }
	};
	static const struct doc_column RATES[] = {
		{ "Wanted req/s", true }, { "From", true },     { "Held", true },
		{ "Knee", false },        { "Requests", true }, { "req/s", true },
		{ "p50", true },          { "p95", true },      { "p99", true },
		{ "Failed", true },       { "CPU", true },      { "Connections", true }
	};
	const json_t *list = result_member(result, "levels");
	const char *knee = result_string(result_member(result, "knee"), "text");
	bool open = result_true(result_member(result_member(result, "config"), "load"), "open");
	char text[REPORT_FIGURE_MAX], line[512];
	bool marked = false;

	/* one load is what the phases and totals say already */
	if (json_array_size(list) < 2)
		return;
	doc_heading(doc, 3, "Loads held", DOC_PLAIN, "");
	doc_table(doc, open ? RATES : USERS, sizeof(USERS) / sizeof(USERS[0]));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *level = json_array_get(list, i);
		bool beyond = result_true(level, "beyond_knee");

		doc_cell(doc, DOC_PLAIN, report_run_count(result_number(level, "load"), text));
		doc_cell(doc, DOC_PLAIN, report_run_clock(result_number(level, "from_s"), text));
		doc_cell(doc, DOC_PLAIN, report_run_clock(result_number(level, "held_s"), text));
		doc_cell(doc, beyond && !marked ? DOC_WARN : DOC_PLAIN,
			 !beyond   ? ""
			 : !marked ? "first beyond the knee"
				   : "beyond");
		marked |= beyond;
		level_figures(doc, level);
	}
	doc_table_end(doc);
	snprintf(line, sizeof(line), "Knee: %s.", knee);
	doc_paragraph(doc, knee[0] != '\0' ? line
					   : "No knee was found: response times stay flat, or too "
					     "few loads were held to tell.");
}

/* "5 ms → 7 ms (+40 %)" */
static const char *change(double from, double to, char *(*format)(double, char *),
			  char dst[CHANGE_MAX])
{
	char a[REPORT_FIGURE_MAX], b[REPORT_FIGURE_MAX];
	double pct = (to / from - 1) * 100;

	format(from, a);
	format(to, b);
	if (!isfinite(from) && !isfinite(to))
		snprintf(dst, CHANGE_MAX, "–");
	else if (isfinite(from) && isfinite(to) && from > 0 && pct < 1000)
		snprintf(dst, CHANGE_MAX, "%s → %s (%+.0f %%)", a, b, pct);
	else
		snprintf(dst, CHANGE_MAX, "%s → %s", a, b);
	return dst;
}

static double measured(const json_t *row, const char *key)
{
	return result_count(row, "requests") > 0 ? result_number(row, key) : NAN;
}

static void difference_cells(struct doc *doc, const json_t *before, const json_t *now)
{
	static const char *const KEYS[] = { "p50_us", "p95_us", "p99_us" };
	char text[CHANGE_MAX], a[REPORT_FIGURE_MAX], b[REPORT_FIGURE_MAX];

	doc_cell(doc, DOC_PLAIN,
		 change(measured(before, "rps"), measured(now, "rps"), report_run_rate, text));
	for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++)
		doc_cell(doc, DOC_PLAIN,
			 change(measured(before, KEYS[i]), measured(now, KEYS[i]),
				report_run_latency, text));
	report_run_share(result_count(before, "failures"), result_count(before, "requests"), a);
	report_run_share(result_count(now, "failures"), result_count(now, "requests"), b);
	doc_cellf(doc, DOC_PLAIN, "%s → %s", a, b);
}

/* Both lists are in their scenarios' order: that of an unchanged one is at the same place. */
static const json_t *same_row(const json_t *list, size_t hint, const json_t *row)
{
	size_t count = json_array_size(list);

	for (size_t i = 0; i < count; i++) {
		const json_t *other = json_array_get(list, (hint + i) % count);

		if (strcmp(result_string(other, "method"), result_string(row, "method")) == 0 &&
		    strcmp(result_string(other, "name"), result_string(row, "name")) == 0)
			return other;
	}
	return NULL;
}

static void earlier_run(struct doc *doc, const json_t *result, const json_t *baseline)
{
	char clock[REPORT_FIGURE_MAX], now[REPORT_FIGURE_MAX], text[1024];

	snprintf(text, sizeof(text),
		 "The earlier run: %s, %s, %s long (this one %s), from %s. Figures are service "
		 "times and rates over the whole runs, earlier → now.",
		 result_string(baseline, "scenario"), result_string(baseline, "started"),
		 report_run_clock(result_number(baseline, "duration_s"), clock),
		 report_run_clock(result_number(result, "duration_s"), now),
		 result_string(baseline, "file"));
	doc_paragraph(doc, text);
	if (strcmp(result_string(baseline, "state"), "running") == 0)
		doc_item(doc, DOC_WARN,
			 "The earlier run had not ended when its result was written.", "");
}

void report_insight_baseline(struct doc *doc, const json_t *result)
{
	static const struct doc_column COLUMNS[] = { { "Endpoint", false }, { "req/s", true },
						     { "p50", true },       { "p95", true },
						     { "p99", true },       { "Failed", true } };
	const json_t *baseline = result_member(result, "baseline");
	const json_t *before = result_member(baseline, "endpoints");
	const json_t *now = result_member(result, "endpoints");

	if (!json_is_object(baseline))
		return;
	doc_heading(doc, 3, "Against an earlier run", DOC_PLAIN, "");
	earlier_run(doc, result, baseline);
	doc_table(doc, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	for (size_t i = 0; i < json_array_size(now); i++) {
		const json_t *row = json_array_get(now, i);

		doc_cellf(doc, DOC_CODE, "%s %s", result_string(row, "method"),
			  result_string(row, "name"));
		difference_cells(doc, same_row(before, i, row), row);
	}
	for (size_t i = 0; i < json_array_size(before); i++) {
		const json_t *row = json_array_get(before, i);

		if (same_row(now, i, row) != NULL)
			continue;
		doc_cellf(doc, DOC_CODE, "%s %s", result_string(row, "method"),
			  result_string(row, "name"));
		difference_cells(doc, row, NULL);
	}
	doc_cell(doc, DOC_STRONG, "all");
	difference_cells(doc, result_member(baseline, "totals"), result_member(result, "totals"));
	doc_table_end(doc);
}

void report_insight_replay(struct doc *doc, const json_t *result)
{
	const json_t *replay = result_member(result, "replay");
	char text[256];

	if (!json_is_object(replay))
		return;
	snprintf(text, sizeof(text),
		 "The load was steered as in an earlier run: %.0f of %.0f moves were made again%s.",
		 result_count(replay, "driven"), result_count(replay, "moves"),
		 result_count(replay, "by_hand") > 0 ? ", and others by hand" : "");
	doc_item(doc, result_count(replay, "by_hand") > 0 ? DOC_WARN : DOC_PLAIN, text, "");
}
