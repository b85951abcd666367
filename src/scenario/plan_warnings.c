/* SPDX-License-Identifier: MIT */
/* What a load cannot do: the stated target and the criteria held against its ceiling, each with
 * the number it would take. Nothing here depends on how the target answers. */
#include "config.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "scenario/plan.h"
#include "scenario/plan_internal.h"
#include "scenario/scenario.h"

/* Relative slack, so that rounding never makes a load miss what it just reaches. */
#define SLACK 1e-9

/* ---- numbers ----------------------------------------------------------------------------- */

static void trim_zeros(char *text, size_t keep)
{
	size_t len = strlen(text);
	const char *point = strchr(text, '.');

	if (!point)
		return;
	while (len > (size_t)(point - text) + 1 + keep && text[len - 1] == '0')
		text[--len] = '\0';
	if (len == (size_t)(point - text) + 1)
		text[--len] = '\0';
}

char *plan_format_rate(double rate, char *dst, size_t size)
{
	if (rate >= 100) {
		plan_format_count(rate, dst, size);
	} else {
		snprintf(dst, size, "%.*f", rate >= 10 ? 1 : 2, rate);
		trim_zeros(dst, 0);
	}
	return dst;
}

char *plan_format_seconds(double s, char *dst, size_t size)
{
	snprintf(dst, size, "%.3f", s);
	trim_zeros(dst, 1);
	snprintf(dst + strlen(dst), size - strlen(dst), " s");
	return dst;
}

char *plan_format_count(double count, char *dst, size_t size)
{
	if (isfinite(count) && count < 1e15)
		units_format_count((uint64_t)llround(count), dst, size);
	else
		snprintf(dst, size, "unbounded");
	return dst;
}

/* Users are whole: a little above a whole number is that number. */
static char *format_users(double users, char *dst, size_t size)
{
	return plan_format_count(ceil(users * (1 - SLACK)), dst, size);
}

/* ---- the list ---------------------------------------------------------------------------- */

struct warnings {
	const struct scenario *scenario;
	struct plan_warning *out;
	size_t max, count;
};

static void warn(struct warnings *w, int criterion, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void warn(struct warnings *w, int criterion, const char *fmt, ...)
{
	va_list ap;

	if (w->count < w->max) {
		struct plan_warning *to = &w->out[w->count];

		to->criterion = criterion;
		va_start(ap, fmt);
		vsnprintf(to->text, sizeof(to->text), fmt, ap);
		va_end(ap);
	}
	w->count++;
}

/* ---- the stated target ------------------------------------------------------------------- */

/* "50 users waiting 2.0 s on average make at most 25 req/s": why no more comes out of it. */
static void ceiling_text(const struct scenario *scenario, double max_rps, char *dst, size_t size)
{
	const struct load *load = &scenario->load;
	char users[40], rate[40], wait[40], per_task[60] = "";
	double waits = 0, requests = plan_requests_per_task(&scenario->classes[0], -1);

	plan_format_rate(max_rps, rate, sizeof(rate));
	if (load->open) {
		snprintf(dst, size, "the arrival rate makes %s req/s", rate);
		return;
	}
	format_users(load->users, users, sizeof(users));
	if (scenario->class_count > 1) {
		snprintf(dst, size, "%s users of these classes make at most %s req/s", users, rate);
		return;
	}
	waits = plan_mean_wait(&scenario->classes[0].wait);
	plan_format_seconds(waits, wait, sizeof(wait));
	if (fabs(requests - 1) > SLACK)
		snprintf(per_task, sizeof(per_task), " between tasks of %.3g requests", requests);
	snprintf(dst, size, "%s users waiting %s on average%s make at most %s req/s", users, wait,
		 per_task, rate);
}

static void remedy_text(const struct scenario *scenario, double low, double high, char *dst,
			size_t size)
{
	char from[40], to[40];

	if (scenario->load.open) {
		double each = plan_max_rps(scenario) / scenario->load.rate;

		plan_format_rate(low / each, from, sizeof(from));
		plan_format_rate(high / each, to, sizeof(to));
		snprintf(dst, size,
			 high > low ? "it takes a rate of %s–%s" : "it takes a rate of %s", from,
			 to);
		return;
	}
	format_users(plan_users_for_rps(scenario, low), from, sizeof(from));
	format_users(plan_users_for_rps(scenario, high), to, sizeof(to));
	snprintf(dst, size, high > low ? "it takes %s–%s users" : "it takes about %s users", from,
		 to);
}

static void warn_target(struct warnings *w)
{
	const struct load *load = &w->scenario->load;
	double max_rps = plan_max_rps(w->scenario);
	double low = load->target_rps_low, high = fmax(load->target_rps_high, low);
	char from[40], to[40], ceiling[160], remedy[80];

	if (low <= 0 || max_rps >= low * (1 - SLACK))
		return;
	plan_format_rate(low, from, sizeof(from));
	plan_format_rate(high, to, sizeof(to));
	ceiling_text(w->scenario, max_rps, ceiling, sizeof(ceiling));
	remedy_text(w->scenario, low, high, remedy, sizeof(remedy));
	warn(w, -1, "%s%s%s req/s cannot be reached: %s; %s", from, high > low ? "–" : "",
	     high > low ? to : "", ceiling, remedy);
}

/* ---- the shape --------------------------------------------------------------------------- */

static void warn_ramp(struct warnings *w)
{
	const struct load *load = &w->scenario->load;
	double run = (double)load->duration_ns / 1e9, ramp = load->users / load->spawn_rate;
	char users[40], reached[40], length[40], way[40];

	if (load->stage_count || load->open || load->duration_ns == 0 || ramp <= run)
		return;
	format_users(load->users, users, sizeof(users));
	format_users(floor(load->spawn_rate * run), reached, sizeof(reached));
	units_format_duration(load->duration_ns, length, sizeof(length));
	units_format_duration((uint64_t)llround(ramp) * CLOCK_NS_PER_SEC, way, sizeof(way));
	warn(w, -1,
	     "%s users are never there: the way to them takes %s, the run ends after %s "
	     "with %s",
	     users, way, length, reached);
}

/* ---- criteria ---------------------------------------------------------------------------- */

static struct plan_scope scope_of(const struct criterion *criterion)
{
	struct plan_scope scope = PLAN_ALL;

	if (criterion->scope == SCOPE_CLASS)
		scope.class_index = (int)criterion->scope_index;
	else if (criterion->scope == SCOPE_ENDPOINT)
		scope.endpoint = (int)criterion->scope_index;
	return scope;
}

static bool is_lower_bound(const struct criterion *criterion)
{
	return criterion->op == OP_GE || criterion->op == OP_GT || criterion->op == OP_EQ;
}

static void warn_rps(struct warnings *w, int index, const struct criterion *criterion)
{
	struct plan_scope scope = scope_of(criterion);
	double rps = plan_scope_rps(w->scenario, &scope);
	double all = plan_max_rps(w->scenario);
	char reached[40], remedy[80];

	if (rps >= criterion->value * (1 - SLACK) || rps <= 0)
		return;
	remedy_text(w->scenario, all * criterion->value / rps, all * criterion->value / rps, remedy,
		    sizeof(remedy));
	warn(w, index, "\"%.80s\" is out of reach: at most %s req/s; %s", criterion->text,
	     plan_format_rate(rps, reached, sizeof(reached)), remedy);
}

/* More of everything in proportion: users and rate grow alike, the run lasts as long. */
static void warn_requests(struct warnings *w, int index, const struct criterion *criterion)
{
	const struct load *load = &w->scenario->load;
	struct plan_scope scope = scope_of(criterion);
	double expected = plan_scope_requests(w->scenario, &scope);
	char about[40], length[40], need[40];

	if (expected >= criterion->value || load->duration_ns == 0 || expected <= 0)
		return;
	units_format_duration(load->duration_ns, length, sizeof(length));
	if (load->open)
		plan_format_rate(load->rate * criterion->value / expected, need, sizeof(need));
	else
		format_users(load->users * criterion->value / expected, need, sizeof(need));
	warn(w, index, "\"%.80s\" is out of reach: about %s requests in %s; it takes %s%s%s",
	     criterion->text, plan_format_count(expected, about, sizeof(about)), length,
	     load->open ? "a rate of " : "about ", need,
	     load->open ? "" : " users or a longer run");
}

static void warn_active(struct warnings *w, int index, const struct criterion *criterion)
{
	const struct scenario *scenario = w->scenario;
	size_t there = 0;

	for (size_t i = 0; i < scenario->endpoint_count; i++)
		there += criterion_counts(criterion, &scenario->endpoints[i]) &&
			 plan_expected_requests(scenario, (unsigned)i) > 0;
	if ((double)there < criterion->value)
		warn(w, index, "\"%.80s\" is out of reach: only %zu such row%s", criterion->text,
		     there, there == 1 ? " is there" : "s are there");
}

static void warn_criterion(struct warnings *w, int index, const struct criterion *criterion)
{
	if (!is_lower_bound(criterion))
		return;
	if (criterion->metric == METRIC_RPS)
		warn_rps(w, index, criterion);
	else if (criterion->metric == METRIC_REQUESTS && criterion->window_ns == 0)
		warn_requests(w, index, criterion);
	else if (criterion->metric == METRIC_ENDPOINTS_ACTIVE)
		warn_active(w, index, criterion);
}

/* Arrivals that wait for a connection, or for the engine, are not in the service time. One hint is enough,
 * and none where the scenario shows that it knows. */
static void warn_service_time(struct warnings *w)
{
	const struct scenario *scenario = w->scenario;
	int first = -1;

	for (size_t i = 0; scenario->load.open && i < scenario->criterion_count; i++) {
		switch (scenario->criteria[i].metric) {
		case METRIC_MEAN:
		case METRIC_MEDIAN:
		case METRIC_PERCENTILE:
		case METRIC_MAX:
			first = first < 0 ? (int)i : first;
			break;
		case METRIC_RESPONSE_PERCENTILE:
		case METRIC_RESPONSE_MEAN:
		case METRIC_RESPONSE_MAX:
			return;
		case METRIC_REQUESTS:
		case METRIC_FAILURES:
		case METRIC_FAILURE_RATIO:
		case METRIC_SUCCESS_RATIO:
		case METRIC_ABORTED:
		case METRIC_RPS:
		case METRIC_FAILURES_RPS:
		case METRIC_MIN:
		case METRIC_BYTES:
		case METRIC_HELD_BACK:
		case METRIC_ENDPOINTS_ACTIVE:
		case METRIC_NO_CASCADE:
		case METRIC_MONITOR:
		case METRICS:
			break;
		}
	}
	if (first >= 0)
		warn(w, first,
		     "\"%.80s\" judges the service time: how long arrivals waited to be sent is in "
		     "\"response p99\" and its like",
		     scenario->criteria[first].text);
}

size_t plan_warnings(const struct scenario *scenario, struct plan_warning *out, size_t max)
{
	struct warnings w = { scenario, out, max, 0 };

	if (scenario->class_count == 0)
		return 0;
	warn_target(&w);
	warn_ramp(&w);
	for (size_t i = 0; i < scenario->criterion_count; i++)
		warn_criterion(&w, (int)i, &scenario->criteria[i]);
	warn_service_time(&w);
	return w.count;
}
