/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_CRITERION_H
#define THRONG_SCENARIO_CRITERION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

/* A rule with a verdict, parsed from a line such as
 *   [SCOPE] METRIC OP VALUE [in any DURATION] [after DURATION|warmup] [for DURATION] [abort]
 * SCOPE: nothing (all), "METHOD NAME" of an endpoint, "class NAME", "classes"/"endpoints" for
 * counts, "container NAME", "postgres". The grammar in full is in throng-scenario(5). */
enum metric {
	METRIC_REQUESTS,
	METRIC_FAILURES,
	METRIC_FAILURE_RATIO, /* "failures 1%" style values are ratios: 0.01 */
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
	METRIC_NO_CASCADE,       /* "no cascading failures" */
	METRIC_MONITOR,          /* a panel's value: scope names the source */
	METRICS
};

enum criterion_op { OP_LT, OP_LE, OP_GT, OP_GE, OP_EQ, OP_NE };
enum criterion_scope { SCOPE_ALL, SCOPE_CLASS, SCOPE_ENDPOINT, SCOPE_MONITOR };

struct criterion {
	char *text; /* the rule as written, blanks normalised: what screen and files show */
	enum metric metric;
	enum criterion_scope scope;
	unsigned scope_index; /* class or endpoint, resolved by criterion_resolve */
	char *scope_method; /* endpoint scopes, as written; "endpoints active" may carry a name pattern in scope_name */
	char *scope_name;
	char *monitor_metric; /* METRIC_MONITOR: "cpu", "memory", "connections", gauge name */
	double quantile;      /* percentiles: 0.99 */
	enum criterion_op op;
	double value; /* latencies in microseconds, ratios 0..1, rates per second, bytes */
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
/* Does `measured` satisfy the rule? */
bool criterion_holds(const struct criterion *criterion, double measured);
/* The measured value as a person reads it, in the metric's unit ("5.2 ms", "99.8 %", "10,518");
 * returns dst. */
char *criterion_format_value(const struct criterion *criterion, double measured, char *dst,
			     size_t size);
/* "p99", "requests", ... */
const char *metric_name(enum metric metric);
const char *const *metric_names(void);

#endif
