/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_SLIDING_H
#define THRONG_RECORD_SLIDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct histogram;

/* Figures over every window of a given length that begins at a whole second of the run, for
 * criteria "in any 10s". Lengths are rounded up to whole seconds; windows above SLIDING_SLICES
 * seconds move on in steps of several. What leaves a window is taken back from one histogram, of
 * which each slice remembers its own share, so memory is bounded by the different latencies that
 * one window holds. Recorder thread. */
#define SLIDING_SLICES 600

struct tallies {
	uint64_t requests, ok, failures, aborted, bytes;
};

struct sliding;

/* length_ns > 0. */
struct sliding *sliding_new(uint64_t length_ns);
void sliding_free(struct sliding *sliding); /* NULL is fine */
/* Forget everything; the next slice to close is the one that at_ns (since the run's start) is in.
 */
void sliding_start(struct sliding *sliding, uint64_t at_ns);
/* Add what one finished request counts, and its time unless it was aborted (then `us` is ignored).
 * One that ended in a closed slice is counted in the oldest open one. */
void sliding_add(struct sliding *sliding, uint64_t end_ns, const struct tallies *tallies,
		 uint64_t us);
/* Close the oldest slice if it ended by now_ns; false when there was none. Then the figures are
 * those of the window that ends with it. */
bool sliding_close(struct sliding *sliding, uint64_t now_ns);
/* The window that ended last: its figures, and where it lies. Not longer than the run so far:
 * begin is then the start, and full is false. */
struct sliding_window {
	const struct tallies *tallies;
	const struct histogram *times;
	uint64_t begin_ns, end_ns; /* since the run's start */
	bool full;
};
struct sliding_window sliding_window(const struct sliding *sliding);

#endif
