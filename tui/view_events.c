/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include "base/units.h"
#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/show.h"
#include "tui/table.h"
#include "tui/ui.h"

/* Findings first, then what was marked, newest first. */

#define FINDINGS_MAX 64
#define MARKS_KEPT   3

void view_events_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish)
{
	size_t rows = frame->finding_count + frame->mark_count;

	(void)ui;
	*wish = (struct layout_wish){
		.present = true,
		.least = 1,
		.wanted = rows < 2   ? 2
			  : rows > 6 ? 6 /* what is left over it gets anyway */
				     : (int)rows,
		.weight = 2,
		.rank = frame->finding_count > 0 ? 68 : 30,
	};
}

static void draw_finding(const struct view *view, const struct area *area, int y, const char *text)
{
	area_put(area, 0, y, style_of(ROLE_KEY), view->glyphs->finding);
	area_text_cut(area, 2, y, area->w - 2, style_of(ROLE_STRONG), text, view->glyphs->ellipsis);
}

static void draw_mark(const struct view *view, const struct area *area, int y,
		      const struct frame_mark *mark)
{
	char clock[SHOW_MAX];
	int x = 2;

	units_format_clock(mark->at_ns, clock, sizeof(clock));
	area_put(area, 0, y, style_of(ROLE_MARK),
		 mark->by_hand ? view->glyphs->by_hand : view->glyphs->mark);
	x += area_text(area, x, y, style_of(ROLE_DIM), clock) + 1;
	area_text_cut(area, x, y, area->w - x, style_of(ROLE_TEXT), mark->text,
		      view->glyphs->ellipsis);
}

/* Rows for each finding: as whole sentences where there is room, the first ones first; what was marked
 * keeps some rows. */
static void share_rows(const struct frame *frame, const struct area *area, int *rows)
{
	int count = (int)frame->finding_count;
	int marks = (int)(frame->mark_count < MARKS_KEPT ? frame->mark_count : MARKS_KEPT);
	int spare = area->h - count - marks;

	for (int i = 0; i < count; i++) {
		int more = view_wrap_lines(area->canvas, area->w - 2, frame->findings[i]) - 1;

		rows[i] = more > 0 && more <= spare ? 1 + more : 1;
		spare -= rows[i] - 1;
	}
}

/* Nobody steps through the list: findings over several lines where they fit, then the newest marks. */
static void draw_sentences(const struct view *view, const struct area *area)
{
	const struct frame *frame = view->frame;
	int rows[FINDINGS_MAX];
	int y = 0;

	share_rows(frame, area, rows);
	for (size_t i = 0; i < frame->finding_count && y < area->h; i++) {
		struct area text = area_sub(area, 2, y, area->w - 2, rows[i]);

		if (rows[i] == 1) {
			draw_finding(view, area, y, frame->findings[i]);
		} else {
			area_put(area, 0, y, style_of(ROLE_KEY), view->glyphs->finding);
			view_wrap(&text, 0, style_of(ROLE_STRONG), frame->findings[i]);
		}
		y += rows[i];
	}
	for (size_t i = frame->mark_count; i > 0 && y < area->h; i--)
		draw_mark(view, area, y++, &frame->marks[i - 1]);
}

void view_events_draw(const struct view *view, const struct area *area)
{
	const struct frame *frame = view->frame;
	size_t count = frame->finding_count + frame->mark_count;
	size_t rows = (size_t)area->h;
	size_t top;

	if (count == 0) {
		view_empty(view, area, "m marks a moment");
		return;
	}
	if (frame->finding_count > 0 && frame->finding_count < FINDINGS_MAX &&
	    (int)frame->finding_count < area->h && (!view->focused || view->ui->maximised)) {
		draw_sentences(view, area);
		return;
	}
	top = view_scroll(view, count, rows);
	for (size_t i = 0; i < rows && top + i < count; i++) {
		size_t at = top + i;

		if (at < frame->finding_count)
			draw_finding(view, area, (int)i, frame->findings[at]);
		else
			draw_mark(
				view, area, (int)i,
				&frame->marks[frame->mark_count - 1 - (at - frame->finding_count)]);
		view_list_row(view, area, (int)i, at);
	}
	table_thumb(&view->box, 1, rows, top, count, style_of(ROLE_BORDER_FOCUS), view->glyphs);
}
