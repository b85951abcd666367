/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_CRITERIA_VALUE_H
#define THRONG_RECORD_CRITERIA_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "message/frame.h"
#include "scenario/criterion.h"

struct histogram;
struct tallies;

/* What the metrics of criteria mean: pure functions. Used by criteria.c only. */

enum value_growth { /* how a metric over all time can still change */
		    GROWS_UP,
		    GROWS_DOWN,
		    GROWS_ANY
};

enum value_source {
	SOURCE_COUNT,
	SOURCE_RATE,
	SOURCE_RATIO,
	SOURCE_TIME,
	SOURCE_OTHER /* not from tallies and times */
};

struct criteria_trait {
	enum value_source source;
	enum value_growth growth;
	bool response; /* of response times instead of service times */
};

const struct criteria_trait *criteria_trait(enum metric metric);
/* The metric's value over counts, times and seconds; false when there is none (no request). */
bool criteria_measure(const struct criterion *criterion, const struct tallies *tallies,
		      const struct histogram *times, double seconds, double *value);
/* Enough requests to believe that a rule over all time is broken? */
bool criteria_enough(const struct criterion *criterion, uint64_t requests);
/* A value that moves one way only (GROWS_UP or GROWS_DOWN) against its rule; final: for good. */
enum verdict criteria_judge_growing(const struct criterion *criterion, double value,
				    enum value_growth growth, bool *final);
/* Is `value` nearer to breaking the rule, or breaking it more, than `than`? */
bool criteria_is_worse(const struct criterion *criterion, double value, double than);

#endif
