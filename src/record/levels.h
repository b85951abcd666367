/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_LEVELS_H
#define THRONG_RECORD_LEVELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct break_latency;
struct histogram;

/* Figures by load that was held: each load at which users (or the arrival rate) stood still for
 * LEVELS_LEAST_SECONDS or more, in the order they were driven. A level that is gone back to right away
 * (after a pause, after a try of another for a second) goes on in its row; gone back to after another
 * one was held, it gets a row of its own. Made from whole seconds as they close. At most LEVELS_MAX
 * rows: past that the shortest is dropped. Percentiles are of response times, within 0.8 %. Recorder
 * thread. */
#define LEVELS_MAX           200
#define LEVELS_LEAST_SECONDS 3

struct levels;

struct level { /* as struct frame_level */
	double load;
	uint64_t from_ns;
	unsigned seconds;
	uint64_t requests, failures;
	uint64_t p50_us, p95_us, p99_us;
	double cpu_pct, connections; /* means over the seconds that have one; FRAME_GAP: none */
	bool now;
};

struct levels *levels_new(void);
void levels_free(struct levels *levels); /* NULL is fine */
void levels_start(struct levels *levels);
/* Response times of the second that is being closed. */
void levels_times(struct levels *levels, const struct histogram *times);
/* The second that began at_ns after the run's start is closed. constant: load stood still through it
 * and the one before. cpu, connections: FRAME_GAP when there is none. */
void levels_second(struct levels *levels, uint64_t at_ns, double load, double requests,
		   double failures, double cpu_pct, double connections, bool constant);
size_t levels_count(const struct levels *levels);
struct level levels_at(const struct levels *levels, size_t i);

/* Where response times bend. */
struct levels_knee {
	bool found;
	bool by_levels; /* from the rows of this table; else from the climb (breaks.h) */
	double load, base_us, reached_us, reached_load, r2;
	size_t points;
};
#define LEVELS_KNEE_LEAST 5
/* What the findings see in the climb, when they see something (NULL: they do not); else the same broken
 * stick over median response times of the levels themselves: at least LEVELS_KNEE_LEAST different
 * loads with 20 requests each, of which less than a fifth failed, and the same size of effect as in
 * breaks.h. A load that was held twice counts with its later row. */
#define LEVELS_KNEE_TEXT 256
struct levels_knee levels_knee(const struct levels *levels, const struct break_latency *climb);
/* One line: where, by how much, how it was found. open: loads are arrival rates. Writes to dst and
 * returns it. */
char *levels_knee_text(const struct levels_knee *knee, bool open, char dst[LEVELS_KNEE_TEXT]);

#endif
