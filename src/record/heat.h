/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_HEAT_H
#define THRONG_RECORD_HEAT_H

#include <stddef.h>
#include <stdint.h>

struct histogram;

/* How many requests took how long, over time: columns of seconds, rows of response times, four to
 * an octave. The last 600 s in columns of a second, and the whole run in at most 600 columns whose
 * length doubles when they are full, with the same edges as the series' (series.h); memory is fixed:
 * 600 KB. Made from a second's histogram when it closes, so a request costs nothing here. Counts
 * saturate at 2^32 - 1. Recorder thread. */
#define HEAT_COLUMNS 600
#define HEAT_BITS    2
#define HEAT_ROWS    124

struct heat;

struct heat *heat_new(void);
void heat_free(struct heat *heat); /* NULL is fine */
void heat_start(struct heat *heat);
/* The next second of the run is over; times: of the requests that ended in it. */
void heat_second(struct heat *heat, const struct histogram *times);

struct heat_view {
	uint64_t start_ns, step_ns;
	size_t columns;
};
struct heat_view heat_recent(const struct heat *heat);
struct heat_view heat_whole(const struct heat *heat);
/* HEAT_ROWS counts of a column of either; row r is [logscale_low(HEAT_BITS, r), that of r + 1). Valid
 * until the next change. */
const uint32_t *heat_recent_column(const struct heat *heat, size_t column);
const uint32_t *heat_whole_column(const struct heat *heat, size_t column);

#endif
