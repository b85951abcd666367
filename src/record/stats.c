/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/stats.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "message/frame.h"
#include "record/failures.h"
#include "record/histogram.h"
#include "record/pending.h"
#include "record/sorting.h"
#include "record/window.h"
#include "scenario/scenario.h"

/* Each request is added to three cells (all, its class where there are several, its endpoint), in each to the totals and
 * to the window, and appended to a queue of the last 10 s; when it leaves the queue it is taken
 * back from the windows. So the window is exact at any instant and costs the same per request at
 * every rate: about 0.15 µs for everything here (tests/bench/bench_recorder.c).
 *
 * Requests arrive engine by engine, so the queue is ordered within the few milliseconds that one
 * turn of the recorder takes; a request leaves the window by that much late. */

#define CACHE_LINE   64
#define EXPIRE_BATCH 4096 /* items that leave the window at a time */

struct in_flight { /* of one engine and endpoint */
	uint64_t oldest_start_ns;
	uint32_t count;
};

struct stats {
	bool open; /* response times differ from service times */
	bool coarse;
	size_t endpoint_count, class_count;
	size_t counted_classes; /* 0 where there is one class: it is all */
	unsigned engines;
	struct stats_cell all;
	struct stats_cell *classes, *endpoints;
	struct in_flight *in_flight; /* engines x endpoints */
	struct window *window;
	struct sorting *expiring; /* by endpoint */
	struct window_item *expired;
	struct failures *failures;
	uint64_t since_ns;
	uint64_t cut_ns; /* the window begins here when it had to be shortened */
};

static void cell_init(struct stats_cell *cell, bool open, struct histogram *(*make)(void))
{
	cell->service = make();
	cell->service_window = make();
	if (open) {
		cell->response = make();
		cell->response_window = make();
	}
}

static void cell_fini(struct stats_cell *cell)
{
	histogram_free(cell->service);
	histogram_free(cell->service_window);
	histogram_free(cell->response);
	histogram_free(cell->response_window);
}

struct stats *stats_new(const struct scenario *scenario, unsigned engines)
{
	struct stats *stats = mem_new(sizeof(*stats));

	stats->open = scenario->load.open;
	stats->endpoint_count = scenario->endpoint_count;
	stats->class_count = scenario->class_count;
	stats->coarse = scenario->endpoint_count > STATS_PRECISE_ENDPOINTS;
	stats->engines = engines;
	stats->endpoints = mem_array(scenario->endpoint_count, sizeof(*stats->endpoints));
	stats->counted_classes = stats->class_count > 1 ? stats->class_count : 0;
	stats->classes = mem_array(stats->counted_classes + 1, sizeof(*stats->classes));
	stats->in_flight = mem_array(scenario->endpoint_count * engines, sizeof(*stats->in_flight));
	cell_init(&stats->all, stats->open, histogram_new);
	for (size_t i = 0; i < stats->counted_classes; i++)
		cell_init(&stats->classes[i], stats->open, histogram_new);
	stats->window = window_new(WINDOW_MAX);
	stats->expiring = sorting_new(scenario->endpoint_count, EXPIRE_BATCH);
	stats->expired = mem_array(EXPIRE_BATCH, sizeof(*stats->expired));
	stats->failures = failures_new();
	return stats;
}

void stats_free(struct stats *stats)
{
	if (stats == NULL)
		return;
	cell_fini(&stats->all);
	for (size_t i = 0; i < stats->counted_classes; i++)
		cell_fini(&stats->classes[i]);
	for (size_t i = 0; i < stats->endpoint_count; i++)
		cell_fini(&stats->endpoints[i]);
	free(stats->classes);
	free(stats->endpoints);
	free(stats->in_flight);
	window_free(stats->window);
	sorting_free(stats->expiring);
	free(stats->expired);
	failures_free(stats->failures);
	free(stats);
}

static void cell_reset(struct stats_cell *cell)
{
	struct histogram *hists[] = { cell->service, cell->service_window, cell->response,
				      cell->response_window };
	struct stats_cell fresh = { .service = cell->service,
				    .service_window = cell->service_window,
				    .response = cell->response,
				    .response_window = cell->response_window,
				    .in_flight = cell->in_flight,
				    .oldest_start_ns = cell->oldest_start_ns };

	for (size_t i = 0; i < sizeof(hists) / sizeof(*hists); i++)
		if (hists[i] != NULL)
			histogram_reset(hists[i]);
	*cell = fresh;
}

void stats_reset(struct stats *stats, uint64_t now_ns)
{
	cell_reset(&stats->all);
	for (size_t i = 0; i < stats->counted_classes; i++)
		cell_reset(&stats->classes[i]);
	for (size_t i = 0; i < stats->endpoint_count; i++)
		cell_reset(&stats->endpoints[i]);
	window_clear(stats->window);
	failures_reset(stats->failures);
	stats->since_ns = now_ns;
	stats->cut_ns = 0;
}

static inline void cell_add(struct stats_cell *cell, const struct sample *sample,
			    const struct window_item *item)
{
	cell->requests++;
	cell->window_requests++;
	if (item->failure != 0) {
		cell->failures++;
		cell->window_failures++;
	} else {
		cell->ok++;
	}
	cell->extra += sample->u.request.extra;
	cell->bytes_in += sample->u.request.bytes_in;
	cell->bytes_out += sample->u.request.bytes_out;
	cell->body_bytes += sample->u.request.body_bytes;
	if (cell->first_ns == 0 || item->end_ns < cell->first_ns)
		cell->first_ns = item->end_ns;
	if (item->end_ns > cell->last_ns)
		cell->last_ns = item->end_ns;
	histogram_add_both(cell->service, cell->service_window, item->service_us);
	if (cell->response != NULL)
		histogram_add_both(cell->response, cell->response_window, item->response_us);
}

/* An endpoint's turn comes soon: have the memory that all of its requests touch fetched meanwhile, in two
 * steps, 0 and later 1, because the second follows pointers that the first one fetches. With hundreds of
 * endpoints that would be waited for longer than all the rest takes. */
static inline void expect(const struct stats *stats, size_t endpoint, unsigned step)
{
	const struct stats_cell *cell;

	if (endpoint >= stats->endpoint_count)
		return;
	cell = &stats->endpoints[endpoint];
	if (step == 0) {
		for (size_t at = 0; at < sizeof(*cell); at += CACHE_LINE)
			__builtin_prefetch((const char *)cell + at, 1);
		return;
	}
	histogram_expect(cell->service);
	histogram_expect(cell->service_window);
	histogram_expect(cell->response);
	histogram_expect(cell->response_window);
}

static inline void cell_expire(struct stats_cell *cell, const struct window_item *item)
{
	cell->window_requests--;
	cell->window_failures -= item->failure != 0;
	histogram_remove(cell->service_window, item->service_us);
	if (cell->response_window != NULL)
		histogram_remove(cell->response_window, item->response_us);
}

/* Out of the window, of all figures but its endpoint's. */
static struct window_item take_head(struct stats *stats)
{
	struct window_item item = *window_head(stats->window);

	cell_expire(&stats->all, &item);
	if (stats->counted_classes > 0)
		cell_expire(&stats->classes[item.class_id], &item);
	if (item.failure != 0)
		failures_expire(stats->failures, item.failure - 1u);
	window_pop(stats->window);
	return item;
}

/* Up to EXPIRE_BATCH of the oldest items; false when none is left that is old enough. */
static bool expire_batch(struct stats *stats, uint64_t now_ns)
{
	const struct window_item *head;
	size_t count = 0;

	while (count < EXPIRE_BATCH && (head = window_head(stats->window)) != NULL &&
	       head->end_ns + STATS_WINDOW_NS <= now_ns) {
		sorting_add(stats->expiring, head->endpoint);
		stats->expired[count++] = take_head(stats);
	}
	const struct sorted by_endpoint = sorting_take(stats->expiring);
	for (size_t e = 0, i = 0; i < count; e++) {
		expect(stats, e + 2, 0);
		expect(stats, e + 1, 1);
		for (; i < by_endpoint.ends[e]; i++)
			cell_expire(&stats->endpoints[e], &stats->expired[by_endpoint.order[i]]);
	}
	return count == EXPIRE_BATCH;
}

static void cell_abort(struct stats_cell *cell, const struct sample *sample)
{
	cell->aborted++;
	cell->extra += sample->u.request.extra;
}

static void add_aborted(struct stats *stats, const struct sample *sample)
{
	cell_abort(&stats->all, sample);
	if (stats->counted_classes > 0)
		cell_abort(&stats->classes[sample->class_id], sample);
}

static void add_request(struct stats *stats, const struct sample *sample)
{
	struct window_item item = { .end_ns = sample->end_ns,
				    .service_us = sample_service_us(sample),
				    .response_us = sample_response_us(sample),
				    .endpoint = sample->endpoint,
				    .class_id = sample->class_id };

	if (sample->outcome == OUTCOME_FAILED)
		item.failure =
			(uint16_t)(1 + failures_add(stats->failures, sample->endpoint, sample->kind,
						    sample->u.request.status,
						    sample->u.request.detail, sample->end_ns));
	if (stats->since_ns == 0)
		stats->since_ns = sample->u.request.start_ns;
	cell_add(&stats->all, sample, &item);
	if (stats->counted_classes > 0)
		cell_add(&stats->classes[sample->class_id], sample, &item);
	while (!window_push(stats->window, &item)) {
		struct window_item oldest = take_head(stats);
		stats->cut_ns = oldest.end_ns;
		cell_expire(&stats->endpoints[oldest.endpoint], &oldest);
	}
}

static void set_in_flight(struct stats *stats, const struct sample *sample)
{
	struct stats_cell *cell = &stats->endpoints[sample->endpoint];
	struct in_flight *of_engine = &stats->in_flight[(size_t)sample->endpoint * stats->engines];
	struct in_flight *now = &of_engine[sample->engine];

	stats->all.in_flight += sample->u.in_flight.count - (uint64_t)now->count;
	cell->in_flight += sample->u.in_flight.count - (uint64_t)now->count;
	now->count = sample->u.in_flight.count;
	now->oldest_start_ns = now->count == 0 ? 0 : sample->u.in_flight.oldest_start_ns;
	cell->oldest_start_ns = 0;
	for (unsigned i = 0; i < stats->engines; i++) {
		uint64_t oldest = of_engine[i].oldest_start_ns;
		if (oldest != 0 && (cell->oldest_start_ns == 0 || oldest < cell->oldest_start_ns))
			cell->oldest_start_ns = oldest;
	}
}

void stats_in_flight(struct stats *stats, const struct sample *sample)
{
	assert(sample->type == SAMPLE_IN_FLIGHT && sample->endpoint < stats->endpoint_count &&
	       sample->engine < stats->engines);
	set_in_flight(stats, sample);
}

void stats_add_whole(struct stats *stats, const struct sample *sample)
{
	assert(sample->type == SAMPLE_REQUEST && sample->endpoint < stats->endpoint_count &&
	       sample->class_id < stats->class_count);
	if (sample->outcome == OUTCOME_ABORTED)
		add_aborted(stats, sample);
	else
		add_request(stats, sample);
}

static void add_to_endpoint(struct stats *stats, const struct sample *sample)
{
	struct stats_cell *cell = &stats->endpoints[sample->endpoint];
	const struct window_item item = { .end_ns = sample->end_ns,
					  .service_us = sample_service_us(sample),
					  .response_us = sample_response_us(sample),
					  .failure = sample->outcome == OUTCOME_FAILED };

	if (sample->outcome == OUTCOME_ABORTED) {
		cell_abort(cell, sample);
		return;
	}
	if (cell->service == NULL)
		cell_init(cell, stats->open, stats->coarse ? histogram_new_coarse : histogram_new);
	cell_add(cell, sample, &item);
}

void stats_add_endpoints(struct stats *stats, const struct pending_list *list)
{
	for (size_t e = 0, i = 0; i < list->count; e++) {
		expect(stats, e + 2, 0);
		expect(stats, e + 1, 1);
		for (; i < list->by_endpoint.ends[e]; i++)
			add_to_endpoint(stats, &list->samples[list->by_endpoint.order[i]]);
	}
}

void stats_advance(struct stats *stats, uint64_t now_ns)
{
	while (expire_batch(stats, now_ns))
		;
	stats->all.oldest_start_ns = 0;
	for (size_t i = 0; i < stats->endpoint_count; i++) {
		uint64_t oldest = stats->endpoints[i].oldest_start_ns;
		if (oldest != 0 &&
		    (stats->all.oldest_start_ns == 0 || oldest < stats->all.oldest_start_ns))
			stats->all.oldest_start_ns = oldest;
	}
}

const struct stats_cell *stats_all(const struct stats *stats)
{
	return &stats->all;
}

const struct stats_cell *stats_endpoint(const struct stats *stats, unsigned endpoint)
{
	assert(endpoint < stats->endpoint_count);
	return &stats->endpoints[endpoint];
}

const struct stats_cell *stats_class(const struct stats *stats, unsigned class_id)
{
	assert(class_id < stats->class_count);
	return stats->counted_classes > 0 ? &stats->classes[class_id] : &stats->all;
}

uint64_t stats_since_ns(const struct stats *stats)
{
	return stats->since_ns;
}

double stats_window_seconds(const struct stats *stats, uint64_t now_ns)
{
	uint64_t from_ns = now_ns > STATS_WINDOW_NS ? now_ns - STATS_WINDOW_NS : 0;

	if (stats->since_ns == 0)
		return 0;
	if (stats->since_ns > from_ns)
		from_ns = stats->since_ns;
	if (stats->cut_ns > from_ns)
		from_ns = stats->cut_ns;
	return now_ns > from_ns ? (double)(now_ns - from_ns) / 1e9 : 0;
}

double stats_total_rate(const struct stats *stats, uint64_t count)
{
	if (stats->all.last_ns <= stats->since_ns)
		return 0;
	return (double)count / ((double)(stats->all.last_ns - stats->since_ns) / 1e9);
}

void stats_fill_latency(const struct histogram *hist, struct frame_latency *out)
{
	static const double qs[] = { 0.5, 0.9, 0.95, 0.99, 0.999 };
	uint64_t us[5];

	memset(out, 0, sizeof(*out));
	if (hist == NULL || histogram_count(hist) == 0)
		return;
	histogram_quantiles(hist, qs, 5, us);
	out->count = histogram_count(hist);
	out->min_us = histogram_min(hist);
	out->p50_us = us[0];
	out->p90_us = us[1];
	out->p95_us = us[2];
	out->p99_us = us[3];
	out->p999_us = us[4];
	out->max_us = histogram_max(hist);
	out->mean_us = histogram_mean(hist);
}

void stats_fill_row(const struct stats *stats, const struct stats_cell *cell, uint64_t now_ns,
		    struct frame_row *row)
{
	double seconds = stats_window_seconds(stats, now_ns);

	if (seconds < 1)
		seconds = 1;
	row->requests = cell->requests;
	row->failures = cell->failures;
	row->aborted = cell->aborted;
	row->rps = (double)cell->window_requests / seconds;
	row->fail_rps = (double)cell->window_failures / seconds;
	row->rps_total = stats_total_rate(stats, cell->requests);
	row->bytes_in = cell->bytes_in;
	stats_fill_latency(cell->service, &row->service);
	stats_fill_latency(cell->service_window, &row->service_window);
	if (stats->open) {
		stats_fill_latency(cell->response, &row->response);
		stats_fill_latency(cell->response_window, &row->response_window);
	} else {
		row->response = row->service;
		row->response_window = row->service_window;
	}
	row->in_flight = (uint32_t)cell->in_flight;
	row->oldest_age_ns = cell->oldest_start_ns != 0 && now_ns > cell->oldest_start_ns
				     ? now_ns - cell->oldest_start_ns
				     : 0;
}

static bool cell_consistent(const struct stats_cell *cell)
{
	uint64_t counted = cell->service == NULL ? 0 : histogram_count(cell->service);
	uint64_t in_window =
		cell->service_window == NULL ? 0 : histogram_count(cell->service_window);

	return cell->requests == cell->ok + cell->failures && counted == cell->requests &&
	       in_window == cell->window_requests && cell->window_requests <= cell->requests &&
	       cell->window_failures <= cell->window_requests;
}

static bool sums_to(const struct stats_cell *all, const struct stats_cell *parts, size_t count)
{
	struct stats_cell sum = { 0 };

	for (size_t i = 0; i < count; i++) {
		if (!cell_consistent(&parts[i]))
			return false;
		sum.requests += parts[i].requests;
		sum.failures += parts[i].failures;
		sum.aborted += parts[i].aborted;
		sum.window_requests += parts[i].window_requests;
		sum.window_failures += parts[i].window_failures;
		sum.bytes_in += parts[i].bytes_in;
	}
	return sum.requests == all->requests && sum.failures == all->failures &&
	       sum.aborted == all->aborted && sum.window_requests == all->window_requests &&
	       sum.window_failures == all->window_failures && sum.bytes_in == all->bytes_in;
}

bool stats_consistent(const struct stats *stats)
{
	uint64_t failures = 0, in_window = 0;

	for (size_t i = 0; i < failures_count(stats->failures); i++) {
		failures += failures_at(stats->failures, i)->count;
		in_window += failures_at(stats->failures, i)->window_count;
	}
	return cell_consistent(&stats->all) && failures == stats->all.failures &&
	       in_window == stats->all.window_failures &&
	       window_count(stats->window) == stats->all.window_requests &&
	       sums_to(&stats->all, stats->endpoints, stats->endpoint_count) &&
	       (stats->counted_classes == 0 ||
		sums_to(&stats->all, stats->classes, stats->counted_classes));
}

size_t stats_failure_count(const struct stats *stats)
{
	return failures_count(stats->failures);
}

const struct stats_failure *stats_failure_at(const struct stats *stats, size_t i)
{
	return failures_at(stats->failures, i);
}
