/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_REPORT_CHART_H
#define THRONG_RECORD_REPORT_CHART_H

#include <stdbool.h>

#include <jansson.h>

#include "record/chart.h"

/* The time line of a result, as a chart: users; rates; response times; and what the panels
 * measured, when they did. */
struct report_chart {
	struct chart chart;
	double *values;           /* behind the lines */
	struct chart_mark *marks; /* texts are borrowed from the result */
	char title[256];
};

/* False when the result has no time line (then nothing is to be released). */
bool report_chart_init(struct report_chart *chart, const json_t *result);
void report_chart_fini(struct report_chart *chart);

#endif
