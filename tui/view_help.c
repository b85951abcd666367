/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <stdio.h>

#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/keys.h"
#include "tui/ui.h"

/* Help and the question before quitting: boxes over the screen. */

#define KEYS_W 11

struct help_line {
	const struct key_binding *binding; /* NULL: a group's title, or with group < 0 a blank */
	int group;
};

#define HELP_LINES 80

static size_t help_lines(struct help_line *lines)
{
	size_t n = 0;

	for (int group = 0; group < KEY_GROUPS; group++) {
		if (group > 0)
			lines[n++] = (struct help_line){ NULL, -1 };
		lines[n++] = (struct help_line){ NULL, group };
		for (size_t i = 0; i < keys_count() && n < HELP_LINES - 3; i++) {
			if (keys_at(i)->group == (enum key_group)group)
				lines[n++] = (struct help_line){ keys_at(i), group };
		}
	}
	return n;
}

static void draw_line(const struct view *view, const struct area *area, int y,
		      const struct help_line *line)
{
	if (line->binding == NULL && line->group >= 0) {
		area_text(area, 0, y, style_on(ROLE_TITLE_FOCUS, GROUND_POPUP),
			  keys_group_title((enum key_group)line->group));
	} else if (line->binding != NULL) {
		area_text_cut(area, 0, y, KEYS_W, style_on(ROLE_KEY, GROUND_POPUP),
			      line->binding->keys, view->glyphs->ellipsis);
		area_text_cut(area, KEYS_W + 1, y, area->w - KEYS_W - 1,
			      style_on(ROLE_TEXT, GROUND_POPUP), line->binding->help,
			      view->glyphs->ellipsis);
	}
}

static struct area popup(const struct view *view, const struct area *screen, int w, int h,
			 const char *title)
{
	struct area box;
	struct area inside;

	w = w > screen->w ? screen->w : w;
	h = h > screen->h ? screen->h : h;
	box = area_sub(screen, (screen->w - w) / 2, (screen->h - h) / 2, w, h);
	/* lines below must not join the popup's */
	for (int y = 0; y < box.h; y++) {
		for (int x = 0; x < box.w; x++)
			area_put(&box, x, y, style_of(ROLE_TEXT), ' ');
	}
	inside = view_box(view, &box, title);
	area_ground(&box, GROUND_POPUP);
	return inside;
}

void view_help_draw(const struct view *view, const struct area *screen)
{
	struct help_line lines[HELP_LINES];
	size_t count = help_lines(lines);
	int columns = screen->w >= 110 ? 2 : 1;
	int h = (int)(count + (size_t)columns - 1) / columns + 2;
	struct view help = *view;
	struct area inside;
	size_t rows;
	size_t top;

	help.focused = true;
	inside = popup(&help, screen, columns == 2 ? 110 : 60, h + 1, "keys");
	rows = (size_t)(inside.h > 1 ? inside.h - 1 : inside.h);
	top = count > rows * (size_t)columns ? count - rows * (size_t)columns : 0;
	if (view->ui->page_top < top)
		top = view->ui->page_top;
	view->info->page_rows = rows * (size_t)columns;
	view->info->page_count = count;
	for (size_t i = 0; top + i < count && i < rows * (size_t)columns; i++) {
		int column = (int)(i / rows);
		int w = (inside.w - (columns - 1) * 2) / columns;
		struct area part = area_sub(&inside, column * (w + 2), 0, w, (int)rows);

		draw_line(&help, &part, (int)(i % rows), &lines[top + i]);
	}
	area_text_right(&inside, inside.w, inside.h - 1, style_on(ROLE_DIM, GROUND_POPUP),
			top + rows * (size_t)columns < count ? "↓ more   Esc closes"
							     : "Esc closes");
}

void view_quit_draw(const struct view *view, const struct area *screen)
{
	struct view quit = *view;
	struct area inside;
	int x = 0;

	quit.focused = true;
	inside = popup(&quit, screen, 46, 5, "quit");
	area_text(&inside, 0, 0, style_on(ROLE_STRONG, GROUND_POPUP), "The run is still going on.");
	area_text(&inside, 0, 1, style_on(ROLE_TEXT, GROUND_POPUP),
		  "What is in flight may finish first.");
	x += area_text(&inside, x, 2, style_on(ROLE_KEY, GROUND_POPUP), "y");
	x += area_text(&inside, x, 2, style_on(ROLE_TEXT, GROUND_POPUP), " stop it and quit    ");
	x += area_text(&inside, x, 2, style_on(ROLE_KEY, GROUND_POPUP), "n");
	area_text(&inside, x, 2, style_on(ROLE_TEXT, GROUND_POPUP), " go on");
}
