/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MESSAGE_FRAME_H
#define THRONG_MESSAGE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/failure.h"
#include "message/reading.h"
#include "message/sample.h"

/* One published state of everything on screen. Built by the recorder (or another frame source),
 * pushed as a pointer through the frame ring: the consumer owns it and frees it with
 * frame_free. Totals are cumulative: a skipped frame loses nothing. All strings are UTF-8
 * cleaned by text.h and owned by the frame. Times are nanoseconds since the run's start unless
 * said. */

#define FRAME_GAP (-1.0) /* a missing value in a series: drawn as a gap */

struct frame_latency { /* microseconds; all 0 when count is 0 */
	uint64_t count;
	uint64_t min_us, p50_us, p90_us, p95_us, p99_us, p999_us, max_us;
	double mean_us;
};

struct frame_row {
	const char *method; /* "" for the total row */
	const char *name;
	uint16_t endpoint; /* SAMPLE_ALL for the total row */
	uint64_t requests; /* whole run since the last reset; failures included, aborted not */
	uint64_t failures;
	uint64_t aborted;
	double rps, fail_rps; /* over the window */
	double rps_total;     /* over the whole run */
	uint64_t bytes_in;
	struct frame_latency service, service_window; /* service time */
	struct frame_latency response,
		response_window; /* response time: differs in open runs only */
	uint32_t in_flight;
	uint64_t oldest_age_ns; /* of the oldest request in flight; 0: none */
};

struct frame_class {
	const char *name;
	uint32_t live, target;
	struct frame_row row; /* sums over the class's requests */
};

struct frame_failure {
	const char *method, *name;
	enum failure_kind kind;
	uint16_t status;
	const char *text; /* plain text of what happened */
	uint64_t count;
	uint64_t first_ns, last_ns;
	double per_second; /* over the window */
};

enum verdict { VERDICT_PENDING, VERDICT_PASS, VERDICT_FAIL, VERDICT_INVALID };

struct frame_criterion {
	const char *text;
	const char
		*value; /* measured so far, as a person reads it; "–" when nothing was measured */
	enum verdict
		state; /* during a run: PASS/FAIL as it stands now, PENDING when it cannot be said yet */
	bool final; /* FAIL that nothing can mend any more, or the run is over */
};

enum series_metric {
	SERIES_RPS,
	SERIES_FAIL_RPS,
	SERIES_P50_US, /* of response times; in closed runs they are the service times */
	SERIES_P95_US,
	SERIES_P99_US,
	SERIES_USERS,
	SERIES_IN_FLIGHT,
	SERIES_CPU_PCT,     /* hottest container */
	SERIES_CONNECTIONS, /* database */
	SERIES_METRICS
};

/* Evenly spaced points, oldest first; point i covers [start + i*step, start + (i+1)*step). */
struct frame_series {
	uint64_t start_ns, step_ns;
	size_t count;
	float *values[SERIES_METRICS]; /* FRAME_GAP where nothing was measured */
};

struct frame_mark {
	uint64_t at_ns;
	const char *text; /* "users 100 → 200", "container eucora-db restarted", a note */
	bool by_hand;
};

struct frame_container {
	const char *name;
	const char *state;             /* "running", "exited (137)", "no such container", ... */
	double cpu_pct, cpu_limit_pct; /* FRAME_GAP: unknown; limit 0: none */
	double memory_bytes, memory_limit_bytes, memory_alarm_bytes;
	double net_rx_bps, net_tx_bps, io_read_bps, io_write_bps;
	uint32_t pids, restarts, oom_kills;
	const char *health; /* "" when it has none */
	float cpu_history[60];
	size_t cpu_history_count;
	bool alarm;
};

struct frame_gauge {
	const char *name;
	double value, limit;
	bool has_limit, alarm;
};

struct frame_postgres {
	bool connected;
	double connections, ceiling, all_rows; /* FRAME_GAP: unknown */
	double active, idle, idle_in_transaction, waiting;
	double tps, rollbacks_ps, longest_transaction_s, blocked;
	double expect_low, expect_high, limit;
	float history[60];
	size_t history_count;
	struct frame_gauge *gauges;
	size_t gauge_count;
	bool alarm;
};

/* How well the generator itself does: the trust light. */
struct frame_generator {
	double cpu_pct;       /* of the busiest engine thread, one core = 100 */
	uint32_t lag_p99_us;  /* event loop lag, worst engine */
	uint32_t slip_max_us; /* starts behind schedule */
	uint64_t held_back;
	uint64_t ring_waits;
	uint32_t engines;
	bool limited;       /* some threshold of INVALID is passed */
	const char *reason; /* why, "" when fine */
};

struct frame {
	uint64_t sequence;
	uint64_t at_ns;         /* monotonic instant of the state */
	uint64_t wall_start_ns; /* wall clock of the run's start; 0 while idle */
	enum run_state state;
	uint64_t elapsed_ns;  /* since COMMAND_START; 0 while idle */
	uint64_t duration_ns; /* planned; 0: no end */
	const char *scenario;
	const char *target;
	unsigned scenario_index, scenario_count; /* page of how many */
	const char *next_scenario;               /* "" when the last */
	const char *notice; /* a line for the user: "waiting for http://… (12 s)"; "" when none */
	const char *plan;   /* the plan page's text; "" once started */

	uint32_t users_live, users_target, users_max;
	double spawn_rate;
	bool open;             /* arrival-rate run */
	double rate, rate_max; /* arrival rate wanted now */
	uint32_t in_flight;
	uint64_t oldest_age_ns;
	uint64_t drain_left_ns; /* RUN_DRAINING: until what is in flight is cut off; 0: unknown */

	struct frame_row all;
	struct frame_row *rows; /* by (name, method) */
	size_t row_count;
	struct frame_class *classes;
	size_t class_count;
	struct frame_failure *failures; /* by falling count */
	size_t failure_count;           /* at most 200 */
	struct frame_criterion *criteria;
	size_t criterion_count;
	enum verdict verdict;
	struct frame_series recent; /* 1 s steps, up to the last 600 */
	struct frame_series whole;  /* whole run in at most 600 points */
	struct frame_mark *marks;
	size_t mark_count;
	const char **findings;
	size_t finding_count;
	struct frame_generator generator;

	bool has_docker, has_postgres;
	const char *docker_problem, *postgres_problem; /* "" when fine */
	struct frame_container *containers;
	size_t container_count;
	struct frame_postgres postgres;

	const char *console_table; /* headless runs: Locust's table as text, "" when not due */
	bool last;                 /* the run is over and every file is written: nothing follows */
	int exit_status;           /* valid with last: 0, 1, 3, 4 as in throng(1) */

	struct frame_block *memory; /* private to frame.c */
};

/* A new zeroed frame whose strings point to "". Aborts when out of memory. */
struct frame *frame_new(void);
void frame_free(struct frame *frame); /* NULL is fine */
/* Memory that lives as long as the frame, zeroed. */
void *frame_alloc(struct frame *frame, size_t count, size_t size);
const char *frame_strdup(struct frame *frame, const char *str);
const char *frame_printf(struct frame *frame, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
const char *verdict_name(enum verdict verdict);

#endif
