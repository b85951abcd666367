/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_KEYS_H
#define THRONG_SCENARIO_KEYS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loader;

/* The keys of the scenario file as const tables: reading, ranges and "did you mean" come from
 * them, and scenario.schema.json and throng-scenario(5) are tested against them. */
enum key_type {
	KEY_STRING,   /* char *, not empty */
	KEY_CONSTANT, /* char *, a template that is known at load ("{{env NAME default}}") */
	KEY_BOOL,     /* bool */
	KEY_UINT,     /* unsigned, within [min, max] */
	KEY_NUMBER,   /* double, within [min, max] */
	KEY_DURATION, /* uint64_t nanoseconds, within [min, max] seconds */
	KEY_BYTES,    /* uint64_t, within [min, max] */
	KEY_JSON      /* json_t *, borrowed, of the kinds in `kinds`: read by hand afterwards */
};

/* Bits of key->kinds. */
#define KIND_OBJECT 1u
#define KIND_LIST   2u
#define KIND_STRING 4u
#define KIND_NUMBER 8u
#define KIND_BOOL   16u
#define KIND_NULL   32u
#define KIND_ANY    63u

struct key {
	const char *name;
	enum key_type type;
	size_t offset; /* in the struct that keys_read fills */
	double min, max;
	unsigned kinds;
	const char *what; /* KEY_JSON: what it must be, for errors */
	bool required;
};

/* The keys of one kind of object; `base` adds those of another one, read into the same struct. */
struct keyset {
	const char *name; /* of its definition in scenario.schema.json */
	const struct key *keys;
	size_t count;
	const struct keyset *base;
};

#define KEYSET(name, keys, base)                                   \
	{                                                          \
		name, keys, sizeof(keys) / sizeof((keys)[0]), base \
	}

/* Read an object's members into the struct at dst, which holds the defaults. Unknown keys, wrong
 * types, values out of range and missing keys become errors; such members keep their defaults.
 * Strings are the caller's to free. */
void keys_read(struct loader *loader, json_t *object, const struct keyset *set, void *dst);
/* Read one value by a row of a table, at the reader's place. False after adding an error. */
bool keys_read_value(struct loader *loader, const struct key *key, json_t *value, void *dst);
/* What the key allows, as errors say it: "a whole number from 1 to 65535"; returns dst. */
char *key_allowed(const struct key *key, char *dst, size_t size);
/* Every set of the file, NULL-terminated: for tests of schema and manual. */
const struct keyset *const *keys_all(void);

#endif
