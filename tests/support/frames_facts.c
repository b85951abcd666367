/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "frames_facts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define HISTORY_S  600
#define LEVEL_S    5 /* held at least so long */
#define OCTAVE     4 /* rows of the heat map */
#define SPREAD     0.5
#define SLOW_SHARE 0.06 /* of the requests: a second population */
#define SLOW_TIMES 6.0

/* Share of the requests that take up to `us` where the median is `median`: two log-normal humps. */
static double share_below(double us, double median)
{
	double fast = 0.5 * erfc(-log(us / median) / (SPREAD * sqrt(2)));
	double slow = 0.5 * erfc(-log(us / (median * SLOW_TIMES)) / (SPREAD * sqrt(2)));

	return (1 - SLOW_SHARE) * fast + SLOW_SHARE * slow;
}

static double quantile(double q, double median)
{
	double low = median / 64;
	double high = median * 4096;

	for (int i = 0; i < 60; i++) {
		double middle = sqrt(low * high);

		if (share_below(middle, median) < q)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static bool measured(const struct frames_spec *spec)
{
	return spec->state != RUN_IDLE && spec->state != RUN_SETUP && spec->elapsed_s > 0;
}

static void fill_heat(struct frame *frame, const struct frames_spec *spec, struct frame_heat *heat,
		      const struct frame_series *series)
{
	uint64_t *edges = frame_alloc(frame, 14 * OCTAVE + 1, sizeof(*edges));
	uint32_t *counts;

	heat->start_ns = series->start_ns;
	heat->step_ns = series->step_ns;
	heat->columns = series->count;
	heat->rows = spec->knee > 0 && spec->users_live > spec->knee ? 14 * OCTAVE : 7 * OCTAVE;
	for (size_t i = 0; i <= heat->rows; i++)
		edges[i] = (uint64_t)(1000 * pow(2, (double)i / OCTAVE));
	counts = frame_alloc(frame, heat->columns * heat->rows + 1, sizeof(*counts));
	for (size_t c = 0; c < heat->columns; c++) {
		unsigned s = (unsigned)((heat->start_ns + c * heat->step_ns) / CLOCK_NS_PER_SEC);
		double median = frames_latency_at(spec, s, 5200);
		double requests =
			frames_rps_at(spec, s) * (double)heat->step_ns / (double)CLOCK_NS_PER_SEC;

		for (size_t r = 0; r < heat->rows; r++) {
			double share = share_below((double)edges[r + 1], median) -
				       share_below((double)edges[r], median);
			uint32_t count = (uint32_t)lround(requests * share);

			counts[c * heat->rows + r] = count;
			heat->max = count > heat->max ? count : heat->max;
		}
	}
	heat->edges_us = edges;
	heat->counts = counts;
}

/* ---- the detail of an endpoint ---- */

static void fill_spread(struct frame *frame, struct frame_spread *spread,
			const struct frame_latency *whole, const struct frame_latency *window)
{
	static const double qs[FRAME_QUANTILES] = { 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1 };
	double median = (double)whole->p50_us;
	double window_median = (double)window->p50_us;
	double low = (double)whole->min_us;

	for (int i = 0; i < FRAME_QUANTILES; i++) {
		spread->quantiles[i].q = qs[i];
		if (whole->count > 0)
			spread->quantiles[i].us = (uint64_t)(qs[i] < 1 ? quantile(qs[i], median)
								       : (double)whole->max_us);
		if (window->count > 0)
			spread->quantiles[i].window_us =
				(uint64_t)(qs[i] < 1 ? quantile(qs[i], window_median)
						     : (double)window->max_us);
	}
	if (whole->count == 0)
		return;
	spread->bars = frame_alloc(frame, FRAME_BARS, sizeof(*spread->bars));
	while (low < (double)whole->max_us && spread->bar_count < FRAME_BARS) {
		struct frame_bar *bar = &spread->bars[spread->bar_count++];
		double high = low * pow(2, 1.0 / 4);

		bar->low_us = (uint64_t)low;
		bar->high_us = (uint64_t)high;
		bar->count = (uint64_t)((double)whole->count *
					(share_below(high, median) - share_below(low, median)));
		if (window->count > 0)
			bar->window_count = (uint64_t)((double)window->count *
						       (share_below(high, window_median) -
							share_below(low, window_median)));
		low = high;
	}
}

static void fill_own_series(struct frame *frame, const struct frame_series *from,
			    struct frame_series *to, double share, double factor, double failing)
{
	to->start_ns = from->start_ns;
	to->step_ns = from->step_ns;
	to->count = from->count;
	for (int m = 0; m < SERIES_METRICS; m++) {
		double by = m == SERIES_RPS         ? share
			    : m == SERIES_FAIL_RPS  ? share * failing
			    : m <= SERIES_P99_US    ? factor
			    : m == SERIES_IN_FLIGHT ? share
						    : 0;

		to->values[m] = frame_alloc(frame, to->count + 1, sizeof(float));
		for (size_t i = 0; i < to->count; i++)
			to->values[m][i] = (float)(by > 0 ? from->values[m][i] * by : FRAME_GAP);
	}
}

static void fill_statuses(struct frame *frame, struct frame_detail *detail)
{
	const struct frame_row *row = detail->row;
	struct frame_status *statuses = frame_alloc(frame, 5, sizeof(*statuses));
	size_t n = 0;

	detail->statuses = statuses;
	statuses[n++] = (struct frame_status){ 201, row->requests - row->failures, 0 };
	if (row->failures > 0) {
		uint64_t broken = row->failures * 8 / 10;

		statuses[n++] = (struct frame_status){ 500, broken, broken };
		statuses[n++] =
			(struct frame_status){ 0, row->failures - broken, row->failures - broken };
	}
	detail->status_count = n;
}

static void fill_own_failures(struct frame *frame, struct frame_detail *detail)
{
	bool all = detail->endpoint == FRAMES_ALL;

	detail->failures = frame_alloc(frame, frame->failure_count + 1, sizeof(*detail->failures));
	for (size_t i = 0; i < frame->failure_count; i++) {
		if (all || (strcmp(frame->failures[i].name, detail->row->name) == 0 &&
			    strcmp(frame->failures[i].method, detail->row->method) == 0))
			detail->failures[detail->failure_count++] = frame->failures[i];
	}
}

static void fill_detail(struct frame *frame, const struct frames_spec *spec)
{
	struct frame_detail *detail = &frame->detail;
	struct frame_row *row = NULL;
	double share;
	double factor;

	if (spec->focus == FRAMES_ALL)
		row = &frame->all;
	else if (spec->focus >= 0 && (size_t)spec->focus < frame->row_count)
		row = &frame->rows[spec->focus];
	if (row == NULL)
		return;
	detail->present = true;
	detail->endpoint = (uint16_t)spec->focus;
	detail->row = row;
	share = frame->all.requests > 0 ? (double)row->requests / (double)frame->all.requests : 0;
	factor = frame->all.service.p50_us > 0
			 ? (double)row->service.p50_us / (double)frame->all.service.p50_us
			 : 1;
	fill_spread(frame, &detail->service, &row->service, &row->service_window);
	fill_spread(frame, &detail->response, &row->response, &row->response_window);
	fill_statuses(frame, detail);
	fill_own_failures(frame, detail);
	detail->answers = row->requests;
	if (detail->answers > 0) {
		detail->size_min_bytes = 71;
		detail->size_mean_bytes = (double)row->bytes_in / (double)row->requests;
		detail->size_max_bytes = 4216;
	}
	fill_own_series(frame, &frame->recent, &detail->recent, share, factor, 1.5);
	fill_own_series(frame, &frame->whole, &detail->whole, share, factor, 1.5);
}

/* ---- levels ---- */

static void fill_level(struct frame_level *level, const struct frames_spec *spec, unsigned from,
		       unsigned to)
{
	double seconds = to - from;
	double median = 0;

	level->load = frames_users_at(spec, from);
	level->from_ns = from * CLOCK_NS_PER_SEC;
	level->seconds = seconds;
	level->cpu_pct = level->connections = 0;
	for (unsigned s = from; s < to; s++) {
		level->rps += frames_rps_at(spec, s) / seconds;
		level->failures += (uint64_t)frames_fails_at(spec, s);
		median += frames_latency_at(spec, s, 5200) / seconds;
		level->cpu_pct += frames_cpu_at(spec, s, 1) / seconds;
		level->connections += frames_connections_at(spec, s) / seconds;
	}
	level->requests = (uint64_t)(level->rps * seconds);
	level->p50_us = (uint64_t)median;
	level->p95_us = (uint64_t)quantile(0.95, median);
	level->p99_us = (uint64_t)quantile(0.99, median);
	if (!spec->docker)
		level->cpu_pct = FRAME_GAP;
	if (!spec->postgres)
		level->connections = FRAME_GAP;
	level->now = to == spec->elapsed_s;
	level->beyond_knee = spec->knee > 0 && level->load > spec->knee;
}

static void fill_levels(struct frame *frame, const struct frames_spec *spec)
{
	unsigned from = 0;

	frame->levels = frame_alloc(frame, 200, sizeof(*frame->levels));
	for (unsigned s = 1; s <= spec->elapsed_s && frame->level_count < 200; s++) {
		if (s < spec->elapsed_s && frames_users_at(spec, s) == frames_users_at(spec, from))
			continue;
		if (s - from >= LEVEL_S) {
			struct frame_level *level = &frame->levels[frame->level_count++];

			fill_level(level, spec, from, s);
			if (spec->open)
				level->load = spec->rate;
			if (level->beyond_knee && !frame->knee.found) {
				level->knee = true;
				frame->knee.found = true;
				frame->knee.load = spec->knee;
				frame->knee.base_us = 5200;
				frame->knee.reached_us = (double)level->p50_us;
				frame->knee.reached_load = level->load;
			}
		}
		from = s;
	}
	if (frame->knee.found)
		frame->knee.text = frame_printf(
			frame,
			"p50 leaves the flat part at %u users: 5.2 ms below it, %.0f ms at %.0f "
			"users (broken stick, 9 points)",
			spec->knee, frame->knee.reached_us / 1000, frame->knee.reached_load);
}

/* ---- an earlier run ---- */

static void fill_earlier(struct frame *frame, struct frame_row *row, double faster)
{
	struct frame_earlier *earlier = frame_alloc(frame, 1, sizeof(*earlier));

	earlier->requests = row->requests * 2;
	earlier->rps = row->rps_total * 1.06;
	earlier->p50_us = (uint64_t)((double)row->service.p50_us * faster);
	earlier->p95_us = (uint64_t)((double)row->service.p95_us * faster * 0.95);
	earlier->p99_us = (uint64_t)((double)row->service.p99_us * faster * 0.8);
	earlier->response_p50_us = earlier->p50_us;
	earlier->response_p95_us = earlier->p95_us;
	earlier->response_p99_us = earlier->p99_us;
	row->earlier = earlier;
}

static void fill_baseline(struct frame *frame)
{
	static const double faster[] = { 1.02, 0.71, 1.4, 0.98 };

	frame->baseline = "Concurrent deployments, 2026-02-03 10:00";
	fill_earlier(frame, &frame->all, 0.9);
	for (size_t i = 0; i < frame->row_count && i < 3; i++) /* the last one is new */
		fill_earlier(frame, &frame->rows[i], faster[i]);
}

void frames_fill_facts(struct frame *frame, const struct frames_spec *spec)
{
	if (!measured(spec))
		return;
	fill_heat(frame, spec, &frame->heat_recent, &frame->recent);
	fill_heat(frame, spec, &frame->heat_whole, &frame->whole);
	fill_detail(frame, spec);
	fill_levels(frame, spec);
	if (spec->baseline)
		fill_baseline(frame);
}
