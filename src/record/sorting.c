/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/sorting.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Invariant: counts[k + 1] items of key k were added since the lot began; counts[0] is 0. */

struct sorting {
	size_t keys, max, count;
	uint32_t *counts; /* one more than there are keys */
	uint16_t *added;  /* keys */
	uint16_t *order;
};

struct sorting *sorting_new(size_t keys, size_t max)
{
	struct sorting *sorting = mem_new(sizeof(*sorting));

	assert(max <= SORTING_MAX);
	sorting->keys = keys;
	sorting->max = max;
	sorting->counts = mem_array(keys + 1, sizeof(*sorting->counts));
	sorting->added = mem_array(max, sizeof(*sorting->added));
	sorting->order = mem_array(max, sizeof(*sorting->order));
	return sorting;
}

void sorting_free(struct sorting *sorting)
{
	if (sorting == NULL)
		return;
	free(sorting->order);
	free(sorting->added);
	free(sorting->counts);
	free(sorting);
}

void sorting_add(struct sorting *sorting, uint16_t key)
{
	assert(key < sorting->keys && sorting->count < sorting->max);
	if (sorting->count == 0)
		memset(sorting->counts, 0, (sorting->keys + 1) * sizeof(*sorting->counts));
	sorting->added[sorting->count++] = key;
	sorting->counts[key + 1u]++;
}

struct sorted sorting_take(struct sorting *sorting)
{
	uint32_t *next = sorting->counts; /* where the next item of a key goes */

	for (size_t key = 1; key < sorting->keys; key++)
		next[key] += next[key - 1];
	for (size_t i = 0; i < sorting->count; i++)
		sorting->order[next[sorting->added[i]]++] = (uint16_t)i;
	sorting->count = 0;
	return (struct sorted){ sorting->order, next, sorting->keys };
}
