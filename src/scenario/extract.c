/* SPDX-License-Identifier: MIT */
/* Taking values out of answers into a user's variables. Header, cookie and body extraction only
 * copy; JSON and regular expressions allocate while they parse, for steps that ask for them. */
#include "config.h"

#include "scenario/extract.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "scenario/answer.h"
#include "scenario/extract_internal.h"
#include "scenario/jsonpath.h"
#include "scenario/vars.h"

static const struct {
	const char *prefix;
	enum extract_source source;
} sources[] = {
	{ "header:", EXTRACT_HEADER },
	{ "regex:", EXTRACT_REGEX },
	{ "cookie:", EXTRACT_COOKIE },
};

static int compile_source(struct extract *ex, const char *text, struct error *err)
{
	struct jsonpath *path;
	struct regex *regex;
	int rc = 0;

	switch (ex->source) {
	case EXTRACT_JSON:
		rc = jsonpath_compile(&path, text, err);
		if (rc == 0)
			ex->compiled = path;
		break;
	case EXTRACT_REGEX:
		rc = regex_compile(&regex, text, err);
		if (rc == 0)
			ex->compiled = regex;
		break;
	case EXTRACT_HEADER:
	case EXTRACT_COOKIE:
		ex->compiled = mem_strdup(text);
		break;
	case EXTRACT_BODY:
		break;
	}
	return rc;
}

int extract_compile(struct extract *out, const char *text, struct error *err)
{
	struct extract ex = { .source = EXTRACT_JSON };
	const char *rest = text;
	int rc;

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		size_t len = strlen(sources[i].prefix);

		if (strncmp(text, sources[i].prefix, len) == 0) {
			ex.source = sources[i].source;
			rest = text + len;
			if (!*rest) {
				error_set(err, "nothing behind \"%s\"", sources[i].prefix);
				return -EINVAL;
			}
		}
	}
	if (strcmp(text, "body") == 0)
		ex.source = EXTRACT_BODY;
	rc = compile_source(&ex, rest, err);
	if (rc < 0)
		return rc;
	ex.text = mem_strdup(text);
	*out = ex;
	return 0;
}

void extract_fini(struct extract *ex)
{
	switch (ex->source) {
	case EXTRACT_JSON:
		jsonpath_free(ex->compiled);
		break;
	case EXTRACT_REGEX:
		regex_free(ex->compiled);
		break;
	case EXTRACT_HEADER:
	case EXTRACT_COOKIE:
		free(ex->compiled);
		break;
	case EXTRACT_BODY:
		break;
	}
	free(ex->text);
	free(ex->name);
	free(ex->default_value);
	memset(ex, 0, sizeof(*ex));
}

struct sink {
	struct vars *vars;
	unsigned slot;
	bool list;
	bool begun; /* the list: not before there is something to put in, or surely nothing */
};

/* Strings, by far the most, go over without a copy in between. */
static int sink_add(const json_t *value, void *arg)
{
	struct sink *sink = arg;
	const char *data = json_string_value(value);
	size_t len = json_string_length(value);
	char *text = NULL;
	int rc;

	if (!data) {
		text = jsonpath_value_text(value, &len);
		if (!text)
			return -ENOENT; /* null */
		data = text;
	}
	if (sink->list && !sink->begun)
		vars_list_begin(sink->vars, sink->slot);
	sink->begun = true;
	rc = sink->list ? vars_list_add(sink->vars, sink->slot, data, len)
			: vars_set(sink->vars, sink->slot, data, len);
	free(text);
	return rc;
}

static int apply_json(const struct extract *ex, struct answer *answer, struct vars *vars)
{
	const struct jsonpath *path = ex->compiled;
	const json_t *root = answer_json(answer);
	struct sink sink = { .vars = vars, .slot = ex->slot, .list = jsonpath_is_list(path) };
	int rc;

	if (!root)
		return -EBADMSG;
	rc = jsonpath_each(path, root, sink_add, &sink);
	if (rc == 0 && !sink.begun)
		vars_list_begin(vars, ex->slot);
	return rc;
}

static int apply_text(const struct extract *ex, struct vars *vars, const char *value, size_t len)
{
	return value ? vars_set(vars, ex->slot, value, len) : -ENOENT;
}

static int apply_source(const struct extract *ex, struct answer *answer, struct vars *vars)
{
	const struct response_view *res = answer->res;
	const char *body = res->body ? res->body : "", *value;
	size_t len = 0, end = 0;

	switch (ex->source) {
	case EXTRACT_JSON:
		return apply_json(ex, answer, vars);
	case EXTRACT_HEADER:
		value = answer_header(answer, ex->compiled, 0, &len);
		return apply_text(ex, vars, value, len);
	case EXTRACT_COOKIE:
		value = answer_cookie(answer, ex->compiled, &len);
		return apply_text(ex, vars, value, len);
	case EXTRACT_REGEX:
		if (!regex_find(ex->compiled, body, res->body_len, &len, &end))
			return -ENOENT;
		return vars_set(vars, ex->slot, body + len, end - len);
	case EXTRACT_BODY:
		return vars_set(vars, ex->slot, body, res->body_len);
	}
	return -EINVAL;
}

int extract_apply_answer(const struct extract *ex, struct answer *answer, struct vars *vars)
{
	int rc = apply_source(ex, answer, vars);

	if (rc != -ENOENT && rc != -EBADMSG)
		return rc;
	if (ex->default_value)
		return vars_set(vars, ex->slot, ex->default_value, strlen(ex->default_value));
	return ex->optional ? 0 : rc;
}

int extract_apply(const struct extract *ex, const struct response_view *res, struct vars *vars)
{
	size_t failed;

	return extract_apply_all(ex, 1, res, vars, &failed);
}

int extract_apply_all(const struct extract *exs, size_t count, const struct response_view *res,
		      struct vars *vars, size_t *failed)
{
	struct answer answer;
	int rc = 0;

	answer_init(&answer, res);
	for (size_t i = 0; i < count && rc == 0; i++) {
		rc = extract_apply_answer(&exs[i], &answer, vars);
		*failed = i;
	}
	answer_fini(&answer);
	return rc;
}
