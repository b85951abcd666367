/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "tui/glyphs.h"

/* Invariants: a cell of width 2 is followed by one of width 0 in the same row; every other cell
 * has width 1 and a printable character. */

#define REPLACEMENT 0xfffdu

void canvas_init(struct canvas *canvas, bool ascii)
{
	memset(canvas, 0, sizeof(*canvas));
	canvas->ascii = ascii;
	canvas_resize(canvas, 1, 1);
}

void canvas_fini(struct canvas *canvas)
{
	free(canvas->cells);
	memset(canvas, 0, sizeof(*canvas));
}

static int clamp(int v, int low, int high)
{
	return v < low ? low : v > high ? high : v;
}

void canvas_resize(struct canvas *canvas, int cols, int rows)
{
	size_t need;

	canvas->cols = clamp(cols, 1, CANVAS_COLS_MAX);
	canvas->rows = clamp(rows, 1, CANVAS_ROWS_MAX);
	need = (size_t)canvas->cols * (size_t)canvas->rows;
	if (need > canvas->capacity) {
		free(canvas->cells);
		canvas->cells = mem_array(need, sizeof(*canvas->cells));
		canvas->capacity = need;
	}
	canvas_clear(canvas);
}

static const struct cell blank = { .ch = ' ', .width = 1 };

void canvas_clear(struct canvas *canvas)
{
	canvas_clear_rows(canvas, 0, canvas->rows);
}

void canvas_clear_rows(struct canvas *canvas, int y, int end)
{
	size_t cols = (size_t)canvas->cols;

	for (size_t i = (size_t)y * cols; i < (size_t)end * cols; i++)
		canvas->cells[i] = blank;
}

static struct cell *cell_at(const struct canvas *canvas, int x, int y)
{
	return &canvas->cells[(size_t)y * (size_t)canvas->cols + (size_t)x];
}

const struct cell *canvas_cell(const struct canvas *canvas, int x, int y)
{
	return cell_at(canvas, x, y);
}

bool cell_equal(const struct cell *a, const struct cell *b)
{
	return a->ch == b->ch && a->marks[0] == b->marks[0] && a->marks[1] == b->marks[1] &&
	       a->style.role == b->style.role && a->style.ground == b->style.ground &&
	       a->style.attr == b->style.attr && a->width == b->width;
}

struct area canvas_area(struct canvas *canvas)
{
	return (struct area){ canvas, 0, 0, canvas->cols, canvas->rows };
}

struct area area_sub(const struct area *area, int x, int y, int w, int h)
{
	struct area sub = { area->canvas, area->x, area->y, 0, 0 };
	int left = clamp(x, 0, area->w);
	int top = clamp(y, 0, area->h);
	int right = clamp(x + w, left, area->w);
	int bottom = clamp(y + h, top, area->h);

	sub.x += left;
	sub.y += top;
	sub.w = right - left;
	sub.h = bottom - top;
	return sub;
}

struct style style_of(enum role role)
{
	return (struct style){ .role = (uint8_t)role };
}

struct style style_on(enum role role, enum ground ground)
{
	return (struct style){ .role = (uint8_t)role, .ground = (uint8_t)ground };
}

/* What a character is written as where only ASCII can be shown. */
static uint32_t to_ascii(uint32_t ch)
{
	static const struct {
		uint32_t from;
		char to;
	} table[] = {
		{ 0xa0, ' ' },    { 0xb0, 'o' },    { 0xb5, 'u' },   { 0xb7, '.' },
		{ 0xd7, 'x' },    { 0x3bc, 'u' },   { 0x2010, '-' }, { 0x2011, '-' },
		{ 0x2012, '-' },  { 0x2013, '-' },  { 0x2014, '-' }, { 0x2016, '"' },
		{ 0x2018, '\'' }, { 0x2019, '\'' }, { 0x201c, '"' }, { 0x201d, '"' },
		{ 0x2022, '*' },  { 0x2026, '~' },  { 0x2190, '<' }, { 0x2191, '^' },
		{ 0x2192, '>' },  { 0x2193, 'v' },  { 0x2212, '-' }, { 0x2264, '<' },
		{ 0x2265, '>' },  { 0x25b2, '!' },  { 0x25cf, 'O' }, { 0x2713, '+' },
		{ 0x2717, 'X' },
	};

	if (ch >= 0x20 && ch < 0x7f)
		return ch;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].from == ch)
			return (uint32_t)table[i].to;
	}
	return '?';
}

/* Characters that move, hide or join others without a picture of their own; they are left out. */
static bool is_invisible(uint32_t ch)
{
	return (ch >= 0x200b && ch <= 0x200d) || (ch >= 0xfe00 && ch <= 0xfe0f) || ch == 0xad ||
	       (ch >= 0xe0000 && ch <= 0xe0fff);
}

static bool is_control(uint32_t ch)
{
	return ch < 0x20 || (ch >= 0x7f && ch < 0xa0) || ch == 0x61c || ch == 0x200e ||
	       ch == 0x200f || (ch >= 0x2028 && ch <= 0x202e) || (ch >= 0x2060 && ch <= 0x206f) ||
	       ch == 0xfeff || (ch >= 0xfff9 && ch <= 0xfffb) || ch > 0x10ffff ||
	       (ch >= 0xd800 && ch <= 0xdfff);
}

/* The character as a cell of this canvas may hold it, and how many columns it takes: 0 means
 * "belongs to the cell before" or, with *ch 0, nothing at all. */
static int admit(const struct canvas *canvas, uint32_t *ch)
{
	int width;

	if (is_invisible(*ch)) {
		*ch = 0;
		return 0;
	}
	if (*ch == '\n' || *ch == '\t' || *ch == '\r')
		*ch = ' ';
	if (is_control(*ch))
		*ch = REPLACEMENT;
	width = text_char_width(*ch);
	if (canvas->ascii) {
		if (width == 0)
			*ch = 0;
		else
			*ch = to_ascii(*ch);
		return width > 0;
	}
	return width < 0 ? 1 : width;
}

/* Whatever wide character covers the cell is broken into blanks, as a terminal does. */
static void break_wide(const struct canvas *canvas, int x, int y)
{
	struct cell *cell = cell_at(canvas, x, y);

	if (cell->width == 0 && x > 0) {
		struct cell *left = cell_at(canvas, x - 1, y);

		left->ch = ' ';
		left->width = 1;
		left->marks[0] = left->marks[1] = 0;
	}
	if (cell->width == 2 && x + 1 < canvas->cols) {
		struct cell *right = cell_at(canvas, x + 1, y);

		right->ch = ' ';
		right->width = 1;
	}
}

static void set_cell(const struct canvas *canvas, int x, int y, struct style style, uint32_t ch,
		     int width)
{
	struct cell *cell;

	break_wide(canvas, x, y);
	cell = cell_at(canvas, x, y);
	*cell = (struct cell){ .ch = ch, .style = style, .width = (uint8_t)width };
}

/* Place one admitted character of width 1 or 2; the columns it took, 0 when there is no room. */
static int place(const struct area *area, int x, int y, struct style style, uint32_t ch, int width)
{
	if (x < 0 || y < 0 || y >= area->h || x >= area->w)
		return 0;
	if (x + width > area->w) { /* half a character: a blank */
		ch = ' ';
		width = 1;
	}
	set_cell(area->canvas, area->x + x, area->y + y, style, ch, width);
	if (width == 2) {
		break_wide(area->canvas, area->x + x + 1, area->y + y);
		*cell_at(area->canvas, area->x + x + 1, area->y + y) =
			(struct cell){ .style = style };
	}
	return width;
}

void area_put(const struct area *area, int x, int y, struct style style, uint32_t ch)
{
	int width = admit(area->canvas, &ch);

	if (width > 0)
		place(area, x, y, style, ch, width);
}

void area_fill(const struct area *area, struct style style, uint32_t ch)
{
	if (admit(area->canvas, &ch) != 1)
		ch = ' ';
	for (int y = 0; y < area->h; y++) {
		for (int x = 0; x < area->w; x++)
			place(area, x, y, style, ch, 1);
	}
}

void area_ground(const struct area *area, enum ground ground)
{
	for (int y = 0; y < area->h; y++) {
		for (int x = 0; x < area->w; x++)
			cell_at(area->canvas, area->x + x, area->y + y)->style.ground =
				(uint8_t)ground;
	}
}

static void add_mark(const struct area *area, int x, int y, uint32_t mark)
{
	struct cell *cell;

	if (x <= 0 || y < 0 || y >= area->h || x > area->w)
		return;
	cell = cell_at(area->canvas, area->x + x - 1, area->y + y);
	if (cell->width == 0 && x > 1)
		cell--;
	for (int i = 0; i < CELL_MARKS; i++) {
		if (cell->marks[i] == 0) {
			cell->marks[i] = mark;
			return;
		}
	}
}

int area_text(const struct area *area, int x, int y, struct style style, const char *text)
{
	size_t len = strlen(text);
	int start = x;

	while (len > 0 && x < area->w) {
		uint32_t ch;
		size_t used = text_decode(text, len, &ch);
		int width = admit(area->canvas, &ch);

		text += used;
		len -= used;
		if (width > 0) {
			if (x >= 0)
				place(area, x, y, style, ch, width);
			x += width;
		} else if (ch != 0 && x > start) {
			add_mark(area, x, y, ch);
		}
	}
	return (x > area->w ? area->w : x) - start;
}

int area_textf(const struct area *area, int x, int y, struct style style, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return area_text(area, x, y, style, line);
}

int canvas_text_width(const struct canvas *canvas, const char *text)
{
	size_t len = strlen(text);
	int columns = 0;

	while (len > 0) {
		uint32_t ch;
		size_t used = text_decode(text, len, &ch);

		columns += admit(canvas, &ch);
		text += used;
		len -= used;
	}
	return columns;
}

int area_text_cut(const struct area *area, int x, int y, int max, struct style style,
		  const char *text, uint32_t ellipsis)
{
	struct area part;
	int used;

	if (max <= 0)
		return 0;
	if (canvas_text_width(area->canvas, text) <= max)
		return area_text(area, x, y, style, text);
	part = area_sub(area, 0, 0, x + max - 1, area->h);
	used = area_text(&part, x, y, style, text);
	/* a wide character that did not fit may leave a column over */
	for (; used < max - 1; used++)
		area_put(area, x + used, y, style, ' ');
	area_put(area, x + used, y, style, ellipsis);
	return used + 1;
}

int area_text_tail(const struct area *area, int x, int y, int max, struct style style,
		   const char *text, uint32_t ellipsis)
{
	int width = canvas_text_width(area->canvas, text);
	size_t len = strlen(text);

	if (max <= 0)
		return 0;
	if (width <= max)
		return area_text(area, x, y, style, text);
	while (len > 0 && width > max - 1) {
		uint32_t ch;
		size_t used = text_decode(text, len, &ch);

		width -= admit(area->canvas, &ch);
		text += used;
		len -= used;
	}
	area_put(area, x, y, style, ellipsis);
	return area_text(area, x + 1, y, style, text) + 1;
}

int area_text_ends(const struct area *area, int x, int y, int max, struct style style,
		   const char *text, uint32_t ellipsis)
{
	int tail = max * 11 / 20;
	int head = max - tail;
	struct area part = area_sub(area, 0, 0, x + head, area->h);

	if (canvas_text_width(area->canvas, text) <= max || head < 1)
		return area_text_cut(area, x, y, max, style, text, ellipsis);
	area_text(&part, x, y, style, text);
	area_text_tail(area, x + head, y, tail, style, text, ellipsis);
	return max;
}

int area_text_right(const struct area *area, int end, int y, struct style style, const char *text)
{
	int x = end - canvas_text_width(area->canvas, text);

	area_text(area, x, y, style, text);
	return x;
}

static void join(const struct area *area, int x, int y, unsigned lines, struct style style,
		 const struct glyphs *glyphs)
{
	struct cell *cell;

	if (x < 0 || y < 0 || x >= area->w || y >= area->h)
		return;
	cell = cell_at(area->canvas, area->x + x, area->y + y);
	lines |= cell->joins;
	set_cell(area->canvas, area->x + x, area->y + y, style, glyphs->box[lines & 15], 1);
	cell->joins = (uint8_t)lines;
}

void area_rule(const struct area *area, int x, int y, int w, struct style style,
	       const struct glyphs *glyphs)
{
	for (int i = 0; i < w; i++)
		join(area, x + i, y, (i > 0 ? LINE_LEFT : 0u) | (i < w - 1 ? LINE_RIGHT : 0u),
		     style, glyphs);
}

void area_box(const struct area *area, struct style style, const struct glyphs *glyphs)
{
	if (area->w < 2 || area->h < 2)
		return;
	area_rule(area, 0, 0, area->w, style, glyphs);
	area_rule(area, 0, area->h - 1, area->w, style, glyphs);
	for (int y = 0; y < area->h; y++) {
		unsigned lines = (y > 0 ? LINE_UP : 0u) | (y < area->h - 1 ? LINE_DOWN : 0u);

		join(area, 0, y, lines, style, glyphs);
		join(area, area->w - 1, y, lines, style, glyphs);
	}
}
