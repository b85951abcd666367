/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "scenario/extract.h"
#include "scenario/scenario.h"
#include "scenario/vars.h"

#define HEADERS                                           \
	"Content-Type: application/json\r\n"              \
	"location:   /api/v1/things/7/  \r\n"             \
	"X-Empty:\r\n"                                    \
	"Set-Cookie: theme=dark\r\n"                      \
	"set-cookie: sessionid=abc=1; Path=/; Secure\r\n" \
	"X-Last: end"

#define JSON                                                                                   \
	"{\"token\":\"T0k\",\"n\":42,\"f\":0.1,\"yes\":true,"                                  \
	"\"no\":false,\"nil\":null,\"empty\":\"\",\"a\":{\"b\":[{\"c\":\"deep\"},{\"c\":7}]}," \
	"\"approvals\":[{\"id\":\"one\"},{\"id\":2},{\"other\":1},{\"id\":null}],\"none\":[]," \
	"\"dotted.key\":\"d\",\"body\":\"b\",\"u\":\"\\u00e9\\u0000x\",\"neg\":-5,"            \
	"\"e\":1e300,\"m\":[[1,2],[3]]}"

static struct response_view view(const char *body)
{
	return (struct response_view){ .status = 200,
				       .headers = HEADERS,
				       .headers_len = strlen(HEADERS),
				       .body = body,
				       .body_len = body ? strlen(body) : 0 };
}

/* Items of the slot with "|" between, "[...]" around a list, "unset" when it is. */
static const char *shown(const struct vars *vars, bool list, char *dst, size_t size)
{
	size_t at = 0, len;

	if (!vars_is_set(vars, 0))
		return "unset";
	for (size_t i = 0; i < vars_list_count(vars, 0) && at < size; i++) {
		const char *item = vars_list_at(vars, 0, i, &len);

		at += (size_t)snprintf(dst + at, size - at, "%s%.*s",
				       i      ? "|"
				       : list ? "["
					      : "",
				       (int)len, item);
	}
	if (list)
		snprintf(dst + at, size - at, "%s]", at ? "" : "[");
	else if (!at)
		*dst = '\0';
	return dst;
}

struct extract_case {
	const char *from;
	int rc;
	const char *want;
};

static const struct extract_case extract_cases[] = {
	{ "token", 0, "T0k" },
	{ "$.token", 0, "T0k" },
	{ "n", 0, "42" },
	{ "neg", 0, "-5" },
	{ "f", 0, "0.1" },
	{ "e", 0, "1e+300" },
	{ "yes", 0, "true" },
	{ "no", 0, "false" },
	{ "nil", -ENOENT, "before" },
	{ "empty", 0, "" },
	{ "a.b[0].c", 0, "deep" },
	{ "a.b[-1].c", 0, "7" },
	{ "a.b[2].c", -ENOENT, "before" },
	{ "a.b[-3].c", -ENOENT, "before" },
	{ "a.b.c", -ENOENT, "before" },
	{ "a[0]", -ENOENT, "before" },
	{ "a.b[0]", 0, "{\"c\":\"deep\"}" },
	{ "m[1]", 0, "[3]" },
	{ "approvals[*].id", 0, "[one|2]" },
	{ "a.b[*].c", 0, "[deep|7]" },
	{ "m[*][*]", 0, "[1|2|3]" },
	{ "none[*].id", 0, "[]" },
	{ "gone[*].id", -ENOENT, "before" },
	{ "token[*]", -ENOENT, "before" },
	{ "[\"dotted.key\"]", 0, "d" },
	{ "['dotted.key']", 0, "d" },
	{ "dotted.key", -ENOENT, "before" },
	{ "$.body", 0, "b" },
	{ "header:Location", 0, "/api/v1/things/7/" },
	{ "header:X-Last", 0, "end" },
	{ "header:X-Empty", 0, "" },
	{ "header:X-Gone", -ENOENT, "before" },
	{ "header:X-Las", -ENOENT, "before" },
	{ "cookie:sessionid", 0, "abc=1" },
	{ "cookie:theme", 0, "dark" },
	{ "cookie:session", -ENOENT, "before" },
	{ "regex:\"token\":\"([^\"]+)\"", 0, "T0k" },
	{ "regex:T.k", 0, "T0k" },
	{ "regex:(x)?token", 0, "token" },
	{ "regex:nowhere", -ENOENT, "before" },
};

static void values_come_out_of_every_source(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(extract_cases); i++) {
		const struct extract_case *c = &extract_cases[i];
		struct response_view res = view(JSON);
		struct vars *vars = vars_new(1);
		struct error err = { 0 };
		struct extract ex;
		char text[200];
		bool list = *c->want == '[' && strchr(c->from, '*');
		int rc;

		assert_int_equal(vars_set(vars, 0, "before", 6), 0);
		if (extract_compile(&ex, c->from, &err) < 0)
			fail_msg("%s: %s", c->from, err.text);
		assert_string_equal(ex.text, c->from);
		rc = extract_apply(&ex, &res, vars);
		if (rc != c->rc || strcmp(shown(vars, list, text, sizeof(text)), c->want) != 0)
			fail_msg("%s: %d \"%s\", wanted %d \"%s\"", c->from, rc,
				 shown(vars, list, text, sizeof(text)), c->rc, c->want);
		extract_fini(&ex);
		vars_free(vars);
	}
}

static void integers_beyond_64_bits_become_reals(void **state)
{
	struct response_view res = view("{\"big\":12345678901234567890123,\"n\":42}");
	struct vars *vars = vars_new(1);
	struct extract ex;
	size_t len;

	(void)state;
	assert_int_equal(extract_compile(&ex, "big", NULL), 0);
	assert_int_equal(extract_apply(&ex, &res, vars), 0);
	assert_string_equal(vars_get(vars, 0, &len), "1.2345678901234568e+22");
	extract_fini(&ex);
	assert_int_equal(extract_compile(&ex, "n", NULL), 0);
	assert_int_equal(extract_apply(&ex, &res, vars), 0);
	assert_string_equal(vars_get(vars, 0, &len), "42");
	extract_fini(&ex);
	vars_free(vars);
}

static void zero_bytes_survive(void **state)
{
	struct response_view res = view(JSON);
	struct vars *vars = vars_new(1);
	struct extract ex;
	size_t len;

	(void)state;
	assert_int_equal(extract_compile(&ex, "u", NULL), 0);
	assert_int_equal(extract_apply(&ex, &res, vars), 0);
	assert_memory_equal(vars_get(vars, 0, &len), "\xc3\xa9\0x", 4);
	assert_int_equal(len, 4);
	extract_fini(&ex);
	vars_free(vars);
}

static void the_whole_body_can_be_taken(void **state)
{
	struct response_view res = view("plain"), nothing = view(NULL);
	struct vars *vars = vars_new(1);
	struct extract ex;
	size_t len;

	(void)state;
	assert_int_equal(extract_compile(&ex, "body", NULL), 0);
	assert_int_equal(extract_apply(&ex, &res, vars), 0);
	assert_string_equal(vars_get(vars, 0, &len), "plain");
	assert_int_equal(extract_apply(&ex, &nothing, vars), 0);
	assert_string_equal(vars_get(vars, 0, &len), "");
	extract_fini(&ex);
	vars_free(vars);
}

static void a_body_that_is_no_json_is_told_apart(void **state)
{
	static const char *const bodies[] = { "<html>", "", "{\"token\":", NULL };
	struct vars *vars = vars_new(1);
	struct extract ex;

	(void)state;
	assert_int_equal(extract_compile(&ex, "token", NULL), 0);
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct response_view res = view(bodies[i]);

		assert_int_equal(extract_apply(&ex, &res, vars), -EBADMSG);
		assert_false(vars_is_set(vars, 0));
	}
	extract_fini(&ex);
	vars_free(vars);
}

static void what_is_optional_keeps_or_takes_its_default(void **state)
{
	struct response_view res = view("{}"), html = view("<html>");
	struct vars *vars = vars_new(1);
	struct extract ex;
	size_t len;

	(void)state;
	assert_int_equal(extract_compile(&ex, "gone[*].id", NULL), 0);
	ex.optional = true;
	assert_int_equal(extract_apply(&ex, &res, vars), 0);
	assert_false(vars_is_set(vars, 0));
	assert_int_equal(vars_set(vars, 0, "kept", 4), 0);
	assert_int_equal(extract_apply(&ex, &html, vars), 0);
	assert_string_equal(vars_get(vars, 0, &len), "kept");
	ex.default_value = mem_strdup("fallback");
	assert_int_equal(extract_apply(&ex, &res, vars), 0);
	assert_string_equal(vars_get(vars, 0, &len), "fallback");
	extract_fini(&ex);
	vars_free(vars);
}

static void a_value_too_large_is_an_error_also_when_optional(void **state)
{
	struct response_view res;
	struct vars *vars = vars_new(1);
	char *body = mem_new(VARS_VALUE_MAX + 100);
	struct extract ex;

	(void)state;
	memset(body, 'x', VARS_VALUE_MAX + 50);
	memcpy(body, "{\"v\":\"", 6);
	memcpy(body + VARS_VALUE_MAX + 50, "\"}", 3);
	res = view(body);
	assert_int_equal(extract_compile(&ex, "v", NULL), 0);
	ex.optional = true;
	assert_int_equal(extract_apply(&ex, &res, vars), -EMSGSIZE);
	extract_fini(&ex);
	free(body);
	vars_free(vars);
}

static void a_regular_expression_cannot_run_away(void **state)
{
	char *body = mem_new(40001);
	struct response_view res;
	struct vars *vars = vars_new(1);
	struct extract ex;

	(void)state;
	memset(body, 'a', 40000);
	res = view(body);
	assert_int_equal(extract_compile(&ex, "regex:(a+)+b", NULL), 0);
	assert_int_equal(extract_apply(&ex, &res, vars), -ENOENT);
	extract_fini(&ex);
	free(body);
	vars_free(vars);
}

static void several_extracts_stop_at_the_first_that_fails(void **state)
{
	static const char *const froms[] = { "token", "gone", "n" };
	struct response_view res = view(JSON);
	struct vars *vars = vars_new(3);
	struct extract exs[3];
	size_t failed = 9, len;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(extract_compile(&exs[i], froms[i], NULL), 0);
		exs[i].slot = i;
	}
	assert_int_equal(extract_apply_all(exs, 3, &res, vars, &failed), -ENOENT);
	assert_int_equal(failed, 1);
	assert_string_equal(vars_get(vars, 0, &len), "T0k");
	assert_false(vars_is_set(vars, 2));
	for (size_t i = 0; i < 3; i++)
		extract_fini(&exs[i]);
	vars_free(vars);
}

static void wrong_sources_are_named(void **state)
{
	static const struct {
		const char *from, *want;
	} cases[] = {
		{ "",
		  "\"\" is no JSON path: it is empty (such as token, a.b[0].c or items[*].id)" },
		{ "a..b",
		  "\"a..b\" is no JSON path: a key or an index in brackets is expected (such "
		  "as token, a.b[0].c or items[*].id)" },
		{ "a.",
		  "\"a.\" is no JSON path: a key or an index in brackets is expected (such as "
		  "token, a.b[0].c or items[*].id)" },
		{ "a[x]",
		  "\"a[x]\" is no JSON path: a key or an index in brackets is expected (such "
		  "as token, a.b[0].c or items[*].id)" },
		{ "a[0",
		  "\"a[0\" is no JSON path: a key or an index in brackets is expected (such as "
		  "token, a.b[0].c or items[*].id)" },
		{ "a[0]b",
		  "\"a[0]b\" is no JSON path: a key or an index in brackets is expected (such "
		  "as token, a.b[0].c or items[*].id)" },
		{ "header:", "nothing behind \"header:\"" },
		{ "cookie:", "nothing behind \"cookie:\"" },
		{ "regex:(a", "regular expression: missing closing parenthesis at character 3" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = { 0 };
		struct extract ex;

		assert_int_equal(extract_compile(&ex, cases[i].from, &err), -EINVAL);
		assert_string_equal(err.text, cases[i].want);
	}
}

/* ---- checks ------------------------------------------------------------------------------ */

struct check_case {
	enum check_kind kind;
	const char *key, *value;
	size_t min, max;
	const char *text;
	bool holds;
};

static const struct check_case check_cases[] = {
	{ CHECK_JSON_EQUALS, "token", "T0k", 0, 0, "json \"token\" == \"T0k\"", true },
	{ CHECK_JSON_EQUALS, "token", "t0k", 0, 0, "json \"token\" == \"t0k\"", false },
	{ CHECK_JSON_EQUALS, "n", "42", 0, 0, "json \"n\" == \"42\"", true },
	{ CHECK_JSON_EQUALS, "n", "42.0", 0, 0, "json \"n\" == \"42.0\"", true },
	{ CHECK_JSON_EQUALS, "n", "43", 0, 0, "json \"n\" == \"43\"", false },
	{ CHECK_JSON_EQUALS, "yes", "true", 0, 0, "json \"yes\" == \"true\"", true },
	{ CHECK_JSON_EQUALS, "nil", "null", 0, 0, "json \"nil\" == \"null\"", true },
	{ CHECK_JSON_EQUALS, "token", "null", 0, 0, "json \"token\" == \"null\"", false },
	{ CHECK_JSON_EQUALS, "gone", "x", 0, 0, "json \"gone\" == \"x\"", false },
	{ CHECK_JSON_EQUALS, "approvals[*].id", "2", 0, 0, "json \"approvals[*].id\" == \"2\"",
	  true },
	{ CHECK_JSON_EQUALS, "approvals[*].id", "3", 0, 0, "json \"approvals[*].id\" == \"3\"",
	  false },
	{ CHECK_JSON_EXISTS, "a.b[1]", NULL, 0, 0, "json \"a.b[1]\" exists", true },
	{ CHECK_JSON_EXISTS, "empty", NULL, 0, 0, "json \"empty\" exists", true },
	{ CHECK_JSON_EXISTS, "nil", NULL, 0, 0, "json \"nil\" exists", false },
	{ CHECK_JSON_EXISTS, "none[*]", NULL, 0, 0, "json \"none[*]\" exists", false },
	{ CHECK_CONTAINS, "T0k", NULL, 0, 0, "body contains \"T0k\"", true },
	{ CHECK_CONTAINS, "t0k", NULL, 0, 0, "body contains \"t0k\"", false },
	{ CHECK_MATCHES, "\"n\":[0-9]+", NULL, 0, 0, "body matches \"\"n\":[0-9]+\"", true },
	{ CHECK_MATCHES, "^nothing$", NULL, 0, 0, "body matches \"^nothing$\"", false },
	{ CHECK_HEADER, "content-type", "application/json", 0, 0,
	  "header \"content-type\" == \"application/json\"", true },
	{ CHECK_HEADER, "Content-Type", "text/html", 0, 0,
	  "header \"Content-Type\" == \"text/html\"", false },
	{ CHECK_HEADER, "Set-Cookie", "theme=dark", 0, 0, "header \"Set-Cookie\" == \"theme=dark\"",
	  true },
	{ CHECK_HEADER, "X-Last", NULL, 0, 0, "header \"X-Last\" exists", true },
	{ CHECK_HEADER, "X-Gone", NULL, 0, 0, "header \"X-Gone\" exists", false },
	{ CHECK_SIZE, NULL, NULL, 10, 10000, "size within 10 and 10000 bytes", true },
	{ CHECK_SIZE, NULL, NULL, 0, 10, "size within 0 and 10 bytes", false },
	{ CHECK_SIZE, NULL, NULL, 10, 10, "size == 10 bytes", false },
	{ CHECK_SIZE, NULL, NULL, 100000, SIZE_MAX, "size >= 100000 bytes", false },
	{ CHECK_IS_JSON, NULL, NULL, 0, 0, "body is JSON", true },
};

static void checks_hold_or_not_and_say_what_they_want(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(check_cases); i++) {
		const struct check_case *c = &check_cases[i];
		struct response_view res = view(JSON);
		struct check check = { .kind = c->kind, .min = c->min, .max = c->max };
		struct error err = { 0 };

		check.key = c->key ? mem_strdup(c->key) : NULL;
		check.value = c->value ? mem_strdup(c->value) : NULL;
		if (check_compile(&check, &err) < 0)
			fail_msg("%s: %s", c->text, err.text);
		assert_string_equal(check.text, c->text);
		if (check_holds(&check, &res) != c->holds)
			fail_msg("%s: not %s", c->text, c->holds ? "true" : "false");
		check_fini(&check);
	}
}

static void a_body_that_is_no_json_holds_no_json_check(void **state)
{
	struct response_view res = view("<html>");
	struct check check = { .kind = CHECK_IS_JSON };
	struct check exists = { .kind = CHECK_JSON_EXISTS, .key = mem_strdup("token") };

	(void)state;
	assert_int_equal(check_compile(&check, NULL), 0);
	assert_int_equal(check_compile(&exists, NULL), 0);
	assert_false(check_holds(&check, &res));
	assert_false(check_holds(&exists, &res));
	check_fini(&check);
	check_fini(&exists);
}

/* ---- both together ----------------------------------------------------------------------- */

static void a_step_judges_checks_before_extracts(void **state)
{
	struct check checks[3] = {
		{ .kind = CHECK_IS_JSON },
		{ .kind = CHECK_IS_JSON },
		{ .kind = CHECK_CONTAINS, .key = mem_strdup("token") },
	};
	struct extract extracts[3] = { 0 };
	struct scenario scenario = {
		.checks = checks, .check_count = 3, .extracts = extracts, .extract_count = 3
	};
	struct step step = {
		.first_check = 1, .check_count = 2, .first_extract = 1, .extract_count = 2
	};
	struct response_view good = view("{\"token\":\"A\",\"id\":1}"),
			     no_id = view("{\"token\":1}"), no_token = view("{}"),
			     html = view("<html>token");
	struct vars *vars = vars_new(3);
	int detail = -1;
	size_t len;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(check_compile(&checks[i], NULL), 0);
		assert_int_equal(extract_compile(&extracts[i], i == 2 ? "id" : "token", NULL), 0);
		extracts[i].slot = i;
	}
	assert_int_equal(step_judge(&scenario, &step, &html, vars, &detail), FAILURE_CHECK);
	assert_int_equal(detail, 1);
	assert_int_equal(step_judge(&scenario, &step, &no_token, vars, &detail), FAILURE_CHECK);
	assert_int_equal(detail, 2);
	assert_false(vars_is_set(vars, 1));
	assert_int_equal(step_judge(&scenario, &step, &no_id, vars, &detail), FAILURE_EXTRACT);
	assert_int_equal(detail, 2);
	assert_int_equal(step_judge(&scenario, &step, &good, vars, &detail), FAILURE_NONE);
	assert_string_equal(vars_get(vars, 1, &len), "A");
	assert_string_equal(vars_get(vars, 2, &len), "1");
	assert_false(vars_is_set(vars, 0));
	for (size_t i = 0; i < 3; i++) {
		check_fini(&checks[i]);
		extract_fini(&extracts[i]);
	}
	vars_free(vars);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_come_out_of_every_source),
		cmocka_unit_test(integers_beyond_64_bits_become_reals),
		cmocka_unit_test(zero_bytes_survive),
		cmocka_unit_test(the_whole_body_can_be_taken),
		cmocka_unit_test(a_body_that_is_no_json_is_told_apart),
		cmocka_unit_test(what_is_optional_keeps_or_takes_its_default),
		cmocka_unit_test(a_value_too_large_is_an_error_also_when_optional),
		cmocka_unit_test(a_regular_expression_cannot_run_away),
		cmocka_unit_test(several_extracts_stop_at_the_first_that_fails),
		cmocka_unit_test(wrong_sources_are_named),
		cmocka_unit_test(checks_hold_or_not_and_say_what_they_want),
		cmocka_unit_test(a_body_that_is_no_json_holds_no_json_check),
		cmocka_unit_test(a_step_judges_checks_before_extracts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
