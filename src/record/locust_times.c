/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/locust_times.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/pyfloat.h"

/* Buckets in rising order, dense: 0..100 by 1, then 110..1000 by 10, 1100..10000 by 100 and from
 * 11000 on by 1000. Each range ends with the first value of the next. */
#define BUCKETS_1   101
#define BUCKETS_10  (BUCKETS_1 + 90)
#define BUCKETS_100 (BUCKETS_10 + 90)

static const struct {
	double p;
	const char *name;
} PERCENTILES[LOCUST_PERCENTILES] = { { 0.50, "50%" },      { 0.66, "66%" }, { 0.75, "75%" },
				      { 0.80, "80%" },      { 0.90, "90%" }, { 0.95, "95%" },
				      { 0.98, "98%" },      { 0.99, "99%" }, { 0.999, "99.9%" },
				      { 0.9999, "99.99%" }, { 1.0, "100%" } };

const char *locust_times_percentile_name(size_t i)
{
	return PERCENTILES[i].name;
}

static size_t bucket_of(unsigned long value)
{
	if (value <= 100)
		return value;
	if (value <= 1000)
		return BUCKETS_1 + (value - 110) / 10;
	if (value <= 10000)
		return BUCKETS_10 + (value - 1100) / 100;
	return BUCKETS_100 + (value - 11000) / 1000;
}

static unsigned long value_of(size_t bucket)
{
	if (bucket < BUCKETS_1)
		return bucket;
	if (bucket < BUCKETS_10)
		return 110 + (bucket - BUCKETS_1) * 10;
	if (bucket < BUCKETS_100)
		return 1100 + (bucket - BUCKETS_10) * 100;
	return 11000 + (bucket - BUCKETS_100) * 1000;
}

void locust_times_fini(struct locust_times *times)
{
	free(times->counts);
	*times = (struct locust_times){ 0 };
}

void locust_times_reset(struct locust_times *times)
{
	if (times->used > 0)
		memset(times->counts, 0, times->used * sizeof(times->counts[0]));
	times->used = 0;
	times->total = 0;
	times->hundred_is_float = false;
}

void locust_times_add(struct locust_times *times, double ms)
{
	double capped = ms < LOCUST_TIMES_MAX_MS ? ms : LOCUST_TIMES_MAX_MS;
	unsigned step = capped < 100 ? 1 : capped < 1000 ? 10 : capped < 10000 ? 100 : 1000;
	unsigned long value = (unsigned long)pyfloat_round(capped, step);
	size_t bucket = bucket_of(value);

	if (bucket >= times->cap) {
		size_t cap = bucket < BUCKETS_10    ? BUCKETS_10
			     : bucket < BUCKETS_100 ? BUCKETS_100
						    : bucket + bucket / 2 + 1;

		times->counts = mem_grow(times->counts, times->cap, cap, sizeof(times->counts[0]));
		times->cap = cap;
	}
	if (value == 100 && times->counts[bucket] == 0)
		times->hundred_is_float = step > 1;
	if (bucket >= times->used)
		times->used = bucket + 1;
	times->counts[bucket]++;
	times->total++;
}

/* calculate_response_time_percentile for all of them in one walk: the wanted rank falls with the
 * percentile. */
void locust_times_percentiles(const struct locust_times *times, const uint32_t *base,
			      size_t base_count, uint64_t requests,
			      unsigned long out[LOCUST_PERCENTILES])
{
	size_t next = LOCUST_PERCENTILES; /* one past the percentile looked for */
	uint64_t processed = 0;

	for (size_t b = times->used; b-- > 0 && next > 0;) {
		uint64_t count = times->counts[b];

		if (b < base_count)
			count = (uint32_t)count - base[b];
		processed += count;
		while (count > 0 && next > 0 &&
		       requests - processed <=
			       (uint64_t)((double)requests * PERCENTILES[next - 1].p))
			out[--next] = value_of(b);
	}
	while (next > 0)
		out[--next] = 0;
}

double locust_times_median(const struct locust_times *times, bool *is_float)
{
	double pos = ((double)times->total - 1) / 2;
	size_t b = 0;

	*is_float = false;
	if (times->total == 0)
		return 0;
	for (; b + 1 < times->used; b++) {
		if (pos < (double)times->counts[b])
			break;
		pos -= (double)times->counts[b];
	}
	*is_float = b > 100 || (b == 100 && times->hundred_is_float);
	return (double)value_of(b);
}
