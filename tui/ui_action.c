/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/ui.h"

#include <math.h>

#include "message/frame.h"
#include "tui/input.h"
#include "tui/theme.h"
#include "tui/ui_exchange.h"

/* What each key does, as a const table of functions over one turn. */

struct turn {
	struct ui *ui;
	const struct frame *frame;
	uint32_t key;
	uint64_t now_ns;
	struct ui_effects *fx;
};

/* The list that ↑ and ↓ move in. */
static enum pane list_pane(const struct ui *ui)
{
	return ui->page == PAGE_ERRORS  ? PANE_FAILURES
	       : ui->page == PAGE_DRILL ? PANE_ENDPOINTS
					: ui->focus;
}

/* The page is a text to scroll rather than a list to choose from. */
static bool on_text_page(const struct ui *ui, const struct frame *frame)
{
	if (ui->help || ui->page == PAGE_EXCHANGE)
		return true;
	return frame->state == RUN_IDLE && ui->page == PAGE_RUN && ui->focus != PANE_SLIDERS;
}

/* Ask for the details of the selected endpoint. */
static void look_into(const struct turn *turn)
{
	ui_send(turn->fx, COMMAND_FOCUS, COMMAND_ALL, turn->ui->endpoint);
}

static void move(const struct turn *turn, int by)
{
	struct ui *ui = turn->ui;
	enum pane pane = list_pane(ui);
	size_t at = pane == PANE_SLIDERS ? ui->slider : ui->selected[pane];

	if (on_text_page(ui, turn->frame))
		ui_scroll(ui, by);
	else if (by < 0)
		ui_select(ui, turn->frame, pane, (size_t)-by > at ? 0 : at - (size_t)-by);
	else
		ui_select(ui, turn->frame, pane, at + (size_t)by);
	if (ui->page == PAGE_DRILL && !ui->help) /* the endpoint above or below */
		look_into(turn);
}

static void move_page(const struct turn *turn, int pages)
{
	struct ui *ui = turn->ui;
	/* a plan is read by pages also while the arrows belong to the sliders */
	bool text = on_text_page(ui, turn->frame) || ui->page == PAGE_DRILL ||
		    (turn->frame->state == RUN_IDLE && ui->page == PAGE_RUN);
	size_t rows = text ? ui->info.page_rows : ui->info.rows[list_pane(ui)];
	int by = pages * (rows > 1 ? (int)rows - 1 : 1);

	if (text)
		ui_scroll(ui, by);
	else
		move(turn, by);
}

static void focus_step(const struct turn *turn, int step)
{
	struct ui *ui = turn->ui;
	int pane = (int)ui->focus;

	for (int i = 0; i < PANES; i++) {
		pane = (pane + step + PANES) % PANES;
		if (ui_can_focus(ui, turn->frame, (enum pane)pane))
			break;
	}
	ui->focus = (enum pane)pane;
	if (ui->focus == PANE_SLIDERS)
		ui->maximised = false;
}

static void step_slider(const struct turn *turn, int steps)
{
	struct ui_slider slider;

	if (turn->ui->page == PAGE_EXCHANGE) {
		ui_exchange_step(turn->ui, turn->frame, steps);
		return;
	}
	ui_slider_at(turn->ui, turn->frame, turn->ui->slider, &slider);
	ui_slider_set(turn->ui, turn->frame, turn->ui->slider,
		      fmax(slider.wanted + steps * slider.step, 0), turn->now_ns, turn->fx);
}

static void step_users(const struct turn *turn, int by)
{
	size_t i = turn->frame->open ? 1 : 0;
	struct ui_slider slider;

	ui_slider_at(turn->ui, turn->frame, i, &slider);
	ui_slider_set(turn->ui, turn->frame, i, fmax(slider.wanted + by, 0), turn->now_ns,
		      turn->fx);
}

static void type(const struct turn *turn, int unused)
{
	(void)unused;
	char digit[2] = { (char)turn->key, '\0' };

	ui_open_dialog(turn->ui, DIALOG_NUMBER, digit);
}

static void leave_page(const struct turn *turn)
{
	if (turn->ui->page == PAGE_DRILL)
		ui_send(turn->fx, COMMAND_FOCUS, COMMAND_ALL, -1);
	ui_exchange_drop(turn->ui);
	turn->ui->page = PAGE_RUN;
	turn->ui->page_top = 0;
}

static void drill(const struct turn *turn)
{
	struct ui *ui = turn->ui;

	ui->page = PAGE_DRILL;
	ui->page_top = 0;
	look_into(turn);
}

static void enter(const struct turn *turn, int unused)
{
	(void)unused;
	struct ui *ui = turn->ui;

	if (ui->help) {
		ui->help = false;
		return;
	}
	if (turn->frame->state == RUN_IDLE) {
		ui_send(turn->fx, COMMAND_START, COMMAND_ALL, 0);
		ui->page_top = 0;
		return;
	}
	if (ui->page == PAGE_ERRORS)
		ui_exchange_open(ui, turn->frame, turn->now_ns);
	if (ui->page != PAGE_RUN)
		return;
	switch (ui->focus) {
	case PANE_SLIDERS:
		if (ui_is_over(turn->frame)) /* nothing is left to set */
			turn->fx->leave = turn->frame->next_scenario[0] != '\0';
		else
			ui_open_dialog(ui, DIALOG_NUMBER, "");
		break;
	case PANE_ENDPOINTS:
		drill(turn);
		break;
	case PANE_FAILURES:
		ui_exchange_open(ui, turn->frame, turn->now_ns);
		break;
	case PANE_CHART:
	case PANE_HEAT:
	case PANE_CONTAINERS:
	case PANE_POSTGRES:
	case PANE_LEVELS:
	case PANE_CRITERIA:
	case PANE_EVENTS:
	case PANE_LOG:
		ui->maximised = !ui->maximised;
		break;
	case PANES:
		break;
	}
}

static void pause_or_resume(const struct turn *turn, int unused)
{
	(void)unused;
	switch (turn->frame->state) {
	case RUN_SETUP:
	case RUN_RAMPING:
	case RUN_RUNNING:
		ui_send(turn->fx, COMMAND_PAUSE, COMMAND_ALL, 0);
		break;
	case RUN_PAUSED:
		ui_send(turn->fx, COMMAND_RESUME, COMMAND_ALL, 0);
		break;
	case RUN_DRAINING:
		ui_notice(turn->ui, turn->now_ns, true, "the run is ending");
		break;
	case RUN_IDLE: /* refused */
	case RUN_DONE:
	case RUN_STATES:
		break;
	}
}

static void stop(const struct turn *turn, int unused)
{
	(void)unused;
	struct ui *ui = turn->ui;

	if (turn->frame->state == RUN_DRAINING || ui->stop_sent) {
		ui_send(turn->fx, COMMAND_STOP_NOW, COMMAND_ALL, 1);
		ui_notice(ui, turn->now_ns, true, "stopping now");
	} else {
		ui_send(turn->fx, COMMAND_STOP, COMMAND_ALL, 1);
		ui->stop_sent = true;
		ui_notice(ui, turn->now_ns, false, "stopping: x again cuts off what is in flight");
	}
}

static void panic(const struct turn *turn, int unused)
{
	(void)unused;
	ui_panic(turn->ui, turn->frame, turn->now_ns, turn->fx);
}

static void reset(const struct turn *turn, int unused)
{
	(void)unused;
	ui_send(turn->fx, COMMAND_RESET, COMMAND_ALL, 0);
	ui_notice(turn->ui, turn->now_ns, false, "statistics reset");
}

static void errors(const struct turn *turn, int unused)
{
	(void)unused;
	enum page page = turn->ui->page;

	leave_page(turn);
	if (page != PAGE_ERRORS)
		turn->ui->page = PAGE_ERRORS;
}

static void show_log(const struct turn *turn, int unused)
{
	(void)unused;
	leave_page(turn);
	ui_log(turn->ui, turn->frame, turn->now_ns, turn->fx);
}

static void sort_next(const struct turn *turn, int unused)
{
	(void)unused;
	struct endpoint_order *by = &turn->ui->order_by;

	by->column = endpoints_next_column(by->column, turn->frame->baseline[0] != '\0');
	by->reverse = false;
	ui_reorder(turn->ui, turn->frame);
	ui_notice(turn->ui, turn->now_ns, false, "sorted by %s", endpoints_column_name(by->column));
}

static void sort_reverse(const struct turn *turn, int unused)
{
	(void)unused;
	turn->ui->order_by.reverse = !turn->ui->order_by.reverse;
	ui_reorder(turn->ui, turn->frame);
}

static void filter(const struct turn *turn, int unused)
{
	(void)unused;
	leave_page(turn);
	ui_open_dialog(turn->ui, DIALOG_FILTER, turn->ui->filter);
}

static void mark(const struct turn *turn, int unused)
{
	(void)unused;
	ui_open_dialog(turn->ui, DIALOG_MARK, "");
}

static void save_load(const struct turn *turn, int unused)
{
	(void)unused;
	ui_open_dialog(turn->ui, DIALOG_SAVE_LOAD, "");
}

static void whole(const struct turn *turn, int unused)
{
	(void)unused;
	turn->ui->order_by.whole = !turn->ui->order_by.whole;
	ui_reorder(turn->ui, turn->frame);
	ui_notice(turn->ui, turn->now_ns, false, "latencies of the %s",
		  turn->ui->order_by.whole ? "whole run" : "last 10 s");
}

static void change_span(const struct turn *turn, int by)
{
	ui_change_span(turn->ui, by);
	ui_tell_span(turn->ui, turn->now_ns);
}

static void maximise(const struct turn *turn, int unused)
{
	(void)unused;
	struct ui *ui = turn->ui;

	if (ui->focus == PANE_SLIDERS)
		ui_notice(ui, turn->now_ns, true, "Tab to a pane first, then z");
	else
		ui->maximised = !ui->maximised;
}

static void hide(const struct turn *turn, int unused)
{
	(void)unused;
	struct ui *ui = turn->ui;

	if (ui->focus == PANE_SLIDERS) {
		ui_notice(ui, turn->now_ns, true, "Tab to a pane first: the sliders stay");
		return;
	}
	ui->hidden |= 1u << ui->focus;
	ui->maximised = false;
	ui_notice(ui, turn->now_ns, false, "%s hidden, H shows all panes", pane_name(ui->focus));
	focus_step(turn, 1);
}

static void show_all(const struct turn *turn, int unused)
{
	(void)unused;
	ui_notice(turn->ui, turn->now_ns, false,
		  turn->ui->hidden != 0 ? "all panes are shown" : "no pane was hidden");
	turn->ui->hidden = 0;
}

static void save(const struct turn *turn, int unused)
{
	(void)unused;
	turn->fx->save = true;
}

static void next_theme(const struct turn *turn, int unused)
{
	(void)unused;
	struct ui *ui = turn->ui;

	if (ui->theme_fixed) {
		ui_notice(ui, turn->now_ns, true,
			  "this terminal has no colours, or NO_COLOR is set");
		return;
	}
	ui->theme = (ui->theme + 1) % theme_count();
	ui_notice(ui, turn->now_ns, false, "theme: %s", theme_at(ui->theme)->title);
}

static void redraw(const struct turn *turn, int unused)
{
	(void)unused;
	turn->fx->redraw = true;
}

static void help(const struct turn *turn, int unused)
{
	(void)unused;
	turn->ui->help = !turn->ui->help;
	turn->ui->page_top = 0;
}

static void back(const struct turn *turn, int unused)
{
	(void)unused;
	struct ui *ui = turn->ui;

	if (ui->help) {
		help(turn, 0);
	} else if (ui->page == PAGE_EXCHANGE) {
		ui_exchange_back(ui);
	} else if (ui->page != PAGE_RUN) {
		leave_page(turn);
	} else if (ui->maximised) {
		ui->maximised = false;
	} else if (ui->filter[0] != '\0') {
		ui->filter[0] = '\0';
		ui_reorder(ui, turn->frame);
	} else {
		ui->focus = PANE_SLIDERS;
	}
}

static void quit(const struct turn *turn, int unused)
{
	(void)unused;
	struct ui *ui = turn->ui;

	if (ui->help)
		help(turn, 0);
	else if (turn->frame->state == RUN_IDLE || ui_is_over(turn->frame))
		turn->fx->leave = true;
	else
		ui_open_dialog(ui, DIALOG_QUIT, "");
}

#define TO_THE_END 1000000

static const struct {
	void (*run)(const struct turn *turn, int by);
	int by;
} handlers[ACTIONS] = {
	[ACTION_NEXT_PANE] = { focus_step, 1 },
	[ACTION_PREVIOUS_PANE] = { focus_step, -1 },
	[ACTION_UP] = { move, -1 },
	[ACTION_DOWN] = { move, 1 },
	[ACTION_PAGE_UP] = { move_page, -1 },
	[ACTION_PAGE_DOWN] = { move_page, 1 },
	[ACTION_FIRST] = { move, -TO_THE_END },
	[ACTION_LAST] = { move, TO_THE_END },
	[ACTION_LESS] = { step_slider, -1 },
	[ACTION_MORE] = { step_slider, 1 },
	[ACTION_LESS_TEN] = { step_slider, -10 },
	[ACTION_MORE_TEN] = { step_slider, 10 },
	[ACTION_USERS_1] = { step_users, 1 },
	[ACTION_USERS_10] = { step_users, 10 },
	[ACTION_USERS_MINUS_1] = { step_users, -1 },
	[ACTION_USERS_MINUS_10] = { step_users, -10 },
	[ACTION_TYPE] = { type, 0 },
	[ACTION_ENTER] = { enter, 0 },
	[ACTION_PAUSE] = { pause_or_resume, 0 },
	[ACTION_STOP] = { stop, 0 },
	[ACTION_PANIC] = { panic, 0 },
	[ACTION_RESET] = { reset, 0 },
	[ACTION_ERRORS] = { errors, 0 },
	[ACTION_LOG] = { show_log, 0 },
	[ACTION_SORT] = { sort_next, 0 },
	[ACTION_SORT_REVERSE] = { sort_reverse, 0 },
	[ACTION_FILTER] = { filter, 0 },
	[ACTION_MARK] = { mark, 0 },
	[ACTION_SAVE_LOAD] = { save_load, 0 },
	[ACTION_WHOLE] = { whole, 0 },
	[ACTION_SHORTER] = { change_span, -1 },
	[ACTION_LONGER] = { change_span, 1 },
	[ACTION_MAXIMISE] = { maximise, 0 },
	[ACTION_HIDE] = { hide, 0 },
	[ACTION_SHOW_ALL] = { show_all, 0 },
	[ACTION_SAVE] = { save, 0 },
	[ACTION_THEME] = { next_theme, 0 },
	[ACTION_REDRAW] = { redraw, 0 },
	[ACTION_HELP] = { help, 0 },
	[ACTION_BACK] = { back, 0 },
	[ACTION_QUIT] = { quit, 0 },
};

void ui_action(struct ui *ui, const struct frame *frame, enum action action, uint32_t key,
	       uint64_t now_ns, struct ui_effects *fx)
{
	struct turn turn = { ui, frame, key, now_ns, fx };
	const char *why = ui_refusal(ui, frame, action);

	if (why != NULL)
		ui_notice(ui, now_ns, true, "%s", why);
	else if (action < ACTIONS && handlers[action].run != NULL)
		handlers[action].run(&turn, handlers[action].by);
}

static void press_key(struct ui *ui, const struct frame *frame, uint32_t key, uint64_t now_ns,
		      struct ui_effects *fx)
{
	enum action action = keys_action(key);

	if (action != ACTION_NONE)
		ui_action(ui, frame, action, key, now_ns, fx);
	else if (key > ' ' && key < 0x7f)
		ui_notice(ui, now_ns, true, "%c is no key here: ? lists them", (int)key);
	else
		ui_notice(ui, now_ns, true, "no such key here: ? lists them");
}

void ui_event(struct ui *ui, const struct frame *frame, const struct input_event *event,
	      uint64_t now_ns, struct ui_effects *fx)
{
	if (event->type == INPUT_ANSWER)
		return;
	if (event->type == INPUT_MOUSE)
		ui_mouse(ui, frame, event, now_ns, fx);
	else if (ui->dialog != DIALOG_NONE)
		ui_dialog_event(ui, frame, event, now_ns, fx);
	else if (event->type == INPUT_KEY)
		press_key(ui, frame, event->key, now_ns, fx);
}
