/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_CRITERIA_MONITOR_H
#define THRONG_RECORD_CRITERIA_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

struct criterion;
struct reading;

/* A criterion about a panel's value: which readings are its, and whether they break it. Each
 * container (or database) that matches is followed on its own. Used by criteria.c only. */
struct criteria_monitor;

struct criteria_moment {
	double value;  /* the reading, or the mean over the rule's window */
	bool breached; /* broken, for as long as the rule says */
};

struct criteria_monitor *criteria_monitor_new(const struct criterion *criterion);
void criteria_monitor_free(struct criteria_monitor *monitor); /* NULL is fine */
/* Forget all readings; earlier ones than begin_ns (since the run's start) do not count. */
void criteria_monitor_begin(struct criteria_monitor *monitor, uint64_t begin_ns);
/* True when the reading is one of the rule's and gives it a value: with a window, once readings
 * cover it. */
bool criteria_monitor_take(struct criteria_monitor *monitor, const struct reading *reading,
			   uint64_t at_ns, struct criteria_moment *out);
/* Is any of them broken at its last reading? */
bool criteria_monitor_broken(const struct criteria_monitor *monitor);
#endif
