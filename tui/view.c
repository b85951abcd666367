/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/table.h"
#include "tui/ui.h"

static const struct view_ops panes[PANES] = {
	[PANE_ENDPOINTS] = { "endpoints", view_endpoints_wish, view_endpoints_draw },
	[PANE_CHART] = { "over time", view_chart_wish, view_chart_draw },
	[PANE_HEAT] = { "response times", view_heat_wish, view_heat_draw },
	[PANE_CONTAINERS] = { "containers", view_containers_wish, view_containers_draw },
	[PANE_POSTGRES] = { "postgres", view_postgres_wish, view_postgres_draw },
	[PANE_LEVELS] = { "load levels", view_levels_wish, view_levels_draw },
	[PANE_CRITERIA] = { "criteria", view_criteria_wish, view_criteria_draw },
	[PANE_FAILURES] = { "failures", view_failures_wish, view_failures_draw },
	[PANE_EVENTS] = { "findings and marks", view_events_wish, view_events_draw },
	[PANE_LOG] = { "log", view_log_wish, view_log_draw },
};

const struct view_ops *view_pane(enum pane pane)
{
	return pane < PANES && panes[pane].draw != NULL ? &panes[pane] : NULL;
}

void view_box_title(const struct view *view, const struct area *area, const char *title)
{
	struct style text = style_of(view->focused ? ROLE_TITLE_FOCUS : ROLE_TITLE);
	int x = 2;

	if (title[0] == '\0' || area->w <= 6)
		return;
	area_put(area, x++, 0, text, ' ');
	x += area_text_cut(area, x, 0, area->w - 6, text, title, view->glyphs->ellipsis);
	area_put(area, x, 0, text, ' ');
}

struct area view_box(const struct view *view, const struct area *area, const char *title)
{
	area_box(area, style_of(view->focused ? ROLE_BORDER_FOCUS : ROLE_BORDER), view->glyphs);
	view_box_title(view, area, title);
	return area_sub(area, 2, 1, area->w - 4, area->h - 2);
}

void view_box_remark(const struct view *view, const struct area *box, struct style style,
		     const char *text)
{
	int width = canvas_text_width(box->canvas, text);
	int title = canvas_text_width(
		box->canvas, panes[view->pane].title != NULL ? panes[view->pane].title : "");
	int x = box->w - 3 - width;

	if (width == 0 || x < title + 6)
		return;
	area_put(box, x - 1, 0, style, ' ');
	area_text(box, x, 0, style, text);
	area_put(box, x + width, 0, style, ' ');
}

void view_hit(const struct view *view, const struct area *area, enum hit_kind kind, size_t index)
{
	screen_info_add(view->info, (struct hit){ .rect = { area->x, area->y, area->w, area->h },
						  .kind = kind,
						  .pane = view->pane,
						  .index = index });
}

void view_list_row(const struct view *view, const struct area *area, int y, size_t index)
{
	/* from border to border */
	struct area row = { area->canvas, area->x - 1, area->y + y, area->w + 2, 1 };

	view_hit(view, &row, HIT_ROW, index);
	if (view->focused && view->ui->selected[view->pane] == index)
		area_ground(&row, GROUND_SELECTED);
}

size_t view_scroll(const struct view *view, size_t count, size_t rows)
{
	size_t top = table_scroll(view->ui->info.top[view->pane], view->ui->selected[view->pane],
				  rows, count);

	view->info->top[view->pane] = top;
	view->info->rows[view->pane] = rows;
	return top;
}

void view_empty(const struct view *view, const struct area *area, const char *text)
{
	int width = canvas_text_width(area->canvas, text);
	int x = width < area->w ? (area->w - width) / 2 : 0;

	area_text_cut(area, x, area->h > 1 ? (area->h - 1) / 2 : 0, area->w - x, style_of(ROLE_DIM),
		      text, view->glyphs->ellipsis);
}

size_t view_line_length(const struct canvas *canvas, const char *text, int columns)
{
	size_t len = strcspn(text, "\n");
	size_t at = 0;
	size_t best = 0;
	int used = 0;

	while (at < len) {
		char one[5] = "";
		uint32_t ch;
		size_t bytes = text_decode(text + at, len - at, &ch);

		memcpy(one, text + at, bytes < 5 ? bytes : 4);
		used += canvas_text_width(canvas, one);
		if (used > columns)
			return best > 0 ? best : at > 0 ? at : bytes;
		if (ch == ' ' && at > 0)
			best = at;
		at += bytes;
	}
	return len;
}

int view_wrap(const struct area *area, int y, struct style style, const char *text)
{
	int lines = 0;
	char line[1024];

	while (*text != '\0' && y + lines < area->h && area->w > 0) {
		size_t len = view_line_length(area->canvas, text, area->w);
		size_t copy = len < sizeof(line) ? len : sizeof(line) - 1;

		memcpy(line, text, copy);
		line[copy] = '\0';
		area_text(area, 0, y + lines, style, line);
		lines++;
		text += len;
		if (*text == ' ' || *text == '\n')
			text++;
	}
	return lines;
}

int view_wrap_lines(const struct canvas *canvas, int columns, const char *text)
{
	int lines = 0;

	while (*text != '\0' && columns > 0) {
		text += view_line_length(canvas, text, columns);
		if (*text == ' ' || *text == '\n')
			text++;
		lines++;
	}
	return lines;
}

enum role view_method_role(const char *method)
{
	static const struct {
		const char *method;
		enum role role;
	} roles[] = {
		{ "GET", ROLE_READ },      { "HEAD", ROLE_READ },  { "OPTIONS", ROLE_READ },
		{ "POST", ROLE_CREATE },   { "PUT", ROLE_CHANGE }, { "PATCH", ROLE_CHANGE },
		{ "DELETE", ROLE_REMOVE },
	};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (strcmp(method, roles[i].method) == 0)
			return roles[i].role;
	}
	return ROLE_TEXT;
}

int view_pair(const struct area *area, int x, int y, const char *label, struct style style,
	      const char *value)
{
	int used = area_text(area, x, y, style_of(ROLE_DIM), label);

	used += 1;
	used += area_text(area, x + used, y, style, value);
	return used;
}

#define CHANGE_NOISE 0.1 /* of a time or a rate: less is said, not coloured */
#define CHANGE_MUCH  0.5
#define FAILED_NOISE 0.001 /* of the failed share */

char *view_change(double change, char *dst, size_t size)
{
	if (isnan(change))
		snprintf(dst, size, "–");
	else if (change >= 9.995)
		snprintf(dst, size, "x%.0f", fmin(change + 1, 9999));
	else if (fabs(change) < 0.005)
		snprintf(dst, size, "=");
	else
		snprintf(dst, size, "%+.0f%%", change * 100);
	return dst;
}

enum role view_change_role(const struct frame *frame, const struct frame_row *row, bool whole,
			   enum endpoint_column column)
{
	double change = endpoints_change(frame, row, whole, column);
	bool failed = column == COLUMN_VS_FAIL;

	if (column == COLUMN_VS_RPS) /* more is better */
		change = -change;
	if (isnan(change) || fabs(change) < (failed ? FAILED_NOISE : CHANGE_NOISE))
		return ROLE_DIM;
	if (change < 0)
		return ROLE_GOOD;
	return failed || change > CHANGE_MUCH ? ROLE_BAD : ROLE_WARN;
}
