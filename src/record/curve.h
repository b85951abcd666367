/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_CURVE_H
#define THRONG_RECORD_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct histogram;

/* Figures by load instead of by time: how response times and failures depend on the number of
 * users (open runs: on the arrival rate wanted), as the load climbs for the first time. The range
 * from 0 to the planned load is cut into CURVE_LEVELS levels; a request belongs to the level the
 * load had reached at its (intended) start and, for failures as they appear, to the one at its
 * end. What happens more than CURVE_HOLD_NS after a level was first reached is left out, and so
 * is everything below the highest load so far: a collapse that comes late at constant load, or
 * what lingers on the way down, must not be ascribed to a number of users. Memory is fixed: about
 * 2 MB. Recorder thread. */
#define CURVE_LEVELS  512
#define CURVE_HOLD_NS 10000000000ULL

struct curve_level {
	uint64_t first_ns; /* when the load reached it, since the run's start; UINT64_MAX: never */
	uint64_t requests; /* started at it */
	uint64_t failed;   /* of them */
	double load_sum;   /* exact load at the start, summed over requests */
	struct histogram *times;      /* response times, coarse; NULL: none */
	struct histogram *good;       /* of those that succeeded */
	uint64_t ended, ended_failed; /* ended at it, and failed */
	uint64_t first_failure_ns;    /* end of the first of them; UINT64_MAX: none */
	double first_failure_load;
};

struct curve;

/* max_load: users or requests per second that are planned; a load above it doubles the range (and
 * the width of the levels) as often as it takes. */
struct curve *curve_new(double max_load);
void curve_free(struct curve *curve); /* NULL is fine */
/* The load at an instant (since the run's start; rising). */
void curve_load(struct curve *curve, uint64_t at_ns, double load);
/* A request that was not aborted, by instants since the run's start. */
void curve_add(struct curve *curve, uint64_t start_ns, uint64_t end_ns, uint64_t us, bool failed);
const struct curve_level *curve_level(const struct curve *curve, size_t i);
double curve_top(const struct curve *curve); /* highest load seen */
double curve_max(const struct curve *curve); /* of the range */

#endif
