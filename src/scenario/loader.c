/* SPDX-License-Identifier: MIT */
/* What all parts of the loader share: templates and the variables they use, files, headers. */
#include "config.h"

#include "scenario/loader.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

/* Room for one more; *cap doubles. */
static void *grow(void *items, size_t count, size_t *cap, size_t size)
{
	size_t old = *cap;

	if (count < old)
		return items;
	*cap = old ? 2 * old : 16;
	return mem_grow(items, old, *cap, size);
}

/* ---- templates and variables ------------------------------------------------------------- */

struct place *loader_place(struct loader *loader)
{
	struct place *place = mem_new(sizeof(*place));

	*place = loader->reader.at;
	loader->places = grow(loader->places, loader->place_count, &loader->place_cap,
			      sizeof(*loader->places));
	loader->places[loader->place_count++] = place;
	return place;
}

struct template *loader_own(struct loader *loader, struct template *tpl)
{
	struct scenario *scenario = loader->scenario;

	scenario->templates = grow(scenario->templates, scenario->template_count,
				   &loader->template_cap, sizeof(struct template *));
	scenario->templates[scenario->template_count++] = tpl;
	return tpl;
}

struct use {
	struct loader *loader;
	struct place *place;
};

static void add_use(unsigned slot, void *arg)
{
	struct use *use = arg;
	struct loader *loader = use->loader;

	if (!use->place)
		use->place = loader_place(loader);
	loader->uses =
		grow(loader->uses, loader->use_count, &loader->use_cap, sizeof(*loader->uses));
	loader->uses[loader->use_count++] =
		(struct variable_use){ loader->scope, slot, use->place, false };
}

void loader_use(struct loader *loader, const struct template *tpl, size_t first,
		struct place *place)
{
	struct use use = { loader, place };

	template_each_slot(tpl, first, add_use, &use);
}

struct template *loader_template(struct loader *loader, const char *text,
				 enum template_escape escape)
{
	struct error err = { 0 };
	struct template *tpl;

	if (template_compile(&tpl, text, escape, loader->scenario->names, &err) < 0) {
		reader_error(&loader->reader, "%s", err.text);
		return NULL;
	}
	loader_use(loader, tpl, 0, NULL);
	return loader_own(loader, tpl);
}

char *loader_constant(struct loader *loader, const char *text)
{
	struct names *names = names_new();
	struct error err = { 0 };
	struct template *tpl;
	char *constant = NULL;

	if (template_compile(&tpl, text, TEMPLATE_ESCAPE_NONE, names, &err) < 0) {
		reader_error(&loader->reader, "%s", err.text);
	} else {
		if (template_is_constant(tpl))
			constant = mem_strdup(template_constant(tpl));
		else
			reader_error(&loader->reader,
				     "must be known when the file is loaded: only {{env NAME "
				     "DEFAULT}} can stand here");
		template_free(tpl);
	}
	names_free(names);
	return constant;
}

static bool is_function(const char *name)
{
	for (const char *const *fn = template_function_names(); *fn; fn++)
		if (strcmp(*fn, name) == 0)
			return true;
	return false;
}

static void add_setter(struct loader *loader, int scope, unsigned slot)
{
	loader->setters = grow(loader->setters, loader->setter_count, &loader->setter_cap,
			       sizeof(*loader->setters));
	loader->setters[loader->setter_count++] = (struct variable_setter){ scope, slot };
}

void loader_enter_scope(struct loader *loader, int scope, int setter_scope)
{
	loader->scope = scope;
	loader->setter_scope = setter_scope;
}

bool loader_setter(struct loader *loader, const char *name, unsigned *slot)
{
	if (!template_name_is_valid(name)) {
		reader_error(&loader->reader,
			     "\"%s\" cannot name a variable: letters, digits, \"_\", \"-\" and "
			     "\".\", a letter first",
			     name);
		return false;
	}
	if (is_function(name)) {
		reader_error(&loader->reader,
			     "\"%s\" is the name of a template function: choose another one", name);
		return false;
	}
	*slot = names_intern(loader->scenario->names, name);
	add_setter(loader, loader->setter_scope, *slot);
	return true;
}

void loader_set_by_data(struct loader *loader, unsigned slot)
{
	add_setter(loader, SCOPE_USERS, slot);
}

/* Bytes: one per slot, non-zero when something sets it for users of `scope`. */
static char *slots_set_in(const struct loader *loader, int scope)
{
	char *set = mem_new(names_count(loader->scenario->names) + 1);

	for (size_t i = 0; i < loader->setter_count; i++) {
		const struct variable_setter *setter = &loader->setters[i];

		if (setter->scope == scope || setter->scope == SCOPE_EVERYONE ||
		    (setter->scope == SCOPE_USERS && scope != SCOPE_SETUP))
			set[setter->slot] = 1;
	}
	return set;
}

/* Names that could have been meant: variables that are set, and all columns of the data sets.
 * NULL-terminated; the caller frees each and the list. */
static char **set_names(const struct loader *loader, const char *set)
{
	const struct scenario *scenario = loader->scenario;
	size_t count = names_count(scenario->names), kept = 0, columns = 0;
	char **names;

	for (size_t i = 0; i < scenario->data_count; i++)
		columns += scenario->data[i].column_count;
	names = mem_array(count + columns + 1, sizeof(*names));
	for (size_t i = 0; i < count; i++)
		if (set[i])
			names[kept++] = mem_strdup(names_at(scenario->names, (unsigned)i));
	for (size_t i = 0; i < scenario->data_count; i++)
		for (size_t k = 0; k < scenario->data[i].column_count; k++)
			names[kept++] = mem_printf("%s.%s", scenario->data[i].name,
						   scenario->data[i].columns[k]);
	return names;
}

static bool is_set_elsewhere(const struct loader *loader, unsigned slot)
{
	for (size_t i = 0; i < loader->setter_count; i++)
		if (loader->setters[i].slot == slot)
			return true;
	return false;
}

static void refuse_use(struct loader *loader, const struct variable_use *use, const char *set)
{
	const char *name = names_at(loader->scenario->names, use->slot), *near;
	char **names;

	if (is_set_elsewhere(loader, use->slot)) {
		reader_error_at(
			&loader->reader, use->place,
			use->scope == SCOPE_SETUP
				? "the variable \"%s\" is the users' own: setup and teardown "
				  "do not have it"
				: "the variable \"%s\" is set for another class only",
			name);
		return;
	}
	names = set_names(loader, set);
	near = text_nearest(name, (const char *const *)names);
	if (!near)
		near = text_nearest(name, template_function_names());
	if (near)
		reader_error_at(&loader->reader, use->place,
				"nothing sets the variable \"%s\": did you mean \"%s\"?", name,
				near);
	else
		reader_error_at(&loader->reader, use->place,
				"nothing sets the variable \"%s\" for these users (\"vars\", "
				"\"data\" and \"extract\" do)",
				name);
	for (size_t i = 0; names[i]; i++)
		free(names[i]);
	free(names);
}

/* Is use i the same variable at the same place as one before it? A header that many steps inherit
 * is one place. Only asked about errors. */
static bool is_repeated(const struct loader *loader, size_t i)
{
	const struct variable_use *use = &loader->uses[i];

	for (size_t k = 0; k < i; k++)
		if (loader->uses[k].place == use->place && loader->uses[k].slot == use->slot &&
		    loader->uses[k].refused)
			return true;
	return false;
}

/* Uses come grouped by scope, in file order: the set of slots is made once per group. */
void loader_check_uses(struct loader *loader)
{
	char *set = NULL;

	for (size_t i = 0; i < loader->use_count; i++) {
		struct variable_use *use = &loader->uses[i];

		if (errors_count(loader->reader.errs) > ERRORS_MAX)
			break;
		if (!set || use->scope != loader->uses[i - 1].scope) {
			free(set);
			set = slots_set_in(loader, use->scope);
		}
		if (!set[use->slot] && !is_repeated(loader, i)) {
			refuse_use(loader, use, set);
			use->refused = true;
		}
	}
	free(set);
}

char *loader_scalar(struct loader *loader, json_t *value)
{
	char actual[120];
	char *text, *copy;

	if (json_is_string(value))
		return mem_strdup(json_string_value(value));
	if (!json_is_number(value) && !json_is_boolean(value)) {
		reader_error(&loader->reader, "must be a text, a number, true or false, not %s",
			     reader_describe(value, actual, sizeof(actual)));
		return NULL;
	}
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	copy = mem_strdup(text ? text : "");
	free(text);
	return copy;
}

/* ---- files ------------------------------------------------------------------------------- */

/* NULL, or the text of what is wrong. Takes fd. */
static const char *read_fd(int fd, size_t max, char **data, size_t *len)
{
	const char *wrong = NULL;
	struct stat st;
	ssize_t got = 0;

	if (fstat(fd, &st) < 0) {
		wrong = strerror(errno);
	} else if (!S_ISREG(st.st_mode)) {
		wrong = "it is no regular file";
	} else if ((uintmax_t)st.st_size > max) {
		wrong = "it is too large";
	} else {
		*data = mem_new((size_t)st.st_size + 1);
		*len = 0;
		while (*len < (size_t)st.st_size &&
		       (got = read(fd, *data + *len, (size_t)st.st_size - *len)) > 0)
			*len += (size_t)got;
		if (got < 0) {
			wrong = strerror(errno);
			free(*data);
			*data = NULL;
		}
	}
	close(fd);
	return wrong;
}

/* O_NONBLOCK: to open a pipe that nobody writes to must not hang the program. */
bool loader_file(struct loader *loader, const char *file, size_t max, char **data, size_t *len)
{
	char *path = *file == '/' ? mem_strdup(file) : mem_printf("%s/%s", loader->dir, file);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *wrong = fd < 0 ? strerror(errno) : read_fd(fd, max, data, len);

	free(path);
	if (wrong)
		reader_error(&loader->reader, "cannot read the file \"%s\": %s", file, wrong);
	return !wrong;
}

/* ---- headers ----------------------------------------------------------------------------- */

bool loader_header_name(struct loader *loader, const char *name)
{
	static const char *const own[] = { "Host", "Content-Length", "Connection",
					   "Transfer-Encoding", "Accept-Encoding" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (strcasecmp(name, own[i]) == 0) {
			reader_error(&loader->reader, "\"%s\" is set by throng itself", own[i]);
			return false;
		}
	}
	for (const char *p = name; *p || p == name; p++) {
		if (!*p || (!isalnum((unsigned char)*p) && !strchr("!#$%&'*+-.^_`|~", *p))) {
			reader_error(&loader->reader, "\"%s\" cannot name a header", name);
			return false;
		}
	}
	return true;
}

void inherited_headers_fini(struct inherited_headers *headers)
{
	for (size_t i = 0; i < headers->count; i++)
		free(headers->items[i].name);
	free(headers->items);
	*headers = (struct inherited_headers){ 0 };
}
