/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/locust_table.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/text.h"
#include "record/locust_failures.h"
#include "record/locust_stats.h"

/* The formats of get_stats_summary, get_percentile_stats_summary and get_error_report_summary in
 * Locust's stats.py. Python pads strings by characters, C's printf by bytes: add_padded does it. */

#define TYPE_WIDTH     8
#define NAME_WIDTH_MAX 80
#define ERROR_WIDTH    100
#define TEXT_MAX       4096

/* STATS_NAME_WIDTH */
static int name_width(unsigned columns)
{
	if (columns == 0 || columns >= 80 + NAME_WIDTH_MAX)
		return NAME_WIDTH_MAX;
	return columns <= 80 ? 0 : (int)columns - 80;
}

static size_t characters(const char *str)
{
	size_t count = 0;

	for (; *str != '\0'; str++)
		count += ((unsigned char)*str & 0xc0) != 0x80;
	return count;
}

/* "%-WIDTHs", with text from a scenario or a target made safe for a terminal. */
static void add_padded(struct buf *out, const char *str, int width)
{
	char text[TEXT_MAX];
	size_t len;

	text_clean(text, sizeof(text), str, SIZE_MAX, false);
	len = characters(text);
	buf_adds(out, text);
	if (width > 0 && len < (size_t)width)
		buf_addf(out, "%*s", width - (int)len, "");
}

static void add_dashes(struct buf *out, int count, char end)
{
	for (int i = 0; i < count; i++)
		buf_addc(out, '-');
	buf_addc(out, end);
}

static void add_separator(struct buf *out, int width)
{
	static const int COLUMNS[] = { 7, 13, 7, 7, 7, 7, 8 };

	add_dashes(out, TYPE_WIDTH, '|');
	add_dashes(out, width - TYPE_WIDTH + 4, '|');
	for (size_t i = 0; i < sizeof(COLUMNS) / sizeof(COLUMNS[0]); i++)
		add_dashes(out, COLUMNS[i], '|');
	add_dashes(out, 11, '\n');
}

/* StatsEntry.to_string: "%d" of a float cuts it. */
static void add_row(struct buf *out, const struct locust_row *row, int width, bool current)
{
	double ratio = row->requests > 0 ? (double)row->failures / (double)row->requests : 0;
	char method[64], failures[64];

	snprintf(method, sizeof(method), row->method[0] != '\0' ? "%s " : "%s", row->method);
	snprintf(failures, sizeof(failures), "%" PRIu64 "(%.2f%%)", row->failures, ratio * 100);
	add_padded(out, method, TYPE_WIDTH);
	buf_addc(out, ' ');
	add_padded(out, row->name, abs(width - TYPE_WIDTH + 4));
	buf_addf(out, " %7" PRIu64 " %12s |%7ld %7ld %7ld%7ld | %7.2f %11.2f\n", row->requests,
		 failures, (long)row->average_ms, (long)row->min_ms, (long)row->max_ms,
		 (long)row->median_ms, current ? row->current_rps : row->rps,
		 current ? row->current_failures_rps : row->failures_rps);
}

static void add_summary(struct buf *out, const struct locust_stats *stats, int width, bool current)
{
	size_t count = locust_stats_count(stats);
	struct locust_row row;

	add_padded(out, "Type", TYPE_WIDTH);
	buf_addc(out, ' ');
	add_padded(out, "Name", abs(width - TYPE_WIDTH + 4));
	buf_addf(out, " %7s %12s |%7s %7s %7s%7s | %7s %11s\n", "# reqs", "# fails", "Avg", "Min",
		 "Max", "Med", "req/s", "failures/s");
	add_separator(out, width);
	for (size_t i = 0; i <= count; i++) {
		if (i == count)
			add_separator(out, width);
		locust_stats_row(stats, i, &row);
		add_row(out, &row, width, current);
	}
	buf_addc(out, '\n');
}

static void add_percentile_separator(struct buf *out, int width)
{
	add_dashes(out, TYPE_WIDTH, '|');
	add_dashes(out, width, '|');
	add_dashes(out, 8, '|');
	for (int i = 0; i < LOCUST_PERCENTILES; i++)
		add_dashes(out, 6, i + 1 < LOCUST_PERCENTILES ? '|' : '\n');
}

static void add_percentile_row(struct buf *out, const struct locust_row *row, int width)
{
	if (!row->has_times)
		return;
	add_padded(out, row->method, TYPE_WIDTH);
	buf_addc(out, ' ');
	add_padded(out, row->name, width);
	buf_addf(out, " %8lu", row->percentiles[0]);
	for (int i = 1; i < LOCUST_PERCENTILES; i++)
		buf_addf(out, " %6lu", row->percentiles[i]);
	buf_addf(out, " %6" PRIu64 "\n", row->requests);
}

static void add_percentiles(struct buf *out, const struct locust_stats *stats, int width)
{
	size_t count = locust_stats_count(stats);
	struct locust_row row;

	buf_adds(out, "Response time percentiles (approximated)\n");
	add_padded(out, "Type", TYPE_WIDTH);
	buf_addc(out, ' ');
	add_padded(out, "Name", width);
	buf_addf(out, " %8s", locust_times_percentile_name(0));
	for (size_t i = 1; i < LOCUST_PERCENTILES; i++)
		buf_addf(out, " %6s", locust_times_percentile_name(i));
	buf_addf(out, " %6s\n", "# reqs");
	add_percentile_separator(out, width);
	for (size_t i = 0; i <= count; i++) {
		if (i == count)
			add_percentile_separator(out, width);
		locust_stats_row(stats, i, &row);
		add_percentile_row(out, &row, width);
	}
	buf_addc(out, '\n');
}

static void add_error_separator(struct buf *out, int width)
{
	add_dashes(out, 18, '|');
	add_dashes(out, 80 + width - 19, '\n');
}

static void add_errors(struct buf *out, const struct locust_stats *stats, int width)
{
	const struct locust_failures *failures = locust_stats_failures(stats);
	size_t count = locust_failures_count(failures);
	char text[TEXT_MAX];

	if (count == 0)
		return;
	buf_addf(out, "Error report\n%-18s %-*s\n", "# occurrences", ERROR_WIDTH, "Error");
	add_error_separator(out, width);
	for (size_t i = 0; i < count; i++) {
		const struct locust_failure *failure = locust_failures_at(failures, i);

		snprintf(text, sizeof(text), "%s %s: %s", failure->method, failure->name,
			 failure->text);
		buf_addf(out, "%-18" PRIu64 " ", failure->count);
		add_padded(out, text, ERROR_WIDTH);
		buf_addc(out, '\n');
	}
	add_error_separator(out, width);
	buf_addc(out, '\n');
}

void locust_table_running(struct buf *out, const struct locust_stats *stats, unsigned columns)
{
	add_summary(out, stats, name_width(columns), true);
}

void locust_table_final(struct buf *out, const struct locust_stats *stats, unsigned columns)
{
	int width = name_width(columns);

	add_summary(out, stats, width, false);
	add_percentiles(out, stats, width);
	add_errors(out, stats, width);
}
