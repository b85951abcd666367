/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_CANVAS_H
#define THRONG_TUI_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tui/theme.h"

/* A screen as cells of character, role and attributes; knows no terminal. Every drawing function
 * clips, takes any bytes as text and never writes a control character into a cell. Main thread. */

#define CANVAS_COLS_MAX 1000
#define CANVAS_ROWS_MAX 500
#define CELL_MARKS      2 /* combining characters kept per cell */

struct cell {
	uint32_t ch;                /* 0: the right half of a wide character */
	uint32_t marks[CELL_MARKS]; /* combining characters, 0 when none */
	struct style style;
	uint8_t width; /* 1 or 2; 0 for the right half */
	uint8_t joins; /* LINE_... of glyphs.h when it is part of a box, so that edges join */
};

struct glyphs;

struct canvas {
	struct cell *cells; /* cols * rows, row by row */
	int cols, rows;
	size_t capacity;
	bool ascii; /* only U+0020..U+007E gets in, the rest is written as near as can be */
};

/* A rectangle of a canvas; nothing drawn through it leaves it. */
struct area {
	struct canvas *canvas;
	int x, y, w, h;
};

void canvas_init(struct canvas *canvas, bool ascii);
void canvas_fini(struct canvas *canvas);
/* Set the size (clamped to 1..CANVAS_..._MAX) and clear. */
void canvas_resize(struct canvas *canvas, int cols, int rows);
void canvas_clear(struct canvas *canvas);
/* Rows y up to but not including `end`; they lie inside. */
void canvas_clear_rows(struct canvas *canvas, int y, int end);
/* The cell at a place inside the canvas. */
const struct cell *canvas_cell(const struct canvas *canvas, int x, int y);
bool cell_equal(const struct cell *a, const struct cell *b);

/* The whole canvas as an area. */
struct area canvas_area(struct canvas *canvas);
/* A part of an area, cut to what lies inside it; width or height may come out as 0. */
struct area area_sub(const struct area *area, int x, int y, int w, int h);

struct style style_of(enum role role);
struct style style_on(enum role role, enum ground ground);

/* Coordinates are relative to the area; outside of it nothing happens. */
void area_put(const struct area *area, int x, int y, struct style style, uint32_t ch);
void area_fill(const struct area *area, struct style style, uint32_t ch);
/* Give the cells another ground, or other attributes in addition, leaving what they show. */
void area_ground(const struct area *area, enum ground ground);
/* Text from x on; returns the columns it took. Newlines and tabs become blanks. */
int area_text(const struct area *area, int x, int y, struct style style, const char *text);
int area_textf(const struct area *area, int x, int y, struct style style, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* At most `max` columns; a text that is longer ends with `ellipsis`. */
int area_text_cut(const struct area *area, int x, int y, int max, struct style style,
		  const char *text, uint32_t ellipsis);
/* The same, but the end of the text is what stays: paths differ there. */
int area_text_tail(const struct area *area, int x, int y, int max, struct style style,
		   const char *text, uint32_t ellipsis);
/* The same, but beginning and end stay: of a rule its subject and its limit. */
int area_text_ends(const struct area *area, int x, int y, int max, struct style style,
		   const char *text, uint32_t ellipsis);
/* Text that ends before column `end`; returns the column it starts at. */
int area_text_right(const struct area *area, int end, int y, struct style style, const char *text);
/* The box around the area; where lines of other boxes run they join. */
void area_box(const struct area *area, struct style style, const struct glyphs *glyphs);
/* One horizontal line of the given width, joining boxes at both ends. */
void area_rule(const struct area *area, int x, int y, int w, struct style style,
	       const struct glyphs *glyphs);

/* Columns a text takes on this canvas (text_width after the cleaning area_text does). */
int canvas_text_width(const struct canvas *canvas, const char *text);

#endif
