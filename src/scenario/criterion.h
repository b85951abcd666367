/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_CRITERION_H
#define THRONG_SCENARIO_CRITERION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct endpoint;
struct error;
struct reading;

/* A rule with a verdict, parsed from a line such as
 *   [SCOPE] METRIC OP VALUE [in any DURATION] [after DURATION|after warmup] [for DURATION] [abort]
 *   no cascading failures [after DURATION|after warmup] [abort]
 * SCOPE: nothing (all), "METHOD NAME" of an endpoint, "class NAME", "container NAME",
 * "postgres", "gauge NAME". The grammar in full is in throng-scenario(5). A rule whose endpoint
 * name is a pattern ("POST /api/v1/connectors/publish/[*] p95 < 500ms") becomes one criterion
 * per matching row while the scenario is loaded, except for METRIC_ENDPOINTS_ACTIVE, which
 * counts the matching rows. */
enum metric {
	METRIC_REQUESTS,
	METRIC_FAILURES,
	METRIC_FAILURE_RATIO, /* "failures <= 1%": values are ratios, 0.01 */
	METRIC_SUCCESS_RATIO,
	METRIC_ABORTED,
	METRIC_RPS,
	METRIC_FAILURES_RPS,
	METRIC_MIN, /* latencies: value in microseconds; service time */
	METRIC_MEAN,
	METRIC_MEDIAN, /* also "p50" */
	METRIC_PERCENTILE,
	METRIC_MAX,
	METRIC_RESPONSE_PERCENTILE, /* response time, from the intended start ("response p99") */
	METRIC_RESPONSE_MEAN,
	METRIC_RESPONSE_MAX,
	METRIC_BYTES,
	METRIC_HELD_BACK,        /* starts held back */
	METRIC_ENDPOINTS_ACTIVE, /* endpoints with at least one success */
	METRIC_NO_CASCADE,       /* "no cascading failures": measured 0 (none) or 1 (cascading) */
	METRIC_MONITOR,          /* a panel's value: monitor_source, _name and _metric say which */
	METRICS
};

enum criterion_op { OP_LT, OP_LE, OP_GT, OP_GE, OP_EQ, OP_NE };
enum criterion_scope { SCOPE_ALL, SCOPE_CLASS, SCOPE_ENDPOINT, SCOPE_MONITOR };

struct criterion {
	char *text; /* the rule as written, blanks normalised: what screen and files show */
	enum metric metric;
	enum criterion_scope scope;
	unsigned scope_index; /* class or endpoint, resolved at load */
	/* SCOPE_ENDPOINT: as written. METRIC_ENDPOINTS_ACTIVE with SCOPE_ALL may carry a method and
	 * name pattern here: use criterion_counts. SCOPE_CLASS: the class in scope_name. */
	char *scope_method;
	char *scope_name;
	/* METRIC_MONITOR: matches a struct reading by criterion_matches_reading. */
	uint8_t monitor_source; /* enum reading_source */
	char *monitor_name;     /* container name or pattern, breached by any of them; else NULL */
	char *reading_metric;   /* "cpu_pct", "connections"; gauges: their name */
	char *monitor_metric;   /* as the rule says it: "cpu", "connections" */
	double quantile;        /* percentiles: 0.99 */
	enum criterion_op op;
	double value; /* latencies in microseconds, ratios 0..1, rates per second, bytes; monitor: the reading's unit */
	uint64_t
		window_ns; /* "in any 10s": must hold in every such window; 0: over the whole run */
	uint64_t
		after_ns; /* "after 30s": counted from the start; 0: from the start or the end of warm-up */
	bool after_warmup;
	uint64_t for_ns; /* breached only when broken this long without a break */
	bool abort;      /* stop the run when breached */
};

/* Parse one rule. -EINVAL fills err->text with what is wrong and what is allowed. Caller
 * releases with criterion_fini. */
int criterion_parse(struct criterion *out, const char *text, struct error *err)
	__attribute__((warn_unused_result));
void criterion_fini(struct criterion *criterion);
/* A copy for another row of a pattern: the text names that row instead. */
void criterion_copy_for(struct criterion *out, const struct criterion *criterion,
			const struct endpoint *endpoint, unsigned index);
/* Does `measured` satisfy the rule? */
bool criterion_holds(const struct criterion *criterion, double measured);
/* METRIC_ENDPOINTS_ACTIVE: does this row count? */
bool criterion_counts(const struct criterion *criterion, const struct endpoint *endpoint);
/* METRIC_MONITOR: is it about this value? */
bool criterion_matches_reading(const struct criterion *criterion, const struct reading *reading);
/* The measured value as a person reads it, in the metric's unit ("5.2 ms", "99.8 %", "10,518");
 * returns dst. */
char *criterion_format_value(const struct criterion *criterion, double measured, char *dst,
			     size_t size);
/* The word of the grammar ("requests", "pNN", "response pNN", "no cascading failures"). */
const char *metric_name(enum metric metric);
/* Every word that can stand as METRIC, NULL-terminated, some twice: of requests, "container" and
 * "postgres". For help, "did you mean" and tests of the manual. */
const char *const *metric_names(void);

#endif
