/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/findings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "record/breaks.h"
#include "record/curve.h"
#include "record/findings_internal.h"
#include "record/series.h"
#include "record/stretch.h"
#include "record/trend.h"
#include "scenario/criterion.h"
#include "scenario/scenario.h"

/* The rules, each with the size of effect that makes it worth a sentence. No p-values: seconds of
 * one run depend on each other, and tests that assume they do not cry wolf (Mann-Kendall on
 * seconds with an autocorrelation of 0.9: 69 % false alarms). Bins of 5 s or more, medians, and
 * effects large enough to matter instead.
 *
 * latency-break: breaks.h, over load; at constant load a jump of the median (two means, least
 *   squares over bins) to at least twice, by 10 ms, that explains 70 % of the variance.
 * latency-limit: breaks.h; the limits are those of the scenario's criteria on percentiles over
 *   all, else p99 and 1 s.
 * failure-break: breaks.h, over load; at constant load the first second from which at least 5 % of
 *   the requests of five seconds fail.
 * drift: Theil-Sen slope of the median over bins of at least a minute of constant load: its 95 %
 *   interval lies above 0, and the rise over the stretch is a fifth of the level and 5 ms.
 * littles-law: L = X S over the longest constant load, requests in flight as counted against rate
 *   x mean service time. And for closed loads X = sum of N k / (Z + k S) over the classes
 *   (interactive response time law, Denning and Buzen 1978; k requests in a task): the rate that
 *   these users must make at these times if each waits as the scenario says. More than 10 % off
 *   is a warning: users waited where nobody measured, or times do not say what they seem to. */

#define STEP_LEAST       3
#define STEP_RISE        2.0
#define STEP_RISE_US     10000.0
#define STEP_R2          0.7
#define DRIFT_BINS       12
#define DRIFT_RISE       0.2
#define DRIFT_RISE_US    5000.0
#define LITTLE_SECONDS   10
#define LITTLE_REQUESTS  100
#define LITTLE_OFF       0.1
#define LITTLE_OFF_S     1e-3 /* of a request: in flight is read between turns of the loop */
#define DEFAULT_LIMIT_US 1000000
#define FAILING_SECONDS  5
#define FAILING_RATIO    0.05

static struct text latency(double us)
{
	struct text text;

	units_format_latency(us > 0 ? (uint64_t)(us + 0.5) : 0, 0, text.s, sizeof(text.s));
	return text;
}

static struct finding begin(enum finding_kind kind, bool warning, uint64_t at_ns, double load)
{
	return (struct finding){ .kind = kind, .warning = warning, .at_ns = at_ns, .users = load };
}

#define SAY(finding, ...)    snprintf((finding).text, sizeof((finding).text), __VA_ARGS__)
#define METHOD(finding, ...) snprintf((finding).method, sizeof((finding).method), __VA_ARGS__)

/* Breaks over load */

static void latency_break(struct findings *findings, const struct findings_input *input)
{
	const struct break_latency *found = input->bend;

	if (found == NULL)
		return;
	struct finding finding = begin(FINDING_LATENCY_BREAK, true, found->at_ns, found->load);
	finding.value = found->load;
	SAY(finding,
	    "Response times broke at about %s (%s): until then the median was %s, from there on it "
	    "rose "
	    "with the load to %s at %s.",
	    findings_load(input, found->load).s, findings_clock(found->at_ns).s,
	    latency(found->base_us).s, latency(found->reached_us).s,
	    findings_load(input, found->reached_load).s);
	METHOD(finding,
	       "broken stick fitted to the median response time over load, %zu points of at least "
	       "20 requests, R² %.2f",
	       found->points, found->r2);
	findings_add(findings, &finding);
}

static void latency_limit(struct findings *findings, const struct findings_input *input, double q,
			  uint64_t limit_us)
{
	struct break_limit found;

	if (!breaks_limit(input->curve, q, limit_us, &found))
		return;
	struct finding finding = begin(FINDING_LATENCY_LIMIT, true, found.at_ns, found.load);
	finding.value = found.value_us;
	SAY(finding, "p%g passed %s at %s (%s).", q * 100, latency((double)limit_us).s,
	    findings_load(input, found.load).s, findings_clock(found.at_ns).s);
	METHOD(finding,
	       "lowest load from which the p%g of requests started there was above the limit in "
	       "three points "
	       "running, points of at least 100 requests; %s there",
	       q * 100, latency(found.value_us).s);
	findings_add(findings, &finding);
}

/* The limits that the scenario itself sets, else p99 and a second. */
static void latency_limits(struct findings *findings, const struct findings_input *input)
{
	const struct scenario *scenario = input->scenario;
	unsigned limits = 0;

	for (size_t i = 0; i < scenario->criterion_count; i++) {
		const struct criterion *rule = &scenario->criteria[i];
		bool upper = rule->op == OP_LT || rule->op == OP_LE;
		bool percentile = rule->metric == METRIC_MEDIAN ||
				  rule->metric == METRIC_PERCENTILE ||
				  rule->metric == METRIC_RESPONSE_PERCENTILE;
		if (!upper || !percentile || rule->scope != SCOPE_ALL || !(rule->value > 0))
			continue;
		latency_limit(findings, input, rule->metric == METRIC_MEDIAN ? 0.5 : rule->quantile,
			      (uint64_t)rule->value);
		limits++;
	}
	if (limits == 0)
		latency_limit(findings, input, 0.99, DEFAULT_LIMIT_US);
}

static bool failure_break(struct findings *findings, const struct findings_input *input)
{
	struct break_failures found;

	if (!breaks_failures(input->curve, &found))
		return false;
	struct finding finding = begin(FINDING_FAILURE_BREAK, true, found.at_ns, found.load);
	finding.value = found.ratio;
	SAY(finding, "Failures began at %s (%s): %.0f %% of the requests from there on.",
	    findings_load(input, found.load).s, findings_clock(found.at_ns).s, 100 * found.ratio);
	METHOD(finding,
	       "end of the first failure from which at least 5 %% of the next 50 requests, by "
	       "load, failed "
	       "(%lu requests looked at)",
	       (unsigned long)found.requests);
	findings_add(findings, &finding);
	return true;
}

/* Over time */

/* The load at an instant, from the series; 0 when it was not known. */
static double users_at(const struct series_view *view, size_t i)
{
	float users = view->values[SERIES_USERS][i];

	return users > 0 ? (double)users : 0;
}

static void failure_break_in_time(struct findings *findings, const struct findings_input *input)
{
	struct series_view view = series_whole(input->series);
	double step = (double)view.step_ns / 1e9;

	for (size_t i = 0; i < view.count; i++) {
		double requests = 0, failures = 0;
		if (!(view.values[SERIES_FAIL_RPS][i] > 0))
			continue;
		for (size_t k = i; k < view.count && (double)(k - i) * step < FAILING_SECONDS;
		     k++) {
			requests += (double)view.values[SERIES_RPS][k] * step;
			failures += (double)view.values[SERIES_FAIL_RPS][k] * step;
		}
		if (failures < FAILING_SECONDS || failures < FAILING_RATIO * requests)
			continue;
		uint64_t at_ns = view.start_ns + i * view.step_ns;
		struct finding finding =
			begin(FINDING_FAILURE_BREAK, true, at_ns, users_at(&view, i));
		finding.value = failures / requests;
		SAY(finding,
		    "Failures began at %s, with %.0f users: %.0f %% of the requests of %g s.",
		    findings_clock(at_ns).s, users_at(&view, i), 100 * failures / requests,
		    fmax(FAILING_SECONDS, step));
		METHOD(finding,
		       "first step of %g s from which at least 5 %% of the requests of 5 s failed",
		       step);
		findings_add(findings, &finding);
		return;
	}
}

/* Bins with a median, and their middles in seconds since the stretch began. */
static size_t bins_of(const struct stretch_view *view, double *x, double *y)
{
	size_t n = 0;

	for (size_t i = 0; i < view->count; i++) {
		if (view->bins[i].p50_us < 0)
			continue;
		x[n] = ((double)i + 0.5) * view->bin_seconds;
		y[n++] = view->bins[i].p50_us;
	}
	return n;
}

static bool jump(struct findings *findings, const struct findings_input *input,
		 const struct stretch_view *view, const double *x, const double *y, size_t n)
{
	struct trend_step step;

	if (!trend_step_fit(y, n, STEP_LEAST, &step) || step.r2 < STEP_R2 ||
	    step.after < STEP_RISE * step.before || step.after - step.before < STEP_RISE_US)
		return false;
	uint64_t at_ns = view->start_ns + (uint64_t)((x[step.at] - view->bin_seconds / 2) *
						     (double)CLOCK_NS_PER_SEC);
	struct finding finding = begin(FINDING_LATENCY_BREAK, true, at_ns, view->load);
	finding.value = step.after;
	SAY(finding,
	    "Response times broke at %s, at a constant load of %s: the median went from %s to %s.",
	    findings_clock(at_ns).s, findings_load(input, view->load).s, latency(step.before).s,
	    latency(step.after).s);
	METHOD(finding, "two means fitted to the medians of %zu bins of %g s, R² %.2f", n,
	       view->bin_seconds, step.r2);
	findings_add(findings, &finding);
	return true;
}

static void drift(struct findings *findings, const struct findings_input *input,
		  const struct stretch_view *view, const double *x, const double *y, size_t n)
{
	struct trend_line line;

	if (!trend_theil_sen(x, y, n, &line))
		return;
	double span = x[n - 1] - x[0];
	double from = line.level + line.slope * x[0], rise = line.slope * span;
	bool rises = line.low > 0 && rise >= DRIFT_RISE * from && rise >= DRIFT_RISE_US;
	struct finding finding =
		begin(FINDING_DRIFT, rises, rises ? view->start_ns : FINDING_WHOLE, view->load);
	finding.value = line.slope * 60;
	finding.low = line.low * 60;
	finding.high = line.high * 60;
	if (rises)
		SAY(finding,
		    "Response times drift at a constant load of %s: the median rose by %s a minute "
		    "(95 %% "
		    "interval %s to %s) over %.0f s, from %s to %s.",
		    findings_load(input, view->load).s, latency(line.slope * 60).s,
		    latency(line.low * 60).s, latency(line.high * 60).s, view->seconds,
		    latency(from).s, latency(from + rise).s);
	else if (line.high < 0 && -rise >= DRIFT_RISE * from)
		SAY(finding,
		    "At a constant load of %s the median fell from %s to %s within %.0f s: the "
		    "system was still "
		    "warming up.",
		    findings_load(input, view->load).s, latency(from).s, latency(from + rise).s,
		    view->seconds);
	else
		SAY(finding,
		    "No drift: at a constant load of %s the median stayed near %s for %.0f s.",
		    findings_load(input, view->load).s, latency(from + rise / 2).s, view->seconds);
	METHOD(finding,
	       "Theil-Sen slope %+.3g ms/min, 95 %% interval %+.3g to %+.3g (Sen), medians of %zu "
	       "bins of %g s",
	       line.slope * 60 / 1000, line.low * 60 / 1000, line.high * 60 / 1000, n,
	       view->bin_seconds);
	findings_add(findings, &finding);
}

/* Little's law */

static void in_flight_law(struct findings *findings, const struct stretch_view *view)
{
	double rate = (double)view->requests / view->seconds;
	double service_us = view->service_us / (double)view->requests;
	double expected = rate * service_us / 1e6;
	double off = fabs(view->in_flight - expected);
	/* in flight is counted ten times a second: it is a sample, too */
	double noise = 3 * sqrt(fmax(expected, 0.1) / (double)view->readings);
	double least = fmax(fmax(noise, 0.2), LITTLE_OFF_S * rate);
	bool warning = off > fmax(LITTLE_OFF * expected, least);
	struct finding finding = begin(FINDING_LITTLE, warning, view->start_ns, view->load);

	finding.value = view->in_flight;
	finding.low = finding.high = expected;
	if (warning)
		SAY(finding,
		    "Requests in flight do not fit rate and times: %.2f counted, but %.1f req/s of "
		    "%s each make %.2f (Little's law).%s",
		    view->in_flight, rate, latency(service_us).s, expected,
		    view->in_flight > expected
			    ? " The rest are answers that wait for a busy generator to read them."
			    : "");
	else if (off > LITTLE_OFF * expected)
		SAY(finding,
		    "Too few requests are in flight at a time for Little's law to tell: %.2f "
		    "counted, %.1f req/s of %s each make %.2f.",
		    view->in_flight, rate, latency(service_us).s, expected);
	else
		SAY(finding,
		    "Little's law holds: %.2f requests in flight counted, %.1f req/s of %s each "
		    "make %.2f.",
		    view->in_flight, rate, latency(service_us).s, expected);
	METHOD(finding,
	       "L = X S over %.0f s of constant load, S as far as it lies within; in flight "
	       "counted "
	       "%lu times",
	       view->seconds, (unsigned long)view->readings);
	findings_add(findings, &finding);
}

static double mean_wait_s(const struct wait *wait)
{
	switch (wait->kind) {
	case WAIT_CONSTANT:
	case WAIT_EXPONENTIAL:
	case WAIT_PACING:
		return (double)wait->a_ns / 1e9;
	case WAIT_UNIFORM:
		return ((double)wait->a_ns + (double)wait->b_ns) / 2e9;
	case WAIT_NONE:
		break;
	}
	return 0;
}

/* Requests per second that the users of a class make when a request takes service_s. */
static double class_rate(const struct user_class *class, double users, double service_s)
{
	double steps = 0;

	for (size_t i = 0; i < class->task_count; i++)
		steps += (double)class->tasks[i].weight * (double)class->tasks[i].step_count;
	if (class->task_weight_sum == 0)
		return 0;
	steps /= class->task_weight_sum;
	double busy = steps * service_s, wait = mean_wait_s(&class->wait);
	double cycle = class->wait.kind == WAIT_PACING ? fmax(wait, busy) : wait + busy;
	return cycle > 0 ? users * steps / cycle : INFINITY;
}

static void users_law(struct findings *findings, const struct findings_input *input,
		      const struct stretch_view *view)
{
	const struct scenario *scenario = input->scenario;
	unsigned users[SCENARIO_CLASSES_MAX];
	double expected = 0, rate = (double)view->requests / view->seconds, ended_us = 0;

	if (scenario->load.open || scenario->class_count > SCENARIO_CLASSES_MAX)
		return;
	scenario_split_users(scenario, (unsigned)(view->load + 0.5), users);
	for (size_t i = 0; i < scenario->class_count; i++)
		ended_us += view->classes[i].service_us;
	for (size_t i = 0; i < scenario->class_count; i++) {
		const struct stretch_class *of = &view->classes[i];
		double service_s =
			of->requests > 0 ? of->service_us / (double)of->requests / 1e6 : 0;
		if (ended_us > 0) /* and those under way at the end */
			service_s *= view->service_us / ended_us;
		expected += class_rate(&scenario->classes[i], users[i], service_s);
	}
	if (!(expected > 0) || !isfinite(expected))
		return;
	bool warning = fabs(rate - expected) > LITTLE_OFF * expected;
	struct finding finding = begin(FINDING_LITTLE, warning, view->start_ns, view->load);
	finding.value = rate;
	finding.low = finding.high = expected;
	SAY(finding,
	    "Users, waits and times %s: %s make %.1f req/s at these times, measured were %.1f.%s",
	    warning ? "do not fit the rate" : "fit the rate", findings_load(input, view->load).s,
	    expected, rate,
	    warning && rate < expected
		    ? " Users that wait for a busy generator make fewer than they could."
		    : "");
	METHOD(finding, "X = sum of N k / (Z + k S) over the user classes, %.0f s of constant load",
	       view->seconds);
	findings_add(findings, &finding);
}

void findings_update(struct findings *findings, const struct findings_input *input)
{
	struct stretch_view view = stretch_longest(input->stretch);
	double x[STRETCH_BINS], y[STRETCH_BINS];
	size_t n = bins_of(&view, x, y);

	findings_clear(findings);
	latency_break(findings, input);
	latency_limits(findings, input);
	if (!failure_break(findings, input))
		failure_break_in_time(findings, input);
	findings_monitor(findings, input);
	if (n >= DRIFT_BINS && !jump(findings, input, &view, x, y, n))
		drift(findings, input, &view, x, y, n);
	if (view.seconds >= LITTLE_SECONDS && view.requests >= LITTLE_REQUESTS &&
	    view.readings > 0) {
		in_flight_law(findings, &view);
		users_law(findings, input, &view);
	}
}
