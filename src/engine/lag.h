/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_LAG_H
#define THRONG_ENGINE_LAG_H

#include <stdint.h>

/* How late an event loop came to its timers, over one interval: a small histogram in
 * microseconds, 32 classes per octave above 32 us (error at most 3 %), up to 71 minutes. */
#define LAG_BUCKETS (28 * 32)

struct lag {
	uint32_t count;
	uint32_t max_us;
	uint32_t buckets[LAG_BUCKETS];
};

void lag_reset(struct lag *lag);
void lag_add(struct lag *lag, uint64_t late_ns);
/* The 99th percentile, 0 when nothing was added; never above max_us. */
uint32_t lag_p99_us(const struct lag *lag);

#endif
