/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_CRITERIA_H
#define THRONG_RECORD_CRITERIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/frame.h"

struct criterion;

/* The scenario's criteria, judged while the run goes on. Recorder thread. */
#define CRITERIA_TEXT_MAX 96

struct criterion_state {
	const struct criterion *criterion; /* the rule; criterion->text is what is shown */
	bool measured;                     /* value holds something */
	double value; /* in the metric's unit (criterion.h); windows: the worst one */
	char text[CRITERIA_TEXT_MAX]; /* value as a person reads it; "–" when not measured */
	enum verdict state;           /* as it stands now; PASS or FAIL once the run is over */
	bool final;                   /* nothing can change it any more */
	bool breached;                /* was broken at some time as the rule counts it */
	uint64_t breach_ns;           /* since the run's start, when it was first breached */
};

struct criteria;
size_t criteria_count(const struct criteria *criteria);
const struct criterion_state *criteria_at(const struct criteria *criteria, size_t i);

#endif
