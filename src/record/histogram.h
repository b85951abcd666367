/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_HISTOGRAM_H
#define THRONG_RECORD_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/* Latency histogram in HdrHistogram's scheme (log-linear, Tene): values 1 µs .. 1 h in
 * microseconds, below 1 µs counted as 1, above 1 h as 1 h. Full precision has 2,048 sub-buckets:
 * a relative error below 0.1 % (1/1,024). The coarse kind has 256: below 0.8 % (1/128).
 *
 * Memory has a fixed maximum and is taken a half-bucket (1,024 counters, coarse: 128) at a time
 * when first needed. Counters of a half-bucket are 8 bits wide and grow to 16, 32 and 64 when one of
 * them overflows, so an endpoint with latencies over five octaves takes about 6 KB at first, 11 KB when
 * many have the same one, and none can take more than 190 KB (coarse: 28 KB). Owned by one thread. */
#define HISTOGRAM_MAX_US 3600000000ULL

struct histogram;

struct histogram *histogram_new(void);
struct histogram *histogram_new_coarse(void);
void histogram_free(struct histogram *hist); /* NULL is fine */
/* Forget all values; the memory is kept. */
void histogram_reset(struct histogram *hist);
void histogram_add(struct histogram *hist, uint64_t us);
/* The same value to two of one kind, for less than twice the price. */
void histogram_add_both(struct histogram *a, struct histogram *b, uint64_t us);
/* Values will soon be added or removed: have the memory fetched that says where their counters are. Changes
 * nothing; NULL is fine. */
void histogram_expect(const struct histogram *hist);
/* Take back one value added before: a sliding window. min and max stay exact to the bucket. */
void histogram_remove(struct histogram *hist, uint64_t us);
/* The same n times. */
void histogram_add_n(struct histogram *hist, uint64_t us, uint64_t n);
void histogram_remove_n(struct histogram *hist, uint64_t us, uint64_t n);
/* Add all values of `from`. Between kinds the values of a bucket count as its highest one. */
void histogram_merge(struct histogram *into, const struct histogram *from);
uint64_t histogram_count(const struct histogram *hist);
/* Value at quantile q in [0, 1]: the smallest recorded (bucket's highest equivalent) value with
 * at least ceil(q * count) values at or below it; never above the recorded maximum. 0 when
 * empty. */
uint64_t histogram_quantile(const struct histogram *hist, double q);
/* Several in one walk; qs must rise. */
void histogram_quantiles(const struct histogram *hist, const double *qs, size_t n, uint64_t *out);
/* How many values are at or below the bucket that us falls into. */
uint64_t histogram_count_up_to(const struct histogram *hist, uint64_t us);
/* Exact while nothing was removed; 0 when empty. */
uint64_t histogram_min(const struct histogram *hist);
uint64_t histogram_max(const struct histogram *hist);
/* Exact sum of the values / count; 0 when empty. */
double histogram_mean(const struct histogram *hist);
/* Non-empty buckets in rising order: calls fn(lowest, highest, count). */
void histogram_each(const struct histogram *hist,
		    void (*fn)(uint64_t low_us, uint64_t high_us, uint64_t count, void *arg),
		    void *arg);
/* Bytes it takes now. */
size_t histogram_memory(const struct histogram *hist);

#endif
