/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "scenario/secrets.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "base/mem.h"
#include "scenario/names.h"
#include "scenario/scenario.h"
#include "scenario/template.h"

struct found { /* by slot */
	bool *slots;
	size_t count;
};

static void add_slot(unsigned slot, void *arg)
{
	struct found *found = arg;

	if (slot < found->count)
		found->slots[slot] = true;
}

static void look_at_headers(struct found *found, const struct header *headers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (mask_is_secret_name(NULL, headers[i].name, strlen(headers[i].name)))
			template_each_slot(headers[i].value, 0, add_slot, found);
}

static void look_at_steps(struct found *found, const struct step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		look_at_headers(found, steps[i].headers, steps[i].header_count);
		look_at_headers(found, steps[i].then_headers, steps[i].then_header_count);
	}
}

static void look_at_class(struct found *found, const struct user_class *class)
{
	look_at_steps(found, class->on_start, class->on_start_count);
	look_at_steps(found, class->on_stop, class->on_stop_count);
	for (size_t i = 0; i < class->task_count; i++)
		look_at_steps(found, class->tasks[i].steps, class->tasks[i].step_count);
}

/* "a.b[0].key" -> "key"; NULL when it ends in no name. */
static char *last_key(const char *path)
{
	const char *dot = strrchr(path, '.');
	const char *key = dot != NULL ? dot + 1 : path;
	size_t len = strcspn(key, "[");

	return len > 0 ? mem_strndup(key, len) : NULL;
}

void secrets_init(struct secrets *secrets, const struct scenario *scenario)
{
	struct found found = { .count =
				       scenario->names != NULL ? names_count(scenario->names) : 0 };

	*secrets = (struct secrets){ 0 };
	found.slots = mem_array(found.count + 1, sizeof(*found.slots));
	for (size_t i = 0; i < found.count; i++) {
		const char *name = names_at(scenario->names, (unsigned)i);

		found.slots[i] = mask_is_secret_name(NULL, name, strlen(name));
	}
	look_at_steps(&found, scenario->setup, scenario->setup_count);
	look_at_steps(&found, scenario->teardown, scenario->teardown_count);
	for (size_t i = 0; i < scenario->class_count; i++)
		look_at_class(&found, &scenario->classes[i]);

	secrets->slots = mem_array(found.count + 1, sizeof(*secrets->slots));
	for (size_t i = 0; i < found.count && i < UINT16_MAX; i++)
		if (found.slots[i])
			secrets->slots[secrets->slot_count++] = (uint16_t)i;
	secrets->fields = mem_array(scenario->extract_count + 1, sizeof(*secrets->fields));
	for (size_t i = 0; i < scenario->extract_count; i++) {
		const struct extract *extract = &scenario->extracts[i];
		char *key = NULL;

		if (extract->source == EXTRACT_JSON && extract->slot < found.count &&
		    found.slots[extract->slot])
			key = last_key(extract->text);
		if (key != NULL)
			secrets->fields[secrets->field_count++] = key;
	}
	free(found.slots);
}

void secrets_fini(struct secrets *secrets)
{
	for (size_t i = 0; i < secrets->field_count; i++)
		free(secrets->fields[i]);
	free(secrets->fields);
	free(secrets->slots);
	*secrets = (struct secrets){ 0 };
}
