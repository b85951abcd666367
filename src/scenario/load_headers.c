/* SPDX-License-Identifier: MIT */
/* "headers" of the scenario, a class and a step, and "then": which header wins is settled here,
 * so that an engine tests one bit. A step's list holds its own headers, then the inherited ones
 * that it does not set itself. */
#include "config.h"

#include "scenario/load_headers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* user_slot until load_headers_finish: the step's own header. */
#define OWN (-2)

static struct template *header_template(struct loader *loader, json_t *value)
{
	char *text = loader_scalar(loader, value);
	struct template *tpl = NULL;

	if (!text)
		return NULL;
	for (const char *p = text; *p; p++) {
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f) {
			reader_error(&loader->reader, "a header cannot hold control characters");
			free(text);
			return NULL;
		}
	}
	tpl = loader_template(loader, text, TEMPLATE_ESCAPE_HEADER);
	free(text);
	return tpl;
}

void loader_inherited_headers(struct loader *loader, json_t *object, struct inherited_headers *out)
{
	const char *name;
	json_t *value;

	out->items = mem_array(json_object_size(object) + 1, sizeof(*out->items));
	reader_enter(&loader->reader, "headers");
	json_object_foreach(object, name, value)
	{
		struct inherited_header *header = &out->items[out->count];
		size_t uses = loader->use_count;

		reader_enter(&loader->reader, name);
		if (loader_header_name(loader, name))
			header->value = header_template(loader, value);
		loader->use_count = uses; /* they count where a step inherits it */
		if (header->value) {
			header->name = mem_strdup(name);
			header->place = loader_place(loader);
			out->count++;
		}
		reader_leave(&loader->reader);
	}
	reader_leave(&loader->reader);
}

static struct header *find(struct step *step, const char *name)
{
	for (size_t i = 0; i < step->header_count; i++)
		if (strcasecmp(step->headers[i].name, name) == 0)
			return &step->headers[i];
	return NULL;
}

bool load_headers_has(const struct step *step, const char *name)
{
	for (size_t i = 0; i < step->header_count; i++)
		if (strcasecmp(step->headers[i].name, name) == 0 && step->headers[i].value)
			return true;
	return false;
}

static void push(struct step *step, const char *name, struct template *value, int user_slot)
{
	step->headers[step->header_count++] = (struct header){ mem_strdup(name), value, user_slot };
}

/* null takes an inherited header away. */
static void own_headers(struct loader *loader, json_t *object, struct step *step)
{
	const char *name;
	json_t *value;

	reader_enter(&loader->reader, "headers");
	json_object_foreach(object, name, value)
	{
		struct template *tpl = NULL;

		reader_enter(&loader->reader, name);
		if (find(step, name))
			reader_error(&loader->reader, "is there twice (case does not matter)");
		else if (loader_header_name(loader, name) &&
			 (json_is_null(value) || (tpl = header_template(loader, value))))
			push(step, name, tpl, OWN);
		reader_leave(&loader->reader);
	}
	reader_leave(&loader->reader);
}

static void inherit(struct loader *loader, const struct inherited_headers *from, struct step *step)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct inherited_header *header = &from->items[i];

		if (find(step, header->name))
			continue;
		loader_use(loader, header->value, 0, header->place);
		push(step, header->name, header->value, -1);
	}
}

void load_headers(struct loader *loader, json_t *own, struct template *authorization,
		  struct step *step)
{
	size_t max = json_object_size(own) + 1 + loader->class_headers.count +
		     loader->scenario_headers.count;

	step->headers = mem_array(max, sizeof(*step->headers));
	if (own)
		own_headers(loader, own, step);
	if (authorization && find(step, "Authorization"))
		reader_error_in(&loader->reader, "basic",
				"the step's headers hold \"Authorization\" already");
	else if (authorization)
		push(step, "Authorization", authorization, OWN);
	inherit(loader, &loader->class_headers, step);
	inherit(loader, &loader->scenario_headers, step);
}

/* The slot of a per-user header, new or old; -1 after adding an error. */
static int user_slot(struct loader *loader, const char *name)
{
	struct scenario *scenario = loader->scenario;

	for (size_t i = 0; i < scenario->user_header_count; i++)
		if (strcasecmp(scenario->user_headers[i], name) == 0)
			return (int)i;
	if (scenario->user_header_count == SCENARIO_USER_HEADERS_MAX) {
		reader_error(&loader->reader, "more than %d different headers are set by \"then\"",
			     SCENARIO_USER_HEADERS_MAX);
		return -1;
	}
	scenario->user_headers[scenario->user_header_count] = mem_strdup(name);
	return (int)scenario->user_header_count++;
}

void load_then_headers(struct loader *loader, json_t *object, struct step *step)
{
	const char *name;
	json_t *value;

	step->then_headers = mem_array(json_object_size(object) + 1, sizeof(*step->then_headers));
	reader_enter(&loader->reader, "headers");
	json_object_foreach(object, name, value)
	{
		struct template *tpl = NULL;
		int slot = -1;

		reader_enter(&loader->reader, name);
		if (loader_header_name(loader, name))
			tpl = header_template(loader, value);
		if (tpl)
			slot = user_slot(loader, name);
		if (slot >= 0)
			step->then_headers[step->then_header_count++] =
				(struct header){ mem_strdup(name), tpl, slot };
		reader_leave(&loader->reader);
	}
	reader_leave(&loader->reader);
}

static int find_slot(const struct scenario *scenario, const char *name)
{
	for (size_t i = 0; i < scenario->user_header_count; i++)
		if (strcasecmp(scenario->user_headers[i], name) == 0)
			return (int)i;
	return -1;
}

void load_headers_finish(const struct scenario *scenario, struct step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct step *step = &steps[i];
		size_t kept = 0;

		for (size_t k = 0; k < step->header_count; k++) {
			struct header *header = &step->headers[k];
			int slot = find_slot(scenario, header->name);

			if (header->user_slot == OWN && slot >= 0)
				step->own_user_headers |= UINT64_C(1) << slot;
			header->user_slot = header->user_slot == OWN ? -1 : slot;
			if (header->value)
				step->headers[kept++] = *header;
			else
				free(header->name);
		}
		step->header_count = kept;
	}
}
