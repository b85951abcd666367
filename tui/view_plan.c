/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <string.h>

#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/ui.h"

/* The first page: what is going to happen, and that Enter starts it. */

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; *text != '\0'; lines++) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return lines;
}

/* One line of the plan; what it warns of stands out by its sign. */
static void draw_line(const struct view *view, const struct area *area, int y, const char *text,
		      size_t len)
{
	char line[1024];
	struct style style = style_of(ROLE_TEXT);

	if (len >= sizeof(line))
		len = sizeof(line) - 1;
	memcpy(line, text, len);
	line[len] = '\0';
	if (strncmp(line, "warning", 7) == 0 || strncmp(line, "  !", 3) == 0 || line[0] == '!') {
		style = style_of(ROLE_WARN);
	} else if (len > 0 && line[0] != ' ') {
		style = style_of(ROLE_STRONG);
	}
	area_text_cut(area, 0, y, area->w, style, line, view->glyphs->ellipsis);
}

static void draw_call(const struct view *view, const struct area *area)
{
	static const char call[] = "  Enter starts  ";
	int x = (area->w - (int)sizeof(call) + 1) / 2;
	struct area button = area_sub(area, x, 0, (int)sizeof(call) - 1, 1);

	area_text(&button, 0, 0, style_on(ROLE_STRONG, GROUND_GOOD), call);
	view_hit(view, &button, HIT_ACTION, ACTION_ENTER);
}

void view_plan_draw(const struct view *view, const struct area *area)
{
	const char *text = view->frame->plan;
	struct view plan = *view;
	struct area inside;
	struct area lines;
	struct area call;
	size_t count = count_lines(text);
	size_t rows;
	size_t top;

	plan.pane = PANE_ENDPOINTS;
	plan.focused = view->ui->focus != PANE_SLIDERS;
	inside = view_box(&plan, area, "plan");
	view_hit(&plan, area, HIT_PANE, 0);
	lines = area_sub(&inside, 0, 1, inside.w, inside.h - 4);
	call = area_sub(&inside, 0, inside.h - 2, inside.w, 1);
	rows = (size_t)lines.h;
	top = count > rows ? count - rows : 0;
	if (view->ui->page_top < top)
		top = view->ui->page_top;
	view->info->page_rows = rows;
	view->info->page_count = count;
	for (size_t i = 0; *text != '\0'; i++) {
		size_t len = strcspn(text, "\n");

		if (i >= top && i < top + rows)
			draw_line(&plan, &lines, (int)(i - top), text, len);
		text += len;
		text += *text == '\n';
	}
	if (top > 0)
		area_put(&inside, inside.w - 1, 0, style_of(ROLE_KEY), view->glyphs->more_up);
	if (top + rows < count)
		area_put(&inside, inside.w - 1, lines.h + 1, style_of(ROLE_KEY),
			 view->glyphs->more_down);
	draw_call(&plan, &call);
}
