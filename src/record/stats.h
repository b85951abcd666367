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
struct scenario;

/* Totals and the last 10 s of every endpoint, every class and all, from samples. Recorder
 * thread. Invariant, asserted: requests = ok + failures; requests of all = sum over endpoints =
 * sum over classes. */
#define STATS_WINDOW_NS 10000000000ULL

struct stats;

struct stats_cell { /* what is counted of one endpoint, class or all; read-only outside stats.c */
	uint64_t requests, failures, aborted;
	uint64_t bytes_in, bytes_out, body_bytes;
	uint64_t window_requests, window_failures;
	uint64_t first_ns, last_ns; /* end instants of the first and last request; 0: none */
	struct histogram *service, *service_window;
	struct histogram *response, *response_window; /* NULL in closed runs: equal to service */
	uint64_t in_flight;
	uint64_t oldest_start_ns;
};

struct stats *stats_new(const struct scenario *scenario, unsigned engines);
void stats_free(struct stats *stats);
/* Forget everything counted; in-flight figures stay. */
void stats_reset(struct stats *stats, uint64_t now_ns);
/* Count one REQUEST or IN_FLIGHT sample; others are ignored. Samples flagged SETUP are not
 * counted. */
void stats_add(struct stats *stats, const struct sample *sample);
/* Let the window end at now_ns: what is older than 10 s leaves it. Call before reading window
 * figures. */
void stats_advance(struct stats *stats, uint64_t now_ns);
const struct stats_cell *stats_all(const struct stats *stats);
const struct stats_cell *stats_endpoint(const struct stats *stats, unsigned endpoint);
const struct stats_cell *stats_class(const struct stats *stats, unsigned class_id);
/* Seconds the window really covers at now_ns (less than 10 at the start or after a reset). */
double stats_window_seconds(const struct stats *stats, uint64_t now_ns);
/* Fill the figures of a frame row (not its strings) from a cell. */
void stats_fill_row(const struct stats *stats, const struct stats_cell *cell, uint64_t now_ns,
		    struct frame_row *row);

/* Failures by (endpoint, kind, status, detail), at most STATS_FAILURES_MAX different ones, the
 * rest under "other". */
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
 * token: no such key". Writes to dst. */
char *stats_failure_text(const struct scenario *scenario, const struct stats_failure *failure,
			 char *dst, size_t size);

#endif
