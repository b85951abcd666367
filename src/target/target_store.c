/* SPDX-License-Identifier: MIT */
/* A ring of items with a hash index over it (open addressing, linear probing, at most half full,
 * deletion by shifting back). Invariant: every index entry names an item that is in the ring. */
#include "config.h"

#include "target/target_store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

#define STORE_CAPACITY_MAX (1u << 20)

struct target_store {
	size_t capacity, item_bytes;
	uint64_t end; /* items ever put */
	struct target_id *ids;
	char *items;
	uint32_t *index; /* slot + 1; 0: free; 2 × capacity entries */
	size_t index_mask;
};

struct target_id target_id_new(struct rng *rng)
{
	struct target_id id = { .high = rng_u64(rng), .low = rng_u64(rng) };

	id.high = (id.high & ~0xf000ULL) | 0x4000ULL;
	id.low = (id.low & ~(3ULL << 62)) | (2ULL << 62);
	return id;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool is_hyphen(unsigned i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

bool target_id_parse(struct target_id *out, const char *text, size_t len)
{
	uint64_t words[2] = { 0, 0 };
	unsigned digits = 0;

	if (len != TARGET_ID_CHARS)
		return false;
	for (unsigned i = 0; i < TARGET_ID_CHARS; i++) {
		int value = hex_value(text[i]);

		if (is_hyphen(i)) {
			if (text[i] != '-')
				return false;
			continue;
		}
		if (value < 0)
			return false;
		words[digits / 16] = words[digits / 16] << 4 | (uint64_t)value;
		digits++;
	}
	out->high = words[0];
	out->low = words[1];
	return true;
}

void target_id_format(struct target_id id, char dst[TARGET_ID_CHARS + 1])
{
	static const char hex[] = "0123456789abcdef";
	const uint64_t words[2] = { id.high, id.low };
	unsigned digits = 0;

	for (unsigned i = 0; i < TARGET_ID_CHARS; i++) {
		if (is_hyphen(i)) {
			dst[i] = '-';
			continue;
		}
		dst[i] = hex[words[digits / 16] >> (60 - 4 * (digits % 16)) & 15];
		digits++;
	}
	dst[TARGET_ID_CHARS] = '\0';
}

struct target_store *target_store_new(size_t capacity, size_t item_bytes)
{
	struct target_store *store = mem_new(sizeof(*store));

	assert(capacity >= 2 && capacity <= STORE_CAPACITY_MAX && (capacity & (capacity - 1)) == 0);
	store->capacity = capacity;
	store->item_bytes = item_bytes;
	store->ids = mem_array(capacity, sizeof(*store->ids));
	store->items = mem_array(capacity, item_bytes);
	store->index = mem_array(2 * capacity, sizeof(*store->index));
	store->index_mask = 2 * capacity - 1;
	return store;
}

void target_store_free(struct target_store *store)
{
	if (!store)
		return;
	free(store->ids);
	free(store->items);
	free(store->index);
	free(store);
}

/* Where the search for an id begins: clients choose ids, so the bits are mixed (the finaliser of
 * MurmurHash3). */
static size_t home(const struct target_store *store, struct target_id id)
{
	uint64_t h = id.high ^ id.low * 0x9e3779b97f4a7c15ULL;

	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ULL;
	h ^= h >> 33;
	return (size_t)h & store->index_mask;
}

static bool same_id(struct target_id a, struct target_id b)
{
	return a.high == b.high && a.low == b.low;
}

/* The index entry of an id, or the free one where it would go. */
static size_t find(const struct target_store *store, struct target_id id)
{
	size_t i = home(store, id);

	while (store->index[i] != 0 && !same_id(store->ids[store->index[i] - 1], id))
		i = (i + 1) & store->index_mask;
	return i;
}

static void forget(struct target_store *store, struct target_id id)
{
	size_t mask = store->index_mask;
	size_t hole = find(store, id);
	size_t i = hole;

	assert(store->index[hole] != 0);
	for (;;) {
		size_t from;

		i = (i + 1) & mask;
		if (store->index[i] == 0)
			break;
		from = home(store, store->ids[store->index[i] - 1]);
		/* move back what may stand in the hole: its home is not behind it */
		if (((i - from) & mask) >= ((i - hole) & mask)) {
			store->index[hole] = store->index[i];
			hole = i;
		}
	}
	store->index[hole] = 0;
}

void *target_store_put(struct target_store *store, struct target_id id)
{
	size_t slot = (size_t)store->end & (store->capacity - 1);
	char *item = store->items + slot * store->item_bytes;
	size_t entry;

	if (store->end >= store->capacity)
		forget(store, store->ids[slot]);
	entry = find(store, id);
	assert(store->index[entry] == 0);
	store->index[entry] = (uint32_t)slot + 1;
	store->ids[slot] = id;
	store->end++;
	memset(item, 0, store->item_bytes);
	return item;
}

void *target_store_get(const struct target_store *store, struct target_id id)
{
	uint32_t entry = store->index[find(store, id)];

	return entry ? store->items + (entry - 1) * store->item_bytes : NULL;
}

uint64_t target_store_first(const struct target_store *store)
{
	return store->end > store->capacity ? store->end - store->capacity : 0;
}

uint64_t target_store_end(const struct target_store *store)
{
	return store->end;
}

bool target_store_full(const struct target_store *store)
{
	return store->end >= store->capacity;
}

void *target_store_at(const struct target_store *store, uint64_t number, struct target_id *id)
{
	size_t slot = (size_t)number & (store->capacity - 1);

	assert(number >= target_store_first(store) && number < store->end);
	*id = store->ids[slot];
	return store->items + slot * store->item_bytes;
}
