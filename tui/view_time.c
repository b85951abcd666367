/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/units.h"
#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/plot.h"
#include "tui/show.h"
#include "tui/ui.h"

#define LABEL_W 9 /* "01:30" and what keeps it apart from the next */

/* The time axis that charts and heat maps share, so that one can look from one to the other. */

void view_window(const struct view *view, uint64_t *from_ns, uint64_t *to_ns)
{
	plot_window(view->frame->elapsed_ns, view->frame->duration_ns,
		    ui_span_s(view->ui) * CLOCK_NS_PER_SEC, from_ns, to_ns);
}

int view_time_column(const struct area *area, uint64_t at_ns, uint64_t from_ns, uint64_t to_ns)
{
	double share = ((double)at_ns - (double)from_ns) / ((double)to_ns - (double)from_ns);

	return (int)(share * area->w);
}

/* A mark's sign stands on the axis between these columns. */
static bool has_mark(const struct view *view, const struct area *area, uint64_t from_ns,
		     uint64_t to_ns, int x, int width)
{
	const struct frame *frame = view->frame;

	for (size_t i = 0; i < frame->mark_count; i++) {
		uint64_t at_ns = frame->marks[i].at_ns;
		int column;

		if (at_ns < from_ns || at_ns >= to_ns)
			continue;
		column = view_time_column(area, at_ns, from_ns, to_ns);
		if (column >= x && column < x + width)
			return true;
	}
	return false;
}

static void draw_signs(const struct view *view, const struct area *area, uint64_t from_ns,
		       uint64_t to_ns)
{
	for (size_t i = 0; i < view->frame->mark_count; i++) {
		const struct frame_mark *mark = &view->frame->marks[i];

		if (mark->at_ns >= from_ns && mark->at_ns < to_ns)
			area_put(area, view_time_column(area, mark->at_ns, from_ns, to_ns),
				 area->h - 1, style_of(ROLE_MARK),
				 mark->by_hand ? view->glyphs->by_hand : view->glyphs->mark);
	}
}

/* As many parts as have room for a label and are whole seconds. */
static int axis_parts(uint64_t length_ns, int width)
{
	static const int choices[] = { 8, 6, 5, 4, 3 };

	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		if (width / choices[i] >= LABEL_W &&
		    length_ns / CLOCK_NS_PER_SEC % (uint64_t)choices[i] == 0)
			return choices[i];
	}
	return 2;
}

void view_time_axis(const struct view *view, const struct area *area, uint64_t from_ns,
		    uint64_t to_ns)
{
	int bottom = area->h - 1;
	int parts = axis_parts(to_ns - from_ns, area->w);

	if (to_ns <= from_ns)
		return;
	for (int x = 0; x < area->w; x++)
		area_put(area, x, bottom, style_of(ROLE_BORDER), view->glyphs->axis);
	draw_signs(view, area, from_ns, to_ns);
	for (int i = 0; i <= parts; i++) {
		uint64_t at = from_ns + (to_ns - from_ns) / (uint64_t)parts * (uint64_t)i;
		char text[SHOW_MAX];
		int width;
		int x = area->w * i / parts;

		units_format_clock(at, text, sizeof(text));
		width = canvas_text_width(area->canvas, text);
		x = i == 0 ? 0 : i == parts ? area->w - width : x - width / 2;
		if (!has_mark(view, area, from_ns, to_ns, x, width))
			area_text(area, x, bottom, style_of(ROLE_DIM), text);
	}
}

void view_span_remark(const struct view *view)
{
	unsigned span_s = ui_span_s(view->ui);
	char text[64];

	if (span_s == 0)
		snprintf(text, sizeof(text), "whole run  + -");
	else if (span_s < 120)
		snprintf(text, sizeof(text), "%u s  + -", span_s);
	else
		snprintf(text, sizeof(text), "%u min  + -", span_s / 60);
	view_box_remark(view, &view->box, style_of(ROLE_DIM), text);
}
