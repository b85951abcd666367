/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/panel_postgres.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "message/frame.h"
#include "message/reading.h"
#include "record/marks.h"
#include "record/panel.h"
#include "scenario/criterion.h"
#include "scenario/scenario.h"

/* One table says where in the frame a metric goes. What it does not know is not shown (it is still a
 * criterion's and the monitor file's). */
static const struct {
	const char *metric;
	size_t offset;
} metrics[] = {
#define TO(metric, member)                                      \
	{                                                       \
		metric, offsetof(struct frame_postgres, member) \
	}
	TO("connections", connections),
	TO("ceiling", ceiling),
	TO("all_rows", all_rows),
	TO("active", active),
	TO("idle", idle),
	TO("idle_in_transaction", idle_in_transaction),
	TO("waiting", waiting),
	TO("tps", tps),
	TO("rollbacks_ps", rollbacks_ps),
	TO("longest_transaction_s", longest_transaction_s),
	TO("blocked", blocked),
	TO("idle_in_transaction_aborted", aborted),
	TO("lwlock", lwlock),
	TO("io", io),
	TO("aas", aas),
	TO("longest_query_s", longest_query_s),
	TO("deadlocks", deadlocks),
	TO("cache_hit_pct", cache_hit_pct),
	TO("temp_bps", temp_bps),
	TO("refused", refused),
	TO("connect_ms", connect_ms),
	TO("cl_waiting", cl_waiting),
	TO("sv_active", sv_active),
	TO("sv_idle", sv_idle),
	TO("maxwait_s", maxwait_s),
#undef TO
};

#define METRICS  (sizeof(metrics) / sizeof(metrics[0]))
#define HISTORY  60
#define ROWS_MAX 20

struct value {
	double value;
	uint64_t at_ns; /* 0: never */
};

struct panel_postgres {
	const struct panels *panels;
	struct marks *marks;
	uint64_t fresh_ns;
	struct value values[METRICS];
	float history[HISTORY];
	size_t history_count;
	struct value *gauges; /* panels->gauge_count of them, as the next */
	char (*gauge_problems)[READING_TEXT_MAX];
	char ceiling_note[READING_TEXT_MAX], note[READING_TEXT_MAX], blocker[READING_TEXT_MAX];
	struct reading rows[ROWS_MAX];
	size_t row_count;
	uint64_t rows_ns;
};

struct panel_postgres *panel_postgres_new(const struct scenario *scenario, struct marks *marks)
{
	struct panel_postgres *panel = mem_new(sizeof(*panel));
	size_t gauges = scenario->panels.gauge_count;

	panel->panels = &scenario->panels;
	panel->marks = marks;
	panel->gauges = mem_array(gauges, sizeof(*panel->gauges));
	panel->gauge_problems = mem_array(gauges, sizeof(*panel->gauge_problems));
	panel->fresh_ns = 3 * scenario->panels.every_ns > PANEL_FRESH_NS
				  ? 3 * scenario->panels.every_ns
				  : PANEL_FRESH_NS;
	return panel;
}

void panel_postgres_free(struct panel_postgres *panel)
{
	if (panel == NULL)
		return;
	free(panel->gauges);
	free(panel->gauge_problems);
	free(panel);
}

static void push(struct panel_postgres *panel, double value)
{
	if (panel->history_count == HISTORY) {
		memmove(panel->history, panel->history + 1,
			(HISTORY - 1) * sizeof(*panel->history));
		panel->history_count--;
	}
	panel->history[panel->history_count++] = (float)value;
}

static size_t gauge_of(const struct panel_postgres *panel, const char *metric)
{
	size_t i = 0;

	while (i < panel->panels->gauge_count && strcmp(panel->panels->gauges[i].name, metric) != 0)
		i++;
	return i;
}

static void add_value(struct panel_postgres *panel, const struct reading *reading)
{
	const struct value value = { reading->value, reading->at_ns };
	size_t gauge;

	for (size_t i = 0; i < METRICS; i++) {
		if (strcmp(metrics[i].metric, reading->metric) != 0)
			continue;
		panel->values[i] = value;
		if (metrics[i].offset == offsetof(struct frame_postgres, connections))
			push(panel, reading->value);
		return;
	}
	gauge = gauge_of(panel, reading->metric);
	if (gauge < panel->panels->gauge_count)
		panel->gauges[gauge] = value;
}

static void add_state(struct panel_postgres *panel, const struct reading *reading, uint64_t at_ns)
{
	size_t gauge = gauge_of(panel, reading->metric);
	char *text = NULL;

	if (reading->index != UINT16_MAX && gauge < panel->panels->gauge_count) {
		text = panel->gauge_problems[gauge];
		if (reading->text[0] != '\0' && strcmp(text, reading->text) != 0)
			marks_add(panel->marks, at_ns, false, "gauge %s: %s", reading->metric,
				  reading->text);
	} else if (strcmp(reading->metric, "ceiling") == 0) {
		text = panel->ceiling_note;
	} else if (strcmp(reading->metric, "note") == 0) {
		text = panel->note;
	} else if (strcmp(reading->metric, "blocker") == 0) {
		text = panel->blocker;
	}
	if (text != NULL)
		snprintf(text, READING_TEXT_MAX, "%s", reading->text);
}

static void add_row(struct panel_postgres *panel, const struct reading *reading)
{
	if (reading->index == 0)
		panel->row_count = 0;
	panel->rows_ns = reading->at_ns;
	if (reading->value >= 0 && panel->row_count < ROWS_MAX)
		panel->rows[panel->row_count++] = *reading;
}

void panel_postgres_add(struct panel_postgres *panel, const struct reading *reading, uint64_t at_ns)
{
	if (reading->type == READING_VALUE)
		add_value(panel, reading);
	else if (reading->type == READING_STATE)
		add_state(panel, reading, at_ns);
	else if (reading->type == READING_ROW)
		add_row(panel, reading);
}

void panel_postgres_forget(struct panel_postgres *panel)
{
	if (panel->values[0].at_ns != 0)
		push(panel, FRAME_GAP);
	for (size_t i = 0; i < METRICS; i++)
		if (metrics[i].offset != offsetof(struct frame_postgres, refused))
			panel->values[i].at_ns = 0;
	for (size_t i = 0; i < panel->panels->gauge_count; i++)
		panel->gauges[i].at_ns = 0;
	panel->row_count = 0;
}

static double get(const struct panel_postgres *panel, const struct value *value, uint64_t now_ns)
{
	bool fresh = value->at_ns != 0 && value->at_ns + panel->fresh_ns >= now_ns;

	return fresh ? value->value : FRAME_GAP;
}

double panel_postgres_connections(const struct panel_postgres *panel, uint64_t now_ns)
{
	return get(panel, &panel->values[0], now_ns);
}

/* Into a frame */

static const char *cleaned(struct frame *frame, const char *text)
{
	char clean[2 * READING_TEXT_MAX];

	text_clean(clean, sizeof(clean), text, SIZE_MAX, false);
	return frame_strdup(frame, clean);
}

static bool breaks(const struct gauge *gauge, double value)
{
	const struct criterion rule = { .op = gauge->op, .value = gauge->limit };

	return gauge->has_limit && value >= 0 && !criterion_holds(&rule, value);
}

static void publish_gauges(const struct panel_postgres *panel, uint64_t now_ns, struct frame *frame)
{
	struct frame_postgres *to = &frame->postgres;
	const struct panels *panels = panel->panels;

	to->gauges = frame_alloc(frame, panels->gauge_count, sizeof(*to->gauges));
	to->gauge_count = panels->gauge_count;
	for (size_t i = 0; i < panels->gauge_count; i++) {
		to->gauges[i] = (struct frame_gauge){
			.name = cleaned(frame, panels->gauges[i].name),
			.value = get(panel, &panel->gauges[i], now_ns),
			.limit = panels->gauges[i].limit,
			.has_limit = panels->gauges[i].has_limit,
			.problem = cleaned(frame, panel->gauge_problems[i]),
		};
		to->gauges[i].alarm = breaks(&panels->gauges[i], to->gauges[i].value);
	}
}

/* The next field of a row's text; the last one again and again is "". */
static const char *field(struct frame *frame, char **rest)
{
	char *at = *rest, *end = strchr(at, '\x1f');

	if (end != NULL)
		*end = '\0';
	*rest = end != NULL ? end + 1 : at + strlen(at);
	return cleaned(frame, at);
}

static double number(struct frame *frame, char **rest)
{
	const char *text = field(frame, rest);

	return text[0] != '\0' ? strtod(text, NULL) : FRAME_GAP;
}

static void publish_rows(const struct panel_postgres *panel, struct frame *frame)
{
	struct frame_postgres *to = &frame->postgres;

	to->groups = frame_alloc(frame, panel->row_count, sizeof(*to->groups));
	to->group_count = panel->row_count;
	for (size_t i = 0; i < panel->row_count; i++) {
		struct frame_client_group *group = &to->groups[i];
		char text[READING_TEXT_MAX];
		char *rest = text;

		memcpy(text, panel->rows[i].text, sizeof(text));
		group->count = panel->rows[i].value;
		group->database = field(frame, &rest);
		group->user = field(frame, &rest);
		group->application = field(frame, &rest);
		group->active = number(frame, &rest);
		group->idle = number(frame, &rest);
		group->idle_in_transaction = number(frame, &rest);
		group->transaction_s = number(frame, &rest);
	}
}

void panel_postgres_publish(const struct panel_postgres *panel, uint64_t now_ns,
			    const char *problem, struct frame *frame)
{
	const struct panels *panels = panel->panels;
	struct frame_postgres *to = &frame->postgres;

	for (size_t i = 0; i < METRICS; i++) {
		double value = get(panel, &panel->values[i], now_ns);

		memcpy((char *)to + metrics[i].offset, &value, sizeof(value));
	}
	to->connected = to->connections >= 0 && problem[0] == '\0';
	to->expect_low = panels->expect_low;
	to->expect_high = panels->expect_high;
	to->limit = panels->limit_connections;
	to->ceiling_note = cleaned(frame, panel->ceiling_note);
	to->note = cleaned(frame, panel->note);
	to->blocker = cleaned(frame, panel->blocker);
	memcpy(to->history, panel->history, sizeof(to->history));
	to->history_count = panel->history_count;
	to->alarm = (to->limit > 0 && to->connections > to->limit) ||
		    (to->ceiling > 0 && to->connections >= to->ceiling);
	publish_gauges(panel, now_ns, frame);
	publish_rows(panel, frame);
}
