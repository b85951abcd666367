/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/requests.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "message/sample.h"
#include "record/criteria.h"
#include "record/detail.h"
#include "record/evidence.h"
#include "record/insight.h"
#include "record/output.h"
#include "record/pending.h"
#include "record/phases.h"
#include "record/series.h"
#include "record/stats.h"

/* One kind of figures after the other, each for a whole lot. Aborted requests are counted by statistics and
 * criteria alone. */

struct requests {
	struct requests_config to;
	uint64_t start_ns;
	struct pending *pending;
};

/* tests/bench/instructions counts it by its name. */
static __attribute__((noinline)) void take_endpoints(struct requests *requests)
{
	const struct requests_config *to = &requests->to;
	const struct pending_list list = pending_take(requests->pending);

	stats_add_endpoints(to->stats, &list);
	if (to->output != NULL)
		output_endpoints(to->output, &list);
	for (size_t e = 0, i = 0; i < list.count; e++) {
		detail_expect(to->insight->detail, e + 1);
		for (; i < list.by_endpoint.ends[e]; i++) {
			const struct sample *sample = &list.samples[list.by_endpoint.order[i]];
			if (sample->outcome != OUTCOME_ABORTED)
				detail_add(to->insight->detail, sample, sample_response_us(sample));
		}
	}
}

static void second_closed(void *arg, const struct series_second *second)
{
	struct requests *requests = arg;

	requests_settle(requests);
	insight_second(requests->to.insight, second);
}

struct requests *requests_new(const struct requests_config *config, size_t endpoints)
{
	struct requests *requests = mem_new(sizeof(*requests));

	requests->to = *config;
	requests->pending = pending_new(endpoints);
	series_on_second(config->series, second_closed, requests);
	return requests;
}

void requests_free(struct requests *requests)
{
	if (requests == NULL)
		return;
	pending_free(requests->pending);
	free(requests);
}

void requests_start(struct requests *requests, uint64_t start_ns)
{
	requests->start_ns = start_ns;
}

static uint64_t since_start(const struct requests *requests, uint64_t at_ns)
{
	return at_ns > requests->start_ns ? at_ns - requests->start_ns : 0;
}

static void add_evidence(const struct requests *requests, const struct sample *sample)
{
	evidence_request(requests->to.evidence, sample,
			 since_start(requests, sample->u.request.intended_ns),
			 since_start(requests, sample->end_ns));
}

static void take_whole(const struct requests_config *to, const struct sample *samples, size_t count)
{
	for (size_t i = 0; i < count; i++)
		stats_add_whole(to->stats, &samples[i]);
	for (size_t i = 0; i < count; i++)
		criteria_add(to->criteria, &samples[i]);
	for (size_t i = 0; to->output != NULL && i < count; i++)
		output_sample(to->output, &samples[i]);
	for (size_t i = 0; i < count; i++) {
		uint32_t us = sample_response_us(&samples[i]);
		bool failed = samples[i].outcome == OUTCOME_FAILED;

		if (samples[i].outcome == OUTCOME_ABORTED)
			continue;
		series_add(to->series, samples[i].end_ns, us, failed);
		phases_add(to->phases, us, failed);
	}
}

void requests_take(struct requests *requests)
{
	size_t count;
	const struct sample *samples = pending_arrivals(requests->pending, &count);

	take_whole(&requests->to, samples, count);
	for (size_t i = 0; i < count; i++)
		if (samples[i].outcome != OUTCOME_ABORTED)
			add_evidence(requests, &samples[i]);
}

void requests_settle(struct requests *requests)
{
	requests_take(requests);
	if (pending_any(requests->pending))
		take_endpoints(requests);
}

void requests_add(struct requests *requests, const struct sample *sample)
{
	/* one that ended far ahead closes seconds, after those before it are in them */
	if (sample->end_ns >= series_room_ns(requests->to.series)) {
		requests_settle(requests);
		series_make_room(requests->to.series, sample->end_ns);
	}
	if (pending_add(requests->pending, sample))
		return;
	requests_take(requests);
	if (pending_full(requests->pending))
		take_endpoints(requests);
}
