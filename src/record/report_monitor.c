/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/report_run.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
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

/* The order of a panel's metrics, whatever order their first readings came in. Others, gauges of the
 * scenario's own, come behind them. */
static const char *const ORDER[] = { "cpu_pct",
				     "cpu_limit_pct",
				     "cpus",
				     "throttled_pct",
				     "memory_bytes",
				     "memory_limit_bytes",
				     "memory_pct",
				     "anon_bytes",
				     "net_rx_bps",
				     "net_tx_bps",
				     "io_read_bps",
				     "io_write_bps",
				     "pids",
				     "restarts",
				     "oom_kills",
				     "connections",
				     "ceiling",
				     "all_rows",
				     "active",
				     "aas",
				     "idle",
				     "idle_in_transaction",
				     "idle_in_transaction_aborted",
				     "waiting",
				     "blocked",
				     "lwlock",
				     "io",
				     "longest_transaction_s",
				     "longest_query_s",
				     "longest_idle_transaction_s",
				     "tps",
				     "rollbacks_ps",
				     "deadlocks",
				     "cache_hit_pct",
				     "temp_bps",
				     "refused",
				     "connect_ms",
				     "cl_active",
				     "cl_waiting",
				     "sv_active",
				     "sv_idle",
				     "maxwait_s" };
#define ORDER_COUNT (sizeof(ORDER) / sizeof(ORDER[0]))

static size_t place_of(const char *metric)
{
	for (size_t i = 0; i < ORDER_COUNT; i++)
		if (strcmp(ORDER[i], metric) == 0)
			return i;
	return ORDER_COUNT;
}

static int by_place(const void *a, const void *b)
{
	const json_t *x = *(const json_t *const *)a, *y = *(const json_t *const *)b;
	const char *x_metric = result_string(x, "metric"), *y_metric = result_string(y, "metric");
	size_t x_place = place_of(x_metric), y_place = place_of(y_metric);
	int order = strcmp(result_string(x, "source"), result_string(y, "source"));

	if (order == 0)
		order = strcmp(result_string(x, "name"), result_string(y, "name"));
	if (order == 0 && x_place != y_place)
		order = x_place < y_place ? -1 : 1;
	return order != 0 ? order : strcmp(x_metric, y_metric);
}

/* Borrowed from the result; the caller frees the list. */
static const json_t **sorted(const json_t *list)
{
	size_t count = json_array_size(list);
	const json_t **rows = mem_array(count + 1, sizeof(*rows));

	for (size_t i = 0; i < count; i++)
		rows[i] = json_array_get(list, i);
	qsort(rows, count, sizeof(*rows), by_place);
	return rows;
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
	const json_t **rows = sorted(list);
	doc_heading(doc, 3, "Panels", DOC_PLAIN, "");
	doc_table(doc, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = rows[i];
		const char *metric = result_string(row, "metric");

		doc_cellf(doc, DOC_CODE, "%s %s", result_string(row, "source"),
			  result_string(row, "name"));
		doc_cell(doc, DOC_CODE, metric);
		doc_cell(doc, DOC_PLAIN, report_run_count(result_number(row, "count"), text));
		for (size_t k = 0; k < 3; k++)
			doc_cell(doc, DOC_PLAIN, figure(metric, result_number(row, KEYS[k]), text));
	}
	doc_table_end(doc);
	free(rows);
}
