/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <string.h>

#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/show.h"
#include "tui/table.h"
#include "tui/ui.h"

/* The short list on the running page; view_errors.c has the whole story. */

#define TREND_TIMES   1.5 /* so many times the mean is a rise */
#define TREND_LEAST_S 15
#define METHOD_W      9 /* with two blanks before it and one behind */

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
		return (struct view_trend){ "quiet", ROLE_DIM };
	if (since_s < TREND_LEAST_S) /* the window is all there is */
		return (struct view_trend){ "new", ROLE_BAD };
	if (failure->per_second > TREND_TIMES * mean)
		return (struct view_trend){ "rising", ROLE_BAD };
	if (failure->per_second * TREND_TIMES < mean)
		return (struct view_trend){ "falling", ROLE_WARN };
	return (struct view_trend){ "steady", ROLE_WARN };
}

/* The widths of the rows shown, so that they stand in columns. */
struct widths {
	int count, text;
	bool method; /* there is room for it */
};

static int most(int a, int b)
{
	return a > b ? a : b;
}

static struct widths measure(const struct view *view, const struct area *area, size_t top,
			     size_t rows)
{
	const struct frame *frame = view->frame;
	struct widths widths = { .method = true };
	int name = 0;
	int room;

	for (size_t i = top; i < frame->failure_count && i < top + rows; i++) {
		char text[SHOW_MAX];

		show_count(frame->failures[i].count, 7, text, sizeof(text));
		widths.count = most(widths.count, (int)strlen(text));
		widths.text =
			most(widths.text, canvas_text_width(area->canvas, frame->failures[i].text));
		name = most(name, canvas_text_width(area->canvas, frame->failures[i].name));
	}
	room = area->w - widths.count - 4;
	if (widths.text + METHOD_W + name > room) {
		widths.method = false;
		/* what fails matters as much as how: neither is cut below half of the room */
		if (widths.text + 1 + name > room && widths.text > room / 2)
			widths.text = most(room / 2, room - 1 - name);
	}
	return widths;
}

static void draw_row(const struct view *view, const struct area *area, int y,
		     const struct widths *widths, const struct frame_failure *failure)
{
	struct style sign = style_of(failure->per_second > 0 ? ROLE_BAD : ROLE_WARN);
	char text[SHOW_MAX];
	int x = widths->count + 3;

	show_count(failure->count, 7, text, sizeof(text));
	area_put(area, 0, y, sign, view->glyphs->bad);
	area_text_right(area, x - 1, y, sign, text);
	area_text_cut(area, x, y, widths->text, style_of(ROLE_TEXT), failure->text,
		      view->glyphs->ellipsis);
	x += widths->text + (widths->method ? 2 : 1);
	if (widths->method) {
		area_text_cut(area, x, y, METHOD_W - 3, style_of(view_method_role(failure->method)),
			      failure->method, view->glyphs->ellipsis);
		x += METHOD_W - 2;
	}
	/* names differ at their ends */
	area_text_tail(area, x, y, area->w - x, style_of(ROLE_DIM), failure->name,
		       view->glyphs->ellipsis);
}

void view_failures_draw(const struct view *view, const struct area *area)
{
	const struct frame *frame = view->frame;
	size_t rows = (size_t)area->h;
	size_t top = view_scroll(view, frame->failure_count, rows);
	struct widths widths = measure(view, area, top, rows);

	if (frame->failure_count == 0) {
		area_put(area, 0, 0, style_of(ROLE_GOOD), view->glyphs->good);
		area_text(area, 2, 0, style_of(ROLE_DIM), "none");
		return;
	}
	view_box_remark(view, &view->box, style_of(ROLE_DIM), "e: all");
	for (size_t i = 0; i < rows && top + i < frame->failure_count; i++) {
		draw_row(view, area, (int)i, &widths, &frame->failures[top + i]);
		view_list_row(view, area, (int)i, top + i);
	}
	table_thumb(&view->box, 1, rows, top, frame->failure_count, style_of(ROLE_BORDER_FOCUS),
		    view->glyphs);
}
