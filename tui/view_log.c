/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <stdio.h>

#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/show.h"
#include "tui/table.h"
#include "tui/ui.h"

/* The log of the container that is followed, the newest line first, as in the list of events. Lines
 * with one of the scenario's patterns stand out by sign and colour. */

void view_log_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish)
{
	(void)ui;
	*wish = (struct layout_wish){
		.present = frame->log.container[0] != '\0',
		.least = 2,
		.wanted = 6,
		.weight = 1,
		.rank = 44,
	};
}

static struct style line_style(const struct frame_log_line *line)
{
	if (line->matched)
		return style_of(ROLE_WARN);
	return style_of(line->kind == FRAME_LOG_REMARK ? ROLE_DIM : ROLE_TEXT);
}

static void draw_line(const struct view *view, const struct area *area, int y,
		      const struct frame_log_line *line)
{
	if (line->matched)
		area_put(area, 0, y, style_of(ROLE_WARN), view->glyphs->warn);
	else if (line->kind == FRAME_LOG_STDERR)
		area_put(area, 0, y, style_of(ROLE_DIM), view->glyphs->bullet);
	area_text_cut(area, 2, y, area->w - 2, line_style(line), line->text,
		      view->glyphs->ellipsis);
}

void view_log_draw(const struct view *view, const struct area *area)
{
	const struct frame_log *log = &view->frame->log;
	size_t rows = (size_t)area->h;
	size_t top;

	view_box_remark(view, &view->box, style_of(ROLE_TEXT), log->container);
	if (log->count == 0) {
		view_empty(view, area, "it has said nothing yet");
		return;
	}
	top = view_scroll(view, log->count, rows);
	for (size_t i = 0; i < rows && top + i < log->count; i++) {
		draw_line(view, area, (int)i, &log->lines[log->count - 1 - (top + i)]);
		view_list_row(view, area, (int)i, top + i);
	}
	table_thumb(&view->box, 1, rows, top, log->count, style_of(ROLE_BORDER_FOCUS),
		    view->glyphs);
}
