/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/report_chart.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "record/result_read.h"

#define POINTS_MAX 10000

/* Lines that are not known at all are left out, and panels without lines too. */
static const struct {
	const char *title;
	enum chart_unit unit;
	struct {
		const char *key, *name;
		enum chart_role role;
	} lines[CHART_LINES_MAX];
} PANELS[] = {
	{ "Users", CHART_COUNT, { { "users", "users", CHART_USERS } } },
	{ "Requests per second",
	  CHART_PER_SECOND,
	  { { "rps", "req/s", CHART_RATE }, { "failures_rps", "failures/s", CHART_FAILURES } } },
	{ "Response time",
	  CHART_LATENCY_US,
	  { { "mean_us", "mean", CHART_MEAN },
	    { "p50_us", "p50", CHART_P50 },
	    { "p95_us", "p95", CHART_P95 },
	    { "p99_us", "p99", CHART_P99 } } },
	{ "Container CPU, the busiest", CHART_PERCENT, { { "cpu_pct", "cpu", CHART_CPU } } },
	{ "Database connections",
	  CHART_COUNT,
	  { { "connections", "connections", CHART_CONNECTIONS } } },
};
#define PANEL_COUNT (sizeof(PANELS) / sizeof(PANELS[0]))

static void add_panels(struct report_chart *chart, const json_t *series)
{
	size_t count = chart->chart.count;
	double *values = chart->values;

	for (size_t p = 0; p < PANEL_COUNT; p++) {
		struct chart_panel *panel = &chart->chart.panels[chart->chart.panel_count];

		*panel = (struct chart_panel){ .title = PANELS[p].title, .unit = PANELS[p].unit };
		for (size_t l = 0; l < CHART_LINES_MAX && PANELS[p].lines[l].key != NULL; l++) {
			if (result_numbers(series, PANELS[p].lines[l].key, values, count) == 0)
				continue;
			panel->lines[panel->line_count++] =
				(struct chart_line){ .name = PANELS[p].lines[l].name,
						     .role = PANELS[p].lines[l].role,
						     .values = values };
			values += count;
		}
		if (panel->line_count > 0)
			chart->chart.panel_count++;
	}
}

static void add_marks(struct report_chart *chart, const json_t *marks)
{
	size_t count = json_array_size(marks);

	chart->marks = mem_array(count + 1, sizeof(chart->marks[0]));
	for (size_t i = 0; i < count; i++) {
		const json_t *mark = json_array_get(marks, i);

		chart->marks[i].at_s = result_count(mark, "at_s");
		chart->marks[i].text = result_string(mark, "text");
	}
	chart->chart.marks = chart->marks;
	chart->chart.mark_count = count;
}

bool report_chart_init(struct report_chart *chart, const json_t *result)
{
	const json_t *series = result_member(result, "series");
	double count = result_count(series, "count"), step_s = result_count(series, "step_s");
	double start_s = result_count(series, "start_s");

	if (!(count >= 1) || count > POINTS_MAX || !(step_s > 0))
		return false;
	/* what little of a second came behind the schedule's end would look like a collapse */
	if (count > 1 &&
	    start_s + count * step_s - result_number(result, "duration_s") > step_s / 2)
		count--;
	*chart = (struct report_chart){
		.chart = { .start_s = start_s, .step_s = step_s, .count = (size_t)count }
	};
	snprintf(chart->title, sizeof(chart->title), "Time line of %s: users, rates, times",
		 result_string(result, "scenario"));
	chart->chart.title = chart->title;
	chart->values = mem_array(PANEL_COUNT * CHART_LINES_MAX * chart->chart.count,
				  sizeof(chart->values[0]));
	add_panels(chart, series);
	add_marks(chart, result_member(result, "marks"));
	return true;
}

void report_chart_fini(struct report_chart *chart)
{
	free(chart->values);
	free(chart->marks);
}
