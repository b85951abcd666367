/* SPDX-License-Identifier: MIT */
/* scenario.schema.json and the loader are held equal twice: the loader's tables of keys are walked
 * against the schema, and every case folder is judged by both. */
#include "config.h"

#include "unit.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "scenario/keys.h"
#include "schema.h"

static json_t *load_schema(void)
{
	json_error_t err;
	json_t *root = json_load_file(TOP_SRCDIR "/scenarios/scenario.schema.json",
				      JSON_REJECT_DUPLICATES, &err);

	if (!root)
		fail_msg("scenario.schema.json:%d: %s", err.line, err.text);
	return root;
}

/* ---- the tables -------------------------------------------------------------------------- */

/* The schema of a set's objects. */
static json_t *definition(json_t *root, const char *name)
{
	return strcmp(name, "scenario") == 0
		       ? root
		       : json_object_get(json_object_get(root, "$defs"), name);
}

static unsigned kind_of_type(const char *type)
{
	static const struct {
		const char *type;
		unsigned kind;
	} kinds[] = { { "object", KIND_OBJECT },  { "array", KIND_LIST },
		      { "string", KIND_STRING },  { "number", KIND_NUMBER },
		      { "integer", KIND_NUMBER }, { "boolean", KIND_BOOL },
		      { "null", KIND_NULL } };

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].type, type) == 0)
			return kinds[i].kind;
	return 0;
}

static unsigned kind_of_value(json_t *value)
{
	return json_is_string(value)    ? KIND_STRING
	       : json_is_number(value)  ? KIND_NUMBER
	       : json_is_boolean(value) ? KIND_BOOL
					: KIND_NULL;
}

/* The kinds of JSON that a schema allows. */
static unsigned kinds_of(json_t *root, json_t *schema)
{
	json_t *type, *list;
	unsigned kinds = 0;

	schema = schema_resolve(root, schema);
	type = json_object_get(schema, "type");
	if (json_is_string(type))
		return kind_of_type(json_string_value(type));
	for (size_t i = 0; i < json_array_size(type); i++)
		kinds |= kind_of_type(json_string_value(json_array_get(type, i)));
	list = json_object_get(schema, "anyOf");
	for (size_t i = 0; i < json_array_size(list); i++)
		kinds |= kinds_of(root, json_array_get(list, i));
	list = json_object_get(schema, "enum");
	for (size_t i = 0; i < json_array_size(list); i++)
		kinds |= kind_of_value(json_array_get(list, i));
	if (json_object_get(schema, "const"))
		kinds |= kind_of_value(json_object_get(schema, "const"));
	return kinds ? kinds : KIND_ANY;
}

static void wrong(const struct keyset *set, const struct key *key, const char *what)
{
	fail_msg("%s.%s: %s", set->name, key->name, what);
}

static void check_range(json_t *schema, const struct keyset *set, const struct key *key)
{
	json_t *min = json_object_get(schema, "minimum"), *max = json_object_get(schema, "maximum");

	if (!min || !max || fabs(json_number_value(min) - key->min) > 1e-12 ||
	    fabs(json_number_value(max) - key->max) > 1e-3)
		wrong(set, key, "minimum and maximum differ");
}

static void check_ref(json_t *schema, const char *ref, const struct keyset *set,
		      const struct key *key)
{
	const char *is = json_string_value(json_object_get(schema, "$ref"));

	if (!is || strcmp(is, ref) != 0)
		wrong(set, key, ref);
}

static void check_key(json_t *root, json_t *schema, const struct keyset *set, const struct key *key)
{
	json_t *description = json_object_get(schema, "description");
	const char *type;

	if (!json_string_length(description))
		wrong(set, key, "has no description");
	type = json_string_value(json_object_get(schema, "type"));
	switch (key->type) {
	case KEY_STRING:
	case KEY_CONSTANT:
		if (kinds_of(root, schema) != KIND_STRING)
			wrong(set, key, "is a text");
		break;
	case KEY_BOOL:
		if (!type || strcmp(type, "boolean") != 0)
			wrong(set, key, "is a boolean");
		break;
	case KEY_UINT:
		if (!type || strcmp(type, "integer") != 0)
			wrong(set, key, "is an integer");
		check_range(schema, set, key);
		break;
	case KEY_NUMBER:
		if (!type || strcmp(type, "number") != 0)
			wrong(set, key, "is a number");
		check_range(schema, set, key);
		break;
	case KEY_DURATION:
		check_ref(schema, "#/$defs/duration", set, key);
		break;
	case KEY_BYTES:
		check_ref(schema, "#/$defs/bytes", set, key);
		break;
	case KEY_JSON:
		/* "load" says itself what it takes, for a better text. */
		if (kinds_of(root, schema) != key->kinds &&
		    !(key->kinds == KIND_ANY && strcmp(key->name, "load") == 0))
			wrong(set, key, "takes other kinds of JSON");
		break;
	}
}

static bool is_required(json_t *schema, const char *name)
{
	json_t *required = json_object_get(schema, "required");

	for (size_t i = 0; i < json_array_size(required); i++)
		if (strcmp(json_string_value(json_array_get(required, i)), name) == 0)
			return true;
	return false;
}

/* The keys of `part`, which is the set itself or its base. */
static size_t check_keys(json_t *root, json_t *schema, const struct keyset *set,
			 const struct keyset *part)
{
	json_t *properties = json_object_get(schema, "properties");

	for (size_t i = 0; i < part->count; i++) {
		const struct key *key = &part->keys[i];
		json_t *property = json_object_get(properties, key->name);

		if (!property)
			wrong(set, key, "is not in the schema");
		if (part != set) {
			char ref[100];

			snprintf(ref, sizeof(ref), "#/$defs/%s/properties/%s", part->name,
				 key->name);
			check_ref(property, ref, set, key);
		} else {
			check_key(root, property, set, key);
		}
		if (is_required(schema, key->name) != key->required)
			wrong(set, key, "is required in one of both only");
	}
	return part->count;
}

static void every_key_of_the_loader_is_in_the_schema_and_none_more(void **state)
{
	json_t *root = load_schema();

	(void)state;
	for (const struct keyset *const *set = keys_all(); *set; set++) {
		json_t *schema = definition(root, (*set)->name);
		size_t keys = 0;

		if (!schema)
			fail_msg("no definition of \"%s\"", (*set)->name);
		for (const struct keyset *part = *set; part; part = part->base)
			keys += check_keys(root, schema, *set, part);
		if (json_object_size(json_object_get(schema, "properties")) != keys)
			fail_msg("\"%s\" has other keys in the schema", (*set)->name);
		if (!json_is_false(json_object_get(schema, "additionalProperties")))
			fail_msg("\"%s\" allows unknown keys in the schema", (*set)->name);
	}
	json_decref(root);
}

static bool is_a_set(const char *name)
{
	for (const struct keyset *const *set = keys_all(); *set; set++)
		if (strcmp((*set)->name, name) == 0)
			return true;
	return false;
}

static void every_object_of_the_schema_is_one_of_the_loaders_sets(void **state)
{
	json_t *root = load_schema();
	const char *name;
	json_t *schema;

	(void)state;
	json_object_foreach(json_object_get(root, "$defs"), name, schema)
	{
		if (json_object_get(schema, "properties") && !is_a_set(name))
			fail_msg("the loader knows no \"%s\"", name);
	}
	json_decref(root);
}

static void the_schema_uses_only_what_is_checked_here(void **state)
{
	json_t *root = load_schema();
	const char *keyword = schema_unknown_keyword(root);

	(void)state;
	if (keyword)
		fail_msg("the tests do not know \"%s\"", keyword);
	json_decref(root);
}

/* ---- the cases --------------------------------------------------------------------------- */

static void check_file(json_t *root, const char *path, bool wanted)
{
	char why[300] = "";
	FILE *in = fopen(path, "re");
	char *text = mem_new(1 << 20), *begin = text;
	json_t *value;
	size_t len;

	if (!in)
		fail_msg("%s cannot be read", path);
	len = fread(text, 1, 1 << 20, in);
	fclose(in);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		begin += 3;
	value = json_loadb(begin, len - (size_t)(begin - text), 0, NULL);
	/* What is no JSON (or no object) is no matter of the schema. */
	if (value && schema_allows(root, root, value, why, sizeof(why)) != wanted)
		fail_msg("%s: the schema %s", path, wanted ? why : "accepts it");
	json_decref(value);
	free(text);
}

/* A folder of wrong input that the schema cannot tell holds a file "beyond-schema". */
static size_t check_folders(json_t *root, const char *kind, bool valid)
{
	char *folder = mem_printf("%s/scenarios/%s", TEST_SRCDIR, kind);
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	size_t count = 0;

	if (!dir)
		fail_msg("%s cannot be read", folder);
	while ((entry = readdir(dir))) {
		char *file, *beyond;

		if (entry->d_name[0] == '.')
			continue;
		file = mem_printf("%s/%s/scenario.json", folder, entry->d_name);
		beyond = mem_printf("%s/%s/beyond-schema", folder, entry->d_name);
		check_file(root, file, valid || access(beyond, F_OK) == 0);
		free(beyond);
		free(file);
		count++;
	}
	closedir(dir);
	free(folder);
	return count;
}

static void schema_and_loader_agree_on_every_case(void **state)
{
	json_t *root = load_schema();

	(void)state;
	assert_true(check_folders(root, "valid", true) > 0);
	assert_true(check_folders(root, "invalid", false) > 0);
	json_decref(root);
}

static void the_schema_accepts_the_scenarios_that_come_along(void **state)
{
	static const char *const files[] = { "all-classes", "burst", "cab-approvals", "connectors",
					     "deployments" };
	json_t *root = load_schema();

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		char *path = mem_printf("%s/scenarios/%s.json", TOP_SRCDIR, files[i]);

		check_file(root, path, true);
		free(path);
	}
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_of_the_loader_is_in_the_schema_and_none_more),
		cmocka_unit_test(every_object_of_the_schema_is_one_of_the_loaders_sets),
		cmocka_unit_test(the_schema_uses_only_what_is_checked_here),
		cmocka_unit_test(schema_and_loader_agree_on_every_case),
		cmocka_unit_test(the_schema_accepts_the_scenarios_that_come_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
