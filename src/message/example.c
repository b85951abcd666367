/* SPDX-License-Identifier: MIT */
/* One block of memory each: a counter, the struct, its strings. The counter is the only thing that
 * ever changes. It is atomic with the strongest order, so that what an owner has read is read before
 * another one frees it. */
#include "config.h"

#include "message/example.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct shared {
	atomic_uint owners;
	struct example example;
	char strings[];
};

#define STRINGS 11

static void list_strings(struct example *example, const char **list[STRINGS])
{
	const char **const all[STRINGS] = {
		&example->scenario,
		&example->method,
		&example->url,
		&example->name,
		&example->class_name,
		&example->text,
		&example->request_headers,
		&example->request_body,
		&example->response_headers,
		&example->response_body,
		&example->curl,
	};

	memcpy(list, all, sizeof(all));
}

const struct example *example_new(const struct example *parts)
{
	struct example copy = *parts;
	const char **from[STRINGS], **to[STRINGS];
	size_t bytes = sizeof(struct shared) + strlen(copy.variables) + 1;
	struct shared *shared;
	char *at;

	list_strings(&copy, from);
	for (size_t i = 0; i < STRINGS; i++)
		bytes += strlen(*from[i]) + 1;
	shared = mem_new(bytes);
	atomic_init(&shared->owners, 1);
	shared->example = copy;
	list_strings(&shared->example, to);
	at = shared->strings;
	for (size_t i = 0; i < STRINGS; i++) {
		size_t len = strlen(*from[i]) + 1;

		memcpy(at, *from[i], len);
		*to[i] = at;
		at += len;
	}
	memcpy(at, copy.variables, strlen(copy.variables) + 1);
	shared->example.variables = at;
	shared->example.bytes = bytes;
	return &shared->example;
}

static struct shared *shared_of(const struct example *example)
{
	union {
		const char *in;
		char *out;
	} at = { .in = (const char *)example - offsetof(struct shared, example) };

	return (void *)at.out;
}

const struct example *example_ref(const struct example *example)
{
	atomic_fetch_add(&shared_of(example)->owners, 1);
	return example;
}

void example_unref(const struct example *example)
{
	if (example != NULL && atomic_fetch_sub(&shared_of(example)->owners, 1) == 1)
		free(shared_of(example));
}
