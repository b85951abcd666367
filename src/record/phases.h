/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_PHASES_H
#define THRONG_RECORD_PHASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/sample.h"

/* The run cut into pieces of one kind: ramps up and down, constant load, pauses, the drain. Each
 * with what was measured in it. A piece shorter than a second belongs to what follows, so that
 * steering by single users makes no clutter. At most PHASES_MAX; once they are full the last one
 * takes everything that follows. Recorder thread. */
#define PHASES_MAX 100

enum phase_kind { PHASE_RAMP_UP, PHASE_CONSTANT, PHASE_RAMP_DOWN, PHASE_PAUSED, PHASE_DRAIN };

struct phase {
	enum phase_kind kind;
	uint64_t start_ns, end_ns; /* since the run's start */
	uint32_t users_from, users_to;
	uint64_t requests, failures; /* that ended in it */
	double mean_us;              /* response time; 0 when there was no request */
	uint64_t p50_us, p99_us, max_us;
};

struct phases;

const char *phase_name(enum phase_kind kind); /* "ramp up", "constant", ... */
struct phases *phases_new(void);
void phases_free(struct phases *phases); /* NULL is fine */
/* How the run stands at at_ns since its start; the first call begins the first phase. States before
 * RAMPING are ignored. */
void phases_update(struct phases *phases, uint64_t at_ns, enum run_state state, uint32_t users,
		   uint32_t target);
/* Count a request in the phase under way. */
void phases_add(struct phases *phases, uint64_t response_us, bool failed);
size_t phases_count(const struct phases *phases);
/* The i-th, oldest first; the last one is under way and ends at the last update. */
struct phase phases_at(const struct phases *phases, size_t i);

#endif
