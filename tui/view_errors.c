/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <stdio.h>

#include "base/units.h"
#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/show.h"
#include "tui/table.h"
#include "tui/ui.h"

/* Failures by kind over the whole page; below the list everything about the selected one. */

enum column { COUNT, RATE, TREND, KIND, METHOD, NAME, TEXT, FIRST, LAST, COLUMNS };

/* clang-format off */
static const struct table_column columns[COLUMNS] = {
	[COUNT]  = { "COUNT",   8, true,  0, false },
	[RATE]   = { "PER S",   6, true,  3, false },
	[TREND]  = { "TREND",   7, false, 5, false },
	[KIND]   = { "KIND",   15, false, 8, false },
	[METHOD] = { "METHOD",  6, false, 2, false },
	[NAME]   = { "NAME",   14, false, 1, false },
	[TEXT]   = { "WHAT",   12, false, 0, true },
	[FIRST]  = { "FIRST",   7, true,  7, false },
	[LAST]   = { "LAST",    7, true,  6, false },
};
/* clang-format on */

#define DETAIL_ROWS 7
#define LIST_LEAST  4  /* its heading and three failures */
#define LINE_WIDE   70 /* columns in which kind, count and times stand in one row */

static void cell_text(const struct frame *frame, const struct frame_failure *failure,
		      enum column column, char *dst, size_t size)
{
	switch (column) {
	case COUNT:
		show_count(failure->count, 8, dst, size);
		break;
	case RATE:
		show_rate(failure->per_second, dst, size);
		break;
	case TREND:
		snprintf(dst, size, "%s", view_failure_trend(frame, failure).word);
		break;
	case KIND:
		snprintf(dst, size, "%s", failure_name(failure->kind));
		break;
	case METHOD:
		snprintf(dst, size, "%s", failure->method);
		break;
	case NAME:
		snprintf(dst, size, "%s", failure->name);
		break;
	case TEXT:
		snprintf(dst, size, "%s", failure->text);
		break;
	case FIRST:
		units_format_clock(failure->first_ns, dst, size);
		break;
	case LAST:
		units_format_clock(failure->last_ns, dst, size);
		break;
	case COLUMNS:
		break;
	}
}

static enum role cell_role(const struct frame *frame, const struct frame_failure *failure,
			   enum column column)
{
	bool now = failure->per_second > 0;

	switch (column) {
	case COUNT:
	case RATE:
		return now ? ROLE_BAD : ROLE_WARN;
	case TREND:
		return view_failure_trend(frame, failure).role;
	case METHOD:
		return view_method_role(failure->method);
	case TEXT:
		return ROLE_STRONG;
	case KIND:
	case NAME:
		return ROLE_TEXT;
	case FIRST:
	case LAST:
	case COLUMNS:
		break;
	}
	return ROLE_DIM;
}

static int longer(int width, const struct canvas *canvas, const char *text)
{
	int w = canvas_text_width(canvas, text);

	return w > width ? w : width;
}

/* What fails and how share what the numbers leave: neither is cut below half of it. */
static void share_out(const struct frame *frame, const struct area *area,
		      struct table_place places[COLUMNS])
{
	struct table_place *name = &places[NAME];
	struct table_place *text = &places[TEXT];
	int room = name->width + text->width;
	int gap = text->x - name->x - name->width;
	int name_w = 0;
	int text_w = 0;

	if (name->width == 0)
		return;
	for (size_t i = 0; i < frame->failure_count; i++) {
		name_w = longer(name_w, area->canvas, frame->failures[i].name);
		text_w = longer(text_w, area->canvas, frame->failures[i].text);
	}
	if (name_w + text_w > room && name_w > room / 2)
		name_w = text_w < room / 2 ? room - text_w : room / 2;
	name->width = longer(name_w, area->canvas, columns[NAME].title);
	text->width = room - name->width;
	text->x = name->x + name->width + gap;
}

static void draw_row(const struct view *view, const struct area *area, int y,
		     const struct table_place *places, const struct frame_failure *failure)
{
	for (int i = 0; i < COLUMNS; i++) {
		char text[600];

		cell_text(view->frame, failure, (enum column)i, text, sizeof(text));
		if (i == NAME) { /* names differ at their ends */
			area_text_tail(area, places[i].x, y, places[i].width, style_of(ROLE_TEXT),
				       text, view->glyphs->ellipsis);
			continue;
		}
		table_cell(area, y, &columns[i], &places[i],
			   style_of(cell_role(view->frame, failure, (enum column)i)), text,
			   view->glyphs);
	}
}

static const char *place_text(const struct frame_failure *failure, char *dst, size_t size)
{
	snprintf(dst, size, "%s %s", failure->method, failure->name);
	return dst;
}

static void draw_detail(const struct view *view, const struct area *area,
			const struct frame_failure *failure)
{
	const char *advice = failure_advice(failure->kind, failure->status);
	struct area text = area_sub(area, 2, 0, area->w - 2, area->h);
	char count[SHOW_MAX];
	char first[SHOW_MAX];
	char last[SHOW_MAX];
	char line[200];
	int y = 0;

	area_put(area, 0, y, style_of(ROLE_BAD), view->glyphs->bad);
	y += view_wrap(&text, y, style_of(ROLE_STRONG), failure->text);
	y += view_wrap(&text, y, style_of(ROLE_TEXT), place_text(failure, line, sizeof(line)));
	snprintf(line, sizeof(line), "%s, %s times, %s, first at %s, last at %s",
		 failure_name(failure->kind), show_count(failure->count, 20, count, sizeof(count)),
		 view_failure_trend(view->frame, failure).word,
		 units_format_clock(failure->first_ns, first, sizeof(first)),
		 units_format_clock(failure->last_ns, last, sizeof(last)));
	y += view_wrap(&text, y, style_of(ROLE_DIM), line);
	if (advice[0] != '\0') {
		area_put(area, 0, y, style_of(ROLE_KEY), view->glyphs->finding);
		view_wrap(&text, y, style_of(ROLE_ACCENT), advice);
	}
}

/* The rows that takes. The advice is what the page is for: the list gives way to it. */
static int detail_rows(const struct area *inside, const struct frame_failure *failure)
{
	const char *advice = failure_advice(failure->kind, failure->status);
	int w = inside->w - 2;
	char place[200];
	int rows = view_wrap_lines(inside->canvas, w, failure->text) +
		   view_wrap_lines(inside->canvas, w, place_text(failure, place, sizeof(place))) +
		   (inside->w < LINE_WIDE ? 2 : 1) + view_wrap_lines(inside->canvas, w, advice);
	int most = inside->h - 1 - LIST_LEAST;

	return rows < DETAIL_ROWS && inside->h > 2 * DETAIL_ROWS ? DETAIL_ROWS
	       : rows < most                                     ? rows
	       : most > inside->h / 2                            ? most
								 : inside->h / 2;
}

static void draw_list(const struct view *view, const struct area *area)
{
	const struct frame *frame = view->frame;
	struct table_place places[COLUMNS];
	size_t rows = area->h > 1 ? (size_t)area->h - 1 : 0;
	size_t top = view_scroll(view, frame->failure_count, rows);

	table_fit(columns, COLUMNS, area->w, places);
	share_out(frame, area, places);
	table_head(area, columns, places, COLUMNS, view->glyphs);
	for (size_t i = 0; i < rows && top + i < frame->failure_count; i++) {
		draw_row(view, area, 1 + (int)i, places, &frame->failures[top + i]);
		view_list_row(view, area, 1 + (int)i, top + i);
	}
	table_thumb(&view->box, 2, rows, top, frame->failure_count, style_of(ROLE_BORDER_FOCUS),
		    view->glyphs);
}

void view_errors_draw(const struct view *view, const struct area *area)
{
	const struct frame *frame = view->frame;
	struct view errors = *view;
	struct area inside;
	struct area list;
	struct area below;
	const struct frame_failure *failure;
	int detail;
	char remark[96];
	char failed[SHOW_MAX];
	char requests[SHOW_MAX];

	errors.pane = PANE_FAILURES;
	errors.focused = true;
	errors.box = *area;
	inside = view_box(&errors, area, "errors by kind");
	if (frame->failure_count == 0) {
		view_empty(&errors, &inside,
			   frame->all.requests > 0 ? "no request has failed" : "no requests yet");
		return;
	}
	snprintf(remark, sizeof(remark), "%s failed of %s, %.2f %%",
		 show_count(frame->all.failures, 16, failed, sizeof(failed)),
		 show_count(frame->all.requests, 16, requests, sizeof(requests)),
		 frame->all.requests > 0
			 ? 100.0 * (double)frame->all.failures / (double)frame->all.requests
			 : 0.0);
	view_box_remark(&errors, area, style_of(ROLE_BAD), remark);
	failure = &frame->failures[view->ui->selected[PANE_FAILURES]];
	detail = detail_rows(&inside, failure);
	list = area_sub(&inside, 0, 0, inside.w, inside.h - detail - 1);
	draw_list(&errors, &list);
	area_rule(area, 0, list.h + 1, area->w, style_of(ROLE_BORDER_FOCUS), view->glyphs);
	below = area_sub(&inside, 0, list.h + 1, inside.w, detail);
	draw_detail(&errors, &below, failure);
}
