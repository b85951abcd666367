/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_SCHEDULE_H
#define THRONG_ENGINE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* When users exist and when requests start: pure functions of time, so that N engines given the
 * same commands with the same instants agree to the last user, each owning the users k with k %
 * N == its index. */

/* A count that moves evenly towards a target: step j of the way happens at t0 + j / rate. */
struct ramp {
	uint64_t t0_ns;
	uint32_t from;
	uint32_t target;
	double rate; /* steps per second, both directions; > 0; INFINITY: at once */
};

void ramp_init(struct ramp *ramp, uint64_t now_ns, uint32_t count);
/* From now on move from where it stands at now_ns to target at rate. */
void ramp_retarget(struct ramp *ramp, uint64_t now_ns, uint32_t target, double rate);
uint32_t ramp_at(const struct ramp *ramp, uint64_t now_ns);
/* Instant of the next step after now_ns; UINT64_MAX when the target is reached. */
uint64_t ramp_next_ns(const struct ramp *ramp, uint64_t now_ns);
bool ramp_done(const struct ramp *ramp, uint64_t now_ns);

/* Arrivals: the k-th start (k from 0) of a rate that moves linearly from rate0 to rate1 over
 * [t0, t0 + over], then stays. Starts are evenly spaced in the cumulative count, as wrk2's
 * schedule. */
struct arrivals {
	uint64_t t0_ns;
	double rate0, rate1; /* per second */
	uint64_t over_ns;
	double count0; /* cumulative arrivals before t0 */
};

void arrivals_init(struct arrivals *arr, uint64_t now_ns);
void arrivals_retarget(struct arrivals *arr, uint64_t now_ns, double rate, uint64_t over_ns);
/* Cumulative arrivals by now_ns (real number; floor of it have started). */
double arrivals_count(const struct arrivals *arr, uint64_t now_ns);
/* Instant of start k; UINT64_MAX when never (rate 0). */
uint64_t arrivals_instant(const struct arrivals *arr, uint64_t k);
double arrivals_rate(const struct arrivals *arr, uint64_t now_ns);

#endif
