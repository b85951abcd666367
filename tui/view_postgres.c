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

#define ROOMY 14 /* rows from which on texts are written out */

static bool is_said(const char *text)
{
	return text != NULL && text[0] != '\0';
}

void view_postgres_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish)
{
	const struct frame_postgres *postgres = &frame->postgres;
	int gauges = (int)(postgres->gauge_count < 20 ? postgres->gauge_count : 20);
	int lines = (postgres->refused > 0) + is_said(postgres->blocker) + is_said(postgres->note);

	(void)ui;
	*wish = (struct layout_wish){
		.present = frame->has_postgres,
		.least = 2,
		.wanted = 3 + gauges + lines,
		.rank = postgres->alarm || postgres->refused > 0 ? 74 : 48,
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
		show_age(show_whole(postgres->longest_transaction_s * 1e9), text, sizeof(text));
		if (x + 11 + canvas_text_width(area->canvas, text) <= area->w)
			view_pair(area, x, y, "longest tx", style_of(ROLE_TEXT), text);
	}
}

/* Of a pgbouncer: who waits in front of it, and what it holds behind. */
static void draw_pools(const struct area *area, int y, const struct frame_postgres *postgres)
{
	char text[SHOW_MAX];
	int x = 0;

	x = draw_figure(area, x, y, "waiting", postgres->cl_waiting,
			postgres->cl_waiting > 0 ? ROLE_BAD : ROLE_TEXT);
	if (postgres->maxwait_s > 0) {
		show_age(show_whole(postgres->maxwait_s * 1e9), text, sizeof(text));
		if (x + 9 + canvas_text_width(area->canvas, text) <= area->w)
			x += view_pair(area, x, y, "longest", style_of(ROLE_WARN), text) + 2;
	}
	x = draw_figure(area, x, y, "servers in use", postgres->sv_active, ROLE_TEXT);
	draw_figure(area, x, y, "idle", postgres->sv_idle, ROLE_TEXT);
}

/* What there is room for in a tall pane only. */
static void draw_more(const struct area *area, int y, const struct frame_postgres *postgres)
{
	int x = 0;

	x = draw_figure(area, x, y, "average active", postgres->aas, ROLE_TEXT);
	x = draw_figure(area, x, y, "latches", postgres->lwlock,
			postgres->lwlock > 0 ? ROLE_WARN : ROLE_TEXT);
	x = draw_figure(area, x, y, "I/O", postgres->io, ROLE_TEXT);
	x = draw_figure(area, x, y, "aborted", postgres->aborted,
			postgres->aborted > 0 ? ROLE_WARN : ROLE_TEXT);
	draw_figure(area, x, y, "deadlocks", postgres->deadlocks,
		    postgres->deadlocks > 0 ? ROLE_BAD : ROLE_TEXT);
}

static void draw_store(const struct area *area, int y, const struct frame_postgres *postgres)
{
	char text[SHOW_MAX];
	int x = 0;

	if (postgres->longest_query_s >= 0) {
		show_age(show_whole(postgres->longest_query_s * 1e9), text, sizeof(text));
		x += view_pair(area, x, y, "longest query", style_of(ROLE_TEXT), text) + 2;
	}
	x = draw_figure(area, x, y, "cache hits %", postgres->cache_hit_pct,
			postgres->cache_hit_pct < 90 ? ROLE_WARN : ROLE_TEXT);
	x = draw_figure(area, x, y, "temp B/s", postgres->temp_bps,
			postgres->temp_bps > 0 ? ROLE_WARN : ROLE_TEXT);
	draw_figure(area, x, y, "connect ms", postgres->connect_ms, ROLE_TEXT);
}

/* A table of who holds the connections, as far as it fits. */
static int draw_groups(const struct view *view, const struct area *area, int y)
{
	static const char head[] =
		"CLIENTS ACTIVE  IDLE IN-TX  OLDEST  DATABASE, USER, APPLICATION";
	const struct frame_postgres *postgres = &view->frame->postgres;
	char text[SHOW_MAX];

	if (postgres->group_count == 0 || area->h - y < 2)
		return y;
	area_text_cut(area, 0, y++, area->w, style_of(ROLE_DIM), head, view->glyphs->ellipsis);
	for (size_t i = 0; i < postgres->group_count && y < area->h; i++, y++) {
		const struct frame_client_group *group = &postgres->groups[i];
		const double counts[] = { group->active, group->idle, group->idle_in_transaction };
		static const int ends[] = { 14, 20, 26 };
		char who[200];

		area_text_right(area, 7, y, style_of(ROLE_STRONG),
				show_value(group->count, text, sizeof(text)));
		for (size_t k = 0; k < 3; k++)
			if (counts[k] >= 0)
				area_text_right(area, ends[k], y, style_of(ROLE_TEXT),
						show_value(counts[k], text, sizeof(text)));
		if (group->transaction_s >= 0) {
			show_age(show_whole(group->transaction_s * 1e9), text, sizeof(text));
			area_text_right(area, 34, y, style_of(ROLE_TEXT), text);
		}
		snprintf(who, sizeof(who), "%s, %s%s%s", group->database, group->user,
			 group->application[0] != '\0' ? ", " : "", group->application);
		area_text_cut(area, 36, y, area->w - 36, style_of(ROLE_TEXT), who,
			      view->glyphs->ellipsis);
	}
	return y;
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
	if (is_said(gauge->problem)) {
		area_text_cut(area, x, y, area->w - x, style_of(ROLE_WARN), gauge->problem,
			      view->glyphs->ellipsis);
		return;
	}
	x += area_text(area, x, y, style_of(gauge->alarm ? ROLE_BAD : ROLE_STRONG),
		       show_value(gauge->value, text, sizeof(text)));
	if (gauge->has_limit)
		area_textf(area, x + 1, y, style_of(ROLE_DIM), "limit %s",
			   show_value(gauge->limit, limit, sizeof(limit)));
}

/* A line that must be seen, with its sign; cut in a pane among others. */
static int draw_remark(const struct view *view, const struct area *area, int y, enum role role,
		       const char *text)
{
	struct area beside = area_sub(area, 2, 0, area->w - 2, area->h);
	int lines;

	if (y >= area->h || !is_said(text))
		return y;
	if (role != ROLE_DIM)
		area_put(area, 0, y, style_of(role),
			 role == ROLE_BAD ? view->glyphs->bad : view->glyphs->warn);
	if (area->h < ROOMY) {
		area_text_cut(&beside, 0, y, beside.w, style_of(role), text,
			      view->glyphs->ellipsis);
		return y + 1;
	}
	lines = view_wrap(role != ROLE_DIM ? &beside : area, y, style_of(role), text);
	return y + lines;
}

static int draw_refused(const struct view *view, const struct area *area, int y)
{
	char text[100];
	char count[SHOW_MAX];

	if (view->frame->postgres.refused <= 0 || y >= area->h)
		return y;
	snprintf(text, sizeof(text), "%s new connections refused (53300)",
		 show_value(view->frame->postgres.refused, count, sizeof(count)));
	area_put(area, 0, y, style_of(ROLE_BAD), view->glyphs->bad);
	area_text_cut(area, 2, y, area->w - 2, style_of(ROLE_BAD), text, view->glyphs->ellipsis);
	return y + 1;
}

static void draw_connected(const struct view *view, const struct area *area, int y)
{
	const struct frame_postgres *postgres = &view->frame->postgres;
	bool pools = postgres->cl_waiting >= 0;

	draw_connections(view, area, y++);
	y = draw_refused(view, area, y);
	y = draw_remark(view, area, y, ROLE_BAD, postgres->blocker);
	if (y < area->h && pools)
		draw_pools(area, y++, postgres);
	if (y < area->h && !pools)
		draw_states(area, y++, postgres);
	if (y < area->h && !pools)
		draw_work(area, y++, postgres);
	for (size_t i = 0; i < postgres->gauge_count && y < area->h; i++)
		draw_own_gauge(view, area, y++, &postgres->gauges[i]);
	y = draw_remark(view, area, y, ROLE_WARN, postgres->note);
	if (y < area->h) {
		area_text(area, 0, y, style_of(ROLE_DIM), "clients");
		plot_spark(area, 8, y++, area->w - 8, style_of(ROLE_CONNECTIONS), view->glyphs,
			   postgres->history, postgres->history_count, scale_end(postgres));
	}
	if (y < area->h && postgres->aas >= 0)
		draw_more(area, y++, postgres);
	if (y < area->h && postgres->longest_query_s >= 0)
		draw_store(area, y++, postgres);
	y = draw_remark(view, area, y, ROLE_DIM, postgres->ceiling_note);
	draw_groups(view, area, y + 1 < area->h ? y + 1 : y);
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
	else if (y > 0)
		draw_refused(view, area, y);
	else if (y == 0)
		view_empty(view, area, "connecting");
}
