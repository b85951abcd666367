/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_STATS_H
#define THRONG_RECORD_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/sample.h"

struct frame_latency;
struct frame_row;
struct histogram;
struct pending_list;
struct scenario;

/* Totals and the last 10 s of every endpoint, every class and all, from samples. Recorder
 * thread. Invariant, asserted: requests = ok + failures; requests of all = sum over endpoints =
 * sum over classes.
 *
 * The window is exact: each request leaves it 10 s after its end. When more than WINDOW_MAX
 * requests end within 10 s (above 200,000 req/s) the oldest leave early and the window is shorter;
 * stats_window_seconds says so, and rates stay right.
 *
 * Percentiles of all and of the classes are within 0.1 %, and of endpoints while there are at most
 * STATS_PRECISE_ENDPOINTS; with more, endpoints are within 0.8 %, which keeps 10,000 of them within
 * about 140 MB (every octave of latency in use at each) instead of 1 GB. */
#define STATS_WINDOW_NS         10000000000ULL
#define STATS_PRECISE_ENDPOINTS 1000

struct stats;

struct stats_cell { /* what is counted of one endpoint, class or all; read-only outside stats.c */
	uint64_t requests, ok, failures, aborted; /* requests: without the aborted ones */
	uint64_t
		extra; /* requests on the wire beyond one each: redirects, repeats; aborted ones' too */
	uint64_t bytes_in, bytes_out, body_bytes;
	uint64_t window_requests, window_failures;
	uint64_t first_ns, last_ns; /* end instants of the first and last request; 0: none */
	/* An endpoint's are NULL until its first request. */
	struct histogram *service, *service_window;
	struct histogram *response, *response_window; /* NULL in closed runs: equal to service */
	uint64_t in_flight;       /* endpoints and all; 0 for one of several classes */
	uint64_t oldest_start_ns; /* of those in flight; 0: none */
};

/* engines: how many send IN_FLIGHT records. */
struct stats *stats_new(const struct scenario *scenario, unsigned engines);
void stats_free(struct stats *stats);
/* Forget everything counted; in-flight figures stay. Figures count from now_ns on. */
void stats_reset(struct stats *stats, uint64_t now_ns);
/* An IN_FLIGHT sample. */
void stats_in_flight(struct stats *stats, const struct sample *sample);
/* Count a REQUEST sample (none that is flagged SETUP) in all figures but its endpoint's: these follow, before
 * anything is read, the window advances or as many as PENDING_MAX others come, with stats_add_endpoints. */
void stats_add_whole(struct stats *stats, const struct sample *sample);
void stats_add_endpoints(struct stats *stats, const struct pending_list *list);
/* Let the window end at now_ns: what is older than 10 s leaves it. Call before reading window
 * figures. */
void stats_advance(struct stats *stats, uint64_t now_ns);
const struct stats_cell *stats_all(const struct stats *stats);
const struct stats_cell *stats_endpoint(const struct stats *stats, unsigned endpoint);
const struct stats_cell *stats_class(const struct stats *stats, unsigned class_id);
/* Instant from which totals count: the last reset, or the first request's start. 0: none yet. */
uint64_t stats_since_ns(const struct stats *stats);
/* Seconds the window really covers at now_ns (less than 10 at the start or after a reset). */
double stats_window_seconds(const struct stats *stats, uint64_t now_ns);
/* Requests per second over all time since the reset, up to the last request of all (as Locust's
 * "Requests/s"); count is the number of any row. 0 before the first. */
double stats_total_rate(const struct stats *stats, uint64_t count);
/* Fill the figures of a frame row (not its strings) from a cell. Window rates are per second of
 * the window, but of at least one second. */
void stats_fill_row(const struct stats *stats, const struct stats_cell *cell, uint64_t now_ns,
		    struct frame_row *row);
/* Fill from a histogram; NULL gives zeros. */
void stats_fill_latency(const struct histogram *hist, struct frame_latency *out);
/* Whether the invariants above hold: for tests, and asserted at the end of a run. */
bool stats_consistent(const struct stats *stats);

/* Times of a REQUEST sample in microseconds, rounded to nearest; at most 1 h. */
static inline uint32_t sample_us(uint64_t from_ns, uint64_t to_ns)
{
	uint64_t us = to_ns > from_ns ? (to_ns - from_ns + 500) / 1000 : 0;

	return us > 3600000000ULL ? 3600000000U : (uint32_t)us;
}
static inline uint32_t sample_service_us(const struct sample *sample)
{
	return sample_us(sample->u.request.start_ns, sample->end_ns);
}
static inline uint32_t sample_response_us(const struct sample *sample)
{
	return sample_us(sample->u.request.intended_ns, sample->end_ns);
}

/* Failures by (endpoint, kind, status, detail), at most STATS_FAILURES_MAX different ones; the rest
 * is one more entry of endpoint SAMPLE_ALL and kind FAILURE_OTHER. In the order they were first
 * met. */
#define STATS_FAILURES_MAX 2000
struct stats_failure {
	unsigned endpoint;
	uint8_t kind;
	uint16_t status;
	int32_t detail;
	uint64_t count, window_count;
	uint64_t first_ns, last_ns;
};
size_t stats_failure_count(const struct stats *stats);
const struct stats_failure *stats_failure_at(const struct stats *stats, size_t i);
/* Plain text of a failure: "HTTP 503 Service Unavailable", "connection refused", "extract
 * token: no such key". Cleaned. Writes to dst and returns it. */
char *stats_failure_text(const struct scenario *scenario, const struct stats_failure *failure,
			 char *dst, size_t size);

#endif
