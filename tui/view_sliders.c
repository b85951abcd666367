/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/show.h"
#include "tui/slider.h"
#include "tui/table.h"
#include "tui/ui.h"

struct widths {
	int label, value, end;
	bool compact; /* no blanks around the arrow, ends shortened */
};

static void value_text(const struct ui_slider *slider, const struct glyphs *glyphs, bool compact,
		       char *dst, size_t size)
{
	char wanted[SHOW_MAX];
	char actual[SHOW_MAX];

	show_value(slider->wanted, wanted, sizeof(wanted));
	show_value(slider->actual, actual, sizeof(actual));
	if (slider->actual < 0 || slider->kind == SLIDER_RATE || strcmp(wanted, actual) == 0)
		snprintf(dst, size, "%s", wanted);
	else
		snprintf(dst, size, compact ? "%s%s%s" : "%s %s %s", actual,
			 glyphs->ascii ? ">" : "→", wanted);
}

static char *end_text(double end, bool compact, char *dst, size_t size)
{
	return compact && end >= 1000 ? units_format_short(end, dst, size)
				      : show_value(end, dst, size);
}

static void draw_row(const struct view *view, const struct area *row, size_t i,
		     const struct widths *widths)
{
	const struct ui *ui = view->ui;
	bool selected = i == ui->slider;
	bool typing = selected && ui->dialog == DIALOG_NUMBER;
	struct ui_slider slider;
	struct area bar;
	char text[3 * SHOW_MAX];
	int x = 1;

	ui_slider_at(ui, view->frame, i, &slider);
	if (selected)
		area_put(row, 0, 0, style_of(view->focused ? ROLE_KEY : ROLE_DIM),
			 view->glyphs->finding);
	area_text_cut(row, x, 0, widths->label,
		      style_of(selected && view->focused ? ROLE_TITLE_FOCUS : ROLE_TEXT),
		      slider.label, view->glyphs->ellipsis);
	x += widths->label + 1;
	if (typing) {
		int used = area_text_cut(row, x, 0, widths->value - 1, style_of(ROLE_KEY), ui->text,
					 view->glyphs->ellipsis);

		area_put(row, x + used, 0, style_of(ROLE_KEY), view->glyphs->cursor);
	} else {
		value_text(&slider, view->glyphs, widths->compact, text, sizeof(text));
		area_text_right(row, x + widths->value, 0, style_of(ROLE_STRONG), text);
	}
	x += widths->value + 1;
	bar = area_sub(row, x, 0, row->w - x - widths->end - 1, 1);
	slider_draw(&(struct slider){ slider.wanted, slider.actual, slider.end,
				      selected && view->focused },
		    &bar, view->glyphs);
	view_hit(view, &bar, HIT_SLIDER, i);
	area_text(row, row->w - widths->end, 0, style_of(ROLE_DIM),
		  end_text(slider.end, widths->compact, text, sizeof(text)));
}

static struct widths measure(const struct view *view, const struct area *area, size_t count)
{
	int most = area->w >= 80 ? 28 : area->w >= 52 ? 16 : area->w >= 44 ? 11 : 8;
	struct widths widths = { 5, 3, 3, area->w < 50 };

	for (size_t i = 0; i < count; i++) {
		struct ui_slider slider;
		char text[3 * SHOW_MAX];
		int width;

		ui_slider_at(view->ui, view->frame, i, &slider);
		width = canvas_text_width(area->canvas, slider.label);
		if (width > widths.label)
			widths.label = width;
		/* room for "live → target" up to the end, so that nothing jumps while it moves */
		end_text(slider.end, widths.compact, text, sizeof(text));
		width = (int)strlen(text);
		if (width > widths.end)
			widths.end = width;
		width = (int)strlen(show_value(slider.end, text, sizeof(text)));
		if (slider.actual >= 0 && slider.kind != SLIDER_RATE)
			width = 2 * width + (widths.compact ? 1 : 3);
		if (width > widths.value)
			widths.value = width;
	}
	if (widths.label > most)
		widths.label = most;
	if (widths.value > area->w * 2 / 5)
		widths.value = area->w * 2 / 5;
	return widths;
}

void view_sliders_draw(const struct view *view, const struct area *area)
{
	size_t count = ui_slider_count(view->frame);
	size_t rows = (size_t)area->h;
	size_t top = table_scroll(view->ui->info.top[PANE_SLIDERS], view->ui->slider, rows, count);
	struct widths widths = measure(view, area, count);

	view->info->top[PANE_SLIDERS] = top;
	view->info->rows[PANE_SLIDERS] = rows;
	for (size_t i = 0; i < rows && top + i < count; i++) {
		struct area row = area_sub(area, 0, (int)i, area->w, 1);

		view_hit(view, &row, HIT_ROW, top + i);
		draw_row(view, &row, top + i, &widths);
	}
	/* more of them than fit: say so where the next one would be */
	if (top > 0)
		area_put(area, 0, 0, style_of(ROLE_KEY), view->glyphs->more_up);
	if (top + rows < count)
		area_put(area, 0, area->h - 1, style_of(ROLE_KEY), view->glyphs->more_down);
}
