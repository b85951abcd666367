/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/ui_exchange.h"

#include <stdio.h>
#include <string.h>

#include "message/example.h"
#include "message/frame.h"
#include "tui/ui.h"

static void show(struct ui *ui, const struct example *example)
{
	const struct example *old = ui->example;

	ui->example = example_ref(example);
	example_unref(old);
	ui->page_top = 0;
}

void ui_exchange_drop(struct ui *ui)
{
	example_unref(ui->example);
	ui->example = NULL;
}

void ui_exchange_open(struct ui *ui, const struct frame *frame, uint64_t now_ns)
{
	size_t selected = ui->selected[PANE_FAILURES];

	if (selected >= frame->failure_count || frame->failures[selected].example_count == 0) {
		ui_notice(ui, now_ns, false, "%s",
			  frame->failure_count > 0 ? "no exchange of this failure was kept"
						   : "no request has failed");
		return;
	}
	if (ui->page != PAGE_EXCHANGE)
		ui->exchange_from = ui->page;
	ui->page = PAGE_EXCHANGE;
	show(ui, frame->failures[selected].examples[0]);
}

void ui_exchange_back(struct ui *ui)
{
	ui_exchange_drop(ui);
	ui->page = ui->exchange_from;
	ui->page_top = 0;
}

/* The failure it is one of; a name and a text are enough to know it by. */
static const struct frame_failure *failure_of(const struct example *example,
					      const struct frame *frame)
{
	for (size_t i = 0; example != NULL && i < frame->failure_count; i++) {
		const struct frame_failure *failure = &frame->failures[i];
		const struct example *other;

		if (failure->example_count == 0 || failure->kind != example->kind)
			continue;
		other = failure->examples[0];
		if (other->status == example->status && strcmp(other->name, example->name) == 0 &&
		    strcmp(other->text, example->text) == 0)
			return failure;
	}
	return NULL;
}

size_t ui_exchange_place(const struct ui *ui, const struct frame *frame, size_t *count)
{
	const struct frame_failure *failure = failure_of(ui->example, frame);

	*count = failure != NULL ? failure->example_count : 0;
	for (size_t i = 0; i < *count; i++)
		if (failure->examples[i] == ui->example)
			return i + 1;
	return 0;
}

void ui_exchange_step(struct ui *ui, const struct frame *frame, int by)
{
	const struct frame_failure *failure = failure_of(ui->example, frame);
	size_t count, place = ui_exchange_place(ui, frame, &count);

	if (failure == NULL)
		return;
	if (place == 0) /* older than all that are kept */
		place = by < 0 ? count + 1 : 0;
	if (by < 0 && place > 1)
		show(ui, failure->examples[place - 2]);
	else if (by > 0 && place > 0 && place < count)
		show(ui, failure->examples[place]);
}
