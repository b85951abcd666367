/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/screen.h"

#include <stdio.h>
#include <string.h>

#include "message/frame.h"
#include "tui/canvas.h"
#include "tui/glyphs.h"
#include "tui/layout.h"
#include "tui/ui.h"
#include "tui/view.h"

static void draw_too_small(struct canvas *canvas, const struct frame *frame,
			   const struct glyphs *glyphs)
{
	struct area all = canvas_area(canvas);
	char text[64];
	int y = all.h > 2 ? all.h / 2 - 1 : 0;

	snprintf(text, sizeof(text), "%s, %u users", run_state_name(frame->state),
		 frame->users_live);
	area_text_cut(&all, 0, y, all.w, style_of(ROLE_STRONG), text, glyphs->ellipsis);
	snprintf(text, sizeof(text), "too small: %dx%d, needs %dx%d", all.w, all.h, LAYOUT_COLS_MIN,
		 LAYOUT_ROWS_MIN);
	area_text_cut(&all, 0, y + 1, all.w, style_of(ROLE_WARN), text, glyphs->ellipsis);
}

static struct area area_of(struct canvas *canvas, struct rect rect)
{
	struct area all = canvas_area(canvas);

	return area_sub(&all, rect.x, rect.y, rect.w, rect.h);
}

static bool on_plan(const struct frame *frame, const struct ui *ui)
{
	return frame->state == RUN_IDLE && ui->page == PAGE_RUN;
}

static void compute_layout(const struct canvas *canvas, const struct frame *frame,
			   const struct ui *ui, struct layout *layout)
{
	struct layout_request request = {
		.cols = canvas->cols,
		.rows = canvas->rows,
		.sliders = (int)ui_slider_count(frame),
		.notice = view_has_notice(frame),
		.maximised = ui->maximised && ui->focus != PANE_SLIDERS ? (int)ui->focus : -1,
		.focus = ui->focus,
	};

	for (int pane = 0; pane < PANES; pane++) {
		const struct view_ops *ops = view_pane((enum pane)pane);

		if (ops == NULL)
			continue;
		ops->wish(frame, ui, &request.wishes[pane]);
		if (ui->hidden & (1u << pane))
			request.wishes[pane].present = false;
	}
	layout_compute(&request, layout);
}

/* All borders first, so that shared lines join, the focused pane's on top; then what is on and in
 * them. */
static void draw_panes(struct canvas *canvas, const struct layout *layout, struct view *view)
{
	for (int pass = 0; pass < 2; pass++) {
		for (int pane = 0; pane < PANES; pane++) {
			struct area box = area_of(canvas, layout->panes[pane]);
			bool focused = view->ui->focus == (enum pane)pane;

			if (layout->panes[pane].w > 0 && focused == (pass == 1))
				area_box(&box, style_of(focused ? ROLE_BORDER_FOCUS : ROLE_BORDER),
					 view->glyphs);
		}
	}
	for (int pane = 0; pane < PANES; pane++) {
		struct area inside;

		if (layout->panes[pane].w == 0)
			continue;
		view->pane = (enum pane)pane;
		view->focused = view->ui->focus == (enum pane)pane;
		view->box = area_of(canvas, layout->panes[pane]);
		view->info->shown[pane] = 1;
		view_box_title(view, &view->box, view_pane((enum pane)pane)->title);
		view_hit(view, &view->box, HIT_PANE, 0);
		inside = area_sub(&view->box, 2, 1, view->box.w - 4, view->box.h - 2);
		if (inside.h > 0)
			view_pane((enum pane)pane)->draw(view, &inside);
	}
}

static void draw_body(struct canvas *canvas, const struct layout *layout, struct view *view)
{
	struct area body = area_of(canvas, layout->body);

	if (view->ui->page == PAGE_ERRORS)
		view_errors_draw(view, &body);
	else if (view->ui->page == PAGE_EXCHANGE)
		view_exchange_draw(view, &body);
	else if (view->ui->page == PAGE_DRILL)
		view_drill_draw(view, &body);
	else if (on_plan(view->frame, view->ui))
		view_plan_draw(view, &body);
	else
		draw_panes(canvas, layout, view);
}

/* Header, sliders, figures, notice and keys. */
static void draw_frame_around(struct canvas *canvas, const struct layout *layout, struct view *view)
{
	const struct ui *ui = view->ui;
	struct area area = area_of(canvas, layout->header);

	view_header_draw(view, &area);
	view->pane = PANE_SLIDERS;
	view->focused = ui->focus == PANE_SLIDERS && ui->page == PAGE_RUN;
	area = area_of(canvas, layout->sliders);
	view_sliders_draw(view, &area);
	area = area_of(canvas, layout->vitals);
	view_vitals_draw(view, &area);
	if (layout->notice.h > 0) {
		area = area_of(canvas, layout->notice);
		view_notice_draw(view, &area);
	}
	area = area_of(canvas, layout->keys);
	view_keys_draw(view, &area);
}

void screen_draw(struct canvas *canvas, const struct frame *frame, const struct ui *ui,
		 const struct glyphs *glyphs, struct screen_info *info)
{
	struct view view = { .frame = frame, .ui = ui, .glyphs = glyphs, .info = info };
	struct layout layout;
	struct area area;

	memset(info, 0, sizeof(*info));
	memcpy(info->top, ui->info.top, sizeof(info->top));
	canvas_clear(canvas);
	compute_layout(canvas, frame, ui, &layout);
	if (layout.too_small) {
		draw_too_small(canvas, frame, glyphs);
		return;
	}
	draw_frame_around(canvas, &layout, &view);
	draw_body(canvas, &layout, &view);
	if (!ui->help && ui->dialog != DIALOG_QUIT)
		info->body = layout.body;
	view.pane = PANE_SLIDERS;
	area = canvas_area(canvas);
	if (ui->help)
		view_help_draw(&view, &area);
	if (ui->dialog == DIALOG_QUIT)
		view_quit_draw(&view, &area);
}

static bool inside(struct rect rect, struct rect body)
{
	return rect.x >= body.x && rect.y >= body.y && rect.x + rect.w <= body.x + body.w &&
	       rect.y + rect.h <= body.y + body.h;
}

bool screen_refresh(struct canvas *canvas, const struct frame *frame, const struct ui *ui,
		    const struct glyphs *glyphs, struct screen_info *info)
{
	const struct screen_info *before = &ui->info;
	struct view view = { .frame = frame, .ui = ui, .glyphs = glyphs, .info = info };
	struct layout layout;
	struct rect body;

	compute_layout(canvas, frame, ui, &layout);
	body = layout.body;
	if (layout.too_small || before->body.w == 0 || !inside(body, before->body) ||
	    !inside(before->body, body))
		return false;
	*info = *before;
	info->hit_count = 0;
	canvas_clear_rows(canvas, 0, body.y);
	canvas_clear_rows(canvas, body.y + body.h, canvas->rows);
	draw_frame_around(canvas, &layout, &view);
	for (size_t i = 0; i < before->hit_count; i++) {
		if (inside(before->hits[i].rect, body))
			screen_info_add(info, before->hits[i]);
	}
	return true;
}
