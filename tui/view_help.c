/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <stdio.h>
#include <string.h>

#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/keys.h"
#include "tui/ui.h"

/* Help and the question before quitting: boxes over the screen. */

#define KEYS_W     11
#define HELP_LINES 160
#define WIDE_FROM  110 /* two columns */

/* What the screen calls things, for who meets them for the first time. */
static const struct {
	const char *word, *meaning;
} words[] = {
	{ "mouse", "drag sliders; click rows, titles; wheel" },
	{ "users", "simulated people: live → wanted" },
	{ "spawn/s", "how many come or go each second" },
	{ "rate/s", "arrivals: task starts each second" },
	{ "p50 p99", "half, 99 % of requests took no longer" },
	{ "in flight", "sent, not answered yet (fly)" },
	{ "generator", "this program's own CPU (gen)" },
	{ "loop lag", "how late it was: so are its requests" },
	{ "level", "a load that was held for some seconds" },
	{ "knee", "the load from which times rise with it" },
	{ "INVALID", "the generator was the limit, not the target" },
};

#define WORDS (sizeof(words) / sizeof(words[0]))

struct help_line {
	const char *key; /* NULL: a title, or where a text goes on */
	const char *text;
	size_t bytes; /* of the text, up to where the line ends */
	bool title;
};

struct help_lines {
	struct help_line lines[HELP_LINES];
	size_t count;
};

static void add_line(struct help_lines *help, struct help_line line)
{
	if (help->count < HELP_LINES)
		help->lines[help->count++] = line;
}

static void add_title(struct help_lines *help, const char *title)
{
	if (help->count > 0)
		add_line(help, (struct help_line){ .text = "" });
	add_line(help, (struct help_line){ .text = title, .bytes = strlen(title), .title = true });
}

/* A text too long for its column goes on in the next line: cut off it would explain nothing. */
static void add_text(struct help_lines *help, const struct canvas *canvas, int width,
		     const char *key, const char *text)
{
	do {
		size_t bytes = view_line_length(canvas, text, width);

		add_line(help, (struct help_line){ .key = key, .text = text, .bytes = bytes });
		text += bytes;
		text += *text == ' ';
		key = NULL;
	} while (*text != '\0' && width > 0);
}

static void help_lines(struct help_lines *help, const struct canvas *canvas, int width)
{
	int text_w = width - KEYS_W - 1;

	help->count = 0;
	for (int group = 0; group < KEY_GROUPS; group++) {
		add_title(help, keys_group_title((enum key_group)group));
		for (size_t i = 0; i < keys_count(); i++) {
			if (keys_at(i)->group == (enum key_group)group)
				add_text(help, canvas, text_w, keys_at(i)->keys, keys_at(i)->help);
		}
	}
	add_title(help, "words");
	for (size_t i = 0; i < WORDS; i++)
		add_text(help, canvas, text_w, words[i].word, words[i].meaning);
}

static void draw_line(const struct view *view, const struct area *area, int y,
		      const struct help_line *line)
{
	struct style style = style_on(line->title ? ROLE_TITLE_FOCUS : ROLE_TEXT, GROUND_POPUP);
	char text[128];

	snprintf(text, sizeof(text), "%.*s", (int)line->bytes, line->text);
	if (line->key != NULL)
		area_text_cut(area, 0, y, KEYS_W, style_on(ROLE_KEY, GROUND_POPUP), line->key,
			      view->glyphs->ellipsis);
	area_text(area, line->title ? 0 : KEYS_W + 1, y, style, text);
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
	int columns = screen->w >= WIDE_FROM ? 2 : 1;
	int box_w = columns == 2 ? 116 : 60;
	int w = ((box_w < screen->w ? box_w : screen->w) - 4 - (columns - 1) * 2) / columns;
	struct help_lines help;
	struct view page = *view;
	struct area inside;
	size_t rows, top, fits;

	help_lines(&help, screen->canvas, w);
	page.focused = true;
	inside = popup(&page, screen, box_w, (int)(help.count + 1) / columns + 3, "keys and words");
	rows = (size_t)(inside.h > 1 ? inside.h - 1 : inside.h);
	fits = rows * (size_t)columns;
	top = help.count > fits ? help.count - fits : 0;
	if (view->ui->page_top < top)
		top = view->ui->page_top;
	view->info->page_rows = fits;
	view->info->page_count = help.count;
	for (size_t i = 0; top + i < help.count && i < fits; i++) {
		struct area part = area_sub(&inside, (int)(i / rows) * (w + 2), 0, w, (int)rows);

		draw_line(&page, &part, (int)(i % rows), &help.lines[top + i]);
	}
	area_text_right(&inside, inside.w, inside.h - 1, style_on(ROLE_DIM, GROUND_POPUP),
			top + fits < help.count ? "↓ more   Esc closes" : "Esc closes");
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
