/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <math.h>
#include <stdio.h>

#include "base/units.h"
#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/show.h"
#include "tui/table.h"
#include "tui/ui.h"

/* A row for every load that was held for a while, in the order driven: the table of a stepped test,
 * filled by stepping the slider. */

enum column { AT, LOAD, HELD, REQUESTS, RPS, FAIL_PCT, P50, P95, P99, CPU, CONNECTIONS, COLUMNS };

/* clang-format off */
static const struct table_column columns[COLUMNS] = {
	[AT]          = { "AT",     5, true, 10, false },
	[LOAD]        = { "USERS",  6, true,  0, false },
	[HELD]        = { "HELD",   5, true,  8, false },
	[REQUESTS]    = { "REQS",   7, true,  9, false },
	[RPS]         = { "REQ/S",  6, true,  0, false },
	[FAIL_PCT]    = { "FAIL%",  5, true,  2, false },
	[P50]         = { "P50",    5, true,  3, false },
	[P95]         = { "P95",    5, true,  4, false },
	[P99]         = { "P99",    5, true,  0, false },
	[CPU]         = { "CPU%",   4, true,  5, false },
	[CONNECTIONS] = { "CONN",   4, true,  6, false },
};
/* clang-format on */

#define SIGN_W     2
#define WIDEST_GAP 4

void view_levels_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish)
{
	int rows = (int)(frame->level_count < 8 ? frame->level_count : 8);

	(void)ui;
	*wish = (struct layout_wish){
		.present = true,
		.least = 3,
		.wanted = (rows > 2 ? rows : 2) + 1,
		.rank = rows > 1 ? 66 : 25,
	};
}

static void known(double value, char *dst, size_t size)
{
	if (value < 0)
		snprintf(dst, size, "–");
	else
		snprintf(dst, size, "%.0f", value);
}

static void time_text(uint64_t us, char *dst, size_t size)
{
	if (us == 0)
		snprintf(dst, size, "–");
	else
		show_ms(us, dst, size);
}

static void cell_text(const struct frame_level *level, enum column column, char *dst, size_t size)
{
	switch (column) {
	case AT:
		units_format_clock(level->from_ns, dst, size);
		break;
	case LOAD:
		show_value(level->load, dst, size);
		break;
	case HELD:
		if (level->seconds < 120)
			snprintf(dst, size, "%.0fs", level->seconds);
		else
			snprintf(dst, size, "%.0fm", level->seconds / 60);
		break;
	case REQUESTS:
		show_count(level->requests, columns[REQUESTS].width, dst, size);
		break;
	case RPS:
		show_rate(level->rps, dst, size);
		break;
	case FAIL_PCT:
		snprintf(dst, size, "%.1f",
			 level->requests > 0
				 ? 100.0 * (double)level->failures / (double)level->requests
				 : 0.0);
		break;
	case P50:
		time_text(level->p50_us, dst, size);
		break;
	case P95:
		time_text(level->p95_us, dst, size);
		break;
	case P99:
		time_text(level->p99_us, dst, size);
		break;
	case CPU:
		known(level->cpu_pct, dst, size);
		break;
	case CONNECTIONS:
		known(level->connections, dst, size);
		break;
	case COLUMNS:
		break;
	}
}

static enum role cell_role(const struct frame_level *level, enum column column)
{
	switch (column) {
	case LOAD:
		return level->now ? ROLE_ACCENT : ROLE_STRONG;
	case RPS:
		return ROLE_STRONG;
	case FAIL_PCT:
		return level->failures > 0 ? ROLE_BAD : ROLE_DIM;
	case P50:
	case P95:
	case P99:
		return level->beyond_knee ? ROLE_WARN : ROLE_TEXT;
	case CPU:
	case CONNECTIONS:
		return ROLE_TEXT;
	case AT:
	case HELD:
	case REQUESTS:
	case COLUMNS:
		break;
	}
	return ROLE_DIM;
}

static void draw_row(const struct view *view, const struct area *area, int y,
		     const struct table_place *places, const struct frame_level *level)
{
	struct area cells = area_sub(area, SIGN_W, 0, area->w - SIGN_W, area->h);
	char text[SHOW_MAX];

	if (level->knee)
		area_put(area, 0, y, style_of(ROLE_WARN), view->glyphs->warn);
	else if (level->now)
		area_put(area, 0, y, style_of(ROLE_ACCENT), view->glyphs->finding);
	for (int i = 0; i < COLUMNS; i++) {
		cell_text(level, (enum column)i, text, sizeof(text));
		table_cell(&cells, y, &columns[i], &places[i],
			   style_of(cell_role(level, (enum column)i)), text, view->glyphs);
	}
}

static void draw_remark(const struct view *view)
{
	const struct frame *frame = view->frame;
	char load[SHOW_MAX];
	char text[SHOW_MAX + 32];

	if (!frame->knee.found)
		return;
	snprintf(text, sizeof(text), "%s knee at %s %s", view->glyphs->ascii ? "!" : "▲",
		 show_value(round(frame->knee.load), load, sizeof(load)),
		 frame->open ? "req/s" : "users");
	view_box_remark(view, &view->box, style_of(ROLE_WARN), text);
}

/* With room below the rows, the knee is said in full. */
static int sentence_rows(const struct view *view, const struct area *area)
{
	int lines = view_wrap_lines(area->canvas, area->w, view->frame->knee.text);

	return lines > 0 && (int)view->frame->level_count + 2 + lines <= area->h ? lines + 1 : 0;
}

static void draw_head(const struct view *view, const struct area *area, struct table_place *places)
{
	struct table_column head[COLUMNS];
	struct area cells = area_sub(area, SIGN_W, 0, area->w - SIGN_W, area->h);
	int shown = 0;
	int used = 0;
	int gap;

	table_fit(columns, COLUMNS, cells.w, places);
	/* without a flexible column what is left over is shared between the columns */
	for (int i = 0; i < COLUMNS; i++) {
		head[i] = columns[i];
		if (places[i].width > 0) {
			shown++;
			used = places[i].x + places[i].width;
		}
	}
	gap = shown > 1 ? (cells.w - used) / (shown - 1) : 0;
	gap = gap > WIDEST_GAP ? WIDEST_GAP : gap;
	for (int i = 0, n = 0; i < COLUMNS && gap > 0; i++) {
		if (places[i].width > 0)
			places[i].x += gap * n++;
	}
	if (view->frame->open)
		head[LOAD].title = "RATE";
	table_head(&cells, head, places, COLUMNS, view->glyphs);
}

void view_levels_draw(const struct view *view, const struct area *area)
{
	const struct frame *frame = view->frame;
	struct table_place places[COLUMNS];
	int below;
	size_t rows;
	size_t top;

	if (frame->level_count == 0) {
		view_empty(view, area, "a row for every load that is held");
		return;
	}
	below = sentence_rows(view, area);
	rows = area->h - below > 1 ? (size_t)(area->h - below) - 1 : 0;
	top = view_scroll(view, frame->level_count, rows);
	if (!view->focused && frame->level_count > rows) /* nobody looks back: the newest */
		top = frame->level_count - rows;
	draw_head(view, area, places);
	draw_remark(view);
	for (size_t i = 0; i < rows && top + i < frame->level_count; i++) {
		draw_row(view, area, 1 + (int)i, places, &frame->levels[top + i]);
		view_list_row(view, area, 1 + (int)i, top + i);
	}
	if (below > 0)
		view_wrap(area, (int)frame->level_count + 2, style_of(ROLE_TEXT), frame->knee.text);
	table_thumb(&view->box, 2, rows, top, frame->level_count, style_of(ROLE_BORDER_FOCUS),
		    view->glyphs);
}
