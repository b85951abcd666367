/* SPDX-License-Identifier: MIT */
/* Pool of answer buffers: last in, first out, so the few in use stay warm. Memory kept for later is
 * bounded; one big body does not stay for ever. */
#include "config.h"

#include "engine/stash.h"

#include <stdlib.h>

#include "base/mem.h"

#define SPARE_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define SPARE_EACH_MAX  ((size_t)1024 * 1024)

void stashes_init(struct stashes *stashes, size_t max_head_bytes, size_t max_body_bytes)
{
	*stashes = (struct stashes){ .max_head = max_head_bytes, .max_body = max_body_bytes };
}

static size_t bytes_of(const struct stash *stash)
{
	return sizeof(*stash) + stash->rest.cap + stash->headers.cap + stash->body.cap;
}

static void stash_free(struct stash *stash)
{
	buf_fini(&stash->rest);
	buf_fini(&stash->headers);
	buf_fini(&stash->body);
	free(stash);
}

void stashes_fini(struct stashes *stashes)
{
	struct stash *next;

	for (struct stash *stash = stashes->spare; stash; stash = next) {
		next = stash->next;
		stash_free(stash);
	}
	stashes->spare = NULL;
	stashes->spare_bytes = 0;
}

struct stash *stash_get(struct stashes *stashes)
{
	struct stash *stash = stashes->spare;

	if (stash) {
		stashes->spare = stash->next;
		stashes->spare_bytes -= bytes_of(stash);
		buf_reset(&stash->rest);
		buf_reset(&stash->headers);
		buf_reset(&stash->body);
		return stash;
	}
	stash = mem_new(sizeof(*stash));
	buf_init(&stash->rest, stashes->max_head);
	buf_init(&stash->headers, stashes->max_head);
	buf_init(&stash->body, stashes->max_body);
	return stash;
}

void stash_put(struct stashes *stashes, struct stash *stash)
{
	size_t bytes;

	if (!stash)
		return;
	bytes = bytes_of(stash);
	if (bytes > SPARE_EACH_MAX || stashes->spare_bytes + bytes > SPARE_BYTES_MAX) {
		stash_free(stash);
		return;
	}
	stash->next = stashes->spare;
	stashes->spare = stash;
	stashes->spare_bytes += bytes;
}
