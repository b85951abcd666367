/* SPDX-License-Identifier: MIT */
/* Variables of one user. Each slot owns one byte block and, for lists, one block of item ends;
 * both only grow, so a steady run allocates nothing. Items of a list lie one behind the other,
 * each followed by a NUL that counts against VARS_VALUE_MAX: that bounds their number too. */
#include "config.h"

#include "scenario/vars.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct slot {
	char *data;
	size_t len, cap; /* bytes used with the NULs, bytes there are */
	unsigned *ends;  /* end of item i, its NUL included */
	size_t count, ends_cap;
	bool set, list;
};

struct vars {
	size_t count;
	struct slot slots[];
};

struct vars *vars_new(size_t slots)
{
	struct vars *vars = mem_new(sizeof(*vars) + slots * sizeof(struct slot));

	vars->count = slots;
	return vars;
}

void vars_free(struct vars *vars)
{
	if (!vars)
		return;
	for (size_t i = 0; i < vars->count; i++) {
		free(vars->slots[i].data);
		free(vars->slots[i].ends);
	}
	free(vars);
}

/* Doubling, so that a value that creeps upwards soon stops allocating. */
static void slot_grow(struct slot *slot, size_t need)
{
	size_t cap = slot->cap ? slot->cap : 64;

	if (need <= slot->cap)
		return;
	while (cap < need)
		cap *= 2;
	slot->data = mem_grow(slot->data, slot->cap, cap, 1);
	slot->cap = cap;
}

int vars_set(struct vars *vars, unsigned slot_index, const char *data, size_t len)
{
	struct slot *slot = &vars->slots[slot_index];

	if (len >= VARS_VALUE_MAX)
		return -EMSGSIZE;
	slot_grow(slot, len + 1);
	if (len)
		memcpy(slot->data, data, len);
	slot->data[len] = '\0';
	slot->len = len + 1;
	slot->set = true;
	slot->list = false;
	slot->count = 1;
	return 0;
}

void vars_list_begin(struct vars *vars, unsigned slot_index)
{
	struct slot *slot = &vars->slots[slot_index];

	slot->set = true;
	slot->list = true;
	slot->count = 0;
	slot->len = 0;
}

int vars_list_add(struct vars *vars, unsigned slot_index, const char *data, size_t len)
{
	struct slot *slot = &vars->slots[slot_index];

	if (len >= VARS_VALUE_MAX || slot->len + len + 1 > VARS_VALUE_MAX)
		return -EMSGSIZE;
	slot_grow(slot, slot->len + len + 1);
	if (slot->count == slot->ends_cap) {
		size_t cap = slot->ends_cap ? 2 * slot->ends_cap : 16;

		slot->ends = mem_grow(slot->ends, slot->ends_cap, cap, sizeof(*slot->ends));
		slot->ends_cap = cap;
	}
	if (len)
		memcpy(slot->data + slot->len, data, len);
	slot->data[slot->len + len] = '\0';
	slot->len += len + 1;
	slot->ends[slot->count++] = (unsigned)slot->len;
	return 0;
}

void vars_copy(struct vars *to, const struct vars *from)
{
	size_t len;

	for (unsigned i = 0; i < from->count; i++) {
		if (from->slots[i].set && !from->slots[i].list) {
			const char *text = vars_get(from, i, &len);
			(void)vars_set(to, i, text, len);
		} else if (from->slots[i].set) {
			vars_list_begin(to, i);
			for (size_t k = 0; k < from->slots[i].count; k++) {
				const char *text = vars_list_at(from, i, k, &len);
				(void)vars_list_add(to, i, text, len);
			}
		}
	}
}

void vars_unset(struct vars *vars, unsigned slot)
{
	vars->slots[slot].set = false;
	vars->slots[slot].count = 0;
}

bool vars_is_set(const struct vars *vars, unsigned slot)
{
	return vars->slots[slot].set;
}

const char *vars_get(const struct vars *vars, unsigned slot, size_t *len)
{
	return vars_list_at(vars, slot, 0, len);
}

size_t vars_list_count(const struct vars *vars, unsigned slot)
{
	return vars->slots[slot].set ? vars->slots[slot].count : 0;
}

const char *vars_list_at(const struct vars *vars, unsigned slot_index, size_t i, size_t *len)
{
	const struct slot *slot = &vars->slots[slot_index];
	size_t begin;

	if (!slot->set || i >= slot->count) {
		*len = 0;
		return NULL;
	}
	if (!slot->list) {
		*len = slot->len - 1;
		return slot->data;
	}
	begin = i ? slot->ends[i - 1] : 0;
	*len = slot->ends[i] - 1 - begin;
	return slot->data + begin;
}
