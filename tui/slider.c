/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/slider.h"

#include <math.h>

#include "tui/glyphs.h"

static double share(double value, double end)
{
	if (!isfinite(value) || value <= 0 || end <= 0)
		return 0;
	return value >= end ? 1 : value / end;
}

void slider_draw(const struct slider *slider, const struct area *area, const struct glyphs *glyphs)
{
	int track = area->w - 2;
	double actual = slider->actual < 0 ? slider->wanted : slider->actual;
	int knob;
	int filled;

	if (track < 3)
		return;
	knob = (int)lround(share(slider->wanted, slider->end) * (track - 1));
	filled = (int)lround(share(actual, slider->end) * (track - 1));
	area_put(area, 0, 0, style_of(ROLE_TRACK), glyphs->slider_left);
	area_put(area, area->w - 1, 0, style_of(ROLE_TRACK), glyphs->slider_right);
	for (int i = 0; i < track; i++) {
		bool full = i <= filled && actual > 0;

		area_put(area, 1 + i, 0, style_of(full ? ROLE_FILL : ROLE_TRACK),
			 full ? glyphs->slider_fill : glyphs->slider_track);
	}
	area_put(area, 1 + knob, 0, style_of(slider->focused ? ROLE_KEY : ROLE_KNOB),
		 glyphs->slider_knob);
}

double slider_value_at(double end, double step, int width, int x)
{
	int track = width - 2;
	double value;

	if (track < 2 || x <= 1)
		return 0;
	if (x >= track)
		return end;
	value = end * (x - 1) / (track - 1);
	return step > 0 ? round(value / step) * step : value;
}

double slider_step(double end, double least)
{
	double step = end / 100;
	double scale;

	if (!isfinite(step) || step <= least)
		return least;
	scale = pow(10, floor(log10(step)));
	if (step >= 5 * scale)
		return 5 * scale;
	return step >= 2 * scale ? 2 * scale : scale;
}
