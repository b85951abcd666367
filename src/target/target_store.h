/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TARGET_STORE_H
#define THRONG_TARGET_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rng;

/* 128-bit ids, written as UUIDs. */
struct target_id {
	uint64_t high, low;
};

#define TARGET_ID_CHARS 36

/* A random version-4 UUID. */
struct target_id target_id_new(struct rng *rng);
/* Exactly 36 characters, hex of either case; false for anything else (out is then unchanged). */
bool target_id_parse(struct target_id *out, const char *text, size_t len);
/* Writes 36 characters and a NUL. */
void target_id_format(struct target_id id, char dst[TARGET_ID_CHARS + 1]);

/* Items found by id or by age, in fixed memory: a full store forgets its oldest item. Items are
 * numbered from 0 in the order of putting; a number is never used again. */
struct target_store;

/* capacity: a power of two up to 2^20. Aborts when out of memory. Free with target_store_free. */
struct target_store *target_store_new(size_t capacity, size_t item_bytes);
void target_store_free(struct target_store *store); /* NULL is fine */
/* A new zeroed item; `id` must not be in the store. Valid until it is the oldest of a full store
 * and another is put. */
void *target_store_put(struct target_store *store, struct target_id id);
/* The item, or NULL. */
void *target_store_get(const struct target_store *store, struct target_id id);
/* Numbers of the items held: first..end-1. */
uint64_t target_store_first(const struct target_store *store);
uint64_t target_store_end(const struct target_store *store);
bool target_store_full(const struct target_store *store);
/* The item of a number within first..end-1, and its id. */
void *target_store_at(const struct target_store *store, uint64_t number, struct target_id *id);

#endif
