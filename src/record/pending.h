/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_PENDING_H
#define THRONG_RECORD_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/sorting.h"

struct sample;

/* Finished requests, worked off in lots, so that what one kind of figures needs stays in the nearest cache
 * while it is counted. First, soon, in what is about the run as a whole, in the order of arrival; then, when
 * what is kept of endpoints is read or enough of them have come, endpoint by endpoint. That is larger than
 * the caches with hundreds of endpoints: one by one, each request would wait for memory a dozen times;
 * together, those of an endpoint wait once. Recorder thread. */
#define PENDING_MAX 8192

struct pending;

struct pending *pending_new(size_t endpoints);
void pending_free(struct pending *pending); /* NULL is fine */
/* Keep a copy of a REQUEST sample; false when pending_arrivals is due. */
bool pending_add(struct pending *pending, const struct sample *sample);
/* Those that were added since the last call, in that order. Valid until the next pending_add. */
const struct sample *pending_arrivals(struct pending *pending, size_t *count);
bool pending_any(const struct pending *pending);
/* After pending_arrivals: whether pending_take is due. */
bool pending_full(const struct pending *pending);

/* Samples by rising endpoint, those of one in the order they came. */
struct pending_list {
	size_t count;
	const struct sample *samples;
	struct sorted by_endpoint; /* numbers of samples */
};
/* All that were handed out by pending_arrivals since the last call. Valid until the next pending_add. */
struct pending_list pending_take(struct pending *pending);

#endif
