/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/ui.h"

#include <stdio.h>
#include <string.h>

#include "message/frame.h"

/* Which container's log is asked for. */

static void follow(struct ui_effects *fx, const char *container)
{
	struct command *command;

	if (fx->command_count == UI_COMMANDS_MAX)
		return;
	command = &fx->commands[fx->command_count++];
	*command = (struct command){ .type = COMMAND_LOG, .class_id = COMMAND_ALL };
	snprintf(command->text, sizeof(command->text), "%s", container);
}

/* The row of the container that is followed; container_count: none of them. */
static size_t followed(const struct frame *frame)
{
	size_t i = 0;

	while (i < frame->container_count &&
	       strcmp(frame->containers[i].name, frame->log.container) != 0)
		i++;
	return i;
}

void ui_log(struct ui *ui, const struct frame *frame, uint64_t now_ns, struct ui_effects *fx)
{
	size_t at = followed(frame);
	size_t wanted = at;

	if (frame->container_count == 0) {
		ui_notice(ui, now_ns, false,
			  frame->has_docker ? "no containers yet"
					    : "the scenario names no containers: panels.docker");
		return;
	}
	if (ui->focus == PANE_LOG)
		wanted = at + 1 < frame->container_count ? at + 1 : 0;
	else if (ui->focus == PANE_CONTAINERS && !(ui->hidden & (1u << PANE_CONTAINERS)))
		wanted = ui->selected[PANE_CONTAINERS];
	else if (frame->log.container[0] == '\0')
		wanted = 0;
	if (wanted < frame->container_count && wanted != at) {
		follow(fx, frame->containers[wanted].name);
		ui_notice(ui, now_ns, false, "the log of %s; l: of the next",
			  frame->containers[wanted].name);
		ui->selected[PANE_LOG] = 0;
	}
	ui->page = PAGE_RUN;
	ui->hidden &= ~(1u << PANE_LOG);
	ui->focus = PANE_LOG;
}
