/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/publish_insight.h"

#include <assert.h>
#include <string.h>

#include "base/units.h"
#include "message/frame.h"
#include "record/detail.h"
#include "record/heat.h"
#include "record/histogram.h"
#include "record/insight.h"
#include "record/levels.h"
#include "record/logscale.h"
#include "record/stats.h"
#include "record/view.h"
#include "scenario/scenario.h"

/* Bars: as many to an octave as fit. */

#define BARS_BITS 3

struct bars {
	unsigned bits, first;
	size_t count;
	struct frame_bar *bars;
};

static void count_bar(uint64_t low_us, uint64_t high_us, uint64_t count, void *arg)
{
	struct bars *bars = arg;
	unsigned row = logscale_row(bars->bits, high_us);

	(void)low_us;
	assert(row >= bars->first && row < bars->first + bars->count);
	bars->bars[row - bars->first].count += count;
}

static void count_window_bar(uint64_t low_us, uint64_t high_us, uint64_t count, void *arg)
{
	struct bars *bars = arg;
	unsigned row = logscale_row(bars->bits, high_us);

	(void)low_us;
	if (row >= bars->first && row < bars->first + bars->count)
		bars->bars[row - bars->first].window_count += count;
}

static void fill_bars(struct frame *frame, const struct histogram *whole,
		      const struct histogram *window, struct frame_spread *out)
{
	struct bars bars = { .bits = BARS_BITS };

	if (histogram_count(whole) == 0)
		return;
	/* the bucket of the maximum may end above it */
	uint64_t top_us = histogram_quantile(whole, 1), low_us = histogram_min(whole);
	for (;; bars.bits--) {
		bars.first = logscale_row(bars.bits, low_us);
		bars.count = logscale_row(bars.bits, top_us) - bars.first + 1;
		if (bars.count <= FRAME_BARS)
			break;
		assert(bars.bits > 0);
	}
	bars.bars = frame_alloc(frame, bars.count, sizeof(*bars.bars));
	for (unsigned i = 0; i < bars.count; i++) {
		bars.bars[i].low_us = logscale_low(bars.bits, bars.first + i);
		bars.bars[i].high_us = logscale_low(bars.bits, bars.first + i + 1);
	}
	histogram_each(whole, count_bar, &bars);
	if (window != NULL)
		histogram_each(window, count_window_bar, &bars);
	out->bars = bars.bars;
	out->bar_count = bars.count;
}

static void fill_spread(struct frame *frame, const struct histogram *whole,
			const struct histogram *window, struct frame_spread *out)
{
	static const double qs[FRAME_QUANTILES] = { 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1 };
	uint64_t us[FRAME_QUANTILES] = { 0 }, window_us[FRAME_QUANTILES] = { 0 };

	if (whole != NULL) {
		histogram_quantiles(whole, qs, FRAME_QUANTILES, us);
		fill_bars(frame, whole, window, out);
	}
	if (window != NULL)
		histogram_quantiles(window, qs, FRAME_QUANTILES, window_us);
	for (unsigned i = 0; i < FRAME_QUANTILES; i++)
		out->quantiles[i] = (struct frame_quantile){ qs[i], us[i], window_us[i] };
}

static void add_answers(const struct record_view *view, unsigned endpoint, struct frame *frame,
			struct frame_detail *detail)
{
	struct detail_answers answers;

	detail_answers(view->insight->detail, endpoint, &answers);
	detail->status_count = answers.status_count;
	detail->statuses = frame_alloc(frame, answers.status_count, sizeof(*detail->statuses));
	memcpy(detail->statuses, answers.statuses,
	       answers.status_count * sizeof(*detail->statuses));
	detail->answers = answers.answers;
	detail->size_min_bytes = answers.min_bytes;
	detail->size_max_bytes = answers.max_bytes;
	detail->size_mean_bytes = answers.mean_bytes;
}

static void add_detail(const struct record_view *view, struct frame *frame)
{
	struct frame_detail *detail = &frame->detail;
	bool all = view->insight->focus == SAMPLE_ALL;
	unsigned endpoint = (unsigned)view->insight->focus;

	if (view->insight->focus < 0)
		return;
	const struct stats_cell *cell =
		all ? stats_all(view->stats) : stats_endpoint(view->stats, endpoint);
	detail->present = true;
	detail->endpoint = (uint16_t)endpoint;
	detail->row = &frame->all;
	for (size_t i = 0; !all && i < frame->row_count; i++)
		if (frame->rows[i].endpoint == endpoint)
			detail->row = &frame->rows[i];
	fill_spread(frame, cell->service, cell->service_window, &detail->service);
	if (cell->response != NULL)
		fill_spread(frame, cell->response, cell->response_window, &detail->response);
	else
		detail->response = detail->service;
	add_answers(view, endpoint, frame, detail);
	if (all) {
		detail->recent = frame->recent;
		detail->whole = frame->whole;
	} else {
		detail_series(view->insight->detail, endpoint, frame, &detail->recent,
			      &detail->whole);
	}
}

/* Heat maps */

typedef const uint32_t *column_fn(const struct heat *heat, size_t column);

/* Rows in use, from *first; 0: none. */
static size_t rows_in_use(const struct heat *heat, column_fn *column_of, size_t columns,
			  unsigned *first)
{
	bool used[HEAT_ROWS] = { false };
	unsigned low = HEAT_ROWS, high = 0;

	for (size_t c = 0; c < columns; c++) {
		const uint32_t *counts = column_of(heat, c);
		for (unsigned r = 0; r < HEAT_ROWS; r++)
			used[r] |= counts[r] != 0;
	}
	for (unsigned r = 0; r < HEAT_ROWS; r++) {
		if (!used[r])
			continue;
		if (low == HEAT_ROWS)
			low = r;
		high = r;
	}
	*first = low;
	return low == HEAT_ROWS ? 0 : high - low + 1;
}

static void add_heat(const struct heat *heat, struct heat_view view, column_fn *column_of,
		     struct frame *frame, struct frame_heat *out)
{
	unsigned first;
	size_t rows = rows_in_use(heat, column_of, view.columns, &first);

	out->start_ns = view.start_ns;
	out->step_ns = view.step_ns;
	if (rows == 0)
		return;
	uint64_t *edges = frame_alloc(frame, rows + 1, sizeof(*edges));
	uint32_t *counts = frame_alloc(frame, view.columns * rows, sizeof(*counts));
	for (size_t r = 0; r <= rows; r++)
		edges[r] = logscale_low(HEAT_BITS, first + (unsigned)r);
	for (size_t c = 0; c < view.columns; c++) {
		const uint32_t *from = column_of(heat, c) + first;
		for (size_t r = 0; r < rows; r++) {
			counts[c * rows + r] = from[r];
			if (from[r] > out->max)
				out->max = from[r];
		}
	}
	out->columns = view.columns;
	out->rows = rows;
	out->edges_us = edges;
	out->counts = counts;
}

/* Levels */

static void add_knee(const struct record_view *view, struct frame *frame)
{
	struct levels_knee knee = levels_knee(view->insight->levels, view->bend);
	char text[LEVELS_KNEE_TEXT];

	if (!knee.found)
		return;
	frame->knee.found = true;
	frame->knee.load = knee.load;
	frame->knee.base_us = knee.base_us;
	frame->knee.reached_us = knee.reached_us;
	frame->knee.reached_load = knee.reached_load;
	frame->knee.text =
		frame_strdup(frame, levels_knee_text(&knee, view->scenario->load.open, text));
}

static void add_levels(const struct record_view *view, struct frame *frame)
{
	bool marked = false;

	add_knee(view, frame);
	frame->level_count = levels_count(view->insight->levels);
	frame->levels = frame_alloc(frame, frame->level_count, sizeof(*frame->levels));
	for (size_t i = 0; i < frame->level_count; i++) {
		struct level level = levels_at(view->insight->levels, i);
		bool beyond = frame->knee.found && level.load > frame->knee.load;
		frame->levels[i] = (struct frame_level){
			.load = level.load,
			.from_ns = level.from_ns,
			.seconds = level.seconds,
			.requests = level.requests,
			.failures = level.failures,
			.rps = (double)level.requests / level.seconds,
			.p50_us = level.p50_us,
			.p95_us = level.p95_us,
			.p99_us = level.p99_us,
			.cpu_pct = level.cpu_pct,
			.connections = level.connections,
			.now = level.now && !view->over,
			.beyond_knee = beyond,
			.knee = beyond && !marked,
		};
		marked |= beyond;
	}
}

void publish_insight(const struct record_view *view, struct frame *frame)
{
	const struct heat *heat = view->insight->heat;

	add_detail(view, frame);
	add_heat(heat, heat_recent(heat), heat_recent_column, frame, &frame->heat_recent);
	add_heat(heat, heat_whole(heat), heat_whole_column, frame, &frame->heat_whole);
	add_levels(view, frame);
}
