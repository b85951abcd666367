/* SPDX-License-Identifier: MIT */
/* Counts by second and row. The recent columns are a ring by the number of the second; the whole run's
 * halve their number as series.c does it, which loses nothing: counts add up. A second costs a walk
 * over its histogram, about 5 µs. */
#include "config.h"

#include "record/heat.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/histogram.h"
#include "record/logscale.h"

typedef uint32_t heat_column[HEAT_ROWS];

struct heat {
	uint64_t seconds; /* closed so far */
	heat_column recent[HEAT_COLUMNS];
	uint32_t step_seconds;
	size_t count;
	heat_column whole[HEAT_COLUMNS];
};

static_assert(HEAT_ROWS == LOGSCALE_ROWS(HEAT_BITS), "every latency has a row");

struct heat *heat_new(void)
{
	struct heat *heat = mem_new(sizeof(*heat));

	heat_start(heat);
	return heat;
}

void heat_free(struct heat *heat)
{
	free(heat);
}

void heat_start(struct heat *heat)
{
	memset(heat, 0, sizeof(*heat));
	heat->step_seconds = 1;
}

static uint32_t add_up(uint32_t a, uint64_t b)
{
	return b > UINT32_MAX - a ? UINT32_MAX : a + (uint32_t)b;
}

static void add_bucket(uint64_t low_us, uint64_t high_us, uint64_t count, void *arg)
{
	uint32_t *column = arg;
	unsigned row = logscale_row(HEAT_BITS, high_us);

	(void)low_us;
	column[row] = add_up(column[row], count);
}

static void merge(uint32_t *into, const uint32_t *from)
{
	for (unsigned row = 0; row < HEAT_ROWS; row++)
		into[row] = add_up(into[row], from[row]);
}

static void halve(struct heat *heat)
{
	for (size_t i = 0; i < HEAT_COLUMNS / 2; i++) {
		if (i > 0)
			memcpy(heat->whole[i], heat->whole[2 * i], sizeof(heat_column));
		merge(heat->whole[i], heat->whole[2 * i + 1]);
	}
	heat->count = HEAT_COLUMNS / 2;
	heat->step_seconds *= 2;
}

void heat_second(struct heat *heat, const struct histogram *times)
{
	uint32_t *column = heat->recent[heat->seconds % HEAT_COLUMNS];

	memset(column, 0, sizeof(heat_column));
	histogram_each(times, add_bucket, column);
	if (heat->seconds % heat->step_seconds == 0) {
		if (heat->count == HEAT_COLUMNS)
			halve(heat);
		/* after halving the second is still the first of a step: 600 x step is even */
		memset(heat->whole[heat->count++], 0, sizeof(heat_column));
	}
	merge(heat->whole[heat->count - 1], column);
	heat->seconds++;
}

struct heat_view heat_recent(const struct heat *heat)
{
	size_t columns = heat->seconds < HEAT_COLUMNS ? (size_t)heat->seconds : HEAT_COLUMNS;

	return (struct heat_view){ .start_ns = (heat->seconds - columns) * CLOCK_NS_PER_SEC,
				   .step_ns = CLOCK_NS_PER_SEC,
				   .columns = columns };
}

struct heat_view heat_whole(const struct heat *heat)
{
	return (struct heat_view){ .step_ns = heat->step_seconds * CLOCK_NS_PER_SEC,
				   .columns = heat->count };
}

const uint32_t *heat_recent_column(const struct heat *heat, size_t column)
{
	struct heat_view view = heat_recent(heat);

	assert(column < view.columns);
	return heat->recent[(heat->seconds - view.columns + column) % HEAT_COLUMNS];
}

const uint32_t *heat_whole_column(const struct heat *heat, size_t column)
{
	assert(column < heat->count);
	return heat->whole[column];
}
