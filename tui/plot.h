/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_PLOT_H
#define THRONG_TUI_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tui/canvas.h"

struct frame_series;
struct glyphs;

/* Drawing of figures over time. A gap (FRAME_GAP, any negative or non-finite value) is drawn as
 * nothing, never joined over. */

/* A field of dots (braille 2x4, blocks and ASCII 1x2 per cell) laid over an area. */
struct plot {
	struct area area;
	const struct glyphs *glyphs;
	int w, h;       /* in dots */
	uint8_t *masks; /* per cell: dots that are set */
	uint8_t *roles; /* per cell: role of what was drawn last */
	uint8_t *lines; /* per cell: a line runs through it, and nothing else */
};

void plot_init(struct plot *plot, const struct area *area, const struct glyphs *glyphs);
void plot_fini(struct plot *plot);
/* y counts dots from the bottom. Outside: nothing. */
void plot_dot(struct plot *plot, int x, int y, enum role role);
void plot_line(struct plot *plot, int x0, int y0, int x1, int y1, enum role role);
/* A line through values[0..w), one per dot column, 0..top being the height of the field. */
void plot_curve(struct plot *plot, const double *values, double top, enum role role);
/* The same, filled down to the bottom. */
void plot_surface(struct plot *plot, const double *values, double top, enum role role);
/* Put the dots on the canvas; cells without any are left as they are. */
void plot_draw(const struct plot *plot);

/* How points that fall into one column become one value. */
enum plot_merge { MERGE_MEAN, MERGE_MAX, MERGE_LAST };

/* The values of `metric` between from_ns and to_ns in `count` columns, FRAME_GAP where there are
 * none. Columns finer than the series' steps are interpolated. */
void plot_resample(const struct frame_series *series, int metric, uint64_t from_ns, uint64_t to_ns,
		   enum plot_merge merge, size_t count, double *out);
/* The largest of the values, 0 when all are gaps. */
double plot_max(const double *values, size_t count);
/* The next round number (1, 1.5, 2, 3, 4, 5, 6, 8 x 10^n) at or above v; 1 for v <= 0. */
double plot_nice(double v);
/* The window of a chart that shows `span_ns` (0: the whole run) at elapsed_ns. Half of
 * it, and so on, as long as the run is younger than that. It moves on in steps of an eighth, so that the picture stands still in between; duration_ns 0: no end known. */
void plot_window(uint64_t elapsed_ns, uint64_t duration_ns, uint64_t span_ns, uint64_t *from_ns,
		 uint64_t *to_ns);

/* `width` cells of block characters for the newest `width` of the values; what is missing on the
 * left stays blank. top 0: scaled to the largest of them. */
void plot_spark(const struct area *area, int x, int y, int width, struct style style,
		const struct glyphs *glyphs, const float *values, size_t count, double top);

#endif
