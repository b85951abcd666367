/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/show.h"
#include "tui/ui.h"

/* One endpoint: its counts, its latencies as a ladder of percentiles, its failures. */

struct step {
	const char *label;
	uint64_t us;
};

#define STEPS 8

static void fill_steps(const struct frame_latency *latency, struct step *steps)
{
	steps[0] = (struct step){ "min", latency->min_us };
	steps[1] = (struct step){ "mean", latency->mean_us > 0 ? (uint64_t)latency->mean_us : 0 };
	steps[2] = (struct step){ "p50", latency->p50_us };
	steps[3] = (struct step){ "p90", latency->p90_us };
	steps[4] = (struct step){ "p95", latency->p95_us };
	steps[5] = (struct step){ "p99", latency->p99_us };
	steps[6] = (struct step){ "p99.9", latency->p999_us };
	steps[7] = (struct step){ "max", latency->max_us };
}

static enum role step_role(int i)
{
	return i <= 2 ? ROLE_P50 : i <= 4 ? ROLE_P95 : ROLE_P99;
}

/* Bars on a logarithmic scale from a tenth of the smallest median to the largest maximum. */
static double log_share(uint64_t us, double low, double high)
{
	if (us == 0 || low <= 0 || high <= low)
		return 0;
	return (log((double)us) - log(low)) / (log(high) - log(low));
}

static void draw_bar(const struct view *view, const struct area *area, int x, int y, int width,
		     double share, enum role role)
{
	int filled = (int)lround(share * width);

	for (int i = 0; i < width; i++)
		area_put(area, x + i, y, style_of(i < filled ? role : ROLE_BORDER),
			 i < filled ? view->glyphs->slider_fill : view->glyphs->slider_track);
}

static void draw_ladder(const struct view *view, const struct area *area, const char *title,
			const struct frame_latency *latency, double low, double high)
{
	struct step steps[STEPS];
	char text[SHOW_MAX];
	int bar = area->w - 18;

	area_text_cut(area, 0, 0, area->w, style_of(ROLE_HEADING), title, view->glyphs->ellipsis);
	if (latency->count == 0) {
		area_text(area, 0, 1, style_of(ROLE_DIM), "nothing measured");
		return;
	}
	fill_steps(latency, steps);
	for (int i = 0; i < STEPS && i + 1 < area->h; i++) {
		area_text(area, 0, i + 1, style_of(ROLE_DIM), steps[i].label);
		units_format_latency(steps[i].us, view->glyphs->ascii, text, sizeof(text));
		area_text_right(area, 15, i + 1, style_of(ROLE_STRONG), text);
		if (bar > 4)
			draw_bar(view, area, 17, i + 1, bar, log_share(steps[i].us, low, high),
				 step_role(i));
	}
}

static void draw_counts(const struct view *view, const struct area *area,
			const struct frame_row *row)
{
	struct {
		const char *label;
		char value[SHOW_MAX];
		enum role role;
	} items[8] = { 0 };
	size_t n = 0;
	int x = 0;
	int y = 0;

	items[n].label = "requests";
	show_count(row->requests, 20, items[n++].value, SHOW_MAX);
	items[n].label = "failures";
	items[n].role = row->failures > 0 ? ROLE_BAD : ROLE_TEXT;
	show_count(row->failures, 20, items[n++].value, SHOW_MAX);
	items[n].label = "failed";
	items[n].role = row->failures > 0 ? ROLE_BAD : ROLE_TEXT;
	snprintf(items[n++].value, SHOW_MAX, "%.2f %%",
		 row->requests > 0 ? 100.0 * (double)row->failures / (double)row->requests : 0.0);
	items[n].label = "aborted";
	show_count(row->aborted, 20, items[n++].value, SHOW_MAX);
	items[n].label = "req/s now";
	show_rate(row->rps, items[n++].value, SHOW_MAX);
	items[n].label = "req/s whole run";
	show_rate(row->rps_total, items[n++].value, SHOW_MAX);
	items[n].label = "in flight";
	show_count(row->in_flight, 20, items[n++].value, SHOW_MAX);
	items[n].label = "received";
	units_format_bytes(row->bytes_in, items[n++].value, SHOW_MAX);
	for (size_t i = 0; i < n && y < area->h; i++) {
		int width = canvas_text_width(area->canvas, items[i].label) + 1 +
			    canvas_text_width(area->canvas, items[i].value);

		if (x > 0 && x + width > area->w) {
			x = 0;
			y++;
		}
		x += view_pair(area, x, y, items[i].label,
			       style_of(items[i].role == ROLE_TEXT ? ROLE_STRONG : items[i].role),
			       items[i].value) +
		     3;
	}
	(void)view;
}

static int count_lines(const struct area *area)
{
	return area->w >= 130 ? 1 : area->w >= 70 ? 2 : 4;
}

/* Two ladders side by side: now and the whole run; in open runs service and response time. */
static int draw_ladders(const struct view *view, const struct area *area,
			const struct frame_row *row)
{
	const struct frame_latency *left = &row->service_window;
	const struct frame_latency *right = &row->service;
	double high;
	double low;
	int w = (area->w - 3) / 2;
	struct area part;

	if (view->frame->open) {
		left = view->frame->state == RUN_DONE ? &row->service : &row->service_window;
		right = view->frame->state == RUN_DONE ? &row->response : &row->response_window;
	}
	high = (double)(left->max_us > right->max_us ? left->max_us : right->max_us);
	low = (double)(left->count == 0               ? right->min_us
		       : right->count == 0            ? left->min_us
		       : left->min_us < right->min_us ? left->min_us
						      : right->min_us) /
	      2;
	if (low < 1)
		low = 1;
	if (area->w < 60) {
		draw_ladder(view, area, view->frame->open ? "response time" : "latency, whole run",
			    right, low, high);
		return STEPS + 1;
	}
	part = area_sub(area, 0, 0, w, area->h);
	draw_ladder(view, &part,
		    view->frame->open ? "service time (from sending)" : "latency, last 10 s", left,
		    low, high);
	part = area_sub(area, w + 3, 0, area->w - w - 3, area->h);
	draw_ladder(view, &part,
		    view->frame->open ? "response time (from the schedule)" : "latency, whole run",
		    right, low, high);
	return STEPS + 1;
}

static void draw_failures(const struct view *view, const struct area *area,
			  const struct frame_row *row)
{
	const struct frame *frame = view->frame;
	int y = 1;

	area_text(area, 0, 0, style_of(ROLE_HEADING), "failures");
	for (size_t i = 0; i < frame->failure_count && y < area->h; i++) {
		const struct frame_failure *failure = &frame->failures[i];
		char count[SHOW_MAX];

		if (row->method[0] != '\0' && (strcmp(failure->method, row->method) != 0 ||
					       strcmp(failure->name, row->name) != 0))
			continue;
		area_put(area, 0, y, style_of(ROLE_BAD), view->glyphs->bad);
		area_text_right(area, 10, y, style_of(ROLE_BAD),
				show_count(failure->count, 8, count, sizeof(count)));
		area_text_cut(area, 12, y, area->w - 12, style_of(ROLE_TEXT), failure->text,
			      view->glyphs->ellipsis);
		y++;
	}
	if (y == 1 && area->h > 1) {
		area_put(area, 0, 1, style_of(ROLE_GOOD), view->glyphs->good);
		area_text(area, 2, 1, style_of(ROLE_DIM), "none");
	}
}

void view_drill_draw(const struct view *view, const struct area *area)
{
	const struct frame_row *row = ui_selected_row(view->ui, view->frame);
	struct view drill = *view;
	struct area inside;
	struct area part;
	char title[256];
	int y;

	drill.focused = true;
	drill.pane = PANE_ENDPOINTS;
	if (row == NULL) {
		inside = view_box(&drill, area, "endpoint");
		view_empty(&drill, &inside, "this endpoint is gone");
		return;
	}
	snprintf(title, sizeof(title), "%s%s%s", row->method, row->method[0] != '\0' ? " " : "",
		 row->method[0] != '\0' ? row->name : "all endpoints");
	inside = view_box(&drill, area, title);
	y = count_lines(&inside);
	part = area_sub(&inside, 0, 0, inside.w, y);
	draw_counts(&drill, &part, row);
	y++;
	part = area_sub(&inside, 0, y, inside.w, inside.h - y);
	y += draw_ladders(&drill, &part, row) + 1;
	part = area_sub(&inside, 0, y, inside.w, inside.h - y);
	draw_failures(&drill, &part, row);
}
