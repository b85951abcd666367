/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/canvas_export.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "tui/canvas.h"
#include "tui/theme.h"

/* The picture is built in layers: grounds, then for every colour one path each of thin lines,
 * heavy lines, blocks and braille dots, then words. Nothing but letters depends on a font. */

#define CELL_W   9
#define CELL_H   19
#define FONT_PX  15
#define BASELINE 14
#define MARGIN   14

/* Colours of the picture where the theme leaves them to the terminal. */
#define PLAIN_FG 0xc5cdd9
#define PLAIN_BG 0x11151c

struct ink { /* what one cell looks like */
	int32_t fg, bg;
	bool bold, underline;
};

struct svg {
	const struct canvas *canvas;
	struct ink *inks;
	int32_t ground; /* of the whole picture */
	struct buf *out;
};

static struct ink ink_of(const struct theme *theme, struct style style)
{
	struct look look = theme_look(theme, style, DEPTH_TRUE);
	struct ink ink = {
		.fg = look.fg_rgb < 0 ? PLAIN_FG : look.fg_rgb,
		.bg = look.bg_rgb < 0 ? PLAIN_BG : look.bg_rgb,
		.bold = look.attr & ATTR_BOLD,
		.underline = look.attr & ATTR_UNDERLINE,
	};

	if (look.attr & ATTR_REVERSE) {
		int32_t fg = ink.fg;

		ink.fg = ink.bg;
		ink.bg = fg;
	}
	return ink;
}

static const struct ink *ink_at(const struct svg *svg, int x, int y)
{
	return &svg->inks[(size_t)y * (size_t)svg->canvas->cols + (size_t)x];
}

static uint32_t char_at(const struct svg *svg, int x, int y)
{
	return canvas_cell(svg->canvas, x, y)->ch;
}

static int left_of(int x)
{
	return MARGIN + x * CELL_W;
}

static int top_of(int y)
{
	return MARGIN + y * CELL_H;
}

/* Which ends of a thin line a box character has: 1 up, 2 right, 4 down, 8 left; 16: round corner. */
static unsigned thin_lines(uint32_t ch)
{
	switch (ch) {
	case 0x2500:
		return 2 | 8;
	case 0x2502:
		return 1 | 4;
	case 0x251c:
		return 1 | 2 | 4;
	case 0x2524:
		return 1 | 4 | 8;
	case 0x252c:
		return 2 | 4 | 8;
	case 0x2534:
		return 1 | 2 | 8;
	case 0x253c:
		return 15;
	case 0x256d:
		return 16 | 2 | 4;
	case 0x256e:
		return 16 | 4 | 8;
	case 0x256f:
		return 16 | 1 | 8;
	case 0x2570:
		return 16 | 1 | 2;
	default:
		return 0;
	}
}

enum shape { SHAPE_THIN, SHAPE_HEAVY, SHAPE_DOTTED, SHAPE_BLOCK, SHAPE_DOTS, SHAPES };

/* The shape a character is drawn as, SHAPES when it is a letter. */
static enum shape shape_of(uint32_t ch)
{
	if (thin_lines(ch) != 0)
		return SHAPE_THIN;
	if (ch == 0x2501)
		return SHAPE_HEAVY;
	if (ch == 0x250a || ch == 0x2508)
		return SHAPE_DOTTED;
	if (ch >= 0x2580 && ch <= 0x258f)
		return SHAPE_BLOCK;
	if (ch >= 0x2800 && ch <= 0x28ff)
		return SHAPE_DOTS;
	return SHAPES;
}

static void add_thin(struct svg *svg, int x, int y, uint32_t ch)
{
	unsigned lines = thin_lines(ch);
	double cx = left_of(x) + CELL_W / 2.0;
	double cy = top_of(y) + CELL_H / 2.0;
	double right = left_of(x) + CELL_W;
	int bottom = top_of(y) + CELL_H;

	if (lines & 16) { /* a quarter circle of radius 4.5 and the rest of the way */
		double ex = lines & 2 ? right : left_of(x);
		double ey = lines & 4 ? bottom : top_of(y);

		buf_addf(svg->out, "M%g %gV%gQ%g %g %g %g", cx, ey, lines & 4 ? cy + 4.5 : cy - 4.5,
			 cx, cy, ex, cy);
		return;
	}
	if ((lines & 10) == 10)
		buf_addf(svg->out, "M%d %gh%d", left_of(x), cy, CELL_W);
	else if (lines & 10)
		buf_addf(svg->out, "M%g %gH%g", cx, cy, lines & 2 ? right : left_of(x));
	if ((lines & 5) == 5)
		buf_addf(svg->out, "M%g %dv%d", cx, top_of(y), CELL_H);
	else if (lines & 5)
		buf_addf(svg->out, "M%g %gV%d", cx, cy, lines & 4 ? bottom : top_of(y));
}

static void add_dotted(struct svg *svg, int x, int y, uint32_t ch)
{
	double cx = left_of(x) + CELL_W / 2.0;
	double cy = top_of(y) + CELL_H / 2.0;

	if (ch == 0x2508) {
		buf_addf(svg->out, "M%g %gh1.5m3 0h1.5", left_of(x) + 1.0, cy);
		return;
	}
	for (int i = 0; i < 4; i++)
		buf_addf(svg->out, "M%g %gv2.5", cx, top_of(y) + 1 + i * CELL_H / 4.0);
}

static void add_block(struct svg *svg, int x, int y, uint32_t ch)
{
	double w = CELL_W;
	double h = CELL_H;
	double top = 0;

	if (ch == 0x2580) {
		h = CELL_H / 2.0;
	} else if (ch <= 0x2588) {
		h = CELL_H * (ch - 0x2580) / 8.0;
		top = CELL_H - h;
	} else {
		w = CELL_W * (0x2590 - ch) / 8.0;
	}
	buf_addf(svg->out, "M%d %gh%gv%gh%gz", left_of(x), top_of(y) + top, w, h, -w);
}

static void add_dots(struct svg *svg, int x, int y, uint32_t ch)
{
	static const struct {
		uint8_t bit, dx, dy;
	} dots[8] = { { 1, 0, 0 }, { 2, 0, 1 },  { 4, 0, 2 },  { 64, 0, 3 },
		      { 8, 1, 0 }, { 16, 1, 1 }, { 32, 1, 2 }, { 128, 1, 3 } };

	for (size_t i = 0; i < 8; i++) {
		if (ch & dots[i].bit)
			buf_addf(svg->out, "M%g %gh.01",
				 left_of(x) + CELL_W / 4.0 + dots[i].dx * CELL_W / 2.0,
				 top_of(y) + CELL_H / 8.0 + dots[i].dy * CELL_H / 4.0);
	}
}

static const char *const shape_open[SHAPES] = {
	[SHAPE_THIN] = "<path fill=\"none\" stroke=\"#%06x\" stroke-width=\"1.2\" d=\"",
	[SHAPE_HEAVY] = "<path fill=\"none\" stroke=\"#%06x\" stroke-width=\"3\" d=\"",
	[SHAPE_DOTTED] = "<path fill=\"none\" stroke=\"#%06x\" stroke-width=\"1.2\" d=\"",
	[SHAPE_BLOCK] = "<path fill=\"#%06x\" d=\"",
	[SHAPE_DOTS] = ("<path fill=\"none\" stroke=\"#%06x\" stroke-width=\"3.1\" "
			"stroke-linecap=\"round\" d=\""),
};

static void add_shape(struct svg *svg, enum shape shape, int x, int y, uint32_t ch)
{
	switch (shape) {
	case SHAPE_THIN:
		add_thin(svg, x, y, ch);
		break;
	case SHAPE_HEAVY:
		buf_addf(svg->out, "M%d %gh%d", left_of(x), top_of(y) + CELL_H / 2.0, CELL_W);
		break;
	case SHAPE_DOTTED:
		add_dotted(svg, x, y, ch);
		break;
	case SHAPE_BLOCK:
		add_block(svg, x, y, ch);
		break;
	case SHAPE_DOTS:
		add_dots(svg, x, y, ch);
		break;
	case SHAPES:
		break;
	}
}

static void draw_shapes(struct svg *svg, int32_t color, enum shape shape)
{
	bool open = false;

	for (int y = 0; y < svg->canvas->rows; y++) {
		for (int x = 0; x < svg->canvas->cols; x++) {
			uint32_t ch = char_at(svg, x, y);

			if (ink_at(svg, x, y)->fg != color || shape_of(ch) != shape)
				continue;
			if (!open)
				buf_addf(svg->out, shape_open[shape], (unsigned)color);
			open = true;
			add_shape(svg, shape, x, y, ch);
		}
	}
	if (open)
		buf_adds(svg->out, "\"/>\n");
}

static void draw_grounds(struct svg *svg)
{
	for (int y = 0; y < svg->canvas->rows; y++) {
		for (int x = 0; x < svg->canvas->cols;) {
			int32_t bg = ink_at(svg, x, y)->bg;
			int end = x + 1;

			while (end < svg->canvas->cols && ink_at(svg, end, y)->bg == bg)
				end++;
			if (bg != svg->ground)
				buf_addf(svg->out,
					 "<path fill=\"#%06x\" d=\"M%d %dh%dv%dh-%dz\"/>\n",
					 (unsigned)bg, left_of(x), top_of(y), (end - x) * CELL_W,
					 CELL_H, (end - x) * CELL_W);
			x = end;
		}
	}
}

static void add_escaped(const struct cell *cell, struct buf *out)
{
	char bytes[4];

	switch (cell->ch) {
	case 0:
		return;
	case '<':
		buf_adds(out, "&lt;");
		break;
	case '>':
		buf_adds(out, "&gt;");
		break;
	case '&':
		buf_adds(out, "&amp;");
		break;
	default:
		buf_add(out, bytes, text_encode(cell->ch, bytes));
		break;
	}
	for (int i = 0; i < CELL_MARKS && cell->marks[i] != 0; i++)
		buf_add(out, bytes, text_encode(cell->marks[i], bytes));
}

static bool is_letter(const struct svg *svg, int x, int y)
{
	uint32_t ch = char_at(svg, x, y);

	return ch != ' ' && shape_of(ch) == SHAPES;
}

static bool same_ink(const struct ink *a, const struct ink *b)
{
	return a->fg == b->fg && a->bold == b->bold && a->underline == b->underline;
}

/* One word: letters of one look without blanks between them. */
static int draw_word(struct svg *svg, int x, int y)
{
	const struct ink *ink = ink_at(svg, x, y);
	int end = x + 1;

	while (end < svg->canvas->cols && is_letter(svg, end, y) &&
	       same_ink(ink_at(svg, end, y), ink))
		end++;
	buf_addf(svg->out, "<text x=\"%d\" y=\"%d\" fill=\"#%06x\"", left_of(x),
		 top_of(y) + BASELINE, (unsigned)ink->fg);
	if (ink->bold)
		buf_adds(svg->out, " font-weight=\"bold\"");
	if (ink->underline)
		buf_adds(svg->out, " text-decoration=\"underline\"");
	if (end - x > 1)
		buf_addf(svg->out, " textLength=\"%d\" lengthAdjust=\"spacingAndGlyphs\"",
			 (end - x) * CELL_W);
	buf_addc(svg->out, '>');
	for (int i = x; i < end; i++)
		add_escaped(canvas_cell(svg->canvas, i, y), svg->out);
	buf_adds(svg->out, "</text>\n");
	return end;
}

static void draw_words(struct svg *svg)
{
	for (int y = 0; y < svg->canvas->rows; y++) {
		for (int x = 0; x < svg->canvas->cols;) {
			if (is_letter(svg, x, y) && char_at(svg, x, y) != 0)
				x = draw_word(svg, x, y);
			else
				x++;
		}
	}
}

static void draw_colors(struct svg *svg)
{
	size_t count = (size_t)svg->canvas->cols * (size_t)svg->canvas->rows;
	int32_t seen[ROLES * GROUNDS];
	size_t colors = 0;

	for (size_t i = 0; i < count && colors < ROLES * GROUNDS; i++) {
		size_t k = 0;

		while (k < colors && seen[k] != svg->inks[i].fg)
			k++;
		if (k == colors)
			seen[colors++] = svg->inks[i].fg;
	}
	for (size_t i = 0; i < colors; i++) {
		for (int shape = 0; shape < SHAPES; shape++)
			draw_shapes(svg, seen[i], (enum shape)shape);
	}
}

int canvas_to_svg(const struct canvas *canvas, const struct theme *theme, struct buf *out)
{
	size_t count = (size_t)canvas->cols * (size_t)canvas->rows;
	int width = 2 * MARGIN + canvas->cols * CELL_W;
	int height = 2 * MARGIN + canvas->rows * CELL_H;
	struct svg svg = { .canvas = canvas, .out = out };

	svg.inks = mem_array(count, sizeof(*svg.inks));
	for (size_t i = 0; i < count; i++)
		svg.inks[i] = ink_of(theme, canvas->cells[i].style);
	svg.ground = ink_of(theme, style_of(ROLE_TEXT)).bg;
	buf_addf(out,
		 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		 "viewBox=\"0 0 %d %d\" font-family=\"'JetBrains Mono', 'SF Mono', Menlo, "
		 "Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"%d\">\n"
		 "<title>throng</title>\n"
		 "<rect width=\"%d\" height=\"%d\" rx=\"10\" fill=\"#%06x\"/>\n",
		 width, height, width, height, FONT_PX, width, height, (unsigned)svg.ground);
	draw_grounds(&svg);
	draw_colors(&svg);
	draw_words(&svg);
	buf_adds(out, "</svg>\n");
	free(svg.inks);
	return out->overflow ? -EMSGSIZE : 0;
}
