/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/chart.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "base/units.h"

char *chart_format(enum chart_unit unit, double value, char *dst, size_t size)
{
	switch (unit) {
	case CHART_LATENCY_US:
		return units_format_latency((uint64_t)llround(value), 0, dst, size);
	case CHART_PERCENT:
		snprintf(dst, size, "%.*f %%", value < 10 ? 1 : 0, value);
		return dst;
	case CHART_COUNT:
	case CHART_PER_SECOND:
		break;
	}
	if (value >= 100 || value == floor(value))
		return units_format_count((uint64_t)llround(value), dst, size);
	snprintf(dst, size, "%.1f", value);
	return dst;
}

double chart_panel_max(const struct chart_panel *panel, size_t count)
{
	double max = 0;

	for (size_t line = 0; line < panel->line_count; line++) {
		for (size_t i = 0; i < count; i++) {
			double value = panel->lines[line].values[i];

			if (isfinite(value) && value > max)
				max = value;
		}
	}
	return max;
}

double chart_axis_end(double max, double *step)
{
	double wanted, power;

	if (!(max > 0))
		max = 1;
	wanted = max * 0.25; /* about four lines across */
	power = pow(10, floor(log10(wanted)));
	if (wanted <= power)
		*step = power;
	else if (wanted <= 2 * power)
		*step = 2 * power;
	else if (wanted <= 5 * power)
		*step = 5 * power;
	else
		*step = 10 * power;
	return ceil(max / *step - 1e-9) * *step;
}

double chart_time_step(double length_s, unsigned ticks)
{
	static const double STEPS[] = { 1,   2,   5,    10,   15,   30,    60,    120,  300,
					600, 900, 1800, 3600, 7200, 21600, 43200, 86400 };
	double wanted = length_s / ticks;

	for (size_t i = 0; i < sizeof(STEPS) / sizeof(STEPS[0]); i++) {
		if (STEPS[i] >= wanted)
			return STEPS[i];
	}
	return ceil(wanted / 86400) * 86400;
}
