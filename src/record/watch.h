/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_WATCH_H
#define THRONG_RECORD_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/reading.h"

/* What findings look at of the panels' readings: a short series of each metric a rule needs, the
 * load beside them, all on one grid of the run's clock, and what happened to containers. Memory is
 * bounded: WATCH_POINTS points each, of 1, 2, 4 ... seconds (the step of all doubles when they are
 * full), for WATCH_SUBJECTS_MAX containers and databases; a metric that no rule needs takes none.
 * A point without a reading stays one: nothing is interpolated. Recorder thread. */
#define WATCH_POINTS       600
#define WATCH_SUBJECTS_MAX 72
#define WATCH_EVENTS_MAX   128

enum watch_metric {
	/* of a container */
	WATCH_CPU,          /* percent of one core */
	WATCH_CPU_LIMIT,    /* its quota in the same unit; 0: none */
	WATCH_CPUS,         /* of its host */
	WATCH_THROTTLED,    /* percent of its periods */
	WATCH_MEMORY,       /* bytes */
	WATCH_MEMORY_LIMIT, /* bytes; 0: none */
	WATCH_ANON,         /* bytes without page cache */
	/* of a database */
	WATCH_CONNECTIONS,
	WATCH_CEILING,
	WATCH_ACTIVE,
	WATCH_IDLE_IN_TRANSACTION,
	WATCH_BLOCKED,
	WATCH_LONGEST, /* seconds */
	WATCH_REFUSED, /* connections; a count that only grows */
	WATCH_QUEUED,  /* clients of a pgbouncer that wait for a connection */
	/* of the run */
	WATCH_LOAD,
	WATCH_METRICS
};

struct watch_point {
	uint32_t count; /* 0: a gap */
	float low, high;
	double sum;
};

struct watch_subject {
	uint8_t source;
	char name[READING_NAME_MAX];
	bool known[WATCH_METRICS];                 /* was ever read */
	double last[WATCH_METRICS];                /* also from before the run */
	double before[WATCH_METRICS];              /* the last one from before it; 0: none */
	struct watch_point *points[WATCH_METRICS]; /* WATCH_POINTS of them; NULL: none in the run */
};

/* The gravest first. */
enum watch_event_kind { WATCH_OOM, WATCH_DIED, WATCH_STARTED, WATCH_PAUSED, WATCH_REFUSAL };

struct watch_event {
	uint64_t at_ns; /* since the run's start */
	enum watch_event_kind kind;
	uint8_t source;
	char name[READING_NAME_MAX];
	char text[READING_TEXT_MAX];
};

struct watch;

struct watch *watch_new(void);
void watch_free(struct watch *watch); /* NULL is fine */
/* A reading; at_ns: since the run's start. Before it (started false) only the last value counts. */
void watch_reading(struct watch *watch, const struct reading *reading, uint64_t at_ns,
		   bool started);
/* The load (users, or the arrival rate wanted) at an instant. */
void watch_load(struct watch *watch, uint64_t at_ns, double load);

uint64_t watch_step_ns(const struct watch *watch);
/* One past the last point that has something. */
size_t watch_count(const struct watch *watch);
size_t watch_subjects(const struct watch *watch);
const struct watch_subject *watch_subject(const struct watch *watch, size_t i);
/* The load at point i, from the nearest earlier point that has one; 0 when there is none. */
double watch_load_at(const struct watch *watch, size_t i);
size_t watch_events(const struct watch *watch);
const struct watch_event *watch_event(const struct watch *watch, size_t i);
/* Who held the lock that others waited for, as the database's panel last said; "" when it did not. */
const char *watch_blocker(const struct watch *watch);

/* Mean of a point that is not a gap. */
double watch_mean(const struct watch_point *point);

#endif
