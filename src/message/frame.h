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

/* What an earlier run (--baseline) measured for the same row, over its whole length. */
struct frame_earlier {
	uint64_t requests;
	double rps;
	double failure_ratio;                      /* 0 .. 1 */
	uint64_t p50_us, p95_us, p99_us;           /* service time; 0: nothing measured */
	uint64_t response_p50_us, response_p95_us, /* response time */
		response_p99_us;
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
	const struct frame_earlier
		*earlier; /* NULL: no baseline, or this row is not in it; classes have none */
};

struct frame_class {
	const char *name;
	uint32_t live, target;
	struct frame_row row; /* sums over the class's requests */
};

struct example;

struct frame_failure {
	const char *method, *name;
	enum failure_kind kind;
	uint16_t status;
	const char *text; /* plain text of what happened */
	uint64_t count;
	uint64_t first_ns, last_ns;
	double per_second;                     /* over the window */
	const struct example *const *examples; /* real exchanges, newest first; see frame_hold */
	size_t example_count;
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

/* What is looked at before the start: open files, the target, a login of each class ... */
enum probe_state { PROBE_RUNNING, PROBE_OK, PROBE_FAILED, PROBE_SKIPPED };
struct frame_probe {
	const char *name; /* "open files", "login DeploymentUser" */
	const char *text; /* what was found, what helps; PROBE_RUNNING: what it waits for */
	enum probe_state state;
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

/* The detail of one endpoint, asked for with COMMAND_FOCUS. */

/* Requests that took from low_us to below high_us. Bars follow each other without a gap from the
 * fastest request to the slowest, evenly on a logarithmic axis (8, 4, 2 or 1 to an octave, so that
 * there are at most FRAME_BARS); counts are exact. */
#define FRAME_BARS 64
struct frame_bar {
	uint64_t low_us, high_us;
	uint64_t count;        /* whole run since the last reset */
	uint64_t window_count; /* the last 10 s */
};

#define FRAME_QUANTILES 8 /* 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1 (max): rising */
struct frame_quantile {
	double q;
	uint64_t us;        /* whole run since the last reset; 0 without requests */
	uint64_t window_us; /* the last 10 s */
};

struct frame_spread { /* how the times of an endpoint are spread */
	struct frame_bar *bars;
	size_t bar_count; /* 0 without requests */
	struct frame_quantile quantiles[FRAME_QUANTILES];
};

struct frame_status {
	uint16_t status; /* 0: no answer came; FRAME_STATUS_OTHER: all the rest */
	uint64_t count;
	uint64_t failed; /* of them: 404 may be what the scenario expects */
};
#define FRAME_STATUS_OTHER UINT16_MAX
#define FRAME_STATUSES     16

struct frame_detail {
	bool present;          /* false: nothing is in focus, all else is 0 or NULL */
	uint16_t endpoint;     /* SAMPLE_ALL: of all requests */
	struct frame_row *row; /* of the endpoint, in frame->rows; &frame->all for SAMPLE_ALL */
	struct frame_spread service, response; /* equal in closed runs */
	struct frame_status *statuses;         /* by falling count */
	size_t status_count;                   /* at most FRAME_STATUSES + 1 */
	struct frame_failure *failures;        /* of this endpoint, by falling count */
	size_t failure_count;                  /* at most 50 */
	/* Bodies of the answers as received, since the last reset; answers 0: there was none. */
	uint64_t answers, size_min_bytes, size_max_bytes;
	double size_mean_bytes;
	/* Its own requests, failures and percentiles of response times; what has no meaning for one
	 * endpoint (users, CPU ...) is FRAME_GAP throughout. Kept for every endpoint from the start
	 * of the run in bounded memory: percentiles are within 3.2 %, and with more than 1,000
	 * endpoints `recent` holds the last 60 s only and `whole` at most 60 points. */
	struct frame_series recent, whole;
};

/* How many requests ended when (columns) and took how long (rows). Column c covers [start +
 * c*step, start + (c+1)*step) since the run's start, row r response times of [edges_us[r],
 * edges_us[r + 1]): four rows to an octave, only those between the fastest and the slowest request
 * shown. The steps are those of the series of the same name. */
struct frame_heat {
	uint64_t start_ns, step_ns;
	size_t columns, rows;
	const uint64_t *edges_us; /* rows + 1, rising */
	const uint32_t *counts;   /* [column * rows + row], saturating */
	uint32_t max;             /* the largest count */
};

/* A load that was held for a few seconds: users and targets (or the arrival rate) did not move. In
 * the order they were driven; the same load again without another between goes on in its row. */
struct frame_level {
	double load;                 /* users; in arrival-rate runs requests per second wanted */
	uint64_t from_ns;            /* since the run's start */
	double seconds;              /* held, pauses not counted */
	uint64_t requests, failures; /* that ended in these seconds */
	double rps;
	uint64_t p50_us, p95_us, p99_us; /* response times; 0 without requests */
	double cpu_pct;     /* mean of the hottest container; FRAME_GAP: not measured */
	double connections; /* mean, database; FRAME_GAP: not measured */
	bool now;           /* it is held at this moment */
	bool beyond_knee;   /* load above knee.load */
	bool knee;          /* the first row beyond the knee */
};

/* Where response times leave the flat part as load climbs: as in the findings (breaks.h). */
struct frame_knee {
	bool found;
	double load;
	double base_us, reached_us; /* median below it, and at reached_load */
	double reached_load;
	const char *text; /* one line with method and figures; "" when there is none */
};

struct frame_mark {
	uint64_t at_ns;
	const char *text; /* "users 100 → 200", "container eucora-db restarted", a note */
	bool by_hand;
};

/* Lines of a container's log, oldest first. */
enum frame_log_kind { FRAME_LOG_STDOUT, FRAME_LOG_STDERR, FRAME_LOG_REMARK /* ours */ };

struct frame_log_line {
	uint8_t kind; /* enum frame_log_kind */
	bool matched; /* one of the scenario's patterns is in it */
	const char *text;
};

struct frame_log {
	const char *container; /* "" when none is followed */
	struct frame_log_line *lines;
	size_t count; /* at most 200 */
};

struct frame_container {
	const char *name;
	const char *state;             /* "running", "exited (137)", "no such container", ... */
	double cpu_pct, cpu_limit_pct; /* FRAME_GAP: unknown; limit 0: none */
	double memory_bytes, memory_limit_bytes, memory_alarm_bytes;
	double net_rx_bps, net_tx_bps, io_read_bps, io_write_bps;
	uint32_t pids, restarts, oom_kills;
	const char *health; /* "" when it has none */
	bool host_network;  /* its traffic is the host's: no rates of its own */
	float cpu_history[60];
	size_t cpu_history_count;
	bool alarm;
};

struct frame_gauge {
	const char *name;
	double value, limit;
	bool has_limit, alarm;
	const char *problem; /* why it has no value; "" or NULL: it has */
};

/* Clients of one database, user and application. */
struct frame_client_group {
	const char *database, *user, *application;
	double count;
	double active, idle, idle_in_transaction; /* FRAME_GAP: hidden from us */
	double transaction_s;                     /* of the oldest; negative: none */
};

struct frame_postgres {
	bool connected;
	double connections, ceiling, all_rows; /* FRAME_GAP: unknown */
	double active, idle, idle_in_transaction, waiting;
	double tps, rollbacks_ps, longest_transaction_s, blocked;
	double aborted, lwlock, io, aas, longest_query_s; /* FRAME_GAP: unknown, as all these */
	double deadlocks, cache_hit_pct, temp_bps, connect_ms;
	double refused; /* attempts of throng's own that found no free connection */
	double cl_waiting, sv_active, sv_idle, maxwait_s; /* of a pgbouncer */
	const char *
		ceiling_note; /* what the ceiling comes from; "" or NULL: not known, as the next two */
	const char *note;     /* what this role may not see */
	const char *blocker;               /* who holds the lock that others wait for */
	struct frame_client_group *groups; /* by falling count */
	size_t group_count;
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
	uint32_t connections; /* open now */
	bool limited;         /* some threshold of INVALID is passed */
	const char *reason;   /* why, "" when fine */
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
	struct frame_probe *probes; /* on the plan page, in order; more come while probing */
	size_t probe_count;
	bool probing;

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
	struct frame_series middle; /* 8 s steps, up to the last 600 (80 min), whole steps only */
	struct frame_series whole;  /* whole run in at most 600 points */
	struct frame_heat heat_recent, heat_whole;
	struct frame_detail detail;
	struct frame_level *levels;
	size_t level_count; /* at most 200: past that the shortest held goes */
	struct frame_knee knee;
	const char *
		baseline; /* the earlier run, "Concurrent deployments, 2026-02-03 10:00"; "": none */
	const char *replay; /* "replay 3/12, next in 8 s: users 200"; "" when none is under way */
	/* What came of the last COMMAND_SAVE_SCENARIO: "saved as x.json" or why not; "" before one.
	 * answer_sequence counts them, so that the same words again can be told from old ones. */
	const char *answer;
	uint32_t answer_sequence;
	bool answer_bad;
	struct frame_mark *marks;
	size_t mark_count;
	const char **findings;
	size_t finding_count;
	struct frame_generator generator;

	bool has_docker, has_postgres;
	const char *docker_problem, *postgres_problem; /* "" when fine */
	struct frame_container *containers;
	size_t container_count;
	struct frame_log log;
	struct frame_postgres postgres;

	const char *console_table; /* headless runs: Locust's table as text, "" when not due */
	bool last;                 /* the run is over and every file is written: nothing follows */
	int exit_status;           /* valid with last: 0, 1, 3, 4 as in throng(1) */

	struct frame_block *memory; /* private to frame.c */
	struct frame_held *held;    /* the same */
};

/* A new zeroed frame whose strings point to "". Aborts when out of memory. */
struct frame *frame_new(void);
void frame_free(struct frame *frame); /* NULL is fine */
/* Memory that lives as long as the frame, zeroed. */
void *frame_alloc(struct frame *frame, size_t count, size_t size);
const char *frame_strdup(struct frame *frame, const char *str);
const char *frame_printf(struct frame *frame, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Make the frame an owner of the example: it stays as long as the frame. Returns its argument. */
const struct example *frame_hold(struct frame *frame, const struct example *example);
const char *verdict_name(enum verdict verdict);

#endif
