/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "frames.h"
#include "frames_facts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* Noise is a hash of time and place: every figure is the same in every run. */

#define RPS_PER_USER 0.784
#define HISTORY_S    600

static double noise(unsigned t, unsigned salt)
{
	uint64_t x = ((uint64_t)t << 32 | salt) + 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return (double)((x ^ (x >> 31)) >> 11) / 9007199254740992.0;
}

static double wobble(unsigned t, unsigned salt, double by)
{
	double slow = sin(t / 9.0 + salt) * 0.4;

	return 1 + by * (slow + noise(t, salt) - 0.5);
}

struct frames_spec frames_usual(void)
{
	return (struct frames_spec){
		.state = RUN_RUNNING,
		.elapsed_s = 134,
		.duration_s = 300,
		.users_live = 100,
		.users_target = 100,
		.users_max = 200,
		.spawn_rate = 10,
		.classes = 1,
		.docker = true,
		.postgres = true,
		.focus = -1,
	};
}

unsigned frames_users_at(const struct frames_spec *spec, unsigned s)
{
	double ramp = s * spec->spawn_rate;

	if (spec->users != NULL)
		return spec->users[s];
	return ramp < spec->users_live ? (unsigned)ramp : spec->users_live;
}

/* How far beyond the knee: 0 below it. */
static double overload(const struct frames_spec *spec, unsigned users)
{
	return spec->knee > 0 && users > spec->knee ? (users - (double)spec->knee) / spec->knee : 0;
}

double frames_rps_at(const struct frames_spec *spec, unsigned s)
{
	unsigned users = frames_users_at(spec, s);
	double most = users;

	if (spec->knee > 0 && most > spec->knee)
		most = spec->knee * (1 - 0.2 * overload(spec, users));
	return (spec->open ? spec->rate : most * RPS_PER_USER) * wobble(s, 1, 0.08);
}

double frames_latency_at(const struct frames_spec *spec, unsigned s, double base)
{
	double over = overload(spec, frames_users_at(spec, s));

	return base * wobble(s, (unsigned)base, 0.3) * (1 + over * 140);
}

double frames_fails_at(const struct frames_spec *spec, unsigned s)
{
	double over = overload(spec, frames_users_at(spec, s));

	return over > 0.25 ? frames_rps_at(spec, s) * (over - 0.25) * 0.9 * wobble(s, 9, 0.5) : 0;
}

double frames_connections_at(const struct frames_spec *spec, unsigned s)
{
	double wanted = 12 + frames_users_at(spec, s) * 0.35 * wobble(s, 4, 0.1) *
				     (1 + 3 * overload(spec, frames_users_at(spec, s)));

	return floor(wanted > 97 ? 97 : wanted);
}

double frames_cpu_at(const struct frames_spec *spec, unsigned s, double share)
{
	double cpu = (2 + frames_users_at(spec, s) * 0.16) * share * wobble(s, 7, 0.4) *
		     (1 + 2 * overload(spec, frames_users_at(spec, s)));

	return cpu > 100 * share ? 100 * share : cpu;
}

static double metric_at(const struct frames_spec *spec, int metric, unsigned s)
{
	switch ((enum series_metric)metric) {
	case SERIES_RPS:
		return frames_rps_at(spec, s);
	case SERIES_FAIL_RPS:
		return frames_fails_at(spec, s);
	case SERIES_P50_US:
		return frames_latency_at(spec, s, 5200);
	case SERIES_P95_US:
		return frames_latency_at(spec, s, 16100);
	case SERIES_P99_US:
		return frames_latency_at(spec, s, 34200);
	case SERIES_USERS:
		return frames_users_at(spec, s);
	case SERIES_IN_FLIGHT:
		return floor(frames_rps_at(spec, s) * frames_latency_at(spec, s, 7000) / 1e6 + 2.5);
	case SERIES_CPU_PCT:
		return spec->docker ? frames_cpu_at(spec, s, 1) : FRAME_GAP;
	case SERIES_CONNECTIONS:
		return spec->postgres && s % 2 == 0 ? frames_connections_at(spec, s)
		       : spec->postgres             ? frames_connections_at(spec, s - 1)
						    : FRAME_GAP;
	case SERIES_METRICS:
		break;
	}
	return FRAME_GAP;
}

static void fill_series(struct frame *frame, const struct frames_spec *spec,
			struct frame_series *series, unsigned first, unsigned step, size_t count)
{
	series->start_ns = first * CLOCK_NS_PER_SEC;
	series->step_ns = step * CLOCK_NS_PER_SEC;
	series->count = count;
	for (int m = 0; m < SERIES_METRICS; m++) {
		series->values[m] = frame_alloc(frame, count + 1, sizeof(float));
		for (size_t i = 0; i < count; i++)
			series->values[m][i] =
				(float)metric_at(spec, m, first + (unsigned)i * step);
	}
}

static void fill_all_series(struct frame *frame, const struct frames_spec *spec)
{
	unsigned end = spec->elapsed_s;
	unsigned first = end > HISTORY_S ? end - HISTORY_S : 0;
	unsigned step = end / HISTORY_S + 1;

	if (spec->state == RUN_IDLE || spec->state == RUN_SETUP)
		return;
	fill_series(frame, spec, &frame->recent, first, 1, end - first);
	fill_series(frame, spec, &frame->whole, 0, step, end / step);
}

static void fill_latency(struct frame_latency *latency, uint64_t count, double factor)
{
	latency->count = count;
	if (count == 0)
		return;
	latency->min_us = (uint64_t)(1900 * factor);
	latency->p50_us = (uint64_t)(5200 * factor);
	latency->p90_us = (uint64_t)(11800 * factor);
	latency->p95_us = (uint64_t)(16100 * factor);
	latency->p99_us = (uint64_t)(34200 * factor);
	latency->p999_us = (uint64_t)(88000 * factor);
	latency->max_us = (uint64_t)(168300 * factor);
	latency->mean_us = 6900 * factor;
}

/* The row's share of everything measured until now. */
static void fill_row(struct frame_row *row, const struct frames_spec *spec, double share,
		     double factor, double failing)
{
	unsigned now = spec->elapsed_s;
	bool measured = spec->state != RUN_IDLE && spec->state != RUN_SETUP && now > 0;
	double total = 0;
	double failed = 0;
	double slow;

	if (!measured)
		return;
	for (unsigned s = 0; s < now; s++) {
		total += frames_rps_at(spec, s);
		failed += frames_fails_at(spec, s);
	}
	total += frames_rps_at(spec, now) * spec->milli / 1000;
	slow = frames_latency_at(spec, now, 5200) / 5200 * (1 + 0.04 * noise(spec->milli, now));
	row->requests = (uint64_t)(total * share);
	row->failures = (uint64_t)(failed * share * failing);
	row->rps_total = (double)row->requests / now;
	row->bytes_in = row->requests * 812;
	fill_latency(&row->service, row->requests, factor * (1 + (slow - 1) * 0.6));
	if (spec->state == RUN_DONE || spec->state == RUN_PAUSED)
		return;
	row->rps = frames_rps_at(spec, now) * share;
	row->fail_rps = frames_fails_at(spec, now) * share * failing;
	row->in_flight = (uint32_t)(row->rps * 0.007 * slow + noise(now, (unsigned)(share * 1e6)));
	row->oldest_age_ns = row->in_flight > 0 ? (uint64_t)(4.1e7 * slow * factor) : 0;
	fill_latency(&row->service_window, (uint64_t)(row->rps * 10), factor * slow);
	row->response = row->service;
	row->response_window = row->service_window;
	if (spec->open) { /* what waiting for the schedule hid */
		fill_latency(&row->response, row->requests, factor * 1.4);
		fill_latency(&row->response_window, (uint64_t)(row->rps * 10), factor * slow * 1.6);
	}
}

static const struct {
	const char *method, *name;
	double share, factor, failing;
} endpoints[] = {
	{ "POST", "/api/v1/auth/login/", 0.01, 2.9, 0 },
	{ "GET", "/api/v1/deployments/", 0.2, 0.8, 0.4 },
	{ "POST", "/api/v1/deployments/", 0.59, 1.1, 1.5 },
	{ "GET", "/api/v1/deployments/{id}/", 0.2, 0.7, 0 },
	{ "GET", "/api/v1/cab/approvals/", 0.08, 1.3, 0.2 },
	{ "POST", "/api/v1/cab/submit/", 0.05, 2.1, 0.6 },
	{ "POST", "/api/v1/cab/{id}/approve/", 0.04, 1.7, 0 },
	{ "POST", "/api/v1/connectors/intune/publish/", 0.03, 3.2, 0 },
	{ "POST", "/api/v1/connectors/jamf/publish/", 0.03, 3.4, 0 },
	{ "POST", "/api/v1/connectors/sccm/publish/", 0.03, 3.3, 0 },
	{ "POST", "/api/v1/connectors/landscape/publish/", 0.03, 2.8, 0 },
	{ "POST", "/api/v1/connectors/ansible/publish/", 0.03, 3.0, 0 },
	{ "DELETE", "/api/v1/deployments/{id}/", 0.01, 1.2, 0 },
	{ "PATCH", "/api/v1/deployments/{id}/status/", 0.02, 1.5, 0 },
};

static void fill_rows(struct frame *frame, const struct frames_spec *spec)
{
	size_t count = spec->classes > 1 ? sizeof(endpoints) / sizeof(endpoints[0]) : 4;

	frame->rows = frame_alloc(frame, count, sizeof(*frame->rows));
	frame->row_count = count;
	for (size_t i = 0; i < count; i++) {
		struct frame_row *row = &frame->rows[i];

		row->method = endpoints[i].method;
		row->name = endpoints[i].name;
		row->endpoint = (uint16_t)i;
		fill_row(row, spec, endpoints[i].share, endpoints[i].factor, endpoints[i].failing);
	}
	fill_row(&frame->all, spec, 1, 1, 1);
	frame->in_flight = frame->all.in_flight;
	frame->oldest_age_ns = frame->all.oldest_age_ns;
}

static void fill_classes(struct frame *frame, const struct frames_spec *spec)
{
	static const char *const names[FRAMES_CLASSES_MAX] = {
		"DeploymentUser", "CabUser",  "ConnectorUser", "BurstUser",
		"Auditor",        "Reporter", "Janitor",       "Visitor",
	};

	frame->class_count = spec->classes;
	frame->classes = frame_alloc(frame, spec->classes, sizeof(*frame->classes));
	for (unsigned i = 0; i < spec->classes; i++) {
		struct frame_class *class = &frame->classes[i];

		class->name = names[i];
		class->target = spec->class_target[i] > 0 ? spec->class_target[i]
							  : spec->users_target / spec->classes;
		class->live = spec->users_target > 0
				      ? class->target * spec->users_live / spec->users_target
				      : 0;
		class->row.method = "";
		class->row.name = "";
	}
}

static void fill_failures(struct frame *frame, const struct frames_spec *spec)
{
	static const struct {
		size_t endpoint;
		enum failure_kind kind;
		uint16_t status;
		const char *text;
		double share;
	} kinds[] = {
		{ 2, FAILURE_STATUS, 500, "HTTP 500 Internal Server Error", 0.7 },
		{ 2, FAILURE_TIMEOUT, 0, "no complete answer within 30 s", 0.15 },
		{ 1, FAILURE_STATUS, 503, "HTTP 503 Service Unavailable", 0.1 },
		{ 1, FAILURE_RESET, 0, "connection reset before the answer was complete", 0.05 },
	};
	size_t n = 0;

	if (frame->all.failures == 0)
		return;
	frame->failures = frame_alloc(frame, 4, sizeof(*frame->failures));
	for (size_t i = 0; i < 4; i++) {
		struct frame_failure *failure = &frame->failures[n];

		failure->method = endpoints[kinds[i].endpoint].method;
		failure->name = endpoints[kinds[i].endpoint].name;
		failure->kind = kinds[i].kind;
		failure->status = kinds[i].status;
		failure->text = kinds[i].text;
		failure->count = (uint64_t)((double)frame->all.failures * kinds[i].share);
		failure->per_second = frame->all.fail_rps * kinds[i].share;
		failure->first_ns = (60 + i * 13) * CLOCK_NS_PER_SEC;
		failure->last_ns = spec->elapsed_s * CLOCK_NS_PER_SEC;
		n += failure->count > 0;
	}
	frame->failure_count = n;
	frames_examples(frame);
}

static void fill_criteria(struct frame *frame, const struct frames_spec *spec)
{
	static const char *const texts[] = { "requests >= 375", "failures == 0", "p50 < 200ms",
					     "max < 500ms",
					     "POST /api/v1/deployments/ p99 < 500ms" };
	struct frame_criterion *criteria = frame_alloc(frame, 5, sizeof(*criteria));
	const struct frame_latency *all = &frame->all.service;
	bool holds[5] = { frame->all.requests >= 375, frame->all.failures == 0,
			  all->p50_us < 200000, all->max_us < 500000, all->p99_us < 500000 };
	bool over = spec->state == RUN_DONE;

	frame->criteria = criteria;
	frame->criterion_count = 5;
	for (int i = 0; i < 5; i++) {
		criteria[i].text = texts[i];
		criteria[i].value = "–";
		criteria[i].state = all->count == 0 ? VERDICT_PENDING
				    : holds[i]      ? VERDICT_PASS
						    : VERDICT_FAIL;
		criteria[i].final = over;
	}
	if (!holds[0] && !over)
		criteria[0].state = VERDICT_PENDING;
	if (all->count == 0)
		return;
	criteria[0].value = frame_printf(frame, "%u", (unsigned)frame->all.requests);
	criteria[1].value = frame_printf(frame, "%u", (unsigned)frame->all.failures);
	criteria[2].value = frame_printf(frame, "%.1f ms", (double)all->p50_us / 1e3);
	criteria[3].value = frame_printf(frame, "%.0f ms", (double)all->max_us / 1e3);
	criteria[4].value = frame_printf(frame, "%.0f ms", (double)all->p99_us / 1e3);
}

static void fill_docker(struct frame *frame, const struct frames_spec *spec)
{
	static const struct {
		const char *name;
		double share, memory;
	} containers[] = { { "eucora-api", 1, 312 },
			   { "eucora-db", 0.45, 204 },
			   { "eucora-celery-worker", 0.2, 148 } };

	frame->has_docker = true;
	frame->container_count = 3;
	frame->containers = frame_alloc(frame, 3, sizeof(*frame->containers));
	for (size_t i = 0; i < 3; i++) {
		struct frame_container *c = &frame->containers[i];

		c->name = containers[i].name;
		c->state = "running";
		c->health = i == 1 ? "healthy" : "";
		c->cpu_pct = frames_cpu_at(spec, spec->elapsed_s, containers[i].share);
		c->cpu_limit_pct = 90;
		c->memory_bytes = containers[i].memory * 1048576 + spec->elapsed_s * 20000.0;
		c->memory_limit_bytes = 4294967296.0;
		c->memory_alarm_bytes = 350.0 * 1048576;
		c->net_rx_bps = 81000 * containers[i].share;
		c->net_tx_bps = 244000 * containers[i].share;
		c->io_read_bps = 0;
		c->io_write_bps = i == 1 ? 1250000 : 0;
		c->pids = 9 + (unsigned)i * 7;
		c->alarm = c->cpu_pct >= 90;
		c->cpu_history_count = spec->elapsed_s < 60 ? spec->elapsed_s : 60;
		for (size_t k = 0; k < c->cpu_history_count; k++)
			c->cpu_history[k] = (float)frames_cpu_at(
				spec,
				spec->elapsed_s - (unsigned)c->cpu_history_count + (unsigned)k,
				containers[i].share);
	}
}

static void fill_postgres(struct frame *frame, const struct frames_spec *spec)
{
	struct frame_postgres *pg = &frame->postgres;
	unsigned now = spec->elapsed_s & ~1u;

	frame->has_postgres = true;
	pg->connected = true;
	pg->connections = frames_connections_at(spec, now);
	pg->ceiling = 100;
	pg->all_rows = pg->connections + 6;
	pg->active = floor(pg->connections * 0.26);
	pg->idle_in_transaction = floor(pg->connections * 0.08);
	pg->idle = pg->connections - pg->active - pg->idle_in_transaction;
	pg->waiting = pg->connections > 90 ? 7 : 0;
	pg->tps = frames_rps_at(spec, now) * 3.1;
	pg->blocked = pg->waiting > 0 ? 3 : 0;
	pg->longest_transaction_s = pg->connections > 90 ? 4.1 : 0.02;
	pg->aborted = pg->lwlock = pg->io = pg->aas = pg->longest_query_s = FRAME_GAP;
	pg->deadlocks = pg->cache_hit_pct = pg->temp_bps = pg->connect_ms = pg->refused = FRAME_GAP;
	pg->cl_waiting = pg->sv_active = pg->sv_idle = pg->maxwait_s = FRAME_GAP;
	pg->expect_low = 40;
	pg->expect_high = 60;
	pg->limit = 95;
	pg->alarm = pg->connections >= pg->limit;
	pg->history_count = now / 2 < 60 ? now / 2 : 60;
	for (size_t k = 0; k < pg->history_count; k++)
		pg->history[k] = (float)frames_connections_at(
			spec, now - 2 * (unsigned)(pg->history_count - k));
}

static void fill_marks(struct frame *frame, const struct frames_spec *spec)
{
	static const struct frame_mark usual[] = {
		{ 10 * CLOCK_NS_PER_SEC, "all 100 users are up", false },
		{ 75 * CLOCK_NS_PER_SEC, "cache warmed by hand", true },
	};
	const struct frame_mark *marks = spec->marks != NULL ? spec->marks : usual;
	size_t count = spec->marks != NULL ? spec->mark_count : 2;

	frame->marks = frame_alloc(frame, count + 1, sizeof(*frame->marks));
	for (size_t i = 0; i < count; i++) {
		if (marks[i].at_ns <= frame->elapsed_ns && spec->state != RUN_IDLE) {
			frame->marks[frame->mark_count] = marks[i];
			frame->marks[frame->mark_count++].text = frame_strdup(frame, marks[i].text);
		}
	}
}

static void fill_findings(struct frame *frame, const struct frames_spec *spec)
{
	if (overload(spec, spec->users_live) <= 0.25)
		return;
	frame->findings = frame_alloc(frame, 2, sizeof(*frame->findings));
	frame->finding_count = 2;
	frame->findings[0] =
		frame_printf(frame,
			     "p99 passed 1,000 ms at %u users; database connections had reached "
			     "97/100 eight seconds earlier",
			     spec->knee + 8);
	frame->findings[1] = "container eucora-api used 98 % of its CPU limit from 01:12 on";
}

struct frame *frames_build(const struct frames_spec *spec)
{
	struct frame *frame = frame_new();

	frame->sequence = spec->sequence;
	frame->at_ns = 1000 * CLOCK_NS_PER_SEC;
	frame->state = spec->state;
	frame->scenario = "Concurrent deployments";
	frame->target = "http://localhost:8000";
	frame->scenario_count = 1;
	frame->duration_ns = spec->duration_s * CLOCK_NS_PER_SEC;
	if (spec->state != RUN_IDLE)
		frame->elapsed_ns =
			spec->elapsed_s * CLOCK_NS_PER_SEC + spec->milli * CLOCK_NS_PER_MS;
	frame->users_live = spec->users_live;
	frame->users_target = spec->users_target;
	frame->users_max = spec->users_max;
	frame->spawn_rate = spec->spawn_rate;
	frame->open = spec->open;
	frame->rate = spec->rate;
	frame->last = spec->last;
	fill_all_series(frame, spec);
	fill_rows(frame, spec);
	fill_classes(frame, spec);
	fill_failures(frame, spec);
	fill_criteria(frame, spec);
	fill_marks(frame, spec);
	fill_findings(frame, spec);
	if (spec->docker)
		fill_docker(frame, spec);
	if (spec->postgres)
		fill_postgres(frame, spec);
	frames_fill_facts(frame, spec);
	frame->generator.cpu_pct = spec->state == RUN_IDLE ? 0 : 1 + frame->all.rps * 0.035;
	frame->generator.lag_p99_us = 180;
	frame->generator.engines = 1;
	return frame;
}
