/* SPDX-License-Identifier: MIT */
/* JSON paths of extracts and checks: compiled to a list of steps, walked over a parsed value.
 * The recursion is as deep as the path is long. */
#include "config.h"

#include "scenario/jsonpath.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

#define STEPS_MAX 32

enum step_kind { STEP_KEY, STEP_INDEX, STEP_EACH };

struct path_step {
	enum step_kind kind;
	char *key;
	long index; /* negative: from the end */
};

struct jsonpath {
	struct path_step steps[STEPS_MAX];
	size_t count;
	bool list;
};

void jsonpath_free(struct jsonpath *path)
{
	if (!path)
		return;
	for (size_t i = 0; i < path->count; i++)
		free(path->steps[i].key);
	free(path);
}

bool jsonpath_is_list(const struct jsonpath *path)
{
	return path->list;
}

static int fail(struct error *err, const char *text, const char *why)
{
	error_set(err, "\"%s\" is no JSON path: %s (such as token, a.b[0].c or items[*].id)", text,
		  why);
	return -EINVAL;
}

/* "[0]", "[-1]", "[*]", "[\"key\"]" from behind the bracket; NULL when it is none of them. */
static const char *parse_bracket(struct path_step *step, const char *s)
{
	const char *end;
	char *number_end;

	if (*s == '*') {
		step->kind = STEP_EACH;
		s++;
	} else if (*s == '"' || *s == '\'') {
		end = strchr(s + 1, *s);
		if (!end)
			return NULL;
		step->kind = STEP_KEY;
		step->key = mem_strndup(s + 1, (size_t)(end - s - 1));
		s = end + 1;
	} else {
		step->kind = STEP_INDEX;
		errno = 0;
		step->index = strtol(s, &number_end, 10);
		if (number_end == s || errno || *s == ' ' || *s == '+')
			return NULL;
		s = number_end;
	}
	return *s == ']' ? s + 1 : NULL;
}

static const char *parse_key(struct path_step *step, const char *s)
{
	size_t len = strcspn(s, ".[]");

	step->kind = STEP_KEY;
	step->key = len ? mem_strndup(s, len) : NULL;
	return len ? s + len : NULL;
}

int jsonpath_compile(struct jsonpath **out, const char *text, struct error *err)
{
	struct jsonpath *path = mem_new(sizeof(*path));
	const char *s = text;

	if (*s == '$' && (s[1] == '.' || s[1] == '[' || !s[1]))
		s += s[1] == '.' ? 2 : 1;
	while (*s) {
		struct path_step *step = &path->steps[path->count];

		if (path->count == STEPS_MAX) {
			jsonpath_free(path);
			return fail(err, text, "it has more than 32 steps");
		}
		path->count++;
		s = *s == '[' ? parse_bracket(step, s + 1) : parse_key(step, s);
		if (!s || (*s && *s != '.' && *s != '[') || (*s == '.' && !s[1])) {
			jsonpath_free(path);
			return fail(err, text, "a key or an index in brackets is expected");
		}
		path->list |= step->kind == STEP_EACH;
		s += *s == '.';
	}
	if (path->count == 0 && *text != '$') {
		jsonpath_free(path);
		return fail(err, text, "it is empty");
	}
	*out = path;
	return 0;
}

static const json_t *step_into(const struct path_step *step, const json_t *value)
{
	size_t count = json_array_size(value);

	if (step->kind == STEP_KEY)
		return json_object_get(value, step->key);
	if (step->index >= 0)
		return json_array_get(value, (size_t)step->index);
	return (size_t)-step->index <= count ? json_array_get(value, count - (size_t)-step->index)
					     : NULL;
}

static int walk(const struct jsonpath *path, size_t i, const json_t *value,
		int (*fn)(const json_t *, void *), void *arg)
{
	while (i < path->count && path->steps[i].kind != STEP_EACH) {
		value = step_into(&path->steps[i], value);
		if (!value)
			return -ENOENT;
		i++;
	}
	if (i == path->count)
		return fn(value, arg);
	if (!json_is_array(value))
		return -ENOENT;
	for (size_t k = 0; k < json_array_size(value); k++) {
		int rc = walk(path, i + 1, json_array_get(value, k), fn, arg);

		if (rc != 0 && rc != -ENOENT)
			return rc;
	}
	return 0;
}

int jsonpath_each(const struct jsonpath *path, const json_t *root,
		  int (*fn)(const json_t *value, void *arg), void *arg)
{
	return walk(path, 0, root, fn, arg);
}

/* The fewest digits that read back as the same number; never in a locale's way. */
static char *real_text(double value)
{
	char text[40], *point;
	const char *decimal = localeconv()->decimal_point;

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (fpclassify(strtod(text, NULL) - value) == FP_ZERO)
			break;
	}
	point = strstr(text, decimal);
	if (point && strcmp(decimal, ".") != 0) {
		*point = '.';
		memmove(point + 1, point + strlen(decimal), strlen(point + strlen(decimal)) + 1);
	}
	return mem_strdup(text);
}

char *jsonpath_value_text(const json_t *value, size_t *len)
{
	char *text = NULL;

	switch (json_typeof(value)) {
	case JSON_STRING:
		*len = json_string_length(value);
		text = mem_new(*len + 1);
		memcpy(text, json_string_value(value), *len);
		return text;
	case JSON_INTEGER:
		text = mem_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_REAL:
		text = real_text(json_real_value(value));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		text = mem_strdup(json_is_true(value) ? "true" : "false");
		break;
	case JSON_NULL:
		return NULL;
	case JSON_OBJECT:
	case JSON_ARRAY:
		text = json_dumps(value, JSON_COMPACT);
		break;
	}
	*len = text ? strlen(text) : 0;
	return text;
}
