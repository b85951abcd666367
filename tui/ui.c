/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/ui.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "message/frame.h"
#include "tui/console.h"
#include "tui/theme.h"
#include "tui/ui_exchange.h"

#define NOTICE_NS (4 * CLOCK_NS_PER_SEC)
#define OLD_NS    (30 * CLOCK_NS_PER_SEC)

static const unsigned spans_s[] = { 10, 30, 60, 120, 300, 600, 1800, 3600, 0 };
#define SPANS        (sizeof(spans_s) / sizeof(spans_s[0]))
#define SPAN_DEFAULT 3

static const char *const pane_names[PANES] = {
	[PANE_SLIDERS] = "sliders",
	[PANE_ENDPOINTS] = "endpoints",
	[PANE_CHART] = "chart",
	[PANE_HEAT] = "heat",
	[PANE_CONTAINERS] = "containers",
	[PANE_POSTGRES] = "postgres",
	[PANE_LEVELS] = "levels",
	[PANE_CRITERIA] = "criteria",
	[PANE_FAILURES] = "failures",
	[PANE_EVENTS] = "events",
	[PANE_LOG] = "log",
};

const char *pane_name(enum pane pane)
{
	return pane_names[pane];
}

void ui_init(struct ui *ui)
{
	memset(ui, 0, sizeof(*ui));
	ui->endpoint = SAMPLE_ALL;
	ui->order_by.column = COLUMN_NAME;
	ui->order_by.filter = ui->filter;
	ui->span = SPAN_DEFAULT;
	ui->dragging = -1;
}

void ui_fini(struct ui *ui)
{
	free(ui->order);
	ui->order = NULL;
	ui_exchange_drop(ui);
}

void ui_load_settings(struct ui *ui, const struct console_settings *settings)
{
	if (settings->theme[0] != '\0')
		ui->theme = theme_index(settings->theme);
	ui->order_by.column = endpoints_column_find(settings->sort);
	ui->order_by.reverse = settings->sort_reverse;
	ui->order_by.whole = settings->whole;
	for (size_t i = 0; i < SPANS; i++) {
		if (settings->whole_span ? spans_s[i] == 0
					 : settings->span_s != 0 && spans_s[i] == settings->span_s)
			ui->span = i;
	}
	ui->hidden = 0;
	for (size_t i = 0; i < CONSOLE_PANES_MAX && settings->hidden[i][0] != '\0'; i++) {
		for (int pane = PANE_ENDPOINTS; pane < PANES; pane++) {
			if (strcmp(settings->hidden[i], pane_names[pane]) == 0)
				ui->hidden |= 1u << pane;
		}
	}
}

void ui_store_settings(const struct ui *ui, struct console_settings *settings)
{
	const char *sort = endpoints_column_name(ui->order_by.column);
	size_t hidden = 0;

	if (!ui->theme_fixed)
		snprintf(settings->theme, sizeof(settings->theme), "%s", theme_at(ui->theme)->name);
	snprintf(settings->sort, sizeof(settings->sort), "%s", sort != NULL ? sort : "name");
	settings->sort_reverse = ui->order_by.reverse;
	settings->whole = ui->order_by.whole;
	settings->span_s = spans_s[ui->span];
	settings->whole_span = spans_s[ui->span] == 0;
	memset(settings->hidden, 0, sizeof(settings->hidden));
	for (int pane = PANE_ENDPOINTS; pane < PANES; pane++) {
		if (ui->hidden & (1u << pane))
			snprintf(settings->hidden[hidden++], sizeof(settings->hidden[0]), "%s",
				 pane_names[pane]);
	}
}

bool ui_same_settings(const struct console_settings *a, const struct console_settings *b)
{
	for (size_t i = 0; i < CONSOLE_PANES_MAX; i++) {
		if (strcmp(a->hidden[i], b->hidden[i]) != 0)
			return false;
	}
	return strcmp(a->theme, b->theme) == 0 && strcmp(a->sort, b->sort) == 0 &&
	       a->sort_reverse == b->sort_reverse && a->whole == b->whole &&
	       a->span_s == b->span_s && a->whole_span == b->whole_span;
}

void ui_notice(struct ui *ui, uint64_t now_ns, bool bad, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ui->notice, sizeof(ui->notice), fmt, ap);
	va_end(ap);
	ui->notice_bad = bad;
	ui->notice_until_ns = now_ns + NOTICE_NS;
}

bool ui_tick(struct ui *ui, uint64_t now_ns)
{
	if (ui->notice[0] == '\0' || now_ns < ui->notice_until_ns)
		return false;
	ui->notice[0] = '\0';
	return true;
}

bool ui_change_span(struct ui *ui, int by)
{
	if ((by < 0 && ui->span == 0) || (by > 0 && ui->span + 1 >= SPANS))
		return false;
	ui->span = by < 0 ? ui->span - 1 : ui->span + 1;
	return true;
}

void ui_scroll(struct ui *ui, int by)
{
	size_t most = ui->info.page_count > ui->info.page_rows
			      ? ui->info.page_count - ui->info.page_rows
			      : 0;
	size_t top = ui->page_top > most ? most : ui->page_top;

	if (by < 0)
		top = (size_t)-by > top ? 0 : top - (size_t)-by;
	else
		top = (size_t)by > most - top ? most : top + (size_t)by;
	ui->page_top = top;
}

unsigned ui_span_s(const struct ui *ui)
{
	return spans_s[ui->span];
}

void ui_tell_span(struct ui *ui, uint64_t now_ns)
{
	unsigned span_s = ui_span_s(ui);

	if (span_s == 0)
		ui_notice(ui, now_ns, false, "charts: the whole run");
	else if (span_s < 120)
		ui_notice(ui, now_ns, false, "charts: %u seconds", span_s);
	else
		ui_notice(ui, now_ns, false, "charts: %u minutes", span_s / 60);
}

bool ui_is_over(const struct frame *frame)
{
	return frame->last;
}

const struct frame_row *ui_selected_row(const struct ui *ui, const struct frame *frame)
{
	if (ui->endpoint == SAMPLE_ALL)
		return &frame->all;
	for (size_t i = 0; i < frame->row_count; i++) {
		if (frame->rows[i].endpoint == ui->endpoint)
			return &frame->rows[i];
	}
	return NULL;
}

size_t ui_list_count(const struct ui *ui, const struct frame *frame, enum pane pane)
{
	switch (pane) {
	case PANE_SLIDERS:
		return ui_slider_count(frame);
	case PANE_ENDPOINTS:
		return ui->order_count + 1; /* the total row is the last */
	case PANE_CONTAINERS:
		return frame->container_count;
	case PANE_CRITERIA:
		return frame->criterion_count;
	case PANE_FAILURES:
		return frame->failure_count;
	case PANE_EVENTS:
		return frame->finding_count + frame->mark_count;
	case PANE_LEVELS:
		return frame->level_count;
	case PANE_LOG:
		return frame->log.count;
	case PANE_CHART:
	case PANE_HEAT:
	case PANE_POSTGRES:
	case PANES:
		break;
	}
	return 0;
}

/* Sort, and find the selected endpoint's row again. */
void ui_reorder(struct ui *ui, const struct frame *frame)
{
	size_t at = ui->selected[PANE_ENDPOINTS];
	bool found = ui->endpoint == SAMPLE_ALL;

	if (frame->row_count > ui->order_capacity) {
		free(ui->order);
		ui->order = mem_array(frame->row_count, sizeof(*ui->order));
		ui->order_capacity = frame->row_count;
	}
	ui->order_count =
		frame->row_count == 0 ? 0 : endpoints_sort(frame, &ui->order_by, ui->order);
	if (found)
		at = ui->order_count;
	for (size_t i = 0; i < ui->order_count && !found; i++) {
		if (frame->rows[ui->order[i]].endpoint == ui->endpoint) {
			at = i;
			found = true;
		}
	}
	if (at > ui->order_count)
		at = ui->order_count;
	ui->selected[PANE_ENDPOINTS] = at;
	/* a row under examination keeps its identity even when a filter hides it */
	if (!found && ui->page != PAGE_DRILL)
		ui->endpoint =
			at < ui->order_count ? frame->rows[ui->order[at]].endpoint : SAMPLE_ALL;
}

/* Something hangs: the table makes room for it, and keeps it a while, or its columns would come and go. */
static void look_for_old(struct ui *ui, const struct frame *frame, uint64_t now_ns)
{
	for (size_t i = 0; i < frame->row_count; i++) {
		if (endpoints_is_old(frame, &frame->rows[i])) {
			ui->old_until_ns = now_ns + OLD_NS;
			break;
		}
	}
	ui->old = now_ns < ui->old_until_ns;
}

void ui_frame(struct ui *ui, const struct frame *frame, uint64_t now_ns)
{
	bool first = ui->order_capacity == 0 && frame->row_count > 0;

	ui_steer_frame(ui, frame, now_ns);
	look_for_old(ui, frame, now_ns);
	if (first) { /* begin on the first row rather than on the total */
		ui->selected[PANE_ENDPOINTS] = 0;
		ui->endpoint = SAMPLE_ALL - 1;
	}
	ui_reorder(ui, frame);
	if (ui->slider >= ui_slider_count(frame))
		ui->slider = 0;
	for (int pane = 0; pane < PANES; pane++) {
		size_t count = ui_list_count(ui, frame, (enum pane)pane);

		if (ui->selected[pane] >= count)
			ui->selected[pane] = count > 0 ? count - 1 : 0;
	}
	if (frame->answer_sequence != ui->answers_seen) {
		ui->answers_seen = frame->answer_sequence;
		ui_notice(ui, now_ns, frame->answer_bad, "%s", frame->answer);
	}
	if (frame->last && ui->stop_sent) { /* "x again" would be a lie now */
		ui->notice[0] = '\0';
		ui->stop_sent = false;
	}
	if (frame->state != RUN_DRAINING && frame->state != RUN_DONE &&
	    now_ns >= ui->notice_until_ns)
		ui->stop_sent = false;
}

void ui_select(struct ui *ui, const struct frame *frame, enum pane pane, size_t row)
{
	size_t count = ui_list_count(ui, frame, pane);

	if (count == 0)
		return;
	if (row >= count)
		row = count - 1;
	ui->selected[pane] = row;
	if (pane == PANE_SLIDERS)
		ui->slider = row;
	if (pane == PANE_ENDPOINTS)
		ui->endpoint =
			row < ui->order_count ? frame->rows[ui->order[row]].endpoint : SAMPLE_ALL;
}

bool ui_can_focus(const struct ui *ui, const struct frame *frame, enum pane pane)
{
	if (pane >= PANES || ui->hidden & (1u << pane))
		return false;
	if (frame->state == RUN_IDLE)
		return pane == PANE_SLIDERS || pane == PANE_ENDPOINTS;
	if (pane == PANE_CONTAINERS)
		return frame->has_docker;
	if (pane == PANE_POSTGRES)
		return frame->has_postgres;
	if (pane == PANE_LOG)
		return frame->log.container[0] != '\0';
	return true;
}
