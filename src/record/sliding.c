/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/sliding.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/histogram.h"

/* Open slices take requests; a closed one is added to the window as a list of (time, count), which
 * is removed again when it is older than the window. */

#define OPEN_SLICES 8

struct bucket {
	uint32_t us, count;
};

struct slice {
	struct tallies tallies;
	size_t count, room;
	struct bucket *buckets;
};

struct open {
	struct tallies tallies;
	struct histogram *times;
};

struct sliding {
	uint64_t step_ns;
	size_t slices;  /* in a whole window */
	uint64_t first; /* number of the first slice since the start */
	uint64_t next;  /* number of the oldest open slice */
	struct open open[OPEN_SLICES];
	struct slice *closed; /* slice s at s % slices */
	struct tallies tallies;
	struct histogram *times;
};

struct sliding *sliding_new(uint64_t length_ns)
{
	struct sliding *sliding = mem_new(sizeof(*sliding));
	uint64_t seconds = (length_ns + CLOCK_NS_PER_SEC - 1) / CLOCK_NS_PER_SEC;
	uint64_t step = (seconds + SLIDING_SLICES - 1) / SLIDING_SLICES;

	sliding->step_ns = step * CLOCK_NS_PER_SEC;
	sliding->slices = (size_t)((seconds + step - 1) / step);
	sliding->closed = mem_array(sliding->slices, sizeof(*sliding->closed));
	sliding->times = histogram_new();
	for (size_t i = 0; i < OPEN_SLICES; i++)
		sliding->open[i].times = histogram_new();
	return sliding;
}

void sliding_free(struct sliding *sliding)
{
	if (sliding == NULL)
		return;
	for (size_t i = 0; i < sliding->slices; i++)
		free(sliding->closed[i].buckets);
	for (size_t i = 0; i < OPEN_SLICES; i++)
		histogram_free(sliding->open[i].times);
	histogram_free(sliding->times);
	free(sliding->closed);
	free(sliding);
}

static void open_clear(struct open *open)
{
	memset(&open->tallies, 0, sizeof(open->tallies));
	histogram_reset(open->times);
}

void sliding_start(struct sliding *sliding, uint64_t at_ns)
{
	sliding->first = sliding->next = at_ns / sliding->step_ns;
	for (size_t i = 0; i < OPEN_SLICES; i++)
		open_clear(&sliding->open[i]);
	for (size_t i = 0; i < sliding->slices; i++) {
		memset(&sliding->closed[i].tallies, 0, sizeof(struct tallies));
		sliding->closed[i].count = 0;
	}
	memset(&sliding->tallies, 0, sizeof(sliding->tallies));
	histogram_reset(sliding->times);
}

static void tallies_add(struct tallies *into, const struct tallies *from)
{
	into->requests += from->requests;
	into->ok += from->ok;
	into->failures += from->failures;
	into->aborted += from->aborted;
	into->bytes += from->bytes;
}

static void tallies_remove(struct tallies *from, const struct tallies *what)
{
	from->requests -= what->requests;
	from->ok -= what->ok;
	from->failures -= what->failures;
	from->aborted -= what->aborted;
	from->bytes -= what->bytes;
}

static void take_back(struct sliding *sliding, struct slice *slice)
{
	tallies_remove(&sliding->tallies, &slice->tallies);
	for (size_t i = 0; i < slice->count; i++)
		histogram_remove_n(sliding->times, slice->buckets[i].us, slice->buckets[i].count);
	slice->count = 0;
}

static void remember(uint64_t low_us, uint64_t high_us, uint64_t count, void *arg)
{
	struct slice *slice = arg;

	(void)low_us;
	if (slice->count == slice->room) {
		size_t room = slice->room == 0 ? 64 : slice->room * 2;
		slice->buckets = mem_grow(slice->buckets, slice->room, room, sizeof(struct bucket));
		slice->room = room;
	}
	slice->buckets[slice->count++] = (struct bucket){ (uint32_t)high_us, (uint32_t)count };
}

static void close_oldest(struct sliding *sliding)
{
	struct open *open = &sliding->open[sliding->next % OPEN_SLICES];
	struct slice *slice = &sliding->closed[sliding->next % sliding->slices];

	take_back(sliding, slice);
	slice->tallies = open->tallies;
	histogram_each(open->times, remember, slice);
	tallies_add(&sliding->tallies, &slice->tallies);
	for (size_t i = 0; i < slice->count; i++)
		histogram_add_n(sliding->times, slice->buckets[i].us, slice->buckets[i].count);
	open_clear(open);
	sliding->next++;
}

void sliding_add(struct sliding *sliding, uint64_t end_ns, const struct tallies *tallies,
		 uint64_t us)
{
	uint64_t number = end_ns / sliding->step_ns;

	/* engines are at most a moment apart: this far ahead only when one of them was stopped */
	if (number >= sliding->next + OPEN_SLICES)
		number = sliding->next + OPEN_SLICES - 1;
	if (number < sliding->next)
		number = sliding->next;
	struct open *open = &sliding->open[number % OPEN_SLICES];
	tallies_add(&open->tallies, tallies);
	if (tallies->requests > 0)
		histogram_add(open->times, us);
}

bool sliding_close(struct sliding *sliding, uint64_t now_ns)
{
	if ((sliding->next + 1) * sliding->step_ns > now_ns)
		return false;
	close_oldest(sliding);
	return true;
}

struct sliding_window sliding_window(const struct sliding *sliding)
{
	bool full = sliding->next - sliding->first >= sliding->slices;
	uint64_t begin = full ? sliding->next - sliding->slices : sliding->first;

	return (struct sliding_window){ .tallies = &sliding->tallies,
					.times = sliding->times,
					.begin_ns = begin * sliding->step_ns,
					.end_ns = sliding->next * sliding->step_ns,
					.full = full };
}
