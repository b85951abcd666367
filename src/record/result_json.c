/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/result_json.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/clock.h"
#include "base/units.h"
#include "message/failure.h"
#include "record/criteria.h"
#include "record/exchange_json.h"
#include "record/exchanges.h"
#include "record/findings.h"
#include "record/health.h"
#include "record/histogram.h"
#include "record/live.h"
#include "record/marks.h"
#include "record/phases.h"
#include "record/series.h"
#include "record/stats.h"
#include "record/steering_log.h"
#include "record/view.h"
#include "scenario/scenario.h"

/* Times are seconds since the start of the load ("at_s"), or RFC 3339 stamps where an instant is
 * meant; latencies are whole microseconds. What was not measured is null. */

#define TEXT_MAX 1024

/* Latency columns; the value of p9999 is one more than frames have. */
static const struct {
	double q;
	const char *name;
} QUANTILES[] = { { 0.50, "p50_us" }, { 0.90, "p90_us" },   { 0.95, "p95_us" },
		  { 0.99, "p99_us" }, { 0.999, "p999_us" }, { 0.9999, "p9999_us" } };
#define QUANTILE_COUNT (sizeof(QUANTILES) / sizeof(QUANTILES[0]))

static const char *const SERIES_NAMES[SERIES_METRICS] = {
	[SERIES_RPS] = "rps",
	[SERIES_FAIL_RPS] = "failures_rps",
	[SERIES_P50_US] = "p50_us",
	[SERIES_P95_US] = "p95_us",
	[SERIES_P99_US] = "p99_us",
	[SERIES_USERS] = "users",
	[SERIES_IN_FLIGHT] = "in_flight",
	[SERIES_CPU_PCT] = "cpu_pct",
	[SERIES_CONNECTIONS] = "connections",
};

static const char *const END_NAMES[] = {
	[RUN_END_NONE] = "none",           [RUN_END_SCHEDULE] = "schedule", [RUN_END_HAND] = "hand",
	[RUN_END_CRITERION] = "criterion", [RUN_END_SETUP] = "setup",
};

static json_t *seconds(uint64_t ns)
{
	return json_real((double)ns / 1e9);
}

/* The wall clock at a monotonic instant. */
static json_t *stamp(const struct record_view *view, uint64_t mono_ns)
{
	char text[32];

	if (view->wall_start_ns == 0)
		return json_null();
	clock_format_rfc3339(view->wall_start_ns + (mono_ns - view->start_ns), text, sizeof(text));
	return json_string(text);
}

/* Three decimals are enough for what was measured as a float. */
static json_t *measured(double value)
{
	return isfinite(value) && value != FRAME_GAP ? json_real(round(value * 1000) / 1000)
						     : json_null();
}

static json_t *count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static void set(json_t *object, const char *prefix, const char *name, json_t *value)
{
	char key[48];

	snprintf(key, sizeof(key), "%s%s", prefix, name);
	json_object_set_new(object, key, value);
}

static void add_latency(json_t *row, const char *prefix, const struct histogram *hist)
{
	double qs[QUANTILE_COUNT];
	uint64_t values[QUANTILE_COUNT] = { 0 };

	for (size_t i = 0; i < QUANTILE_COUNT; i++)
		qs[i] = QUANTILES[i].q;
	if (hist != NULL) /* an endpoint has none before its first request */
		histogram_quantiles(hist, qs, QUANTILE_COUNT, values);
	set(row, prefix, "min_us", count(hist != NULL ? histogram_min(hist) : 0));
	set(row, prefix, "mean_us", measured(hist != NULL ? histogram_mean(hist) : 0));
	for (size_t i = 0; i < QUANTILE_COUNT; i++)
		set(row, prefix, QUANTILES[i].name, count(values[i]));
	set(row, prefix, "max_us", count(hist != NULL ? histogram_max(hist) : 0));
}

static void add_row(json_t *row, const struct record_view *view, const struct stats_cell *cell)
{
	set(row, "", "requests", count(cell->requests));
	set(row, "", "failures", count(cell->failures));
	set(row, "", "aborted", count(cell->aborted));
	set(row, "", "extra_requests", count(cell->extra));
	set(row, "", "rps", measured(stats_total_rate(view->stats, cell->requests)));
	set(row, "", "bytes", count(cell->bytes_in));
	add_latency(row, "", cell->service);
	add_latency(row, "response_", cell->response != NULL ? cell->response : cell->service);
}

static json_t *totals(const struct record_view *view)
{
	json_t *row = json_pack("{s:s, s:s}", "method", "", "name", "all");

	add_row(row, view, stats_all(view->stats));
	return row;
}

static json_t *endpoints(const struct record_view *view)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < view->scenario->endpoint_count; i++) {
		const struct endpoint *endpoint = &view->scenario->endpoints[i];
		json_t *row = json_object();

		set(row, "", "method", result_json_text(endpoint->method));
		set(row, "", "name", result_json_text(endpoint->name));
		add_row(row, view, stats_endpoint(view->stats, (unsigned)i));
		json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *classes(const struct record_view *view)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < view->scenario->class_count; i++) {
		json_t *row = json_object();

		set(row, "", "name", result_json_text(view->scenario->classes[i].name));
		set(row, "", "users", count(view->live->classes[i].users));
		set(row, "", "target", count(view->live->classes[i].target));
		add_row(row, view, stats_class(view->stats, (unsigned)i));
		json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *phases(const struct record_view *view)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < phases_count(view->phases); i++) {
		struct phase phase = phases_at(view->phases, i);
		double length = (double)(phase.end_ns - phase.start_ns) / 1e9;
		json_t *row = json_object();

		set(row, "", "kind", json_string(phase_name(phase.kind)));
		set(row, "", "start_s", seconds(phase.start_ns));
		set(row, "", "end_s", seconds(phase.end_ns));
		set(row, "", "users_from", count(phase.users_from));
		set(row, "", "users_to", count(phase.users_to));
		set(row, "", "requests", count(phase.requests));
		set(row, "", "failures", count(phase.failures));
		set(row, "", "rps", measured(length > 0 ? (double)phase.requests / length : 0));
		set(row, "", "response_mean_us", measured(phase.mean_us));
		set(row, "", "response_p50_us", count(phase.p50_us));
		set(row, "", "response_p99_us", count(phase.p99_us));
		set(row, "", "response_max_us", count(phase.max_us));
		json_array_append_new(rows, row);
	}
	return rows;
}

/* The newest real exchange of it that was kept, masked. */
static json_t *example_of(const struct record_view *view, const struct stats_failure *failure)
{
	const struct example *const *list;
	size_t kept = exchanges_of(view->exchanges, failure->endpoint, failure->kind,
				   failure->status, failure->detail, &list);

	return kept > 0 ? exchange_json(list[0]) : json_null();
}

static json_t *failures(const struct record_view *view)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < stats_failure_count(view->stats); i++) {
		const struct stats_failure *failure = stats_failure_at(view->stats, i);
		enum failure_kind kind = (enum failure_kind)failure->kind;
		json_t *row = json_object();
		char text[TEXT_MAX];

		if (failure->endpoint < view->scenario->endpoint_count) {
			const struct endpoint *endpoint =
				&view->scenario->endpoints[failure->endpoint];

			set(row, "", "method", result_json_text(endpoint->method));
			set(row, "", "name", result_json_text(endpoint->name));
		} else { /* the rest, not kept apart */
			set(row, "", "method", json_string(""));
			set(row, "", "name", json_string("other"));
		}
		stats_failure_text(view->scenario, failure, text, sizeof(text));
		set(row, "", "kind", json_string(failure_name(kind)));
		set(row, "", "status", failure->status != 0 ? count(failure->status) : json_null());
		set(row, "", "text", result_json_text(text));
		set(row, "", "count", count(failure->count));
		set(row, "", "first_seen", stamp(view, failure->first_ns));
		set(row, "", "last_seen", stamp(view, failure->last_ns));
		set(row, "", "advice", json_string(failure_advice(kind, failure->status)));
		set(row, "", "example", example_of(view, failure));
		json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *criteria(const struct record_view *view)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < criteria_count(view->criteria); i++) {
		const struct criterion_state *state = criteria_at(view->criteria, i);
		json_t *row = json_object();

		set(row, "", "rule", result_json_text(state->criterion->text));
		set(row, "", "value",
		    state->measured && isfinite(state->value) ? json_real(state->value)
							      : json_null());
		set(row, "", "text", result_json_text(state->text));
		set(row, "", "verdict", json_string(verdict_name(state->state)));
		set(row, "", "breached_s",
		    state->breached ? seconds(state->breach_ns) : json_null());
		json_array_append_new(rows, row);
	}
	return rows;
}

/* What of `there` was left when most connections were open; null when that is unknown or without a bound. */
static json_t *left(unsigned long long there, unsigned long long taken)
{
	if (there == 0 || there == ULLONG_MAX)
		return json_null();
	return count(there > taken ? there - taken : 0);
}

static json_t *threads(const struct record_view *view)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < view->engine_count; i++) {
		struct live_cpu cpu = live_cpu(view->live, i);
		json_t *row = json_object();

		set(row, "", "engine", count(i));
		set(row, "", "cpu_mean_pct", measured(cpu.mean_pct));
		set(row, "", "cpu_max_pct", measured(cpu.max_pct));
		json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *generator(const struct record_view *view)
{
	const char *reason = "";
	bool limited = health_limited(view->health, &reason);
	json_t *rules = json_array();
	json_t *object = json_object();

	for (int kind = 0; kind < HEALTH_KINDS; kind++) {
		const struct health_rule *rule = health_rule((enum health_kind)kind);
		struct health_state state = health_state(view->health, (enum health_kind)kind);
		json_t *row = json_object();

		set(row, "", "name", json_string(rule->name));
		set(row, "", "unit", json_string(rule->unit));
		set(row, "", "threshold", json_real(rule->threshold));
		set(row, "", "worst", measured(state.worst));
		set(row, "", "bad_seconds", count(state.bad));
		set(row, "", "judged_seconds", count(state.judged));
		set(row, "", "broken", json_boolean(state.broken));
		json_array_append_new(rules, row);
	}
	set(object, "", "limited", json_boolean(limited));
	set(object, "", "reason", result_json_text(reason));
	set(object, "", "engines", count(view->engine_count));
	set(object, "", "cpu_pct", measured(view->live->cpu_pct));
	set(object, "", "lag_p99_us", count(view->live->lag_p99_us));
	set(object, "", "slip_max_us", count(view->live->slip_max_us));
	set(object, "", "held_back", count(view->live->held_back));
	if (view->scenario->load.open) {
		set(object, "", "scheduled", count(view->live->due));
		set(object, "", "started", count(view->live->started));
		set(object, "", "start_slip_p50_us", count(health_slip_us(view->health, 0.5)));
		set(object, "", "start_slip_p99_us", count(health_slip_us(view->health, 0.99)));
		set(object, "", "start_slip_max_us", count(health_slip_us(view->health, 1)));
	}
	set(object, "", "ring_waits", count(view->live->ring_waits));
	uint32_t most = view->live->most_connections;
	bool ports = view->scenario->http.unix_socket == NULL;
	set(object, "", "connections_max", count(most));
	set(object, "", "files_left", left(limits_files(), most + LIMITS_FILES_RESERVE));
	set(object, "", "ports_left", left(ports ? limits_ports() : 0, most));
	set(object, "", "threads", threads(view));
	set(object, "", "rules", rules);
	return object;
}

static json_t *findings(const struct record_view *view)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < findings_count(view->findings); i++) {
		const struct finding *finding = findings_at(view->findings, i);
		json_t *row = json_object();

		set(row, "", "kind", json_string(finding_name(finding->kind)));
		set(row, "", "warning", json_boolean(finding->warning));
		set(row, "", "text", result_json_text(finding->text));
		set(row, "", "at_s",
		    finding->at_ns != FINDING_WHOLE ? seconds(finding->at_ns) : json_null());
		set(row, "", "users", finding->users > 0 ? measured(finding->users) : json_null());
		set(row, "", "value", json_real(finding->value));
		set(row, "", "low", json_real(finding->low));
		set(row, "", "high", json_real(finding->high));
		set(row, "", "method", result_json_text(finding->method));
		json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *marks(const struct record_view *view)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < marks_count(view->marks); i++) {
		const struct mark *mark = marks_at(view->marks, i);

		json_array_append_new(
			rows, json_pack("{s:o, s:b, s:o}", "at_s", seconds(mark->at_ns), "by_hand",
					(int)mark->by_hand, "text", result_json_text(mark->text)));
	}
	return rows;
}

static json_t *timeline(const struct record_view *view)
{
	struct series_view series = series_whole(view->series);
	json_t *object = json_pack("{s:o, s:o, s:o}", "start_s", seconds(series.start_ns), "step_s",
				   seconds(series.step_ns), "count", count(series.count));

	for (int metric = 0; metric < SERIES_METRICS; metric++) {
		json_t *values = json_array();

		for (size_t i = 0; i < series.count; i++)
			json_array_append_new(values, measured(series.values[metric][i]));
		set(object, "", SERIES_NAMES[metric], values);
	}
	return object;
}

/* Beyond what JSON integers carry here, a string. */
static json_t *seed_value(uint64_t seed)
{
	char text[24];

	if (seed <= INT64_MAX)
		return count(seed);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)seed);
	return json_string(text);
}

json_t *result_json(const struct record_view *view, json_t *environment, json_t *monitor)
{
	json_t *result = json_object();

	set(result, "", "throng", json_string(PACKAGE_VERSION));
	set(result, "", "state", json_string(view->over ? "done" : "running"));
	set(result, "", "scenario", result_json_text(view->scenario->name));
	set(result, "", "target", result_json_text(view->scenario->target.text));
	set(result, "", "seed", seed_value(view->seed));
	set(result, "", "started", stamp(view, view->start_ns));
	set(result, "", "duration_s", seconds(view->elapsed_ns));
	set(result, "", "stopped_s",
	    view->stop_ns != 0 && view->start_ns != 0 ? seconds(view->stop_ns - view->start_ns)
						      : json_null());
	set(result, "", "verdict", json_string(verdict_name(view->verdict)));
	set(result, "", "end", json_string(END_NAMES[view->end]));
	set(result, "", "problem", result_json_text(view->setup_problem));
	set(result, "", "config", result_json_config(view->scenario, view->engine_count));
	set(result, "", "environment", json_incref(environment));
	set(result, "", "totals", totals(view));
	set(result, "", "endpoints", endpoints(view));
	set(result, "", "classes", classes(view));
	set(result, "", "phases", phases(view));
	set(result, "", "levels", result_json_levels(view));
	set(result, "", "knee", result_json_knee(view));
	set(result, "", "baseline", result_json_baseline(view));
	set(result, "", "failures", failures(view));
	set(result, "", "criteria", criteria(view));
	set(result, "", "generator", generator(view));
	set(result, "", "findings", findings(view));
	set(result, "", "marks", marks(view));
	set(result, "", "steering", result_json_steering(view));
	set(result, "", "steering_dropped", count(steering_log_dropped(view->steering)));
	set(result, "", "replay", result_json_replay(view));
	set(result, "", "monitor", monitor);
	set(result, "", "series", timeline(view));
	return result;
}
