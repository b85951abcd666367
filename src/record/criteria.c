/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/criteria.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "message/reading.h"
#include "message/sample.h"
#include "record/cascade.h"
#include "record/criteria_internal.h"
#include "record/criteria_monitor.h"
#include "record/criteria_value.h"
#include "record/histogram.h"
#include "record/stats.h"
#include "scenario/criterion.h"
#include "scenario/scenario.h"

/* Each rule has what it needs and no more: a total (counts and a histogram from its begin on), or
 * a sliding window, or a set of endpoints, or a cascade, or readings. A request visits the rules
 * whose scope it is in; most scenarios have five to ten. */

#define DEFAULT_WINDOW_NS STATS_WINDOW_NS /* of "for" without "in any" */

static bool is_windowed(const struct criterion *criterion)
{
	enum value_source source = criteria_trait(criterion->metric)->source;

	if (source == SOURCE_OTHER)
		return false;
	return criterion->window_ns > 0 || (criterion->for_ns > 0 && source != SOURCE_COUNT);
}

static void rule_init(struct rule *rule, const struct scenario *scenario,
		      const struct criterion *criterion)
{
	rule->state.criterion = criterion;
	snprintf(rule->state.text, sizeof(rule->state.text), "–");
	rule->own_begin_ns =
		criterion->after_ns > 0 ? criterion->after_ns : scenario->load.warmup_ns;
	if (is_windowed(criterion))
		rule->sliding = sliding_new(criterion->window_ns > 0 ? criterion->window_ns
								     : DEFAULT_WINDOW_NS);
	else
		rule->times = histogram_new();
	if (criterion->metric == METRIC_ENDPOINTS_ACTIVE)
		rule->active = mem_array(scenario->endpoint_count, sizeof(*rule->active));
	if (criterion->metric == METRIC_NO_CASCADE)
		rule->cascade = cascade_new(scenario->load.duration_ns);
	if (criterion->metric == METRIC_MONITOR)
		rule->monitor = criteria_monitor_new(criterion);
}

struct criteria *criteria_new(const struct scenario *scenario)
{
	struct criteria *criteria = mem_new(sizeof(*criteria));

	criteria->scenario = scenario;
	criteria->count = scenario->criterion_count;
	criteria->stop_ns = UINT64_MAX;
	criteria->rules = mem_array(criteria->count, sizeof(*criteria->rules));
	for (size_t i = 0; i < criteria->count; i++)
		rule_init(&criteria->rules[i], scenario, &scenario->criteria[i]);
	return criteria;
}

void criteria_free(struct criteria *criteria)
{
	if (criteria == NULL)
		return;
	for (size_t i = 0; i < criteria->count; i++) {
		struct rule *rule = &criteria->rules[i];
		histogram_free(rule->times);
		sliding_free(rule->sliding);
		cascade_free(rule->cascade);
		criteria_monitor_free(rule->monitor);
		free(rule->active);
	}
	free(criteria->rules);
	free(criteria);
}

static void rule_begin(struct criteria *criteria, struct rule *rule, uint64_t now_ns)
{
	const struct criterion *criterion = rule->state.criterion;

	memset(&rule->state, 0, sizeof(rule->state));
	rule->state.criterion = criterion;
	snprintf(rule->state.text, sizeof(rule->state.text), "–");
	rule->begin_ns = now_ns > rule->own_begin_ns ? now_ns : rule->own_begin_ns;
	memset(&rule->tallies, 0, sizeof(rule->tallies));
	if (rule->times != NULL)
		histogram_reset(rule->times);
	if (rule->active != NULL)
		memset(rule->active, 0, criteria->scenario->endpoint_count * sizeof(*rule->active));
	rule->active_count = 0;
	rule->held_back_known = false;
	rule->broken = false;
	rule->valid_ns = rule->begin_ns;
	if (rule->sliding != NULL)
		sliding_start(rule->sliding, rule->begin_ns);
	if (rule->monitor != NULL)
		criteria_monitor_begin(rule->monitor, rule->begin_ns);
}

void criteria_start(struct criteria *criteria, uint64_t start_ns)
{
	criteria->start_ns = start_ns;
	criteria->started = true;
	for (size_t i = 0; i < criteria->count; i++)
		rule_begin(criteria, &criteria->rules[i], 0);
}

static uint64_t since_start(const struct criteria *criteria, uint64_t now_ns)
{
	return now_ns > criteria->start_ns ? now_ns - criteria->start_ns : 0;
}

void criteria_reset(struct criteria *criteria, uint64_t now_ns)
{
	for (size_t i = 0; i < criteria->count; i++)
		rule_begin(criteria, &criteria->rules[i], since_start(criteria, now_ns));
}

static bool in_scope(const struct criterion *criterion, const struct sample *sample)
{
	switch (criterion->scope) {
	case SCOPE_ALL:
		return true;
	case SCOPE_CLASS:
		return criterion->scope_index == sample->class_id;
	case SCOPE_ENDPOINT:
		return criterion->scope_index == sample->endpoint;
	case SCOPE_MONITOR:
		break;
	}
	return false;
}

static void add_active(struct criteria *criteria, struct rule *rule, const struct sample *sample)
{
	if (sample->outcome != OUTCOME_OK || rule->active[sample->endpoint] ||
	    !criterion_counts(rule->state.criterion,
			      &criteria->scenario->endpoints[sample->endpoint]))
		return;
	rule->active[sample->endpoint] = true;
	rule->active_count++;
}

static void rule_add(struct rule *rule, const struct sample *sample, const struct tallies *one,
		     uint64_t end_ns)
{
	uint32_t us = criteria_trait(rule->state.criterion->metric)->response
			      ? sample_response_us(sample)
			      : sample_service_us(sample);

	if (rule->sliding != NULL) {
		sliding_add(rule->sliding, end_ns, one, us);
		return;
	}
	rule->tallies.requests += one->requests;
	rule->tallies.ok += one->ok;
	rule->tallies.failures += one->failures;
	rule->tallies.aborted += one->aborted;
	rule->tallies.bytes += one->bytes;
	if (one->requests > 0)
		histogram_add(rule->times, us);
}

void criteria_add(struct criteria *criteria, const struct sample *sample)
{
	uint64_t end_ns = since_start(criteria, sample->end_ns);
	const struct tallies one = { .requests = sample->outcome != OUTCOME_ABORTED,
				     .ok = sample->outcome == OUTCOME_OK,
				     .failures = sample->outcome == OUTCOME_FAILED,
				     .aborted = sample->outcome == OUTCOME_ABORTED,
				     .bytes = sample->outcome != OUTCOME_ABORTED
						      ? sample->u.request.bytes_in
						      : 0 };

	for (size_t i = 0; i < criteria->count; i++) {
		struct rule *rule = &criteria->rules[i];
		if (end_ns < rule->begin_ns)
			continue;
		if (rule->active != NULL)
			add_active(criteria, rule, sample);
		else if (criteria_trait(rule->state.criterion->metric)->source != SOURCE_OTHER &&
			 in_scope(rule->state.criterion, sample))
			rule_add(rule, sample, &one, end_ns);
	}
}

void criteria_reading(struct criteria *criteria, const struct reading *reading)
{
	uint64_t at_ns = since_start(criteria, reading->at_ns);

	if (!criteria->started || at_ns > criteria->stop_ns)
		return;
	for (size_t i = 0; i < criteria->count; i++)
		if (criteria->rules[i].monitor != NULL)
			criteria_judge_reading(&criteria->rules[i], reading, at_ns);
}

void criteria_second(struct criteria *criteria, double requests, double failures, double p99_us,
		     bool constant)
{
	/* the drain is no change of the load that would begin the judgement anew */
	if (criteria->stop_ns != UINT64_MAX && !constant)
		return;
	for (size_t i = 0; i < criteria->count; i++)
		if (criteria->rules[i].cascade != NULL)
			cascade_second(criteria->rules[i].cascade, requests, failures, p99_us,
				       constant);
}

void criteria_pause(struct criteria *criteria, uint64_t now_ns, bool paused)
{
	uint64_t at_ns = since_start(criteria, now_ns);

	for (size_t i = 0; i < criteria->count; i++) {
		struct rule *rule = &criteria->rules[i];
		rule->valid_ns = paused ? UINT64_MAX : at_ns;
		if (rule->valid_ns < rule->begin_ns)
			rule->valid_ns = rule->begin_ns;
		rule->broken = false;
	}
}

void criteria_stop(struct criteria *criteria, uint64_t now_ns)
{
	if (criteria->stop_ns == UINT64_MAX)
		criteria->stop_ns = since_start(criteria, now_ns);
}

int criteria_judge(struct criteria *criteria, uint64_t now_ns, uint64_t held_back)
{
	uint64_t at_ns = since_start(criteria, now_ns);
	int abort_by = -1;

	if (!criteria->started)
		return -1;
	for (size_t i = 0; i < criteria->count; i++) {
		struct rule *rule = &criteria->rules[i];
		bool before = rule->state.breached;
		criteria_judge_rule(criteria, rule, at_ns, held_back, CASCADE_ENOUGH);
		if (rule->state.breached && !before && rule->state.criterion->abort && abort_by < 0)
			abort_by = (int)i;
	}
	return abort_by;
}

void criteria_finish(struct criteria *criteria, uint64_t now_ns, uint64_t held_back)
{
	uint64_t at_ns = criteria->started ? since_start(criteria, now_ns) : 0;

	for (size_t i = 0; i < criteria->count; i++) {
		if (criteria->started)
			criteria_judge_rule(criteria, &criteria->rules[i], at_ns, held_back,
					    CASCADE_LEAST);
		criteria_finish_rule(criteria, &criteria->rules[i], at_ns);
	}
}

size_t criteria_count(const struct criteria *criteria)
{
	return criteria->count;
}

const struct criterion_state *criteria_at(const struct criteria *criteria, size_t i)
{
	assert(i < criteria->count);
	return &criteria->rules[i].state;
}

enum verdict criteria_verdict(const struct criteria *criteria)
{
	enum verdict verdict = VERDICT_PASS;

	for (size_t i = 0; i < criteria->count; i++) {
		enum verdict state = criteria->rules[i].state.state;
		if (state == VERDICT_FAIL)
			return VERDICT_FAIL;
		if (state == VERDICT_PENDING)
			verdict = VERDICT_PENDING;
	}
	return verdict;
}
