/* SPDX-License-Identifier: MIT */
/* A list of strings searched from the front: a scenario has a few dozen variables, looked up
 * while loading only. */
#include "config.h"

#include "scenario/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct names {
	char **items;
	size_t count, cap;
};

struct names *names_new(void)
{
	return mem_new(sizeof(struct names));
}

void names_free(struct names *names)
{
	if (!names)
		return;
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
	free(names);
}

int names_find(const struct names *names, const char *name, unsigned *slot)
{
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->items[i], name) == 0) {
			*slot = (unsigned)i;
			return 0;
		}
	}
	return -ENOENT;
}

unsigned names_intern(struct names *names, const char *name)
{
	unsigned slot;

	if (names_find(names, name, &slot) == 0)
		return slot;
	if (names->count == names->cap) {
		size_t cap = names->cap ? 2 * names->cap : 16;

		names->items = mem_grow(names->items, names->cap, cap, sizeof(char *));
		names->cap = cap;
	}
	names->items[names->count] = mem_strdup(name);
	return (unsigned)names->count++;
}

size_t names_count(const struct names *names)
{
	return names->count;
}

const char *names_at(const struct names *names, unsigned slot)
{
	return slot < names->count ? names->items[slot] : NULL;
}
