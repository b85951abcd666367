/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_LOCUST_TIMES_H
#define THRONG_RECORD_LOCUST_TIMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Response times the way Locust counts them (stats.py, _log_response_time): rounded to 1 ms
 * below 100 ms, to 10 below 1,000, to 100 below 10,000, to 1,000 above; half to even. Times
 * above LOCUST_TIMES_MAX_MS count as that much, which bounds the memory: about 2 KB while nothing
 * passes 10 s, 290 KB at the worst. Embedded; owned by one thread. */
#define LOCUST_TIMES_MAX_MS 36000000.0

#define LOCUST_PERCENTILES 11
/* The column's name, "50%" to "100%"; i below LOCUST_PERCENTILES. */
const char *locust_times_percentile_name(size_t i);

struct locust_times {
	uint64_t *counts; /* by bucket; NULL when nothing was ever added */
	size_t cap;       /* buckets there is room for */
	size_t used;      /* one past the highest bucket counted in */
	uint64_t total;
	bool hundred_is_float; /* Python keeps the type of the first 100 it meets: 100 or 100.0 */
};

void locust_times_fini(struct locust_times *times);
/* Forget all counts, keep the memory. */
void locust_times_reset(struct locust_times *times);
/* Count one time in ms, >= 0. */
void locust_times_add(struct locust_times *times, double ms);
/* Locust's percentile algorithm: walks down from the largest bucket. `base`: counts at an earlier
 * time to take off, `base_count` buckets of them (modulo 2^32; NULL and 0: none). `requests` is
 * the N the ranks are taken of. Fills out in ms, 0 where there are no times. */
void locust_times_percentiles(const struct locust_times *times, const uint32_t *base,
			      size_t base_count, uint64_t requests,
			      unsigned long out[LOCUST_PERCENTILES]);
/* Locust's median, another algorithm (median_from_dict), not clamped. *is_float says whether
 * Python would hold a float. 0 when there are no times. */
double locust_times_median(const struct locust_times *times, bool *is_float);

#endif
