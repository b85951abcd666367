/* SPDX-License-Identifier: MIT */
/* The settings file. One table of keys serves reading and writing; what cannot be read is named and left at its default, so
 * that a file of a newer version does not stop an older program. */
#include "config.h"

#include "cli/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/outfile.h"
#include "message/settings.h"

enum setting_type { SETTING_TEXT, SETTING_FLAG, SETTING_NUMBER };

#define AT(member) offsetof(struct console_settings, member)

static const struct {
	const char *key;
	enum setting_type type;
	size_t offset;
} keys[] = {
	{ "theme", SETTING_TEXT, AT(theme) },
	{ "sort", SETTING_TEXT, AT(sort) },
	{ "sort_reverse", SETTING_FLAG, AT(sort_reverse) },
	{ "whole_run_latencies", SETTING_FLAG, AT(whole) },
	{ "chart_seconds", SETTING_NUMBER, AT(span_s) },
	{ "chart_whole_run", SETTING_FLAG, AT(whole_span) },
};

#define KEYS      (sizeof(keys) / sizeof(keys[0]))
#define TEXT_SIZE sizeof(((struct console_settings *)0)->theme)

char *settings_path(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	if (xdg != NULL && xdg[0] == '/') /* the specification: a relative one is to be ignored */
		return mem_printf("%s/throng/config.json", xdg);
	if (home != NULL && home[0] != '\0')
		return mem_printf("%s/.config/throng/config.json", home);
	return NULL;
}

static int read_value(const json_t *value, enum setting_type type, void *at)
{
	const char *text = json_string_value(value);

	switch (type) {
	case SETTING_TEXT:
		if (text == NULL || strlen(text) >= TEXT_SIZE)
			return -EINVAL;
		snprintf(at, TEXT_SIZE, "%s", text);
		return 0;
	case SETTING_FLAG:
		if (!json_is_boolean(value))
			return -EINVAL;
		*(bool *)at = json_is_true(value);
		return 0;
	case SETTING_NUMBER:
		if (!json_is_integer(value) || json_integer_value(value) < 0 ||
		    json_integer_value(value) > 1000000)
			return -EINVAL;
		*(unsigned *)at = (unsigned)json_integer_value(value);
		return 0;
	}
	return -EINVAL;
}

static int read_hidden(json_t *list, struct console_settings *out)
{
	json_t *item;
	size_t i, n = 0;

	if (!json_is_array(list))
		return -EINVAL;
	json_array_foreach(list, i, item)
	{
		const char *name = json_string_value(item);

		if (name == NULL || strlen(name) >= sizeof(out->hidden[0]) ||
		    n == CONSOLE_PANES_MAX)
			return -EINVAL;
		snprintf(out->hidden[n++], sizeof(out->hidden[0]), "%s", name);
	}
	return 0;
}

static int read_key(const char *key, json_t *value, struct console_settings *out)
{
	size_t i;

	if (strcmp(key, "hidden_panes") == 0)
		return read_hidden(value, out);
	for (i = 0; i < KEYS; i++)
		if (strcmp(key, keys[i].key) == 0)
			return read_value(value, keys[i].type, (char *)out + keys[i].offset);
	return -ENOENT;
}

int settings_load(const char *path, struct console_settings *out, struct error *err)
{
	json_error_t at;
	json_t *root, *value;
	const char *key;
	int rc = 0;

	memset(out, 0, sizeof(*out));
	if (access(path, F_OK) != 0)
		return 0;
	root = json_load_file(path, JSON_REJECT_DUPLICATES, &at);
	if (!json_is_object(root)) {
		error_set(err, "%s:%d: %s; the default settings are taken", path,
			  root != NULL ? 1 : at.line, root != NULL ? "not a JSON object" : at.text);
		json_decref(root);
		return -EINVAL;
	}
	json_object_foreach(root, key, value)
	{
		int got = read_key(key, value, out);

		if (got != 0) {
			error_set(err, "%s: %s: %s; its default is taken", path, key,
				  got == -ENOENT ? "unknown key" : "not a value for this key");
			rc = -EINVAL;
		}
	}
	json_decref(root);
	return rc;
}

static json_t *write_value(enum setting_type type, const void *at)
{
	switch (type) {
	case SETTING_TEXT:
		return *(const char *)at != '\0' ? json_string(at) : NULL;
	case SETTING_FLAG:
		return json_boolean(*(const bool *)at);
	case SETTING_NUMBER:
		return *(const unsigned *)at != 0 ? json_integer(*(const unsigned *)at) : NULL;
	}
	return NULL;
}

int settings_save(const char *path, const struct console_settings *settings)
{
	json_t *root = json_object(), *hidden = json_array();
	char *text;
	size_t i;
	int rc;

	for (i = 0; i < KEYS; i++) {
		json_t *value = write_value(keys[i].type, (const char *)settings + keys[i].offset);

		if (value != NULL)
			json_object_set_new(root, keys[i].key, value);
	}
	for (i = 0; i < CONSOLE_PANES_MAX && settings->hidden[i][0] != '\0'; i++)
		json_array_append_new(hidden, json_string(settings->hidden[i]));
	json_object_set_new(root, "hidden_panes", hidden);
	text = json_dumps(root, JSON_INDENT(2));
	rc = text != NULL ? outfile_replace(path, text, strlen(text)) : -ENOMEM;
	free(text);
	json_decref(root);
	return rc;
}
