/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_STRETCH_H
#define THRONG_RECORD_STRETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scenario;

/* The longest time at constant load (no ramp, no pause, targets unchanged), in bins of 5 s that
 * double when there are STRETCH_BINS of them: what drift and Little's law are looked for in.
 * Recorder thread. */
#define STRETCH_BINS        240
#define STRETCH_BIN_SECONDS 5

struct stretch_bin {
	double p50_us, p95_us; /* medians of the seconds' response-time percentiles; < 0: none */
};

struct stretch_class { /* what is counted of a user class over the stretch */
	uint64_t requests;
	double service_us; /* sum, of what lies within the stretch */
};

struct stretch_view {
	uint64_t start_ns; /* since the run's start */
	double seconds;    /* 0: there was none */
	double load;       /* users, or arrival rate wanted */
	double bin_seconds;
	size_t count;
	const struct stretch_bin *bins;
	uint64_t requests;
	double service_us; /* sum of service times, as far as they lie within the stretch */
	double in_flight;  /* mean */
	uint64_t readings; /* behind in_flight */
	const struct stretch_class *classes;
};

struct stretch;

struct stretch *stretch_new(const struct scenario *scenario);
void stretch_free(struct stretch *stretch); /* NULL is fine */
/* A request that was not aborted ended, at end_ns since the run's start. */
void stretch_add(struct stretch *stretch, unsigned class_id, uint64_t end_ns, uint64_t service_us);
/* Requests in flight at some instant; the instants come in order. */
void stretch_in_flight(struct stretch *stretch, double in_flight);
/* A second of the run was closed; at_ns: its begin since the run's start; p50, p95: < 0 without
 * requests. What was added since the last call belongs to it. */
void stretch_second(struct stretch *stretch, uint64_t at_ns, double load, double p50_us,
		    double p95_us, bool constant);
/* The longest one so far. Valid until the next change. */
struct stretch_view stretch_longest(const struct stretch *stretch);

#endif
