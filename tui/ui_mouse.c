/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/ui.h"

#include "base/clock.h"
#include "message/frame.h"
#include "tui/input.h"
#include "tui/slider.h"

#define DOUBLE_CLICK_NS (400 * CLOCK_NS_PER_MS)
#define WHEEL_ROWS      3

static void drag_to(struct ui *ui, const struct frame *frame, int x, uint64_t now_ns,
		    struct ui_effects *fx)
{
	size_t i = (size_t)ui->dragging;
	struct ui_slider slider;
	double value;

	if (i >= ui_slider_count(frame))
		return;
	ui_slider_at(ui, frame, i, &slider);
	value = slider_value_at(slider.end, slider.step, ui->drag_rect.w, x - ui->drag_rect.x);
	if (value != slider.wanted)
		ui_slider_set(ui, frame, i, value, now_ns, fx);
}

static void press_row(struct ui *ui, const struct frame *frame, const struct hit *hit,
		      uint64_t now_ns, struct ui_effects *fx)
{
	bool twice = ui->focus == hit->pane && ui->click_row == hit->index &&
		     now_ns - ui->click_ns < DOUBLE_CLICK_NS;

	ui->focus = ui->page == PAGE_RUN ? hit->pane : ui->focus;
	ui_select(ui, frame, hit->pane, hit->index);
	ui->click_row = hit->index;
	ui->click_ns = twice ? 0 : now_ns;
	if (twice)
		ui_action(ui, frame, ACTION_ENTER, 0, now_ns, fx);
}

static void press_column(struct ui *ui, const struct frame *frame, size_t column)
{
	enum endpoint_column wanted = (enum endpoint_column)column;

	if (column >= ENDPOINT_COLUMNS || endpoints_column_name(wanted) == NULL)
		return;
	ui->order_by.reverse = ui->order_by.column == wanted && !ui->order_by.reverse;
	ui->order_by.column = wanted;
	ui_reorder(ui, frame);
}

static void press(struct ui *ui, const struct frame *frame, const struct input_event *event,
		  uint64_t now_ns, struct ui_effects *fx)
{
	const struct hit *hit = screen_info_at(&ui->info, event->x, event->y);
	const char *why;

	if (hit == NULL)
		return;
	switch (hit->kind) {
	case HIT_PANE:
		ui->focus = hit->pane;
		break;
	case HIT_ROW:
		press_row(ui, frame, hit, now_ns, fx);
		break;
	case HIT_SLIDER:
		why = ui_refusal(ui, frame, ACTION_TYPE);
		if (why != NULL) {
			ui_notice(ui, now_ns, true, "%s", why);
			break;
		}
		ui->focus = PANE_SLIDERS;
		ui->maximised = false;
		ui_select(ui, frame, PANE_SLIDERS, hit->index);
		ui->dragging = (int)hit->index;
		ui->drag_rect = hit->rect;
		drag_to(ui, frame, event->x, now_ns, fx);
		break;
	case HIT_COLUMN:
		ui->focus = PANE_ENDPOINTS;
		press_column(ui, frame, hit->index);
		break;
	case HIT_ACTION:
		ui_action(ui, frame, (enum action)hit->index, 0, now_ns, fx);
		break;
	}
}

static void wheel(struct ui *ui, const struct frame *frame, const struct input_event *event,
		  uint64_t now_ns, struct ui_effects *fx)
{
	bool forth = event->mouse == MOUSE_WHEEL_UP;
	const struct hit *hit = screen_info_at(&ui->info, event->x, event->y);

	if (hit != NULL && hit->kind == HIT_SLIDER) {
		ui_select(ui, frame, PANE_SLIDERS, hit->index);
		ui_action(ui, frame, forth ? ACTION_MORE : ACTION_LESS, 0, now_ns, fx);
		return;
	}
	if (hit != NULL && hit->pane == PANE_CHART && ui->page == PAGE_RUN) {
		ui_action(ui, frame, forth ? ACTION_SHORTER : ACTION_LONGER, 0, now_ns, fx);
		return;
	}
	if (hit != NULL && ui->page == PAGE_RUN && !ui->help && hit->pane != PANE_SLIDERS)
		ui->focus = hit->pane;
	if ((ui->page == PAGE_DRILL || ui->page == PAGE_EXCHANGE) &&
	    !ui->help) { /* rows of the page, not other endpoints */
		ui_scroll(ui, forth ? -WHEEL_ROWS : WHEEL_ROWS);
		return;
	}
	for (int i = 0; i < WHEEL_ROWS; i++)
		ui_action(ui, frame, forth ? ACTION_UP : ACTION_DOWN, 0, now_ns, fx);
}

void ui_mouse(struct ui *ui, const struct frame *frame, const struct input_event *event,
	      uint64_t now_ns, struct ui_effects *fx)
{
	switch (event->mouse) {
	case MOUSE_PRESS:
		ui->dragging = -1;
		if (ui->help) /* what lies below is not what was meant */
			ui_action(ui, frame, ACTION_BACK, 0, now_ns, fx);
		else if (ui->dialog == DIALOG_NONE)
			press(ui, frame, event, now_ns, fx);
		break;
	case MOUSE_DRAG:
		if (ui->dragging >= 0)
			drag_to(ui, frame, event->x, now_ns, fx);
		break;
	case MOUSE_RELEASE:
		ui->dragging = -1;
		break;
	case MOUSE_WHEEL_UP:
	case MOUSE_WHEEL_DOWN:
		if (ui->dialog == DIALOG_NONE)
			wheel(ui, frame, event, now_ns, fx);
		break;
	}
}
