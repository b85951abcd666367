/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_CRITERION_INTERNAL_H
#define THRONG_SCENARIO_CRITERION_INTERNAL_H

/* Between the files of criterion only. */

#include "message/reading.h"
#include "scenario/criterion.h"

/* What a value is, how it is written and how it is shown. */
enum unit {
	UNIT_COUNT,    /* "375" */
	UNIT_RATIO,    /* "99%": 0.99 */
	UNIT_RATE,     /* "50": per second */
	UNIT_LATENCY,  /* "200ms": microseconds */
	UNIT_BYTES,    /* "10MiB" */
	UNIT_PERCENT,  /* "90%": 90, as panels measure */
	UNIT_DURATION, /* "30s": seconds, as panels measure */
	UNIT_NUMBER,   /* a gauge's value */
	UNIT_NONE      /* no cascading failures */
};

struct metric_row {
	const char *word;  /* in the grammar */
	const char *alias; /* another one, or NULL */
	enum metric metric;
	enum unit unit;
	double quantile; /* percentile words that name one: median */
	bool all_only;   /* has no meaning for one class or endpoint */
};

struct monitor_row {
	const char *word;
	const char *reading; /* struct reading's metric */
	enum unit unit;
	enum reading_source source;
};

/* Rows by the grammar's word; NULL when there is none. */
const struct metric_row *metric_row_find(const char *word, bool response);
const struct metric_row *metric_row_of(enum metric metric);
/* memory with a % is another metric than memory in bytes: `percent` chooses. */
const struct monitor_row *monitor_row_find(enum reading_source source, const char *word,
					   bool percent);
enum unit criterion_unit(const struct criterion *criterion);
const char *op_text(enum criterion_op op);

#endif
