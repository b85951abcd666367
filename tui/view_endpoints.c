/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <stdio.h>
#include <string.h>

#include "message/frame.h"
#include "tui/endpoints.h"
#include "tui/glyphs.h"
#include "tui/show.h"
#include "tui/ui.h"

/* A path needs some room to be known by, more than the columns of the lowest priority are worth. */
#define NAME_NARROW    12
#define NAME_WIDE      21
#define NAME_MOST      25 /* for this much other columns leave */
#define NAME_LONGEST   40
#define NAMES_MEASURED 200
#define METHOD_LEAST   4
#define METHOD_MOST    6
#define REQUESTS_MOST  9
#define FAILURES_MOST  7

void view_endpoints_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish)
{
	size_t rows = ui->order_count < 1000 ? ui->order_count : 1000;

	(void)frame;
	*wish = (struct layout_wish){
		.present = true,
		.least = 4,
		.wanted = (int)rows + 2,

		.rank = 90,
	};
}

/* A criterion that names this endpoint ("POST /api/x p99 < 500ms") does not hold. */
static bool breaks_criterion(const struct frame *frame, const struct frame_row *row)
{
	size_t method = strlen(row->method);
	size_t name = strlen(row->name);

	for (size_t i = 0; i < frame->criterion_count && method > 0; i++) {
		const char *text = frame->criteria[i].text;

		if (frame->criteria[i].state == VERDICT_FAIL &&
		    strncmp(text, row->method, method) == 0 && text[method] == ' ' &&
		    strncmp(text + method + 1, row->name, name) == 0 &&
		    text[method + 1 + name] == ' ')
			return true;
	}
	return false;
}

static void latency_text(const struct frame_latency *latency, double us, char *dst, size_t size)
{
	if (latency->count == 0)
		snprintf(dst, size, "–");
	else
		show_ms(show_whole(us), dst, size);
}

static void cell_text(const struct frame *frame, const struct frame_row *row, bool whole,
		      enum endpoint_column column, char *dst, size_t size)
{
	const struct frame_latency *latency = endpoints_latency(frame, row, whole);

	dst[0] = '\0';
	switch (column) {
	case COLUMN_REQUESTS:
		show_count(row->requests, REQUESTS_MOST, dst, size);
		break;
	case COLUMN_FAILURES:
		show_count(row->failures, FAILURES_MOST, dst, size);
		break;
	case COLUMN_FAIL_PCT:
		snprintf(dst, size, "%.1f",
			 row->requests > 0 ? 100.0 * (double)row->failures / (double)row->requests
					   : 0.0);
		break;
	case COLUMN_RPS:
		show_rate(row->rps, dst, size);
		break;
	case COLUMN_MEAN:
		latency_text(latency, latency->mean_us, dst, size);
		break;
	case COLUMN_P50:
		latency_text(latency, (double)latency->p50_us, dst, size);
		break;
	case COLUMN_P90:
		latency_text(latency, (double)latency->p90_us, dst, size);
		break;
	case COLUMN_P95:
		latency_text(latency, (double)latency->p95_us, dst, size);
		break;
	case COLUMN_P99:
		latency_text(latency, (double)latency->p99_us, dst, size);
		break;
	case COLUMN_P999:
		latency_text(latency, (double)latency->p999_us, dst, size);
		break;
	case COLUMN_MAX:
		latency_text(latency, (double)latency->max_us, dst, size);
		break;
	case COLUMN_IN_FLIGHT:
		show_count(row->in_flight, 5, dst, size);
		break;
	case COLUMN_OLDEST:
		if (row->in_flight > 0)
			show_age(row->oldest_age_ns, dst, size);
		break;
	case COLUMN_VS_RPS:
	case COLUMN_VS_P50:
	case COLUMN_VS_P95:
	case COLUMN_VS_P99:
	case COLUMN_VS_FAIL:
		view_change(endpoints_change(frame, row, whole, column), dst, size);
		break;
	case COLUMN_METHOD:
	case COLUMN_NAME:
	case ENDPOINT_COLUMNS:
		break;
	}
}

static struct style cell_style(const struct frame *frame, const struct frame_row *row, bool whole,
			       enum endpoint_column column)
{
	bool total = row == &frame->all;

	if ((column == COLUMN_FAILURES || column == COLUMN_FAIL_PCT) && row->failures > 0)
		return style_of(row->fail_rps > 0 ? ROLE_BAD : ROLE_WARN);
	if ((column == COLUMN_IN_FLIGHT || column == COLUMN_OLDEST) && endpoints_is_old(frame, row))
		return style_of(ROLE_WARN);
	if (endpoints_compares(column))
		return style_of(view_change_role(frame, row, whole, column));
	if (total)
		return style_of(ROLE_STRONG);
	if (column == COLUMN_METHOD)
		return style_of(view_method_role(row->method));
	if (column == COLUMN_REQUESTS || column == COLUMN_FAILURES || column == COLUMN_FAIL_PCT ||
	    column == COLUMN_IN_FLIGHT || column == COLUMN_OLDEST)
		return style_of(ROLE_DIM);
	if (column == COLUMN_RPS || column == COLUMN_P99)
		return style_of(ROLE_STRONG);
	return style_of(ROLE_TEXT);
}

static void draw_row(const struct view *view, const struct area *area, int y,
		     const struct table_column *columns, const struct table_place *places,
		     const struct frame_row *row)
{
	bool total = row == &view->frame->all;
	bool breaks = breaks_criterion(view->frame, row);

	if (breaks || row->failures > 0)
		area_put(&view->box, 1, area->y - view->box.y + y,
			 style_of(breaks || row->fail_rps > 0 ? ROLE_BAD : ROLE_WARN),
			 view->glyphs->bad);
	for (int i = COLUMN_METHOD; i < ENDPOINT_COLUMNS; i++) {
		struct style style = cell_style(view->frame, row, view->ui->order_by.whole,
						(enum endpoint_column)i);
		char text[SHOW_MAX];

		if (places[i].width == 0)
			continue;
		if (i == COLUMN_METHOD || i == COLUMN_NAME) {
			const char *word = i == COLUMN_METHOD ? row->method
					   : total            ? "all"
							      : row->name;

			area_text_tail(area, places[i].x, y, places[i].width, style, word,
				       view->glyphs->ellipsis);
			continue;
		}
		cell_text(view->frame, row, view->ui->order_by.whole, (enum endpoint_column)i, text,
			  sizeof(text));
		table_cell(area, y, &columns[i], &places[i], style, text, view->glyphs);
	}
}

static void draw_head(const struct view *view, const struct area *area,
		      const struct table_column *columns, const struct table_place *places)
{
	enum endpoint_column by = view->ui->order_by.column;

	table_head(area, columns, places, ENDPOINT_COLUMNS, view->glyphs);
	for (int i = 0; i < ENDPOINT_COLUMNS; i++) {
		struct area hit = area_sub(area, places[i].x, 0, places[i].width, 1);

		if (places[i].width == 0 || endpoints_column_name((enum endpoint_column)i) == NULL)
			continue;
		view_hit(view, &hit, HIT_COLUMN, (size_t)i);
		if ((enum endpoint_column)i == by)
			table_cell(area, 0, &columns[i], &places[i], style_of(ROLE_ACCENT),
				   columns[i].title, view->glyphs);
	}
	if (places[by].width > 0) {
		bool falls = (by != COLUMN_NAME) != view->ui->order_by.reverse;
		int x = columns[by].right ? places[by].x + places[by].width - 1 -
						    (int)strlen(columns[by].title)
					  : places[by].x + (int)strlen(columns[by].title);

		if (x >= 0)
			area_put(area, x, 0, style_of(ROLE_ACCENT),
				 falls ? view->glyphs->sort_down : view->glyphs->sort_up);
	}
}

static void draw_remark(const struct view *view)
{
	const struct frame *frame = view->frame;
	const struct ui *ui = view->ui;
	bool whole = ui->order_by.whole || frame->state == RUN_DONE;
	char text[160];
	int used;

	if (ui->filter[0] != '\0')
		snprintf(text, sizeof(text), "%zu of %zu match \"%.40s\"", ui->order_count,
			 frame->row_count, ui->filter);
	else
		snprintf(text, sizeof(text), "%s in ms, %s",
			 frame->open ? "response time" : "latency",
			 whole ? "whole run" : "last 10 s");
	used = (int)strlen(text);
	if (frame->baseline[0] != '\0' &&
	    used + canvas_text_width(view->box.canvas, frame->baseline) + 24 < view->box.w)
		snprintf(text + used, sizeof(text) - (size_t)used, ", vs %.100s", frame->baseline);
	view_box_remark(view, &view->box, style_of(ui->filter[0] != '\0' ? ROLE_KEY : ROLE_DIM),
			text);
}

static int text_width(const char *text, int least, int most)
{
	int width = (int)strlen(text);

	return width < least ? least : width > most ? most : width;
}

/* Columns as wide as what stands in them needs: what is left goes to the names. */
static void fit_columns(const struct view *view, int width, struct table_column *columns)
{
	const struct frame *frame = view->frame;
	char text[SHOW_MAX];

	memcpy(columns, endpoints_columns(), ENDPOINT_COLUMNS * sizeof(*columns));
	for (int i = 0; i < ENDPOINT_COLUMNS && frame->baseline[0] == '\0'; i++) {
		if (endpoints_compares((enum endpoint_column)i))
			columns[i].width = 0;
	}
	if (view->ui->old) {
		columns[COLUMN_OLDEST].priority = 1;
		columns[COLUMN_IN_FLIGHT].priority = 2;
	}
	columns[COLUMN_NAME].width = width < 60 ? NAME_NARROW : NAME_WIDE;
	for (size_t i = 0; width >= 60 && i < frame->row_count && i < NAMES_MEASURED; i++) {
		int name =
			text_width(frame->rows[i].name, 0, width < 100 ? NAME_MOST : NAME_LONGEST);

		if (name > columns[COLUMN_NAME].width)
			columns[COLUMN_NAME].width = name;
	}
	columns[COLUMN_METHOD].width = METHOD_LEAST;
	for (size_t i = 0; i < frame->row_count; i++) {
		int method = text_width(frame->rows[i].method, METHOD_LEAST, METHOD_MOST);

		if (method > columns[COLUMN_METHOD].width)
			columns[COLUMN_METHOD].width = method;
	}
	if (columns[COLUMN_METHOD].width < METHOD_MOST)
		columns[COLUMN_METHOD].title = "HTTP";
	columns[COLUMN_REQUESTS].width =
		text_width(show_count(frame->all.requests, REQUESTS_MOST, text, sizeof(text)), 5,
			   REQUESTS_MOST);
	columns[COLUMN_FAILURES].width =
		text_width(show_count(frame->all.failures, FAILURES_MOST, text, sizeof(text)), 5,
			   FAILURES_MOST);
}

void view_endpoints_draw(const struct view *view, const struct area *area)
{
	const struct frame *frame = view->frame;
	const struct ui *ui = view->ui;
	struct table_column columns[ENDPOINT_COLUMNS];
	struct table_place places[ENDPOINT_COLUMNS];
	size_t rows = area->h > 2 ? (size_t)area->h - 2 : 0;
	size_t top = view_scroll(view, ui->order_count, rows);

	fit_columns(view, area->w, columns);
	table_fit(columns, ENDPOINT_COLUMNS, area->w, places);
	draw_head(view, area, columns, places);
	draw_remark(view);
	for (size_t i = 0; i <= rows && area->h > 1; i++) {
		bool total = i == rows || top + i >= ui->order_count;
		size_t index = total ? ui->order_count : top + i;
		/* the total row follows the last endpoint, or the last line when they scroll */
		int y = (int)i + 1;

		draw_row(view, area, y, columns, places,
			 total ? &frame->all : &frame->rows[ui->order[index]]);
		view_list_row(view, area, y, index);
		if (total)
			break;
	}
	if (ui->order_count == 0 && area->h > 3)
		area_text(area, 0, 2, style_of(ROLE_DIM),
			  frame->row_count > 0 ? "no endpoint matches the filter"
					       : "no requests yet");
	table_thumb(&view->box, 2, rows, top, ui->order_count, style_of(ROLE_BORDER_FOCUS),
		    view->glyphs);
}
