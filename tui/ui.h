/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_UI_H
#define THRONG_TUI_UI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/command.h"
#include "tui/endpoints.h"
#include "tui/keys.h"
#include "tui/pane.h"

struct console_settings;
struct example;
struct frame;
struct input_event;

/* What the user is doing: focus, selection, what is being typed, where sliders were put. Pure
 * state: it knows no terminal, asks no clock and sends nothing itself. Every call says what it
 * wants done through ui_effects. Main thread. */

enum page {
	PAGE_RUN, /* or the plan while the run is idle */
	PAGE_DRILL,
	PAGE_ERRORS,
	PAGE_EXCHANGE,
	PAGE_COUNT
};

enum dialog {
	DIALOG_NONE,
	DIALOG_QUIT,
	DIALOG_NUMBER,
	DIALOG_FILTER,
	DIALOG_MARK,
	DIALOG_SAVE_LOAD
};

#define UI_CLASSES_MAX 64
#define UI_NO_PANE     PANES

/* A value the user asked for and the run has not confirmed yet: shown at once. */
struct pending {
	bool set;
	double value;
	uint64_t until_ns; /* given up then: the run knows better */
	bool guess;        /* follows from another slider: gone with that one's confirmation */
};

struct ui {
	enum page page;
	bool help;
	enum dialog dialog;
	char text[COMMAND_TEXT_MAX]; /* what is being typed */
	size_t text_len;

	enum pane focus;
	bool maximised;
	uint32_t hidden; /* bit per pane */
	size_t slider;   /* the selected one */
	size_t selected[PANES];
	const struct example *example; /* PAGE_EXCHANGE: shown and owned; else NULL */
	enum page exchange_from;       /* where Esc goes back to */
	size_t page_top;               /* scrolling of plan and help */
	uint16_t endpoint;             /* of the selected row, so that sorting does not lose it */

	struct endpoint_order order_by;
	char filter[COMMAND_TEXT_MAX];
	size_t *order; /* rows of the frame in the order shown */
	size_t order_count, order_capacity;

	uint64_t old_until_ns; /* columns for what is in flight come forward until then */
	bool old;

	size_t span; /* index into the spans of the charts */
	size_t theme;
	bool theme_fixed; /* no colours wanted: the theme cannot be changed */

	struct pending users, spawn, rate, classes[UI_CLASSES_MAX];
	double spawn_end, rate_end; /* slider ends that only grow */
	bool stop_sent;
	int dragging; /* slider being dragged, -1: none */
	struct rect drag_rect;
	uint64_t click_ns; /* of the last press on a row, for double clicks */
	size_t click_row;

	char notice[120];
	bool notice_bad;
	uint32_t answers_seen; /* of the frames' answer_sequence */
	uint64_t notice_until_ns;

	struct screen_info info; /* of the screen drawn last */
};

#define UI_COMMANDS_MAX 16

/* What the caller shall do after a call. */
struct ui_effects {
	struct command commands[UI_COMMANDS_MAX]; /* at_ns still to be stamped */
	size_t command_count;
	bool leave;  /* end the console */
	bool save;   /* save the screen */
	bool redraw; /* the terminal's content cannot be trusted */
};

void ui_init(struct ui *ui);
void ui_fini(struct ui *ui);
void ui_load_settings(struct ui *ui, const struct console_settings *settings);
void ui_store_settings(const struct ui *ui, struct console_settings *settings);
bool ui_same_settings(const struct console_settings *a, const struct console_settings *b);

/* A new frame came: settle what it confirms, sort, keep selections where they were. */
void ui_frame(struct ui *ui, const struct frame *frame, uint64_t now_ns);
/* One key, click or pasted character. */
void ui_event(struct ui *ui, const struct frame *frame, const struct input_event *event,
	      uint64_t now_ns, struct ui_effects *fx);
/* Do an action as if its key had been pressed; `key` is only looked at by ACTION_TYPE. */
void ui_action(struct ui *ui, const struct frame *frame, enum action action, uint32_t key,
	       uint64_t now_ns, struct ui_effects *fx);
/* Why a key means nothing now (before the start, after the end, on this page); NULL: it does
 * something. Static text. */
const char *ui_refusal(const struct ui *ui, const struct frame *frame, enum action action);
/* A pane of this run that is not hidden. */
bool ui_can_focus(const struct ui *ui, const struct frame *frame, enum pane pane);
/* A line for the user, shown for some seconds. */
void ui_notice(struct ui *ui, uint64_t now_ns, bool bad, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Time passed; true when something on screen ends with it. */
bool ui_tick(struct ui *ui, uint64_t now_ns);

/* Move the text of a page, such as plan, help or an endpoint's details. */
void ui_scroll(struct ui *ui, int by);
/* Select a row of a pane's list; past its end: the last one. */
void ui_select(struct ui *ui, const struct frame *frame, enum pane pane, size_t row);
/* Sort and filter anew, finding the selected endpoint's row again. */
void ui_reorder(struct ui *ui, const struct frame *frame);
/* A shorter (-1) or longer (1) time in the charts; false at the end of the row. */
bool ui_change_span(struct ui *ui, int by);
/* Say what it is now. */
void ui_tell_span(struct ui *ui, uint64_t now_ns);

/* ---- prompts and questions (ui_dialog.c) ---- */
void ui_open_dialog(struct ui *ui, enum dialog dialog, const char *text);
void ui_dialog_event(struct ui *ui, const struct frame *frame, const struct input_event *event,
		     uint64_t now_ns, struct ui_effects *fx);

/* ---- sliders (ui_steer.c) ---- */

enum ui_slider_kind { SLIDER_RATE, SLIDER_USERS, SLIDER_SPAWN, SLIDER_CLASS };

struct ui_slider {
	enum ui_slider_kind kind;
	uint16_t class_id;
	const char *label;
	double wanted, actual; /* actual: negative when there is none */
	double end, step;
};

size_t ui_slider_count(const struct frame *frame);
void ui_slider_at(const struct ui *ui, const struct frame *frame, size_t i, struct ui_slider *out);
/* Set a slider's value: shown at once, sent as a command. Beyond the guard rail: its end. */
void ui_slider_set(struct ui *ui, const struct frame *frame, size_t i, double value,
		   uint64_t now_ns, struct ui_effects *fx);
/* Settle pending values that the frame confirms, and let ends grow. */
void ui_steer_frame(struct ui *ui, const struct frame *frame, uint64_t now_ns);
void ui_panic(struct ui *ui, const struct frame *frame, uint64_t now_ns, struct ui_effects *fx);
/* Queue a command; a newer value for the same slider replaces one that waits. */
void ui_send(struct ui_effects *fx, enum command_type type, uint16_t class_id, double value);

/* ---- the log of a container (ui_log.c) ---- */
/* Show and focus it; once more: that of the next container. */
void ui_log(struct ui *ui, const struct frame *frame, uint64_t now_ns, struct ui_effects *fx);

/* ---- mouse (ui_mouse.c) ---- */
void ui_mouse(struct ui *ui, const struct frame *frame, const struct input_event *event,
	      uint64_t now_ns, struct ui_effects *fx);

/* ---- asked by views ---- */

/* Rows in a pane's list. */
size_t ui_list_count(const struct ui *ui, const struct frame *frame, enum pane pane);
/* Seconds a chart shows, 0: the whole run. */
unsigned ui_span_s(const struct ui *ui);
/* The frame's row that is selected or looked into; NULL when there is none. The total row is one. */
const struct frame_row *ui_selected_row(const struct ui *ui, const struct frame *frame);
/* The run has ended and the user only looks at it. */
bool ui_is_over(const struct frame *frame);
const char *pane_name(enum pane pane);

#endif
