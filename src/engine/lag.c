/* SPDX-License-Identifier: MIT */
/* Lateness of timers. One thread; constant time to add. */
#include "config.h"

#include "engine/lag.h"

#include <string.h>

#include "base/clock.h"

#define SUB_BITS 5 /* 32 classes per octave */
#define SUB      (1u << SUB_BITS)

void lag_reset(struct lag *lag)
{
	memset(lag, 0, sizeof(*lag));
}

static unsigned bucket_of(uint32_t us)
{
	if (us < SUB) {
		return us;
	}
	unsigned octave = 31u - (unsigned)__builtin_clz(us) - SUB_BITS;
	return (octave + 1) * SUB + (us >> octave) - SUB;
}

/* Largest value of a bucket. */
static uint32_t bucket_top(unsigned bucket)
{
	if (bucket < SUB) {
		return bucket;
	}
	unsigned octave = bucket / SUB - 1;
	uint64_t top = (((uint64_t)(bucket % SUB) + SUB + 1) << octave) - 1;
	return top > UINT32_MAX ? UINT32_MAX : (uint32_t)top;
}

void lag_add(struct lag *lag, uint64_t late_ns)
{
	uint64_t us = late_ns / CLOCK_NS_PER_US;
	uint32_t clipped = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;

	lag->count++;
	lag->buckets[bucket_of(clipped)]++;
	if (clipped > lag->max_us) {
		lag->max_us = clipped;
	}
}

uint32_t lag_p99_us(const struct lag *lag)
{
	uint64_t rank = ((uint64_t)lag->count * 99 + 99) / 100, seen = 0;

	for (unsigned i = 0; i < LAG_BUCKETS && rank > 0; i++) {
		seen += lag->buckets[i];
		if (seen >= rank) {
			uint32_t top = bucket_top(i);
			return top < lag->max_us ? top : lag->max_us;
		}
	}
	return 0;
}
