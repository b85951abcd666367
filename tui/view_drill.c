/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/show.h"
#include "tui/table.h"
#include "tui/ui.h"

/* Everything about one endpoint: counts and sizes, how its times are spread, what it answered, what
 * failed, and all that over time. The parts are drawn on a sheet as high as they need and shown
 * through the window that the screen leaves, which PgUp and PgDn move. */

#define WIDE_FROM     70 /* two parts side by side */
#define SPREAD_LEAST  6
#define SPREAD_MOST   22
#define ANSWERS_LEAST 3
#define TIME_LEAST    5
#define STATUS_W      34

struct sheet { /* rows of the parts */
	bool wide;
	int counts, spread, answers, time, total;
	int gap; /* blank rows between them */
};

/* ---- counts ---- */

struct count {
	const char *label;
	char value[2 * SHOW_MAX];
	enum role role;
};

#define COUNTS_MAX 12

static struct count *add_count(struct count *counts, size_t *n, const char *label)
{
	struct count *count = &counts[(*n)++];

	*count = (struct count){ .label = label, .role = ROLE_STRONG };
	return count;
}

static void sizes_text(const struct frame_detail *detail, char *dst, size_t size)
{
	char least[SHOW_MAX];
	char mean[SHOW_MAX];
	char most[SHOW_MAX];

	double bytes = detail->size_mean_bytes;

	snprintf(dst, size, "%s (%s to %s)",
		 units_format_bytes(bytes > 0 && bytes < 1e18 ? (uint64_t)bytes : 0, mean,
				    sizeof(mean)),
		 units_format_bytes(detail->size_min_bytes, least, sizeof(least)),
		 units_format_bytes(detail->size_max_bytes, most, sizeof(most)));
}

static size_t fill_counts(const struct view *view, const struct frame_row *row,
			  struct count *counts)
{
	const struct frame_detail *detail = &view->frame->detail;
	struct count *count;
	size_t n = 0;

	show_count(row->requests, 20, add_count(counts, &n, "requests")->value, SHOW_MAX);
	count = add_count(counts, &n, "failures");
	show_count(row->failures, 20, count->value, SHOW_MAX);
	if (row->failures > 0) {
		count->role = ROLE_BAD;
		count = add_count(counts, &n, "failed");
		count->role = ROLE_BAD;
		snprintf(count->value, SHOW_MAX, "%.2f %%",
			 row->requests > 0 ? 100.0 * (double)row->failures / (double)row->requests
					   : 0.0);
	}
	if (row->aborted > 0)
		show_count(row->aborted, 20, add_count(counts, &n, "aborted")->value, SHOW_MAX);
	show_rate(row->rps, add_count(counts, &n, "req/s")->value, SHOW_MAX);
	show_rate(row->rps_total, add_count(counts, &n, "whole run")->value, SHOW_MAX);
	show_count(row->in_flight, 20, add_count(counts, &n, "in flight")->value, SHOW_MAX);
	if (row->in_flight > 0)
		show_age(row->oldest_age_ns, add_count(counts, &n, "oldest")->value, SHOW_MAX);
	units_format_bytes(row->bytes_in, add_count(counts, &n, "received")->value, SHOW_MAX);
	if (detail->present && detail->row == row && detail->answers > 0)
		sizes_text(detail, add_count(counts, &n, "bodies")->value, 2 * SHOW_MAX);
	return n;
}

/* Label and value, one after the other; returns the rows that takes. With area->canvas NULL nothing
 * is drawn. */
static int draw_counts(const struct canvas *canvas, const struct area *area,
		       const struct count *counts, size_t n)
{
	int x = 0;
	int y = 0;

	for (size_t i = 0; i < n; i++) {
		int width = canvas_text_width(canvas, counts[i].label) + 1 +
			    canvas_text_width(canvas, counts[i].value);

		if (x > 0 && x + width > area->w) {
			x = 0;
			y++;
		}
		if (area->canvas != NULL)
			view_pair(area, x, y, counts[i].label, style_of(counts[i].role),
				  counts[i].value);
		x += width + 3;
	}
	return y + 1;
}

/* ---- answers ---- */

static const char *reason(uint16_t status)
{
	static const struct {
		uint16_t status;
		const char *text;
	} reasons[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 301, "Moved" },
		{ 302, "Found" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Not Allowed" },
		{ 409, "Conflict" },
		{ 422, "Unprocessable" },
		{ 429, "Too Many" },
		{ 500, "Server Error" },
		{ 502, "Bad Gateway" },
		{ 503, "Unavailable" },
		{ 504, "Gateway Timeout" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].text;
	}
	return "";
}

static void draw_status(const struct view *view, const struct area *area, int y,
			const struct frame_status *status, uint64_t total)
{
	enum role role = status->failed > 0 ? ROLE_BAD : ROLE_GOOD;
	char text[SHOW_MAX];

	area_put(area, 0, y, style_of(role),
		 status->failed > 0 ? view->glyphs->bad : view->glyphs->good);
	if (status->status == 0)
		snprintf(text, sizeof(text), "no answer");
	else if (status->status == FRAME_STATUS_OTHER)
		snprintf(text, sizeof(text), "others");
	else
		snprintf(text, sizeof(text), "%u %s", status->status, reason(status->status));
	area_text_cut(area, 2, y, area->w - 18, style_of(ROLE_TEXT), text, view->glyphs->ellipsis);
	area_text_right(area, area->w - 8, y, style_of(role == ROLE_BAD ? role : ROLE_STRONG),
			show_count(status->count, 8, text, sizeof(text)));
	snprintf(text, sizeof(text), "%.1f %%",
		 total > 0 ? 100.0 * (double)status->count / (double)total : 0.0);
	area_text_right(area, area->w, y, style_of(ROLE_DIM), text);
}

static void draw_statuses(const struct view *view, const struct area *area)
{
	const struct frame_detail *detail = &view->frame->detail;
	uint64_t total = 0;

	area_text(area, 0, 0, style_of(ROLE_HEADING), "answers");
	for (size_t i = 0; i < detail->status_count; i++)
		total += detail->statuses[i].count;
	for (size_t i = 0; i < detail->status_count && (int)i + 1 < area->h; i++)
		draw_status(view, area, (int)i + 1, &detail->statuses[i], total);
	if (detail->status_count == 0 && area->h > 1)
		area_text(area, 0, 1, style_of(ROLE_DIM), "none yet");
}

static void draw_failure(const struct view *view, const struct area *area, int y,
			 const struct frame_failure *failure)
{
	struct view_trend trend = view_failure_trend(view->frame, failure);
	char count[SHOW_MAX];
	char first[SHOW_MAX];
	char last[SHOW_MAX];
	char when[3 * SHOW_MAX];
	int end = area->w;

	area_put(area, 0, y, style_of(ROLE_BAD), view->glyphs->bad);
	area_text_right(area, 9, y, style_of(ROLE_BAD),
			show_count(failure->count, 7, count, sizeof(count)));
	snprintf(when, sizeof(when), "%s–%s %-7s",
		 units_format_clock(failure->first_ns, first, sizeof(first)),
		 units_format_clock(failure->last_ns, last, sizeof(last)), trend.word);
	if (area->w >= 50)
		end = area_text_right(area, area->w, y, style_of(trend.role), when) - 1;
	area_text_cut(area, 10, y, end - 10, style_of(ROLE_TEXT), failure->text,
		      view->glyphs->ellipsis);
}

static void draw_failures(const struct view *view, const struct area *area)
{
	const struct frame_detail *detail = &view->frame->detail;

	area_text(area, 0, 0, style_of(ROLE_HEADING), "failures");
	for (size_t i = 0; i < detail->failure_count && (int)i + 1 < area->h; i++)
		draw_failure(view, area, (int)i + 1, &detail->failures[i]);
	if (detail->failure_count == 0 && area->h > 1) {
		area_put(area, 0, 1, style_of(ROLE_GOOD), view->glyphs->good);
		area_text(area, 2, 1, style_of(ROLE_DIM), "none");
	}
}

/* ---- the sheet ---- */

static int clamp(int v, int low, int high)
{
	return v < low ? low : v > high ? high : v;
}

/* What the parts get of the room there is; more than that when it is too little for them. */
static struct sheet plan_sheet(const struct frame_detail *detail, int w, int h, int counts)
{
	size_t listed = detail->status_count > detail->failure_count ? detail->status_count
								     : detail->failure_count;
	struct sheet sheet = { .wide = w >= WIDE_FROM, .counts = counts };
	int spare;

	if (!sheet.wide) {
		sheet.gap = 1;
		sheet.spread = SPREAD_LEAST + 2;
		sheet.answers = clamp((int)detail->status_count, 1, 5) + 1 +
				clamp((int)detail->failure_count, 1, 5) + 2;
		sheet.time = 11;
		sheet.total = counts + 2 * sheet.spread + sheet.answers + sheet.time + 4;
		return sheet;
	}
	sheet.spread = SPREAD_LEAST;
	sheet.answers = clamp((int)listed + 1, ANSWERS_LEAST, h / 4 > 3 ? h / 4 : 3);
	sheet.time = TIME_LEAST;
	spare = h - counts - sheet.spread - sheet.answers - sheet.time;
	sheet.gap = spare >= 3 ? 1 : 0;
	spare -= 3 * sheet.gap;
	if (spare > 0) {
		int more = clamp(spare / 2, 0, SPREAD_MOST - SPREAD_LEAST);

		sheet.spread += more;
		sheet.time += spare - more;
	}
	sheet.total = counts + sheet.spread + sheet.answers + sheet.time + 3 * sheet.gap;
	return sheet;
}

static void draw_wide(const struct view *view, const struct area *area, const struct sheet *sheet)
{
	int y = sheet->counts + sheet->gap;
	int w = (area->w - 3) / 2;
	struct area part = area_sub(area, 0, y, w, sheet->spread);

	view_histogram_draw(view, &part);
	part = area_sub(area, area->w - w, y, w, sheet->spread);
	view_percentiles_draw(view, &part);
	y += sheet->spread + sheet->gap;
	part = area_sub(area, 0, y, STATUS_W, sheet->answers);
	draw_statuses(view, &part);
	part = area_sub(area, STATUS_W + 3, y, area->w - STATUS_W - 3, sheet->answers);
	draw_failures(view, &part);
	y += sheet->answers + sheet->gap;
	part = area_sub(area, 0, y, area->w, sheet->time);
	view_chart_detail_draw(view, &part);
}

static void draw_narrow(const struct view *view, const struct area *area, const struct sheet *sheet)
{
	const struct frame_detail *detail = &view->frame->detail;
	int statuses = clamp((int)detail->status_count, 1, 5) + 1;
	int y = sheet->counts + 1;
	struct area part = area_sub(area, 0, y, area->w, sheet->spread);

	view_histogram_draw(view, &part);
	y += sheet->spread + 1;
	part = area_sub(area, 0, y, area->w, sheet->spread);
	view_percentiles_draw(view, &part);
	y += sheet->spread + 1;
	part = area_sub(area, 0, y, area->w, statuses);
	draw_statuses(view, &part);
	part = area_sub(area, 0, y + statuses + 1, area->w, sheet->answers - statuses - 1);
	draw_failures(view, &part);
	y += sheet->answers + 1;
	part = area_sub(area, 0, y, area->w, sheet->time);
	view_chart_detail_draw(view, &part);
}

/* The rows of the sheet that are seen, cell by cell. */
static void show_part(const struct canvas *sheet, const struct area *inside, size_t top)
{
	for (int y = 0; y < inside->h && (int)top + y < sheet->rows; y++) {
		for (int x = 0; x < inside->w && x < sheet->cols; x++)
			inside->canvas
				->cells[(size_t)(inside->y + y) * (size_t)inside->canvas->cols +
					(size_t)(inside->x + x)] =
				*canvas_cell(sheet, x, (int)top + y);
	}
}

static void draw_sheet(const struct view *view, const struct area *inside,
		       const struct frame_row *row)
{
	struct count counts[COUNTS_MAX];
	size_t n = fill_counts(view, row, counts);
	struct area nowhere = { .w = inside->w };
	struct sheet sheet = plan_sheet(&view->frame->detail, inside->w, inside->h,
					draw_counts(inside->canvas, &nowhere, counts, n));
	size_t rows = (size_t)inside->h;
	size_t most = (size_t)sheet.total > rows ? (size_t)sheet.total - rows : 0;
	size_t top = view->ui->page_top < most ? view->ui->page_top : most;
	struct canvas canvas;
	struct area area;

	canvas_init(&canvas, inside->canvas->ascii);
	canvas_resize(&canvas, inside->w, sheet.total);
	area = canvas_area(&canvas);
	draw_counts(&canvas, &area, counts, n);
	if (sheet.wide)
		draw_wide(view, &area, &sheet);
	else
		draw_narrow(view, &area, &sheet);
	show_part(&canvas, inside, top);
	canvas_fini(&canvas);
	view->info->page_top = top;
	view->info->page_rows = rows;
	view->info->page_count = (size_t)sheet.total;
	table_thumb(&view->box, 1, rows, top, (size_t)sheet.total, style_of(ROLE_BORDER_FOCUS),
		    view->glyphs);
}

/* Before the recorder knows that it is looked at: what the table knows as well. */
static void draw_waiting(const struct view *view, const struct area *inside,
			 const struct frame_row *row)
{
	struct count counts[COUNTS_MAX];
	size_t n = fill_counts(view, row, counts);

	draw_counts(inside->canvas, inside, counts, n);
	view_empty(view, inside, "gathering its details");
}

void view_drill_draw(const struct view *view, const struct area *area)
{
	const struct frame_row *row = ui_selected_row(view->ui, view->frame);
	const struct frame_detail *detail = &view->frame->detail;
	struct view drill = *view;
	struct area inside;
	char title[600];

	drill.focused = true;
	drill.pane = PANE_ENDPOINTS;
	drill.box = *area;
	if (row == NULL) {
		inside = view_box(&drill, area, "endpoint");
		view_empty(&drill, &inside, "this endpoint is gone");
		return;
	}
	snprintf(title, sizeof(title), "%s%s%s", row->method, row->method[0] != '\0' ? " " : "",
		 row->method[0] != '\0' ? row->name : "all endpoints");
	inside = view_box(&drill, area, title);
	if (inside.w < 10 || inside.h < 1)
		return;
	if (detail->present && detail->row == row)
		draw_sheet(&drill, &inside, row);
	else
		draw_waiting(&drill, &inside, row);
}
