/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/units.h"
#include "message/frame.h"
#include "tui/plot.h"
#include "tui/endpoints.h"
#include "tui/glyphs.h"
#include "tui/show.h"

/* The figures one always sees, in three columns beside the sliders: how much, how fast, how well. */

struct vital {
	const char *label;
	char value[SHOW_MAX];
	char remark[SHOW_MAX]; /* behind the value where there is room */
	enum role remark_role; /* ROLE_TEXT: dim */
	enum role role;
	uint32_t sign; /* 0: none */
	int series;    /* sparkline of this metric, -1: none */
};

#define VITAL_ROWS_MAX 4
#define SPARK_MAX      30

static struct vital rate(const char *label, double value, int series, bool bad, uint32_t sign)
{
	struct vital vital = { .label = label, .series = series };

	show_rate(value, vital.value, sizeof(vital.value));
	vital.role = bad ? ROLE_BAD : ROLE_STRONG;
	vital.sign = bad ? sign : 0;
	return vital;
}

static struct vital count(const char *label, uint64_t n)
{
	struct vital vital = { .label = label, .series = -1, .role = ROLE_TEXT };

	show_count(n, 7, vital.value, sizeof(vital.value));
	return vital;
}

static struct vital latency(const struct view *view, const char *label, uint64_t us, bool known,
			    enum endpoint_column versus)
{
	const struct frame *frame = view->frame;
	struct vital vital = { .label = label, .series = -1, .role = ROLE_STRONG };

	if (frame->baseline[0] != '\0' && versus != ENDPOINT_COLUMNS) {
		view_change(endpoints_change(frame, &frame->all, false, versus), vital.remark,
			    sizeof(vital.remark));
		vital.remark_role = view_change_role(frame, &frame->all, false, versus);
	}

	if (known)
		units_format_latency(us, view->glyphs->ascii, vital.value, sizeof(vital.value));
	else
		snprintf(vital.value, sizeof(vital.value), "–");
	return vital;
}

static bool all_is_old(const struct frame *frame)
{
	struct frame_row all = frame->all;

	all.in_flight = frame->in_flight;
	all.oldest_age_ns = frame->oldest_age_ns;
	return endpoints_is_old(frame, &all);
}

static struct vital in_flight(const struct view *view, bool with_age)
{
	const struct frame *frame = view->frame;
	struct vital vital = { .label = "in flight", .series = -1, .role = ROLE_STRONG };

	show_count(frame->in_flight, 5, vital.value, sizeof(vital.value));
	if (with_age && frame->in_flight > 0)
		show_age(frame->oldest_age_ns, vital.remark, sizeof(vital.remark));
	if (with_age && all_is_old(frame)) {
		vital.role = ROLE_WARN;
		vital.sign = view->glyphs->warn;
	}
	return vital;
}

static struct vital oldest(const struct view *view)
{
	struct vital vital = { .label = "oldest", .series = -1, .role = ROLE_TEXT };

	if (view->frame->in_flight > 0)
		show_age(view->frame->oldest_age_ns, vital.value, sizeof(vital.value));
	else
		snprintf(vital.value, sizeof(vital.value), "–");
	if (all_is_old(view->frame)) {
		vital.role = ROLE_WARN;
		vital.sign = view->glyphs->warn;
	}
	return vital;
}

static struct vital generator(const struct view *view)
{
	const struct frame_generator *state = &view->frame->generator;
	struct vital vital = { .label = "generator", .series = -1 };

	snprintf(vital.value, sizeof(vital.value), "%.0f %%", state->cpu_pct);
	vital.role = state->limited ? ROLE_BAD : ROLE_GOOD;
	vital.sign = state->limited ? view->glyphs->warn : view->glyphs->good;
	return vital;
}

static struct vital lag(const struct view *view)
{
	struct vital vital = { .label = "loop lag", .series = -1, .role = ROLE_TEXT };

	units_format_latency(view->frame->generator.lag_p99_us, view->glyphs->ascii, vital.value,
			     sizeof(vital.value));
	return vital;
}

static void fill_load(const struct view *view, int rows, struct vital *out)
{
	const struct frame *frame = view->frame;

	out[0] = rate("req/s", frame->all.rps, SERIES_RPS, false, 0);
	out[1] = rate("fail/s", frame->all.fail_rps, SERIES_FAIL_RPS, frame->all.fail_rps > 0,
		      view->glyphs->bad);
	out[2] = count("requests", frame->all.requests);
	out[3] = count("failures", frame->all.failures);
	if (frame->all.failures > 0)
		out[3].role = ROLE_BAD;
	if (rows == 3)
		out[2] = out[3];
}

static void fill_speed(const struct view *view, int rows, struct vital *out)
{
	const struct frame_latency *latency_us =
		endpoints_latency(view->frame, &view->frame->all, false);
	bool known = latency_us->count > 0;
	int n = 0;

	out[n++] = latency(view, "p50", latency_us->p50_us, known, COLUMN_VS_P50);
	if (rows > 2)
		out[n++] = latency(view, "p95", latency_us->p95_us, known, COLUMN_VS_P95);
	out[n++] = latency(view, "p99", latency_us->p99_us, known, COLUMN_VS_P99);
	if (rows > 3)
		out[n] = latency(view, "max", latency_us->max_us, known, ENDPOINT_COLUMNS);
}

static void fill_health(const struct view *view, int rows, struct vital *out)
{
	int n = 0;

	out[n++] = in_flight(view, rows < 3);
	if (rows > 2)
		out[n++] = oldest(view);
	if (rows > 3)
		out[n++] = lag(view);
	out[n] = generator(view);
}

static void draw_vital(const struct view *view, const struct area *area, int y, int label_w,
		       int value_w, const struct vital *vital)
{
	int x = label_w + 1;
	int end = x + value_w;

	area_text_cut(area, 0, y, label_w, style_of(ROLE_DIM), vital->label, ' ');
	area_text_right(area, end, y, style_of(vital->role), vital->value);
	if (vital->sign != 0 && end + 1 < area->w) {
		area_put(area, end + 1, y, style_of(vital->role), vital->sign);
		end += 2;
	}
	if (vital->series >= 0) {
		const struct frame_series *series = &view->frame->recent;

		int spark_w = area->w - end - 3 < SPARK_MAX ? area->w - end - 3 : SPARK_MAX;

		if (series->values[vital->series] != NULL && spark_w > 2)
			plot_spark(area, end + 1, y, spark_w,
				   style_of(vital->series == SERIES_RPS ? ROLE_RPS : ROLE_FAILING),
				   view->glyphs, series->values[vital->series], series->count, 0);
	} else if (vital->remark[0] != '\0' &&
		   end + 1 + canvas_text_width(area->canvas, vital->remark) <= area->w) {
		area_text(area, end + 1, y,
			  style_of(vital->sign != 0                  ? vital->role
				   : vital->remark_role != ROLE_TEXT ? vital->remark_role
								     : ROLE_DIM),
			  vital->remark);
	}
}

void view_vitals_draw(const struct view *view, const struct area *area)
{
	struct vital vitals[3][VITAL_ROWS_MAX + 1] = { 0 };
	int rows = area->h < VITAL_ROWS_MAX ? area->h : VITAL_ROWS_MAX;
	bool wide = area->w >= 54;
	int health_w = wide ? (rows > 2 ? 20 : 23) : 13;
	int speed_w = wide ? 14 : 12;
	int load_w;
	int x = 0;

	if (wide && view->frame->baseline[0] != '\0') /* room for the change against it */
		speed_w += 5;
	load_w = area->w - health_w - speed_w;
	fill_load(view, rows, vitals[0]);
	fill_speed(view, rows, vitals[1]);
	fill_health(view, rows, vitals[2]);
	if (!wide) {
		for (int i = 0; i < rows; i++)
			vitals[2][i].label = vitals[2][i].label[0] == 'i'   ? "fly"
					     : vitals[2][i].label[0] == 'g' ? "gen"
					     : vitals[2][i].label[0] == 'l' ? "lag"
									    : "old";
	}
	for (int column = 0; column < 3; column++) {
		int w = column == 0 ? load_w : column == 1 ? speed_w : health_w;
		struct area part = area_sub(area, x, 0, w, area->h);
		int label_w = column == 0 ? (rows > 2 ? 8 : 6) : column == 1 ? 3 : wide ? 9 : 3;
		int value_w = column == 0 ? (rows > 2 ? 7 : 6) : 7;

		if (column == 2 && (!wide || rows <= 2))
			value_w = 5;
		if (column == 0 && value_w > w - label_w - 1)
			value_w = w - label_w - 1;
		for (int row = 0; row < rows; row++)
			draw_vital(view, &part, row, label_w, value_w, &vitals[column][row]);
		x += w;
	}
}
