/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/failures.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "message/failure.h"
#include "message/sample.h"

/* An array of entries in order of appearance and an open-addressing index over it, at most half
 * full. When STATS_FAILURES_MAX different ones are known, what is new goes to one more entry, the
 * rest, which is made when it is needed. */

#define SLOTS 4096 /* power of two, at least 2 x STATS_FAILURES_MAX */
_Static_assert(SLOTS >= 2 * STATS_FAILURES_MAX, "the index is at most half full");

struct failures {
	size_t count;
	bool has_rest; /* the last entry is the rest */
	struct stats_failure entries[STATS_FAILURES_MAX + 1];
	uint16_t slots[SLOTS]; /* 1 + index of the entry; 0: free */
};

struct failures *failures_new(void)
{
	return mem_new(sizeof(struct failures));
}

void failures_free(struct failures *failures)
{
	free(failures);
}

void failures_reset(struct failures *failures)
{
	memset(failures, 0, sizeof(*failures));
}

static unsigned hash(unsigned endpoint, unsigned kind, unsigned status, int detail)
{
	uint64_t key = (uint64_t)endpoint << 48 | (uint64_t)(kind & 0xff) << 40 |
		       (uint64_t)(status & 0xff) << 32 | (uint32_t)detail;

	/* splitmix64's mixer */
	key = (key ^ key >> 30 ^ (uint64_t)status << 20) * 0xbf58476d1ce4e5b9ULL;
	key = (key ^ key >> 27) * 0x94d049bb133111ebULL;
	return (unsigned)(key ^ key >> 31) & (SLOTS - 1);
}

static unsigned find_or_make(struct failures *failures, const struct stats_failure *key)
{
	unsigned slot = hash(key->endpoint, key->kind, key->status, key->detail);

	for (; failures->slots[slot] != 0; slot = (slot + 1) & (SLOTS - 1)) {
		unsigned i = failures->slots[slot] - 1u;
		const struct stats_failure *entry = &failures->entries[i];
		if (entry->endpoint == key->endpoint && entry->kind == key->kind &&
		    entry->status == key->status && entry->detail == key->detail)
			return i;
	}
	if (failures->count < STATS_FAILURES_MAX) {
		failures->entries[failures->count] = *key;
		failures->slots[slot] = (uint16_t)(failures->count + 1);
		return (unsigned)failures->count++;
	}
	if (!failures->has_rest) {
		failures->entries[failures->count++] = (struct stats_failure){
			.endpoint = SAMPLE_ALL, .kind = FAILURE_OTHER, .first_ns = key->first_ns
		};
		failures->has_rest = true;
	}
	return (unsigned)failures->count - 1;
}

unsigned failures_add(struct failures *failures, unsigned endpoint, unsigned kind, unsigned status,
		      int detail, uint64_t end_ns)
{
	const struct stats_failure key = { .endpoint = endpoint,
					   .kind = (uint8_t)kind,
					   .status = (uint16_t)status,
					   .detail = detail,
					   .first_ns = end_ns };
	unsigned i = find_or_make(failures, &key);
	struct stats_failure *entry = &failures->entries[i];

	entry->count++;
	entry->window_count++;
	if (end_ns < entry->first_ns)
		entry->first_ns = end_ns;
	if (end_ns > entry->last_ns)
		entry->last_ns = end_ns;
	return i;
}

void failures_expire(struct failures *failures, unsigned index)
{
	assert(index < failures->count && failures->entries[index].window_count > 0);
	failures->entries[index].window_count--;
}

size_t failures_count(const struct failures *failures)
{
	return failures->count;
}

const struct stats_failure *failures_at(const struct failures *failures, size_t i)
{
	return i < failures->count ? &failures->entries[i] : NULL;
}
