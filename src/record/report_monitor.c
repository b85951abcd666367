/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/report_run.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "record/result_read.h"

/* What the panels measured: the range of each metric. Their names say their unit. */

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static const char *figure(const char *metric, double value, char dst[REPORT_FIGURE_MAX])
{
	char bytes[32];

	if (!isfinite(value) || value < 0)
		return "–";
	if (ends_with(metric, "_pct"))
		snprintf(dst, REPORT_FIGURE_MAX, "%.1f %%", value);
	else if (ends_with(metric, "_bytes"))
		units_format_bytes((uint64_t)llround(value), dst, REPORT_FIGURE_MAX);
	else if (ends_with(metric, "_bps"))
		snprintf(dst, REPORT_FIGURE_MAX, "%s/s",
			 units_format_bytes((uint64_t)llround(value), bytes, sizeof(bytes)));
	else if (ends_with(metric, "_ps") || strcmp(metric, "tps") == 0)
		snprintf(dst, REPORT_FIGURE_MAX, "%.1f/s", value);
	else if (ends_with(metric, "_s"))
		snprintf(dst, REPORT_FIGURE_MAX, "%.1f s", value);
	else if (value == floor(value))
		report_run_count(value, dst);
	else
		report_run_rate(value, dst);
	return dst;
}

void report_tables_monitor(struct doc *doc, const json_t *result)
{
	static const struct doc_column COLUMNS[] = { { "Containers and database", false },
						     { "Metric", false },
						     { "Readings", true },
						     { "min", true },
						     { "mean", true },
						     { "max", true } };
	static const char *const KEYS[] = { "min", "mean", "max" };
	const json_t *list = result_member(result_member(result, "monitor"), "metrics");
	char text[REPORT_FIGURE_MAX];

	if (json_array_size(list) == 0)
		return;
	doc_heading(doc, 3, "Panels", DOC_PLAIN, "");
	doc_table(doc, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i);
		const char *metric = result_string(row, "metric");

		doc_cellf(doc, DOC_CODE, "%s %s", result_string(row, "source"),
			  result_string(row, "name"));
		doc_cell(doc, DOC_CODE, metric);
		doc_cell(doc, DOC_PLAIN, report_run_count(result_number(row, "count"), text));
		for (size_t k = 0; k < 3; k++)
			doc_cell(doc, DOC_PLAIN, figure(metric, result_number(row, KEYS[k]), text));
	}
	doc_table_end(doc);
}
