/* SPDX-License-Identifier: MIT */
/* What a step expects of its answer, and what it takes out of it. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/units.h"
#include "scenario/loader.h"

#define STATUS_MIN 100
#define STATUS_MAX 599
#define SIZE_LIMIT 1e12
#define STATUS_FORMS                                                                        \
	"a status is a number from 100 to 599, a class such as \"2xx\" or a range such as " \
	"\"200-204\""

struct expect_draft {
	json_t *status, *json, *contains, *matches, *header, *size;
};

#define PART(name, member, kinds, what)                                                         \
	{                                                                                       \
		name, KEY_JSON, offsetof(struct expect_draft, member), 0, 0, kinds, what, false \
	}

static const struct key expect_keys[] = {
	PART("status", status, KIND_NUMBER | KIND_STRING | KIND_LIST,
	     "a status, a range such as \"2xx\", or a list of them"),
	PART("json", json, KIND_OBJECT | KIND_BOOL, "true, or an object: JSON path to value"),
	PART("contains", contains, KIND_STRING | KIND_LIST, "a text or a list of texts"),
	PART("matches", matches, KIND_STRING | KIND_LIST, "a regular expression or a list of them"),
	PART("header", header, KIND_OBJECT, "an object: header name to value, or to true"),
	PART("size", size, KIND_NUMBER | KIND_STRING | KIND_OBJECT,
	     "a size, or an object with \"min\" and \"max\""),
};
const struct keyset keyset_expect = KEYSET("expect", expect_keys, NULL);

struct size_draft {
	uint64_t min, max;
};

static const struct key size_keys[] = {
	{ "min", KEY_BYTES, offsetof(struct size_draft, min), 0, SIZE_LIMIT, 0, NULL, false },
	{ "max", KEY_BYTES, offsetof(struct size_draft, max), 0, SIZE_LIMIT, 0, NULL, false },
};
const struct keyset keyset_size = KEYSET("size", size_keys, NULL);

struct exists_draft {
	bool exists;
};

static const struct key exists_keys[] = {
	{ "exists", KEY_BOOL, offsetof(struct exists_draft, exists), 0, 0, 0, NULL, true },
};
const struct keyset keyset_exists = KEYSET("exists", exists_keys, NULL);

struct extract_draft {
	char *from;
	bool optional;
	json_t *default_value;
};

static const struct key extract_keys[] = {
	{ "from", KEY_STRING, offsetof(struct extract_draft, from), 0, 0, 0, NULL, true },
	{ "optional", KEY_BOOL, offsetof(struct extract_draft, optional), 0, 0, 0, NULL, false },
	{ "default", KEY_JSON, offsetof(struct extract_draft, default_value), 0, 0,
	  KIND_STRING | KIND_NUMBER | KIND_BOOL, "a text, a number, true or false", false },
};
const struct keyset keyset_extract = KEYSET("extract", extract_keys, NULL);

/* ---- status ------------------------------------------------------------------------------ */

static void accept_range(struct step *step, unsigned first, unsigned last)
{
	for (unsigned i = first; i <= last; i++)
		step->accept[i / 64] |= UINT64_C(1) << (i % 64);
}

static bool parse_status(const char *text, unsigned *first, unsigned *last)
{
	char digits[16];
	const char *dash = strchr(text, '-');
	uint64_t a, b;

	if (strlen(text) == 3 && text[0] >= '1' && text[0] <= '5' && strcmp(text + 1, "xx") == 0) {
		*first = (unsigned)(text[0] - '0') * 100;
		*last = *first + 99;
		return true;
	}
	if (strlen(text) > 7)
		return false;
	snprintf(digits, sizeof(digits), "%.*s", dash ? (int)(dash - text) : 7, text);
	if (units_parse_uint(digits, STATUS_MIN, STATUS_MAX, &a) < 0)
		return false;
	b = a;
	if (dash && units_parse_uint(dash + 1, a, STATUS_MAX, &b) < 0)
		return false;
	*first = (unsigned)a;
	*last = (unsigned)b;
	return true;
}

static void load_one_status(struct loader *loader, json_t *value, struct step *step)
{
	char actual[120];
	const char *text = json_string_value(value);
	double number = json_number_value(value);
	unsigned first, last;

	if (text && parse_status(text, &first, &last))
		accept_range(step, first, last);
	else if (json_is_integer(value) && number >= STATUS_MIN && number <= STATUS_MAX)
		accept_range(step, (unsigned)number, (unsigned)number);
	else
		reader_error(&loader->reader, "%s, not %s", STATUS_FORMS,
			     reader_describe(value, actual, sizeof(actual)));
}

static void load_status(struct loader *loader, json_t *value, struct step *step)
{
	if (!value) {
		step->accept_default = true;
		accept_range(step, STATUS_MIN, 399);
		return;
	}
	reader_enter(&loader->reader, "status");
	if (!json_is_array(value)) {
		load_one_status(loader, value, step);
	} else if (json_array_size(value) == 0) {
		reader_error(&loader->reader, "is empty: no answer could ever be accepted");
	} else {
		for (size_t i = 0; i < json_array_size(value); i++) {
			reader_enter_index(&loader->reader, i);
			load_one_status(loader, json_array_get(value, i), step);
			reader_leave(&loader->reader);
		}
	}
	reader_leave(&loader->reader);
}

/* ---- checks ------------------------------------------------------------------------------ */

/* Compile a check at the reader's place and add it to the step. Takes what `check` holds. */
static void add_check(struct loader *loader, struct check *check, struct step *step)
{
	struct scenario *scenario = loader->scenario;
	struct error err = { 0 };

	if (check_compile(check, &err) < 0) {
		reader_error(&loader->reader, "%s", err.text);
		check->kind = CHECK_IS_JSON; /* nothing compiled to release */
		check_fini(check);
		return;
	}
	if (scenario->check_count == loader->check_cap) {
		size_t cap = loader->check_cap ? 2 * loader->check_cap : 16;

		scenario->checks = mem_grow(scenario->checks, loader->check_cap, cap,
					    sizeof(*scenario->checks));
		loader->check_cap = cap;
	}
	scenario->checks[scenario->check_count++] = *check;
	step->check_count++;
}

static void add_json_check(struct loader *loader, const char *path, json_t *value,
			   struct step *step)
{
	struct check check = { .kind = CHECK_JSON_EQUALS };
	struct exists_draft draft = { false };

	if (json_is_object(value)) {
		check.kind = CHECK_JSON_EXISTS;
		keys_read(loader, value, &keyset_exists, &draft);
		if (!draft.exists) {
			if (json_object_get(value, "exists"))
				reader_error_in(&loader->reader, "exists", "can only be true");
			return;
		}
	} else if (json_is_null(value)) {
		check.value = mem_strdup("null");
	} else {
		check.value = loader_scalar(loader, value);
		if (!check.value)
			return;
	}
	check.key = mem_strdup(path);
	add_check(loader, &check, step);
}

static void load_json_checks(struct loader *loader, json_t *value, struct step *step)
{
	struct check check = { .kind = CHECK_IS_JSON };
	const char *path;
	json_t *wanted;

	reader_enter(&loader->reader, "json");
	if (json_is_true(value))
		add_check(loader, &check, step);
	else if (json_is_false(value))
		reader_error(&loader->reader, "can only be true, or an object: JSON path to value");
	json_object_foreach(value, path, wanted)
	{
		reader_enter(&loader->reader, path);
		add_json_check(loader, path, wanted, step);
		reader_leave(&loader->reader);
	}
	reader_leave(&loader->reader);
}

static void add_text_check(struct loader *loader, enum check_kind kind, json_t *value,
			   struct step *step)
{
	struct check check = { .kind = kind };
	const char *text = json_string_value(value);
	char actual[120];

	if (!text || !*text) {
		reader_error(&loader->reader, "must be a text that is not empty, not %s",
			     reader_describe(value, actual, sizeof(actual)));
		return;
	}
	check.key = mem_strdup(text);
	add_check(loader, &check, step);
}

static void load_text_checks(struct loader *loader, const char *key, enum check_kind kind,
			     json_t *value, struct step *step)
{
	reader_enter(&loader->reader, key);
	if (json_is_string(value))
		add_text_check(loader, kind, value, step);
	for (size_t i = 0; i < json_array_size(value); i++) {
		reader_enter_index(&loader->reader, i);
		add_text_check(loader, kind, json_array_get(value, i), step);
		reader_leave(&loader->reader);
	}
	reader_leave(&loader->reader);
}

static void load_header_checks(struct loader *loader, json_t *object, struct step *step)
{
	const char *name;
	json_t *value;

	reader_enter(&loader->reader, "header");
	json_object_foreach(object, name, value)
	{
		struct check check = { .kind = CHECK_HEADER };

		reader_enter(&loader->reader, name);
		if (!json_is_true(value))
			check.value = loader_scalar(loader, value);
		if (check.value || json_is_true(value)) {
			check.key = mem_strdup(name);
			add_check(loader, &check, step);
		}
		reader_leave(&loader->reader);
	}
	reader_leave(&loader->reader);
}

static void load_size_check(struct loader *loader, json_t *value, struct step *step)
{
	struct size_draft draft = { 0, SIZE_MAX };
	struct check check = { .kind = CHECK_SIZE };
	bool ok = true;

	reader_enter(&loader->reader, "size");
	if (json_is_object(value)) {
		keys_read(loader, value, &keyset_size, &draft);
		ok = json_object_size(value) > 0;
	} else {
		ok = keys_read_value(loader, &size_keys[0], value, &draft);
		draft.max = draft.min;
	}
	if (!ok && json_is_object(value))
		reader_error(&loader->reader, "is empty: give \"min\", \"max\" or both");
	else if (draft.min > draft.max)
		reader_error(&loader->reader, "\"min\" is greater than \"max\"");
	else if (ok) {
		check.min = (size_t)draft.min;
		check.max = (size_t)draft.max;
		add_check(loader, &check, step);
	}
	reader_leave(&loader->reader);
}

void load_expect(struct loader *loader, json_t *object, struct step *step)
{
	struct expect_draft draft = { 0 };

	step->first_check = (unsigned)loader->scenario->check_count;
	if (object) {
		reader_enter(&loader->reader, "expect");
		keys_read(loader, object, &keyset_expect, &draft);
	}
	load_status(loader, draft.status, step);
	if (draft.json)
		load_json_checks(loader, draft.json, step);
	if (draft.contains)
		load_text_checks(loader, "contains", CHECK_CONTAINS, draft.contains, step);
	if (draft.matches)
		load_text_checks(loader, "matches", CHECK_MATCHES, draft.matches, step);
	if (draft.header)
		load_header_checks(loader, draft.header, step);
	if (draft.size)
		load_size_check(loader, draft.size, step);
	if (object)
		reader_leave(&loader->reader);
	for (unsigned i = 0; i < step->check_count; i++) {
		if (loader->scenario->checks[step->first_check + i].kind == CHECK_HEADER)
			step->want_headers = true;
		else
			step->want_body = true;
	}
}

/* ---- extracts ---------------------------------------------------------------------------- */

static void add_extract(struct loader *loader, const struct extract *ex, struct step *step)
{
	struct scenario *scenario = loader->scenario;

	if (scenario->extract_count == loader->extract_cap) {
		size_t cap = loader->extract_cap ? 2 * loader->extract_cap : 16;

		scenario->extracts = mem_grow(scenario->extracts, loader->extract_cap, cap,
					      sizeof(*scenario->extracts));
		loader->extract_cap = cap;
	}
	scenario->extracts[scenario->extract_count++] = *ex;
	step->extract_count++;
	if (ex->source == EXTRACT_HEADER || ex->source == EXTRACT_COOKIE)
		step->want_headers = true;
	else
		step->want_body = true;
}

static void load_extract(struct loader *loader, const char *name, json_t *value, struct step *step)
{
	struct extract_draft draft = { 0 };
	struct extract ex = { 0 };
	struct error err = { 0 };
	char actual[120];
	unsigned slot;

	if (json_is_string(value))
		draft.from = mem_strdup(json_string_value(value));
	else if (json_is_object(value))
		keys_read(loader, value, &keyset_extract, &draft);
	else
		reader_error(&loader->reader,
			     "must be a source such as \"token\", \"header:Location\" or "
			     "{\"from\": \"items[*].id\", \"optional\": true}, not %s",
			     reader_describe(value, actual, sizeof(actual)));
	if (!loader_setter(loader, name, &slot) || !draft.from) {
		free(draft.from);
		return;
	}
	if (extract_compile(&ex, draft.from, &err) < 0) {
		reader_error(&loader->reader, "%s", err.text);
	} else {
		ex.slot = slot;
		ex.name = mem_strdup(name);
		ex.optional = draft.optional || draft.default_value;
		if (draft.default_value)
			ex.default_value = loader_scalar(loader, draft.default_value);
		add_extract(loader, &ex, step);
	}
	free(draft.from);
}

void load_extracts(struct loader *loader, json_t *object, struct step *step)
{
	const char *name;
	json_t *value;

	step->first_extract = (unsigned)loader->scenario->extract_count;
	reader_enter(&loader->reader, "extract");
	json_object_foreach(object, name, value)
	{
		reader_enter(&loader->reader, name);
		load_extract(loader, name, value, step);
		reader_leave(&loader->reader);
	}
	reader_leave(&loader->reader);
}
