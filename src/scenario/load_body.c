/* SPDX-License-Identifier: MIT */
/* Bodies and query strings: composed once into templates whose literal parts are ready for the
 * wire, so that a request only inserts values. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "scenario/loader.h"
#include "scenario/template_internal.h"

#define JSON_DEPTH_MAX 40
#define BODY_FILE_MAX  ((size_t)16 * 1024 * 1024)
#define TYPE_JSON      "application/json"
#define TYPE_FORM      "application/x-www-form-urlencoded"
#define TYPE_TEXT      "text/plain; charset=utf-8"
#define TYPE_BYTES     "application/octet-stream"

/* Append a value; what is wrong with it is an error at the reader's place. */
static void add_value(struct loader *loader, struct template *tpl, const char *text,
		      enum template_escape escape, bool quote)
{
	size_t first = template_count(tpl);
	struct error err = { 0 };

	if (template_add(tpl, text, escape, escape != TEMPLATE_ESCAPE_NONE, quote,
			 loader->scenario->names, &err) < 0)
		reader_error(&loader->reader, "%s", err.text);
	else
		loader_use(loader, tpl, first, NULL);
}

static void add_escaped(struct template *tpl, enum template_escape escape, const char *text)
{
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	(void)escape_add(&out, escape, text, strlen(text));
	template_add_literal(tpl, buf_str(&out), out.len);
	buf_fini(&out);
}

static void compose(struct loader *loader, struct template *tpl, json_t *value, unsigned depth);

static void compose_object(struct loader *loader, struct template *tpl, json_t *object,
			   unsigned depth)
{
	const char *key;
	json_t *value;
	bool first = true;

	json_object_foreach(object, key, value)
	{
		template_add_literal(tpl, first ? "{\"" : ",\"", 2);
		add_escaped(tpl, TEMPLATE_ESCAPE_JSON, key);
		template_add_literal(tpl, "\":", 2);
		reader_enter(&loader->reader, key);
		compose(loader, tpl, value, depth + 1);
		reader_leave(&loader->reader);
		first = false;
	}
	template_add_literal(tpl, first ? "{}" : "}", first ? 2 : 1);
}

static void compose_list(struct loader *loader, struct template *tpl, json_t *list, unsigned depth)
{
	template_add_literal(tpl, "[", 1);
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (i)
			template_add_literal(tpl, ",", 1);
		reader_enter_index(&loader->reader, i);
		compose(loader, tpl, json_array_get(list, i), depth + 1);
		reader_leave(&loader->reader);
	}
	template_add_literal(tpl, "]", 1);
}

static void compose(struct loader *loader, struct template *tpl, json_t *value, unsigned depth)
{
	char *text;

	if (depth == JSON_DEPTH_MAX) {
		reader_error(&loader->reader, "is nested deeper than %d", JSON_DEPTH_MAX);
	} else if (json_is_object(value)) {
		compose_object(loader, tpl, value, depth);
	} else if (json_is_array(value)) {
		compose_list(loader, tpl, value, depth);
	} else if (json_is_string(value)) {
		add_value(loader, tpl, json_string_value(value), TEMPLATE_ESCAPE_JSON, true);
	} else if (json_is_null(value)) {
		template_add_literal(tpl, "null", 4);
	} else {
		text = loader_scalar(loader, value);
		template_add_literal(tpl, text, strlen(text));
		free(text);
	}
}

/* One "name=value", or one per item of a list. */
static void add_pair(struct loader *loader, struct template *tpl, enum template_escape escape,
		     const char *name, json_t *value, const char **separator)
{
	char *text;

	if (json_is_array(value)) {
		for (size_t i = 0; i < json_array_size(value); i++) {
			json_t *item = json_array_get(value, i);

			reader_enter_index(&loader->reader, i);
			text = loader_scalar(loader, item);
			if (text)
				add_pair(loader, tpl, escape, name, item, separator);
			free(text);
			reader_leave(&loader->reader);
		}
		return;
	}
	text = loader_scalar(loader, value);
	if (!text)
		return;
	template_add_literal(tpl, *separator, strlen(*separator));
	add_escaped(tpl, escape, name);
	template_add_literal(tpl, "=", 1);
	add_value(loader, tpl, text, escape, false);
	*separator = "&";
	free(text);
}

static void add_pairs(struct loader *loader, struct template *tpl, enum template_escape escape,
		      json_t *object, const char *separator)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		reader_enter(&loader->reader, name);
		add_pair(loader, tpl, escape, name, value, &separator);
		reader_leave(&loader->reader);
	}
}

void load_query(struct loader *loader, json_t *query, struct template *path, bool has_query)
{
	reader_enter(&loader->reader, "query");
	add_pairs(loader, path, TEMPLATE_ESCAPE_URL, query, has_query ? "&" : "?");
	reader_leave(&loader->reader);
}

static void body_file(struct loader *loader, const struct body_draft *draft, struct step *step)
{
	reader_enter(&loader->reader, "file");
	if (loader_file(loader, draft->file, BODY_FILE_MAX, &step->file, &step->file_len)) {
		step->body_kind = BODY_FILE;
		step->content_type = mem_strdup(TYPE_BYTES);
	}
	reader_leave(&loader->reader);
}

static void body_template(struct loader *loader, const struct body_draft *draft, struct step *step)
{
	const char *key = draft->json ? "json" : draft->form ? "form" : "body";
	const char *type = draft->json ? TYPE_JSON : draft->form ? TYPE_FORM : TYPE_TEXT;
	struct template *tpl = loader_own(loader, template_new(key));

	reader_enter(&loader->reader, key);
	if (draft->json)
		compose(loader, tpl, draft->json, 0);
	else if (draft->form)
		add_pairs(loader, tpl, TEMPLATE_ESCAPE_FORM, draft->form, "");
	else
		add_value(loader, tpl, draft->body, TEMPLATE_ESCAPE_NONE, false);
	reader_leave(&loader->reader);
	step->body_kind = draft->json ? BODY_JSON : draft->form ? BODY_FORM : BODY_RAW;
	step->body = tpl;
	step->content_type = mem_strdup(type);
}

void load_body(struct loader *loader, const struct body_draft *draft, struct step *step)
{
	int given = (draft->json != NULL) + (draft->form != NULL) + (draft->body != NULL) +
		    (draft->file != NULL);

	if (given > 1)
		reader_error(
			&loader->reader,
			"has more than one body: json, form, body and file exclude each other");
	else if (draft->file)
		body_file(loader, draft, step);
	else if (given == 1)
		body_template(loader, draft, step);
}
