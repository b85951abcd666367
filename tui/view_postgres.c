/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <math.h>
#include <stdio.h>

#include "message/frame.h"
#include "tui/plot.h"
#include "tui/glyphs.h"
#include "tui/show.h"
#include "tui/ui.h"

void view_postgres_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish)
{
	int gauges = (int)(frame->postgres.gauge_count < 20 ? frame->postgres.gauge_count : 20);

	(void)ui;
	*wish = (struct layout_wish){
		.present = frame->has_postgres,
		.least = 2,
		.wanted = 3 + gauges,
		.rank = frame->postgres.alarm ? 74 : 48,
	};
}

static double scale_end(const struct frame_postgres *postgres)
{
	if (postgres->ceiling > 0)
		return postgres->ceiling;
	if (postgres->limit > 0)
		return postgres->limit;
	return plot_nice(postgres->connections);
}

static int column_of(double value, double end, int width)
{
	int x = end > 0 ? (int)lround(value / end * (width - 1)) : 0;

	return x < 0 ? 0 : x >= width ? width - 1 : x;
}

/* The connections as a gauge: filled to where they are, the expected band as its ends. */
static void draw_gauge(const struct view *view, const struct area *area, int x, int y, int width)
{
	const struct frame_postgres *postgres = &view->frame->postgres;
	const struct glyphs *glyphs = view->glyphs;
	double end = scale_end(postgres);
	enum role role = postgres->alarm ? ROLE_FAILING : ROLE_CONNECTIONS;
	int filled = column_of(postgres->connections, end, width);

	if (width < 4)
		return;
	for (int i = 0; i < width; i++)
		area_put(area, x + i, y, style_of(i <= filled ? role : ROLE_TRACK),
			 i <= filled ? glyphs->slider_fill : glyphs->slider_track);
	if (postgres->expect_high > 0) {
		area_put(area, x + column_of(postgres->expect_low, end, width), y,
			 style_of(ROLE_KEY), glyphs->band_low);
		area_put(area, x + column_of(postgres->expect_high, end, width), y,
			 style_of(ROLE_KEY), glyphs->band_high);
	}
}

/* What is said of the value, with its sign: within the band, above the limit. */
static int draw_judgement(const struct view *view, const struct area *area, int end, int y)
{
	const struct frame_postgres *postgres = &view->frame->postgres;
	const struct glyphs *glyphs = view->glyphs;
	bool outside = postgres->expect_high > 0 && (postgres->connections < postgres->expect_low ||
						     postgres->connections > postgres->expect_high);
	enum role role = postgres->alarm ? ROLE_BAD : outside ? ROLE_WARN : ROLE_GOOD;
	char text[SHOW_MAX];

	if (postgres->expect_high <= 0 && !postgres->alarm)
		return end;
	area_put(area, end - 1, y, style_of(role),
		 postgres->alarm ? glyphs->bad
		 : outside       ? glyphs->warn
				 : glyphs->good);
	if (postgres->expect_high <= 0)
		return end - 2;
	snprintf(text, sizeof(text), "%.0f–%.0f", postgres->expect_low, postgres->expect_high);
	return area_text_right(area, end - 2, y, style_of(ROLE_DIM), text) - 1;
}

static void draw_connections(const struct view *view, const struct area *area, int y)
{
	const struct frame_postgres *postgres = &view->frame->postgres;
	char value[SHOW_MAX];
	char ceiling[SHOW_MAX];
	int x = area_text(area, 0, y, style_of(ROLE_DIM), "clients ");
	int end;

	x += area_text(area, x, y, style_of(postgres->alarm ? ROLE_BAD : ROLE_STRONG),
		       show_value(postgres->connections, value, sizeof(value)));
	if (postgres->ceiling > 0)
		x += area_textf(area, x, y, style_of(ROLE_DIM), "/%s",
				show_value(postgres->ceiling, ceiling, sizeof(ceiling)));
	end = draw_judgement(view, area, area->w, y);
	draw_gauge(view, area, x + 1, y, end - x - 2);
}

static int draw_figure(const struct area *area, int x, int y, const char *label, double value,
		       enum role role)
{
	char text[SHOW_MAX];
	int width;

	if (value < 0)
		return x;
	show_value(value, text, sizeof(text));
	width = canvas_text_width(area->canvas, label) + 1 + canvas_text_width(area->canvas, text);
	if (x + width > area->w)
		return x;
	return x + view_pair(area, x, y, label, style_of(role), text) + 2;
}

static void draw_states(const struct area *area, int y, const struct frame_postgres *postgres)
{
	int x = 0;

	x = draw_figure(area, x, y, "active", postgres->active, ROLE_TEXT);
	x = draw_figure(area, x, y, "idle", postgres->idle, ROLE_TEXT);
	x = draw_figure(area, x, y, area->w >= 46 ? "idle in transaction" : "idle in tx",
			postgres->idle_in_transaction,
			postgres->idle_in_transaction > 0 ? ROLE_WARN : ROLE_TEXT);
	draw_figure(area, x, y, "waiting", postgres->waiting,
		    postgres->waiting > 0 ? ROLE_WARN : ROLE_TEXT);
}

static void draw_work(const struct area *area, int y, const struct frame_postgres *postgres)
{
	char text[SHOW_MAX];
	int x = 0;

	x = draw_figure(area, x, y, "tx/s", postgres->tps, ROLE_TEXT);
	x = draw_figure(area, x, y, "rollbacks/s", postgres->rollbacks_ps,
			postgres->rollbacks_ps > 0 ? ROLE_WARN : ROLE_TEXT);
	x = draw_figure(area, x, y, "blocked", postgres->blocked,
			postgres->blocked > 0 ? ROLE_BAD : ROLE_TEXT);
	if (postgres->longest_transaction_s >= 0) {
		show_age((uint64_t)(postgres->longest_transaction_s * 1e9), text, sizeof(text));
		if (x + 11 + canvas_text_width(area->canvas, text) <= area->w)
			view_pair(area, x, y, "longest tx", style_of(ROLE_TEXT), text);
	}
}

static void draw_own_gauge(const struct view *view, const struct area *area, int y,
			   const struct frame_gauge *gauge)
{
	char text[SHOW_MAX];
	char limit[SHOW_MAX];
	int x;

	if (gauge->alarm)
		area_put(area, 0, y, style_of(ROLE_BAD), view->glyphs->bad);
	x = area_text_cut(area, 2, y, area->w / 2, style_of(ROLE_DIM), gauge->name,
			  view->glyphs->ellipsis) +
	    3;
	x += area_text(area, x, y, style_of(gauge->alarm ? ROLE_BAD : ROLE_STRONG),
		       show_value(gauge->value, text, sizeof(text)));
	if (gauge->has_limit)
		area_textf(area, x + 1, y, style_of(ROLE_DIM), "limit %s",
			   show_value(gauge->limit, limit, sizeof(limit)));
}

static void draw_connected(const struct view *view, const struct area *area, int y)
{
	const struct frame_postgres *postgres = &view->frame->postgres;

	draw_connections(view, area, y++);
	if (y < area->h)
		draw_states(area, y++, postgres);
	if (y < area->h)
		draw_work(area, y++, postgres);
	for (size_t i = 0; i < postgres->gauge_count && y < area->h; i++)
		draw_own_gauge(view, area, y++, &postgres->gauges[i]);
	if (y < area->h) {
		area_text(area, 0, y, style_of(ROLE_DIM), "clients");
		plot_spark(area, 8, y, area->w - 8, style_of(ROLE_CONNECTIONS), view->glyphs,
			   postgres->history, postgres->history_count, scale_end(postgres));
	}
}

void view_postgres_draw(const struct view *view, const struct area *area)
{
	const struct frame *frame = view->frame;
	struct area text = area_sub(area, 2, 0, area->w - 2, area->h);
	char remark[64];
	char rows[SHOW_MAX];
	int y = 0;

	if (frame->postgres.all_rows >= 0 && frame->postgres.connected) {
		snprintf(remark, sizeof(remark), "all rows %s",
			 show_value(frame->postgres.all_rows, rows, sizeof(rows)));
		view_box_remark(view, &view->box, style_of(ROLE_DIM), remark);
	}
	if (frame->postgres_problem[0] != '\0') {
		area_put(area, 0, 0, style_of(ROLE_WARN), view->glyphs->warn);
		y = view_wrap(&text, 0, style_of(ROLE_WARN), frame->postgres_problem);
	}
	if (frame->postgres.connected && y < area->h)
		draw_connected(view, area, y);
	else if (y == 0)
		view_empty(view, area, "connecting");
}
