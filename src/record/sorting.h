/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_SORTING_H
#define THRONG_RECORD_SORTING_H

#include <stddef.h>
#include <stdint.h>

/* Sorts by small numbers, counting them: a few nanoseconds an item. Owned by one thread. */
#define SORTING_MAX 65536

struct sorting;

/* For keys below `keys` and at most `max` items, up to SORTING_MAX. */
struct sorting *sorting_new(size_t keys, size_t max);
void sorting_free(struct sorting *sorting); /* NULL is fine */
/* The key of one more item. */
void sorting_add(struct sorting *sorting, uint16_t key);
/* The items as numbers from 0 in the order they were added. The next item is the first of a new lot. Valid
 * until the next call. */
struct sorted {
	const uint16_t *order; /* by rising key; equal ones stay in their order */
	const uint32_t *ends; /* by key: where in `order` its items end, and the next key's begin */
	size_t keys;
};
struct sorted sorting_take(struct sorting *sorting);

#endif
