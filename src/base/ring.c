/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/ring.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"

/* Indices run freely and wrap with the type: slot = index & mask, items waiting = pushed - drained.
 * No slot is lost to tell full from empty. Each side writes one cache line and keeps there a copy
 * of the other side's index, which it refreshes only when the copy says full (or empty): in a
 * steady stream the two lines are hardly ever exchanged between the cores.
 *
 * What each memory order protects:
 *  - pushed: stored with release after the item was copied in, loaded with acquire before it is
 *    copied out. Without the pair the consumer could read a slot before the item is in it.
 *  - drained: stored with release after the items were copied out, loaded with acquire before the
 *    slot is filled again. Without the pair the producer could overwrite an item being read.
 *  - A side reads its own index relaxed: nobody else writes it.
 *  - armed: going to sleep is "arm, then look for items", waking is "publish an item, then look
 *    for armed": each side stores one variable and loads the other's, the one pattern that
 *    release and acquire on plain loads and stores do not order (both could miss the other, and
 *    the wake-up would be lost). So every access to armed is an acquire-release exchange. Exchanges
 *    of one variable have one order. When the producer's comes after the consumer's, it finds
 *    armed set and writes the eventfd. When it comes before, the consumer's exchange has read
 *    from it, at the latest through its own ring_disarm, which is an exchange for this reason:
 *    acquire meets release, the item's pushed is visible, and ring_arm refuses to sleep. This
 *    costs the same locked instruction as a seq_cst fence and, unlike a fence, ThreadSanitizer
 *    can check it.
 */

#define CACHE_LINE   64
#define ITEM_MAX     4096
#define CAPACITY_MAX ((size_t)1 << 24)

struct ring {
	/* Constant after ring_new. */
	alignas(CACHE_LINE) unsigned char *items;
	size_t item_size;
	size_t mask;
	int wake_fd;

	/* Written by the producer. */
	alignas(CACHE_LINE) atomic_size_t pushed;
	size_t drained_seen;

	/* Written by the consumer. */
	alignas(CACHE_LINE) atomic_size_t drained;
	size_t pushed_seen;

	/* Written by both, rarely. */
	alignas(CACHE_LINE) atomic_bool armed;
};

static size_t free_slots(const struct ring *ring, size_t pushed, size_t drained)
{
	return ring->mask + 1 - (pushed - drained);
}

int ring_new(struct ring **out, size_t item_size, size_t capacity)
{
	struct ring *ring;
	int fd;

	if (item_size < 1 || item_size > ITEM_MAX || capacity < 2 || capacity > CAPACITY_MAX ||
	    (capacity & (capacity - 1)) != 0)
		return -EINVAL;
	fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	ring = mem_aligned(CACHE_LINE, sizeof(*ring));
	ring->items = mem_aligned(CACHE_LINE, item_size * capacity);
	ring->item_size = item_size;
	ring->mask = capacity - 1;
	ring->wake_fd = fd;
	atomic_init(&ring->pushed, 0);
	atomic_init(&ring->drained, 0);
	atomic_init(&ring->armed, false);
	*out = ring;
	return 0;
}

void ring_free(struct ring *ring)
{
	if (ring == NULL)
		return;
	close(ring->wake_fd);
	free(ring->items);
	free(ring);
}

bool ring_push(struct ring *ring, const void *item)
{
	size_t pushed = atomic_load_explicit(&ring->pushed, memory_order_relaxed);

	if (free_slots(ring, pushed, ring->drained_seen) == 0) {
		ring->drained_seen = atomic_load_explicit(&ring->drained, memory_order_acquire);
		if (free_slots(ring, pushed, ring->drained_seen) == 0)
			return false;
	}
	memcpy(ring->items + (pushed & ring->mask) * ring->item_size, item, ring->item_size);
	atomic_store_explicit(&ring->pushed, pushed + 1, memory_order_release);
	return true;
}

void ring_wake(struct ring *ring)
{
	static const uint64_t one = 1;

	if (!atomic_exchange_explicit(&ring->armed, false, memory_order_acq_rel))
		return;
	/* Fails only when the counter is at its end: then the descriptor is readable already. */
	if (write(ring->wake_fd, &one, sizeof(one)) < 0)
		assert(errno == EAGAIN);
}

size_t ring_drain(struct ring *ring, void *items, size_t max)
{
	size_t drained = atomic_load_explicit(&ring->drained, memory_order_relaxed);
	size_t count = ring->pushed_seen - drained;
	size_t slot = drained & ring->mask;
	size_t until_end = ring->mask + 1 - slot;
	size_t first;

	if (count < max) {
		ring->pushed_seen = atomic_load_explicit(&ring->pushed, memory_order_acquire);
		count = ring->pushed_seen - drained;
	}
	if (count > max)
		count = max;
	if (count == 0)
		return 0;
	first = count < until_end ? count : until_end;
	memcpy(items, ring->items + slot * ring->item_size, first * ring->item_size);
	if (count > first)
		memcpy((unsigned char *)items + first * ring->item_size, ring->items,
		       (count - first) * ring->item_size);
	atomic_store_explicit(&ring->drained, drained + count, memory_order_release);
	return count;
}

bool ring_arm(struct ring *ring)
{
	atomic_exchange_explicit(&ring->armed, true, memory_order_acq_rel);
	ring->pushed_seen = atomic_load_explicit(&ring->pushed, memory_order_acquire);
	if (ring->pushed_seen == atomic_load_explicit(&ring->drained, memory_order_relaxed))
		return true;
	/* The producer may have found it set in between: then the descriptor is readable for
	 * nothing once, and the consumer finds an empty ring. */
	atomic_exchange_explicit(&ring->armed, false, memory_order_acq_rel);
	return false;
}

void ring_disarm(struct ring *ring)
{
	uint64_t count;

	atomic_exchange_explicit(&ring->armed, false, memory_order_acq_rel);
	if (read(ring->wake_fd, &count, sizeof(count)) < 0)
		assert(errno == EAGAIN);
}

int ring_wake_fd(const struct ring *ring)
{
	return ring->wake_fd;
}

size_t ring_count(const struct ring *ring)
{
	/* drained first: pushed can only be further on by then, so the difference never wraps.
	 * It can be too large when both moved in between. */
	size_t drained = atomic_load_explicit(&ring->drained, memory_order_acquire);
	size_t count = atomic_load_explicit(&ring->pushed, memory_order_acquire) - drained;

	return count <= ring->mask + 1 ? count : ring->mask + 1;
}

size_t ring_capacity(const struct ring *ring)
{
	return ring->mask + 1;
}
