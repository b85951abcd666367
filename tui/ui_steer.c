/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/ui.h"

#include <math.h>

#include "base/clock.h"
#include "message/frame.h"
#include "tui/plot.h"
#include "tui/show.h"
#include "tui/slider.h"

/* Steering. A moved slider is "pending": it shows the wanted value at once and until the run's
 * frames say the same, or for PENDING_NS when they never do. */

#define PENDING_NS     (2 * CLOCK_NS_PER_SEC)
#define SPAWN_END      100.0
#define SPAWN_LEAST    0.1
#define USERS_FALLBACK 20.0

static bool has_classes(const struct frame *frame)
{
	return frame->class_count > 1;
}

size_t ui_slider_count(const struct frame *frame)
{
	size_t classes = has_classes(frame) ? frame->class_count : 0;

	if (classes > UI_CLASSES_MAX)
		classes = UI_CLASSES_MAX;
	return (frame->open ? 3 : 2) + classes;
}

static enum ui_slider_kind kind_of(const struct frame *frame, size_t i, uint16_t *class_id)
{
	*class_id = COMMAND_ALL;
	if (frame->open) {
		if (i == 0)
			return SLIDER_RATE;
		i--;
	}
	if (i < 2)
		return i == 0 ? SLIDER_USERS : SLIDER_SPAWN;
	*class_id = (uint16_t)(i - 2);
	return SLIDER_CLASS;
}

static double wanted(const struct pending *pending, double reported)
{
	return pending->set ? pending->value : reported;
}

static double users_end(const struct frame *frame, double value)
{
	double most = fmax(fmax(value, frame->users_target), frame->users_live);

	if (frame->users_max > 0)
		return frame->users_max;
	return plot_nice(fmax(2 * most, USERS_FALLBACK));
}

void ui_slider_at(const struct ui *ui, const struct frame *frame, size_t i, struct ui_slider *out)
{
	double least = 1;

	*out = (struct ui_slider){ .actual = -1 };
	out->kind = kind_of(frame, i, &out->class_id);
	switch (out->kind) {
	case SLIDER_RATE:
		out->label = "rate/s";
		out->wanted = wanted(&ui->rate, frame->rate);
		out->actual = frame->all.rps;
		out->end = frame->rate_max > 0 ? frame->rate_max : ui->rate_end;
		break;
	case SLIDER_USERS:
		out->label = "users";
		out->wanted = wanted(&ui->users, frame->users_target);
		out->actual = frame->users_live;
		out->end = users_end(frame, out->wanted);
		break;
	case SLIDER_SPAWN:
		out->label = "spawn/s";
		out->wanted = wanted(&ui->spawn, frame->spawn_rate);
		out->end = ui->spawn_end;
		break;
	case SLIDER_CLASS:
		out->label = frame->classes[out->class_id].name;
		out->wanted =
			wanted(&ui->classes[out->class_id], frame->classes[out->class_id].target);
		out->actual = frame->classes[out->class_id].live;
		out->end = users_end(frame, out->wanted);
		break;
	}
	if (out->end <= 0)
		out->end = 1;
	out->step = slider_step(out->end, least);
}

void ui_send(struct ui_effects *fx, enum command_type type, uint16_t class_id, double value)
{
	struct command command = { .type = (uint8_t)type, .class_id = class_id, .value = value };
	struct command *last = fx->command_count > 0 ? &fx->commands[fx->command_count - 1] : NULL;
	bool is_value =
		type == COMMAND_USERS || type == COMMAND_SPAWN_RATE || type == COMMAND_ARRIVAL_RATE;

	if (is_value && last != NULL && last->type == command.type && last->class_id == class_id)
		last->value = value;
	else if (fx->command_count < UI_COMMANDS_MAX)
		fx->commands[fx->command_count++] = command;
}

static void hold(struct pending *pending, double value, uint64_t now_ns)
{
	*pending = (struct pending){ true, value, now_ns + PENDING_NS, false };
}

static double class_sum(const struct ui *ui, const struct frame *frame)
{
	double sum = 0;

	for (size_t i = 0; i < frame->class_count && i < UI_CLASSES_MAX; i++)
		sum += wanted(&ui->classes[i], frame->classes[i].target);
	return sum;
}

/* The value within its guard rail; tells the user when it was not. */
static double limited(struct ui *ui, double value, double least, double end, uint64_t now_ns)
{
	char text[SHOW_MAX];

	if (value < least || !isfinite(value))
		return least;
	if (value <= end)
		return value;
	ui_notice(ui, now_ns, true, "the guard rail is %s", show_value(end, text, sizeof(text)));
	return end;
}

/* The guard rail is for all users together: a class gets what the others leave, as the engines
 * share it out. */
static double limited_class(struct ui *ui, double value, double others, double end, uint64_t now_ns)
{
	char text[SHOW_MAX];
	double room = fmax(end - others, 0);

	if (!isfinite(value) || value < 0)
		return 0;
	if (value <= room)
		return value;
	ui_notice(ui, now_ns, true, "the guard rail is %s for all classes together",
		  show_value(end, text, sizeof(text)));
	return room;
}

/* All classes keep their proportions. The engines share the total out (by weight, or as it was set by
 * hand); until their word comes the sliders stand where they will be, give or take a user. */
static void share_out(struct ui *ui, const struct frame *frame, double total, uint64_t now_ns)
{
	double before = class_sum(ui, frame);

	for (size_t i = 0; i < frame->class_count && i < UI_CLASSES_MAX; i++) {
		double part = wanted(&ui->classes[i], frame->classes[i].target);

		ui->classes[i].set = false;
		if (before <= 0)
			continue;
		hold(&ui->classes[i], round(total * part / before), now_ns);
		ui->classes[i].guess = true;
	}
}

void ui_slider_set(struct ui *ui, const struct frame *frame, size_t i, double value,
		   uint64_t now_ns, struct ui_effects *fx)
{
	struct ui_slider slider;

	ui_slider_at(ui, frame, i, &slider);
	switch (slider.kind) {
	case SLIDER_RATE:
		value = limited(ui, value, 0, frame->rate_max > 0 ? frame->rate_max : INFINITY,
				now_ns);
		hold(&ui->rate, value, now_ns);
		ui_send(fx, COMMAND_ARRIVAL_RATE, COMMAND_ALL, value);
		break;
	case SLIDER_USERS:
		value = round(limited(ui, value, 0,
				      frame->users_max > 0 ? frame->users_max : UINT32_MAX,
				      now_ns));
		hold(&ui->users, value, now_ns);
		share_out(ui, frame, value, now_ns);
		ui_send(fx, COMMAND_USERS, COMMAND_ALL, value);
		break;
	case SLIDER_SPAWN:
		value = limited(ui, value, SPAWN_LEAST, INFINITY, now_ns);
		hold(&ui->spawn, value, now_ns);
		ui_send(fx, COMMAND_SPAWN_RATE, COMMAND_ALL, value);
		break;
	case SLIDER_CLASS:
		value = round(limited_class(ui, value, class_sum(ui, frame) - slider.wanted,
					    frame->users_max > 0 ? frame->users_max : UINT32_MAX,
					    now_ns));
		hold(&ui->classes[slider.class_id], value, now_ns);
		hold(&ui->users, class_sum(ui, frame), now_ns);
		ui_send(fx, COMMAND_USERS, slider.class_id, value);
		break;
	}
	if (value > ui->spawn_end && slider.kind == SLIDER_SPAWN)
		ui->spawn_end = plot_nice(value * 1.25);
	if (value > ui->rate_end && slider.kind == SLIDER_RATE)
		ui->rate_end = plot_nice(value * 1.25);
}

static void settle(struct pending *pending, double reported, uint64_t now_ns)
{
	if (pending->set && (fabs(pending->value - reported) < 0.01 || now_ns >= pending->until_ns))
		pending->set = false;
}

void ui_steer_frame(struct ui *ui, const struct frame *frame, uint64_t now_ns)
{
	bool asked = ui->users.set;

	settle(&ui->users, frame->users_target, now_ns);
	settle(&ui->spawn, frame->spawn_rate, now_ns);
	settle(&ui->rate, frame->rate, now_ns);
	for (size_t i = 0; i < frame->class_count && i < UI_CLASSES_MAX; i++) {
		if (asked && !ui->users.set && ui->classes[i].guess)
			ui->classes[i].set = false;
		settle(&ui->classes[i], frame->classes[i].target, now_ns);
	}
	if (ui->spawn_end < SPAWN_END)
		ui->spawn_end = SPAWN_END;
	if (frame->spawn_rate > ui->spawn_end)
		ui->spawn_end = plot_nice(frame->spawn_rate * 1.25);
	if (ui->rate_end < frame->rate || ui->rate_end <= 0)
		ui->rate_end = plot_nice(fmax(frame->rate * 2, 10));
}

void ui_panic(struct ui *ui, const struct frame *frame, uint64_t now_ns, struct ui_effects *fx)
{
	hold(&ui->users, 0, now_ns);
	for (size_t i = 0; i < frame->class_count && i < UI_CLASSES_MAX; i++)
		hold(&ui->classes[i], 0, now_ns);
	ui_send(fx, COMMAND_PANIC, COMMAND_ALL, 0);
	ui_notice(ui, now_ns, true, "panic: all users to zero; → or a number brings them back");
}
