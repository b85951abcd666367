/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/ui.h"

#include "message/frame.h"

/* Which keys mean nothing now, and why. A key that does nothing says so, and the last line does not
 * offer it. */

#define NOT_STARTED "not started yet: Enter starts"

static const char *before_start(enum action action)
{
	switch ((int)action) {
	case ACTION_PAUSE:
	case ACTION_STOP:
	case ACTION_PANIC:
	case ACTION_RESET:
	case ACTION_MARK:
	case ACTION_SAVE_LOAD:
	case ACTION_SORT:
	case ACTION_SORT_REVERSE:
	case ACTION_FILTER:
	case ACTION_WHOLE:
	case ACTION_SHORTER:
	case ACTION_LONGER:
	case ACTION_MAXIMISE:
	case ACTION_HIDE:
		return NOT_STARTED;
	default:
		return NULL;
	}
}

static const char *after_end(const struct ui *ui, const struct frame *frame, enum action action)
{
	switch ((int)action) {
	case ACTION_LESS:
	case ACTION_MORE:
	case ACTION_LESS_TEN:
	case ACTION_MORE_TEN:
		if (ui->page == PAGE_EXCHANGE) /* newer, older */
			return NULL;
		break;
	case ACTION_TYPE:
	case ACTION_USERS_1:
	case ACTION_USERS_10:
	case ACTION_USERS_MINUS_1:
	case ACTION_USERS_MINUS_10:
	case ACTION_PAUSE:
	case ACTION_STOP:
	case ACTION_PANIC:
	case ACTION_RESET:
	case ACTION_MARK:
		break;
	default:
		return NULL;
	}
	return frame->next_scenario[0] != '\0' ? "the run has ended: q goes on to the next scenario"
					       : "the run has ended: q leaves";
}

static const char *on_a_page(enum action action)
{
	switch ((int)action) {
	case ACTION_NEXT_PANE:
	case ACTION_PREVIOUS_PANE:
	case ACTION_SORT:
	case ACTION_SORT_REVERSE:
	case ACTION_WHOLE:
	case ACTION_MAXIMISE:
	case ACTION_HIDE:
		return "Esc first: this key belongs to the panes";
	default:
		return NULL;
	}
}

const char *ui_refusal(const struct ui *ui, const struct frame *frame, enum action action)
{
	const char *why = NULL;

	if (frame->state == RUN_IDLE)
		why = before_start(action);
	else if (frame->state == RUN_DONE || frame->last)
		why = after_end(ui, frame, action);
	if (why == NULL && ui->page != PAGE_RUN)
		why = on_a_page(action);
	return why;
}
