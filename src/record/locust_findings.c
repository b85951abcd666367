/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/locust_findings.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "record/report_run.h"
#include "record/result_read.h"

/* The rules, and why these:
 * - failures: the first second from which at least FAIL_SHARE of the next FAIL_REQUESTS requests failed.
 * - throughput: the second with the most requests, against the median of the seconds at the highest load.
 *   Throughput that falls while users are added is a collapse whatever the response times say.
 * - response times: the second with the lowest mean while users were being added, and the first one
 *   after it from which the mean stayed above RISE times that (and RISE_US more) for STAY seconds.
 * A second counts for times and throughput with at least MIN_REQUESTS requests. */
#define FAIL_SHARE    0.05
#define FAIL_REQUESTS 50
#define FALL          0.7 /* of the best second: below it is a fall */
#define RISE          2.0
#define RISE_US       10000.0
#define STAY          3
#define MIN_REQUESTS  20

struct seconds {
	size_t count;
	double step_s;
	double *users, *rps, *failures, *mean;
};

static bool seconds_init(struct seconds *s, const json_t *result)
{
	const json_t *series = result_member(result, "series");

	s->count = (size_t)result_count(series, "count");
	s->step_s = result_count(series, "step_s");
	if (s->count < 2 || !(s->step_s > 0))
		return false;
	s->users = mem_array(4 * s->count, sizeof(s->users[0]));
	s->rps = s->users + s->count;
	s->failures = s->rps + s->count;
	s->mean = s->failures + s->count;
	result_numbers(series, "users", s->users, s->count);
	result_numbers(series, "rps", s->rps, s->count);
	result_numbers(series, "failures_rps", s->failures, s->count);
	result_numbers(series, "mean_us", s->mean, s->count);
	return true;
}

static double requests_of(const struct seconds *s, size_t i)
{
	return isfinite(s->rps[i]) ? s->rps[i] * s->step_s : 0;
}

static double failures_of(const struct seconds *s, size_t i)
{
	return isfinite(s->failures[i]) ? s->failures[i] * s->step_s : 0;
}

static bool counts(const struct seconds *s, size_t i)
{
	return requests_of(s, i) >= MIN_REQUESTS && isfinite(s->mean[i]) && isfinite(s->users[i]);
}

static void add(json_t *list, const struct seconds *s, size_t i, const char *kind,
		const char *method, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

static void add(json_t *list, const struct seconds *s, size_t i, const char *kind,
		const char *method, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_array_append_new(
		list, json_pack("{s:s, s:b, s:s, s:f, s:f, s:s}", "kind", kind, "warning", 1,
				"text", text, "at_s", (double)i * s->step_s, "users",
				isfinite(s->users[i]) ? s->users[i] : 0.0, "method", method));
}

/* From which second on do requests fail? */
static void failures(json_t *list, const struct seconds *s)
{
	char clock[REPORT_FIGURE_MAX], users[REPORT_FIGURE_MAX], share[REPORT_FIGURE_MAX];

	for (size_t i = 0; i < s->count; i++) {
		double requests = 0, failed = 0;

		if (failures_of(s, i) <= 0)
			continue;
		for (size_t k = i; k < s->count && requests < FAIL_REQUESTS; k++) {
			requests += requests_of(s, k);
			failed += failures_of(s, k);
		}
		if (requests <= 0 || failed < FAIL_SHARE * requests)
			continue;
		add(list, s, i, "failure-break",
		    "First second from which at least 5 % of the next 50 requests failed.",
		    "Requests failed from %s on, at %s users: %s of the next %.0f.",
		    report_run_clock((double)i * s->step_s, clock),
		    report_run_count(s->users[i], users), report_run_share(failed, requests, share),
		    requests);
		return;
	}
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Median of the values of the seconds at the highest number of users; NAN when there are few. */
static double median_at_top(const struct seconds *s, const double *values, double top)
{
	double *list = mem_array(s->count, sizeof(list[0])), median = NAN;
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (s->users[i] >= top && isfinite(values[i]))
			list[n++] = values[i];
	}
	if (n >= 5) {
		qsort(list, n, sizeof(list[0]), compare);
		median = n % 2 == 1 ? list[n / 2] : (list[n / 2 - 1] + list[n / 2]) / 2;
	}
	free(list);
	return median;
}

static double most_users(const struct seconds *s)
{
	double top = 0;

	for (size_t i = 0; i < s->count; i++)
		top = fmax(top, isfinite(s->users[i]) ? s->users[i] : 0);
	return top;
}

static void throughput(json_t *list, const struct seconds *s, double top)
{
	char clock[REPORT_FIGURE_MAX], at[REPORT_FIGURE_MAX], most[REPORT_FIGURE_MAX];
	char best_rate[REPORT_FIGURE_MAX], top_rate[REPORT_FIGURE_MAX];
	double later = median_at_top(s, s->rps, top);
	size_t best = s->count;

	for (size_t i = 0; i < s->count; i++) {
		if (counts(s, i) && (best == s->count || s->rps[i] > s->rps[best]))
			best = i;
	}
	if (best == s->count || !(later < FALL * s->rps[best]) || !(s->users[best] < top))
		return;
	add(list, s, best, "throughput-break",
	    "The second with the most requests, against the median of all seconds at the highest "
	    "number of users.",
	    "Throughput was highest with %s requests per second at %s users (%s) and fell as users "
	    "were added: %s at %s users.",
	    report_run_rate(s->rps[best], best_rate), report_run_count(s->users[best], at),
	    report_run_clock((double)best * s->step_s, clock), report_run_rate(later, top_rate),
	    report_run_count(top, most));
}

/* Does the mean stay above the limit for STAY seconds that count? */
static bool stays_above(const struct seconds *s, size_t from, double limit)
{
	unsigned above = 0;

	for (size_t i = from; i < s->count && above < STAY; i++) {
		if (!counts(s, i))
			continue;
		if (s->mean[i] <= limit)
			return false;
		above++;
	}
	return above == STAY;
}

/* The calmest second while users were being added. */
static size_t calmest(const struct seconds *s, double top)
{
	size_t best = s->count;

	for (size_t i = 0; i < s->count && !(s->users[i] >= top); i++) {
		if (counts(s, i) && (best == s->count || s->mean[i] < s->mean[best]))
			best = i;
	}
	return best;
}

static void response_times(json_t *list, const struct seconds *s, double top)
{
	char low[REPORT_FIGURE_MAX], low_users[REPORT_FIGURE_MAX], high[REPORT_FIGURE_MAX];
	char high_users[REPORT_FIGURE_MAX], clock[REPORT_FIGURE_MAX], last[REPORT_FIGURE_MAX];
	char most[REPORT_FIGURE_MAX];
	size_t base = calmest(s, top);
	double limit, later = median_at_top(s, s->mean, top);

	if (base == s->count)
		return;
	limit = fmax(RISE * s->mean[base], s->mean[base] + RISE_US);
	for (size_t i = base + 1; i < s->count; i++) {
		if (!counts(s, i) || s->mean[i] <= limit || !stays_above(s, i, limit))
			continue;
		add(list, s, i, "latency-break",
		    "The lowest mean of a second while users were added, and the first second from "
		    "which the mean stayed above twice that and 10 ms more for three seconds. The "
		    "files hold no percentiles of seconds.",
		    "Response times left their base line between %s and %s users (%s): the mean "
		    "went from %s to %s, and was %s at %s users.",
		    report_run_count(s->users[base], low_users),
		    report_run_count(s->users[i], high_users),
		    report_run_clock((double)i * s->step_s, clock),
		    report_run_latency(s->mean[base], low), report_run_latency(s->mean[i], high),
		    report_run_latency(later, last), report_run_count(top, most));
		return;
	}
}

void locust_findings(json_t *result)
{
	struct seconds s;
	json_t *list;
	double top;

	if (!seconds_init(&s, result))
		return;
	list = json_array();
	top = most_users(&s);
	failures(list, &s);
	throughput(list, &s, top);
	response_times(list, &s, top);
	json_object_set_new(result, "findings", list);
	free(s.users);
}
