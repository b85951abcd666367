/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_HEALTH_H
#define THRONG_RECORD_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/sample.h"

/* Whether the generator itself was the limit: what makes a run INVALID. Recorder thread.
 *
 * Each rule judges seconds, not readings: a second is bad when its value (of the worst engine) is
 * at or above the threshold. A rule is broken when more than a tenth of the judged seconds, and
 * at least five, are bad, so that one blip, however large, does not spoil an hour; lag and slip
 * also when at least five bad seconds' delays add up to more than 1 % of the judged time; running
 * out of files or ports breaks it by one, since failures then come from this machine. Judged are the
 * steady seconds (the state was RUNNING all through: no ramp, pause or drain); while there are
 * fewer than ten of them, all seconds with load. */
enum health_kind {
	HEALTH_LAG,   /* event loop lag, p99 */
	HEALTH_CPU,   /* of the busiest engine thread */
	HEALTH_SLIP,  /* starts behind schedule */
	HEALTH_RING,  /* engines had to wait for the recorder */
	HEALTH_FILES, /* open files or ports exhausted */
	HEALTH_KINDS
};

/* One rule. Const table in health.c: the only place where thresholds stand. */
struct health_rule {
	const char *name; /* "loop lag" */
	const char *unit; /* "ms", "%", "" */
	double threshold; /* a second counts as bad when its value is at or above this */
	double share;     /* broken when more than this share of the judged seconds is bad */
	unsigned seconds; /* ... and at least so many */
	const char *text; /* what it means, for the manual and the report */
};

struct health_state {
	double worst; /* highest value of a judged second */
	unsigned bad; /* judged seconds at or above the threshold */
	unsigned
		judged; /* steady seconds (all with load when there are fewer than 10 steady ones) */
	bool broken;    /* by this the run is INVALID */
};

struct health;

struct health *health_new(void);
void health_free(struct health *health); /* NULL is fine */
/* Take in a STATUS, EVENT or REQUEST record; what is of no interest here is ignored. */
void health_add(struct health *health, const struct sample *sample);
/* A second of the run is over: state is the run's at its end. */
void health_second(struct health *health, enum run_state state);
const struct health_rule *health_rule(enum health_kind kind);
/* How far behind their schedule starts were, in microseconds, over all requests that a schedule
 * wanted at an instant (open runs); 0 when there were none. q: 0 < q <= 1. */
uint64_t health_slip_us(const struct health *health, double q);
struct health_state health_state(const struct health *health, enum health_kind kind);
/* True when any rule is broken; *reason (if not NULL) then says which, with figures; else "".
 * Valid until the next change. */
bool health_limited(const struct health *health, const char **reason);
/* The same for the trust light: also true while a rule had three bad ones in the last five
 * seconds. */
bool health_troubled(const struct health *health, const char **reason);

#endif
