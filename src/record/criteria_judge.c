/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/criteria_internal.h"

#include <stdio.h>

#include "base/units.h"
#include "record/cascade.h"
#include "record/criteria_monitor.h"
#include "record/criteria_value.h"
#include "record/histogram.h"

/* From what a rule has gathered to how it stands. Times are since the run's start. */

static void set_value(struct criterion_state *state, double value)
{
	state->measured = true;
	state->value = value;
	criterion_format_value(state->criterion, value, state->text, sizeof(state->text));
}

static void breach(struct criterion_state *state, uint64_t now_ns)
{
	if (!state->breached)
		state->breach_ns = now_ns;
	state->breached = true;
}

/* Over all time */

static bool total_value(const struct criteria *criteria, struct rule *rule, uint64_t now_ns,
			uint64_t held_back, double *value)
{
	uint64_t end_ns = now_ns < criteria->stop_ns ? now_ns : criteria->stop_ns;
	double seconds = end_ns > rule->begin_ns ? (double)(end_ns - rule->begin_ns) / 1e9 : 0;

	if (rule->state.criterion->metric == METRIC_ENDPOINTS_ACTIVE) {
		*value = rule->active_count;
		return true;
	}
	if (rule->state.criterion->metric == METRIC_HELD_BACK) {
		if (!rule->held_back_known)
			rule->held_back_before = rule->begin_ns == 0 ? 0 : held_back;
		rule->held_back_known = true;
		*value = (double)(held_back - rule->held_back_before);
		return true;
	}
	return criteria_measure(rule->state.criterion, &rule->total->tallies,
				criteria_trait(rule->state.criterion->metric)->response
					? rule->total->response
					: rule->total->service,
				seconds, value);
}

static void judge_total(const struct criteria *criteria, struct rule *rule, uint64_t now_ns,
			uint64_t held_back)
{
	struct criterion_state *state = &rule->state;
	enum value_growth growth = criteria_trait(state->criterion->metric)->growth;
	double value;

	if (!total_value(criteria, rule, now_ns, held_back, &value)) {
		state->state = VERDICT_PENDING;
		return;
	}
	set_value(state, value);
	if (growth != GROWS_ANY) {
		state->state =
			criteria_judge_growing(state->criterion, value, growth, &state->final);
	} else if (criterion_holds(state->criterion, value)) {
		state->state = VERDICT_PASS;
	} else {
		state->state = criteria_enough(state->criterion, rule->total->tallies.requests)
				       ? VERDICT_FAIL
				       : VERDICT_PENDING;
	}
	if (state->state != VERDICT_FAIL)
		return;
	breach(state, now_ns);
	if (state->criterion->abort)
		state->final = true; /* the run ends by it */
}

/* Windows and "for" */

/* A value at one second: keep the worst, and note how long the rule has been broken. */
static void judge_moment(struct rule *rule, double value, uint64_t at_ns)
{
	struct criterion_state *state = &rule->state;
	bool holds = criterion_holds(state->criterion, value);

	if (!state->measured || criteria_is_worse(state->criterion, value, state->value))
		set_value(state, value);
	if (!holds && !rule->broken)
		rule->broken_since_ns = at_ns;
	rule->broken = !holds;
	if (!holds && at_ns - rule->broken_since_ns >= state->criterion->for_ns)
		breach(state, at_ns);
	state->final = state->breached;
	state->state = state->breached ? VERDICT_FAIL
		       : rule->broken  ? VERDICT_PENDING
				       : VERDICT_PASS;
}

static void judge_window(struct rule *rule, const struct sliding_window *window)
{
	double seconds = (double)(window->end_ns - window->begin_ns) / 1e9;
	double value;

	if (criteria_measure(rule->state.criterion, window->tallies, window->times, seconds,
			     &value))
		judge_moment(rule, value, window->end_ns);
}

static void judge_sliding(const struct criteria *criteria, struct rule *rule, uint64_t now_ns)
{
	while (sliding_close(rule->sliding, now_ns)) {
		struct sliding_window window = sliding_window(rule->sliding);
		if (window.full && window.begin_ns >= rule->valid_ns &&
		    window.end_ns <= criteria->stop_ns)
			judge_window(rule, &window);
	}
}

/* The others */

static void describe_cascade(struct criterion_state *state, const struct cascade_result *result)
{
	char from[24], to[24], span[24];

	state->measured = true;
	state->value = result->state != CASCADE_STEADY;
	units_format_duration(result->span_ns, span, sizeof(span));
	units_format_latency((uint64_t)result->to, 0, to, sizeof(to));
	units_format_latency((uint64_t)result->from, 0, from, sizeof(from));
	switch (result->state) {
	case CASCADE_FAILURES:
		snprintf(state->text, sizeof(state->text), "failures rose %.1f → %.1f %% in %s",
			 100 * result->from, 100 * result->to, span);
		return;
	case CASCADE_LATENCY:
		snprintf(state->text, sizeof(state->text), "p99 rose %s → %s in %s", from, to,
			 span);
		return;
	case CASCADE_STEADY:
		snprintf(state->text, sizeof(state->text), "steady: p99 %s, failures %.1f %%", to,
			 100 * result->failures);
		return;
	case CASCADE_UNKNOWN:
		break;
	}
}

static void judge_cascade(struct rule *rule, uint64_t now_ns, unsigned least)
{
	struct cascade_result result = cascade_judge(rule->cascade, least);
	struct criterion_state *state = &rule->state;

	/* the first rise is kept, with its figures */
	if (result.state == CASCADE_UNKNOWN || state->breached)
		return;
	describe_cascade(state, &result);
	state->state = VERDICT_PASS;
	if (result.state == CASCADE_STEADY)
		return;
	breach(state, now_ns);
	state->state = VERDICT_FAIL;
	state->final = true;
}

void criteria_judge_reading(struct rule *rule, const struct reading *reading, uint64_t at_ns)
{
	struct criterion_state *state = &rule->state;
	struct criteria_moment moment;

	if (!criteria_monitor_take(rule->monitor, reading, at_ns, &moment))
		return;
	if (!state->measured || criteria_is_worse(state->criterion, moment.value, state->value))
		set_value(state, moment.value);
	if (moment.breached)
		breach(state, at_ns);
}

static void judge_monitor(struct rule *rule)
{
	struct criterion_state *state = &rule->state;

	if (!state->measured)
		return;
	state->final = state->breached;
	state->state = state->breached                          ? VERDICT_FAIL
		       : criteria_monitor_broken(rule->monitor) ? VERDICT_PENDING
								: VERDICT_PASS;
}

/* "for" over a count: the total at each judgement. */
static void judge_total_for(const struct criteria *criteria, struct rule *rule, uint64_t now_ns)
{
	double value;

	if (total_value(criteria, rule, now_ns, 0, &value)) {
		rule->state.measured = false; /* the present total, not the worst one */
		judge_moment(rule, value, now_ns);
	}
}

void criteria_judge_rule(struct criteria *criteria, struct rule *rule, uint64_t now_ns,
			 uint64_t held_back, unsigned least)
{
	if (now_ns < rule->begin_ns || (rule->state.final && rule->state.criterion->abort))
		return;
	if (rule->monitor != NULL)
		judge_monitor(rule);
	else if (rule->cascade != NULL)
		judge_cascade(rule, now_ns, least);
	else if (rule->sliding != NULL)
		judge_sliding(criteria, rule, now_ns);
	else if (rule->state.criterion->for_ns > 0)
		judge_total_for(criteria, rule, now_ns);
	else
		judge_total(criteria, rule, now_ns, held_back);
}

/* Stands in the place of the figure: a FAIL has to say why. */
static const char *why_unmeasured(const struct rule *rule)
{
	if (rule->monitor != NULL && rule->state.criterion->window_ns > 0)
		return "no full window of readings";
	if (rule->monitor != NULL)
		return "no reading";
	if (rule->cascade != NULL)
		return "too little constant load";
	return "no request";
}

void criteria_finish_rule(struct criteria *criteria, struct rule *rule, uint64_t now_ns)
{
	struct criterion_state *state = &rule->state;

	if (rule->sliding != NULL && !state->measured) {
		/* shorter than a window: all there was is the window */
		struct sliding_window window;
		sliding_close(rule->sliding, UINT64_MAX);
		window = sliding_window(rule->sliding);
		uint64_t end_ns = now_ns < criteria->stop_ns ? now_ns : criteria->stop_ns;
		window.begin_ns = rule->valid_ns == UINT64_MAX ? rule->begin_ns : rule->valid_ns;
		window.end_ns = end_ns > window.begin_ns ? end_ns : window.begin_ns + 1;
		judge_window(rule, &window);
	}
	if (!state->measured) {
		state->state = VERDICT_FAIL;
		snprintf(state->text, sizeof(state->text), "%s", why_unmeasured(rule));
	} else if (state->state == VERDICT_PENDING) {
		bool moments = rule->sliding != NULL || rule->monitor != NULL ||
			       state->criterion->for_ns > 0;
		/* broken, but not for as long as the rule allows */
		state->state = (moments && !state->breached) ||
					       criterion_holds(state->criterion, state->value)
				       ? VERDICT_PASS
				       : VERDICT_FAIL;
	}
	if (state->state == VERDICT_FAIL)
		breach(state, now_ns);
	state->final = true;
}
