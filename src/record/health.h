/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_HEALTH_H
#define THRONG_RECORD_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the generator itself was the limit: what makes a run INVALID. Recorder thread. */
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
	double share; /* broken when more than this share of the judged seconds is bad; 0: by any */
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
const struct health_rule *health_rule(enum health_kind kind);
struct health_state health_state(const struct health *health, enum health_kind kind);
/* True when any rule is broken; *reason (if not NULL) then says which, with figures; else "". Valid
 * until the next change. */
bool health_limited(const struct health *health, const char **reason);

#endif
