/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_LIVE_H
#define THRONG_RECORD_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/sample.h"

struct scenario;

/* How all engines together stand, from their STATUS and CLASS records. Recorder thread. */
struct live_class {
	uint32_t users, target;
};

struct live {
	/* Of the run: DONE when all engines are; else DRAINING when one is (or is done); else
	 * SETUP when one is; IDLE when all are; else RAMPING when one is (or still idle); else
	 * PAUSED when one is; else RUNNING. */
	enum run_state state;
	uint32_t users, target;
	uint32_t in_flight;
	double spawn_rate; /* users per second */
	double rate;       /* arrival rate wanted now (open runs); set by the recorder */
	uint64_t held_back;
	uint64_t due, started; /* open runs: arrivals scheduled so far, and those begun */
	uint64_t ring_waits;
	double cpu_pct;             /* busiest engine thread, one core = 100 */
	uint32_t lag_p99_us;        /* worst engine, last interval */
	uint32_t slip_max_us;       /* worst engine, last interval */
	uint32_t connections;       /* open now */
	uint32_t most_connections;  /* at one time so far */
	struct live_class *classes; /* scenario->class_count of them */
};

/* CPU of one engine thread while there was load, one core = 100: mean, and the worst tenth of a second. */
struct live_cpu {
	double mean_pct, max_pct;
};

/* All engines are idle and without users. Caller frees with live_free. */
struct live *live_new(const struct scenario *scenario, unsigned engines);
void live_free(struct live *live); /* NULL is fine */
/* Take in a STATUS, CLASS or END record; others are ignored. */
void live_add(struct live *live, const struct sample *sample);
struct live_cpu live_cpu(const struct live *live, unsigned engine);
/* The instant up to which every engine that has not ended has told everything: the earliest of
 * their last records. 0 until each has sent one. */
uint64_t live_watermark_ns(const struct live *live);
/* Note the instant of any record of an engine. */
void live_touch(struct live *live, unsigned engine, uint64_t at_ns);
/* Engines that sent SAMPLE_END. */
unsigned live_ended(const struct live *live);

#endif
