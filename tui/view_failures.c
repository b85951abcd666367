/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <stdio.h>

#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/show.h"
#include "tui/table.h"
#include "tui/ui.h"

/* The short list on the running page; view_errors.c has the whole story. */

#define TREND_TIMES   1.5 /* so many times the mean is a rise */
#define TREND_LEAST_S 15

void view_failures_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish)
{
	int rows = (int)(frame->failure_count < 8 ? frame->failure_count : 8);

	(void)ui;
	*wish = (struct layout_wish){
		.present = true,
		.least = 1,
		.wanted = rows > 0 ? rows : 1,

		.rank = rows > 0 ? 72 : 20,
	};
}

struct view_trend view_failure_trend(const struct frame *frame, const struct frame_failure *failure)
{
	double since_s = frame->elapsed_ns > failure->first_ns
				 ? (double)(frame->elapsed_ns - failure->first_ns) / 1e9
				 : 0;
	double mean = (double)failure->count / (since_s > 1 ? since_s : 1);

	if (!(failure->per_second > 0))
		return (struct view_trend){ "over", ROLE_DIM };
	if (since_s < TREND_LEAST_S) /* the window is all there is */
		return (struct view_trend){ "new", ROLE_BAD };
	if (failure->per_second > TREND_TIMES * mean)
		return (struct view_trend){ "rising", ROLE_BAD };
	if (failure->per_second * TREND_TIMES < mean)
		return (struct view_trend){ "falling", ROLE_WARN };
	return (struct view_trend){ "steady", ROLE_WARN };
}

static void draw_row(const struct view *view, const struct area *area, int y,
		     const struct frame_failure *failure)
{
	bool now = failure->per_second > 0;
	char text[SHOW_MAX];
	char line[512];

	show_count(failure->count, 7, text, sizeof(text));
	area_put(area, 0, y, style_of(now ? ROLE_BAD : ROLE_WARN), view->glyphs->bad);
	area_text_right(area, 9, y, style_of(now ? ROLE_BAD : ROLE_WARN), text);
	snprintf(line, sizeof(line), "%s  %s %s", failure->text, failure->method, failure->name);
	area_text_cut(area, 10, y, area->w - 10, style_of(ROLE_TEXT), line, view->glyphs->ellipsis);
}

void view_failures_draw(const struct view *view, const struct area *area)
{
	const struct frame *frame = view->frame;
	size_t rows = (size_t)area->h;
	size_t top = view_scroll(view, frame->failure_count, rows);

	if (frame->failure_count == 0) {
		area_put(area, 0, 0, style_of(ROLE_GOOD), view->glyphs->good);
		area_text(area, 2, 0, style_of(ROLE_DIM), "none");
		return;
	}
	view_box_remark(view, &view->box, style_of(ROLE_DIM), "e: all");
	for (size_t i = 0; i < rows && top + i < frame->failure_count; i++) {
		draw_row(view, area, (int)i, &frame->failures[top + i]);
		view_list_row(view, area, (int)i, top + i);
	}
	table_thumb(&view->box, 1, rows, top, frame->failure_count, style_of(ROLE_BORDER_FOCUS),
		    view->glyphs);
}
