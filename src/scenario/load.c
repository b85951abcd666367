/* SPDX-License-Identifier: MIT */
/* The loader's frame: text to JSON, the top level of the file, the order in which its parts are
 * read (classes before the load, panels before the criteria), and what can only be checked at
 * the end. All errors of a file are found in one pass: no part stops at its first. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "scenario/load_headers.h"
#include "scenario/loader.h"
#include "scenario/scenario_internal.h"

#define FILE_MAX_BYTES     ((size_t)16 * 1024 * 1024)
#define TIMEOUT_NS         (30 * CLOCK_NS_PER_SEC)
#define CONNECT_TIMEOUT_NS (10 * CLOCK_NS_PER_SEC)
#define HEALTH_TIMEOUT_NS  (30 * CLOCK_NS_PER_SEC)
#define HEALTH_EVERY_NS    CLOCK_NS_PER_SEC
#define PANEL_EVERY_NS     (2 * CLOCK_NS_PER_SEC)
#define PANEL_CANARY_NS    5000000000ULL
#define MAX_HEADER_BYTES   ((size_t)64 * 1024)
#define MAX_BODY_BYTES     ((size_t)16 * 1024 * 1024)

struct scenario_draft {
	char *schema, *name, *description, *target;
	json_t *headers, *vars, *http, *health, *load, *users, *data, *setup, *teardown, *criteria,
		*panels;
};

#define TEXT(name, member, type)                                                          \
	{                                                                                 \
		name, type, offsetof(struct scenario_draft, member), 0, 0, 0, NULL, false \
	}
#define PART(name, member, kinds, what)                                                           \
	{                                                                                         \
		name, KEY_JSON, offsetof(struct scenario_draft, member), 0, 0, kinds, what, false \
	}

static const struct key scenario_keys[] = {
	TEXT("$schema", schema, KEY_STRING),
	TEXT("name", name, KEY_STRING),
	TEXT("description", description, KEY_STRING),
	TEXT("target", target, KEY_CONSTANT),
	PART("headers", headers, KIND_OBJECT, "an object: header name to value"),
	PART("vars", vars, KIND_OBJECT, "an object: variable to value"),
	PART("http", http, KIND_OBJECT, "an object such as {\"timeout\": \"10s\"}"),
	PART("health", health, KIND_STRING | KIND_OBJECT, "a path, or an object with \"get\""),
	PART("load", load, KIND_ANY, ""),
	{ "users", KEY_JSON, offsetof(struct scenario_draft, users), 0, 0, KIND_OBJECT,
	  "an object: class name to user class", true },
	PART("data", data, KIND_OBJECT, "an object: name to CSV file"),
	PART("setup", setup, KIND_LIST, "a list of requests, done in order"),
	PART("teardown", teardown, KIND_LIST, "a list of requests, done in order"),
	PART("criteria", criteria, KIND_LIST, "a list of rules such as \"p99 < 500ms\""),
	PART("panels", panels, KIND_OBJECT, "an object with \"docker\" and \"postgres\""),
};
const struct keyset keyset_scenario = KEYSET("scenario", scenario_keys, NULL);

const struct keyset *const *keys_all(void)
{
	static const struct keyset *const all[] = { &keyset_scenario,
						    &keyset_http,
						    &keyset_health,
						    &keyset_load,
						    &keyset_stage,
						    &keyset_class,
						    &keyset_wait,
						    &keyset_task,
						    &keyset_step,
						    &keyset_basic,
						    &keyset_then,
						    &keyset_expect,
						    &keyset_exists,
						    &keyset_size,
						    &keyset_extract,
						    &keyset_data,
						    &keyset_panels,
						    &keyset_docker,
						    &keyset_container,
						    &keyset_limit,
						    &keyset_postgres,
						    &keyset_exec,
						    &keyset_postgres_expect,
						    &keyset_postgres_limit,
						    &keyset_gauge,
						    NULL };

	return all;
}

/* ---- the top level ----------------------------------------------------------------------- */

/* `given`: the file has a "target", right or wrong. */
static void load_target(struct loader *loader, const char *text, bool given)
{
	struct url *target = &loader->scenario->target;
	struct error err = { 0 };

	if (loader->over->target) {
		if (url_parse(target, loader->over->target, &err) < 0)
			errors_add(loader->reader.errs, NULL, 0, NULL, "--host: %s", err.text);
	} else if (!given) {
		reader_error(&loader->reader, "\"target\" is missing: a URL such as "
					      "\"http://localhost:8000\", or --host");
	} else if (text && url_parse(target, text, &err) < 0) {
		reader_error_in(&loader->reader, "target", "%s", err.text);
	}
}

static void load_lifecycle(struct loader *loader, const char *key, json_t *list, int setter_scope,
			   struct step **out, size_t *count)
{
	if (!list)
		return;
	loader_enter_scope(loader, SCOPE_SETUP, setter_scope);
	reader_enter(&loader->reader, key);
	load_steps(loader, list, out, count);
	reader_leave(&loader->reader);
}

static void load_parts(struct loader *loader, const struct scenario_draft *draft)
{
	struct scenario *scenario = loader->scenario;

	if (draft->http)
		load_http(loader, draft->http);
	if (draft->data)
		load_data(loader, draft->data);
	load_vars(loader, draft->vars);
	if (draft->headers)
		loader_inherited_headers(loader, draft->headers, &loader->scenario_headers);
	if (draft->health)
		load_health(loader, draft->health);
	load_lifecycle(loader, "setup", draft->setup, SCOPE_EVERYONE, &scenario->setup,
		       &scenario->setup_count);
	if (draft->users)
		load_users(loader, draft->users);
	load_lifecycle(loader, "teardown", draft->teardown, SCOPE_SETUP, &scenario->teardown,
		       &scenario->teardown_count);
	load_load(loader, draft->load);
	if (draft->panels)
		load_panels(loader, draft->panels);
	if (draft->criteria)
		load_criteria(loader, draft->criteria);
	load_data_finish(loader);
	loader_check_uses(loader);
}

static void finish_headers(struct scenario *scenario)
{
	load_headers_finish(scenario, scenario->setup, scenario->setup_count);
	load_headers_finish(scenario, scenario->teardown, scenario->teardown_count);
	for (size_t i = 0; i < scenario->class_count; i++) {
		struct user_class *class = &scenario->classes[i];

		load_headers_finish(scenario, class->on_start, class->on_start_count);
		load_headers_finish(scenario, class->on_stop, class->on_stop_count);
		for (size_t k = 0; k < class->task_count; k++)
			load_headers_finish(scenario, class->tasks[k].steps,
					    class->tasks[k].step_count);
	}
}

/* A file without a name goes by its own: "scenarios/deployments.json" is "deployments". */
static char *name_of_file(const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *base = slash ? slash + 1 : file, *dot = strrchr(base, '.');

	return mem_strndup(base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
}

static void load_root(struct loader *loader, json_t *root)
{
	struct scenario *scenario = loader->scenario;
	struct scenario_draft draft = { 0 };

	keys_read(loader, root, &keyset_scenario, &draft);
	scenario->name = draft.name ? draft.name : name_of_file(loader->reader.file);
	scenario->description = draft.description ? draft.description : mem_strdup("");
	load_target(loader, draft.target, json_object_get(root, "target") != NULL);
	load_parts(loader, &draft);
	finish_headers(scenario);
	scenario_filter(scenario, loader->over, loader->reader.errs);
	free(draft.schema);
	free(draft.target);
}

/* ---- from text to scenario --------------------------------------------------------------- */

static struct scenario *new_scenario(const char *name, const char *text, size_t len)
{
	struct scenario *scenario = mem_new(sizeof(*scenario));

	scenario->file = mem_strdup(name);
	scenario->source = mem_new(len + 1);
	memcpy(scenario->source, text, len);
	scenario->names = names_new();
	scenario->endpoints = mem_array(SCENARIO_ENDPOINTS_MAX, sizeof(*scenario->endpoints));
	scenario->user_headers = mem_array(SCENARIO_USER_HEADERS_MAX, sizeof(char *));
	scenario->http = (struct http_options){
		.timeout_ns = TIMEOUT_NS,
		.connect_timeout_ns = CONNECT_TIMEOUT_NS,
		.version = 11,
		.follow_redirects = true,
		.cookies = true,
		.max_header_bytes = MAX_HEADER_BYTES,
		.max_body_bytes = MAX_BODY_BYTES,
		.max_connections = 1,
	};
	scenario->health.timeout_ns = HEALTH_TIMEOUT_NS;
	scenario->health.every_ns = HEALTH_EVERY_NS;
	scenario->panels.every_ns = PANEL_EVERY_NS;
	scenario->panels.canary_ns = PANEL_CANARY_NS;
	return scenario;
}

static void loader_fini(struct loader *loader)
{
	for (size_t i = 0; i < loader->place_count; i++)
		free(loader->places[i]);
	free(loader->places);
	free(loader->uses);
	free(loader->setters);
	inherited_headers_fini(&loader->scenario_headers);
	inherited_headers_fini(&loader->class_headers);
	json_decref(loader->endpoint_index);
}

static void syntax_error(struct errors *errs, const char *name, const json_error_t *json_err)
{
	char clean[JSON_ERROR_TEXT_LENGTH + 16];

	text_clean(clean, sizeof(clean), json_err->text, SIZE_MAX, false);
	errors_add(errs, name, json_err->line > 0 ? json_err->line : 0, NULL,
		   "not valid JSON: %s (column %d)", clean,
		   json_err->column > 0 ? json_err->column : 1);
}

static int by_line(const void *a, const void *b)
{
	const struct error *const *x = a, *const *y = b;

	if ((*x)->line != (*y)->line)
		return (*x)->line < (*y)->line ? -1 : 1;
	return *x < *y ? -1 : 1; /* as they were found: the list is one block */
}

/* Hand over what was found in the order of the file. */
static void deliver_errors(const struct errors *found, struct errors *errs)
{
	const struct error *sorted[ERRORS_MAX];
	size_t count = 0;

	while (count < ERRORS_MAX && errors_at(found, count)) {
		sorted[count] = errors_at(found, count);
		count++;
	}
	qsort(sorted, count, sizeof(sorted[0]), by_line);
	for (size_t i = 0; i < count; i++)
		errors_add(errs, *sorted[i]->file ? sorted[i]->file : NULL, sorted[i]->line,
			   sorted[i]->path, "%s", sorted[i]->text);
	for (size_t i = count; i < errors_count(found); i++) /* errs is full now: only counted */
		errors_add(errs, NULL, 0, NULL, "more");
}

int scenario_parse(struct scenario **out, const char *name, const char *dir, const char *text,
		   size_t len, const struct scenario_overrides *over, struct errors *errs)
{
	static const struct scenario_overrides none;
	struct loader loader = {
		.reader = { .file = name, .errs = errors_new() },
		.dir = dir,
		.over = over ? over : &none,
	};
	json_error_t json_err;
	json_t *root;
	int rc = 0;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* byte order mark */
		text += 3;
		len -= 3;
	}
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &json_err);
	if (root) {
		loader.reader.text = text;
		loader.reader.len = len;
		loader.scenario = new_scenario(name, text, len);
		loader.endpoint_index = json_object();
		if (json_is_object(root))
			load_root(&loader, root);
		else
			reader_error(&loader.reader, "a scenario is an object, not a list");
		loader_fini(&loader);
		json_decref(root);
	} else {
		syntax_error(loader.reader.errs, name, &json_err);
	}
	if (errors_count(loader.reader.errs) > 0) {
		deliver_errors(loader.reader.errs, errs);
		scenario_free(loader.scenario);
		rc = -EINVAL;
	} else {
		*out = loader.scenario;
	}
	errors_free(loader.reader.errs);
	return rc;
}

static int read_file(const char *file, char **text, size_t *len)
{
	FILE *in = fopen(file, "re");
	size_t got;
	int rc = 0;

	if (!in) {
		rc = -errno;
		return rc < 0 ? rc : -EIO;
	}
	*text = mem_new(FILE_MAX_BYTES + 1);
	errno = 0;
	got = fread(*text, 1, FILE_MAX_BYTES + 1, in);
	if (ferror(in))
		rc = errno ? -errno : -EIO;
	else if (got > FILE_MAX_BYTES)
		rc = -EFBIG;
	fclose(in);
	if (rc < 0)
		free(*text);
	*len = got;
	return rc;
}

int scenario_load(struct scenario **out, const char *file, const struct scenario_overrides *over,
		  struct errors *errs)
{
	const char *slash = strrchr(file, '/');
	char *text = NULL, *dir;
	size_t len = 0;
	int rc = read_file(file, &text, &len);

	if (rc < 0) {
		errors_add(errs, file, 0, NULL, "cannot be read: %s",
			   rc == -EFBIG ? "larger than 16 MiB" : strerror(-rc));
		return -EINVAL;
	}
	dir = slash ? mem_strndup(file, (size_t)(slash - file) + (slash == file)) : mem_strdup(".");
	rc = scenario_parse(out, file, dir, text, len, over, errs);
	free(dir);
	free(text);
	return rc;
}
