/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_SLIDER_H
#define THRONG_TUI_SLIDER_H

#include <stdbool.h>

#include "tui/canvas.h"

struct glyphs;

/* A value on its way from 0 to an end that is a guard rail. The knob stands where the value is
 * wanted, the filled part reaches to where it is: while users ramp, the line runs after the knob. */
struct slider {
	double wanted;
	double actual; /* negative: no separate one */
	double end;    /* > 0 */
	bool focused;
};

/* Draw it over the whole width of a one-row area; needs 5 columns. */
void slider_draw(const struct slider *slider, const struct area *area, const struct glyphs *glyphs);
/* The value at column x of a slider `width` columns wide, a whole number of steps. */
double slider_value_at(double end, double step, int width, int x);
/* One arrow's worth: about a hundredth of the way, a round number, at least `least`. */
double slider_step(double end, double least);

#endif
