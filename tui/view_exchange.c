/* SPDX-License-Identifier: MIT */
/* One failing exchange: when and how long, what was sent, what came, and the command that sends it
 * again. Text of any length, shown through the window that the screen leaves; lines are broken where
 * they are full, not at blanks, so that nothing of them is lost. */
#include "config.h"

#include "tui/view.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "message/example.h"
#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/show.h"
#include "tui/table.h"
#include "tui/ui.h"
#include "tui/ui_exchange.h"

#define PIECE_MAX 1024 /* bytes of a row: columns, up to four bytes each */

/* What is written goes on row by row; those in the window are drawn. */
struct sheet {
	const struct area *area;
	size_t top; /* first row that shows */
	size_t rows;
};

/* Bytes that fit into `columns`; at least one character. */
static size_t fitting(const struct canvas *canvas, const char *text, size_t len, int columns)
{
	size_t at = 0;
	int used = 0;

	while (at < len) {
		char one[5] = "";
		uint32_t ch;
		size_t bytes = text_decode(text + at, len - at, &ch);

		memcpy(one, text + at, bytes < 5 ? bytes : 4);
		used += canvas_text_width(canvas, one);
		if (at > 0 && (used > columns || at + bytes >= PIECE_MAX))
			break;
		at += bytes;
	}
	return at;
}

static void put_row(struct sheet *sheet, int indent, struct style style, const char *text,
		    size_t len)
{
	char row[PIECE_MAX + 8];

	if (sheet->rows >= sheet->top && sheet->rows < sheet->top + (size_t)sheet->area->h) {
		memcpy(row, text, len);
		row[len] = '\0';
		area_text(sheet->area, indent, (int)(sheet->rows - sheet->top), style, row);
	}
	sheet->rows++;
}

/* Text of one or more lines. */
static void put(struct sheet *sheet, int indent, struct style style, const char *text)
{
	int columns = sheet->area->w - indent;

	while (*text != '\0' && columns > 0) {
		size_t line = strcspn(text, "\n");

		if (line == 0)
			put_row(sheet, indent, style, "", 0);
		for (size_t at = 0, n; at < line; at += n) {
			n = fitting(sheet->area->canvas, text + at, line - at, columns);
			put_row(sheet, indent, style, text + at, n);
		}
		text += line + (text[line] == '\n' ? 1 : 0);
	}
}

static void put_heading(struct sheet *sheet, const char *text)
{
	put_row(sheet, 0, style_of(ROLE_TEXT), "", 0);
	put(sheet, 0, style_of(ROLE_HEADING), text);
}

static void put_body(struct sheet *sheet, const char *body, uint64_t bytes, bool cut)
{
	char line[80], size[SHOW_MAX];

	if (body[0] != '\0') {
		put_row(sheet, 0, style_of(ROLE_TEXT), "", 0);
		put(sheet, 2, style_of(ROLE_TEXT), body);
	}
	if (cut) {
		snprintf(line, sizeof(line), "(only the beginning; the body has %s)",
			 units_format_bytes(bytes, size, sizeof(size)));
		put(sheet, 2, style_of(ROLE_DIM), line);
	}
}

static const char *latency(const struct sheet *sheet, uint32_t us, char dst[SHOW_MAX])
{
	return units_format_latency(us, sheet->area->canvas->ascii, dst, SHOW_MAX);
}

static void put_circumstances(struct sheet *sheet, const struct example *example)
{
	char line[400], clock[SHOW_MAX];

	if (example->setup)
		snprintf(line, sizeof(line), "setup or teardown");
	else
		snprintf(line, sizeof(line), "%s, user %llu, at %s", example->class_name,
			 (unsigned long long)example->user,
			 units_format_clock(example->at_ns, clock, sizeof(clock)));
	put(sheet, 0, style_of(ROLE_TEXT), line);
}

static void put_times(struct sheet *sheet, const struct example *example)
{
	char line[400] = "", time[SHOW_MAX];
	size_t len = 0;

	if (example->connected)
		len += (size_t)snprintf(line, sizeof(line), "connected in %s, ",
					latency(sheet, example->connect_us, time));
	if (example->answered)
		len += (size_t)snprintf(line + len, sizeof(line) - len, "first byte after %s, ",
					latency(sheet, example->first_byte_us, time));
	len += (size_t)snprintf(line + len, sizeof(line) - len, "end after %s",
				latency(sheet, example->end_us, time));
	if (example->response_us > example->end_us)
		len += (size_t)snprintf(
			line + len, sizeof(line) - len, "; wanted %s before",
			latency(sheet, example->response_us - example->end_us, time));
	if (example->redirects > 0)
		(void)snprintf(line + len, sizeof(line) - len, "; redirects followed: %u",
			       example->redirects);
	put(sheet, 0, style_of(ROLE_STRONG), line);
}

static void put_request(struct sheet *sheet, const struct example *example)
{
	put_heading(sheet, "sent");
	if (!example->sent) {
		put(sheet, 2, style_of(ROLE_DIM), "nothing: the request could not be built");
		return;
	}
	put(sheet, 2, style_of(view_method_role(example->method)), example->method);
	put(sheet, 2, style_of(ROLE_STRONG), example->url);
	put(sheet, 2, style_of(ROLE_DIM), example->request_headers);
	put_body(sheet, example->request_body, example->request_body_bytes, example->request_cut);
}

static void put_response(struct sheet *sheet, const struct example *example)
{
	char line[80];

	put_heading(sheet, "received");
	if (!example->answered) {
		put(sheet, 2, style_of(ROLE_DIM), "nothing");
		return;
	}
	if (example->status != 0) {
		snprintf(line, sizeof(line), "status %u", example->status);
		put(sheet, 2, style_of(ROLE_STRONG), line);
	} else {
		put(sheet, 2, style_of(ROLE_DIM), "no complete head; these bytes:");
	}
	put(sheet, 2, style_of(ROLE_DIM), example->response_headers);
	put_body(sheet, example->response_body, example->response_body_bytes,
		 example->response_cut);
}

static void put_command(struct sheet *sheet, const struct example *example)
{
	char line[600];

	if (!example->sent)
		return;
	put_heading(sheet, "to send it again");
	put(sheet, 2, style_of(ROLE_ACCENT), example->curl);
	if (example->variables[0] != '\0') {
		snprintf(line, sizeof(line), "set first, in place of what is masked: %s",
			 example->variables);
		put(sheet, 2, style_of(ROLE_DIM), line);
	}
}

static void put_all(struct sheet *sheet, const struct example *example)
{
	put(sheet, 0, style_of(ROLE_BAD), example->text);
	put(sheet, 0, style_of(ROLE_STRONG), example->name);
	put_circumstances(sheet, example);
	put_times(sheet, example);
	put_request(sheet, example);
	put_response(sheet, example);
	put_command(sheet, example);
}

void view_exchange_draw(const struct view *view, const struct area *area)
{
	const struct example *example = view->ui->example;
	struct view page = *view;
	struct area inside, nowhere;
	struct sheet measure = { .area = &nowhere }, shown;
	size_t count, place = ui_exchange_place(view->ui, view->frame, &count);
	size_t most;
	char remark[96];

	page.pane = PANE_FAILURES;
	page.focused = true;
	page.box = *area;
	inside = view_box(&page, area, "exchange");
	if (example == NULL) {
		view_empty(&page, &inside, "no exchange was kept");
		return;
	}
	if (place > 0)
		snprintf(remark, sizeof(remark), "%zu of %zu, newest first", place, count);
	else
		snprintf(remark, sizeof(remark), "older than those kept now");
	view_box_remark(&page, area, style_of(ROLE_DIM), remark);
	nowhere = area_sub(&inside, 0, 0, inside.w, 0);
	put_all(&measure, example);
	most = measure.rows > (size_t)inside.h ? measure.rows - (size_t)inside.h : 0;
	shown = (struct sheet){ .area = &inside,
				.top = view->ui->page_top < most ? view->ui->page_top : most };
	put_all(&shown, example);
	view->info->page_top = shown.top;
	view->info->page_rows = (size_t)(inside.h > 0 ? inside.h : 0);
	view->info->page_count = shown.rows;
	table_thumb(&page.box, 1, view->info->page_rows, shown.top, shown.rows,
		    style_of(ROLE_BORDER_FOCUS), view->glyphs);
}
