/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/histogram.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* HdrHistogram's counters without its limits on laziness: half-bucket 0 counts 0 .. 2^m - 1 in
 * steps of 1, half-bucket h > 0 counts 2^(m+h-1) .. 2^(m+h) - 1 in steps of 2^(h-1), each with
 * 2^m counters.
 *
 * Invariants: count = sum of the halves' counts; a half's count = sum of its counters; a half
 * without cells has count 0; min and max enclose every value present.
 * Cost: an add touches the head, one half and one counter: three cache lines, about 3 ns when
 * they are warm. A quantile looks at the halves' counts and walks only the half it falls into, by blocks. */

#define FULL_BITS   10
#define COARSE_BITS 7
#define CACHE_LINE  64
#define BLOCK       32u /* counters added up at a time: a half has a whole number of them */

enum width { WIDTH_8, WIDTH_16, WIDTH_32, WIDTH_64 };
static const size_t width_bytes[] = { 1, 2, 4, 8 };
static const uint64_t width_most[] = { UINT8_MAX, UINT16_MAX, UINT32_MAX, UINT64_MAX };

struct half {
	void *cells;        /* NULL until the first value */
	uint64_t width : 2; /* first: counting is then one addition to the word */
	uint64_t count : 62;
};

struct histogram {
	uint64_t count, sum;
	uint64_t min, max;
	bool loose; /* values were removed: min and max are bounds only */
	uint8_t bits;
	uint8_t halves;
	struct half half[];
};

/* The head and the halves up to a minute. */
#define EXPECTED_BYTES (sizeof(struct histogram) + (26 - FULL_BITS) * sizeof(struct half))

static struct histogram *new_with_bits(unsigned bits)
{
	unsigned halves = 32 - bits + 1;
	struct histogram *hist = mem_new(sizeof(struct histogram) + halves * sizeof(struct half));

	hist->bits = (uint8_t)bits;
	hist->halves = (uint8_t)halves;
	hist->min = UINT64_MAX;
	return hist;
}

struct histogram *histogram_new(void)
{
	return new_with_bits(FULL_BITS);
}

struct histogram *histogram_new_coarse(void)
{
	return new_with_bits(COARSE_BITS);
}

void histogram_free(struct histogram *hist)
{
	if (hist == NULL)
		return;
	for (unsigned h = 0; h < hist->halves; h++)
		free(hist->half[h].cells);
	free(hist);
}

void histogram_reset(struct histogram *hist)
{
	for (unsigned h = 0; h < hist->halves; h++) {
		struct half *half = &hist->half[h];
		if (half->count != 0)
			memset(half->cells, 0, width_bytes[half->width] << hist->bits);
		half->count = 0;
	}
	hist->count = 0;
	hist->sum = 0;
	hist->min = UINT64_MAX;
	hist->max = 0;
	hist->loose = false;
}

static inline uint64_t clamp_us(uint64_t us)
{
	if (us == 0)
		return 1;
	return us > HISTOGRAM_MAX_US ? HISTOGRAM_MAX_US : us;
}

/* Which half-bucket, and which counter in it. */
static inline unsigned locate(unsigned bits, uint64_t us, unsigned *cell)
{
	unsigned mask = (1u << bits) - 1;
	unsigned magnitude = 63u - (unsigned)__builtin_clzll(us | mask);

	if (magnitude < bits) {
		*cell = (unsigned)us;
		return 0;
	}
	*cell = (unsigned)(us >> (magnitude - bits)) & mask;
	return magnitude - bits + 1;
}

static inline uint64_t lowest(unsigned bits, unsigned half, unsigned cell)
{
	if (half == 0)
		return cell;
	return ((uint64_t)(1u << bits) + cell) << (half - 1);
}

static inline uint64_t highest(unsigned bits, unsigned half, unsigned cell)
{
	if (half == 0)
		return cell;
	return lowest(bits, half, cell) + ((uint64_t)1 << (half - 1)) - 1;
}

static inline uint64_t cell_count(const struct half *half, unsigned cell)
{
	switch ((enum width)half->width) {
	case WIDTH_8:
		return ((const uint8_t *)half->cells)[cell];
	case WIDTH_16:
		return ((const uint16_t *)half->cells)[cell];
	case WIDTH_32:
		return ((const uint32_t *)half->cells)[cell];
	case WIDTH_64:
		return ((const uint64_t *)half->cells)[cell];
	}
	return 0;
}

static void cell_set(struct half *half, unsigned cell, uint64_t count)
{
	switch ((enum width)half->width) {
	case WIDTH_8:
		((uint8_t *)half->cells)[cell] = (uint8_t)count;
		break;
	case WIDTH_16:
		((uint16_t *)half->cells)[cell] = (uint16_t)count;
		break;
	case WIDTH_32:
		((uint32_t *)half->cells)[cell] = (uint32_t)count;
		break;
	case WIDTH_64:
		((uint64_t *)half->cells)[cell] = count;
		break;
	}
}

/* Make the cells wide enough for a counter of `count`. */
static void half_widen(struct half *half, unsigned bits, uint64_t count)
{
	enum width width = WIDTH_8;

	while (count > width_most[width])
		width++;
	struct half wide = { .count = half->count, .width = width };
	wide.cells = mem_array((size_t)1 << bits, width_bytes[width]);
	if (half->cells != NULL) {
		for (unsigned i = 0; i < 1u << bits; i++)
			cell_set(&wide, i, cell_count(half, i));
		free(half->cells);
	}
	*half = wide;
}

static void half_add(struct half *half, unsigned bits, unsigned cell, uint64_t n)
{
	if (half->cells == NULL)
		half_widen(half, bits, n);
	uint64_t count = cell_count(half, cell) + n;
	if (count > width_most[half->width])
		half_widen(half, bits, count);
	cell_set(half, cell, count);
	half->count += n;
}

/* The common case: the counter is there and wide enough. False: nothing is done yet. */
static inline bool half_increment(struct half *half, unsigned cell)
{
	if (half->cells == NULL)
		return false;
	switch ((enum width)half->width) {
	case WIDTH_8:
		if (((uint8_t *)half->cells)[cell] == UINT8_MAX)
			return false;
		((uint8_t *)half->cells)[cell]++;
		break;
	case WIDTH_16:
		if (((uint16_t *)half->cells)[cell] == UINT16_MAX)
			return false;
		((uint16_t *)half->cells)[cell]++;
		break;
	case WIDTH_32:
		if (((uint32_t *)half->cells)[cell] == UINT32_MAX)
			return false;
		((uint32_t *)half->cells)[cell]++;
		break;
	case WIDTH_64:
		((uint64_t *)half->cells)[cell]++;
		break;
	}
	half->count += 1;
	return true;
}

static inline void add_at(struct histogram *hist, uint64_t us, unsigned at, unsigned cell)
{
	struct half *half = &hist->half[at];

	if (!half_increment(half, cell))
		half_add(half, hist->bits, cell, 1);
	hist->count++;
	hist->sum += us;
	if (us < hist->min)
		hist->min = us;
	if (us > hist->max)
		hist->max = us;
}

void histogram_add(struct histogram *hist, uint64_t us)
{
	unsigned cell, at;

	us = clamp_us(us);
	at = locate(hist->bits, us, &cell);
	add_at(hist, us, at, cell);
}

void histogram_add_both(struct histogram *a, struct histogram *b, uint64_t us)
{
	unsigned cell, at;

	assert(a->bits == b->bits);
	us = clamp_us(us);
	at = locate(a->bits, us, &cell);
	add_at(a, us, at, cell);
	add_at(b, us, at, cell);
}

void histogram_expect(const struct histogram *hist)
{
	const char *at = (const char *)hist;

	for (size_t i = 0; hist != NULL && i < EXPECTED_BYTES; i += CACHE_LINE)
		__builtin_prefetch(at + i, 1);
}

void histogram_add_n(struct histogram *hist, uint64_t us, uint64_t n)
{
	unsigned cell;

	if (n == 0)
		return;
	us = clamp_us(us);
	struct half *half = &hist->half[locate(hist->bits, us, &cell)];
	half_add(half, hist->bits, cell, n);
	hist->count += n;
	hist->sum += us * n;
	if (us < hist->min)
		hist->min = us;
	if (us > hist->max)
		hist->max = us;
}

void histogram_remove_n(struct histogram *hist, uint64_t us, uint64_t n)
{
	unsigned cell;

	if (n == 0)
		return;
	us = clamp_us(us);
	struct half *half = &hist->half[locate(hist->bits, us, &cell)];
	assert(half->cells != NULL && cell_count(half, cell) >= n);
	cell_set(half, cell, cell_count(half, cell) - n);
	half->count -= n;
	hist->count -= n;
	hist->sum -= us * n;
	hist->loose = true;
	if (hist->count == 0) {
		hist->sum = 0; /* of bucket values after a merge between kinds: may not be 0 */
		hist->min = UINT64_MAX;
		hist->max = 0;
		hist->loose = false;
	}
}

void histogram_remove(struct histogram *hist, uint64_t us)
{
	histogram_remove_n(hist, us, 1);
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	for (unsigned h = 0; h < from->halves; h++) {
		const struct half *half = &from->half[h];
		for (unsigned c = 0; half->count != 0 && c < 1u << from->bits; c++) {
			uint64_t n = cell_count(half, c);
			if (n == 0)
				continue;
			if (into->bits == from->bits) {
				half_add(&into->half[h], into->bits, c, n);
			} else {
				uint64_t us = clamp_us(highest(from->bits, h, c));
				unsigned cell;
				unsigned to = locate(into->bits, us, &cell);
				half_add(&into->half[to], into->bits, cell, n);
			}
		}
	}
	into->count += from->count;
	into->sum += from->sum;
	if (from->min < into->min)
		into->min = from->min;
	if (from->max > into->max)
		into->max = from->max;
	into->loose |= from->loose;
}

uint64_t histogram_count(const struct histogram *hist)
{
	return hist->count;
}

/* ceil(q * count) that forgives the rounding of q, at least 1. */
static uint64_t rank_of(double q, uint64_t count)
{
	double rank = ceil(q * (double)count * (1 - 4e-15));

	if (!(rank >= 1))
		return 1;
	return rank >= (double)count ? count : (uint64_t)rank;
}

/* The sum of the block of counters that begins at `cell`: narrow ones a word at a time. */
static uint64_t block_count(const struct half *half, unsigned cell)
{
	const uint64_t bytes = 0x00ff00ff00ff00ff, pairs = 0x0000ffff0000ffff;
	const char *at = (const char *)half->cells + cell * width_bytes[half->width];
	uint64_t sum = 0, word;

	switch ((enum width)half->width) {
	case WIDTH_8:
		for (unsigned i = 0; i < BLOCK; i += 8) {
			memcpy(&word, at + i, sizeof(word));
			sum += (word & bytes) + (word >> 8 & bytes);
		}
		sum = (sum & pairs) + (sum >> 16 & pairs);
		return (sum >> 32) + (uint32_t)sum;
	case WIDTH_16:
		for (unsigned i = 0; i < BLOCK; i += 4) {
			memcpy(&word, at + 2 * (size_t)i, sizeof(word));
			sum += (word & pairs) + (word >> 16 & pairs);
		}
		return (sum >> 32) + (uint32_t)sum;
	case WIDTH_32:
	case WIDTH_64:
		break;
	}
	for (unsigned i = 0; i < BLOCK; i++)
		sum += cell_count(half, cell + i);
	return sum;
}

/* From `cell` on to the one with the half's rank-th value; *before: values in the cells before it. */
static unsigned find_rank(const struct half *half, unsigned cell, uint64_t rank, uint64_t *before)
{
	uint64_t n;

	for (;; cell++) {
		while (cell % BLOCK == 0 && *before + (n = block_count(half, cell)) < rank) {
			*before += n;
			cell += BLOCK;
		}
		n = cell_count(half, cell);
		if (*before + n >= rank)
			return cell;
		*before += n;
	}
}

void histogram_quantiles(const struct histogram *hist, const double *qs, size_t n, uint64_t *out)
{
	uint64_t before = 0; /* values in the halves before h */
	unsigned h = 0;
	unsigned cell = 0;
	uint64_t in_half = 0; /* values in cells before `cell` of h */

	for (size_t i = 0; i < n; i++) {
		if (hist->count == 0) {
			out[i] = 0;
			continue;
		}
		assert(i == 0 || qs[i] >= qs[i - 1]);
		uint64_t rank = rank_of(qs[i], hist->count);
		while (before + hist->half[h].count < rank) {
			before += hist->half[h++].count;
			cell = 0;
			in_half = 0;
		}
		const struct half *half = &hist->half[h];
		cell = find_rank(half, cell, rank - before, &in_half);
		uint64_t us = highest(hist->bits, h, cell);
		out[i] = us > hist->max ? hist->max : us;
	}
}

uint64_t histogram_quantile(const struct histogram *hist, double q)
{
	uint64_t us;

	histogram_quantiles(hist, &q, 1, &us);
	return us;
}

uint64_t histogram_count_up_to(const struct histogram *hist, uint64_t us)
{
	unsigned cell;
	unsigned last = locate(hist->bits, clamp_us(us), &cell);
	uint64_t count = 0;

	for (unsigned h = 0; h < last; h++)
		count += hist->half[h].count;
	for (unsigned c = 0; hist->half[last].count != 0 && c <= cell; c++)
		count += cell_count(&hist->half[last], c);
	return count;
}

uint64_t histogram_min(const struct histogram *hist)
{
	if (hist->count == 0)
		return 0;
	if (!hist->loose)
		return hist->min;
	unsigned h = 0;
	uint64_t before = 0;
	while (hist->half[h].count == 0)
		h++;
	uint64_t us = lowest(hist->bits, h, find_rank(&hist->half[h], 0, 1, &before));
	return us < hist->min ? hist->min : us;
}

uint64_t histogram_max(const struct histogram *hist)
{
	if (hist->count == 0 || !hist->loose)
		return hist->max;
	unsigned h = hist->halves - 1u, c = (1u << hist->bits) - 1;
	while (hist->half[h].count == 0)
		h--;
	while (c >= BLOCK && block_count(&hist->half[h], c + 1 - BLOCK) == 0)
		c -= BLOCK;
	while (cell_count(&hist->half[h], c) == 0)
		c--;
	uint64_t us = highest(hist->bits, h, c);
	return us > hist->max ? hist->max : us;
}

double histogram_mean(const struct histogram *hist)
{
	return hist->count == 0 ? 0 : (double)hist->sum / (double)hist->count;
}

void histogram_each(const struct histogram *hist,
		    void (*fn)(uint64_t low_us, uint64_t high_us, uint64_t count, void *arg),
		    void *arg)
{
	for (unsigned h = 0; h < hist->halves; h++) {
		const struct half *half = &hist->half[h];
		uint64_t left = half->count;
		for (unsigned c = 0; left != 0; c++) {
			uint64_t n = cell_count(half, c);
			if (n != 0)
				fn(lowest(hist->bits, h, c), highest(hist->bits, h, c), n, arg);
			left -= n;
		}
	}
}

size_t histogram_memory(const struct histogram *hist)
{
	size_t bytes = sizeof(struct histogram) + hist->halves * sizeof(struct half);

	for (unsigned h = 0; h < hist->halves; h++)
		if (hist->half[h].cells != NULL)
			bytes += width_bytes[hist->half[h].width] << hist->bits;
	return bytes;
}
