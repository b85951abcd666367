/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/chart.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/units.h"
#include "record/markup.h"

/* Coordinates are pixels of the viewBox. Lines differ by dash as well as by colour (Okabe and Ito's
 * palette, lightened for dark paper), and each panel names its lines beside its title. */

#define WIDTH        900.0
#define LEFT         72.0
#define RIGHT        28.0
#define TOP          8.0
#define TITLE_HEIGHT 32.0
#define PLOT_HEIGHT  120.0
#define PANEL_GAP    8.0
#define AXIS_HEIGHT  28.0
#define TIME_TICKS   9
#define MARK_WIDTH   14.0 /* marks that are closer share their number */

static const struct {
	const char *class_name, *light, *dark, *dash;
} ROLES[CHART_ROLES] = {
	[CHART_USERS] = { "users", "#0072b2", "#58a6ff", "" },
	[CHART_RATE] = { "rate", "#00795a", "#3fb98f", "" },
	[CHART_FAILURES] = { "failures", "#c44601", "#ff8f52", "5 3" },
	[CHART_P50] = { "p50", "#0072b2", "#58a6ff", "" },
	[CHART_P95] = { "p95", "#9a6b00", "#e3b341", "7 3" },
	[CHART_P99] = { "p99", "#a8396f", "#f08cc0", "2 2" },
	[CHART_MEAN] = { "mean", "#00795a", "#3fb98f", "" },
	[CHART_CPU] = { "cpu", "#9a6b00", "#e3b341", "" },
	[CHART_CONNECTIONS] = { "connections", "#a8396f", "#f08cc0", "" },
};

/* One panel's place and scales. */
struct frame {
	double top; /* of the plot */
	double start_s, length_s;
	double axis_end;
};

static double plot_width(void)
{
	return WIDTH - LEFT - RIGHT;
}

static double x_of(const struct frame *frame, double at_s)
{
	return LEFT + (at_s - frame->start_s) / frame->length_s * plot_width();
}

static double y_of(const struct frame *frame, double value)
{
	return frame->top + PLOT_HEIGHT * (1 - value / frame->axis_end);
}

/* Colours of light and of dark paper. No CSS variables: several viewers do not know them. */
static void add_colours(struct buf *out, bool dark)
{
	const char *ink = dark ? "#e6edf3" : "#1f2328", *muted = dark ? "#9198a1" : "#59636e";
	const char *grid = dark ? "#30363d" : "#d8dee4", *paper = dark ? "#0d1117" : "#ffffff";

	buf_addf(out,
		 ".tc text{fill:%s}.tc .t{fill:%s}.tc .paper{fill:%s}.tc .g{stroke:%s}"
		 ".tc .m{stroke:%s}",
		 muted, ink, paper, grid, muted);
	for (int role = 0; role < CHART_ROLES; role++)
		buf_addf(out, ".tc .%s{stroke:%s}", ROLES[role].class_name,
			 dark ? ROLES[role].dark : ROLES[role].light);
	buf_addc(out, '\n');
}

void chart_svg_style(struct buf *out)
{
	buf_adds(out, ".tc{font:12px system-ui,-apple-system,'Segoe UI',sans-serif}"
		      ".tc .t{font-weight:600}.tc .g{stroke-width:1}"
		      ".tc .m{stroke-width:1;stroke-dasharray:3 3}"
		      ".tc path{fill:none;stroke-width:1.6;stroke-linejoin:round;"
		      "stroke-linecap:round}\n");
	for (int role = 0; role < CHART_ROLES; role++) {
		if (ROLES[role].dash[0] != '\0')
			buf_addf(out, ".tc .%s{stroke-dasharray:%s}", ROLES[role].class_name,
				 ROLES[role].dash);
	}
	add_colours(out, false);
	buf_adds(out, "@media (prefers-color-scheme:dark){");
	add_colours(out, true);
	buf_adds(out, "}\n");
}

static void add_text(struct buf *out, double x, double y, const char *attributes, const char *text)
{
	buf_addf(out, "<text x=\"%.1f\" y=\"%.1f\"%s>", x, y, attributes);
	markup_html(out, text);
	buf_adds(out, "</text>\n");
}

/* Title, then each line's sample and name. */
static void add_title(struct buf *out, const struct chart_panel *panel, double top)
{
	double x = LEFT, y = top + 16;

	add_text(out, x, y, " class=\"t\"", panel->title);
	x += 24 + 7.0 * (double)markup_width(panel->title);
	for (size_t i = 0; i < panel->line_count; i++) {
		const struct chart_line *line = &panel->lines[i];

		buf_addf(out, "<path class=\"%s\" d=\"M%.1f %.1fh22\"/>\n",
			 ROLES[line->role].class_name, x, y - 4);
		add_text(out, x + 28, y, "", line->name);
		x += 28 + 20 + 6.6 * (double)markup_width(line->name);
	}
}

static void add_grid(struct buf *out, const struct frame *frame, enum chart_unit unit, double step)
{
	long lines = lround(frame->axis_end / step);

	for (long i = 0; i <= lines; i++) {
		double value = (double)i * step, y = y_of(frame, value);
		char text[32];

		buf_addf(out,
			 "<line class=\"g\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
			 LEFT, y, WIDTH - RIGHT, y);
		add_text(out, LEFT - 8, y + 4, " text-anchor=\"end\"",
			 value > 0 ? chart_format(unit, value, text, sizeof(text)) : "0");
	}
}

/* A point stands in the middle of the time it covers. A gap ends the stroke. */
static void add_path(struct buf *out, const struct chart *chart, const struct frame *frame,
		     const struct chart_line *line)
{
	bool drawing = false;

	buf_addf(out, "<path class=\"%s\" d=\"", ROLES[line->role].class_name);
	for (size_t i = 0; i < chart->count; i++) {
		double at_s = chart->start_s + ((double)i + 0.5) * chart->step_s;

		if (!isfinite(line->values[i])) {
			drawing = false;
			continue;
		}
		buf_addf(out, "%c%.1f %.1f", drawing ? 'L' : 'M', x_of(frame, at_s),
			 y_of(frame, line->values[i]));
		if (!drawing)
			buf_adds(out, "h.01"); /* a single point is a dot */
		drawing = true;
	}
	buf_adds(out, "\"/>\n");
}

static void add_time_axis(struct buf *out, const struct frame *frame, double bottom)
{
	double step = chart_time_step(frame->length_s, TIME_TICKS);
	long first = (long)ceil(frame->start_s / step);
	long last = (long)floor((frame->start_s + frame->length_s) / step + 1e-6);

	for (long i = first; i <= last; i++) {
		double at_s = (double)i * step, x = x_of(frame, at_s);
		char text[32];

		buf_addf(out,
			 "<line class=\"g\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", x,
			 bottom, x, bottom + 5);
		units_format_clock((uint64_t)llround(at_s * 1e9), text, sizeof(text));
		add_text(out, x, bottom + 18, " text-anchor=\"middle\"", text);
	}
}

/* Where a mark stands, or less than zero. The last moments of a run can lie behind its last point. */
static double mark_x(const struct chart *chart, const struct frame *frame, size_t i)
{
	double x = x_of(frame, chart->marks[i].at_s), end = WIDTH - RIGHT;
	double late = x_of(frame, frame->start_s + frame->length_s + chart->step_s / 2);

	return x < LEFT || x > late ? -1 : fmin(x, end);
}

static void add_mark_line(struct buf *out, const struct chart *chart, size_t i, double x,
			  double bottom)
{
	buf_addf(out, "<g><title>%zu: ", i + 1);
	markup_html(out, chart->marks[i].text);
	buf_addf(out,
		 "</title><line class=\"m\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
		 "y2=\"%.1f\"/></g>\n",
		 x, TOP + TITLE_HEIGHT, x, bottom);
}

static void add_marks(struct buf *out, const struct chart *chart, const struct frame *frame,
		      double bottom)
{
	for (size_t i = 0, next; i < chart->mark_count; i = next) {
		double x = mark_x(chart, frame, i);
		char number[48];

		next = i + 1;
		if (x < 0)
			continue;
		add_mark_line(out, chart, i, x, bottom);
		for (double to; next < chart->mark_count; next++) {
			to = mark_x(chart, frame, next);
			if (to < 0 || fabs(to - x) > MARK_WIDTH)
				break;
			add_mark_line(out, chart, next, to, bottom);
		}
		snprintf(number, sizeof(number), next > i + 1 ? "%zu–%zu" : "%zu", i + 1, next);
		/* at the left edge the number of the axis is its neighbour */
		add_text(out, fmax(x, LEFT + MARK_WIDTH), TOP + TITLE_HEIGHT - 3,
			 " text-anchor=\"middle\" font-size=\"10\"", number);
	}
}

static void add_panels(struct buf *out, const struct chart *chart, struct frame *frame)
{
	for (size_t p = 0; p < chart->panel_count; p++) {
		const struct chart_panel *panel = &chart->panels[p];
		double step;
		double top = TOP + (double)p * (TITLE_HEIGHT + PLOT_HEIGHT + PANEL_GAP);

		frame->top = top + TITLE_HEIGHT;
		frame->axis_end = chart_axis_end(chart_panel_max(panel, chart->count), &step);
		add_title(out, panel, top);
		add_grid(out, frame, panel->unit, step);
		for (size_t l = 0; l < panel->line_count; l++)
			add_path(out, chart, frame, &panel->lines[l]);
	}
}

void chart_svg(struct buf *out, const struct chart *chart, bool file)
{
	double bottom = TOP +
			(double)chart->panel_count * (TITLE_HEIGHT + PLOT_HEIGHT + PANEL_GAP) -
			PANEL_GAP;
	struct frame frame = { .start_s = chart->start_s,
			       .length_s = chart->step_s * (double)chart->count };

	if (!(frame.length_s > 0))
		frame.length_s = 1;
	buf_addf(out, "<svg%s class=\"tc\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n<title>",
		 file ? " xmlns=\"http://www.w3.org/2000/svg\" width=\"900\"" : "", WIDTH,
		 bottom + AXIS_HEIGHT);
	markup_html(out, chart->title);
	buf_adds(out, "</title>\n");
	if (file) {
		buf_adds(out, "<style>\n");
		chart_svg_style(out);
		buf_adds(out, "</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n");
	}
	add_panels(out, chart, &frame);
	add_time_axis(out, &frame, bottom);
	add_marks(out, chart, &frame, bottom);
	buf_adds(out, "</svg>\n");
}
