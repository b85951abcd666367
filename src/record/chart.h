/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_CHART_H
#define THRONG_RECORD_CHART_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* A time line of several panels, one above the other on one time axis: users, rates, latencies.
 * Drawn as SVG for reports that are looked at and as text for those that are read. Pure. */

enum chart_unit { CHART_COUNT, CHART_PER_SECOND, CHART_LATENCY_US, CHART_PERCENT };

/* What a line means; says its colour and dash, so that a metric looks the same everywhere. */
enum chart_role {
	CHART_USERS,
	CHART_RATE,
	CHART_FAILURES,
	CHART_P50,
	CHART_P95,
	CHART_P99,
	CHART_MEAN,
	CHART_CPU,
	CHART_CONNECTIONS,
	CHART_ROLES
};

struct chart_line {
	const char *name;
	enum chart_role role;
	const double *values; /* chart->count of them; NAN is a gap */
};

#define CHART_LINES_MAX 4
struct chart_panel {
	const char *title;
	enum chart_unit unit;
	struct chart_line lines[CHART_LINES_MAX];
	size_t line_count;
};

struct chart_mark { /* something happened */
	double at_s;
	const char *text;
};

#define CHART_PANELS_MAX 5
struct chart {
	const char *title;      /* for those who cannot see it */
	double start_s, step_s; /* point i covers start + i * step .. start + (i + 1) * step */
	size_t count;
	struct chart_panel panels[CHART_PANELS_MAX];
	size_t panel_count;
	const struct chart_mark *marks;
	size_t mark_count;
};

/* Append an <svg> element. `file`: as a file of its own, with its style; else to stand inside a page
 * that has chart_svg_style in its style sheet. Light or dark as the reader's system says. */
void chart_svg(struct buf *out, const struct chart *chart, bool file);
/* Append the CSS rules that the element needs. */
void chart_svg_style(struct buf *out);
/* Append every line as rows of block characters, `columns` wide at most. */
void chart_text(struct buf *out, const struct chart *chart, size_t columns);

/* A value on an axis or beside a line: "1,200", "47.1", "1.5 s". Writes to dst; returns it. */
char *chart_format(enum chart_unit unit, double value, char *dst, size_t size);
/* Largest value of a panel's lines; 0 when there is none. */
double chart_panel_max(const struct chart_panel *panel, size_t count);
/* The upper end of an axis for values up to max, in steps of 1, 2 or 5 times a power of ten; the
 * step goes to *step. max 0: 1. */
double chart_axis_end(double max, double *step);
/* A step for the time axis so that at most `ticks` of them fit into length_s: 1, 2, 5, 10, 15, 30 s,
 * 1, 2, 5, 10, 15, 30 min, 1, 2, 6, 12, 24 h, then days. */
double chart_time_step(double length_s, unsigned ticks);

#endif
