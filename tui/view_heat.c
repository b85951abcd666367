/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"
#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/plot.h"
#include "tui/show.h"
#include "tui/ui.h"

/* The heat map of response times: every request is in it, so a second population ("most take 5 ms,
 * some 2 s"), which percentiles hide, is a second band. Time runs as in the charts, the times stand
 * on a logarithmic axis; a cell's shade is the logarithm of how many requests fell into it, told by
 * glyph as well as by colour. */

#define AXIS_W 7
#define SHADES 5

struct heat {
	const struct view *view;
	const struct frame_heat *map;
	uint64_t from_ns, to_ns;
	struct area field;
	double *cells; /* field.w * field.h, column by column, from the fastest; mean counts */
	double max;
};

void view_heat_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish)
{
	(void)frame;
	(void)ui;
	*wish = (struct layout_wish){
		.present = true,
		.least = 7,
		.yields = true, /* or it takes the charts their lanes */
		.wanted = 8,
		.weight = 1,
		.rank = 40,
	};
}

static const struct frame_heat *choose_map(const struct frame *frame, uint64_t from_ns)
{
	const struct frame_heat *recent = &frame->heat_recent;

	if (frame->heat_whole.columns > 0 &&
	    (recent->columns == 0 || from_ns + recent->step_ns < recent->start_ns))
		return &frame->heat_whole;
	return recent;
}

/* The map's columns that belong to a column of the field; false: none. */
static bool columns_of(const struct heat *heat, int x, size_t *first, size_t *end)
{
	const struct frame_heat *map = heat->map;
	double column = ((double)heat->to_ns - (double)heat->from_ns) / heat->field.w;
	double step = (double)map->step_ns;
	double begin = (double)heat->from_ns + column * x - (double)map->start_ns;
	double last;

	if (column < step) { /* finer than the map: the one it lies in */
		begin = floor((begin + column / 2) / step);
		last = begin + 1;
	} else { /* those that begin in it: as many each time, or it would flicker */
		last = ceil((begin + column) / step - 1e-9);
		begin = ceil(begin / step - 1e-9);
	}
	if (!(begin < (double)map->columns) || !(last > 0) || last <= begin)
		return false;
	*first = begin < 0 ? 0 : (size_t)begin;
	*end = last > (double)map->columns ? map->columns : (size_t)last;
	return true;
}

/* Rows of the map that fall into row y of the field, 0 being the fastest. */
static void rows_of(const struct heat *heat, int y, size_t *first, size_t *end)
{
	size_t rows = heat->map->rows;
	size_t h = (size_t)heat->field.h;

	*first = (size_t)y * rows / h;
	*end = ((size_t)y + 1) * rows / h;
	if (*end <= *first)
		*end = *first + 1;
}

static double mean_count(const struct heat *heat, size_t column, size_t end_column, size_t row,
			 size_t end_row)
{
	double sum = 0;

	for (size_t c = column; c < end_column; c++) {
		for (size_t r = row; r < end_row; r++)
			sum += heat->map->counts[c * heat->map->rows + r];
	}
	return sum / (double)(end_column - column);
}

static void fill_cells(struct heat *heat)
{
	size_t h = (size_t)heat->field.h;

	heat->cells = mem_array((size_t)heat->field.w * h + 1, sizeof(*heat->cells));
	for (int x = 0; x < heat->field.w; x++) {
		size_t column;
		size_t end_column;

		if (!columns_of(heat, x, &column, &end_column))
			continue;
		for (int y = 0; y < heat->field.h; y++) {
			double *cell = &heat->cells[(size_t)x * h + (size_t)y];
			size_t row;
			size_t end_row;

			rows_of(heat, y, &row, &end_row);
			*cell = mean_count(heat, column, end_column, row, end_row);
			heat->max = *cell > heat->max ? *cell : heat->max;
		}
	}
	/* in steps, so that one full cell does not change the shade of all others */
	heat->max = plot_nice(heat->max);
}

static int shade_of(const struct heat *heat, double count)
{
	int shade = (int)(log1p(count) / log1p(heat->max) * SHADES);

	return shade >= SHADES ? SHADES - 1 : shade;
}

static void put_shade(const struct view *view, const struct area *area, int x, int y, int shade)
{
	area_put(area, x, y, style_of((enum role)(ROLE_HEAT_1 + shade)), view->glyphs->heat[shade]);
}

static void draw_field(const struct heat *heat)
{
	for (int x = 0; x < heat->field.w; x++) {
		for (int y = 0; y < heat->field.h; y++) {
			double count = heat->cells[(size_t)x * (size_t)heat->field.h + (size_t)y];

			if (count > 0)
				put_shade(heat->view, &heat->field, x, heat->field.h - 1 - y,
					  shade_of(heat, count));
		}
	}
}

/* The lower edges of the lowest, a middle and the topmost row. */
static void draw_scale(const struct heat *heat, const struct area *area)
{
	int h = heat->field.h;
	int step = h >= 9 ? (h - 1) / 4 : h >= 5 ? (h - 1) / 2 : h - 1;
	char text[SHOW_MAX];

	for (int y = 0; y<h; y += step> 0 ? step : 1) {
		size_t row;
		size_t end;

		rows_of(heat, y, &row, &end);
		units_format_latency(heat->map->edges_us[row], heat->view->glyphs->ascii, text,
				     sizeof(text));
		area_text_right(area, AXIS_W - 1, h - 1 - y, style_of(ROLE_DIM), text);
	}
}

/* "few ·░▒▓█ 420 a second" at the right end of the border. */
static void draw_legend(const struct heat *heat)
{
	const struct view *view = heat->view;
	const struct area *box = &view->box;
	char count[SHOW_MAX];
	char text[SHOW_MAX + 16];
	int width;
	int x;

	show_value(heat->max * 1e9 / (double)heat->map->step_ns, count, sizeof(count));
	snprintf(text, sizeof(text), " %s/s ", count);
	width = (int)sizeof("few ") + SHADES + canvas_text_width(box->canvas, text);
	x = box->w - 2 - width;
	if (x < 22)
		return;
	x += area_text(box, x, 0, style_of(ROLE_DIM), " few ");
	for (int shade = 0; shade < SHADES; shade++)
		put_shade(view, box, x++, 0, shade);
	area_text(box, x, 0, style_of(ROLE_DIM), text);
}

void view_heat_draw(const struct view *view, const struct area *area)
{
	struct heat heat = { .view = view };

	if (area->w < AXIS_W + 8 || area->h < 3)
		return;
	view_window(view, &heat.from_ns, &heat.to_ns);
	heat.map = choose_map(view->frame, heat.from_ns);
	if (heat.map->columns == 0 || heat.map->rows == 0 || heat.map->step_ns == 0 ||
	    heat.to_ns <= heat.from_ns) {
		view_empty(view, area, "no requests yet");
		return;
	}
	heat.field = area_sub(area, AXIS_W, 0, area->w - AXIS_W, area->h - 1);
	fill_cells(&heat);
	draw_field(&heat);
	draw_scale(&heat, area);
	draw_legend(&heat);
	free(heat.cells);
	heat.field.h++;
	view_time_axis(view, &heat.field, heat.from_ns, heat.to_ns);
}
