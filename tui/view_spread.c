/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <math.h>
#include <stdio.h>

#include "base/units.h"
#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/plot.h"
#include "tui/show.h"
#include "tui/ui.h"

/* How the times of one endpoint are spread. Two pictures of the same counts: the histogram shows
 * where most requests are and whether they are one population, the line by percentile shows the
 * tail, which a histogram cannot. The whole run is filled, the last ten seconds lie over it, each
 * on its own total, so that shapes can be compared. */

#define EIGHTHS     8
#define LABEL_W     8
#define VALUE_W     6
#define AXIS_LABELS 12 /* a label of the axis needs so many columns */

static const struct frame_spread *spread_of(const struct frame *frame)
{
	return frame->open ? &frame->detail.response : &frame->detail.service;
}

static bool has_window(const struct frame_spread *spread)
{
	return spread->quantiles[0].window_us > 0;
}

static const char *title_of(const struct frame *frame)
{
	return frame->open ? "response times" : "latency";
}

/* "latency   █ whole run  ● last 10 s" */
static void draw_title(const struct view *view, const struct area *area, const char *title,
		       uint32_t whole, uint32_t window)
{
	const struct frame_spread *spread = spread_of(view->frame);
	int x = area_text_cut(area, 0, 0, area->w, style_of(ROLE_HEADING), title,
			      view->glyphs->ellipsis);

	if (area->w < 46)
		return;
	x += 3;
	area_put(area, x, 0, style_of(ROLE_RPS), whole);
	x += 2 + area_text(area, x + 2, 0, style_of(ROLE_DIM), "whole run");
	if (!has_window(spread))
		return;
	area_put(area, x + 2, 0, style_of(ROLE_P95), window);
	area_text(area, x + 4, 0, style_of(ROLE_DIM), "last 10 s");
}

/* ---- the histogram ---- */

struct histogram {
	const struct view *view;
	const struct frame_spread *spread;
	struct area field;
	uint64_t total, window_total;
	double top; /* the largest share of either in one bar */
};

/* The bar a column of the field shows. */
static const struct frame_bar *bar_at(const struct histogram *histogram, int x)
{
	return &histogram->spread->bars[(size_t)x * histogram->spread->bar_count /
					(size_t)histogram->field.w];
}

static double share(uint64_t count, uint64_t total)
{
	return total > 0 ? (double)count / (double)total : 0;
}

static void measure(struct histogram *histogram)
{
	const struct frame_spread *spread = histogram->spread;

	for (size_t i = 0; i < spread->bar_count; i++) {
		histogram->total += spread->bars[i].count;
		histogram->window_total += spread->bars[i].window_count;
	}
	for (size_t i = 0; i < spread->bar_count; i++) {
		double whole = share(spread->bars[i].count, histogram->total);
		double window = share(spread->bars[i].window_count, histogram->window_total);

		histogram->top = fmax(histogram->top, fmax(whole, window));
	}
}

static void draw_column(const struct histogram *histogram, int x)
{
	const struct frame_bar *bar = bar_at(histogram, x);
	const struct area *field = &histogram->field;
	const struct glyphs *glyphs = histogram->view->glyphs;
	double whole = share(bar->count, histogram->total) / histogram->top;
	int eighths = (int)lround(whole * field->h * EIGHTHS);

	if (bar->count > 0 && eighths == 0) /* few is not none */
		eighths = 1;
	for (int y = 0; y < field->h && eighths > 0; y++, eighths -= EIGHTHS)
		area_put(field, x, field->h - 1 - y, style_of(ROLE_RPS),
			 glyphs->spark[eighths >= EIGHTHS ? EIGHTHS - 1 : eighths - 1]);
}

/* The last ten seconds: a sign in the middle of the columns of each bar. */
static void draw_window(const struct histogram *histogram)
{
	const struct area *field = &histogram->field;
	int begin = 0;

	for (int x = 1; x <= field->w; x++) {
		const struct frame_bar *bar = bar_at(histogram, begin);
		double part;
		int y;

		if (x < field->w && bar_at(histogram, x) == bar)
			continue;
		part = share(bar->window_count, histogram->window_total) / histogram->top;
		y = (int)(part * field->h);
		if (bar->window_count > 0)
			area_put(field, (begin + x - 1) / 2,
				 field->h - 1 - (y < field->h ? y : field->h - 1),
				 style_of(ROLE_P95), histogram->view->glyphs->slider_knob);
		begin = x;
	}
}

static void draw_time_scale(const struct histogram *histogram, const struct area *axis)
{
	int labels = axis->w / AXIS_LABELS;
	char text[SHOW_MAX];

	for (int i = 0; i <= labels; i++) {
		int x = i == labels ? axis->w - 1 : axis->w * i / labels;
		const struct frame_bar *bar = bar_at(histogram, x);

		units_format_latency(i == labels ? bar->high_us : bar->low_us,
				     histogram->view->glyphs->ascii, text, sizeof(text));
		if (i == labels)
			area_text_right(axis, axis->w, 0, style_of(ROLE_DIM), text);
		else if (i < labels - 1 || axis->w * i / labels + 14 < axis->w)
			area_text(axis, x, 0, style_of(ROLE_DIM), text);
	}
}

void view_histogram_draw(const struct view *view, const struct area *area)
{
	struct histogram histogram = { .view = view, .spread = spread_of(view->frame) };
	struct area axis = area_sub(area, 0, area->h - 1, area->w, 1);

	draw_title(view, area, title_of(view->frame), view->glyphs->spark[EIGHTHS - 1],
		   view->glyphs->slider_knob);
	if (histogram.spread->bar_count == 0 || area->w < 2 * AXIS_LABELS || area->h < 3) {
		if (area->h > 1)
			area_text(area, 0, 1, style_of(ROLE_DIM), "nothing measured");
		return;
	}
	histogram.field = area_sub(area, 0, 1, area->w, area->h - 2);
	measure(&histogram);
	if (histogram.top <= 0)
		return;
	for (int x = 0; x < histogram.field.w; x++)
		draw_column(&histogram, x);
	draw_window(&histogram);
	draw_time_scale(&histogram, &axis);
}

/* ---- by percentile ---- */

struct percentiles {
	const struct view *view;
	const struct frame_quantile *shown[FRAME_QUANTILES];
	uint64_t earlier[FRAME_QUANTILES]; /* 0: not known of that one */
	bool has_earlier;
	int count;
	double low, high; /* logarithms of the fastest and the slowest */
};

/* Those that fit, the least telling left out first. */
static void choose(struct percentiles *percentiles, const struct frame_spread *spread, int width)
{
	static const int leaving[] = { 6, 1, 3, 2, 5 }; /* p99.99, p75, p95, p90, p99.9 */
	bool out[FRAME_QUANTILES] = { false };
	int most = (width - LABEL_W) / VALUE_W;

	for (int i = 0, left = FRAME_QUANTILES; i < 5 && left > most; i++, left--)
		out[leaving[i]] = true;
	for (int i = 0; i < FRAME_QUANTILES; i++) {
		if (!out[i])
			percentiles->shown[percentiles->count++] = &spread->quantiles[i];
	}
}

static uint64_t earlier_at(const struct frame *frame, double q)
{
	const struct frame_earlier *earlier = frame->detail.row->earlier;

	if (earlier == NULL)
		return 0;
	if (fabs(q - 0.5) < 1e-9)
		return frame->open ? earlier->response_p50_us : earlier->p50_us;
	if (fabs(q - 0.95) < 1e-9)
		return frame->open ? earlier->response_p95_us : earlier->p95_us;
	if (fabs(q - 0.99) < 1e-9)
		return frame->open ? earlier->response_p99_us : earlier->p99_us;
	return 0;
}

static void take_in(struct percentiles *percentiles, uint64_t us)
{
	if (us == 0)
		return;
	percentiles->low = fmin(percentiles->low, log((double)us));
	percentiles->high = fmax(percentiles->high, log((double)us));
}

static void span(struct percentiles *percentiles)
{
	percentiles->low = HUGE_VAL;
	percentiles->high = -HUGE_VAL;
	for (int i = 0; i < percentiles->count; i++) {
		percentiles->earlier[i] =
			earlier_at(percentiles->view->frame, percentiles->shown[i]->q);
		percentiles->has_earlier |= percentiles->earlier[i] > 0;
		take_in(percentiles, percentiles->shown[i]->us);
		take_in(percentiles, percentiles->shown[i]->window_us);
		take_in(percentiles, percentiles->earlier[i]);
	}
	if (!(percentiles->high > percentiles->low))
		percentiles->high = percentiles->low + 1;
}

/* Middle of a column of the table, in dots. */
static int dot_of(const struct plot *plot, int i)
{
	return (LABEL_W + i * VALUE_W + VALUE_W - 3) * (int)plot->glyphs->dots_wide;
}

static int height_of(const struct percentiles *percentiles, const struct plot *plot, uint64_t us)
{
	double part = (log((double)us) - percentiles->low) / (percentiles->high - percentiles->low);

	return (int)lround(part * (plot->h - 1));
}

static void draw_line(const struct percentiles *percentiles, struct plot *plot, bool window,
		      enum role role)
{
	int before = -1;

	for (int i = 0; i < percentiles->count; i++) {
		uint64_t us = window ? percentiles->shown[i]->window_us : percentiles->shown[i]->us;
		int y;

		if (us == 0) {
			before = -1;
			continue;
		}
		y = height_of(percentiles, plot, us);
		if (before >= 0)
			plot_line(plot, dot_of(plot, i - 1), before, dot_of(plot, i), y, role);
		else
			plot_dot(plot, dot_of(plot, i), y, role);
		before = y;
	}
}

static void draw_lines(const struct percentiles *percentiles, const struct area *area)
{
	struct plot plot;

	plot_init(&plot, area, percentiles->view->glyphs);
	draw_line(percentiles, &plot, false, ROLE_RPS);
	draw_line(percentiles, &plot, true, ROLE_P95);
	plot_draw(&plot);
	for (int i = 0; i < percentiles->count; i++) {
		if (percentiles->earlier[i] > 0)
			area_put(area, dot_of(&plot, i) / (int)plot.glyphs->dots_wide,
				 area->h - 1 -
					 height_of(percentiles, &plot, percentiles->earlier[i]) /
						 (int)plot.glyphs->dots_high,
				 style_of(ROLE_MARK), plot.glyphs->mark);
	}
	plot_fini(&plot);
}

static void draw_values(const struct percentiles *percentiles, const struct area *area, int y,
			int which, const char *label, enum role role)
{
	char text[SHOW_MAX];

	area_text_cut(area, 0, y, LABEL_W - 1, style_of(ROLE_DIM), label, ' ');
	for (int i = 0; i < percentiles->count; i++) {
		uint64_t us = which == 0   ? percentiles->shown[i]->us
			      : which == 1 ? percentiles->shown[i]->window_us
					   : percentiles->earlier[i];

		if (us == 0)
			snprintf(text, sizeof(text), "–");
		else
			show_ms(us, text, sizeof(text));
		area_text_right(area, LABEL_W + (i + 1) * VALUE_W - 1, y, style_of(role), text);
	}
}

static void draw_names(const struct percentiles *percentiles, const struct area *area, int y)
{
	static const char *const names[] = { "50", "75", "90", "95", "99", "99.9", "99.99", "max" };
	const struct frame_quantile *first = spread_of(percentiles->view->frame)->quantiles;

	area_text(area, 0, y, style_of(ROLE_DIM), "% in ms");
	for (int i = 0; i < percentiles->count; i++)
		area_text_right(area, LABEL_W + (i + 1) * VALUE_W - 1, y, style_of(ROLE_HEADING),
				names[percentiles->shown[i] - first]);
}

void view_percentiles_draw(const struct view *view, const struct area *area)
{
	const struct frame_spread *spread = spread_of(view->frame);
	struct percentiles percentiles = { .view = view };
	struct area plot;
	int table;

	draw_title(view, area, "by percentile", view->glyphs->slider_fill,
		   view->glyphs->slider_fill);
	if (spread->bar_count == 0 || area->w < LABEL_W + 3 * VALUE_W)
		return;
	choose(&percentiles, spread, area->w);
	span(&percentiles);
	table = 2 + has_window(spread) + percentiles.has_earlier;
	plot = area_sub(area, 0, 1, area->w, area->h - 1 - table);
	if (plot.h > 1)
		draw_lines(&percentiles, &plot);
	table = area->h - table;
	draw_names(&percentiles, area, table++);
	draw_values(&percentiles, area, table++, 0, "run", ROLE_RPS);
	if (has_window(spread))
		draw_values(&percentiles, area, table++, 1, "10 s", ROLE_P95);
	if (percentiles.has_earlier)
		draw_values(&percentiles, area, table, 2, "earlier", ROLE_MARK);
}
