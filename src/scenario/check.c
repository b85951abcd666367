/* SPDX-License-Identifier: MIT */
/* Checks on answers besides their status, and step_judge, which puts a step's checks and
 * extracts together so that the JSON is parsed at most once. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/units.h"
#include "scenario/answer.h"
#include "scenario/extract.h"
#include "scenario/extract_internal.h"
#include "scenario/jsonpath.h"
#include "scenario/scenario.h"

/* The check as a sentence that failures show. */
static char *describe(const struct check *check)
{
	switch (check->kind) {
	case CHECK_JSON_EQUALS:
		return mem_printf("json \"%s\" == \"%s\"", check->key, check->value);
	case CHECK_JSON_EXISTS:
		return mem_printf("json \"%s\" exists", check->key);
	case CHECK_CONTAINS:
		return mem_printf("body contains \"%s\"", check->key);
	case CHECK_MATCHES:
		return mem_printf("body matches \"%s\"", check->key);
	case CHECK_HEADER:
		if (!check->value)
			return mem_printf("header \"%s\" exists", check->key);
		return mem_printf("header \"%s\" == \"%s\"", check->key, check->value);
	case CHECK_SIZE:
		if (check->max == SIZE_MAX)
			return mem_printf("size >= %zu bytes", check->min);
		if (check->max == check->min)
			return mem_printf("size == %zu bytes", check->min);
		return mem_printf("size within %zu and %zu bytes", check->min, check->max);
	case CHECK_IS_JSON:
		return mem_strdup("body is JSON");
	}
	return mem_strdup("");
}

int check_compile(struct check *check, struct error *err)
{
	struct jsonpath *path;
	struct regex *regex;
	int rc = 0;

	if (check->kind == CHECK_JSON_EQUALS || check->kind == CHECK_JSON_EXISTS) {
		rc = jsonpath_compile(&path, check->key, err);
		if (rc == 0)
			check->compiled = path;
	} else if (check->kind == CHECK_MATCHES) {
		rc = regex_compile(&regex, check->key, err);
		if (rc == 0)
			check->compiled = regex;
	}
	if (rc == 0 && !check->text)
		check->text = describe(check);
	return rc;
}

void check_fini(struct check *check)
{
	if (check->kind == CHECK_JSON_EQUALS || check->kind == CHECK_JSON_EXISTS)
		jsonpath_free(check->compiled);
	else if (check->kind == CHECK_MATCHES)
		regex_free(check->compiled);
	free(check->text);
	free(check->key);
	free(check->value);
	memset(check, 0, sizeof(*check));
}

/* The same text, or the same number written in another way (1 and 1.0). */
static bool value_is(const json_t *value, const char *wanted)
{
	size_t len;
	double number;
	char *text;
	bool same;

	if (json_is_null(value))
		return strcmp(wanted, "null") == 0;
	text = jsonpath_value_text(value, &len);
	same = text && len == strlen(wanted) && memcmp(text, wanted, len) == 0;
	free(text);
	if (!same && json_is_number(value) && units_parse_number(wanted, &number) == 0)
		same = json_number_value(value) <= number && json_number_value(value) >= number;
	return same;
}

#define FOUND 1

static int find_equal(const json_t *value, void *arg)
{
	const struct check *check = arg;

	return value_is(value, check->value) ? FOUND : 0;
}

static int find_any(const json_t *value, void *arg)
{
	(void)arg;
	return json_is_null(value) ? 0 : FOUND;
}

static bool json_holds(const struct check *check, struct answer *answer)
{
	const json_t *root = answer_json(answer);
	struct check copy = *check;

	if (!root)
		return false;
	return jsonpath_each(check->compiled, root,
			     check->kind == CHECK_JSON_EQUALS ? find_equal : find_any,
			     &copy) == FOUND;
}

static bool header_holds(const struct check *check, const struct answer *answer)
{
	const char *value;
	size_t len;

	for (size_t i = 0; (value = answer_header(answer, check->key, i, &len)); i++) {
		if (!check->value ||
		    (len == strlen(check->value) && memcmp(value, check->value, len) == 0))
			return true;
	}
	return false;
}

bool check_holds_answer(const struct check *check, struct answer *answer)
{
	const struct response_view *res = answer->res;
	const char *body = res->body ? res->body : "";
	size_t begin, end;

	switch (check->kind) {
	case CHECK_JSON_EQUALS:
	case CHECK_JSON_EXISTS:
		return json_holds(check, answer);
	case CHECK_CONTAINS:
		return memmem(body, res->body_len, check->key, strlen(check->key)) != NULL;
	case CHECK_MATCHES:
		return regex_find(check->compiled, body, res->body_len, &begin, &end);
	case CHECK_HEADER:
		return header_holds(check, answer);
	case CHECK_SIZE:
		return res->body_len >= check->min && res->body_len <= check->max;
	case CHECK_IS_JSON:
		return answer_json(answer) != NULL;
	}
	return false;
}

bool check_holds(const struct check *check, const struct response_view *res)
{
	struct answer answer;
	bool holds;

	answer_init(&answer, res);
	holds = check_holds_answer(check, &answer);
	answer_fini(&answer);
	return holds;
}

enum failure_kind step_judge(const struct scenario *scenario, const struct step *step,
			     const struct response_view *res, struct vars *vars, int *detail)
{
	enum failure_kind kind = FAILURE_NONE;
	struct answer answer;

	answer_init(&answer, res);
	for (unsigned i = 0; i < step->check_count && kind == FAILURE_NONE; i++) {
		unsigned index = step->first_check + i;

		if (!check_holds_answer(&scenario->checks[index], &answer)) {
			*detail = (int)index;
			kind = FAILURE_CHECK;
		}
	}
	for (unsigned i = 0; i < step->extract_count && kind == FAILURE_NONE; i++) {
		unsigned index = step->first_extract + i;

		if (extract_apply_answer(&scenario->extracts[index], &answer, vars) < 0) {
			*detail = (int)index;
			kind = FAILURE_EXTRACT;
		}
	}
	answer_fini(&answer);
	return kind;
}
