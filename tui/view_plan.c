/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <stdio.h>
#include <string.h>

#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/ui.h"

/* The first page: what is going to happen, what was found when it was looked at beforehand, and that
 * Enter starts. Where both do not fit, the plan scrolls and the probes keep up to half of the page:
 * then what failed comes first, and what is fine shares one line. */

#define NAME_MOST    30 /* columns of a probe's name */
#define TEXT_LEAST   30 /* columns a probe's text needs beside it; else it goes below */
#define INDENT       4
#define HANG         12 /* columns of the plan's labels */
#define WARNING_WIDE 60 /* columns from which a warning stands behind its label */

/* Lines of the plan are wrapped where the page ends: behind their label, without most of the blanks
 * that align them on a wider page. Only the scenario's description is cut: what it does stands below. */
struct line {
	const char *text;
	size_t len;
	bool warning;
};

#define LINE_MOST 1024

struct shape {
	char text[LINE_MOST]; /* the words */
	int x;                /* where they stand, in every row */
	int label;            /* bytes of the line that stand before them, 0: none */
	bool cut;
};

static bool next_line(const char **text, struct line *line)
{
	const char *word = *text + strspn(*text, " ");

	if (**text == '\0')
		return false;
	*line = (struct line){ .text = *text,
			       .len = strcspn(*text, "\n"),
			       .warning = strncmp(word, "warning ", 8) == 0 };
	*text += line->len;
	*text += **text == '\n';
	return true;
}

static void copy_text(const char *text, size_t len, char *dst, size_t size)
{
	if (len >= size)
		len = size - 1;
	memcpy(dst, text, len);
	dst[len] = '\0';
}

/* "  load      ...": a word, and at least two blanks up to where the words stand. */
static bool has_label(const struct line *line)
{
	return line->len > HANG && strncmp(line->text, "  ", 2) == 0 && line->text[2] != ' ' &&
	       line->text[HANG - 1] == ' ' && line->text[HANG - 2] == ' ' &&
	       line->text[HANG] != '\0';
}

static void squeeze(char *text)
{
	char *to = text;

	for (const char *from = text + strspn(text, " "); *from != '\0'; from++) {
		if (*from != ' ' || from[1] != ' ' || from[2] != ' ')
			*to++ = *from;
	}
	*to = '\0';
}

static void shape_line(const struct area *area, const struct line *line, struct shape *shape)
{
	*shape = (struct shape){ .label = has_label(line) ? HANG : 0 };
	/* a warning is long: on a narrow page its words have all of it */
	if (line->warning && area->w < WARNING_WIDE)
		shape->label = 0;
	shape->x = shape->label;
	copy_text(line->text + shape->x, line->len - (size_t)shape->x, shape->text,
		  sizeof(shape->text));
	if (shape->x + canvas_text_width(area->canvas, shape->text) <= area->w)
		return;
	if (shape->label == 0 && line->text[0] == ' ') {
		bool row = strncmp(line->text, "    ", INDENT) == 0; /* of a table */

		shape->x = row ? INDENT : 2;
		shape->cut = !row && !line->warning;
	}
	squeeze(shape->text);
}

static int line_rows(const struct area *area, const struct line *line)
{
	struct shape shape;
	int rows;

	shape_line(area, line, &shape);
	if (shape.cut)
		return 1;
	rows = view_wrap_lines(area->canvas, area->w - shape.x, shape.text);
	return rows > 0 ? rows : 1;
}

static void draw_line(const struct view *view, const struct area *area, int y,
		      const struct line *line)
{
	struct shape shape;
	struct area words;
	enum role role = line->warning                           ? ROLE_WARN
			 : line->len > 0 && line->text[0] != ' ' ? ROLE_STRONG
								 : ROLE_TEXT;

	shape_line(area, line, &shape);
	if (shape.label > 0) {
		char label[HANG + 1];

		copy_text(line->text, HANG, label, sizeof(label));
		area_text(area, 0, y, style_of(line->warning ? ROLE_WARN : ROLE_HEADING), label);
	}
	words = area_sub(area, shape.x, y, area->w - shape.x, area->h - y);
	if (shape.cut)
		area_text_cut(&words, 0, 0, words.w, style_of(role), shape.text,
			      view->glyphs->ellipsis);
	else
		view_wrap(&words, 0, style_of(role), shape.text);
}

static int plan_rows(const struct area *area, const char *text)
{
	struct line line;
	int rows = 0;

	while (next_line(&text, &line))
		rows += line_rows(area, &line);
	return rows;
}

static size_t count_lines(const char *text)
{
	struct line line;
	size_t lines = 0;

	while (next_line(&text, &line))
		lines++;
	return lines;
}

/* The last line that may be the topmost: from there on the rest fits. */
static size_t last_top(const struct area *area, const char *text)
{
	int over = plan_rows(area, text) - area->h;
	struct line line;
	size_t top = 0;

	while (over > 0 && next_line(&text, &line)) {
		over -= line_rows(area, &line);
		top++;
	}
	return top;
}

static void draw_plan(const struct view *view, const struct area *inside, const struct area *area)
{
	const char *text = view->frame->plan;
	size_t top = last_top(area, text), i = 0, shown = 0;
	struct line line;
	int y = 0;

	if (view->ui->page_top < top)
		top = view->ui->page_top;
	for (; y < area->h && next_line(&text, &line); i++) {
		if (i < top)
			continue;
		draw_line(view, area, y, &line);
		y += line_rows(area, &line);
		shown++;
	}
	view->info->page_rows = shown;
	view->info->page_count = count_lines(view->frame->plan);
	if (top > 0)
		area_put(inside, inside->w - 1, 0, style_of(ROLE_KEY), view->glyphs->more_up);
	if (*text != '\0' || y > area->h)
		area_put(inside, inside->w - 1, area->h + 1, style_of(ROLE_KEY),
			 view->glyphs->more_down);
}

/* ---- probes ---- */

struct probe_list {
	const struct view *view;
	int name_columns; /* 0: names stand above their text */
	bool brief;       /* what is fine is only counted */
};

static size_t count_state(const struct frame *frame, enum probe_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < frame->probe_count; i++)
		count += frame->probes[i].state == state;
	return count;
}

static int name_columns(const struct area *area, const struct frame *frame)
{
	int most = 0;

	for (size_t i = 0; i < frame->probe_count; i++) {
		int width = canvas_text_width(area->canvas, frame->probes[i].name);

		most = width > most ? width : most;
	}
	if (most > NAME_MOST)
		most = NAME_MOST;
	return area->w - INDENT - most - 2 >= TEXT_LEAST ? most : 0;
}

static int text_x(const struct probe_list *list)
{
	return INDENT + (list->name_columns > 0 ? list->name_columns + 2 : 0);
}

/* What is fine or only begun needs a line, what is wrong as many as it takes to be read. */
static int probe_lines(const struct probe_list *list, const struct area *area,
		       const struct frame_probe *probe)
{
	int lines = 1;

	if (probe->state == PROBE_FAILED)
		lines = view_wrap_lines(area->canvas, area->w - text_x(list), probe->text);
	else if (list->name_columns == 0 && probe->text[0] == '\0')
		return 1;
	return (lines > 0 ? lines : 1) + (list->name_columns == 0);
}

static uint32_t sign_of(const struct glyphs *glyphs, enum probe_state state, struct style *style)
{
	switch (state) {
	case PROBE_OK:
		*style = style_of(ROLE_GOOD);
		return glyphs->good;
	case PROBE_FAILED:
		*style = style_of(ROLE_BAD);
		return glyphs->bad;
	case PROBE_RUNNING:
		*style = style_of(ROLE_ACCENT);
		return glyphs->pending;
	case PROBE_SKIPPED:
		break;
	}
	*style = style_of(ROLE_DIM);
	return '-';
}

static int draw_probe(const struct probe_list *list, const struct area *area, int y,
		      const struct frame_probe *probe)
{
	const struct view *view = list->view;
	int x = text_x(list);
	int rows = probe_lines(list, area, probe);
	int below = list->name_columns == 0;
	struct area text = area_sub(area, x, y + below, area->w - x, rows - below);
	struct style sign;
	uint32_t glyph = sign_of(view->glyphs, probe->state, &sign);
	struct style words = style_of(probe->state == PROBE_SKIPPED ? ROLE_DIM : ROLE_TEXT);

	area_put(area, 2, y, sign, glyph);
	area_text_cut(area, INDENT, y, below ? area->w - INDENT : list->name_columns,
		      probe->state == PROBE_FAILED ? style_of(ROLE_STRONG) : words, probe->name,
		      view->glyphs->ellipsis);
	if (probe->state == PROBE_FAILED)
		view_wrap(&text, 0, style_of(ROLE_BAD), probe->text);
	else
		area_text_cut(&text, 0, 0, text.w, words, probe->text, view->glyphs->ellipsis);
	return rows;
}

static bool is_brief(const struct probe_list *list, const struct frame_probe *probe)
{
	return list->brief && (probe->state == PROBE_OK || probe->state == PROBE_SKIPPED);
}

/* Heading, probes and, in brief, the line for the rest. */
static int probes_height(const struct probe_list *list, const struct area *area)
{
	const struct frame *frame = list->view->frame;
	int height = 1;

	for (size_t i = 0; i < frame->probe_count; i++)
		if (!is_brief(list, &frame->probes[i]))
			height += probe_lines(list, area, &frame->probes[i]);
	return height;
}

static void draw_heading(const struct view *view, const struct area *area)
{
	const struct frame *frame = view->frame;
	size_t failed = count_state(frame, PROBE_FAILED), good = count_state(frame, PROBE_OK);
	int x = area_text(area, 0, 0, style_of(ROLE_STRONG), "checks") + 2;

	if (good > 0)
		x += area_textf(area, x, 0, style_of(ROLE_DIM), "%zu passed", good) + 2;
	if (failed > 0)
		x += area_textf(area, x, 0, style_of(ROLE_BAD), "%zu failed", failed) + 2;
	if (frame->probing)
		area_text(area, x, 0, style_of(ROLE_ACCENT), "under way");
}

static void draw_probes(const struct probe_list *list, const struct area *area)
{
	static const enum probe_state order[] = { PROBE_FAILED, PROBE_RUNNING };
	const struct frame *frame = list->view->frame;
	int y = 1;

	draw_heading(list->view, area);
	if (!list->brief) {
		for (size_t i = 0; i < frame->probe_count; i++)
			y += draw_probe(list, area, y, &frame->probes[i]);
		return;
	}
	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (size_t i = 0; i < frame->probe_count; i++)
			if (frame->probes[i].state == order[k])
				y += draw_probe(list, area, y, &frame->probes[i]);
}

static void draw_call(const struct view *view, const struct area *area)
{
	const char *call = count_state(view->frame, PROBE_FAILED) > 0
				   ? "  Enter starts all the same  "
				   : "  Enter starts  ";
	int columns = (int)strlen(call);
	struct area button = area_sub(area, (area->w - columns) / 2, 0, columns, 1);

	area_text(&button, 0, 0, style_on(ROLE_STRONG, GROUND_GOOD), call);
	view_hit(view, &button, HIT_ACTION, ACTION_ENTER);
}

/* The plan from the top, the probes behind it where there is room, else at the foot. */
static void divide(const struct view *view, struct probe_list *list, const struct area *inside,
		   struct area *plan, struct area *probes)
{
	int rows = inside->h - 4, lines = plan_rows(inside, view->frame->plan);
	int height;

	*plan = area_sub(inside, 0, 1, inside->w, rows);
	*probes = area_sub(inside, 0, 1, 0, 0);
	if (view->frame->probe_count == 0 && !view->frame->probing)
		return;
	list->name_columns = name_columns(inside, view->frame);
	height = probes_height(list, inside);
	if (height > rows / 2 && lines + 1 + height > rows) {
		list->brief = true;
		height = probes_height(list, inside);
		height = height > rows / 2 ? rows / 2 : height;
	}
	if (lines + 1 + height < rows)
		rows = lines + 1 + height;
	*plan = area_sub(inside, 0, 1, inside->w, rows - height - 1);
	*probes = area_sub(inside, 0, 1 + rows - height, inside->w, height);
}

void view_plan_draw(const struct view *view, const struct area *area)
{
	struct view page = *view;
	struct probe_list list = { .view = &page };
	struct area inside, plan, probes, call;

	page.pane = PANE_ENDPOINTS;
	page.focused = view->ui->focus != PANE_SLIDERS;
	inside = view_box(&page, area, "plan");
	view_hit(&page, area, HIT_PANE, 0);
	divide(&page, &list, &inside, &plan, &probes);
	draw_plan(&page, &inside, &plan);
	if (probes.h > 0)
		draw_probes(&list, &probes);
	call = area_sub(&inside, 0, inside.h - 2, inside.w, 1);
	draw_call(&page, &call);
}
