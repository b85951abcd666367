/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "record/histogram.h"

/* What a histogram may differ from the truth by: one part in 1,024 (coarse: 128), upwards. */
#define FULL   (1.0 / 1024)
#define COARSE (1.0 / 128)

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t clamped(uint64_t us)
{
	return us == 0 ? 1 : us > HISTOGRAM_MAX_US ? HISTOGRAM_MAX_US : us;
}

/* The definition: smallest value with at least ceil(q n) values at or below it. */
static uint64_t reference(const uint64_t *sorted, size_t n, double num, double den)
{
	size_t rank = (size_t)ceil(num * (double)n / den);

	return sorted[rank == 0 ? 0 : rank - 1];
}

static void assert_near(uint64_t got, uint64_t truth, double error)
{
	if (got < truth || (double)got > (double)truth * (1 + error))
		fail_msg("got %ju for %ju: off by %.4f %%", (uintmax_t)got, (uintmax_t)truth,
			 ((double)got / (double)truth - 1) * 100);
}

static const struct {
	double num, den;
} quantiles[] = { { 0, 1 },    { 1, 1000 },   { 1, 10 },       { 25, 100 },
		  { 50, 100 }, { 66, 100 },   { 90, 100 },     { 95, 100 },
		  { 99, 100 }, { 999, 1000 }, { 9999, 10000 }, { 1, 1 } };
#define QUANTILES (sizeof(quantiles) / sizeof(*quantiles))

static void assert_like_reference(const struct histogram *hist, uint64_t *values, size_t n,
				  double error)
{
	double qs[QUANTILES];
	uint64_t got[QUANTILES];
	double sum = 0;

	qsort(values, n, sizeof(*values), by_value);
	for (size_t i = 0; i < n; i++)
		sum += (double)values[i];
	for (size_t i = 0; i < QUANTILES; i++)
		qs[i] = quantiles[i].num / quantiles[i].den;
	histogram_quantiles(hist, qs, QUANTILES, got);
	for (size_t i = 0; i < QUANTILES; i++) {
		assert_near(got[i], reference(values, n, quantiles[i].num, quantiles[i].den),
			    error);
		assert_int_equal(histogram_quantile(hist, qs[i]), got[i]);
		assert_true(got[i] <= histogram_max(hist));
	}
	assert_int_equal(histogram_count(hist), n);
	assert_true(fabs(histogram_mean(hist) - sum / (double)n) <= 1e-9 * sum);
}

enum shape { UNIFORM, LOGNORMAL, EXPONENTIAL, TWO_HUMPS, ONE_VALUE, LOG_UNIFORM, EDGES, SHAPES };

static uint64_t draw(struct rng *rng, enum shape shape)
{
	double gauss = 0;

	switch (shape) {
	case UNIFORM:
		return rng_below(rng, 1000000);
	case LOGNORMAL:
		for (int i = 0; i < 12; i++)
			gauss += rng_double(rng);
		return (uint64_t)(5000 * exp(1.2 * (gauss - 6)));
	case EXPONENTIAL:
		return (uint64_t)rng_exponential(rng, 30000);
	case TWO_HUMPS:
		return rng_below(rng, 10) == 0 ? 30000000 + rng_below(rng, 1000)
					       : 200 + rng_below(rng, 50);
	case ONE_VALUE:
		return 123457;
	case LOG_UNIFORM:
		return (uint64_t)exp(rng_double(rng) * log(3.7e9));
	case EDGES:
		return ((uint64_t)1 << rng_below(rng, 34)) - rng_below(rng, 2);
	case SHAPES:
		break;
	}
	return 0;
}

static void each_value_lies_in_its_bucket_and_buckets_are_narrow(void **state)
{
	struct histogram *hist = histogram_new();

	(void)state;
	/* every value up to 2^16, then steps that meet each octave thousands of times */
	for (uint64_t us = 1; us <= HISTOGRAM_MAX_US; us += us < 65536 ? 1 : us / 3001 + 1) {
		histogram_add(hist, us);
		assert_int_equal(histogram_quantile(hist, 1), us);
		/* with a larger one beside it: the bucket's edge, not the exact maximum */
		histogram_add(hist, HISTOGRAM_MAX_US);
		assert_near(histogram_quantile(hist, 0.5), us, FULL);
		histogram_remove(hist, us);
		histogram_remove(hist, HISTOGRAM_MAX_US);
		assert_int_equal(histogram_count(hist), 0);
	}
	histogram_free(hist);
}

static void adding_to_two_is_adding_to_each(void **state)
{
	struct histogram *one = histogram_new(), *two = histogram_new(), *apart = histogram_new();
	(void)state;

	/* counters of 16 bits overflow on the way, and the second has had something before */
	histogram_add_n(two, 300, 65535);
	histogram_add_n(apart, 300, 65535);
	for (unsigned i = 0; i < 70000; i++) {
		uint64_t us = i % 7 == 0 ? 300 : i % 5 == 0 ? 0 : i * 50;
		histogram_add_both(one, two, us);
		histogram_add(apart, us);
	}
	assert_int_equal(histogram_count(one), 70000);
	assert_int_equal(histogram_count(two), histogram_count(apart));
	assert_int_equal(histogram_min(two), histogram_min(apart));
	assert_int_equal(histogram_max(two), histogram_max(apart));
	assert_true(histogram_mean(two) == histogram_mean(apart));
	for (unsigned i = 0; i <= 100; i++)
		assert_int_equal(histogram_quantile(two, i / 100.0),
				 histogram_quantile(apart, i / 100.0));
	assert_int_equal(histogram_count_up_to(two, 300) - histogram_count_up_to(one, 300), 65535);
	histogram_free(one);
	histogram_free(two);
	histogram_free(apart);
}

static void quantiles_match_a_sorted_reference(void **state)
{
	enum { N = 20000 };
	uint64_t *values = mem_array(N, sizeof(*values));
	struct rng rng;

	(void)state;
	for (unsigned shape = 0; shape < SHAPES; shape++) {
		for (unsigned round = 0; round < 4; round++) {
			size_t n = round == 0 ? 1 : round == 1 ? 7 : round == 2 ? 1000 : N;
			struct histogram *fine = histogram_new();
			struct histogram *coarse = histogram_new_coarse();
			rng_seed(&rng, 42 + shape, round);
			for (size_t i = 0; i < n; i++) {
				uint64_t us = draw(&rng, shape);
				histogram_add(fine, us);
				histogram_add(coarse, us);
				values[i] = clamped(us);
			}
			assert_like_reference(fine, values, n, FULL);
			assert_like_reference(coarse, values, n, COARSE);
			assert_int_equal(histogram_min(fine), values[0]);
			assert_int_equal(histogram_max(fine), values[n - 1]);
			histogram_free(fine);
			histogram_free(coarse);
		}
	}
	free(values);
}

static void a_sliding_window_equals_a_fresh_histogram(void **state)
{
	enum { N = 6000, WINDOW = 500 };
	uint64_t *values = mem_array(N, sizeof(*values));
	uint64_t *copy = mem_array(WINDOW, sizeof(*copy));
	struct rng rng;

	(void)state;
	for (unsigned shape = 0; shape < SHAPES; shape++) {
		struct histogram *hist = histogram_new();
		rng_seed(&rng, 7, shape);
		for (size_t i = 0; i < N; i++) {
			values[i] = clamped(draw(&rng, shape));
			histogram_add(hist, values[i]);
			if (i >= WINDOW)
				histogram_remove(hist, values[i - WINDOW]);
			if (i < WINDOW || i % 611 != 0)
				continue;
			memcpy(copy, values + i + 1 - WINDOW, WINDOW * sizeof(*copy));
			uint64_t max_ever = histogram_max(hist);
			assert_like_reference(hist, copy, WINDOW, FULL);
			assert_near(max_ever, copy[WINDOW - 1], FULL);
			assert_true(histogram_min(hist) <= copy[0]);
			assert_near(copy[0], histogram_min(hist), FULL);
		}
		for (size_t i = N - WINDOW; i < N; i++)
			histogram_remove(hist, values[i]);
		assert_int_equal(histogram_count(hist), 0);
		assert_int_equal(histogram_max(hist), 0);
		assert_int_equal(histogram_min(hist), 0);
		assert_int_equal(histogram_quantile(hist, 0.99), 0);
		/* and exact again once it was empty */
		histogram_add(hist, 123456789);
		assert_int_equal(histogram_max(hist), 123456789);
		assert_int_equal(histogram_min(hist), 123456789);
		histogram_free(hist);
	}
	free(values);
	free(copy);
}

static void counters_grow_wider_without_losing_a_value(void **state)
{
	static const uint64_t counts[] = {
		1,          UINT8_MAX,         UINT8_MAX + 1ULL, UINT16_MAX, UINT16_MAX + 1ULL,
		UINT32_MAX, UINT32_MAX + 1ULL, 1ULL << 40
	};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		struct histogram *hist = histogram_new();
		histogram_add_n(hist, 5000, 3); /* a neighbour in the same half-bucket */
		histogram_add_n(hist, 4100, counts[i]);
		histogram_add(hist, 4100);
		assert_int_equal(histogram_count(hist), counts[i] + 4);
		assert_int_equal(histogram_count_up_to(hist, 4100), counts[i] + 1);
		assert_int_equal(histogram_count_up_to(hist, 4000), 0);
		assert_int_equal(histogram_count_up_to(hist, 5000), counts[i] + 4);
		histogram_remove_n(hist, 4100, counts[i] + 1);
		assert_int_equal(histogram_count(hist), 3);
		assert_int_equal(histogram_quantile(hist, 0.5), 5000);
		histogram_free(hist);
	}
	/* one by one over the first edges */
	struct histogram *hist = histogram_new();
	for (unsigned i = 0; i < UINT16_MAX + 10u; i++)
		histogram_add(hist, 77);
	assert_int_equal(histogram_count_up_to(hist, 77), UINT16_MAX + 10u);
	histogram_free(hist);
}

/* Each width of the counters is walked in blocks in a way of its own. */
static void quantiles_find_a_value_anywhere_among_counters_of_any_width(void **state)
{
	static const uint64_t times[] = { 1, UINT8_MAX, UINT16_MAX, UINT32_MAX, 1ULL << 40 };

	(void)state;
	for (size_t t = 0; t < sizeof(times) / sizeof(*times); t++) {
		struct histogram *hist = histogram_new();
		uint64_t count = 0;
		for (uint64_t us = 1024; us < 2048; us++)
			histogram_add_n(hist, us, times[t]);
		count = histogram_count(hist);
		assert_int_equal(count, 1024 * times[t]);
		for (uint64_t us = 1024; us < 2048; us++) {
			double q[] = { (double)(us - 1024) / 1024 + 1e-6,
				       (double)(us - 1023) / 1024 };
			uint64_t at[2];
			histogram_quantiles(hist, q, 2, at);
			assert_int_equal(at[0], us);
			assert_int_equal(at[1], us);
		}
		/* the ends of what is left */
		for (uint64_t us = 1024; us < 2048; us++)
			if (us != 1400 && us != 1702)
				histogram_remove_n(hist, us, times[t]);
		assert_int_equal(histogram_min(hist), 1400);
		assert_int_equal(histogram_max(hist), 1702);
		histogram_free(hist);
	}
}

static void merging_equals_adding_everything_to_one(void **state)
{
	struct rng rng;
	double q[] = { 0.01, 0.5, 0.9, 0.99, 0.999 };
	uint64_t merged[5], single[5];

	(void)state;
	rng_seed(&rng, 99, 1);
	struct histogram *a = histogram_new(), *b = histogram_new(), *all = histogram_new();
	struct histogram *coarse = histogram_new_coarse(), *direct = histogram_new_coarse();
	for (int i = 0; i < 30000; i++) {
		uint64_t us = draw(&rng, LOG_UNIFORM);
		histogram_add(i % 3 == 0 ? a : b, us);
		histogram_add(all, us);
		histogram_add(direct, us);
	}
	histogram_merge(coarse, a);
	histogram_merge(coarse, b);
	histogram_merge(a, b);
	histogram_quantiles(a, q, 5, merged);
	histogram_quantiles(all, q, 5, single);
	assert_memory_equal(merged, single, sizeof(merged));
	assert_int_equal(histogram_min(a), histogram_min(all));
	assert_int_equal(histogram_max(a), histogram_max(all));
	assert_true(histogram_mean(a) == histogram_mean(all));
	/* from fine to coarse: a bucket's highest value lies in the same coarse bucket */
	histogram_quantiles(coarse, q, 5, merged);
	histogram_quantiles(direct, q, 5, single);
	assert_memory_equal(merged, single, sizeof(merged));
	assert_int_equal(histogram_count(coarse), 30000);
	histogram_merge(a, coarse);
	assert_int_equal(histogram_count(a), 60000);
	histogram_free(a);
	histogram_free(b);
	histogram_free(all);
	histogram_free(coarse);
	histogram_free(direct);
}

struct walk {
	uint64_t count, last, buckets;
};

static void visit(uint64_t low, uint64_t high, uint64_t count, void *arg)
{
	struct walk *walk = arg;

	assert_true(low <= high && count > 0);
	assert_true(walk->buckets == 0 || low > walk->last);
	assert_true((double)(high - low) < FULL * (double)(low > 0 ? low : 1));
	walk->last = high;
	walk->count += count;
	walk->buckets++;
}

static void buckets_come_in_rising_order_and_sum_to_the_count(void **state)
{
	struct rng rng;
	struct walk walk = { 0 };
	struct histogram *hist = histogram_new();

	(void)state;
	rng_seed(&rng, 3, 3);
	for (int i = 0; i < 10000; i++)
		histogram_add(hist, draw(&rng, LOG_UNIFORM));
	histogram_each(hist, visit, &walk);
	assert_int_equal(walk.count, 10000);
	assert_true(walk.buckets > 1000);
	histogram_reset(hist);
	memset(&walk, 0, sizeof(walk));
	histogram_each(hist, visit, &walk);
	assert_int_equal(walk.buckets, 0);
	assert_int_equal(histogram_count(hist), 0);
	assert_int_equal(histogram_max(hist), 0);
	assert_true(histogram_mean(hist) == 0);
	histogram_free(hist);
}

static void values_out_of_range_count_at_its_ends(void **state)
{
	struct histogram *hist = histogram_new();

	(void)state;
	histogram_add(hist, 0);
	histogram_add(hist, UINT64_MAX);
	assert_int_equal(histogram_min(hist), 1);
	assert_int_equal(histogram_max(hist), HISTOGRAM_MAX_US);
	assert_int_equal(histogram_quantile(hist, 0.5), 1);
	assert_int_equal(histogram_quantile(hist, 1), HISTOGRAM_MAX_US);
	histogram_remove(hist, 0);
	histogram_remove(hist, UINT64_MAX);
	assert_int_equal(histogram_count(hist), 0);
	histogram_free(hist);
	histogram_free(NULL);
}

static void memory_is_taken_lazily_and_has_a_maximum(void **state)
{
	struct histogram *hist = histogram_new(), *coarse = histogram_new_coarse();

	(void)state;
	assert_true(histogram_memory(hist) < 512);
	for (unsigned octave = 0; octave < 5; octave++)
		histogram_add(hist, (uint64_t)2000 << octave);
	assert_true(histogram_memory(hist) <= 11 * 1024);
	for (uint64_t us = 1; us < 2 * HISTOGRAM_MAX_US; us *= 2) {
		histogram_add_n(hist, us, 1ULL << 33);
		histogram_add_n(coarse, us, 1ULL << 33);
	}
	assert_true(histogram_memory(hist) <= 190 * 1024);
	assert_true(histogram_memory(coarse) <= 28 * 1024);
	histogram_free(hist);
	histogram_free(coarse);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adding_to_two_is_adding_to_each),
		cmocka_unit_test(each_value_lies_in_its_bucket_and_buckets_are_narrow),
		cmocka_unit_test(quantiles_match_a_sorted_reference),
		cmocka_unit_test(a_sliding_window_equals_a_fresh_histogram),
		cmocka_unit_test(counters_grow_wider_without_losing_a_value),
		cmocka_unit_test(quantiles_find_a_value_anywhere_among_counters_of_any_width),
		cmocka_unit_test(merging_equals_adding_everything_to_one),
		cmocka_unit_test(buckets_come_in_rising_order_and_sum_to_the_count),
		cmocka_unit_test(values_out_of_range_count_at_its_ends),
		cmocka_unit_test(memory_is_taken_lazily_and_has_a_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
