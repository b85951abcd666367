/* SPDX-License-Identifier: MIT */
/* Reading objects by tables of keys. */
#include "config.h"

#include "scenario/keys.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/units.h"
#include "scenario/loader.h"
#include "scenario/template.h"

#define KEYS_MAX 64 /* of one object */

static unsigned kind_of(json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return KIND_OBJECT;
	case JSON_ARRAY:
		return KIND_LIST;
	case JSON_STRING:
		return KIND_STRING;
	case JSON_INTEGER:
	case JSON_REAL:
		return KIND_NUMBER;
	case JSON_TRUE:
	case JSON_FALSE:
		return KIND_BOOL;
	case JSON_NULL:
		return KIND_NULL;
	}
	return 0;
}

static void format_number(double value, char *dst, size_t size)
{
	if (value >= 0 && value < 1e15 && fabs(value - floor(value)) < 1e-9)
		units_format_count((uint64_t)value, dst, size);
	else
		snprintf(dst, size, "%g", value);
}

static char *allowed_range(const char *what, const struct key *key, char *dst, size_t size)
{
	char min[40], max[40];

	format_number(key->min, min, sizeof(min));
	format_number(key->max, max, sizeof(max));
	snprintf(dst, size, "%s from %s to %s", what, min, max);
	return dst;
}

char *key_allowed(const struct key *key, char *dst, size_t size)
{
	char min[40], max[40];

	switch (key->type) {
	case KEY_STRING:
	case KEY_CONSTANT:
		snprintf(dst, size, "a text that is not empty");
		break;
	case KEY_BOOL:
		snprintf(dst, size, "true or false");
		break;
	case KEY_UINT:
		return allowed_range("a whole number", key, dst, size);
	case KEY_NUMBER:
		return allowed_range("a number", key, dst, size);
	case KEY_DURATION:
		units_format_duration((uint64_t)(key->min * 1e9), min, sizeof(min));
		units_format_duration((uint64_t)(key->max * 1e9), max, sizeof(max));
		snprintf(dst, size,
			 "a duration such as \"200ms\", \"1.5s\" or \"5m\", from %s to %s", min,
			 max);
		break;
	case KEY_BYTES:
		units_format_bytes((uint64_t)key->min, min, sizeof(min));
		units_format_bytes((uint64_t)key->max, max, sizeof(max));
		snprintf(dst, size, "a size such as \"64KiB\" or \"350MiB\", from %s to %s", min,
			 max);
		break;
	case KEY_JSON:
		snprintf(dst, size, "%s", key->what);
		break;
	}
	return dst;
}

static bool refuse(struct loader *loader, const struct key *key, json_t *value)
{
	char allowed[200], actual[120];

	reader_error(&loader->reader, "must be %s, not %s",
		     key_allowed(key, allowed, sizeof(allowed)),
		     reader_describe(value, actual, sizeof(actual)));
	return false;
}

static bool read_string(struct loader *loader, const struct key *key, json_t *value, char **dst)
{
	const char *text = json_string_value(value);

	if (!text || !*text)
		return refuse(loader, key, value);
	free(*dst);
	*dst = mem_strdup(text);
	return true;
}

static bool read_constant(struct loader *loader, const struct key *key, json_t *value, char **dst)
{
	const char *text = json_string_value(value);
	char *constant;

	if (!text || !*text)
		return refuse(loader, key, value);
	constant = loader_constant(loader, text);
	if (!constant)
		return false;
	if (!*constant) {
		free(constant);
		reader_error(&loader->reader, "is empty");
		return false;
	}
	free(*dst);
	*dst = constant;
	return true;
}

static bool read_uint(struct loader *loader, const struct key *key, json_t *value, unsigned *dst)
{
	double number = json_number_value(value);

	if (!json_is_number(value) || number < key->min || number > key->max ||
	    floor(number) < number)
		return refuse(loader, key, value);
	*dst = (unsigned)number;
	return true;
}

static bool read_number(struct loader *loader, const struct key *key, json_t *value, double *dst)
{
	double number = json_number_value(value);

	if (!json_is_number(value) || number < key->min || number > key->max)
		return refuse(loader, key, value);
	*dst = number;
	return true;
}

/* A number means seconds, as on the command line. */
static bool read_duration(struct loader *loader, const struct key *key, json_t *value,
			  uint64_t *dst)
{
	const char *text = json_string_value(value);
	double seconds = json_number_value(value);
	uint64_t ns;

	if (text ? units_parse_duration(text, &ns) < 0
		 : !json_is_number(value) || seconds < key->min || seconds > key->max)
		return refuse(loader, key, value);
	if (!text)
		ns = (uint64_t)llround(seconds * 1e9);
	if (ns < (uint64_t)(key->min * 1e9) || ns > (uint64_t)(key->max * 1e9))
		return refuse(loader, key, value);
	*dst = ns;
	return true;
}

static bool read_bytes(struct loader *loader, const struct key *key, json_t *value, uint64_t *dst)
{
	const char *text = json_string_value(value);
	double number = json_number_value(value);
	uint64_t bytes;

	if (text ? units_parse_bytes(text, &bytes) < 0
		 : !json_is_number(value) || number < key->min || number > key->max ||
			    floor(number) < number)
		return refuse(loader, key, value);
	if (!text)
		bytes = (uint64_t)number;
	if ((double)bytes < key->min || (double)bytes > key->max)
		return refuse(loader, key, value);
	*dst = bytes;
	return true;
}

bool keys_read_value(struct loader *loader, const struct key *key, json_t *value, void *dst)
{
	void *to = (char *)dst + key->offset;

	switch (key->type) {
	case KEY_STRING:
		return read_string(loader, key, value, to);
	case KEY_CONSTANT:
		return read_constant(loader, key, value, to);
	case KEY_BOOL:
		if (!json_is_boolean(value))
			return refuse(loader, key, value);
		*(bool *)to = json_is_true(value);
		return true;
	case KEY_UINT:
		return read_uint(loader, key, value, to);
	case KEY_NUMBER:
		return read_number(loader, key, value, to);
	case KEY_DURATION:
		return read_duration(loader, key, value, to);
	case KEY_BYTES:
		return read_bytes(loader, key, value, to);
	case KEY_JSON:
		if (!(kind_of(value) & key->kinds))
			return refuse(loader, key, value);
		*(json_t **)to = value;
		return true;
	}
	return false;
}

static const struct key *find(const struct keyset *set, const char *name)
{
	for (; set; set = set->base)
		for (size_t i = 0; i < set->count; i++)
			if (strcmp(set->keys[i].name, name) == 0)
				return &set->keys[i];
	return NULL;
}

static void refuse_unknown(struct loader *loader, const struct keyset *set, const char *name)
{
	const char *names[KEYS_MAX + 1] = { NULL }, *near;
	char list[600];
	size_t count = 0, len = 0;

	for (const struct keyset *s = set; s; s = s->base)
		for (size_t i = 0; i < s->count && count < KEYS_MAX; i++)
			names[count++] = s->keys[i].name;
	near = text_nearest(name, names);
	if (near) {
		reader_error_in(&loader->reader, name, "unknown key: did you mean \"%s\"?", near);
		return;
	}
	for (size_t i = 0; i < count && len < sizeof(list); i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", i ? ", " : "",
					names[i]);
	reader_error_in(&loader->reader, name, "unknown key; there are %s", list);
}

void keys_read(struct loader *loader, json_t *object, const struct keyset *set, void *dst)
{
	char allowed[200];
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		const struct key *key = find(set, name);

		if (!key) {
			refuse_unknown(loader, set, name);
			continue;
		}
		reader_enter(&loader->reader, name);
		(void)keys_read_value(loader, key, value, dst);
		reader_leave(&loader->reader);
	}
	for (const struct keyset *s = set; s; s = s->base)
		for (size_t i = 0; i < s->count; i++)
			if (s->keys[i].required && !json_object_get(object, s->keys[i].name))
				reader_error(&loader->reader, "\"%s\" is missing: %s",
					     s->keys[i].name,
					     key_allowed(&s->keys[i], allowed, sizeof(allowed)));
}
