/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "message/frame.h"
#include "tui/plot.h"
#include "tui/glyphs.h"
#include "tui/show.h"

/* The first line: what runs against what, in which state, and how far it is. */

struct badge {
	const char *text;
	uint32_t sign;
	enum ground ground;
};

static struct badge verdict_badge(const struct frame *frame, const struct glyphs *glyphs)
{
	switch (frame->verdict) {
	case VERDICT_PASS:
		return (struct badge){ "PASS", glyphs->good, GROUND_GOOD };
	case VERDICT_FAIL:
		return (struct badge){ "FAIL", glyphs->bad, GROUND_BAD };
	case VERDICT_INVALID:
		return (struct badge){ "INVALID", glyphs->invalid, GROUND_WARN };
	case VERDICT_PENDING:
		break;
	}
	return (struct badge){ "DONE", glyphs->done, GROUND_BADGE };
}

static struct badge state_badge(const struct frame *frame, const struct glyphs *glyphs)
{
	switch (frame->state) {
	case RUN_IDLE:
		return (struct badge){ "READY", glyphs->idle, GROUND_BADGE };
	case RUN_SETUP:
		return (struct badge){ "SETUP", glyphs->setup, GROUND_BADGE };
	case RUN_RAMPING:
		return (struct badge){ "RAMPING", glyphs->ramping, GROUND_BADGE };
	case RUN_RUNNING:
		return (struct badge){ "RUNNING", glyphs->running, GROUND_GOOD };
	case RUN_PAUSED:
		return (struct badge){ "PAUSED", glyphs->paused, GROUND_WARN };
	case RUN_DRAINING:
		return (struct badge){ "DRAINING", glyphs->draining, GROUND_WARN };
	case RUN_DONE:
	case RUN_STATES:
		break;
	}
	return verdict_badge(frame, glyphs);
}

static int badge_width(const struct badge *badge)
{
	return (int)strlen(badge->text) + 4;
}

static void draw_badge(const struct area *area, int x, int y, const struct badge *badge)
{
	struct style style = style_on(ROLE_STRONG, badge->ground);
	struct area part = area_sub(area, x, y, badge_width(badge), 1);

	area_fill(&part, style, ' ');
	area_put(&part, 1, 0, style, badge->sign);
	area_text(&part, 3, 0, style, badge->text);
}

/* "02:14 / 05:00", and while draining what is still in flight and for how long. */
static void clock_text(const struct frame *frame, char *dst, size_t size)
{
	char elapsed[SHOW_MAX];
	char duration[SHOW_MAX];
	char left[SHOW_MAX];

	units_format_clock(frame->elapsed_ns, elapsed, sizeof(elapsed));
	units_format_clock(frame->duration_ns, duration, sizeof(duration));
	if (frame->state == RUN_DRAINING && frame->drain_left_ns > 0)
		snprintf(dst, size, "%u in flight, %s left", frame->in_flight,
			 show_age(frame->drain_left_ns, left, sizeof(left)));
	else if (frame->state == RUN_DRAINING)
		snprintf(dst, size, "%s  %u in flight", elapsed, frame->in_flight);
	else if (frame->state == RUN_IDLE)
		snprintf(dst, size, "%s", frame->duration_ns > 0 ? duration : "no end");
	else if (frame->duration_ns > 0)
		snprintf(dst, size, "%s / %s", elapsed, duration);
	else
		snprintf(dst, size, "%s", elapsed);
}

static void draw_progress(const struct view *view, const struct area *area, int x, int y, int width)
{
	struct style fill = style_on(ROLE_FILL, GROUND_BAR);
	struct style empty = style_on(ROLE_TRACK, GROUND_BAR);
	double share = view->frame->duration_ns > 0
			       ? (double)view->frame->elapsed_ns / (double)view->frame->duration_ns
			       : 0;

	if (view->frame->duration_ns == 0 || width < 3)
		return;
	share = share < 1 ? share : 1; /* it drains past its end */
	for (int i = 0; i < width; i++)
		area_put(area, x + i, y, empty, view->glyphs->slider_track);
	for (int i = 0; i < width && i < (int)(share * width + 0.5); i++)
		area_put(area, x + i, y, fill, view->glyphs->slider_fill);
}

#define NEXT_LEAST 16 /* columns for ", then" and a name worth reading */

static int draw_name(const struct view *view, const struct area *area, int end)
{
	const struct frame *frame = view->frame;
	int x = 1;

	x += area_text(area, x, 0, style_on(ROLE_ACCENT, GROUND_BAR), "throng") + 2;
	if (frame->scenario_count > 1) {
		char text[32];

		snprintf(text, sizeof(text), "%u/%u", frame->scenario_index + 1,
			 frame->scenario_count);
		x += area_text(area, x, 0, style_on(ROLE_DIM, GROUND_BAR), text) + 1;
	}
	x += area_text_cut(area, x, 0, end - x, style_on(ROLE_STRONG, GROUND_BAR), frame->scenario,
			   view->glyphs->ellipsis);
	if (frame->next_scenario[0] != '\0' && x + NEXT_LEAST < end) {
		x += area_text(area, x, 0, style_on(ROLE_DIM, GROUND_BAR), ", then ");
		x += area_text_cut(area, x, 0, end - x, style_on(ROLE_DIM, GROUND_BAR),
				   frame->next_scenario, view->glyphs->ellipsis);
	}
	return x;
}

static void draw_narrow(const struct view *view, const struct area *area, const struct badge *badge)
{
	char text[96];
	int width;

	draw_name(view, area, area->w - badge_width(badge) - 1);
	draw_badge(area, area->w - badge_width(badge), 0, badge);
	clock_text(view->frame, text, sizeof(text));
	width = area_text(area, 1, 1, style_on(ROLE_TEXT, GROUND_BAR), text);
	draw_progress(view, area, width + 2, 1, area->w - width - 3);
}

void view_header_draw(const struct view *view, const struct area *area)
{
	struct badge badge = state_badge(view->frame, view->glyphs);
	char text[96];
	int bar = area->w >= 160 ? 40 : area->w >= 110 ? 22 : area->w >= 90 ? 12 : 8;
	int right;
	int x;

	area_fill(area, style_on(ROLE_TEXT, GROUND_BAR), ' ');
	if (area->h > 1) {
		draw_narrow(view, area, &badge);
		return;
	}
	clock_text(view->frame, text, sizeof(text));
	right = area->w - 1;
	if (view->frame->duration_ns > 0 && view->frame->state != RUN_IDLE &&
	    view->frame->state != RUN_DRAINING) {
		right -= bar;
		draw_progress(view, area, right, 0, bar);
		right -= 1;
	}
	right = area_text_right(area, right, 0, style_on(ROLE_TEXT, GROUND_BAR), text) - 1;
	right -= badge_width(&badge);
	draw_badge(area, right, 0, &badge);
	x = draw_name(view, area, right - 1) + 2;
	if (right - 1 - x >= 12)
		area_text_cut(area, x, 0, right - 1 - x, style_on(ROLE_DIM, GROUND_BAR),
			      view->frame->target, view->glyphs->ellipsis);
}

bool view_has_notice(const struct frame *frame)
{
	return frame->notice[0] != '\0' || frame->replay[0] != '\0' || frame->generator.limited;
}

void view_notice_draw(const struct view *view, const struct area *area)
{
	const struct frame *frame = view->frame;
	bool limited = frame->generator.limited;
	struct style style = style_on(ROLE_STRONG, limited ? GROUND_WARN : GROUND_BADGE);
	int x = 1;

	area_fill(area, style, ' ');
	if (limited) {
		area_put(area, x, 0, style, view->glyphs->warn);
		x += 2;
		x += area_text(area, x, 0, style, "the generator is the limit (INVALID): ");
		x += area_text_cut(area, x, 0, area->w - x - 1, style, frame->generator.reason,
				   view->glyphs->ellipsis);
		x += 2;
	}
	if (frame->notice[0] != '\0')
		x += area_text_cut(area, x, 0, area->w - x - 1, style, frame->notice,
				   view->glyphs->ellipsis) +
		     2;
	area_text_cut(area, x, 0, area->w - x - 1, style, frame->replay, view->glyphs->ellipsis);
}
