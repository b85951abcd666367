/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_READER_H
#define THRONG_SCENARIO_READER_H

#include <jansson.h>
#include <stddef.h>

struct errors;

/* Where the loader is in the file, and the errors it meets there. jansson tells no lines of
 * values: the line of a path is found by scanning the text again, for errors only. */
#define READER_DEPTH_MAX 64

struct segment {
	const char *key; /* of an object's member, borrowed; NULL: an item of a list */
	size_t index;
};

/* A path kept for later: how deep, and its segments. */
struct place {
	struct segment segments[READER_DEPTH_MAX];
	size_t depth;
};

struct reader {
	const char *file; /* as messages name it; borrowed like all below */
	const char *text;
	size_t len;
	struct errors *errs;
	struct place at;
};

/* Step into a member or an item, and out again. Deeper than READER_DEPTH_MAX: the path stays at
 * the deepest place it can name, leave must still be called as often. */
void reader_enter(struct reader *reader, const char *key);
void reader_enter_index(struct reader *reader, size_t index);
void reader_leave(struct reader *reader);
/* Add an error at the current place, at one of its members, or at a kept place. Text from the
 * file is cleaned for terminals. */
void reader_error(struct reader *reader, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void reader_error_in(struct reader *reader, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void reader_error_at(struct reader *reader, const struct place *place, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* "a list", "true", "12", "\"text\"": a value as errors name it; returns dst. */
char *reader_describe(const json_t *value, char *dst, size_t size);
/* The line (from 1) of a path in a JSON text that parses: of a member's key, of an item's first
 * character; of the nearest thing around it when it is not there. */
int reader_line(const char *text, size_t len, const struct place *place);

#endif
