/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/csv.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "record/locust_failures.h"
#include "record/locust_stats.h"
#include "record/pyfloat.h"

/* The rows follow StatsCSV and StatsCSVFileWriter of Locust's stats.py. Where Python has an int
 * until something happened and a float afterwards, so do the files. */

#define PERCENTILE_COLUMNS "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"

static const struct {
	const char *suffix, *header;
} FILES[CSV_FILES] = {
	[CSV_STATS] = { "_stats.csv",
			"Type,Name,Request Count,Failure Count,Median Response Time,"
			"Average Response Time,Min Response Time,Max Response Time,"
			"Average Content Size,Requests/s,Failures/s," PERCENTILE_COLUMNS "\r\n" },
	[CSV_HISTORY] = { "_stats_history.csv",
			  "Timestamp,User Count,Type,Name,Requests/s,Failures/s," PERCENTILE_COLUMNS
			  ",Total Request Count,Total Failure Count,Total Median Response Time,"
			  "Total Average Response Time,Total Min Response Time,"
			  "Total Max Response Time,Total Average Content Size\r\n" },
	[CSV_FAILURES] = { "_failures.csv", "Method,Name,Error,Occurrences\r\n" },
	[CSV_EXCEPTIONS] = { "_exceptions.csv", "Count,Message,Traceback,Nodes\r\n" },
};

const char *csv_suffix(enum csv_file file)
{
	return FILES[file].suffix;
}

void csv_header(struct buf *out, enum csv_file file)
{
	buf_adds(out, FILES[file].header);
}

void csv_field(struct buf *out, const char *text)
{
	if (strpbrk(text, ",\"\r\n") == NULL) {
		buf_adds(out, text);
		return;
	}
	buf_addc(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_addc(out, '"');
		buf_addc(out, *text);
	}
	buf_addc(out, '"');
}

static void add_float(struct buf *out, double x)
{
	char text[PYFLOAT_SIZE];

	buf_addc(out, ',');
	buf_adds(out, pyfloat_repr(x, text));
}

/* `x or 0`: a zero, or what was never set, is the int. */
static void add_float_or_zero(struct buf *out, double x)
{
	if (x == 0)
		buf_adds(out, ",0");
	else
		add_float(out, x);
}

/* Request Count to Average Content Size: the same columns in both files. */
static void add_totals(struct buf *out, const struct locust_row *row)
{
	buf_addf(out, ",%" PRIu64 ",%" PRIu64, row->requests, row->failures);
	if (row->median_is_float)
		add_float_or_zero(out, row->median_ms);
	else
		buf_addf(out, ",%.0f", row->median_ms);
	add_float(out, row->average_ms);
	add_float_or_zero(out, row->min_ms);
	add_float_or_zero(out, row->max_ms);
	if (row->requests == 0)
		buf_adds(out, ",0");
	else
		add_float(out, row->average_bytes);
}

static void add_percentiles(struct buf *out, const struct locust_row *row)
{
	for (size_t i = 0; i < LOCUST_PERCENTILES; i++) {
		if (row->requests == 0)
			buf_adds(out, ",N/A");
		else
			buf_addf(out, ",%lu", row->percentiles[i]);
	}
}

static void add_names(struct buf *out, const struct locust_row *row)
{
	csv_field(out, row->method);
	buf_addc(out, ',');
	csv_field(out, row->name);
}

void csv_stats_rows(struct buf *out, const struct locust_stats *stats)
{
	for (size_t i = 0; i <= locust_stats_count(stats); i++) {
		struct locust_row row;

		locust_stats_row(stats, i, &row);
		add_names(out, &row);
		add_totals(out, &row);
		add_float(out, row.rps);
		add_float(out, row.failures_rps);
		add_percentiles(out, &row);
		buf_adds(out, "\r\n");
	}
}

void csv_failures_rows(struct buf *out, const struct locust_stats *stats)
{
	const struct locust_failures *failures = locust_stats_failures(stats);

	for (size_t i = 0; i < locust_failures_count(failures); i++) {
		const struct locust_failure *failure = locust_failures_sorted_at(failures, i);

		csv_field(out, failure->method);
		buf_addc(out, ',');
		csv_field(out, failure->name);
		buf_addc(out, ',');
		csv_field(out, failure->text);
		buf_addf(out, ",%" PRIu64 "\r\n", failure->count);
	}
}

int64_t csv_timestamp(uint64_t wall_ns)
{
	return (int64_t)((double)wall_ns / 1e9);
}

void csv_history_rows(struct buf *out, const struct locust_stats *stats, bool full,
		      uint64_t wall_ns, unsigned users)
{
	size_t count = locust_stats_count(stats);

	for (size_t i = full ? 0 : count; i <= count; i++) {
		struct locust_row row;

		locust_stats_row(stats, i, &row);
		if (full)
			locust_stats_current_percentiles(stats, i, wall_ns, row.percentiles);
		buf_addf(out, "%" PRId64 ",%u,", csv_timestamp(wall_ns), users);
		add_names(out, &row);
		buf_addf(out, ",%f,%f", row.current_rps, row.current_failures_rps);
		add_percentiles(out, &row);
		add_totals(out, &row);
		buf_adds(out, "\r\n");
	}
}
