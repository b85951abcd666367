/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/locust_read.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/csv_table.h"

/* Locust's "current" rates lag by up to twelve seconds and its percentiles are those of the whole run
 * unless the history is full. But the totals of two lines differ by exactly what happened between
 * them, so rates and means per second are taken from there. A line stands for the time since the one
 * before it; a reset in between (totals that shrink) begins at zero. */

#define POINTS_MAX 3600

enum { USERS, RPS, FAILURES, MEAN, P50, P95, P99, LINES };
static const char *const KEYS[LINES] = { "users",  "rps",    "failures_rps", "mean_us",
					 "p50_us", "p95_us", "p99_us" };
static const char *const PERCENTILE_TITLES[] = { "50%", "95%", "99%" };

#define FULL_NOTE                                                                        \
	"Made from Locust's CSV files. Percentiles over time are of about the last ten " \
	"seconds, as Locust computes them; rates are taken from the totals."
#define SHORT_NOTE                                                                      \
	"Made from Locust's CSV files. They hold no percentiles over time (that takes " \
	"--csv-full-history): the mean of each second is shown, taken from the totals."

struct point {
	double at_s; /* since the first line */
	double users, requests, failures, total_ms;
	double percentiles_us[3];
};

struct history {
	struct point *points;
	size_t count;
	double start_s; /* Unix time of the first line */
	bool full;
};

static bool is_total(const struct csv_table *table, size_t row)
{
	return csv_table_text(table, row, "Type")[0] == '\0' &&
	       strcmp(csv_table_text(table, row, "Name"), "Aggregated") == 0;
}

static double or_zero(double value)
{
	return isfinite(value) ? value : 0;
}

static void add_point(struct history *history, const struct csv_table *table, size_t row)
{
	double at = csv_table_number(table, row, "Timestamp");
	struct point *point = &history->points[history->count];

	if (!isfinite(at) || at < 0 || at > 1e11)
		return;
	if (history->count == 0)
		history->start_s = at;
	if (history->count > 0 && at < history->start_s + point[-1].at_s)
		return; /* a clock that was set back */
	point->at_s = at - history->start_s;
	point->users = csv_table_number(table, row, "User Count");
	point->requests = or_zero(csv_table_number(table, row, "Total Request Count"));
	point->failures = or_zero(csv_table_number(table, row, "Total Failure Count"));
	point->total_ms = point->requests *
			  or_zero(csv_table_number(table, row, "Total Average Response Time"));
	/* in its first seconds a row has no window yet: zeros, also as its largest */
	for (size_t p = 0; p < 3; p++)
		point->percentiles_us[p] =
			csv_table_number(table, row, "100%") > 0
				? csv_table_number(table, row, PERCENTILE_TITLES[p]) * 1000
				: NAN;
	history->count++;
}

static void read_points(struct history *history, const struct csv_table *table)
{
	size_t rows = csv_table_rows(table);

	history->points = mem_array(rows + 1, sizeof(history->points[0]));
	for (size_t i = 0; i < rows; i++) {
		if (is_total(table, i))
			add_point(history, table, i);
		else
			history->full = true;
	}
}

struct bin {
	double requests, failures, total_ms, users;
	double percentiles_us[3];
	bool known;
};

/* What happened between two lines, spread evenly over the bins between them. */
static void spread(struct bin *bins, size_t count, double step_s, const struct point *from,
		   const struct point *to)
{
	bool reset = to->requests < from->requests || to->failures < from->failures;
	size_t first = (size_t)(from->at_s / step_s);
	size_t last = (size_t)(ceil(to->at_s / step_s));
	double share;

	if (last > count)
		last = count;
	if (last <= first)
		last = first + 1 <= count ? first + 1 : count;
	share = last > first ? 1.0 / (double)(last - first) : 0;
	for (size_t b = first; b < last; b++) {
		bins[b].requests += (to->requests - (reset ? 0 : from->requests)) * share;
		bins[b].failures += (to->failures - (reset ? 0 : from->failures)) * share;
		bins[b].total_ms += (to->total_ms - (reset ? 0 : from->total_ms)) * share;
		bins[b].users = to->users;
		memcpy(bins[b].percentiles_us, to->percentiles_us, sizeof(to->percentiles_us));
		bins[b].known = true;
	}
}

static json_t *number(double value)
{
	return isfinite(value) ? json_real(round(value * 1000) / 1000) : json_null();
}

static double value_of(const struct history *history, const struct bin *bin, double step_s,
		       int line)
{
	if (!bin->known)
		return NAN;
	switch (line) {
	case USERS:
		return bin->users;
	case RPS:
		return bin->requests / step_s;
	case FAILURES:
		return bin->failures / step_s;
	case MEAN:
		/* a difference of two large numbers can be a little off at nothing */
		return bin->requests >= 0.5 && bin->total_ms >= 0
			       ? bin->total_ms / bin->requests * 1000
			       : NAN;
	default:
		return history->full && bin->requests >= 0.5 ? bin->percentiles_us[line - P50]
							     : NAN;
	}
}

static json_t *series_of(const struct history *history, const struct bin *bins, size_t count,
			 double step_s)
{
	json_t *series = json_object();

	json_object_set_new(series, "start_s", json_real(0));
	json_object_set_new(series, "step_s", json_real(step_s));
	json_object_set_new(series, "count", json_integer((json_int_t)count));
	for (int line = 0; line < LINES; line++) {
		json_t *values = json_array();

		for (size_t b = 0; b < count; b++)
			json_array_append_new(values,
					      number(value_of(history, &bins[b], step_s, line)));
		json_object_set_new(series, KEYS[line], values);
	}
	return series;
}

void locust_read_history(json_t *result, const struct csv_table *table)
{
	struct history history = { .points = NULL };
	double length_s, step_s;
	struct bin *bins;
	char stamp[32];
	size_t count;

	read_points(&history, table);
	if (history.count >= 2) {
		length_s = history.points[history.count - 1].at_s;
		step_s = fmax(1, ceil(length_s / POINTS_MAX));
		count = (size_t)fmax(1, ceil(length_s / step_s));
		bins = mem_array(count, sizeof(bins[0]));
		for (size_t i = 1; i < history.count; i++)
			spread(bins, count, step_s, &history.points[i - 1], &history.points[i]);
		clock_format_rfc3339((uint64_t)(history.start_s * 1e9), stamp, sizeof(stamp));
		json_object_set_new(result, "started", json_string(stamp));
		json_object_set_new(result, "duration_s", json_real(length_s));
		json_object_set_new(result, "source",
				    json_string(history.full ? FULL_NOTE : SHORT_NOTE));
		json_object_set_new(result, "series", series_of(&history, bins, count, step_s));
		free(bins);
	}
	free(history.points);
}
