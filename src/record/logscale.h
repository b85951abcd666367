/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_LOGSCALE_H
#define THRONG_RECORD_LOGSCALE_H

#include <stdint.h>

#include "record/histogram.h"

/* Latencies on a logarithmic axis: 2^bits rows to an octave, equally wide within it, so that each is
 * a whole number of histogram buckets (histogram.c counts in the same scheme, finer). Row 0 is for
 * nothing: values are at least 1 µs. bits is 0 to LOGSCALE_BITS_MAX. */
#define LOGSCALE_BITS_MAX   6
#define LOGSCALE_ROWS(bits) ((33u - (bits)) << (bits)) /* 1 µs .. 1 h */

/* The row of a value in µs (0 counts as 1, above an hour as an hour). */
static inline unsigned logscale_row(unsigned bits, uint64_t us)
{
	unsigned mask = (1u << bits) - 1;

	us = us == 0 ? 1 : us > HISTOGRAM_MAX_US ? HISTOGRAM_MAX_US : us;
	unsigned magnitude = 63u - (unsigned)__builtin_clzll(us);
	if (magnitude < bits)
		return (unsigned)us;
	return ((magnitude - bits + 1) << bits) + ((unsigned)(us >> (magnitude - bits)) & mask);
}

/* The lowest value of a row; of row + 1 it is the first above it. */
static inline uint64_t logscale_low(unsigned bits, unsigned row)
{
	unsigned half = row >> bits, cell = row & ((1u << bits) - 1);

	return half == 0 ? cell : ((uint64_t)(1u << bits) + cell) << ((half - 1) & 63);
}

#endif
