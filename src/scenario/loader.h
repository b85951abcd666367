/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_LOADER_H
#define THRONG_SCENARIO_LOADER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "scenario/keys.h"
#include "scenario/reader.h"
#include "scenario/scenario.h"
#include "scenario/template.h"

/* Between the parts of the loader (load_*.c): what is being built, where in the file, and what
 * can only be checked at the end. Main thread. */

/* Who sees a variable: everybody (the scenario's "vars", what the setup extracts), setup and
 * teardown only, all users (data), or the users of one class (its index). */
#define SCOPE_EVERYONE (-1)
#define SCOPE_SETUP    (-2)
#define SCOPE_USERS    (-3)

struct variable_use {
	int scope;
	unsigned slot;
	struct place *place; /* owned by the list of places */
	bool refused;        /* an error was added */
};

struct variable_setter {
	int scope;
	unsigned slot;
};

/* Headers that steps inherit: the scenario's, then the class's. */
struct inherited_header {
	char *name;
	struct template *value; /* owned by the scenario */
	struct place *place;
};

struct inherited_headers {
	struct inherited_header *items;
	size_t count;
};

struct loader {
	struct reader reader;
	struct scenario *scenario;
	const char *dir;                       /* relative files are taken from here */
	const struct scenario_overrides *over; /* never NULL */

	int scope;        /* of what is being read: whose variables it sees */
	int setter_scope; /* who sees the variables it sets */
	struct variable_use *uses;
	size_t use_count, use_cap;
	struct variable_setter *setters;
	size_t setter_count, setter_cap;
	struct place **places;
	size_t place_count, place_cap;
	size_t template_cap, check_cap, extract_cap;

	json_t *endpoint_index; /* "METHOD name" -> index */
	struct inherited_headers scenario_headers;
	struct inherited_headers class_headers; /* of the class being read */
};

/* A template that is known at load ("{{env …}}"), as text the caller frees; NULL after adding
 * an error. */
char *loader_constant(struct loader *loader, const char *text);
/* Compile at the reader's place: the template belongs to the scenario, its variables count as
 * used in the present scope. NULL after adding an error. */
struct template *loader_template(struct loader *loader, const char *text,
				 enum template_escape escape);
/* Hand a composed template to the scenario; returns it. */
struct template *loader_own(struct loader *loader, struct template *tpl);
/* Count the variables of the template's pieces from `first` on as used in the present scope, at
 * `place`; NULL: at the reader's. */
void loader_use(struct loader *loader, const struct template *tpl, size_t first,
		struct place *place);
/* A copy of the reader's place that lives as long as the loader. */
struct place *loader_place(struct loader *loader);
/* From now on variables are those of `scope`; what is set is seen by `setter_scope`. */
void loader_enter_scope(struct loader *loader, int scope, int setter_scope);
/* The slot of a variable that something sets in the present scope; false after adding an error
 * (no name, or a function's name). */
bool loader_setter(struct loader *loader, const char *name, unsigned *slot);
/* The same for a slot that some template named already and a data column sets, for everyone. */
void loader_set_by_data(struct loader *loader, unsigned slot);
/* Errors for variables that nothing sets where they are used. */
void loader_check_uses(struct loader *loader);
/* A scalar as text, for headers, forms and checks: strings as they are, numbers and booleans as
 * JSON writes them. Caller frees; NULL after adding an error. */
char *loader_scalar(struct loader *loader, json_t *value);
/* Read a whole file beside the scenario. Caller frees *data; false after adding an error. */
bool loader_file(struct loader *loader, const char *file, size_t max, char **data, size_t *len);
/* Is it a token that can name a header (RFC 9110) and that throng does not set itself? False
 * after adding an error. */
bool loader_header_name(struct loader *loader, const char *name);
/* load_headers.c: the scenario's or class's "headers". */
void loader_inherited_headers(struct loader *loader, json_t *object, struct inherited_headers *out);
void inherited_headers_fini(struct inherited_headers *headers);

/* load_http.c */
extern const struct keyset keyset_http, keyset_health;
void load_http(struct loader *loader, json_t *object);
void load_health(struct loader *loader, json_t *value);

/* load_load.c */
extern const struct keyset keyset_load, keyset_stage;
/* value may be NULL: then the command line must say it all. */
void load_load(struct loader *loader, json_t *value);

/* load_users.c */
extern const struct keyset keyset_class, keyset_task, keyset_wait;
void load_users(struct loader *loader, json_t *object);
/* The scenario's "vars"; before load_users. */
void load_vars(struct loader *loader, json_t *object);

/* load_body.c */
/* At most one of json, form, body and file is set. */
struct body_draft {
	json_t *json, *form;
	char *body, *file;
};
void load_body(struct loader *loader, const struct body_draft *draft, struct step *step);
/* Append "?a=b&c=d" (or "&…") to a path under way. */
void load_query(struct loader *loader, json_t *query, struct template *path, bool has_query);

/* load_step.c */
extern const struct keyset keyset_step, keyset_then, keyset_basic;
/* A step's members before they are put together. */
#define STEP_METHODS 7
struct step_draft {
	json_t *methods[STEP_METHODS]; /* paths */
	bool has_method;               /* one is there, right or wrong */
	char *name;
	json_t *headers, *query, *basic, *expect, *extract, *then;
	struct body_draft body;
	uint64_t timeout_ns;
	bool redirects;
};
void step_draft_init(const struct loader *loader, struct step_draft *draft);
void step_draft_fini(struct step_draft *draft);
/* Read an object into a draft, or into a struct that begins with one. */
void step_draft_read(struct loader *loader, json_t *object, const struct keyset *set, void *draft);
/* Did the file give any member of it? Then *key is one. */
bool step_draft_any(const struct step_draft *draft, const char **key);
/* Put it together at the reader's place. */
void load_step(struct loader *loader, const struct step_draft *draft, struct step *step);
/* A list of steps at the reader's place. */
void load_steps(struct loader *loader, json_t *list, struct step **out, size_t *count);

/* load_expect.c */
extern const struct keyset keyset_expect, keyset_exists, keyset_size, keyset_extract;
void load_expect(struct loader *loader, json_t *object, struct step *step);
void load_extracts(struct loader *loader, json_t *object, struct step *step);

/* load_data.c */
extern const struct keyset keyset_data;
void load_data(struct loader *loader, json_t *object);
/* After all templates: which columns are read, and do the rows suffice. */
void load_data_finish(struct loader *loader);

/* load_criteria.c */
void load_criteria(struct loader *loader, json_t *list);

/* load_panels.c */
extern const struct keyset keyset_panels, keyset_docker, keyset_container, keyset_limit,
	keyset_postgres, keyset_exec, keyset_postgres_expect, keyset_postgres_limit, keyset_gauge;
void load_panels(struct loader *loader, json_t *object);

/* load.c */
extern const struct keyset keyset_scenario;

#endif
