/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_BREAKS_H
#define THRONG_RECORD_BREAKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct curve;

/* Where a system breaks as load climbs: pure functions of a load curve.
 *
 * Why a broken stick and not Kneedle: below saturation the median response time of a closed
 * system is flat, beyond it it rises in a straight line with the users (asymptotic bounds,
 * Denning and Buzen 1978): R(N) = max(R0, N / X - Z). Least squares over that very shape; then
 * again over what is near the bend, weighing relative errors, since a pool that gets slower with its
 * queue rises in a curve and would pull the bend upwards by a quarter. Measured on simulated worker
 * pools (tests/test_breaks.c: 20 to 100 workers, with and without degradation, 1,000 users ramped at
 * 30 to 100 per second, 360 collapses), against the users at the moment the queue formed that never
 * emptied again: 5 % off on average, one in eight more than 10 %, and those where less than two
 * seconds of ramp lie before the collapse. Stalls of the machine of up to 0.6 s, one a second, cost
 * one point more. Kneedle over the same points was 1 to 42 % off, the first departure to twice the
 * base line 9 to 230 %. */

struct break_latency {
	double load;       /* where the stick bends */
	uint64_t at_ns;    /* when the load was there, since the run's start */
	double base_us;    /* median below */
	double reached_us; /* median at the last load used */
	double reached_load;
	double r2;
	size_t points;
};

/* The median response time of successful requests over load. Points have at least 20 requests;
 * those from where a fifth of the requests fails on are left out (failing fast is not answering
 * fast). Found when there are 8 points, the stick explains 70 % of the variance, the median at
 * least doubles and grows by 10 ms. */
bool breaks_latency(const struct curve *curve, struct break_latency *out);

struct break_limit {
	double load;
	uint64_t at_ns;
	double value_us; /* the quantile there */
};

/* The lowest load from which quantile q was above limit_us in three points running (or all that
 * follow); points have at least 100 requests, failed ones among them. */
bool breaks_limit(const struct curve *curve, double q, uint64_t limit_us, struct break_limit *out);

struct break_failures {
	double load; /* when the first of them ended */
	uint64_t at_ns;
	double ratio; /* from there on, over the requests that decided it */
	uint64_t requests;
};

/* The first failure from which at least 5 % of the next 50 requests (by load) fail; at the
 * highest load 20 requests are enough. */
bool breaks_failures(const struct curve *curve, struct break_failures *out);

#endif
