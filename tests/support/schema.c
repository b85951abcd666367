/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schema.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "scenario/answer.h"

static const char *const annotations[] = { "$schema", "$defs",    "title", "description",
					   "default", "examples", NULL };

struct validation {
	json_t *root;
	char *why;
	size_t size;
};

static bool fail(const struct validation *v, const char *what, json_t *value)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	if (v->why)
		snprintf(v->why, v->size, "%s: %.120s", what, text ? text : "?");
	free(text);
	return false;
}

static bool allows(const struct validation *v, json_t *schema, json_t *value);

json_t *schema_resolve(json_t *root, json_t *schema)
{
	json_t *ref;

	while ((ref = json_object_get(schema, "$ref"))) {
		const char *path = json_string_value(ref) + 2; /* behind "#/" */

		schema = root;
		while (schema && *path) {
			char key[100];
			size_t len = strcspn(path, "/");

			snprintf(key, sizeof(key), "%.*s", (int)len, path);
			schema = json_object_get(schema, key);
			path += len + (path[len] == '/');
		}
	}
	return schema;
}

static bool is_whole(json_t *value)
{
	double number = json_number_value(value);

	return json_is_number(value) && floor(number) >= number;
}

static bool has_type(const char *type, json_t *value)
{
	return (strcmp(type, "object") == 0 && json_is_object(value)) ||
	       (strcmp(type, "array") == 0 && json_is_array(value)) ||
	       (strcmp(type, "string") == 0 && json_is_string(value)) ||
	       (strcmp(type, "number") == 0 && json_is_number(value)) ||
	       (strcmp(type, "integer") == 0 && is_whole(value)) ||
	       (strcmp(type, "boolean") == 0 && json_is_boolean(value)) ||
	       (strcmp(type, "null") == 0 && json_is_null(value));
}

static bool check_type(const struct validation *v, json_t *wanted, json_t *value)
{
	if (json_is_string(wanted))
		return has_type(json_string_value(wanted), value);
	for (size_t i = 0; i < json_array_size(wanted); i++)
		if (has_type(json_string_value(json_array_get(wanted, i)), value))
			return true;
	(void)v;
	return false;
}

static bool matches(json_t *pattern, const char *text, size_t len)
{
	struct regex *regex;
	size_t begin, end;
	bool found;

	if (regex_compile(&regex, json_string_value(pattern), NULL) < 0)
		return false;
	found = regex_find(regex, text, len, &begin, &end);
	regex_free(regex);
	return found;
}

/* Members: known ones by "properties", the rest by "additionalProperties", all names by
 * "propertyNames". */
static bool check_members(const struct validation *v, json_t *schema, json_t *object)
{
	json_t *properties = json_object_get(schema, "properties");
	json_t *others = json_object_get(schema, "additionalProperties");
	json_t *names = json_object_get(schema, "propertyNames");
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		json_t *known = json_object_get(properties, key);
		json_t *name = json_string(key);
		bool ok = !names || allows(v, names, name);

		json_decref(name);
		if (!ok)
			return false;
		if (known && !allows(v, known, value))
			return false;
		if (!known && json_is_false(others))
			return fail(v, key, object);
		if (!known && json_is_object(others) && !allows(v, others, value))
			return false;
	}
	return true;
}

static bool has_all(json_t *names, json_t *object)
{
	for (size_t i = 0; i < json_array_size(names); i++)
		if (!json_object_get(object, json_string_value(json_array_get(names, i))))
			return false;
	return true;
}

static bool check_object(const struct validation *v, json_t *schema, json_t *object)
{
	json_t *dependent = json_object_get(schema, "dependentRequired");
	json_t *least = json_object_get(schema, "minProperties");
	json_t *most = json_object_get(schema, "maxProperties");
	json_t *names;
	const char *key;

	if (!has_all(json_object_get(schema, "required"), object))
		return fail(v, "required", object);
	json_object_foreach(dependent, key, names)
	{
		if (json_object_get(object, key) && !has_all(names, object))
			return fail(v, "dependentRequired", object);
	}
	if (least && json_object_size(object) < (size_t)json_integer_value(least))
		return fail(v, "minProperties", object);
	if (most && json_object_size(object) > (size_t)json_integer_value(most))
		return fail(v, "maxProperties", object);
	return check_members(v, schema, object);
}

static bool check_list(const struct validation *v, json_t *schema, json_t *list)
{
	json_t *items = json_object_get(schema, "items");
	json_t *least = json_object_get(schema, "minItems");
	json_t *most = json_object_get(schema, "maxItems");
	size_t size = json_array_size(list);

	if ((least && size < (size_t)json_integer_value(least)) ||
	    (most && size > (size_t)json_integer_value(most)))
		return fail(v, "number of items", list);
	for (size_t i = 0; i < size && items; i++)
		if (!allows(v, items, json_array_get(list, i)))
			return false;
	return true;
}

static bool check_scalar(const struct validation *v, json_t *schema, json_t *value)
{
	json_t *least = json_object_get(schema, "minimum"),
	       *most = json_object_get(schema, "maximum");
	json_t *shortest = json_object_get(schema, "minLength");
	json_t *longest = json_object_get(schema, "maxLength");
	json_t *pattern = json_object_get(schema, "pattern");
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);

	if (json_is_number(value) &&
	    ((least && json_number_value(value) < json_number_value(least)) ||
	     (most && json_number_value(value) > json_number_value(most))))
		return fail(v, "range", value);
	if (text && ((shortest && len < (size_t)json_integer_value(shortest)) ||
		     (longest && len > (size_t)json_integer_value(longest))))
		return fail(v, "length", value);
	if (text && pattern && !matches(pattern, text, len))
		return fail(v, json_string_value(pattern), value);
	return true;
}

static bool is_one_of(json_t *values, json_t *value)
{
	for (size_t i = 0; i < json_array_size(values); i++)
		if (json_equal(json_array_get(values, i), value))
			return true;
	return false;
}

/* How many of the schemas allow it. */
static size_t count_allowing(const struct validation *v, json_t *schemas, json_t *value)
{
	struct validation quiet = { v->root, NULL, 0 };
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(schemas); i++)
		count += allows(&quiet, json_array_get(schemas, i), value);
	return count;
}

static bool check_combined(const struct validation *v, json_t *schema, json_t *value)
{
	struct validation quiet = { v->root, NULL, 0 };
	json_t *all = json_object_get(schema, "allOf"), *any = json_object_get(schema, "anyOf");
	json_t *one = json_object_get(schema, "oneOf"), *not = json_object_get(schema, "not");
	json_t *when = json_object_get(schema, "if"), *then = json_object_get(schema, "then");

	if (all && count_allowing(v, all, value) != json_array_size(all))
		return fail(v, "allOf", value);
	if (any && count_allowing(v, any, value) == 0)
		return fail(v, "anyOf", value);
	if (one && count_allowing(v, one, value) != 1)
		return fail(v, "oneOf", value);
	if (not &&allows(&quiet, not, value))
		return fail(v, "not", value);
	return !when || !allows(&quiet, when, value) || allows(v, then, value);
}

static bool allows(const struct validation *v, json_t *schema, json_t *value)
{
	json_t *type = json_object_get(schema, "type"), *values = json_object_get(schema, "enum");
	json_t *constant = json_object_get(schema, "const");

	if (json_object_get(schema, "$ref"))
		return allows(v, schema_resolve(v->root, schema), value);
	if (type && !check_type(v, type, value))
		return fail(v, "type", value);
	if ((values && !is_one_of(values, value)) || (constant && !json_equal(constant, value)))
		return fail(v, "enum", value);
	if (!check_scalar(v, schema, value) || !check_combined(v, schema, value))
		return false;
	if (json_is_object(value))
		return check_object(v, schema, value);
	return !json_is_array(value) || check_list(v, schema, value);
}

bool schema_allows(json_t *root, json_t *schema, json_t *value, char *why, size_t size)
{
	struct validation v = { root, why, size };

	return allows(&v, schema, value);
}

static bool is_listed(const char *const *list, const char *word)
{
	for (; *list; list++)
		if (strcmp(*list, word) == 0)
			return true;
	return false;
}

static const char *unknown_in_list(json_t *schemas)
{
	const char *found = NULL;

	for (size_t i = 0; i < json_array_size(schemas) && !found; i++)
		found = schema_unknown_keyword(json_array_get(schemas, i));
	return found;
}

static const char *unknown_in_members(json_t *schemas)
{
	const char *key, *found = NULL;
	json_t *schema;

	json_object_foreach(schemas, key, schema)
	{
		if (!found)
			found = schema_unknown_keyword(schema);
	}
	return found;
}

const char *schema_unknown_keyword(json_t *schema)
{
	static const char *const plain[] = {
		"$ref",     "type",      "enum",          "const",         "minimum",
		"maximum",  "minLength", "maxLength",     "pattern",       "required",
		"minItems", "maxItems",  "minProperties", "maxProperties", "dependentRequired",
		NULL
	};
	static const char *const single[] = {
		"additionalProperties", "propertyNames", "items", "not", "if", "then", NULL
	};
	static const char *const lists[] = { "allOf", "anyOf", "oneOf", NULL };
	static const char *const maps[] = { "properties", "$defs", NULL };
	const char *key, *found = NULL;
	json_t *value;

	json_object_foreach(schema, key, value)
	{
		if (found)
			break;
		if (is_listed(single, key))
			found = schema_unknown_keyword(value);
		else if (is_listed(lists, key))
			found = unknown_in_list(value);
		else if (is_listed(maps, key))
			found = unknown_in_members(value);
		else if (!is_listed(plain, key) && !is_listed(annotations, key))
			found = key;
	}
	return found;
}
