/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_CRITERIA_H
#define THRONG_RECORD_CRITERIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/frame.h"

struct criterion;
struct reading;
struct sample;
struct scenario;

/* The scenario's criteria, judged while the run goes on. Recorder thread. What the grammar of
 * scenario/criterion.h means:
 *
 * - A rule looks at what happened from its begin on: "after D" since the start, else the end of
 *   the load's warm-up, else the start. A request belongs to the instant of its end.
 * - Without "in any" and "for" it is about all of that time. Counts and maxima can only grow, so
 *   "failures == 0" is lost at the first failure and "requests >= 375" is won at the 375th; until
 *   then it is pending. Rates count up to the stop, not the drain. A percentile or ratio that
 *   looks broken stays pending until there are enough requests to tell (1 / (1 - q) for the
 *   quantile q, 20 for others), so that an "abort" is not set off by the first slow answer; at
 *   the end it is judged in any case.
 * - "in any D" holds when it holds in every window of length D that begins at a whole second (D
 *   is rounded up to seconds), lies after the begin and before the stop, and holds no pause. A
 *   run shorter than D is one window. Windows without requests say nothing about times and
 *   ratios.
 * - "for D" is broken when it was broken at every second for as long as D. It is about the
 *   present: without "in any", times, ratios and rates are those of the last 10 s, counts are
 *   totals.
 * - A monitor rule looks at each reading of its source ("in any D": at the mean of the readings
 *   of the last D); if several containers match, at each of them.
 * - "no cascading failures": cascade.h.
 * - What was never measured (no request, no reading) has not passed: it fails when the run is
 *   over, except for counts, where nothing is 0.
 * - Resetting the statistics begins all of this anew. */
#define CRITERIA_TEXT_MAX 96

struct criterion_state {
	const struct criterion *criterion; /* the rule; criterion->text is what is shown */
	bool measured;                     /* value holds something */
	double value; /* in the metric's unit (criterion.h); windows: the worst one */
	char text[CRITERIA_TEXT_MAX]; /* value as a person reads it; "–" while not measured, at the
				       * end why it was not */
	enum verdict state;           /* as it stands now; PASS or FAIL once the run is over */
	bool final;                   /* nothing can change it any more */
	bool breached;                /* was broken at some time as the rule counts it */
	uint64_t breach_ns;           /* since the run's start, when it was first breached */
};

struct criteria;

struct criteria *criteria_new(const struct scenario *scenario);
void criteria_free(struct criteria *criteria); /* NULL is fine */
/* The load begins. Nothing is counted before. */
void criteria_start(struct criteria *criteria, uint64_t start_ns);
/* Begin anew at now_ns (monotonic), as the statistics do. */
void criteria_reset(struct criteria *criteria, uint64_t now_ns);
/* A REQUEST sample that is not flagged SETUP. */
void criteria_add(struct criteria *criteria, const struct sample *sample);
/* A panel's reading; only values are of interest. */
void criteria_reading(struct criteria *criteria, const struct reading *reading);
/* A pause begins or ends: windows that touch it are not judged. */
void criteria_pause(struct criteria *criteria, uint64_t now_ns, bool paused);
/* The drain begins: windows and rates end here. The first call counts. */
void criteria_stop(struct criteria *criteria, uint64_t now_ns);
/* A second of the run was closed (series.h): for the cascade. */
void criteria_second(struct criteria *criteria, double requests, double failures, double p99_us,
		     bool constant);
/* Judge. now_ns: until when every request has been added; held_back: starts held back so far.
 * Returns the index of a rule with "abort" that has just been breached, or -1. */
int criteria_judge(struct criteria *criteria, uint64_t now_ns, uint64_t held_back);
/* Judge for the last time: everything becomes PASS or FAIL. */
void criteria_finish(struct criteria *criteria, uint64_t now_ns, uint64_t held_back);

size_t criteria_count(const struct criteria *criteria);
const struct criterion_state *criteria_at(const struct criteria *criteria, size_t i);
/* FAIL when any rule has failed so far, PENDING while any is pending, else PASS (also without
 * any). */
enum verdict criteria_verdict(const struct criteria *criteria);

#endif
