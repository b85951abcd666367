/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"
#include "message/frame.h"
#include "tui/plot.h"
#include "tui/glyphs.h"
#include "tui/show.h"
#include "tui/ui.h"

/* Lanes of charts on one time axis, marks running through all of them. */

#define AXIS_W        7
#define CURVE_MAX     4
#define DETAIL_LANE_W 35 /* least width of two lanes side by side */
#define LEGEND_WIDE   50 /* below, the legend begins at the left edge */

struct curve {
	int metric;
	const char *label;
	enum role role;
	enum plot_merge merge;
	bool filled;
	bool own_scale; /* drawn on a scale of its own, without a number at the axis */
};

struct lane {
	char *(*format)(double value, bool ascii, char *dst, size_t size);
	struct curve curves[CURVE_MAX]; /* the first ones lie below */
	int count;
};

static char *format_rate(double value, bool ascii, char *dst, size_t size)
{
	(void)ascii;
	return value >= 10 && value == floor(value) ? show_value(value, dst, size)
						    : show_rate(value, dst, size);
}

static char *format_count(double value, bool ascii, char *dst, size_t size)
{
	(void)ascii;
	return show_value(value, dst, size);
}

static char *format_latency(double value, bool ascii, char *dst, size_t size)
{
	return units_format_latency(value > 0 ? (uint64_t)value : 0, ascii, dst, size);
}

static char *format_percent(double value, bool ascii, char *dst, size_t size)
{
	(void)ascii;
	snprintf(dst, size, "%.0f %%", value);
	return dst;
}

/* Full set: one lane for each of load, latency, users, containers. */
static const struct lane lane_load = {
	format_rate,
	{ { SERIES_RPS, "req/s", ROLE_RPS, MERGE_MEAN, true, false },
	  { SERIES_FAIL_RPS, "fail/s", ROLE_FAILING, MERGE_MEAN, true, false } },
	2,
};

static const struct lane lane_load_users = {
	format_rate,
	{ { SERIES_RPS, "req/s", ROLE_RPS, MERGE_MEAN, true, false },
	  { SERIES_FAIL_RPS, "fail/s", ROLE_FAILING, MERGE_MEAN, true, false },
	  { SERIES_USERS, "users", ROLE_USERS, MERGE_LAST, false, true } },
	3,
};

static const struct lane lane_latency = {
	format_latency,
	{ { SERIES_P99_US, "p99", ROLE_P99, MERGE_MAX, false, false },
	  { SERIES_P95_US, "p95", ROLE_P95, MERGE_MAX, false, false },
	  { SERIES_P50_US, "p50", ROLE_P50, MERGE_MEAN, false, false } },
	3,
};

static const struct lane lane_users = {
	format_count,
	{ { SERIES_CONNECTIONS, "connections", ROLE_CONNECTIONS, MERGE_MAX, false, false },
	  { SERIES_IN_FLIGHT, "in flight", ROLE_P95, MERGE_MAX, false, false },
	  { SERIES_USERS, "users", ROLE_USERS, MERGE_LAST, false, false } },
	3,
};

static const struct lane lane_cpu = {
	format_percent,
	{ { SERIES_CPU_PCT, "hottest container", ROLE_CPU, MERGE_MAX, true, false } },
	1,
};

struct chart {
	const struct view *view;
	const struct frame_series *series; /* what is drawn */
	const struct frame_series *newest; /* for the figures of the legend */
	uint64_t from_ns, to_ns;
	struct area body; /* the plots' columns: right of the numbers */
};

void view_chart_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish)
{
	(void)frame;
	(void)ui;
	*wish = (struct layout_wish){
		.present = true,
		.least = 5,
		.wanted = 11,
		.weight = 3,
		.rank = 80,
	};
}

static double newest(const struct frame_series *series, int metric)
{
	if (series->count == 0 || series->values[metric] == NULL)
		return FRAME_GAP;
	return series->values[metric][series->count - 1];
}

static bool has_metric(const struct frame_series *series, int metric)
{
	if (series->values[metric] == NULL)
		return false;
	for (size_t i = 0; i < series->count; i++) {
		if (series->values[metric][i] >= 0)
			return true;
	}
	return false;
}

/* One entry of the legend: sign, label, newest value. Returns the columns it took, 0 without room. */
static int draw_entry(const struct chart *chart, const struct area *lane, int x,
		      const struct lane *kind, const struct curve *curve)
{
	const struct glyphs *glyphs = chart->view->glyphs;
	double now = newest(chart->newest, curve->metric);
	char value[SHOW_MAX];
	char text[64];

	if (now < 0)
		snprintf(value, sizeof(value), "–");
	else if (curve->metric == SERIES_USERS) /* whole ones, in whatever lane */
		format_count(now, glyphs->ascii, value, sizeof(value));
	else
		kind->format(now, glyphs->ascii, value, sizeof(value));
	snprintf(text, sizeof(text), " %s ", curve->label);
	if (x + 1 + canvas_text_width(lane->canvas, text) + canvas_text_width(lane->canvas, value) >
	    lane->w)
		return 0;
	area_put(lane, x, 0, style_of(curve->role),
		 curve->filled ? glyphs->spark[7] : glyphs->slider_fill);
	x += 1 + area_text(lane, x + 1, 0, style_of(ROLE_DIM), text);
	area_text(lane, x, 0, style_of(curve->role), value);
	return 1 + canvas_text_width(lane->canvas, text) + canvas_text_width(lane->canvas, value);
}

/* A red sign beside a zero would only frighten. */
static bool has_failures(const struct frame_series *series)
{
	const float *values = series->values[SERIES_FAIL_RPS];

	for (size_t i = 0; values != NULL && i < series->count; i++) {
		if (values[i] > 0)
			return true;
	}
	return false;
}

static void draw_legend(const struct chart *chart, const struct area *lane, const struct lane *kind)
{
	bool narrow = lane->w < LEGEND_WIDE;
	int x = narrow ? 1 : AXIS_W;

	for (int i = 0; i < kind->count; i++) {
		int used;

		if (!has_metric(chart->series, kind->curves[i].metric) ||
		    (kind->curves[i].metric == SERIES_FAIL_RPS && !has_failures(chart->series)))
			continue;
		used = draw_entry(chart, lane, x, kind, &kind->curves[i]);
		if (used == 0)
			return;
		x += used + (narrow ? 1 : 3);
	}
}

static double *sample(const struct chart *chart, const struct curve *curve, int count)
{
	double *values = mem_array((size_t)count + 1, sizeof(*values));

	plot_resample(chart->series, curve->metric, chart->from_ns, chart->to_ns, curve->merge,
		      (size_t)count, values);
	return values;
}

static void draw_scale(const struct chart *chart, const struct area *plot, double top,
		       const struct lane *kind)
{
	char text[SHOW_MAX];

	kind->format(top, chart->view->glyphs->ascii, text, sizeof(text));
	area_text_right(plot, AXIS_W - 1, 0, style_of(ROLE_DIM), text);
	if (plot->h > 2)
		area_text_right(plot, AXIS_W - 1, plot->h - 1, style_of(ROLE_DIM), "0");
}

/* One lane: a line of legend above its plot. */
static void draw_lane(const struct chart *chart, const struct area *lane, const struct lane *kind)
{
	struct area rows = area_sub(lane, 0, 1, lane->w, lane->h - 1);
	struct area field = area_sub(&rows, AXIS_W, 0, lane->w - AXIS_W, rows.h);
	double *values[CURVE_MAX] = { NULL };
	struct plot plot;
	double top = 0;

	if (field.w < 2 || field.h < 1)
		return;
	plot_init(&plot, &field, chart->view->glyphs);
	for (int i = 0; i < kind->count; i++) {
		double max;

		values[i] = sample(chart, &kind->curves[i], plot.w);
		max = plot_max(values[i], (size_t)plot.w);
		if (!kind->curves[i].own_scale && max > top)
			top = max;
	}
	top = plot_nice(top);
	for (int i = 0; i < kind->count; i++) {
		const struct curve *curve = &kind->curves[i];
		double scale = curve->own_scale
				       ? plot_nice(plot_max(values[i], (size_t)plot.w) * 1.05)
				       : top;

		if (curve->filled)
			plot_surface(&plot, values[i], scale, curve->role);
		else
			plot_curve(&plot, values[i], scale, curve->role);
		free(values[i]);
	}
	plot_draw(&plot);
	plot_fini(&plot);
	draw_scale(chart, &rows, top, kind);
	draw_legend(chart, lane, kind);
}

/* Marks: a line behind everything. */
static void draw_marks(const struct chart *chart)
{
	const struct frame *frame = chart->view->frame;

	for (size_t i = 0; i < frame->mark_count; i++) {
		uint64_t at_ns = frame->marks[i].at_ns;

		if (at_ns < chart->from_ns || at_ns >= chart->to_ns)
			continue;
		for (int y = 0; y < chart->body.h - 1; y++)
			area_put(
				&chart->body,
				view_time_column(&chart->body, at_ns, chart->from_ns, chart->to_ns),
				y, style_of(ROLE_TRACK), chart->view->glyphs->mark_line);
	}
}

static int choose_lanes(const struct chart *chart, int rows, const struct lane **lanes)
{
	bool cpu = has_metric(chart->series, SERIES_CPU_PCT);
	int most = rows / 5 < 1 ? 1 : rows / 5;
	int n = 0;

	if (rows >= 8 && most < 2)
		most = 2;
	lanes[n++] = most >= 3 ? &lane_load : &lane_load_users;
	if (most >= 2)
		lanes[n++] = &lane_latency;
	if (most >= 3)
		lanes[n++] = &lane_users;
	if (most >= 4 && cpu)
		lanes[n++] = &lane_cpu;
	return n;
}

static const struct frame_series *choose_series(const struct frame *frame, uint64_t from_ns)
{
	const struct frame_series *recent = &frame->recent;
	const struct frame_series *middle = &frame->middle;

	/* the last ten minutes are there second by second, what was before more and more condensed */
	if (recent->count == 0 || from_ns + recent->step_ns >= recent->start_ns)
		return recent;
	if (middle->count > 0 && from_ns + middle->step_ns >= middle->start_ns &&
	    middle->step_ns < frame->whole.step_ns)
		return middle;
	return &frame->whole;
}

/* Lanes from top to bottom, marks behind them, the axis below. */
static void draw_lanes(struct chart *chart, const struct area *area, const struct lane **lanes,
		       int count)
{
	int y = 0;

	chart->body = area_sub(area, AXIS_W, 0, area->w - AXIS_W, area->h);
	draw_marks(chart);
	for (int i = 0; i < count; i++) {
		int h = (area->h - 1 - y) / (count - i);
		struct area lane = area_sub(area, 0, y, area->w, h);

		draw_lane(chart, &lane, lanes[i]);
		y += h;
	}
	view_time_axis(chart->view, &chart->body, chart->from_ns, chart->to_ns);
}

void view_chart_draw(const struct view *view, const struct area *area)
{
	struct chart chart = { .view = view, .newest = &view->frame->recent };
	const struct lane *lanes[4];

	view_span_remark(view);
	if (area->w < AXIS_W + 8 || area->h < 3)
		return;
	view_window(view, &chart.from_ns, &chart.to_ns);
	chart.series = choose_series(view->frame, chart.from_ns);
	draw_lanes(&chart, area, lanes, choose_lanes(&chart, area->h - 1, lanes));
}

void view_chart_detail_draw(const struct view *view, const struct area *area)
{
	const struct frame_detail *detail = &view->frame->detail;
	struct chart chart = { .view = view, .newest = &detail->recent };
	const struct lane *lanes[2] = { &lane_load, &lane_latency };

	if (area->w < AXIS_W + 8 || area->h < 3)
		return;
	view_window(view, &chart.from_ns, &chart.to_ns);
	chart.series = &detail->recent;
	if (detail->recent.count > 0 && detail->whole.count > 0 &&
	    chart.from_ns + detail->recent.step_ns < detail->recent.start_ns)
		chart.series = &detail->whole;
	if (area->w >= 2 * DETAIL_LANE_W) { /* side by side */
		int w = (area->w - 2) / 2;
		struct area left = area_sub(area, 0, 0, w, area->h);
		struct area right = area_sub(area, area->w - w, 0, w, area->h);

		draw_lanes(&chart, &left, &lanes[0], 1);
		draw_lanes(&chart, &right, &lanes[1], 1);
	} else {
		draw_lanes(&chart, area, lanes, area->h >= 7 ? 2 : 1);
	}
}
