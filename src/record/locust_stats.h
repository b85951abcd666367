/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_LOCUST_STATS_H
#define THRONG_RECORD_LOCUST_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/locust_times.h"

struct locust_failures;
struct sample;
struct scenario;

/* The statistics that Locust 2.12 would have kept of the same requests (stats.py: StatsEntry,
 * RequestStats), down to its rounding, its two ideas of a median and its "current" rates. Times
 * are wall clock nanoseconds, which become Python's float seconds where Locust has them. Response
 * time here is what Locust calls so: from the start of the request (service time), also in open
 * runs. Aborted requests are none to Locust.
 *
 * Memory is bounded whatever the run's length: see locust_times.h, for each row, and 20 times half
 * of it more for each row with snapshots. Recorder thread. */
struct locust_stats;

/* One line of Locust's tables and files. */
struct locust_row {
	const char *method; /* "" for the total */
	const char *name;   /* "Aggregated" for the total */
	uint64_t requests, failures;
	bool has_times;
	double median_ms;
	bool median_is_float; /* whether Python would show it as 150.0 or 150 */
	double average_ms, min_ms, max_ms;
	double average_bytes;
	double rps, failures_rps;                 /* over the run */
	double current_rps, current_failures_rps; /* seconds L-12 .. L-3, L the last request's */
	unsigned long percentiles[LOCUST_PERCENTILES]; /* ms */
};

/* `scenario` is borrowed; its endpoints become rows once they have seen a request. snapshots: keep
 * what the current percentiles need (only --csv-full-history shows them). */
struct locust_stats *locust_stats_new(const struct scenario *scenario, bool snapshots);
void locust_stats_free(struct locust_stats *stats); /* NULL is fine */
/* A test starts: no rows, no failures, time begins. */
void locust_stats_clear(struct locust_stats *stats, uint64_t wall_ns);
/* --reset-stats: rows stay with zeros, failures go, time begins anew. */
void locust_stats_reset(struct locust_stats *stats, uint64_t wall_ns);
/* Count a REQUEST sample that ended at wall_ns, unless it was aborted: in the total and the failures in
 * the order of arrival, and in its endpoint's row, in which the order is that of the row's requests. Both
 * are due before anything is read. */
void locust_stats_add_total(struct locust_stats *stats, const struct sample *sample,
			    uint64_t wall_ns);
void locust_stats_add_row(struct locust_stats *stats, const struct sample *sample,
			  uint64_t wall_ns);
/* Samples of this endpoint will be added soon, if there is such: have its memory fetched meanwhile. */
void locust_stats_expect(const struct locust_stats *stats, size_t endpoint);

/* How many rows there are besides the total. */
size_t locust_stats_count(const struct locust_stats *stats);
/* Fill in the i-th row by (name, method) in code point order; i = count: the total. */
void locust_stats_row(const struct locust_stats *stats, size_t i, struct locust_row *out);
/* Fill in only the percentiles of about the last 10 s before wall_ns: zeros when no snapshot of
 * the right age exists. */
void locust_stats_current_percentiles(const struct locust_stats *stats, size_t i, uint64_t wall_ns,
				      unsigned long out[LOCUST_PERCENTILES]);
const struct locust_failures *locust_stats_failures(const struct locust_stats *stats);

#endif
