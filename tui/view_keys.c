/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <assert.h>
#include <string.h>

#include "message/frame.h"
#include "tui/glyphs.h"
#include "tui/keys.h"
#include "tui/ui.h"

/* The last line: what can be pressed now, from the table of keys; or a prompt; or a notice. */

static const struct {
	const char *label, *help;
} prompts[] = {
	[DIALOG_NUMBER] = { "", "Enter sets it  Esc leaves it" },
	[DIALOG_FILTER] = { "filter", "Enter keeps it  Esc shows all" },
	[DIALOG_MARK] = { "mark", "Enter marks this moment  Esc does not" },
	[DIALOG_SAVE_LOAD] = { "save the load as",
			       "Enter saves it (empty: a name of its own)  Esc does not" },
};

static void draw_prompt(const struct view *view, const struct area *area)
{
	const struct ui *ui = view->ui;
	struct style key = style_on(ROLE_KEY, GROUND_BAR);
	const char *label = prompts[ui->dialog].label;
	const char *help = prompts[ui->dialog].help;
	struct ui_slider slider;
	int help_w = canvas_text_width(area->canvas, help);
	int text_w = canvas_text_width(area->canvas, ui->text);
	int x = 1;

	if (ui->dialog == DIALOG_NUMBER) {
		ui_slider_at(ui, view->frame, ui->slider, &slider);
		label = slider.label;
	}
	x += area_text(area, x, 0, key, label) + 1;
	x += area_text(area, x, 0, style_on(ROLE_STRONG, GROUND_BAR), ui->text);
	area_put(area, x, 0, key, view->glyphs->cursor);
	if (x + help_w + 4 >= area->w) { /* a narrow pane: how to get out at least */
		help = "Esc leaves";
		help_w = (int)strlen(help);
	}
	if (x + help_w + 4 < area->w && text_w < area->w)
		area_text_right(area, area->w - 1, 0, style_on(ROLE_DIM, GROUND_BAR), help);
}

static void draw_message(const struct view *view, const struct area *area)
{
	bool bad = view->ui->notice_bad;

	area_put(area, 1, 0, style_on(bad ? ROLE_WARN : ROLE_GOOD, GROUND_BAR),
		 bad ? view->glyphs->warn : view->glyphs->good);
	area_text_cut(area, 3, 0, area->w - 4, style_on(ROLE_STRONG, GROUND_BAR), view->ui->notice,
		      view->glyphs->ellipsis);
}

struct hint {
	const char *keys, *brief;
	enum action action;
	int rank;
};

#define HINTS_MAX 24
#define HINT_GAP  2

/* What a key does may depend on the state; the word says what it does now. NULL: not offered. */
static const char *brief_now(const struct view *view, const struct key_binding *binding)
{
	const struct ui *ui = view->ui;
	const struct frame *frame = view->frame;
	bool over = frame->state == RUN_DONE || frame->last;

	if (ui_refusal(ui, frame, binding->action) != NULL)
		return NULL;
	switch ((int)binding->action) {
	case ACTION_PAUSE:
		return frame->state == RUN_PAUSED ? "resume" : binding->brief;
	case ACTION_STOP:
		return frame->state == RUN_DRAINING ? "stop now" : binding->brief;
	case ACTION_ERRORS: /* Esc leaves the page */
		return frame->state == RUN_IDLE || ui->page == PAGE_ERRORS ? NULL : binding->brief;
	case ACTION_FILTER:
		return ui->page != PAGE_RUN ? NULL : binding->brief;
	case ACTION_MAXIMISE:
		return ui->focus == PANE_SLIDERS || ui->maximised ? NULL : binding->brief;
	case ACTION_QUIT:
		return !over                             ? binding->brief
		       : frame->next_scenario[0] != '\0' ? "next scenario"
							 : "leave";
	default:
		return binding->brief;
	}
}

/* What belongs to the page or to the pane in focus comes first. */
static size_t collect_place(const struct view *view, struct hint *hints)
{
	const struct ui *ui = view->ui;
	const struct frame *frame = view->frame;
	size_t n = 0;

	if (frame->state == RUN_IDLE)
		hints[n++] = (struct hint){ "Enter", "start", ACTION_ENTER, 0 };
	else if (ui_is_over(frame) && frame->next_scenario[0] != '\0' && ui->page == PAGE_RUN &&
		 ui->focus == PANE_SLIDERS)
		hints[n++] = (struct hint){ "Enter", "next scenario", ACTION_ENTER, 0 };
	else if (ui->page != PAGE_RUN)
		hints[n++] = (struct hint){ "Esc", "back", ACTION_BACK, 0 };
	else if (ui->maximised && ui->focus != PANE_SLIDERS)
		hints[n++] = (struct hint){ "Esc", "all panes", ACTION_BACK, 3 };
	if (ui->page == PAGE_RUN && ui->focus == PANE_ENDPOINTS && frame->state != RUN_IDLE)
		hints[n++] = (struct hint){ "Enter", "details", ACTION_ENTER, 3 };
	else if (ui->page == PAGE_RUN && ui->focus == PANE_FAILURES && frame->failure_count > 0)
		hints[n++] = (struct hint){ "Enter", "exchange", ACTION_ENTER, 3 };
	else if (ui->page == PAGE_ERRORS && frame->failure_count > 0)
		hints[n++] = (struct hint){ "Enter", "exchange", ACTION_ENTER, 2 };
	if (ui->page == PAGE_DRILL)
		hints[n++] = (struct hint){ "↑↓", "endpoint", ACTION_DOWN, 7 };
	else if (ui->page == PAGE_EXCHANGE)
		hints[n++] = (struct hint){ "↑↓", "scroll", ACTION_DOWN, 7 };
	return n;
}

static size_t collect(const struct view *view, struct hint *hints)
{
	const struct ui *ui = view->ui;
	struct ui_slider slider;
	size_t n = collect_place(view, hints);

	for (size_t i = 0; i < keys_count() && n < HINTS_MAX; i++) {
		const struct key_binding *binding = keys_at(i);
		const char *brief = brief_now(view, binding);

		if (brief == NULL)
			continue;
		hints[n] = (struct hint){ binding->keys, brief, binding->action, binding->rank };
		if (binding->action == ACTION_MORE) {
			ui_slider_at(ui, view->frame, ui->slider, &slider);
			hints[n].keys = "←→";
			hints[n].brief = ui->page == PAGE_EXCHANGE ? "newer, older" : slider.label;
		}
		n++;
	}
	return n;
}

static int hints_width(const struct area *area, const struct hint *hints, size_t count)
{
	int width = 1 - HINT_GAP; /* none behind the last */

	for (size_t i = 0; i < count; i++)
		width += canvas_text_width(area->canvas, hints[i].keys) +
			 canvas_text_width(area->canvas, hints[i].brief) + 1 + HINT_GAP;
	return width;
}

static size_t drop_hint(struct hint *hints, size_t count)
{
	size_t worst = 0;

	assert(count > 0);
	for (size_t i = 1; i < count; i++) {
		if (hints[i].rank >= hints[worst].rank)
			worst = i;
	}
	memmove(&hints[worst], &hints[worst + 1], (count - 1 - worst) * sizeof(*hints));
	return count - 1;
}

void view_keys_draw(const struct view *view, const struct area *area)
{
	struct hint hints[HINTS_MAX];
	size_t count;
	int x = 1;

	area_fill(area, style_on(ROLE_TEXT, GROUND_BAR), ' ');
	if (view->ui->dialog != DIALOG_NONE && view->ui->dialog != DIALOG_QUIT) {
		draw_prompt(view, area);
		return;
	}
	if (view->ui->notice[0] != '\0') {
		draw_message(view, area);
		return;
	}
	count = collect(view, hints);
	while (count > 1 && hints_width(area, hints, count) > area->w)
		count = drop_hint(hints, count);
	for (size_t i = 0; i < count; i++) {
		int begin = x;
		struct area hit;

		x += area_text(area, x, 0, style_on(ROLE_KEY, GROUND_BAR), hints[i].keys) + 1;
		x += area_text(area, x, 0, style_on(ROLE_TEXT, GROUND_BAR), hints[i].brief);
		hit = area_sub(area, begin, 0, x - begin, 1);
		view_hit(view, &hit, HIT_ACTION, (size_t)hints[i].action);
		x += HINT_GAP;
	}
}
