/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/plot.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "message/frame.h"
#include "tui/glyphs.h"

#define SHORTEST_NS (15 * CLOCK_NS_PER_SEC)

static bool is_gap(double v)
{
	return !isfinite(v) || v < 0;
}

void plot_init(struct plot *plot, const struct area *area, const struct glyphs *glyphs)
{
	size_t cells = (size_t)area->w * (size_t)area->h;

	plot->area = *area;
	plot->glyphs = glyphs;
	plot->w = area->w * (int)glyphs->dots_wide;
	plot->h = area->h * (int)glyphs->dots_high;
	plot->masks = mem_array(cells + 1, 1);
	plot->roles = mem_array(cells + 1, 1);
	plot->lines = mem_array(cells + 1, 1);
}

void plot_fini(struct plot *plot)
{
	free(plot->masks);
	free(plot->roles);
	free(plot->lines);
	plot->masks = NULL;
	plot->roles = NULL;
	plot->lines = NULL;
}

static void set_dot(struct plot *plot, int x, int y, enum role role, bool line)
{
	int wide = (int)plot->glyphs->dots_wide;
	int high = (int)plot->glyphs->dots_high;
	int row = plot->h - 1 - y;
	size_t cell;

	if (x < 0 || y < 0 || x >= plot->w || y >= plot->h)
		return;
	cell = (size_t)(row / high) * (size_t)plot->area.w + (size_t)(x / wide);
	/* a cell has one colour: a line pushes a surface out of its way, and not the other way round */
	if (line && !plot->lines[cell])
		plot->masks[cell] = 0;
	if (!line && plot->lines[cell])
		return;
	plot->lines[cell] = line;
	plot->masks[cell] |= (uint8_t)(1u << (row % high * wide + x % wide));
	plot->roles[cell] = (uint8_t)role;
}

void plot_dot(struct plot *plot, int x, int y, enum role role)
{
	set_dot(plot, x, y, role, true);
}

/* Bresenham's line. */
void plot_line(struct plot *plot, int x0, int y0, int x1, int y1, enum role role)
{
	int dx = abs(x1 - x0);
	int dy = -abs(y1 - y0);
	int sx = x0 < x1 ? 1 : -1;
	int sy = y0 < y1 ? 1 : -1;
	int error = dx + dy;

	for (;;) {
		int twice = 2 * error;

		plot_dot(plot, x0, y0, role);
		if (x0 == x1 && y0 == y1)
			return;
		if (twice >= dy) {
			error += dy;
			x0 += sx;
		}
		if (twice <= dx) {
			error += dx;
			y0 += sy;
		}
	}
}

static int height_of(const struct plot *plot, double value, double top)
{
	double y = top > 0 ? value / top * (plot->h - 1) : 0;

	return y > plot->h - 1 ? plot->h - 1 : (int)lround(y);
}

void plot_curve(struct plot *plot, const double *values, double top, enum role role)
{
	for (int x = 0; x < plot->w; x++) {
		int y;

		if (is_gap(values[x]))
			continue;
		y = height_of(plot, values[x], top);
		if (x > 0 && !is_gap(values[x - 1])) {
			int before = height_of(plot, values[x - 1], top);
			/* the rise belongs to this column: no dot is set twice over two columns */
			int start = before + (y > before) - (y < before);

			plot_line(plot, x, start, x, y, role);
		} else {
			plot_dot(plot, x, y, role);
		}
	}
}

void plot_surface(struct plot *plot, const double *values, double top, enum role role)
{
	/* half of the dots where there are many: the outline stays visible, and what lies behind */
	bool sparse = plot->glyphs->dots_wide > 1;
	int before = -1;

	for (int x = 0; x < plot->w; x++) {
		int height;

		if (is_gap(values[x]) || values[x] <= 0) {
			before = -1;
			continue;
		}
		height = height_of(plot, values[x], top);
		for (int y = height; y >= 0; y--) {
			if (!sparse || y == height || (before >= 0 && y > before) ||
			    ((x + y) & 1) == 0)
				set_dot(plot, x, y, role, false);
		}
		before = height;
	}
}

void plot_draw(const struct plot *plot)
{
	for (int y = 0; y < plot->area.h; y++) {
		for (int x = 0; x < plot->area.w; x++) {
			size_t cell = (size_t)y * (size_t)plot->area.w + (size_t)x;

			if (plot->masks[cell] != 0)
				area_put(&plot->area, x, y, style_of((enum role)plot->roles[cell]),
					 glyphs_dots(plot->glyphs, plot->masks[cell]));
		}
	}
}

/* The series between two points, when the columns are finer than its steps. */
static double interpolate(const struct frame_series *series, const float *values, double at_ns)
{
	double place = (at_ns - (double)series->start_ns) / (double)series->step_ns;
	double left = floor(place - 0.5);
	double part = place - 0.5 - left;
	double here;
	double next;

	if (place < 0 || place >= (double)series->count)
		return FRAME_GAP;
	here = values[(size_t)place];
	if (is_gap(here))
		return FRAME_GAP;
	if (left < 0 || left + 1 >= (double)series->count)
		return here;
	next = values[(size_t)left + 1];
	if (is_gap(values[(size_t)left]) || is_gap(next))
		return here;
	return values[(size_t)left] * (1 - part) + next * part;
}

static double merge_points(const float *values, size_t first, size_t end, enum plot_merge merge)
{
	double sum = 0;
	double max = FRAME_GAP;
	double last = FRAME_GAP;
	size_t known = 0;

	for (size_t i = first; i < end; i++) {
		if (is_gap(values[i]))
			continue;
		sum += values[i];
		max = values[i] > max ? values[i] : max;
		last = values[i];
		known++;
	}
	if (known == 0)
		return FRAME_GAP;
	switch (merge) {
	case MERGE_MEAN:
		return sum / (double)known;
	case MERGE_MAX:
		return max;
	case MERGE_LAST:
		return last;
	}
	return last;
}

void plot_resample(const struct frame_series *series, int metric, uint64_t from_ns, uint64_t to_ns,
		   enum plot_merge merge, size_t count, double *out)
{
	const float *values = series->values[metric];
	double column = count > 0 ? ((double)to_ns - (double)from_ns) / (double)count : 0;
	double step = (double)series->step_ns;

	for (size_t i = 0; i < count; i++) {
		double begin = (double)from_ns + column * (double)i - (double)series->start_ns;
		double end = begin + column;

		out[i] = FRAME_GAP;
		if (values == NULL || series->count == 0 || series->step_ns == 0 || column <= 0)
			continue;
		if (column < step) {
			out[i] = interpolate(series, values,
					     begin + column / 2 + (double)series->start_ns);
			continue;
		}
		/* the points whose beginning lies in the column */
		begin = ceil(begin / step - 1e-9);
		end = ceil(end / step - 1e-9);
		if (end <= 0 || begin >= (double)series->count)
			continue;
		out[i] = merge_points(values, begin < 0 ? 0 : (size_t)begin,
				      end > (double)series->count ? series->count : (size_t)end,
				      merge);
	}
}

double plot_max(const double *values, size_t count)
{
	double max = 0;

	for (size_t i = 0; i < count; i++) {
		if (!is_gap(values[i]) && values[i] > max)
			max = values[i];
	}
	return max;
}

double plot_nice(double v)
{
	static const double steps[] = { 1, 1.5, 2, 3, 4, 5, 6, 8, 10 };
	double scale;

	if (!isfinite(v) || v <= 0)
		return 1;
	scale = pow(10, floor(log10(v)));
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (v <= steps[i] * scale * (1 + 1e-9))
			return steps[i] * scale;
	}
	return 10 * scale;
}

/* Round lengths of a run's axis while its end is not known. */
static uint64_t whole_length(uint64_t elapsed_ns)
{
	static const unsigned seconds[] = { 60,   120,   300,   600,   1200,  1800,  3600,
					    7200, 14400, 28800, 43200, 86400, 172800 };

	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		if (elapsed_ns <= seconds[i] * CLOCK_NS_PER_SEC)
			return seconds[i] * CLOCK_NS_PER_SEC;
	}
	return elapsed_ns + elapsed_ns / 4;
}

void plot_window(uint64_t elapsed_ns, uint64_t duration_ns, uint64_t span_ns, uint64_t *from_ns,
		 uint64_t *to_ns)
{
	uint64_t step;
	uint64_t end;

	/* a run younger than half of the span fills a shorter one better */
	while (span_ns / 2 >= SHORTEST_NS && elapsed_ns < span_ns / 2)
		span_ns /= 2;
	step = span_ns / 8;
	*from_ns = 0;
	if (step == 0) {
		*to_ns = elapsed_ns <= duration_ns ? duration_ns : whole_length(elapsed_ns);
		return;
	}
	if (elapsed_ns > UINT64_MAX - span_ns)
		elapsed_ns = UINT64_MAX - span_ns;
	end = (elapsed_ns + step - 1) / step * step;
	*to_ns = end < span_ns ? span_ns : end;
	*from_ns = *to_ns - span_ns;
}

void plot_spark(const struct area *area, int x, int y, int width, struct style style,
		const struct glyphs *glyphs, const float *values, size_t count, double top)
{
	size_t shown = width < 0 ? 0 : (size_t)width;
	size_t first = count > shown ? count - shown : 0;

	if (top <= 0) {
		for (size_t i = first; i < count; i++)
			top = !is_gap(values[i]) && values[i] > top ? values[i] : top;
		top = plot_nice(top * 1.25); /* a steady value is no solid bar */
	}
	for (size_t i = first; i < count; i++) {
		int column = x + width - (int)(count - i);
		double level = top > 0 ? values[i] / top * 7 : 0;

		if (is_gap(values[i]))
			continue;
		area_put(area, column, y, values[i] > 0 ? style : style_of(ROLE_TRACK),
			 glyphs->spark[level >= 7 ? 7 : (size_t)lround(level)]);
	}
}
