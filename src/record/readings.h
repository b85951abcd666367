/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_READINGS_H
#define THRONG_RECORD_READINGS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

struct buf;
struct reading;

/* What the panels measured during a run, for its result files: every value and event as lines of
 * PREFIX_monitor.csv, and for the JSON result each metric with its range and its course over the run.
 * Memory is bounded: READINGS_TRACKS_MAX metrics of READINGS_POINTS points (steps of 1, 2, 4 ... s: the
 * step doubles when they are full), READINGS_EVENTS_MAX events; what is beyond goes to the CSV file
 * only. Recorder thread. */
#define READINGS_TRACKS_MAX 512
#define READINGS_EVENTS_MAX 500
#define READINGS_POINTS     600
#define READINGS_CSV_SUFFIX "_monitor.csv"

struct readings;

/* csv: whether lines are wanted (else none are made). Caller frees with readings_free (NULL is fine). */
struct readings *readings_new(bool csv);
void readings_free(struct readings *readings);
/* The load begins: what was read before is not part of the run, but for what is told when it changes only
 * (problems, states, limits): that is said once more, at the first instant. */
void readings_start(struct readings *readings, uint64_t start_ns, uint64_t wall_start_ns);
void readings_add(struct readings *readings, const struct reading *reading);
/* Append the header of the CSV file. */
void readings_csv_header(struct buf *out);
/* Append the lines that came since the last call. */
void readings_csv_take(struct readings *readings, struct buf *out);
/* The "monitor" member of the result; a new reference. */
json_t *readings_json(const struct readings *readings);

#endif
