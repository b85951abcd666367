/* SPDX-License-Identifier: MIT */
/* The loader's place in the file. The scan for a line is linear and done once per error. */
#include "config.h"

#include "scenario/reader.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define SHOWN_CHARS 60

void reader_enter(struct reader *reader, const char *key)
{
	struct place *at = &reader->at;

	if (at->depth < READER_DEPTH_MAX)
		at->segments[at->depth] = (struct segment){ .key = key };
	at->depth++;
}

void reader_enter_index(struct reader *reader, size_t index)
{
	struct place *at = &reader->at;

	if (at->depth < READER_DEPTH_MAX)
		at->segments[at->depth] = (struct segment){ .index = index };
	at->depth++;
}

void reader_leave(struct reader *reader)
{
	reader->at.depth--;
}

/* ---- lines ------------------------------------------------------------------------------- */

struct cursor {
	const char *p, *end;
	int line;
};

static void skip_blanks(struct cursor *c)
{
	while (c->p < c->end && isspace((unsigned char)*c->p))
		c->line += *c->p++ == '\n';
}

/* From the opening quote to behind the closing one; returns the text between, escapes as they
 * stand. */
static const char *skip_string(struct cursor *c, size_t *len)
{
	const char *begin = ++c->p;

	while (c->p < c->end && *c->p != '"')
		c->p += *c->p == '\\' && c->p + 1 < c->end ? 2 : 1;
	*len = (size_t)(c->p - begin);
	if (c->p < c->end)
		c->p++;
	return begin;
}

static void skip_value(struct cursor *c)
{
	size_t depth = 0, len;

	skip_blanks(c);
	while (c->p < c->end) {
		char ch = *c->p;

		if (depth == 0 && (ch == ',' || ch == '}' || ch == ']'))
			return;
		if (ch == '"') {
			skip_string(c, &len);
			continue;
		}
		if (ch == '{' || ch == '[')
			depth++;
		else if (ch == '}' || ch == ']')
			depth--;
		c->line += ch == '\n';
		c->p++;
	}
}

/* Keys with escapes are decoded by the parser itself. */
static bool key_is(const char *raw, size_t len, const char *key)
{
	json_t *value;
	bool same;

	if (!memchr(raw, '\\', len))
		return len == strlen(key) && memcmp(raw, key, len) == 0;
	value = json_loadb(raw - 1, len + 2, JSON_DECODE_ANY, NULL);
	same = value && strcmp(json_string_value(value), key) == 0;
	json_decref(value);
	return same;
}

/* Put the cursor on the member's or item's value; false when it is not there. *line: of its key
 * or first character. */
static bool descend(struct cursor *c, const struct segment *segment, int *line)
{
	char open = segment->key ? '{' : '[', close = segment->key ? '}' : ']';

	skip_blanks(c);
	if (c->p >= c->end || *c->p != open)
		return false;
	c->p++;
	for (size_t i = 0;; i++) {
		bool here = !segment->key && i == segment->index;

		skip_blanks(c);
		if (c->p >= c->end || *c->p == close)
			return false;
		*line = c->line;
		if (segment->key) {
			size_t len;
			const char *raw = skip_string(c, &len);

			here = key_is(raw, len, segment->key);
			skip_blanks(c);
			c->p += c->p < c->end; /* the colon */
			skip_blanks(c);
		}
		if (here)
			return true;
		skip_value(c);
		if (c->p < c->end && *c->p == ',')
			c->p++;
	}
}

int reader_line(const char *text, size_t len, const struct place *place)
{
	struct cursor c = { text, text + len, 1 };
	int line, found;

	skip_blanks(&c);
	found = c.line;
	for (size_t i = 0; i < place->depth && i < READER_DEPTH_MAX; i++) {
		if (!descend(&c, &place->segments[i], &line))
			break;
		found = line;
	}
	return found;
}

/* ---- errors ------------------------------------------------------------------------------ */

static bool is_plain_key(const char *key)
{
	if (!*key)
		return false;
	for (; *key; key++)
		if (!isalnum((unsigned char)*key) && *key != '_' && *key != '-' && *key != '$')
			return false;
	return true;
}

/* "users.DeploymentUser.tasks[2]", keys with other characters as ["a key"]. */
static void format_path(const struct place *place, char *dst, size_t size)
{
	char clean[SHOWN_CHARS + 8];
	size_t len = 0;

	*dst = '\0';
	for (size_t i = 0; i < place->depth && i < READER_DEPTH_MAX && len < size; i++) {
		const struct segment *segment = &place->segments[i];
		char *to = dst + len;
		int n;

		if (!segment->key) {
			n = snprintf(to, size - len, "[%zu]", segment->index);
		} else if (is_plain_key(segment->key)) {
			n = snprintf(to, size - len, "%s%s", len ? "." : "", segment->key);
		} else {
			text_clean(clean, sizeof(clean), segment->key, SIZE_MAX, false);
			n = snprintf(to, size - len, "[\"%s\"]", clean);
		}
		len += (size_t)n;
	}
}

static void add_error(struct reader *reader, const struct place *place, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void add_error(struct reader *reader, const struct place *place, const char *fmt, va_list ap)
{
	char raw[1024], clean[1024], path[256];
	int line = 0;

	vsnprintf(raw, sizeof(raw), fmt, ap);
	text_clean(clean, sizeof(clean), raw, SIZE_MAX, false);
	format_path(place, path, sizeof(path));
	if (errors_count(reader->errs) < ERRORS_MAX)
		line = reader_line(reader->text, reader->len, place);
	errors_add(reader->errs, reader->file, line, path, "%s", clean);
}

void reader_error(struct reader *reader, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_error(reader, &reader->at, fmt, ap);
	va_end(ap);
}

void reader_error_in(struct reader *reader, const char *key, const char *fmt, ...)
{
	va_list ap;

	reader_enter(reader, key);
	va_start(ap, fmt);
	add_error(reader, &reader->at, fmt, ap);
	va_end(ap);
	reader_leave(reader);
}

void reader_error_at(struct reader *reader, const struct place *place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_error(reader, place, fmt, ap);
	va_end(ap);
}

static char *describe_scalar(const json_t *value, char *dst, size_t size)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
	size_t len = text ? strlen(text) : 0;

	if (len > SHOWN_CHARS) {
		len = SHOWN_CHARS;
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--; /* not within a character */
		snprintf(dst, size, "%.*s…", (int)len, text);
	} else {
		snprintf(dst, size, "%s", text ? text : "?");
	}
	free(text);
	return dst;
}

char *reader_describe(const json_t *value, char *dst, size_t size)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		snprintf(dst, size, "an object");
		break;
	case JSON_ARRAY:
		snprintf(dst, size, "a list");
		break;
	case JSON_STRING:
	case JSON_INTEGER:
	case JSON_REAL:
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_NULL:
		return describe_scalar(value, dst, size);
	}
	return dst;
}
