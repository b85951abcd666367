/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_SERIES_H
#define THRONG_RECORD_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/frame.h"

/* The run over time, in memory that does not grow with it: the last 600 s in steps of one
 * second, the last 80 minutes in steps of eight (only steps that are over), and the whole run in at
 * most 600 steps of 1, 2, 4, ... seconds (the step doubles when they are full). Whatever part of a run
 * is looked at, one of the three shows it in at least 75 points while the run is shorter than ten and
 * a half hours. Recorder thread.
 *
 * A request belongs to the second in which it ended. Percentiles are of response times (closed
 * runs: equal to service times). Those of a second are within 0.1 %; those of a whole-run step
 * come from a histogram kept for each step and merged when steps merge, within 0.8 %, never
 * from averaging percentiles. Users, requests in flight and panel values of a step are the mean
 * of its seconds that have one. Seconds without a request have rates of 0 and FRAME_GAP for
 * percentiles; what was not measured at all is FRAME_GAP. */
#define SERIES_POINTS         600
#define SERIES_MIDDLE_SECONDS 8

struct histogram;
struct series;

/* A second as it closes. */
struct series_second {
	uint64_t number; /* since the run's start */
	uint64_t requests, failures;
	const struct histogram *times; /* response times, 0.1 % */
};

/* Evenly spaced points, oldest first; point i covers [start + i*step, start + (i+1)*step) since
 * the run's start. Valid until the next call that changes the series. */
struct series_view {
	uint64_t start_ns, step_ns;
	size_t count;
	const float *values[SERIES_METRICS];
};

struct series *series_new(void);
void series_free(struct series *series); /* NULL is fine */
/* fn is called for each second as it closes, before anything can be added to the next call's. */
void series_on_second(struct series *series,
		      void (*fn)(void *arg, const struct series_second *second), void *arg);
/* The run begins at this instant (monotonic): second 0. Forgets everything before. */
void series_start(struct series *series, uint64_t start_ns);
/* Count one finished request: its end and its response time. Seconds that are closed already
 * take nothing more: a late one is counted in the oldest open second. */
void series_add(struct series *series, uint64_t end_ns, uint64_t us, bool failed);
/* A value of now: SERIES_USERS, SERIES_IN_FLIGHT or a panel's. The last one given within a
 * second is the second's; users and in flight carry on into seconds that got none. */
void series_set(struct series *series, uint64_t at_ns, enum series_metric metric, double value);
/* What is added or set at this instant or later closes seconds, to make room for it; or series_make_room does
 * so before. */
uint64_t series_room_ns(const struct series *series);
void series_make_room(struct series *series, uint64_t at_ns);
/* Every request that ended before now_ns has been added: close the seconds that are over.
 * Returns how many were closed. */
unsigned series_advance(struct series *series, uint64_t now_ns);
/* Close also the second that is under way (the run's last one, as a point of its own), if anything
 * happened in it. Returns how many were closed. */
unsigned series_finish(struct series *series, uint64_t end_ns);

struct series_view series_recent(const struct series *series);
struct series_view series_middle(const struct series *series);
struct series_view series_whole(const struct series *series);

#endif
