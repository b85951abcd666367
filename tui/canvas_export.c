/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/canvas_export.h"

#include <errno.h>

#include "base/buf.h"
#include "base/text.h"
#include "tui/canvas.h"
#include "tui/theme.h"

static int last_column(const struct canvas *canvas, int y, bool grounds)
{
	int x = canvas->cols;

	while (x > 0) {
		const struct cell *cell = canvas_cell(canvas, x - 1, y);

		if (cell->ch != ' ' || (grounds && cell->style.ground != GROUND_NORMAL))
			break;
		x--;
	}
	return x;
}

static void add_cell(const struct cell *cell, struct buf *out)
{
	char bytes[4];

	if (cell->ch == 0)
		return;
	buf_add(out, bytes, text_encode(cell->ch, bytes));
	for (int i = 0; i < CELL_MARKS && cell->marks[i] != 0; i++)
		buf_add(out, bytes, text_encode(cell->marks[i], bytes));
}

int canvas_to_text(const struct canvas *canvas, struct buf *out)
{
	for (int y = 0; y < canvas->rows; y++) {
		int end = last_column(canvas, y, false);

		for (int x = 0; x < end; x++)
			add_cell(canvas_cell(canvas, x, y), out);
		buf_addc(out, '\n');
	}
	return out->overflow ? -EMSGSIZE : 0;
}

static void add_color(struct buf *out, int32_t rgb, const char *kind)
{
	if (rgb >= 0)
		buf_addf(out, ";%s;2;%d;%d;%d", kind, (int)(rgb >> 16) & 255, (int)(rgb >> 8) & 255,
			 (int)rgb & 255);
}

static void add_style(const struct theme *theme, struct style style, struct buf *out)
{
	struct look look = theme_look(theme, style, DEPTH_TRUE);

	buf_adds(out, "\033[0");
	if (look.attr & ATTR_BOLD)
		buf_adds(out, ";1");
	if (look.attr & ATTR_UNDERLINE)
		buf_adds(out, ";4");
	if (look.attr & ATTR_REVERSE)
		buf_adds(out, ";7");
	add_color(out, look.fg_rgb, "38");
	add_color(out, look.bg_rgb, "48");
	buf_addc(out, 'm');
}

static bool same_style(struct style a, struct style b)
{
	return a.role == b.role && a.ground == b.ground && a.attr == b.attr;
}

int canvas_to_ansi(const struct canvas *canvas, const struct theme *theme, struct buf *out)
{
	for (int y = 0; y < canvas->rows; y++) {
		struct style style = canvas_cell(canvas, 0, y)->style;

		add_style(theme, style, out);
		for (int x = 0; x < canvas->cols; x++) {
			const struct cell *cell = canvas_cell(canvas, x, y);

			if (!same_style(cell->style, style)) {
				style = cell->style;
				add_style(theme, style, out);
			}
			add_cell(cell, out);
		}
		buf_adds(out, "\033[0m\n");
	}
	return out->overflow ? -EMSGSIZE : 0;
}
