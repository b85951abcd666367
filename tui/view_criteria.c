/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <stdio.h>

#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/table.h"
#include "tui/ui.h"

void view_criteria_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish)
{
	int rows = (int)(frame->criterion_count < 100 ? frame->criterion_count : 100);

	(void)ui;
	*wish = (struct layout_wish){
		.present = true,
		.least = 2,
		.wanted = rows > 0 ? rows : 1,
		.rank = 70,
	};
}

static uint32_t sign_of(const struct glyphs *glyphs, enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PASS:
		return glyphs->good;
	case VERDICT_FAIL:
		return glyphs->bad;
	case VERDICT_INVALID:
		return glyphs->invalid;
	case VERDICT_PENDING:
		break;
	}
	return glyphs->pending;
}

static enum role role_of(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PASS:
		return ROLE_GOOD;
	case VERDICT_FAIL:
		return ROLE_BAD;
	case VERDICT_INVALID:
		return ROLE_WARN;
	case VERDICT_PENDING:
		break;
	}
	return ROLE_DIM;
}

static void draw_row(const struct view *view, const struct area *area, int y,
		     const struct frame_criterion *criterion)
{
	enum role role = role_of(criterion->state);
	int value_w = canvas_text_width(area->canvas, criterion->value);
	int most = area->w / 3 > 8 ? area->w / 3 : 8;
	int text_w;

	if (value_w > most)
		value_w = most;
	text_w = area->w - 2 - value_w - 1;
	area_put(area, 0, y, style_of(role), sign_of(view->glyphs, criterion->state));
	area_text_ends(area, 2, y, text_w,
		       style_of(criterion->state == VERDICT_FAIL ? ROLE_BAD : ROLE_TEXT),
		       criterion->text, view->glyphs->ellipsis);
	area_text_cut(area, area->w - value_w, y, value_w,
		      style_of(criterion->state == VERDICT_FAIL      ? ROLE_BAD
			       : criterion->state == VERDICT_PENDING ? ROLE_DIM
								     : ROLE_STRONG),
		      criterion->value, view->glyphs->ellipsis);
}

static void draw_remark(const struct view *view)
{
	const struct frame *frame = view->frame;
	size_t held = 0;
	char text[48];

	if (frame->criterion_count == 0)
		return;
	for (size_t i = 0; i < frame->criterion_count; i++)
		held += frame->criteria[i].state == VERDICT_PASS;
	snprintf(text, sizeof(text), "%zu of %zu", held, frame->criterion_count);
	view_box_remark(view, &view->box,
			style_of(held == frame->criterion_count ? ROLE_GOOD : ROLE_DIM), text);
}

void view_criteria_draw(const struct view *view, const struct area *area)
{
	const struct frame *frame = view->frame;
	size_t rows = (size_t)area->h;
	size_t top = view_scroll(view, frame->criterion_count, rows);

	draw_remark(view);
	if (frame->criterion_count == 0) {
		view_empty(view, area, "the scenario has no criteria");
		return;
	}
	for (size_t i = 0; i < rows && top + i < frame->criterion_count; i++) {
		draw_row(view, area, (int)i, &frame->criteria[top + i]);
		view_list_row(view, area, (int)i, top + i);
	}
	table_thumb(&view->box, 1, rows, top, frame->criterion_count, style_of(ROLE_BORDER_FOCUS),
		    view->glyphs);
}
