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
 * a sliding window, or a set of endpoints, or a cascade, or readings. Most scenarios have five to ten
 * rules, and most of these ask for the same total: a request is added to it once. */

#define DEFAULT_WINDOW_NS STATS_WINDOW_NS /* of "for" without "in any" */

static bool is_windowed(const struct criterion *criterion)
{
	enum value_source source = criteria_trait(criterion->metric)->source;

	if (source == SOURCE_OTHER)
		return false;
	return criterion->window_ns > 0 || (criterion->for_ns > 0 && source != SOURCE_COUNT);
}

/* The total of the rule's scope and begin, made if this is the first rule that asks for it. */
static struct total *find_total(struct criteria *criteria, const struct rule *rule)
{
	const struct criterion *criterion = rule->state.criterion;
	const struct criteria_trait *trait = criteria_trait(criterion->metric);
	struct total *total = criteria->totals;
	struct total *end = total + criteria->total_count;

	while (total < end && (total->criterion->scope != criterion->scope ||
			       total->criterion->scope_index != criterion->scope_index ||
			       total->own_begin_ns != rule->own_begin_ns))
		total++;
	if (total == end) {
		criteria->total_count++;
		total->criterion = criterion;
		total->own_begin_ns = rule->own_begin_ns;
	}
	if (trait->source == SOURCE_TIME && trait->response && total->response == NULL)
		total->response = histogram_new();
	if (trait->source == SOURCE_TIME && !trait->response && total->service == NULL)
		total->service = histogram_new();
	return total;
}

static void rule_init(struct criteria *criteria, struct rule *rule,
		      const struct criterion *criterion)
{
	const struct scenario *scenario = criteria->scenario;

	rule->state.criterion = criterion;
	snprintf(rule->state.text, sizeof(rule->state.text), "–");
	rule->own_begin_ns =
		criterion->after_ns > 0 ? criterion->after_ns : scenario->load.warmup_ns;
	if (is_windowed(criterion))
		rule->sliding = sliding_new(criterion->window_ns > 0 ? criterion->window_ns
								     : DEFAULT_WINDOW_NS);
	else if (criteria_trait(criterion->metric)->source != SOURCE_OTHER)
		rule->total = find_total(criteria, rule);
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
	criteria->totals = mem_array(criteria->count, sizeof(*criteria->totals));
	for (size_t i = 0; i < criteria->count; i++)
		rule_init(criteria, &criteria->rules[i], &scenario->criteria[i]);
	return criteria;
}

void criteria_free(struct criteria *criteria)
{
	if (criteria == NULL)
		return;
	for (size_t i = 0; i < criteria->count; i++) {
		struct rule *rule = &criteria->rules[i];
		sliding_free(rule->sliding);
		cascade_free(rule->cascade);
		criteria_monitor_free(rule->monitor);
		free(rule->active);
	}
	for (size_t i = 0; i < criteria->total_count; i++) {
		histogram_free(criteria->totals[i].service);
		histogram_free(criteria->totals[i].response);
	}
	free(criteria->totals);
	free(criteria->rules);
	free(criteria);
}

static uint64_t begin_at(uint64_t own_begin_ns, uint64_t now_ns)
{
	return now_ns > own_begin_ns ? now_ns : own_begin_ns;
}

static void total_begin(struct total *total, uint64_t now_ns)
{
	total->begin_ns = begin_at(total->own_begin_ns, now_ns);
	memset(&total->tallies, 0, sizeof(total->tallies));
	if (total->service != NULL)
		histogram_reset(total->service);
	if (total->response != NULL)
		histogram_reset(total->response);
}

static void rule_begin(struct criteria *criteria, struct rule *rule, uint64_t now_ns)
{
	const struct criterion *criterion = rule->state.criterion;

	memset(&rule->state, 0, sizeof(rule->state));
	rule->state.criterion = criterion;
	snprintf(rule->state.text, sizeof(rule->state.text), "–");
	rule->begin_ns = begin_at(rule->own_begin_ns, now_ns);
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

static void begin_all(struct criteria *criteria, uint64_t now_ns)
{
	for (size_t i = 0; i < criteria->total_count; i++)
		total_begin(&criteria->totals[i], now_ns);
	for (size_t i = 0; i < criteria->count; i++)
		rule_begin(criteria, &criteria->rules[i], now_ns);
}

void criteria_start(struct criteria *criteria, uint64_t start_ns)
{
	criteria->start_ns = start_ns;
	criteria->started = true;
	begin_all(criteria, 0);
}

static uint64_t since_start(const struct criteria *criteria, uint64_t now_ns)
{
	return now_ns > criteria->start_ns ? now_ns - criteria->start_ns : 0;
}

void criteria_reset(struct criteria *criteria, uint64_t now_ns)
{
	begin_all(criteria, since_start(criteria, now_ns));
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

static void total_add(struct total *total, const struct sample *sample, const struct tallies *one)
{
	total->tallies.requests += one->requests;
	total->tallies.ok += one->ok;
	total->tallies.failures += one->failures;
	total->tallies.aborted += one->aborted;
	total->tallies.bytes += one->bytes;
	if (one->requests == 0)
		return;
	if (total->service != NULL)
		histogram_add(total->service, sample_service_us(sample));
	if (total->response != NULL)
		histogram_add(total->response, sample_response_us(sample));
}

void criteria_add(struct criteria *criteria, const struct sample *sample)
{
	if (criteria->count == 0)
		return;
	uint64_t end_ns = since_start(criteria, sample->end_ns);
	const struct tallies one = { .requests = sample->outcome != OUTCOME_ABORTED,
				     .ok = sample->outcome == OUTCOME_OK,
				     .failures = sample->outcome == OUTCOME_FAILED,
				     .aborted = sample->outcome == OUTCOME_ABORTED,
				     .bytes = sample->outcome != OUTCOME_ABORTED
						      ? sample->u.request.bytes_in
						      : 0 };

	for (size_t i = 0; i < criteria->total_count; i++) {
		struct total *total = &criteria->totals[i];
		if (end_ns >= total->begin_ns && in_scope(total->criterion, sample))
			total_add(total, sample, &one);
	}
	for (size_t i = 0; i < criteria->count; i++) {
		struct rule *rule = &criteria->rules[i];
		const struct criterion *criterion = rule->state.criterion;
		if (rule->total != NULL || end_ns < rule->begin_ns)
			continue;
		if (rule->active != NULL)
			add_active(criteria, rule, sample);
		else if (rule->sliding != NULL && in_scope(criterion, sample))
			sliding_add(rule->sliding, end_ns, &one,
				    criteria_trait(criterion->metric)->response
					    ? sample_response_us(sample)
					    : sample_service_us(sample));
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
