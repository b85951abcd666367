/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_DRIVEN_CORNERS_H
#define THRONG_SCENARIO_DRIVEN_CORNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct driven;

/* A load over time as straight lines between corners: inside driven.c. Two corners at one instant are a
 * jump. */
struct driven_corner {
	uint64_t at_ns; /* run's clock, not falling */
	double level;
};

/* Drop, in place, corners that lie within tolerance of the line between their neighbours. count >= 1.
 * Returns how many stay. */
size_t driven_simplify(struct driven_corner *corners, size_t count, double tolerance);
/* Fill stages, stage_count and length_ns. */
void driven_make_stages(const struct driven_corner *corners, size_t count, bool open,
			struct driven *out);

#endif
