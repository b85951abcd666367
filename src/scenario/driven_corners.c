/* SPDX-License-Identifier: MIT */
/* Straight pieces of a load, as few as do, into the stages of a file. */
#include "config.h"

#include "scenario/driven_corners.h"

#include <math.h>

#include "base/clock.h"
#include "base/mem.h"
#include "scenario/driven.h"

#define LOOKAHEAD 512 /* corners in one piece at most */

/* Every corner between a and b lies within tolerance of the straight line from a to b. */
static bool straight(const struct driven_corner *corners, size_t a, size_t b, double tolerance)
{
	double length = (double)(corners[b].at_ns - corners[a].at_ns);

	for (size_t i = a + 1; i < b; i++) {
		double part =
			length > 0 ? (double)(corners[i].at_ns - corners[a].at_ns) / length : 1;
		double line = corners[a].level + (corners[b].level - corners[a].level) * part;
		if (fabs(corners[i].level - line) > tolerance)
			return false;
	}
	return true;
}

/* Drop corners that the line between their neighbours does not need; of several at one instant the first
 * and the last count. Returns how many stay. */
size_t driven_simplify(struct driven_corner *corners, size_t count, double tolerance)
{
	size_t kept = 1, from = 0;

	while (from + 1 < count) {
		size_t to = from + 1;
		while (to + 1 < count && to - from < LOOKAHEAD &&
		       straight(corners, from, to + 1, tolerance))
			to++;
		corners[kept++] = corners[to];
		from = to;
	}
	return kept;
}

static void add_stage(struct driven *out, enum stage_kind kind, double value, uint64_t ns)
{
	out->stages[out->stage_count++] = (struct stage){ kind, value, ns };
	out->length_ns += ns;
}

/* A jump takes a millisecond, the shortest ramp there is; what follows begins that much later and is
 * that much shorter. */
void driven_make_stages(const struct driven_corner *corners, size_t count, bool open,
			struct driven *out)
{
	enum stage_kind kind = open ? STAGE_RATE : STAGE_USERS;
	double level = 0;

	out->stages = mem_array(count, sizeof(*out->stages));
	for (size_t i = 1; i < count; i++) {
		const struct driven_corner *to = &corners[i];
		double value = open ? to->level : floor(to->level + 0.5);
		bool holds = !(value < level) && !(value > level);
		uint64_t length_ns = to->at_ns > out->length_ns ? to->at_ns - out->length_ns : 0;

		if (length_ns < CLOCK_NS_PER_MS && holds)
			continue;
		if (length_ns < CLOCK_NS_PER_MS)
			length_ns = CLOCK_NS_PER_MS;
		if (holds && out->stage_count > 0)
			add_stage(out, STAGE_HOLD, value, length_ns);
		else
			add_stage(out, kind, value, length_ns);
		level = value;
	}
}
