/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_LIVE_H
#define THRONG_RECORD_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/sample.h"

/* How all engines together stand, from their STATUS and CLASS records. Recorder thread. */
struct live_class {
	uint32_t users, target;
};

struct live {
	enum run_state state; /* of the run: the least advanced engine's */
	uint32_t users, target;
	uint32_t in_flight;
	double spawn_rate; /* users per second */
	double rate;       /* arrival rate wanted now (open runs) */
	uint64_t held_back;
	uint64_t ring_waits;
	double cpu_pct;             /* busiest engine thread, one core = 100 */
	uint32_t lag_p99_us;        /* worst engine, last interval */
	uint32_t slip_max_us;       /* worst engine, last interval */
	struct live_class *classes; /* scenario->class_count of them */
};

#endif
