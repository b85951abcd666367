/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_WINDOW_H
#define THRONG_RECORD_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The requests of the last seconds, oldest first, so that each can be taken back from the sliding
 * figures it was added to. Memory follows the rate (24 bytes a request, in blocks that are reused)
 * up to WINDOW_MAX requests: 48 MiB, which ten seconds at 200,000 req/s fill. Recorder thread. */
#define WINDOW_MAX (1u << 21)

struct window_item {
	uint64_t end_ns;
	uint32_t service_us, response_us;
	uint16_t endpoint;
	uint16_t failure; /* 1 + its index in the failure table; 0: succeeded */
	uint16_t class_id;
	uint16_t reserved;
};

struct window;

/* max: how many items it may hold, at most WINDOW_MAX. */
struct window *window_new(size_t max);
void window_free(struct window *window); /* NULL is fine */
/* Append; false when it is full (take the head out first). */
bool window_push(struct window *window, const struct window_item *item);
/* The oldest item, NULL when empty. Valid until the next call. */
const struct window_item *window_head(const struct window *window);
void window_pop(struct window *window); /* not empty */
void window_clear(struct window *window);
size_t window_count(const struct window *window);

#endif
