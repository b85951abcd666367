/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/chart.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/units.h"

/* Each line gets ROWS rows of columns in eighths:
 *   users   1,000 ┤     ▂▅█████
 *                 ┤  ▂▅████████
 *               0 ┤▂▅██████████
 * A column stands for several points: its value is their mean, and for a p99, which must not vanish
 * in a mean, their largest. Failures are means as requests are, or there could seem to be more of
 * them; what is above zero always shows. A gap stays blank. */

#define ROWS       3
#define NAME_WIDTH 12
#define MAX_WIDTH  9

static const char *const EIGHTHS[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };

static bool shows_largest(enum chart_role role)
{
	return role == CHART_P99;
}

/* The value of column c of `columns`, NAN when there is none. */
static double column_value(const struct chart *chart, const struct chart_line *line, size_t columns,
			   size_t c)
{
	size_t first = c * chart->count / columns, end = (c + 1) * chart->count / columns;
	double sum = 0, largest = 0;
	size_t count = 0;

	for (size_t i = first; i < (end > first ? end : first + 1); i++) {
		if (!isfinite(line->values[i]))
			continue;
		sum += line->values[i];
		if (line->values[i] > largest)
			largest = line->values[i];
		count++;
	}
	if (count == 0)
		return NAN;
	return shows_largest(line->role) ? largest : sum / (double)count;
}

static double largest_column(const struct chart *chart, const struct chart_line *line,
			     size_t columns)
{
	double largest = 0;

	for (size_t c = 0; c < columns; c++)
		largest = fmax(largest, column_value(chart, line, columns, c));
	return largest;
}

static void add_right(struct buf *out, const char *text, int width)
{
	int used = text_width(text);

	buf_addf(out, "%*s%s", used < width ? width - used : 0, "", text);
}

static void add_left(struct buf *out, const char *text, int width)
{
	int used = text_width(text);

	buf_addf(out, "%s%*s", text, used < width ? width - used : 0, "");
}

/* Eighths of a cell that a value fills in a row; row 0 is the lowest. Anything above zero shows. */
static unsigned fill_of(double value, double max, unsigned row)
{
	long eighths;

	if (!isfinite(value) || value <= 0)
		return 0;
	eighths = lround(value / max * ROWS * 8) - (long)row * 8;
	if (row == 0 && eighths < 1)
		eighths = 1;
	return eighths < 0 ? 0 : eighths > 8 ? 8 : (unsigned)eighths;
}

/* Blanks at the end of lines look like mistakes in a diff. Empties `cells`. */
static void add_trimmed(struct buf *out, struct buf *cells)
{
	size_t len = cells->len;

	while (len > 0 && cells->data[len - 1] == ' ')
		len--;
	buf_add(out, buf_str(cells), len);
	buf_reset(cells);
}

static void add_line(struct buf *out, const struct chart *chart, const struct chart_panel *panel,
		     const struct chart_line *line, size_t columns)
{
	double max = largest_column(chart, line, columns);
	struct buf cells;
	char top[32];

	buf_init(&cells, (size_t)64 * 1024);
	chart_format(panel->unit, max, top, sizeof(top));
	/* what is zero all along, failures one hopes, needs no room */
	for (unsigned row = max > 0 ? ROWS : 1; row-- > 0;) {
		bool first = row == ROWS - 1 || max <= 0;

		add_left(out, first ? line->name : "", NAME_WIDTH);
		add_right(out, max <= 0 ? "0" : first ? top : row == 0 ? "0" : "", MAX_WIDTH);
		buf_adds(out, " ┤");
		for (size_t c = 0; c < columns && max > 0; c++) {
			double value = column_value(chart, line, columns, c);

			buf_adds(&cells, EIGHTHS[fill_of(value, max, row)]);
		}
		add_trimmed(out, &cells);
		buf_addc(out, '\n');
	}
	buf_fini(&cells);
}

static void add_time_axis(struct buf *out, const struct chart *chart, size_t columns)
{
	double end_s = chart->start_s + chart->step_s * (double)chart->count;
	char from[32], to[32];

	units_format_clock((uint64_t)(chart->start_s * 1e9), from, sizeof(from));
	units_format_clock((uint64_t)(end_s * 1e9), to, sizeof(to));
	buf_addf(out, "%*s└", NAME_WIDTH + MAX_WIDTH + 1, "");
	for (size_t c = 0; c < columns; c++)
		buf_adds(out, "─");
	buf_addf(out, "\n%*s", NAME_WIDTH + MAX_WIDTH + 2, "");
	add_left(out, from, (int)columns - text_width(to));
	buf_addf(out, "%s\n", to);
}

void chart_text(struct buf *out, const struct chart *chart, size_t columns)
{
	size_t margin = NAME_WIDTH + MAX_WIDTH + 2;
	size_t width = columns > margin + 8 ? columns - margin : 8;

	if (chart->count == 0)
		return;
	for (size_t p = 0; p < chart->panel_count; p++) {
		const struct chart_panel *panel = &chart->panels[p];

		for (size_t l = 0; l < panel->line_count; l++) {
			/* it lies between the two others, which say enough in rows this low */
			if (panel->lines[l].role != CHART_P95)
				add_line(out, chart, panel, &panel->lines[l], width);
		}
	}
	add_time_axis(out, chart, width);
}
