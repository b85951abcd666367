/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_CRITERIA_INTERNAL_H
#define THRONG_RECORD_CRITERIA_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "record/criteria.h"
#include "record/sliding.h"

struct cascade;
struct criteria_monitor;
struct histogram;

/* The state behind criteria.h: criteria.c fills it, criteria_judge.c judges it. */

/* Figures over all time, shared by the rules that ask for the same requests from the same instant on. */
struct total {
	const struct criterion *criterion; /* whose scope it is */
	uint64_t own_begin_ns, begin_ns;   /* as its rules' */
	struct tallies tallies;
	struct histogram *service, *response; /* NULL: no rule asks for these times */
};

struct rule {
	struct criterion_state state;
	uint64_t own_begin_ns; /* as written: since the start */
	uint64_t begin_ns;     /* since the start: not before a reset */
	struct total *total;   /* over all time; NULL: not of this kind */
	bool *active;          /* METRIC_ENDPOINTS_ACTIVE: by endpoint, had a success */
	unsigned active_count;
	uint64_t held_back_before;
	bool held_back_known;
	/* windows */
	struct sliding *sliding; /* NULL: none */
	uint64_t valid_ns;       /* windows must begin here or later */
	bool broken;             /* at the last second judged */
	uint64_t broken_since_ns;
	struct criteria_monitor *monitor;
	struct cascade *cascade;
};

struct criteria {
	const struct scenario *scenario;
	uint64_t start_ns;
	uint64_t stop_ns; /* since the start; UINT64_MAX: not yet */
	bool started;
	size_t count, total_count;
	struct rule *rules;
	struct total *totals; /* room for one a rule */
};

/* All times below are since the run's start. */
/* Judge one rule as it stands; least: windows that are enough for the cascade. */
void criteria_judge_rule(struct criteria *criteria, struct rule *rule, uint64_t now_ns,
			 uint64_t held_back, unsigned least);
/* After the last judgement: PASS or FAIL for good. */
void criteria_finish_rule(struct criteria *criteria, struct rule *rule, uint64_t now_ns);
/* Take in a reading of the rule's monitor. */
void criteria_judge_reading(struct rule *rule, const struct reading *reading, uint64_t at_ns);

#endif
