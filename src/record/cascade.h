/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_CASCADE_H
#define THRONG_RECORD_CASCADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "No cascading failures" as a measure: while the load is constant, neither the failure ratio nor
 * the p99 keeps rising. Recorder thread.
 *
 * The constant part of a run (no ramp, no pause, targets unchanged) is cut into windows of a 24th
 * of the planned duration, at least 1 s and at most 10 s (10 s when no duration is planned). A
 * window's failure ratio is failures / requests, its p99 the median of its seconds' p99. A figure
 * keeps rising when, over the last 12 windows or over all (at most 36) since the load became
 * constant, - Kendall's tau-b of the figure over time is at least 0.6 (by chance in 3 of 1,000
 * series of 12), and - the median of the last third exceeds that of the first third by enough to
 * matter: failure ratio by 0.02; p99 by half of it and by 50 ms. It is judged from 12 windows on;
 * at the end of the run 6 are enough. */
#define CASCADE_WINDOWS 36
#define CASCADE_ENOUGH  12
#define CASCADE_LEAST   6

enum cascade_state {
	CASCADE_UNKNOWN, /* not enough constant load yet */
	CASCADE_STEADY,
	CASCADE_FAILURES, /* the failure ratio kept rising */
	CASCADE_LATENCY   /* the p99 kept rising */
};

struct cascade_result {
	enum cascade_state state;
	unsigned windows; /* behind it */
	double from, to;  /* ratio or p99 in µs: first and last third; STEADY: to is the p99's */
	double failures;  /* STEADY: failure ratio of the last third */
	uint64_t span_ns; /* how long the windows took */
};

struct cascade;

/* duration_ns: planned; 0: none. */
struct cascade *cascade_new(uint64_t duration_ns);
void cascade_free(struct cascade *cascade); /* NULL is fine */
/* A second of the run: requests and failures that ended in it, its p99 (negative: none), whether
 * the load was constant through it. */
void cascade_second(struct cascade *cascade, double requests, double failures, double p99_us,
		    bool constant);
/* How it stands; least: how many windows are enough. */
struct cascade_result cascade_judge(const struct cascade *cascade, unsigned least);
/* The judgement on its own, over n windows: pure. */
struct cascade_result cascade_judge_windows(const double *ratio, const double *p99_us, size_t n);

#endif
