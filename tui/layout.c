/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/layout.h"

#include <string.h>

/* Narrow (below 76 columns, a split tmux pane): one column. Medium (80 x 24): the endpoints over the
 * whole width, below them the chart beside the rest. Wide (from 110 columns): two columns. */

#define NARROW_BELOW 76
#define WIDE_FROM    110
#define FOCUS_RANK   1000

static int clamp(int v, int low, int high)
{
	return v < low ? low : v > high ? high : v;
}

struct column {
	enum pane panes[PANES];
	int heights[PANES]; /* content rows */
	int count;
};

static void column_add(struct column *column, const struct layout_request *request, enum pane pane)
{
	if (request->wishes[pane].present)
		column->panes[column->count++] = pane;
}

static int rank_of(const struct layout_request *request, enum pane pane)
{
	return request->wishes[pane].rank + (pane == request->focus ? FOCUS_RANK : 0);
}

/* Drop the pane of the lowest rank. */
static void column_drop(struct column *column, const struct layout_request *request)
{
	int worst = 0;

	for (int i = 1; i < column->count; i++) {
		if (rank_of(request, column->panes[i]) < rank_of(request, column->panes[worst]))
			worst = i;
	}
	column->count--;
	memmove(&column->panes[worst], &column->panes[worst + 1],
		(size_t)(column->count - worst) * sizeof(column->panes[0]));
}

static int column_least(const struct column *column, const struct layout_request *request)
{
	int sum = 0;

	for (int i = 0; i < column->count; i++)
		sum += request->wishes[column->panes[i]].least;
	return sum;
}

/* Take out what would stand where something more important wants to be. */
static void column_yield(struct column *column, const struct layout_request *request, int rows)
{
	for (int i = column->count - 1; i >= 0; i--) {
		const struct layout_wish *wish = &request->wishes[column->panes[i]];
		int wanted = wish->least;

		if (!wish->yields || column->panes[i] == request->focus)
			continue;
		for (int k = 0; k < column->count; k++) {
			const struct layout_wish *other = &request->wishes[column->panes[k]];

			if (k != i)
				wanted += other->rank > wish->rank ? other->wanted : other->least;
		}
		if (wanted + column->count + 1 <= rows)
			continue;
		column->count--;
		memmove(&column->panes[i], &column->panes[i + 1],
			(size_t)(column->count - i) * sizeof(column->panes[0]));
	}
}

/* Rows above the least go to the panes of the highest rank first, up to what they want. */
static int give_wanted(struct column *column, const struct layout_request *request, int spare)
{
	bool done[PANES] = { false };

	for (int turn = 0; turn < column->count && spare > 0; turn++) {
		int best = column->count;
		int more;

		for (int i = 0; i < column->count; i++) {
			if (!done[i] && (best == column->count ||
					 request->wishes[column->panes[i]].rank >
						 request->wishes[column->panes[best]].rank))
				best = i;
		}
		if (best == column->count)
			break;
		done[best] = true;
		more = clamp(request->wishes[column->panes[best]].wanted - column->heights[best], 0,
			     spare);
		column->heights[best] += more;
		spare -= more;
	}
	return spare;
}

static void give_rest(struct column *column, const struct layout_request *request, int spare)
{
	int weights = 0;
	int given = 0;

	for (int i = 0; i < column->count; i++)
		weights += request->wishes[column->panes[i]].weight;
	for (int i = 0; i < column->count && weights > 0; i++) {
		int share = spare * request->wishes[column->panes[i]].weight / weights;

		column->heights[i] += share;
		given += share;
	}
	for (int i = column->count - 1; i >= 0 && given < spare; i--) {
		if (weights == 0 || request->wishes[column->panes[i]].weight > 0) {
			column->heights[i] += spare - given;
			given = spare;
		}
	}
}

/* Stack the column's panes in the rectangle, sharing the lines between them. */
static void column_place(struct column *column, const struct layout_request *request,
			 struct rect rect, struct layout *out)
{
	int y = rect.y;
	int spare;

	column_yield(column, request, rect.h);
	while (column->count > 1 && column_least(column, request) + column->count + 1 > rect.h)
		column_drop(column, request);
	if (column->count == 0)
		return;
	spare = rect.h - column->count - 1;
	for (int i = 0; i < column->count; i++) {
		column->heights[i] = clamp(request->wishes[column->panes[i]].least, 0, spare);
		spare -= column->heights[i];
	}
	spare = give_wanted(column, request, spare);
	give_rest(column, request, spare);
	for (int i = 0; i < column->count; i++) {
		out->panes[column->panes[i]] =
			(struct rect){ rect.x, y, rect.w, column->heights[i] + 2 };
		y += column->heights[i] + 1;
	}
}

static void side_panes(struct column *column, const struct layout_request *request)
{
	column_add(column, request, PANE_CONTAINERS);
	column_add(column, request, PANE_POSTGRES);
	column_add(column, request, PANE_LEVELS);
	column_add(column, request, PANE_CRITERIA);
	column_add(column, request, PANE_FAILURES);
	column_add(column, request, PANE_EVENTS);
}

/* Two columns that share the line between them; `left_w` includes it. */
static void place_columns(struct column *left, struct column *right,
			  const struct layout_request *request, struct rect body, int left_w,
			  struct layout *out)
{
	if (left->count == 0 || right->count == 0) {
		column_place(left->count > 0 ? left : right, request, body, out);
		return;
	}
	column_place(left, request, (struct rect){ body.x, body.y, left_w, body.h }, out);
	column_place(right, request,
		     (struct rect){ body.x + left_w - 1, body.y, body.w - left_w + 1, body.h },
		     out);
}

static void place_wide(const struct layout_request *request, struct layout *out)
{
	struct column left = { .count = 0 };
	struct column right = { .count = 0 };
	int right_w = clamp(out->body.w * 36 / 100, 42, 76);

	column_add(&left, request, PANE_ENDPOINTS);
	column_add(&left, request, PANE_CHART);
	column_add(&left, request, PANE_HEAT);
	column_add(&left, request, PANE_LOG);
	side_panes(&right, request);
	place_columns(&left, &right, request, out->body, out->body.w - right_w + 1, out);
}

static void place_medium(const struct layout_request *request, struct layout *out)
{
	const struct layout_wish *endpoints = &request->wishes[PANE_ENDPOINTS];
	struct column left = { .count = 0 };
	struct column right = { .count = 0 };
	struct rect below = out->body;

	column_add(&left, request, PANE_CHART);
	column_add(&left, request, PANE_HEAT);
	column_add(&left, request, PANE_LOG);
	side_panes(&right, request);
	if (endpoints->present) {
		bool alone = left.count + right.count == 0;
		int most = alone ? below.h - 2 : below.h * 2 / 5;
		int h = alone ? below.h : clamp(endpoints->wanted, endpoints->least, most) + 2;

		out->panes[PANE_ENDPOINTS] = (struct rect){ below.x, below.y, below.w, h };
		below.y += h - 1;
		below.h -= h - 1;
	}
	place_columns(&left, &right, request, below, below.w * 56 / 100, out);
}

static void place_narrow(const struct layout_request *request, struct layout *out)
{
	struct column column = { .count = 0 };

	column_add(&column, request, PANE_ENDPOINTS);
	column_add(&column, request, PANE_CHART);
	column_add(&column, request, PANE_HEAT);
	column_add(&column, request, PANE_LOG);
	side_panes(&column, request);
	column_place(&column, request, out->body, out);
}

/* The rows above the body: header, sliders with the vital figures beside (or below) them. */
static void place_top(const struct layout_request *request, struct layout *out)
{
	int budget = request->rows < 30 ? 2 : request->rows < 36 ? 4 : request->rows < 45 ? 6 : 8;
	int rows = clamp(request->sliders, 2, budget);
	int y = out->kind == LAYOUT_NARROW ? 2 : 1;

	out->header = (struct rect){ 0, 0, request->cols, y };
	if (out->kind == LAYOUT_NARROW) {
		out->sliders = (struct rect){ 0, y, request->cols, rows };
		out->vitals = (struct rect){ 0, y + rows, request->cols, 2 };
		out->body.y = y + rows + 2;
	} else {
		int w = out->kind == LAYOUT_WIDE ? request->cols * 46 / 100
						 : request->cols * 48 / 100;

		out->sliders = (struct rect){ 0, y, w, rows };
		out->vitals = (struct rect){ w + 3, y, request->cols - w - 3, rows };
		out->body.y = y + rows;
	}
}

void layout_compute(const struct layout_request *request, struct layout *out)
{
	int bottom = request->rows - 1;

	memset(out, 0, sizeof(*out));
	if (request->cols < LAYOUT_COLS_MIN || request->rows < LAYOUT_ROWS_MIN) {
		out->too_small = true;
		return;
	}
	out->kind = request->cols < NARROW_BELOW ? LAYOUT_NARROW
		    : request->cols < WIDE_FROM  ? LAYOUT_MEDIUM
						 : LAYOUT_WIDE;
	out->keys = (struct rect){ 0, bottom, request->cols, 1 };
	if (request->notice) {
		bottom--;
		out->notice = (struct rect){ 0, bottom, request->cols, 1 };
	}
	place_top(request, out);
	out->body.w = request->cols;
	out->body.h = bottom - out->body.y;
	if (request->maximised >= 0) {
		out->panes[request->maximised] = out->body;
		return;
	}
	switch (out->kind) {
	case LAYOUT_NARROW:
		place_narrow(request, out);
		break;
	case LAYOUT_MEDIUM:
		place_medium(request, out);
		break;
	case LAYOUT_WIDE:
		place_wide(request, out);
		break;
	}
}
