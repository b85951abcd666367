/* SPDX-License-Identifier: MIT */
/* A 4-ary min-heap: half the depth of a binary one, and the four children share a cache line or
 * two. Keys live in the heap array so that sifting does not touch the users they belong to.
 * Invariant: heap[timer->place - 1].timer == timer for every set timer. One thread. */
#include "config.h"

#include "engine/timers.h"

#include <stdlib.h>

#include "base/mem.h"

#define ARITY 4

void timers_init(struct timers *ts)
{
	*ts = (struct timers){ 0 };
}

void timers_fini(struct timers *ts)
{
	free(ts->heap);
	*ts = (struct timers){ 0 };
}

static bool before(const struct timers_entry *a, const struct timers_entry *b)
{
	return a->at_ns < b->at_ns || (a->at_ns == b->at_ns && a->order < b->order);
}

static void put(struct timers *ts, size_t i, struct timers_entry entry)
{
	ts->heap[i] = entry;
	entry.timer->place = i + 1;
}

static void sift_up(struct timers *ts, size_t i, struct timers_entry entry)
{
	while (i > 0) {
		size_t parent = (i - 1) / ARITY;
		if (!before(&entry, &ts->heap[parent])) {
			break;
		}
		put(ts, i, ts->heap[parent]);
		i = parent;
	}
	put(ts, i, entry);
}

static void sift_down(struct timers *ts, size_t i, struct timers_entry entry)
{
	for (;;) {
		size_t first = i * ARITY + 1, best = first;
		if (first >= ts->count) {
			break;
		}
		for (size_t c = first + 1; c < first + ARITY && c < ts->count; c++) {
			if (before(&ts->heap[c], &ts->heap[best])) {
				best = c;
			}
		}
		if (!before(&ts->heap[best], &entry)) {
			break;
		}
		put(ts, i, ts->heap[best]);
		i = best;
	}
	put(ts, i, entry);
}

/* Put an entry where another was taken out. */
static void settle(struct timers *ts, size_t i, struct timers_entry entry)
{
	if (i > 0 && before(&entry, &ts->heap[(i - 1) / ARITY])) {
		sift_up(ts, i, entry);
	} else {
		sift_down(ts, i, entry);
	}
}

void timers_set(struct timers *ts, struct timer *timer, uint64_t at_ns)
{
	struct timers_entry entry = { .at_ns = at_ns, .order = ts->order++, .timer = timer };

	timer->at_ns = at_ns;
	if (timer->place != 0) {
		settle(ts, timer->place - 1, entry);
		return;
	}
	if (ts->count == ts->cap) {
		size_t cap = ts->cap == 0 ? 64 : 2 * ts->cap;
		ts->heap = mem_grow(ts->heap, ts->cap, cap, sizeof(*ts->heap));
		ts->cap = cap;
	}
	sift_up(ts, ts->count++, entry);
}

void timers_cancel(struct timers *ts, struct timer *timer)
{
	if (timer->place == 0) {
		return;
	}
	size_t hole = timer->place - 1;
	struct timers_entry last = ts->heap[--ts->count];

	timer->place = 0;
	if (hole < ts->count) {
		settle(ts, hole, last);
	}
}

uint64_t timers_next_ns(const struct timers *ts)
{
	return ts->count > 0 ? ts->heap[0].at_ns : UINT64_MAX;
}

struct timer *timers_take(struct timers *ts, uint64_t now_ns)
{
	if (ts->count == 0 || ts->heap[0].at_ns > now_ns) {
		return NULL;
	}
	struct timer *timer = ts->heap[0].timer;
	timers_cancel(ts, timer);
	return timer;
}
