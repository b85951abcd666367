/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/ui.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "message/frame.h"
#include "tui/input.h"

/* One line of typing at the bottom of the screen, and the question before quitting. */

void ui_open_dialog(struct ui *ui, enum dialog dialog, const char *text)
{
	char clean[sizeof(ui->text)];

	ui->dialog = dialog;
	ui->text_len = text_clean(clean, sizeof(clean), text, SIZE_MAX, false);
	memcpy(ui->text, clean, ui->text_len + 1);
}

static void close_dialog(struct ui *ui)
{
	ui->dialog = DIALOG_NONE;
	ui->text[0] = '\0';
	ui->text_len = 0;
}

static bool accepts(enum dialog dialog, uint32_t ch)
{
	if (dialog == DIALOG_NUMBER)
		return (ch >= '0' && ch <= '9') || ch == '.';
	return ch >= 0x20 && ch != 0x7f && (ch < 0x80 || ch >= 0xa0) && ch < 0x110000;
}

static void add_character(struct ui *ui, uint32_t ch)
{
	size_t room = ui->dialog == DIALOG_NUMBER ? 12 : sizeof(ui->text) - 1;
	char bytes[4];
	size_t len;

	if (!accepts(ui->dialog, ch))
		return;
	len = text_encode(ch, bytes);
	if (ui->text_len + len > room)
		return;
	memcpy(ui->text + ui->text_len, bytes, len);
	ui->text_len += len;
	ui->text[ui->text_len] = '\0';
}

static void remove_character(struct ui *ui)
{
	while (ui->text_len > 0) {
		unsigned char byte = (unsigned char)ui->text[--ui->text_len];

		if ((byte & 0xc0) != 0x80)
			break;
	}
	ui->text[ui->text_len] = '\0';
}

static void apply_filter(struct ui *ui, const struct frame *frame, const char *text)
{
	snprintf(ui->filter, sizeof(ui->filter), "%s", text);
	ui_reorder(ui, frame);
}

static void send_text(struct ui_effects *fx, enum command_type type, const char *text)
{
	struct command *command;

	if (fx->command_count >= UI_COMMANDS_MAX)
		return;
	command = &fx->commands[fx->command_count++];
	*command = (struct command){ .type = (uint8_t)type, .class_id = COMMAND_ALL };
	text_clean(command->text, sizeof(command->text), text, SIZE_MAX, false);
}

static void finish(struct ui *ui, const struct frame *frame, uint64_t now_ns, struct ui_effects *fx)
{
	double value;

	switch (ui->dialog) {
	case DIALOG_NUMBER:
		if (ui->text_len == 0)
			break;
		if (units_parse_number(ui->text, &value) == 0)
			ui_slider_set(ui, frame, ui->slider, value, now_ns, fx);
		else
			ui_notice(ui, now_ns, true, "not a number: %s", ui->text);
		break;
	case DIALOG_FILTER:
		apply_filter(ui, frame, ui->text);
		break;
	case DIALOG_MARK:
		send_text(fx, COMMAND_MARK, ui->text_len > 0 ? ui->text : "mark");
		ui_notice(ui, now_ns, false, "marked");
		break;
	case DIALOG_SAVE_LOAD: /* what came of it says a frame */
		send_text(fx, COMMAND_SAVE_SCENARIO, ui->text);
		break;
	case DIALOG_QUIT:
	case DIALOG_NONE:
		break;
	}
	close_dialog(ui);
}

static void answer_quit(struct ui *ui, const struct input_event *event, struct ui_effects *fx)
{
	if (event->type != INPUT_KEY)
		return;
	if (event->key == 'y' || event->key == 'Y' || event->key == 'q')
		fx->leave = true;
	close_dialog(ui);
}

void ui_dialog_event(struct ui *ui, const struct frame *frame, const struct input_event *event,
		     uint64_t now_ns, struct ui_effects *fx)
{
	bool pasted = event->type == INPUT_PASTE;

	if (ui->dialog == DIALOG_QUIT) {
		answer_quit(ui, event, fx);
		return;
	}
	if (!pasted && event->key == INPUT_ESCAPE) {
		if (ui->dialog == DIALOG_FILTER)
			apply_filter(ui, frame, "");
		close_dialog(ui);
		return;
	}
	if (!pasted && event->key == INPUT_ENTER) {
		finish(ui, frame, now_ns, fx);
		return;
	}
	if (!pasted && event->key == INPUT_BACKSPACE)
		remove_character(ui);
	else if (!pasted && event->key == INPUT_CTRL('U'))
		ui->text[ui->text_len = 0] = '\0';
	else
		add_character(ui, event->key);
	if (ui->dialog == DIALOG_FILTER) /* seen while it is typed */
		apply_filter(ui, frame, ui->text);
}
