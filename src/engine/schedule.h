/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_SCHEDULE_H
#define THRONG_ENGINE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* When users exist and when requests start: pure functions of time, so that N engines given the
 * same commands with the same instants agree to the last user, each owning the users k with k %
 * N == its index. */

/* A count that moves evenly towards a target: step j (from 1) of the way happens at t0 + j /
 * rate. */
struct ramp {
	int64_t t0_ns; /* below 0 when the first step is due at once and the clock begins at 0 */
	uint32_t from;
	uint32_t target;
	double rate; /* steps per second, both directions; > 0; INFINITY: at once */
};

/* Stands at `count`. */
void ramp_init(struct ramp *ramp, uint32_t count);
/* From now on move from where it stands at now_ns to target at rate. Two steps are never closer
 * than 1 / rate, however often this is called, and a ramp at rest takes its first step at once:
 * a slider that is moved all the time neither starves the ramp nor speeds it up. */
void ramp_retarget(struct ramp *ramp, uint64_t now_ns, uint32_t target, double rate);
/* Move to target so that the last step falls on now_ns + over_ns (0: at once). */
void ramp_retarget_over(struct ramp *ramp, uint64_t now_ns, uint32_t target, uint64_t over_ns);
uint32_t ramp_at(const struct ramp *ramp, uint64_t now_ns);
/* Instant of the next step after now_ns; UINT64_MAX when the target is reached. */
uint64_t ramp_next_ns(const struct ramp *ramp, uint64_t now_ns);
bool ramp_done(const struct ramp *ramp, uint64_t now_ns);

/* Arrivals: the k-th start (k from 0) of a rate that moves linearly from rate0 to rate1 over
 * [t0, t0 + over], then stays. Starts are evenly spaced in the cumulative count, as wrk2's
 * schedule: start k falls where the count reaches k + 1. */
struct arrivals {
	uint64_t t0_ns;
	double rate0, rate1; /* per second */
	uint64_t over_ns;
	double count0; /* cumulative arrivals before t0 */
};

void arrivals_init(struct arrivals *arr, uint64_t now_ns);
/* From now_ns (not before t0) on move from the rate of that instant to `rate` over over_ns. */
void arrivals_retarget(struct arrivals *arr, uint64_t now_ns, double rate, uint64_t over_ns);
/* Cumulative arrivals by now_ns (real number; floor of it have started). */
double arrivals_count(const struct arrivals *arr, uint64_t now_ns);
/* Instant of start k; UINT64_MAX when never (rate 0); t0 when it lies before t0. */
uint64_t arrivals_instant(const struct arrivals *arr, uint64_t k);
double arrivals_rate(const struct arrivals *arr, uint64_t now_ns);

/* Arrivals with their past: the instants of starts that were held back stay known after the
 * rate has changed. Read in rising k. When ARRIVALS_LOG_MAX changes of the rate are pending,
 * the two oldest are joined at their mean rate: counts stay exact, instants inside those two
 * become approximate. */
#define ARRIVALS_LOG_MAX 256
struct arrivals_log {
	struct arrivals parts[ARRIVALS_LOG_MAX]; /* oldest first; the last one is in force */
	size_t count;
	bool paused;
	struct arrivals waiting; /* paused: what is in force again after it; its t0 is unused */
};

void arrivals_log_init(struct arrivals_log *log, uint64_t now_ns);
void arrivals_log_retarget(struct arrivals_log *log, uint64_t now_ns, double rate,
			   uint64_t over_ns);
/* Nothing arrives from now_ns on until resume, which goes on where the rate stood, with what was
 * left of its way. A retarget while paused changes what is resumed. Twice is once. */
void arrivals_log_pause(struct arrivals_log *log, uint64_t now_ns);
void arrivals_log_resume(struct arrivals_log *log, uint64_t now_ns);
/* Instant of start k, UINT64_MAX when never. Forgets what lies before it: k may not fall. */
uint64_t arrivals_log_instant(struct arrivals_log *log, uint64_t k);
const struct arrivals *arrivals_log_last(const struct arrivals_log *log);

#endif
