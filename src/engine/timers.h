/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_TIMERS_H
#define THRONG_ENGINE_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Deadlines of one thread: a min-heap whose entries are embedded in what they belong to.
 * Setting, moving, cancelling and taking cost O(log n) and never allocate once the heap has
 * grown to its largest. Equal deadlines are due in the order they were set. */
struct timer {
	void (*fire)(void *arg);
	void *arg;
	uint64_t at_ns;
	size_t place; /* 0: not set; else index + 1 */
};

struct timers_entry {
	uint64_t at_ns;
	uint64_t order;
	struct timer *timer;
};

struct timers {
	struct timers_entry *heap;
	size_t count, cap;
	uint64_t order;
};

void timers_init(struct timers *timers);
void timers_fini(struct timers *timers);
/* Set, or move when set already. The timer's fire and arg are the caller's to fill in; the timer
 * may not move in memory while set. */
void timers_set(struct timers *timers, struct timer *timer, uint64_t at_ns);
/* Not set: nothing happens. */
void timers_cancel(struct timers *timers, struct timer *timer);
/* Earliest deadline; UINT64_MAX when there is none. */
uint64_t timers_next_ns(const struct timers *timers);
/* Take the earliest one out when it is due at now_ns (at_ns <= now_ns), else NULL. at_ns still
 * holds its deadline; the caller fires it. */
struct timer *timers_take(struct timers *timers, uint64_t now_ns);
static inline bool timer_is_set(const struct timer *timer)
{
	return timer->place != 0;
}

#endif
