/* SPDX-License-Identifier: MIT */
#ifndef THRONG_BASE_RING_H
#define THRONG_BASE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A lock-free ring for exactly one producer thread and one consumer thread: fixed-size items
 * are copied in and out in order, each once. Memory order lives in ring.c and nowhere else. All
 * functions name the side that may call them. */
struct ring;

/* item_size: 1..4096 bytes; capacity: a power of two, 2..2^24 items, all of them usable.
 * Returns 0, -EINVAL, or the negative errno of eventfd(2). Caller frees with ring_free once
 * both threads are done with it. */
int ring_new(struct ring **out, size_t item_size, size_t capacity)
	__attribute__((warn_unused_result));
void ring_free(struct ring *ring); /* NULL is fine */

/* Producer: copy one item in. False when the ring is full (nothing changes). Never blocks. */
bool ring_push(struct ring *ring, const void *item);
/* Producer: wake a consumer that polls ring_wake_fd. Cheap when the consumer has not asked to
 * be woken (see ring_arm). */
void ring_wake(struct ring *ring);

/* Consumer: copy up to max items out, oldest first; returns how many. Never blocks. */
size_t ring_drain(struct ring *ring, void *items, size_t max);
/* Consumer: say "I am about to sleep". Returns false when items are waiting (do not sleep).
 * After true, the next push + ring_wake makes ring_wake_fd readable. */
bool ring_arm(struct ring *ring);
/* Consumer: after waking, clear the descriptor. */
void ring_disarm(struct ring *ring);
/* The eventfd to poll for reading; owned by the ring. */
int ring_wake_fd(const struct ring *ring);

/* Either side: items waiting, a snapshot. */
size_t ring_count(const struct ring *ring);
size_t ring_capacity(const struct ring *ring);

#endif
