/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/pending.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "message/sample.h"
#include "record/sorting.h"

#define LOT          256 /* arrivals: 16 KB */
#define PER_ENDPOINT 16  /* as many pay for what is fetched once */

struct pending {
	struct sorting *sorting;
	size_t most;            /* multiple of LOT */
	size_t count, arrived;  /* arrived: of them, those that were handed out in their order */
	struct sample *samples; /* room for most */
};

static_assert(PENDING_MAX % LOT == 0 && PENDING_MAX <= SORTING_MAX, "all can be sorted");

struct pending *pending_new(size_t endpoints)
{
	struct pending *pending = mem_new(sizeof(*pending));
	size_t lots = (endpoints * PER_ENDPOINT + LOT - 1) / LOT;

	pending->most = lots < 1 ? LOT : lots > PENDING_MAX / LOT ? PENDING_MAX : lots * LOT;
	pending->samples = mem_array(pending->most, sizeof(*pending->samples));
	pending->sorting = sorting_new(endpoints, pending->most);
	return pending;
}

void pending_free(struct pending *pending)
{
	if (pending == NULL)
		return;
	sorting_free(pending->sorting);
	free(pending->samples);
	free(pending);
}

bool pending_add(struct pending *pending, const struct sample *sample)
{
	assert(sample->type == SAMPLE_REQUEST && pending->count < pending->most);
	sorting_add(pending->sorting, sample->endpoint);
	pending->samples[pending->count++] = *sample;
	return pending->count % LOT != 0;
}

const struct sample *pending_arrivals(struct pending *pending, size_t *count)
{
	const struct sample *first = pending->samples + pending->arrived;

	*count = pending->count - pending->arrived;
	pending->arrived = pending->count;
	return first;
}

bool pending_any(const struct pending *pending)
{
	return pending->count > 0;
}

bool pending_full(const struct pending *pending)
{
	return pending->count == pending->most;
}

struct pending_list pending_take(struct pending *pending)
{
	struct pending_list list = { .samples = pending->samples,
				     .by_endpoint = sorting_take(pending->sorting),
				     .count = pending->count };

	assert(pending->arrived == pending->count);
	pending->count = pending->arrived = 0;
	return list;
}
