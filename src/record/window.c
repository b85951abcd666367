/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/window.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

/* A list of blocks: pushed at the tail, taken from the head. An emptied block goes to the spare
 * list, so memory is the largest the window ever was, and growing never copies. */

#define BLOCK_BYTES ((size_t)128 * 1024)
#define BLOCK_ITEMS ((BLOCK_BYTES - sizeof(void *)) / sizeof(struct window_item))

struct block {
	struct block *next;
	struct window_item items[BLOCK_ITEMS];
};

static_assert(sizeof(struct block) <= BLOCK_BYTES, "a block is whole pages");

struct window {
	struct block *head, *tail, *spare;
	unsigned first; /* of head: the oldest item */
	unsigned last;  /* of tail: where the next one goes */
	size_t count, max;
};

struct window *window_new(size_t max)
{
	struct window *window = mem_new(sizeof(*window));

	assert(max >= 1 && max <= WINDOW_MAX);
	window->max = max;
	return window;
}

static void free_blocks(struct block *block)
{
	while (block != NULL) {
		struct block *next = block->next;
		free(block);
		block = next;
	}
}

void window_free(struct window *window)
{
	if (window == NULL)
		return;
	free_blocks(window->head);
	free_blocks(window->spare);
	free(window);
}

static void append_block(struct window *window)
{
	struct block *block = window->spare;

	if (block != NULL)
		window->spare = block->next;
	else
		block = mem_pages(sizeof(*block));
	block->next = NULL;
	if (window->tail != NULL)
		window->tail->next = block;
	else
		window->head = block;
	window->tail = block;
	window->last = 0;
}

bool window_push(struct window *window, const struct window_item *item)
{
	if (window->count == window->max)
		return false;
	if (window->tail == NULL || window->last == BLOCK_ITEMS)
		append_block(window);
	window->tail->items[window->last++] = *item;
	window->count++;
	return true;
}

const struct window_item *window_head(const struct window *window)
{
	return window->count == 0 ? NULL : &window->head->items[window->first];
}

void window_pop(struct window *window)
{
	assert(window->count > 0);
	window->first++;
	window->count--;
	if (window->first < BLOCK_ITEMS && window->count > 0)
		return;
	/* the head block is used up, or the window empty: then its only block starts afresh */
	struct block *block = window->head;
	window->first = 0;
	window->head = block->next;
	if (window->head == NULL)
		window->tail = NULL;
	block->next = window->spare;
	window->spare = block;
}

void window_clear(struct window *window)
{
	while (window->count > 0)
		window_pop(window);
}

size_t window_count(const struct window *window)
{
	return window->count;
}
