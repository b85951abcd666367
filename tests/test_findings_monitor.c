/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "message/reading.h"
#include "record/evidence.h"
#include "record/findings.h"
#include "record/findings_internal.h"
#include "record/series.h"
#include "record/stretch.h"
#include "record/watch.h"
#include "samples.h"

/* Findings that join the load and the panels, from made-up runs whose truth is known: each row says
 * what was read, when it broke, and all that may be said about it. What is not listed must not be
 * said. */

#define MIB (1024.0 * 1024.0)

/* Readings of one metric, every so many seconds, from one value to another, with noise around. */
struct seg {
	const char *name, *metric;
	double from_s, to_s, every_s;
	double begin, end, noise;
};

struct happening {
	double at_s;
	enum reading_type type;
	enum reading_source source;
	const char *name, *metric, *text;
};

struct expected {
	enum finding_kind kind;
	const char *contains[4];
};

struct row {
	const char *what;
	enum finding_kind broke; /* FINDING_KINDS: it did not */
	double broke_s, broke_load;
	double ramp_s, users; /* load: from 0 to users within ramp_s, then constant */
	double seconds;       /* length of the run */
	struct seg segs[8];
	struct happening happenings[8];
	struct expected expected[4];
};

#define API      "eucora-api"
#define DB       "eucora-db"
#define NO_BREAK FINDING_KINDS, 0, 0
#define LATENCY  FINDING_LATENCY_BREAK
#define FAILURES FINDING_FAILURE_BREAK

/* What is read of a healthy stack. */
#define CORES(of)                            \
	{                                    \
		of, "cpus", 0, 1, 1, 2, 2, 0 \
	}
#define QUOTA(of, pct)                                    \
	{                                                 \
		of, "cpu_limit_pct", 0, 1, 1, pct, pct, 0 \
	}
#define CEILING(n)                              \
	{                                       \
		DB, "ceiling", 0, 1, 1, n, n, 0 \
	}
#define RAM(of, mib)                                                       \
	{                                                                  \
		of, "memory_limit_bytes", 0, 1, 1, (mib)*MIB, (mib)*MIB, 0 \
	}
#define ONE(of, m, v, noise)                  \
	{                                     \
		of, m, 0, 1e9, 1, v, v, noise \
	}
#define TWO(of, m, v, noise)                  \
	{                                     \
		of, m, 0, 1e9, 2, v, v, noise \
	}

static const struct row rows[] = {
	{ .what = "a healthy run: nothing",
	  NO_BREAK,
	  10,
	  100,
	  60,
	  { CORES(API), ONE(API, "cpu_pct", 60, 20), RAM(API, 512),
	    ONE(API, "memory_bytes", 200 * MIB, 2 * MIB), CEILING(97),
	    TWO(DB, "connections", 48, 6), TWO(DB, "active", 8, 5), TWO(DB, "blocked", 0.4, 0.4) },
	  { { 0 } },
	  { { 0 } } },
	{ .what = "connections reach the ceiling before response times break",
	  LATENCY,
	  20,
	  400,
	  40,
	  800,
	  60,
	  { CEILING(97),
	    { DB, "connections", 0, 18, 2, 5, 96, 0 },
	    { DB, "connections", 18, 60, 2, 96, 96, 0 } },
	  { { 0 } },
	  { { FINDING_DATABASE_CONNECTIONS,
	      { "exhausted", "of 97", "s before response times broke", "users" } } } },
	{ .what = "near the ceiling is not at it",
	  NO_BREAK,
	  10,
	  100,
	  60,
	  { CEILING(100), TWO(DB, "connections", 93, 1) },
	  { { 0 } },
	  { { FINDING_DATABASE_CONNECTIONS, { "near their limit", "of 100 in use" } } } },
	{ .what = "two readings near the ceiling are not enough",
	  NO_BREAK,
	  10,
	  100,
	  60,
	  { CEILING(100),
	    TWO(DB, "connections", 50, 1),
	    { DB, "connections", 30, 33, 2, 95, 95, 0 } },
	  { { 0 } },
	  { { 0 } } },
	{ .what = "connections fill up long after failures began: told, but not as their cause",
	  FAILURES,
	  10,
	  100,
	  20,
	  200,
	  90,
	  { CEILING(30),
	    { DB, "connections", 0, 60, 2, 5, 5, 0 },
	    { DB, "connections", 60, 90, 2, 29, 29, 0 } },
	  { { 0 } },
	  { { FINDING_DATABASE_CONNECTIONS, { "50 s after failures had begun" } },
	    { FINDING_NOTHING_SATURATED, { "5 of 30 database connections" } } } },
	{ .what = "a refused connection is enough, whatever readings say",
	  FAILURES,
	  12,
	  80,
	  20,
	  200,
	  40,
	  { CEILING(30), TWO(DB, "connections", 12, 1) },
	  { { 13, READING_EVENT, READING_POSTGRES, DB, "refused",
	      "sorry, too many clients already" } },
	  { { FINDING_DATABASE_CONNECTIONS,
	      { "exhausted", "1 connection refused (53300", "as failures began",
		"130 users" } } } },
	{ .what = "refusals that are counted by the panel's own attempts",
	  NO_BREAK,
	  20,
	  200,
	  40,
	  { CEILING(30),
	    TWO(DB, "connections", 29, 1),
	    { DB, "refused", 0, 14, 2, 0, 0, 0 },
	    { DB, "refused", 14, 22, 2, 1, 4, 0 } },
	  { { 0 } },
	  { { FINDING_DATABASE_CONNECTIONS, { "exhausted", "connections refused" } } } },
	{ .what = "a panel that never came in because all connections were taken",
	  NO_BREAK,
	  20,
	  200,
	  40,
	  { { 0 } },
	  { { 15, READING_PROBLEM, READING_POSTGRES, "", "",
	      "53300: sorry, too many clients already" } },
	  { { FINDING_DATABASE_CONNECTIONS, { "exhausted", "0:15", "150 users" } } } },
	{ .what = "a panel that was refused throughout and only counts",
	  NO_BREAK,
	  20,
	  200,
	  40,
	  { { DB, "refused", 0, 40, 1, 1, 40, 0 } },
	  { { 0 } },
	  { { FINDING_DATABASE_CONNECTIONS, { "exhausted", "connections refused" } } } },
	{ .what = "another problem of the panel is no finding",
	  NO_BREAK,
	  20,
	  200,
	  40,
	  { { 0 } },
	  { { 15, READING_PROBLEM, READING_POSTGRES, "", "",
	      "connection refused: is it running?" } },
	  { { 0 } } },
	{ .what = "a container at its quota at the break, and throttled",
	  LATENCY,
	  20,
	  200,
	  40,
	  400,
	  60,
	  { CORES(API),
	    QUOTA(API, 50),
	    { API, "cpu_pct", 0, 20, 1, 5, 48, 1 },
	    { API, "cpu_pct", 20, 60, 1, 49.5, 49.5, 1 },
	    { API, "throttled_pct", 0, 18, 1, 0, 0, 0 },
	    { API, "throttled_pct", 18, 60, 1, 90, 95, 2 },
	    CEILING(97),
	    TWO(DB, "connections", 20, 3) },
	  { { 0 } },
	  { { FINDING_CONTAINER_CPU,
	      { "eucora-api was at its CPU limit", "of its 50 %", "throttled in 9",
		"before response times broke" } } } },
	{ .what = "throttled in bursts though its mean is low",
	  LATENCY,
	  20,
	  200,
	  40,
	  400,
	  60,
	  { CORES(API),
	    QUOTA(API, 100),
	    ONE(API, "cpu_pct", 45, 5),
	    { API, "throttled_pct", 0, 15, 1, 0, 2, 0 },
	    { API, "throttled_pct", 15, 60, 1, 60, 70, 5 } },
	  { { 0 } },
	  { { FINDING_CONTAINER_CPU, { "throttled in 6", "5 s before response times broke" } } } },
	{ .what = "without quota the host's cores are the limit",
	  LATENCY,
	  20,
	  200,
	  40,
	  400,
	  60,
	  { CORES(API),
	    { API, "cpu_pct", 0, 20, 1, 5, 190, 3 },
	    { API, "cpu_pct", 20, 60, 1, 195, 195, 4 } },
	  { { 0 } },
	  { { FINDING_CONTAINER_CPU, { "of the host's 200 %" } } } },
	{ .what = "a busy second, twice, is no limit",
	  LATENCY,
	  20,
	  200,
	  40,
	  400,
	  60,
	  { CORES(API),
	    QUOTA(API, 100),
	    ONE(API, "cpu_pct", 40, 5),
	    { API, "cpu_pct", 19, 21, 1, 160, 160, 0 },
	    { API, "cpu_pct", 40, 42, 1, 160, 160, 0 } },
	  { { 0 } },
	  { { FINDING_NOTHING_SATURATED,
	      { "eucora-api", "response times broke (00:20, 200 users)" } } } },
	{ .what = "a few seconds at the limit without a break are nothing",
	  NO_BREAK,
	  40,
	  400,
	  60,
	  { CORES(API),
	    QUOTA(API, 100),
	    { API, "cpu_pct", 0, 6, 1, 99, 99, 0 },
	    { API, "cpu_pct", 6, 60, 1, 30, 30, 5 } },
	  { { 0 } },
	  { { 0 } } },
	{ .what = "containers that fill the host together",
	  LATENCY,
	  20,
	  200,
	  40,
	  400,
	  60,
	  { CORES(API),
	    CORES(DB),
	    { API, "cpu_pct", 0, 20, 1, 5, 120, 2 },
	    { API, "cpu_pct", 20, 60, 1, 120, 120, 3 },
	    { DB, "cpu_pct", 0, 20, 1, 3, 70, 2 },
	    { DB, "cpu_pct", 20, 60, 1, 72, 72, 3 } },
	  { { 0 } },
	  { { FINDING_CONTAINER_CPU, { "containers together", "of 200 %" } } } },
	{ .what = "one process on one of many cores",
	  LATENCY,
	  20,
	  200,
	  40,
	  400,
	  60,
	  { CORES(API),
	    { API, "cpu_pct", 0, 20, 1, 5, 97, 2 },
	    { API, "cpu_pct", 20, 60, 1, 99, 99, 2 } },
	  { { 0 } },
	  { { FINDING_CONTAINER_CPU, { "just one core", "single process or thread" } } } },
	{ .what = "memory at its limit",
	  LATENCY,
	  20,
	  200,
	  40,
	  400,
	  60,
	  { RAM(API, 256),
	    { API, "memory_bytes", 0, 18, 1, 100 * MIB, 240 * MIB, 0 },
	    { API, "memory_bytes", 18, 60, 1, 250 * MIB, 250 * MIB, MIB } },
	  { { 0 } },
	  { { FINDING_CONTAINER_MEMORY,
	      { "memory limit", "256 MiB", "before response times broke" } } } },
	{ .what = "killed for want of memory and started again within a second",
	  NO_BREAK,
	  10,
	  100,
	  60,
	  { CORES(DB), ONE(DB, "cpu_pct", 20, 5) },
	  { { 42.0, READING_EVENT, READING_DOCKER, DB, "oom", "" },
	    { 42.1, READING_EVENT, READING_DOCKER, DB, "die", "exit 137" },
	    { 42.2, READING_EVENT, READING_DOCKER, DB, "start", "" } },
	  { { FINDING_CONTAINER_RESTART,
	      { "eucora-db was killed for want of memory (OOM) at 00:42", "100 users",
		"started again 0.2 s later" } } } },
	{ .what = "made in the middle of the run, then killed for want of memory",
	  NO_BREAK,
	  10,
	  100,
	  60,
	  { { 0 } },
	  { { 20.0, READING_EVENT, READING_DOCKER, API, "start", "" },
	    { 22.0, READING_EVENT, READING_DOCKER, API, "die", "exited (137)" },
	    { 22.1, READING_EVENT, READING_DOCKER, API, "oom", "" },
	    { 22.5, READING_EVENT, READING_DOCKER, API, "start", "" } },
	  { { FINDING_CONTAINER_RESTART,
	      { "eucora-api was killed for want of memory (OOM) at 00:22",
		"started again 0.4 s later" } } } },
	{ .what = "two containers died, one of them twice",
	  FAILURES,
	  30,
	  100,
	  10,
	  100,
	  60,
	  { { 0 } },
	  { { 30, READING_EVENT, READING_DOCKER, DB, "die", "exited (137)" },
	    { 31, READING_EVENT, READING_DOCKER, API, "die", "exited (1)" },
	    { 32, READING_EVENT, READING_DOCKER, API, "start", "" },
	    { 40, READING_EVENT, READING_DOCKER, API, "die", "exited (1)" } },
	  { { FINDING_CONTAINER_RESTART,
	      { "eucora-db stopped (exited (137))", "as failures began" } },
	    { FINDING_CONTAINER_RESTART,
	      { "eucora-api stopped (exited (1))", "2 times in all" } } } },
	{ .what = "sessions that wait for a lock",
	  LATENCY,
	  30,
	  50,
	  20,
	  50,
	  60,
	  { CEILING(97),
	    TWO(DB, "connections", 40, 2),
	    { DB, "active", 0, 28, 2, 3, 3, 0 },
	    { DB, "active", 28, 60, 2, 32, 32, 0 },
	    { DB, "blocked", 0, 28, 2, 0, 0, 0 },
	    { DB, "blocked", 28, 60, 2, 32, 32, 0 },
	    { DB, "longest_transaction_s", 28, 60, 2, 2, 34, 0 } },
	  { { 40, READING_STATE, READING_POSTGRES, DB, "blocker",
	      "32 of 32 blocked sessions wait on a lock held by pid 7 (celery)" },
	    { 50, READING_STATE, READING_POSTGRES, DB, "blocker", "" } },
	  { { FINDING_DATABASE_LOCKS,
	      { "waited for locks from 00:28", "32 sessions blocked of 32 active", "held by pid 7",
		"2 s before response times broke" } } } },
	{ .what = "clients that wait for a pool of pgbouncer",
	  LATENCY,
	  20,
	  200,
	  40,
	  400,
	  60,
	  { CEILING(1000),
	    TWO(DB, "connections", 200, 20),
	    { DB, "cl_waiting", 0, 18, 2, 0, 0, 0 },
	    { DB, "cl_waiting", 18, 60, 2, 5, 150, 0 } },
	  { { 0 } },
	  { { FINDING_POOL_QUEUE,
	      { "from 00:18 on", "before response times broke", "up to 1" } } } },
	{ .what = "one that waits once is no queue",
	  LATENCY,
	  20,
	  200,
	  40,
	  400,
	  60,
	  { CEILING(1000),
	    TWO(DB, "connections", 200, 20),
	    TWO(DB, "cl_waiting", 0, 0),
	    { DB, "cl_waiting", 20, 22, 2, 5, 5, 0 } },
	  { { 0 } },
	  { { FINDING_NOTHING_SATURATED, { "of 1000 database connections" } } } },
	{ .what = "a few that wait among many that work are no lock storm",
	  LATENCY,
	  30,
	  50,
	  20,
	  50,
	  60,
	  { CEILING(97), TWO(DB, "connections", 60, 2), TWO(DB, "active", 40, 4),
	    TWO(DB, "blocked", 6, 2) },
	  { { 0 } },
	  { { FINDING_NOTHING_SATURATED,
	      { "6", "sessions blocked", "Containers were not watched" } } } },
	{ .what = "nothing saturated, and connections that stand still like a pool",
	  LATENCY,
	  20,
	  200,
	  40,
	  400,
	  60,
	  { CORES(API),
	    ONE(API, "cpu_pct", 30, 5),
	    RAM(API, 1024),
	    ONE(API, "memory_bytes", 200 * MIB, MIB),
	    CEILING(97),
	    { DB, "connections", 0, 18, 2, 1, 8, 0 },
	    { DB, "connections", 18, 60, 2, 8, 8, 0 } },
	  { { 0 } },
	  { { FINDING_NOTHING_SATURATED,
	      { "CPU on average 3", "memory 2", "8 of 97 database connections",
		"Connections stood at 8" } } } },
	{ .what = "without readings around the break nothing is claimed",
	  LATENCY,
	  60,
	  200,
	  40,
	  400,
	  90,
	  { CORES(API), { API, "cpu_pct", 0, 30, 1, 30, 30, 2 } },
	  { { 0 } },
	  { { 0 } } },
	{ .what = "without a known limit nothing is claimed",
	  LATENCY,
	  20,
	  200,
	  40,
	  400,
	  60,
	  { ONE(API, "cpu_pct", 99, 1), TWO(DB, "connections", 40, 1) },
	  { { 0 } },
	  { { 0 } } },
	{ .what = "memory that rises steadily at constant load",
	  NO_BREAK,
	  10,
	  100,
	  300,
	  { ONE(API, "memory_bytes", 400 * MIB, 40 * MIB),
	    { API, "anon_bytes", 0, 300, 1, 100 * MIB, 160 * MIB, 10 * MIB },
	    RAM(API, 1024) },
	  { { 0 } },
	  { { FINDING_MEMORY_RISING,
	      { "eucora-api rises at a constant load of 100 users", "a minute",
		"limit of 1.0" } } } },
	{ .what = "memory that rises within a ramp is no leak",
	  NO_BREAK,
	  250,
	  100,
	  300,
	  { { API, "anon_bytes", 0, 300, 1, 100 * MIB, 160 * MIB, MIB } },
	  { { 0 } },
	  { { 0 } } },
	{ .what = "memory that fills up and then stays is no leak",
	  NO_BREAK,
	  10,
	  100,
	  300,
	  { { API, "anon_bytes", 0, 150, 1, 100 * MIB, 160 * MIB, MIB },
	    { API, "anon_bytes", 150, 300, 1, 160 * MIB, 160 * MIB, MIB } },
	  { { 0 } },
	  { { 0 } } },
	{ .what = "a rise of a twentieth is none to speak of",
	  NO_BREAK,
	  10,
	  100,
	  300,
	  { { API, "anon_bytes", 0, 300, 1, 400 * MIB, 420 * MIB, MIB } },
	  { { 0 } },
	  { { 0 } } },
	{ .what = "memory after a restart begins anew",
	  NO_BREAK,
	  10,
	  100,
	  300,
	  { { API, "anon_bytes", 0, 200, 1, 50 * MIB, 50 * MIB, MIB },
	    { API, "anon_bytes", 200, 300, 1, 100 * MIB, 180 * MIB, MIB } },
	  { { 200, READING_EVENT, READING_DOCKER, API, "start", "" } },
	  { { FINDING_CONTAINER_RESTART, { "was started at 03:20" } } } },
	{ .what = "a database that was restarted is no container, whatever its name",
	  FAILURES,
	  30,
	  100,
	  10,
	  100,
	  60,
	  { { 0 } },
	  { { 30, READING_EVENT, READING_DOCKER, DB, "die", "exited (137)" },
	    { 31, READING_EVENT, READING_DOCKER, DB, "start", "" },
	    { 33, READING_EVENT, READING_POSTGRES, DB, "restart", "PostgreSQL was restarted" } },
	  { { FINDING_CONTAINER_RESTART,
	      { "Container eucora-db stopped", "started again 1.0 s later." } },
	    { FINDING_DATABASE_RESTART,
	      { "PostgreSQL (eucora-db) was restarted at 00:33",
		"3 s after failures had begun" } } } },
	{ .what = "sessions left idle in transaction",
	  NO_BREAK,
	  10,
	  40,
	  120,
	  { CEILING(97),
	    { DB, "connections", 0, 120, 2, 12, 52, 0 },
	    { DB, "idle_in_transaction", 0, 120, 2, 1, 41, 1 } },
	  { { 0 } },
	  { { FINDING_CONNECTIONS_LEAKING,
	      { "idle in transaction", "constant load of 40 users", "all 97 are taken in" } } } },
	{ .what = "connections that are never given back",
	  NO_BREAK,
	  10,
	  40,
	  120,
	  { CEILING(200),
	    { DB, "connections", 0, 120, 2, 12, 52, 2 },
	    TWO(DB, "idle_in_transaction", 2, 1) },
	  { { 0 } },
	  { { FINDING_CONNECTIONS_LEAKING, { "their number rises" } } } },
	{ .what = "a pool that fills up is no leak",
	  NO_BREAK,
	  10,
	  40,
	  120,
	  { CEILING(200),
	    { DB, "connections", 0, 60, 2, 10, 50, 0 },
	    { DB, "connections", 60, 120, 2, 50, 50, 1 } },
	  { { 0 } },
	  { { 0 } } },
};

struct lab {
	struct scenario *scene;
	struct stretch *stretch;
	struct series *series;
	struct watch *watch;
	struct findings *findings;
	struct rng rng;
};

static void setup(struct lab *lab)
{
	lab->scene = scene_new(1, 1, false);
	lab->stretch = stretch_new(lab->scene);
	lab->series = series_new();
	lab->watch = watch_new();
	lab->findings = findings_new();
	rng_seed(&lab->rng, 7, 11);
}

static void teardown(struct lab *lab)
{
	findings_free(lab->findings);
	watch_free(lab->watch);
	series_free(lab->series);
	stretch_free(lab->stretch);
	scene_free(lab->scene);
}

static struct reading made(enum reading_type type, enum reading_source source, const char *name,
			   const char *metric, double value, const char *text)
{
	struct reading reading = { .type = (uint8_t)type,
				   .source = (uint8_t)source,
				   .value = value };

	snprintf(reading.name, sizeof(reading.name), "%s", name);
	snprintf(reading.metric, sizeof(reading.metric), "%s", metric);
	snprintf(reading.text, sizeof(reading.text), "%s", text);
	return reading;
}

static bool is_postgres(const char *metric)
{
	static const char *const names[] = {
		"connections",           "ceiling", "active",    "blocked", "idle_in_transaction",
		"longest_transaction_s", "refused", "cl_waiting"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], metric) == 0)
			return true;
	return false;
}

static void play_segment(struct lab *lab, const struct row *row, const struct seg *seg)
{
	double end = fmin(seg->to_s, row->seconds);

	for (double s = seg->from_s; s < end; s += seg->every_s) {
		double length = seg->to_s < 1e8 ? seg->to_s - seg->from_s : 1;
		double value = seg->begin + (seg->end - seg->begin) * (s - seg->from_s) / length +
			       seg->noise * (2 * rng_double(&lab->rng) - 1);
		const struct reading reading = made(
			READING_VALUE, is_postgres(seg->metric) ? READING_POSTGRES : READING_DOCKER,
			seg->name, seg->metric, fmax(value, 0), "");
		watch_reading(lab->watch, &reading, (uint64_t)(s * 1e9), true);
	}
}

static void play(struct lab *lab, const struct row *row)
{
	for (double s = 0; s < row->seconds; s++) {
		double load = row->ramp_s > 0 ? fmin(row->users, row->users * s / row->ramp_s)
					      : row->users;
		if (s >= row->seconds - 3)
			load = 0; /* all are stopped in the end */
		watch_load(lab->watch, (uint64_t)(s * 1e9), load);
		stretch_second(lab->stretch, (uint64_t)(s * 1e9), load, 1000, 2000,
			       s > row->ramp_s);
	}
	for (size_t i = 0; i < 8 && row->segs[i].name != NULL; i++)
		play_segment(lab, row, &row->segs[i]);
	for (size_t i = 0; i < 8 && row->happenings[i].name != NULL; i++) {
		const struct happening *h = &row->happenings[i];
		const struct reading reading =
			made(h->type, h->source, h->name, h->metric, 0, h->text);
		watch_reading(lab->watch, &reading, (uint64_t)(h->at_s * 1e9), true);
	}
	if (row->broke != FINDING_KINDS)
		findings_add(lab->findings,
			     &(struct finding){ .kind = row->broke,
						.warning = true,
						.at_ns = (uint64_t)(row->broke_s * 1e9),
						.users = row->broke_load });
	findings_monitor(lab->findings, &(struct findings_input){ .scenario = lab->scene,
								  .stretch = lab->stretch,
								  .series = lab->series,
								  .watch = lab->watch });
}

static bool fits(const struct finding *finding, const struct expected *expected)
{
	if (finding->kind != expected->kind)
		return false;
	for (size_t i = 0; i < 4 && expected->contains[i] != NULL; i++)
		if (strstr(finding->text, expected->contains[i]) == NULL)
			return false;
	return true;
}

static unsigned compare(const struct lab *lab, const struct row *row)
{
	unsigned wrong = 0;
	size_t first = row->broke != FINDING_KINDS, wanted = 0;

	while (wanted < 4 && row->expected[wanted].contains[0] != NULL)
		wanted++;
	for (size_t i = first; i < findings_count(lab->findings); i++) {
		const struct finding *finding = findings_at(lab->findings, i);
		print_message("  %s: %s [%s]\n", finding_name(finding->kind), finding->text,
			      finding->method);
		assert_true(finding->warning);
		assert_true(finding->method[0] != '\0');
	}
	for (size_t w = 0; w < wanted; w++) {
		bool found = false;
		for (size_t i = first; i < findings_count(lab->findings); i++)
			found |= fits(findings_at(lab->findings, i), &row->expected[w]);
		if (!found) {
			print_error("%s: %s is missing\n", row->what,
				    finding_name(row->expected[w].kind));
			wrong++;
		}
	}
	if (findings_count(lab->findings) != first + wanted) {
		print_error("%s: more is said than is true\n", row->what);
		wrong++;
	}
	return wrong;
}

static void each_run_gets_the_findings_it_deserves(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lab lab;
		setup(&lab);
		print_message("%s\n", rows[i].what);
		play(&lab, &rows[i]);
		wrong += compare(&lab, &rows[i]);
		teardown(&lab);
	}
	assert_int_equal(wrong, 0);
}

/* A heap that is collected: every period_s it falls back to its floor, which rises by slope a second. */
static bool leaks(struct rng *rng, double period_s, double slope, double tooth, double seconds)
{
	struct watch *watch = watch_new();
	double phase = rng_double(rng) * period_s;
	struct rise rise;

	for (unsigned s = 0; s < seconds; s++) {
		double value = 100 * MIB + slope * s +
			       tooth * fmod(s + phase, period_s) / period_s +
			       MIB * (rng_double(rng) - 0.5);
		const struct reading reading =
			made(READING_VALUE, READING_DOCKER, API, "anon_bytes", value, "");
		watch_reading(watch, &reading, s * SEC, true);
	}
	bool found = rise_find(watch, watch_subject(watch, 0)->points[WATCH_ANON], 0,
			       (uint64_t)(seconds * 1e9), &rise) &&
		     rise.to - rise.from >= fmax(0.1 * rise.from, 8 * MIB);
	watch_free(watch);
	return found;
}

static void the_floor_of_a_collected_heap_is_what_counts(void **state)
{
	struct rng rng;
	unsigned flat = 0, leaking = 0;

	(void)state;
	rng_seed(&rng, 3, 5);
	for (unsigned i = 0; i < 300; i++) {
		double period = 5 + 70 * rng_double(&rng);
		flat += leaks(&rng, period, 0, 60 * MIB, 120 + 480 * rng_double(&rng));
		leaking += leaks(&rng, period, 0.2 * MIB, 60 * MIB, 300);
	}
	print_message("of 300 flat heaps %u called leaking, of 300 leaking ones %u found\n", flat,
		      leaking);
	assert_in_range(flat, 0, 6);
	assert_in_range(leaking, 270, 300);
}

static void a_long_run_keeps_what_was_read_in_bounded_memory(void **state)
{
	struct watch *watch = watch_new();

	(void)state;
	for (unsigned s = 0; s < 5000; s++) {
		const struct reading reading =
			made(READING_VALUE, READING_DOCKER, API, "cpu_pct", s < 4000 ? 10 : 50, "");
		watch_load(watch, s * SEC, s);
		if (s < 1000 || s >= 2000)
			watch_reading(watch, &reading, s * SEC, true);
	}
	assert_int_equal(watch_step_ns(watch), 16 * SEC);
	assert_int_equal(watch_count(watch), 313);
	const struct watch_point *points = watch_subject(watch, 0)->points[WATCH_CPU];
	assert_int_equal(points[0].count, 16);
	assert_int_equal(points[100].count, 0); /* nothing was read then: a gap, not a mean */
	assert_true(watch_mean(&points[200]) == 10 && watch_mean(&points[300]) == 50);
	assert_true(fabs(watch_load_at(watch, 100) - 1607.5) < 0.01);
	watch_free(watch);
}

static void more_containers_than_are_watched_do_no_harm(void **state)
{
	struct watch *watch = watch_new();

	(void)state;
	for (unsigned i = 0; i < 2 * WATCH_SUBJECTS_MAX; i++) {
		char name[32];
		snprintf(name, sizeof(name), "container-%u", i);
		const struct reading value =
			made(READING_VALUE, READING_DOCKER, name, "cpu_pct", 1, "");
		const struct reading died = made(READING_EVENT, READING_DOCKER, name, "die", 0, "");
		watch_reading(watch, &value, i * SEC, true);
		watch_reading(watch, &died, i * SEC, true);
	}
	assert_int_equal(watch_subjects(watch), WATCH_SUBJECTS_MAX);
	assert_int_equal(watch_events(watch), WATCH_EVENTS_MAX);
	watch_free(watch);
}

static void limits_that_were_read_before_the_run_hold_within_it(void **state)
{
	struct scenario *scene = scene_new(1, 1, false);
	struct series *series = series_new();
	struct evidence *evidence = evidence_new(scene, series);
	struct reading ceiling = made(READING_VALUE, READING_POSTGRES, DB, "ceiling", 30, "");
	struct reading taken = made(READING_VALUE, READING_POSTGRES, DB, "connections", 30, "");
	struct reading refused = made(READING_VALUE, READING_POSTGRES, DB, "refused", 4, "");
	struct reading early = made(READING_EVENT, READING_DOCKER, DB, "die", 0, "");

	(void)state;
	series_start(series, 0);
	evidence_reading(evidence, &ceiling, 0, false);
	evidence_reading(evidence, &early, 0, false); /* not of this run, nor are the four */
	evidence_reading(evidence, &refused, 0, false);
	evidence_reading(evidence, &refused, SEC, true);
	evidence_load(evidence, 0, 80, 1);
	for (unsigned s = 0; s < 20; s += 2)
		evidence_reading(evidence, &taken, s * SEC, true);
	evidence_update(evidence, 0, true);
	const struct findings *findings = evidence_findings(evidence);
	assert_int_equal(findings_count(findings), 1);
	const struct finding *finding = findings_at(findings, 0);
	assert_int_equal(finding->kind, FINDING_DATABASE_CONNECTIONS);
	assert_non_null(strstr(finding->text, "exhausted from 00:00 on, with 80 users"));
	assert_null(strstr(finding->text, "refused"));
	assert_true(finding->users == 80 && finding->value == 30 && finding->high == 30);
	evidence_free(evidence);
	series_free(series);
	scene_free(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_run_gets_the_findings_it_deserves),
		cmocka_unit_test(the_floor_of_a_collected_heap_is_what_counts),
		cmocka_unit_test(a_long_run_keeps_what_was_read_in_bounded_memory),
		cmocka_unit_test(more_containers_than_are_watched_do_no_harm),
		cmocka_unit_test(limits_that_were_read_before_the_run_hold_within_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
