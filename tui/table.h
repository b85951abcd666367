/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_TABLE_H
#define THRONG_TUI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/canvas.h"

struct glyphs;

/* Tables: which columns fit, how far a list is scrolled. What is in the cells is the views' own. */

#define TABLE_COLUMNS_MAX 20

struct table_column {
	const char *title;
	int width;     /* of what stands in it; the flexible column: at least */
	bool right;    /* aligned to the right */
	int priority;  /* the highest leaves first when room is short; 0 stays */
	bool flexible; /* takes what is left over; one column of a table */
};

struct table_place { /* where a column is drawn; width 0: not at all */
	int x, width;
};

/* Place the columns within `width`. Columns with the highest priority leave until the rest fits.
 * places has `count` entries, count <= TABLE_COLUMNS_MAX. */
void table_fit(const struct table_column *columns, size_t count, int width,
	       struct table_place *places);
/* The first row to show so that `selected` can be seen: as before where that is possible. */
size_t table_scroll(size_t top, size_t selected, size_t rows, size_t count);
/* Text of one cell, aligned and cut as its column says. */
void table_cell(const struct area *area, int y, const struct table_column *column,
		const struct table_place *place, struct style style, const char *text,
		const struct glyphs *glyphs);
/* The titles' row. */
void table_head(const struct area *area, const struct table_column *columns,
		const struct table_place *places, size_t count, const struct glyphs *glyphs);
/* A thumb on the right edge of a box when not all rows are seen. `box` includes the border; the
 * list begins `skip` rows below its top edge and has `rows` rows. */
void table_thumb(const struct area *box, int skip, size_t rows, size_t top, size_t count,
		 struct style style, const struct glyphs *glyphs);

#endif
