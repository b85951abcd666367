/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/table.h"

#include <assert.h>

#include "tui/glyphs.h"

static int width_of(const struct table_column *columns, const struct table_place *places,
		    size_t count, int gap)
{
	int sum = 0;

	for (size_t i = 0; i < count; i++) {
		if (places[i].width > 0)
			sum += columns[i].width + gap;
	}
	return sum - gap;
}

/* Take the column of the highest priority away; false when only those of priority 0 are left. */
static bool drop_one(const struct table_column *columns, struct table_place *places, size_t count)
{
	size_t worst = count;

	for (size_t i = 0; i < count; i++) {
		if (places[i].width > 0 && columns[i].priority > 0 &&
		    (worst == count || columns[i].priority > columns[worst].priority))
			worst = i;
	}
	if (worst == count)
		return false;
	places[worst].width = 0;
	return true;
}

void table_fit(const struct table_column *columns, size_t count, int width,
	       struct table_place *places)
{
	int gap = width < 100 ? 1 : 2;
	int spare;
	int x = 0;

	assert(count <= TABLE_COLUMNS_MAX);
	for (size_t i = 0; i < count; i++)
		places[i] = (struct table_place){ .width = columns[i].width };
	while (width_of(columns, places, count, gap) > width && drop_one(columns, places, count))
		;
	spare = width - width_of(columns, places, count, gap);
	for (size_t i = 0; i < count; i++) {
		if (places[i].width == 0)
			continue;
		if (columns[i].flexible)
			places[i].width += spare;
		places[i].x = x;
		if (places[i].width < 0)
			places[i].width = 0;
		x += places[i].width + gap;
	}
}

size_t table_scroll(size_t top, size_t selected, size_t rows, size_t count)
{
	if (rows == 0 || count <= rows)
		return 0;
	if (selected >= count)
		selected = count - 1;
	if (top > count - rows)
		top = count - rows;
	if (selected < top)
		return selected;
	if (selected >= top + rows)
		return selected - rows + 1;
	return top;
}

void table_cell(const struct area *area, int y, const struct table_column *column,
		const struct table_place *place, struct style style, const char *text,
		const struct glyphs *glyphs)
{
	int width;

	if (place->width <= 0)
		return;
	width = canvas_text_width(area->canvas, text);
	if (column->right && width < place->width)
		area_text(area, place->x + place->width - width, y, style, text);
	else
		area_text_cut(area, place->x, y, place->width, style, text, glyphs->ellipsis);
}

void table_head(const struct area *area, const struct table_column *columns,
		const struct table_place *places, size_t count, const struct glyphs *glyphs)
{
	for (size_t i = 0; i < count; i++)
		table_cell(area, 0, &columns[i], &places[i], style_of(ROLE_HEADING),
			   columns[i].title, glyphs);
}

void table_thumb(const struct area *box, int skip, size_t rows, size_t top, size_t count,
		 struct style style, const struct glyphs *glyphs)
{
	size_t size;
	size_t start;

	if (rows == 0 || count <= rows)
		return;
	size = rows * rows / count;
	if (size == 0)
		size = 1;
	start = top * (rows - size) / (count - rows);
	for (size_t i = 0; i < size; i++)
		area_put(box, box->w - 1, skip + (int)(start + i), style, glyphs->thumb);
}
