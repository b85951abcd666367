/* SPDX-License-Identifier: MIT */
/* One request: method, path, endpoint row, and the parts that other files read. */
#include "config.h"

#include "scenario/loader.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "scenario/load_headers.h"

#define NAME_MAX_BYTES 500
#define STEPS_MAX      1000

static const struct {
	const char *key, *method;
} methods[STEP_METHODS] = {
	{ "get", "GET" },       { "post", "POST" }, { "put", "PUT" },         { "patch", "PATCH" },
	{ "delete", "DELETE" }, { "head", "HEAD" }, { "options", "OPTIONS" },
};

#define METHOD(name, i)                                                                     \
	{                                                                                   \
		name, KEY_JSON, offsetof(struct step_draft, methods[i]), 0, 0, KIND_STRING, \
			"a path such as \"/api/v1/health/\"", false                         \
	}
#define PART(name, member, kinds, what)                                                       \
	{                                                                                     \
		name, KEY_JSON, offsetof(struct step_draft, member), 0, 0, kinds, what, false \
	}

static const struct key step_keys[] = {
	METHOD("get", 0),
	METHOD("post", 1),
	METHOD("put", 2),
	METHOD("patch", 3),
	METHOD("delete", 4),
	METHOD("head", 5),
	METHOD("options", 6),
	{ "name", KEY_STRING, offsetof(struct step_draft, name), 0, 0, 0, NULL, false },
	PART("json", body.json, KIND_ANY, ""),
	PART("form", body.form, KIND_OBJECT, "an object: field to value"),
	{ "body", KEY_STRING, offsetof(struct step_draft, body.body), 0, 0, 0, NULL, false },
	{ "file", KEY_CONSTANT, offsetof(struct step_draft, body.file), 0, 0, 0, NULL, false },
	PART("headers", headers, KIND_OBJECT, "an object: header name to value"),
	PART("query", query, KIND_OBJECT, "an object: parameter to value"),
	PART("basic", basic, KIND_OBJECT, "an object with \"user\" and \"password\""),
	PART("expect", expect, KIND_OBJECT, "an object such as {\"status\": [200, 404]}"),
	PART("extract", extract, KIND_OBJECT, "an object: variable to source"),
	PART("then", then, KIND_OBJECT, "an object with \"headers\""),
	{ "timeout", KEY_DURATION, offsetof(struct step_draft, timeout_ns), 0.001, 3600, 0, NULL,
	  false },
	{ "redirects", KEY_BOOL, offsetof(struct step_draft, redirects), 0, 0, 0, NULL, false },
};
const struct keyset keyset_step = KEYSET("step", step_keys, NULL);

struct then_draft {
	json_t *headers;
};

static const struct key then_keys[] = {
	{ "headers", KEY_JSON, offsetof(struct then_draft, headers), 0, 0, KIND_OBJECT,
	  "an object: header name to value", true },
};
const struct keyset keyset_then = KEYSET("then", then_keys, NULL);

struct basic_draft {
	char *user, *password;
};

static const struct key basic_keys[] = {
	{ "user", KEY_STRING, offsetof(struct basic_draft, user), 0, 0, 0, NULL, true },
	{ "password", KEY_STRING, offsetof(struct basic_draft, password), 0, 0, 0, NULL, true },
};
const struct keyset keyset_basic = KEYSET("basic", basic_keys, NULL);

void step_draft_init(const struct loader *loader, struct step_draft *draft)
{
	*draft = (struct step_draft){
		.timeout_ns = loader->scenario->http.timeout_ns,
		.redirects = loader->scenario->http.follow_redirects,
	};
}

void step_draft_fini(struct step_draft *draft)
{
	free(draft->name);
	free(draft->body.body);
	free(draft->body.file);
}

void step_draft_read(struct loader *loader, json_t *object, const struct keyset *set, void *draft)
{
	struct step_draft *step = draft;

	keys_read(loader, object, set, draft);
	for (size_t i = 0; i < STEP_METHODS; i++)
		step->has_method |= json_object_get(object, methods[i].key) != NULL;
}

bool step_draft_any(const struct step_draft *draft, const char **key)
{
	const struct {
		const void *member;
		const char *key;
	} parts[] = {
		{ draft->name, "name" },      { draft->headers, "headers" },
		{ draft->query, "query" },    { draft->basic, "basic" },
		{ draft->expect, "expect" },  { draft->extract, "extract" },
		{ draft->then, "then" },      { draft->body.json, "json" },
		{ draft->body.form, "form" }, { draft->body.body, "body" },
		{ draft->body.file, "file" },
	};

	for (size_t i = 0; i < STEP_METHODS; i++) {
		*key = methods[i].key;
		if (draft->methods[i])
			return true;
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		*key = parts[i].key;
		if (parts[i].member)
			return true;
	}
	return false;
}

/* ---- endpoints --------------------------------------------------------------------------- */

/* Index of the row for this method and name, new or old. Takes name. */
static unsigned endpoint_intern(struct loader *loader, const char *method, char *name)
{
	struct scenario *scenario = loader->scenario;
	char *key = mem_printf("%s %s", method, name);
	json_t *known = json_object_get(loader->endpoint_index, key);
	unsigned index = 0;

	if (known) {
		index = (unsigned)json_integer_value(known);
		free(name);
	} else if (scenario->endpoint_count == SCENARIO_ENDPOINTS_MAX) {
		reader_error(&loader->reader,
			     "more than %d different rows: give requests a common \"name\"",
			     SCENARIO_ENDPOINTS_MAX);
		free(name);
	} else {
		index = (unsigned)scenario->endpoint_count++;
		scenario->endpoints[index] = (struct endpoint){ mem_strdup(method), name };
		(void)json_object_set_new(loader->endpoint_index, key, json_integer(index));
	}
	free(key);
	return index;
}

/* A name that was given: shown as it is, so it must be showable and without insertions. */
static bool name_is_valid(struct loader *loader, const char *name)
{
	char clean[NAME_MAX_BYTES + 8];
	bool ok = false;

	reader_enter(&loader->reader, "name");
	text_clean(clean, sizeof(clean), name, SIZE_MAX, false);
	if (strstr(name, "{{"))
		reader_error(&loader->reader,
			     "a name groups requests into one row: it cannot hold {{…}} "
			     "(write {id} for a part that changes)");
	else if (strlen(name) > NAME_MAX_BYTES)
		reader_error(&loader->reader, "is longer than %d bytes", NAME_MAX_BYTES);
	else if (strcmp(clean, name) != 0)
		reader_error(&loader->reader, "holds control characters");
	else
		ok = true;
	reader_leave(&loader->reader);
	return ok;
}

/* "/api/v1/deployments/{uuid}/": the path, insertions by their label, no query. */
static char *default_name(const struct template *path)
{
	struct buf out;
	char *name;

	buf_init(&out, NAME_MAX_BYTES);
	template_outline(path, &out);
	name = mem_strndup(buf_str(&out), strcspn(buf_str(&out), "?"));
	buf_fini(&out);
	return name;
}

/* ---- paths ------------------------------------------------------------------------------- */

/* An absolute URL's scheme and authority must be known now. */
static bool absolute_is_valid(struct loader *loader, const char *outline)
{
	const char *authority = strstr(outline, "://") + 3;
	char *origin =
		mem_strndup(outline, (size_t)(authority - outline) + strcspn(authority, "/?"));
	struct error err = { 0 };
	struct url url = { 0 };
	bool known = !strchr(origin, '{'), ok = known && url_parse(&url, origin, &err) == 0;

	if (!known)
		reader_error(&loader->reader,
			     "scheme and host must be known when the file is loaded");
	else if (!ok)
		reader_error(&loader->reader, "%s", err.text);
	else if (authority[strcspn(authority, "/?")] != '/')
		reader_error(&loader->reader, "a URL needs a path: \"%s/\"", origin);
	ok = ok && authority[strcspn(authority, "/?")] == '/';
	url_fini(&url);
	free(origin);
	return ok;
}

static bool path_is_valid(struct loader *loader, const char *source, const char *outline,
			  bool *absolute)
{
	*absolute = strncmp(outline, "http://", 7) == 0 || strncmp(outline, "https://", 8) == 0;
	if (*absolute)
		return absolute_is_valid(loader, outline);
	if (strchr(outline, '#')) {
		reader_error(&loader->reader, "\"#\" and what follows it are never sent");
		return false;
	}
	if (*outline == '/' || (*outline == '{' && strncmp(source, "{{", 2) == 0))
		return true;
	reader_error(&loader->reader, "must begin with \"/\", \"http://\" or \"https://\"");
	return false;
}

/* Path and query as one template; NULL after adding an error. */
static struct template *compile_path(struct loader *loader, const char *key, json_t *value,
				     json_t *query, struct step *step)
{
	const char *source = json_string_value(value);
	struct template *tpl = template_new(source);
	struct error err = { 0 };
	struct buf outline;
	bool ok = false;

	buf_init(&outline, SIZE_MAX / 2);
	reader_enter(&loader->reader, key);
	if (template_add(tpl, source, TEMPLATE_ESCAPE_URL, false, false, loader->scenario->names,
			 &err) < 0) {
		reader_error(&loader->reader, "%s", err.text);
	} else {
		loader_use(loader, tpl, 0, NULL);
		template_outline(tpl, &outline);
		ok = path_is_valid(loader, source, buf_str(&outline), &step->absolute);
	}
	reader_leave(&loader->reader);
	if (query)
		load_query(loader, query, tpl, strchr(buf_str(&outline), '?') != NULL);
	buf_fini(&outline);
	loader_own(loader, tpl);
	return ok ? tpl : NULL;
}

/* ---- the step ---------------------------------------------------------------------------- */

/* Index into methods of the one that is given; -1 after adding an error. */
static int the_method(struct loader *loader, const struct step_draft *draft)
{
	int found = -1;

	for (int i = 0; i < STEP_METHODS; i++) {
		if (!draft->methods[i])
			continue;
		if (found >= 0) {
			reader_error(&loader->reader,
				     "has both \"%s\" and \"%s\": a step is one "
				     "request",
				     methods[found].key, methods[i].key);
			return -1;
		}
		found = i;
	}
	if (found < 0 && !draft->has_method)
		reader_error(&loader->reader,
			     "names no request: it needs one of get, post, put, patch, delete, "
			     "head and options with a path");
	return found;
}

static struct template *load_basic(struct loader *loader, json_t *object)
{
	struct basic_draft draft = { 0 };
	struct template *tpl = NULL;
	struct error err = { 0 };

	if (!object)
		return NULL;
	reader_enter(&loader->reader, "basic");
	keys_read(loader, object, &keyset_basic, &draft);
	if (draft.user && draft.password) {
		tpl = loader_own(loader, template_new("Basic ..."));
		template_add_literal(tpl, "Basic ", 6);
		if (strchr(draft.user, ':') && !strstr(draft.user, "{{"))
			reader_error_in(&loader->reader, "user", "cannot hold \":\"");
		else if (template_add_basic(tpl, draft.user, draft.password,
					    loader->scenario->names, &err) < 0)
			reader_error(&loader->reader, "%s", err.text);
		else
			loader_use(loader, tpl, 0, NULL);
	}
	reader_leave(&loader->reader);
	free(draft.user);
	free(draft.password);
	return tpl;
}

static void load_then(struct loader *loader, json_t *object, struct step *step)
{
	struct then_draft draft = { 0 };

	reader_enter(&loader->reader, "then");
	keys_read(loader, object, &keyset_then, &draft);
	if (draft.headers)
		load_then_headers(loader, draft.headers, step);
	reader_leave(&loader->reader);
}

static void name_endpoint(struct loader *loader, const struct step_draft *draft, struct step *step)
{
	char *name = NULL;

	if (!draft->name && step->path)
		name = default_name(step->path);
	else if (draft->name && name_is_valid(loader, draft->name))
		name = mem_strdup(draft->name);
	if (name)
		step->endpoint = endpoint_intern(loader, step->method, name);
}

void load_step(struct loader *loader, const struct step_draft *draft, struct step *step)
{
	int method = the_method(loader, draft);
	struct template *authorization;

	step->timeout_ns = draft->timeout_ns;
	step->follow_redirects = draft->redirects;
	if (method >= 0) {
		step->method = mem_strdup(methods[method].method);
		step->path = compile_path(loader, methods[method].key, draft->methods[method],
					  draft->query, step);
		name_endpoint(loader, draft, step);
	}
	authorization = load_basic(loader, draft->basic);
	load_headers(loader, draft->headers, authorization, step);
	load_body(loader, &draft->body, step);
	if (step->content_type && load_headers_has(step, "Content-Type")) {
		free(step->content_type);
		step->content_type = NULL;
	}
	load_expect(loader, draft->expect, step);
	load_extracts(loader, draft->extract, step);
	if (draft->then)
		load_then(loader, draft->then, step);
}

void load_steps(struct loader *loader, json_t *list, struct step **out, size_t *count)
{
	char actual[120];

	if (json_array_size(list) > STEPS_MAX) {
		reader_error(&loader->reader, "has more than %d steps", STEPS_MAX);
		return;
	}
	*out = mem_array(json_array_size(list) + 1, sizeof(**out));
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i);
		struct step_draft draft;

		reader_enter_index(&loader->reader, i);
		step_draft_init(loader, &draft);
		if (json_is_object(item)) {
			step_draft_read(loader, item, &keyset_step, &draft);
			load_step(loader, &draft, &(*out)[(*count)++]);
		} else {
			reader_error(&loader->reader, "must be an object: one request, not %s",
				     reader_describe(item, actual, sizeof(actual)));
		}
		step_draft_fini(&draft);
		reader_leave(&loader->reader);
	}
}
