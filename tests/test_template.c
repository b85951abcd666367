/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/rng.h"
#include "scenario/template.h"
#include "scenario/vars.h"

#define RENDERS 300

/* Variables every case may use: token, ids (a list), none (an empty list), unset. */
struct fixture {
	struct names *names;
	struct vars *vars;
	struct rng rng;
	struct template_env env;
	struct buf buf;
};

static void set_text(struct fixture *f, const char *name, const char *text)
{
	unsigned slot;

	assert_int_equal(names_find(f->names, name, &slot), 0);
	assert_int_equal(vars_set(f->vars, slot, text, strlen(text)), 0);
}

static void setup(struct fixture *f)
{
	unsigned ids, none;

	f->names = names_new();
	names_intern(f->names, "token");
	ids = names_intern(f->names, "ids");
	none = names_intern(f->names, "none");
	names_intern(f->names, "unset");
	names_intern(f->names, "nasty");
	names_intern(f->names, "accounts.user");
	names_intern(f->names, "control");
	f->vars = vars_new(16);
	set_text(f, "token", "T0k");
	set_text(f, "nasty", "a\"b\\c\r\nd e/f?g=h&i%j\xc3\xa9+~");
	set_text(f, "accounts.user", "ann");
	set_text(f, "control", "\x01\b\t\f\x1f \x7f");
	vars_list_begin(f->vars, ids);
	assert_int_equal(vars_list_add(f->vars, ids, "one", 3), 0);
	assert_int_equal(vars_list_add(f->vars, ids, "two", 3), 0);
	vars_list_begin(f->vars, none);
	rng_seed(&f->rng, 42, 7);
	f->env = (struct template_env){
		.rng = &f->rng, .vars = f->vars, .user = 12, .iteration = 345
	};
	buf_init(&f->buf, 1 << 20);
}

static void teardown(struct fixture *f)
{
	buf_fini(&f->buf);
	vars_free(f->vars);
	names_free(f->names);
}

/* ---- exact texts ------------------------------------------------------------------------- */

struct text_case {
	const char *what, *source;
	enum template_escape escape;
	const char *want;
};

#define NASTY "{{nasty}}"

static const struct text_case text_cases[] = {
	{ "plain text", "no braces { here }", TEMPLATE_ESCAPE_NONE, "no braces { here }" },
	{ "nothing", "", TEMPLATE_ESCAPE_NONE, "" },
	{ "a variable", "Bearer {{token}}!", TEMPLATE_ESCAPE_NONE, "Bearer T0k!" },
	{ "blanks do not matter", "{{  token\t}}", TEMPLATE_ESCAPE_NONE, "T0k" },
	{ "a data column", "{{accounts.user}}", TEMPLATE_ESCAPE_NONE, "ann" },
	{ "neighbours", "{{token}}{{token}}", TEMPLATE_ESCAPE_NONE, "T0kT0k" },
	{ "four braces are two", "a{{{{b}} {{{{{{token}}", TEMPLATE_ESCAPE_NONE, "a{{b}} {{T0k" },
	{ "closing braces alone are text", "a}}b", TEMPLATE_ESCAPE_NONE, "a}}b" },
	{ "number of the user", "{{user}}", TEMPLATE_ESCAPE_NONE, "12" },
	{ "tasks begun", "{{iteration}}", TEMPLATE_ESCAPE_NONE, "345" },
	{ "unique in the run", "{{counter}}", TEMPLATE_ESCAPE_NONE, "12000000345" },
	{ "choice of one", "{{choice only}}", TEMPLATE_ESCAPE_NONE, "only" },
	{ "quoted choice", "{{choice \"New York\"}}", TEMPLATE_ESCAPE_NONE, "New York" },
	{ "quotes of the other kind", "{{choice 'a \"b\"'}}", TEMPLATE_ESCAPE_NONE, "a \"b\"" },
	{ "escaped quote", "{{choice \"a\\\"b\"}}", TEMPLATE_ESCAPE_NONE, "a\"b" },
	{ "braces in quotes", "{{choice \"}}\"}}x", TEMPLATE_ESCAPE_NONE, "}}x" },
	{ "empty choice", "<{{choice \"\"}}>", TEMPLATE_ESCAPE_NONE, "<>" },
	{ "int of one value", "{{int 5 5}}", TEMPLATE_ESCAPE_NONE, "5" },
	{ "negative int", "{{int -3 -3}}", TEMPLATE_ESCAPE_NONE, "-3" },
	{ "float", "{{float 1.5 1.5}}", TEMPLATE_ESCAPE_NONE, "1.500000" },
	{ "float with digits", "{{float 0.25 0.25 2}}", TEMPLATE_ESCAPE_NONE, "0.25" },
	{ "float without digits", "{{float 7 7 0}}", TEMPLATE_ESCAPE_NONE, "7" },
	{ "negative float below one", "{{float -0.5 -0.5 1}}", TEMPLATE_ESCAPE_NONE, "-0.5" },
	{ "pick from nothing, a word", "{{pick none x}}", TEMPLATE_ESCAPE_NONE, "x" },
	{ "pick from nothing, a text", "{{pick unset \"a b\"}}", TEMPLATE_ESCAPE_NONE, "a b" },
	{ "pick from nothing, a function", "{{pick none int 4 4}}", TEMPLATE_ESCAPE_NONE, "4" },
	{ "pick from nothing, pick again", "{{pick none pick unset user}}", TEMPLATE_ESCAPE_NONE,
	  "12" },
	{ "pick from a text", "{{pick token}}", TEMPLATE_ESCAPE_NONE, "T0k" },
	{ "a quoted function name is text", "{{pick none \"uuid\"}}", TEMPLATE_ESCAPE_NONE,
	  "uuid" },
	{ "first of a list", "{{ids}}", TEMPLATE_ESCAPE_NONE, "one" },
	{ "variable with default", "{{var unset -}}", TEMPLATE_ESCAPE_NONE, "-" },
	{ "variable without need of it", "{{var token -}}", TEMPLATE_ESCAPE_NONE, "T0k" },
	{ "base64 of a text", "{{base64 \"user:pass\"}}", TEMPLATE_ESCAPE_NONE, "dXNlcjpwYXNz" },
	{ "base64, one byte", "{{base64 \"a\"}}", TEMPLATE_ESCAPE_NONE, "YQ==" },
	{ "base64, two bytes", "{{base64 \"ab\"}}", TEMPLATE_ESCAPE_NONE, "YWI=" },
	{ "base64 of nothing", "{{base64 \"\"}}", TEMPLATE_ESCAPE_NONE, "" },
	{ "base64 of a variable", "{{base64 token}}", TEMPLATE_ESCAPE_NONE, "VDBr" },
	{ "base64 in a URL", "/{{base64 \"a\"}}", TEMPLATE_ESCAPE_URL, "/YQ%3D%3D" },
	{ "base64 of a variable in a URL", "/{{base64 nasty}}", TEMPLATE_ESCAPE_URL,
	  "/YSJiXGMNCmQgZS9mP2c9aCZpJWrDqSt%2B" },
	{ "no escape", NASTY, TEMPLATE_ESCAPE_NONE, "a\"b\\c\r\nd e/f?g=h&i%j\xc3\xa9+~" },
	{ "in JSON", NASTY, TEMPLATE_ESCAPE_JSON, "a\\\"b\\\\c\\r\\nd e/f?g=h&i%j\xc3\xa9+~" },
	{ "control characters in JSON", "{{control}}", TEMPLATE_ESCAPE_JSON,
	  "\\u0001\\b\\t\\f\\u001F \x7f" },
	{ "in a URL", "/" NASTY "/", TEMPLATE_ESCAPE_URL,
	  "/a%22b%5Cc%0D%0Ad%20e%2Ff%3Fg%3Dh%26i%25j%C3%A9%2B~/" },
	{ "in a form", "x=" NASTY, TEMPLATE_ESCAPE_FORM,
	  "x=a%22b%5Cc%0D%0Ad+e%2Ff%3Fg%3Dh%26i%25j%C3%A9%2B~" },
	{ "in a header", NASTY, TEMPLATE_ESCAPE_HEADER, "a\"b\\cd e/f?g=h&i%j\xc3\xa9+~" },
	{ "raw in a URL keeps all but line breaks", "{{raw nasty}}", TEMPLATE_ESCAPE_URL,
	  "a\"b\\cd e/f?g=h&i%j\xc3\xa9+~" },
	{ "a path as written", "/a%20b/?x=1&y=[z]", TEMPLATE_ESCAPE_URL, "/a%20b/?x=1&y=[z]" },
	{ "what no URL may hold", "/a b\r\n\xc3\xa9\"{}", TEMPLATE_ESCAPE_URL,
	  "/a%20b%0D%0A%C3%A9%22%7B%7D" },
};

static void texts_render_exactly(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(text_cases); i++) {
		const struct text_case *c = &text_cases[i];
		struct fixture f;
		struct template *tpl;
		struct error err = { 0 };

		setup(&f);
		if (template_compile(&tpl, c->source, c->escape, f.names, &err) < 0)
			fail_msg("%s: %s", c->what, err.text);
		if (template_render(tpl, &f.env, &f.buf, NULL) < 0 ||
		    strcmp(buf_str(&f.buf), c->want) != 0)
			fail_msg("%s: \"%s\", wanted \"%s\"", c->what, buf_str(&f.buf), c->want);
		assert_string_equal(template_source(tpl), c->source);
		template_free(tpl);
		teardown(&f);
	}
}

/* ---- JSON values ------------------------------------------------------------------------- */

static const struct text_case json_cases[] = {
	{ "text", "x", TEMPLATE_ESCAPE_JSON, "\"x\"" },
	{ "literals are escaped", "a\"b\n", TEMPLATE_ESCAPE_JSON, "\"a\\\"b\\n\"" },
	{ "text with a number in it", "n{{int 5 5}}", TEMPLATE_ESCAPE_JSON, "\"n5\"" },
	{ "a number as a text", "{{int 5 5}}", TEMPLATE_ESCAPE_JSON, "\"5\"" },
	{ "a number", "{{= int 5 5}}", TEMPLATE_ESCAPE_JSON, "5" },
	{ "without a blank", "{{=int -5 -5}}", TEMPLATE_ESCAPE_JSON, "-5" },
	{ "a fraction", "{{= float 0.5 0.5 1}}", TEMPLATE_ESCAPE_JSON, "0.5" },
	{ "true", "{{= choice true}}", TEMPLATE_ESCAPE_JSON, "true" },
	{ "null", "{{= choice null}}", TEMPLATE_ESCAPE_JSON, "null" },
	{ "exponent", "{{= choice 1e5}}", TEMPLATE_ESCAPE_JSON, "1e5" },
	{ "a leading zero is no number", "{{= choice 007}}", TEMPLATE_ESCAPE_JSON, "\"007\"" },
	{ "a lone minus is no number", "{{= choice -}}", TEMPLATE_ESCAPE_JSON, "\"-\"" },
	{ "a point at the end is no number", "{{= choice 1.}}", TEMPLATE_ESCAPE_JSON, "\"1.\"" },
	{ "a text stays a text", "{{= token}}", TEMPLATE_ESCAPE_JSON, "\"T0k\"" },
	{ "and is escaped", "{{= choice 'a\"b'}}", TEMPLATE_ESCAPE_JSON, "\"a\\\"b\"" },
	{ "base64 of a variable", "{{= base64 token}}", TEMPLATE_ESCAPE_JSON, "\"VDBr\"" },
	{ "raw", "{{= raw token}}", TEMPLATE_ESCAPE_JSON, "T0k" },
	{ "user", "{{= user}}", TEMPLATE_ESCAPE_JSON, "12" },
	{ "a default", "{{= pick none int 9 9}}", TEMPLATE_ESCAPE_JSON, "9" },
	{ "a text default", "{{= pick none nine}}", TEMPLATE_ESCAPE_JSON, "\"nine\"" },
};

static void json_values_are_bare_only_when_they_are_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(json_cases); i++) {
		const struct text_case *c = &json_cases[i];
		struct template *tpl = template_new("x");
		struct error err = { 0 };
		struct fixture f;

		setup(&f);
		if (template_add(tpl, c->source, c->escape, true, true, f.names, &err) < 0)
			fail_msg("%s: %s", c->what, err.text);
		assert_int_equal(template_render(tpl, &f.env, &f.buf, NULL), 0);
		if (strcmp(buf_str(&f.buf), c->want) != 0)
			fail_msg("%s: %s, wanted %s", c->what, buf_str(&f.buf), c->want);
		template_free(tpl);
		teardown(&f);
	}
}

/* ---- random values ----------------------------------------------------------------------- */

static bool is_uuid4(const char *text)
{
	if (strlen(text) != 36 || text[14] != '4' || !strchr("89ab", text[19]))
		return false;
	for (int i = 0; i < 36; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return false;
		} else if (!isxdigit((unsigned char)text[i]) || isupper((unsigned char)text[i])) {
			return false;
		}
	}
	return true;
}

static bool is_hex8(const char *text)
{
	return strlen(text) == 8 && strspn(text, "0123456789abcdef") == 8;
}

static bool is_alnum12(const char *text)
{
	size_t n = 0;

	while (isalnum((unsigned char)text[n]))
		n++;
	return n == 12 && !text[n];
}

static bool is_dice(const char *text)
{
	return strlen(text) == 1 && *text >= '1' && *text <= '6';
}

static bool is_fraction(const char *text)
{
	double value = strtod(text, NULL);

	return strlen(text) == 4 && value >= 0.10 && value <= 0.20;
}

static bool is_ring(const char *text)
{
	return strcmp(text, "CANARY") == 0 || strcmp(text, "PILOT") == 0;
}

static bool is_id(const char *text)
{
	return strcmp(text, "one") == 0 || strcmp(text, "two") == 0;
}

static bool is_any_int(const char *text)
{
	return *text != '\0';
}

static void random_values_have_their_form_and_vary(void **state)
{
	static const struct {
		const char *source;
		bool (*fits)(const char *text);
		size_t different; /* at least so many of RENDERS */
	} cases[] = {
		{ "{{uuid}}", is_uuid4, RENDERS },
		{ "{{hex 8}}", is_hex8, RENDERS - 1 },
		{ "{{alnum 12}}", is_alnum12, RENDERS },
		{ "{{int 1 6}}", is_dice, 6 },
		{ "{{float 0.1 0.2 2}}", is_fraction, 11 },
		{ "{{choice CANARY PILOT}}", is_ring, 2 },
		{ "{{pick ids uuid}}", is_id, 2 },
		{ "{{int -9223372036854775808 9223372036854775807}}", is_any_int, RENDERS },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *seen[RENDERS];
		size_t different = 0;
		struct template *tpl;
		struct fixture f;

		setup(&f);
		assert_int_equal(template_compile(&tpl, cases[i].source, TEMPLATE_ESCAPE_NONE,
						  f.names, NULL),
				 0);
		for (size_t k = 0; k < RENDERS; k++) {
			size_t j = 0;

			buf_reset(&f.buf);
			assert_int_equal(template_render(tpl, &f.env, &f.buf, NULL), 0);
			if (!cases[i].fits(buf_str(&f.buf)))
				fail_msg("%s: \"%s\"", cases[i].source, buf_str(&f.buf));
			while (j < different && strcmp(seen[j], buf_str(&f.buf)) != 0)
				j++;
			if (j == different)
				seen[different++] = strdup(buf_str(&f.buf));
		}
		if (different < cases[i].different)
			fail_msg("%s: only %zu different values", cases[i].source, different);
		for (size_t k = 0; k < different; k++)
			free(seen[k]);
		template_free(tpl);
		teardown(&f);
	}
}

static void the_same_seed_renders_the_same_text(void **state)
{
	const char *source = "{{uuid}} {{hex 8}} {{int 1 1000}} {{choice a b c d}} {{alnum 9}}";
	char first[200];
	struct template *tpl;
	struct fixture f;

	(void)state;
	setup(&f);
	assert_int_equal(template_compile(&tpl, source, TEMPLATE_ESCAPE_NONE, f.names, NULL), 0);
	assert_int_equal(template_render(tpl, &f.env, &f.buf, NULL), 0);
	snprintf(first, sizeof(first), "%s", buf_str(&f.buf));
	rng_seed(&f.rng, 42, 7);
	buf_reset(&f.buf);
	assert_int_equal(template_render(tpl, &f.env, &f.buf, NULL), 0);
	assert_string_equal(buf_str(&f.buf), first);
	template_free(tpl);
	teardown(&f);
}

static void clocks_have_their_form(void **state)
{
	struct template *tpl;
	struct fixture f;

	(void)state;
	setup(&f);
	assert_int_equal(
		template_compile(&tpl, "{{now}} {{now_ms}}", TEMPLATE_ESCAPE_NONE, f.names, NULL),
		0);
	assert_int_equal(template_render(tpl, &f.env, &f.buf, NULL), 0);
	assert_int_equal(strlen(buf_str(&f.buf)), strlen("2026-11-23T07:56:22.920Z 1795420946961"));
	assert_int_equal(buf_str(&f.buf)[10], 'T');
	assert_int_equal(buf_str(&f.buf)[23], 'Z');
	template_free(tpl);
	teardown(&f);
}

/* ---- environment ------------------------------------------------------------------------- */

static void the_environment_is_read_while_compiling(void **state)
{
	struct template *tpl;
	struct fixture f;

	(void)state;
	setup(&f);
	setenv("THRONG_TEST_ENV", "from \"outside\"", 1);
	assert_int_equal(template_compile(&tpl, "<{{env THRONG_TEST_ENV x}}>", TEMPLATE_ESCAPE_JSON,
					  f.names, NULL),
			 0);
	unsetenv("THRONG_TEST_ENV");
	assert_true(template_is_constant(tpl));
	assert_string_equal(template_constant(tpl), "<from \\\"outside\\\">");
	template_free(tpl);
	assert_int_equal(template_compile(&tpl, "{{env THRONG_TEST_ENV 'de fault'}}",
					  TEMPLATE_ESCAPE_NONE, f.names, NULL),
			 0);
	assert_string_equal(template_constant(tpl), "de fault");
	template_free(tpl);
	teardown(&f);
}

/* ---- errors ------------------------------------------------------------------------------ */

static void mistakes_are_named_with_what_is_allowed(void **state)
{
	static const struct {
		const char *source, *want;
	} cases[] = {
		{ "a {{token", "\"{{\" without \"}}\" (\"{{{{\" writes two braces)" },
		{ "{{}}", "{{}}: nothing between the braces: name a function or a variable" },
		{ "{{ }}", "{{ }}: nothing between the braces: name a function or a variable" },
		{ "{{choise a b}}",
		  "{{choise a b}}: no function \"choise\": did you mean \"choice\"?" },
		{ "{{frobnicate a}}",
		  "{{frobnicate a}}: no function \"frobnicate\" (a variable stands alone between "
		  "its braces; the functions are in throng-scenario(5))" },
		{ "{{hex}}", "{{hex}}: wrong number of arguments; it is {{hex N}}" },
		{ "{{uuid 4}}", "{{uuid 4}}: wrong number of arguments; it is {{uuid}}" },
		{ "{{choice}}", "{{choice}}: wrong number of arguments; it is {{choice A B ...}}" },
		{ "{{hex 0}}", "{{hex 0}}: the length must be a whole number from 1 to 1024" },
		{ "{{alnum 1025}}",
		  "{{alnum 1025}}: the length must be a whole number from 1 to 1024" },
		{ "{{int 5 1}}", "{{int 5 1}}: MIN is greater than MAX" },
		{ "{{int 1 x}}",
		  "{{int 1 x}}: MIN and MAX must be whole numbers of at most 18 digits" },
		{ "{{int 1 99999999999999999999}}",
		  "{{int 1 99999999999999999999}}: MIN and MAX must be whole numbers of at most 18 "
		  "digits" },
		{ "{{float 2 1}}", "{{float 2 1}}: MIN is greater than MAX" },
		{ "{{float 0 1 10}}",
		  "{{float 0 1 10}}: DIGITS must be a whole number from 0 to 9" },
		{ "{{float 0 nan}}",
		  "{{float 0 nan}}: MIN and MAX must be numbers from -1e9 to 1e9" },
		{ "{{pick uuid}}", "{{pick uuid}}: \"uuid\" is no name of a variable" },
		{ "{{pick ids a b}}",
		  "{{pick ids a b}}: the default is one word, one \"quoted text\" or a function" },
		{ "{{pick ids hex}}",
		  "{{pick ids hex}}: wrong number of arguments; it is {{hex N}}" },
		{ "{{env THRONG_TEST_UNSET}}",
		  "{{env THRONG_TEST_UNSET}}: the environment variable THRONG_TEST_UNSET is not "
		  "set, and there is no default" },
		{ "{{choice \"a}}", "\"{{\" without \"}}\" (\"{{{{\" writes two braces)" },
		{ "{{choice \"a\"b}}", "{{choice \"a\"b}}: a quote is not closed, or something "
				       "follows it directly" },
		{ "{{9lives}}", "{{9lives}}: \"9lives\" is neither a function nor a variable name "
				"(letters, digits, \"_\", \"-\" and \".\", a letter first)" },
		{ "{{= uuid}}", "{{= …}} must be a whole string inside \"json\"" },
		{ "{{base64 9}}", "{{base64 9}}: \"9\" is no name of a variable" },
	};

	(void)state;
	unsetenv("THRONG_TEST_UNSET");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct names *names = names_new();
		struct template *tpl = NULL;
		struct error err = { 0 };

		assert_int_equal(
			template_compile(&tpl, cases[i].source, TEMPLATE_ESCAPE_NONE, names, &err),
			-EINVAL);
		assert_null(tpl);
		assert_string_equal(err.text, cases[i].want);
		names_free(names);
	}
}

static void an_unset_variable_is_reported_by_its_slot(void **state)
{
	static const char *const sources[] = { "a{{unset}}", "{{pick unset}}", "{{pick none}}",
					       "{{raw unset}}", "{{base64 unset}}" };

	(void)state;
	for (size_t i = 0; i < COUNT(sources); i++) {
		unsigned missing = 99, want;
		struct template *tpl;
		struct fixture f;

		setup(&f);
		assert_int_equal(
			names_find(f.names, strstr(sources[i], "none") ? "none" : "unset", &want),
			0);
		assert_int_equal(
			template_compile(&tpl, sources[i], TEMPLATE_ESCAPE_NONE, f.names, NULL), 0);
		assert_int_equal(template_render(tpl, &f.env, &f.buf, &missing), -ENODATA);
		assert_int_equal(missing, want);
		template_free(tpl);
		teardown(&f);
	}
}

static void a_full_buffer_is_an_error_for_every_piece(void **state)
{
	static const char *const sources[] = {
		"0123456789abcdef",
		"{{uuid}}",
		"{{hex 20}}",
		"{{nasty}}",
		"{{choice aaaaaaaaaaaaaaaaa}}",
		"{{base64 nasty}}",
		"{{raw nasty}}",
		"{{counter}}{{counter}}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(sources); i++) {
		for (int escape = 0; escape <= TEMPLATE_ESCAPE_HEADER; escape++) {
			struct template *tpl;
			struct fixture f;

			setup(&f);
			buf_fini(&f.buf);
			buf_init(&f.buf, 15);
			assert_int_equal(template_compile(&tpl, sources[i],
							  (enum template_escape)escape, f.names,
							  NULL),
					 0);
			assert_int_equal(template_render(tpl, &f.env, &f.buf, NULL), -EMSGSIZE);
			template_free(tpl);
			teardown(&f);
		}
	}
}

/* ---- the rest ---------------------------------------------------------------------------- */

static void basic_credentials_are_encoded_whole(void **state)
{
	struct template *tpl = template_new("basic");
	struct fixture f;

	(void)state;
	setup(&f);
	template_add_literal(tpl, "Basic ", 6);
	assert_int_equal(template_add_basic(tpl, "Aladdin", "open sesame", f.names, NULL), 0);
	assert_true(template_is_constant(tpl));
	assert_string_equal(template_constant(tpl), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
	template_free(tpl);

	tpl = template_new("basic");
	template_add_literal(tpl, "Basic ", 6);
	assert_int_equal(template_add_basic(tpl, "{{accounts.user}}", "{{token}}", f.names, NULL),
			 0);
	assert_false(template_is_constant(tpl));
	assert_int_equal(template_render(tpl, &f.env, &f.buf, NULL), 0);
	assert_string_equal(buf_str(&f.buf), "Basic YW5uOlQwaw==");
	template_free(tpl);
	teardown(&f);
}

static void an_outline_shows_insertions_by_name(void **state)
{
	struct template *tpl;
	struct fixture f;

	(void)state;
	setup(&f);
	assert_int_equal(template_compile(&tpl,
					  "/{{env THRONG_TEST_UNSET api}}/{{uuid}}/{{pick ids "
					  "uuid}}/{{hex 8}}/{{token}}/{{choice a b}}?x={{int 1 2}}",
					  TEMPLATE_ESCAPE_URL, f.names, NULL),
			 0);
	template_outline(tpl, &f.buf);
	assert_string_equal(buf_str(&f.buf), "/api/{uuid}/{ids}/{hex}/{token}/{choice}?x={int}");
	template_free(tpl);
	teardown(&f);
}

static void note_slot(unsigned slot, void *arg)
{
	*(unsigned *)arg |= 1u << slot;
}

static void every_slot_is_told(void **state)
{
	struct template *tpl;
	struct fixture f;
	unsigned slots = 0;

	(void)state;
	setup(&f);
	assert_int_equal(template_compile(&tpl, "{{token}} {{uuid}} {{pick ids pick none uuid}}",
					  TEMPLATE_ESCAPE_NONE, f.names, NULL),
			 0);
	template_each_slot(tpl, 0, note_slot, &slots);
	assert_int_equal(slots, 1u << 0 | 1u << 1 | 1u << 2);
	template_free(tpl);
	teardown(&f);
}

static void each_function_has_a_usage_that_begins_with_its_name(void **state)
{
	const char *const *names = template_function_names();
	const char *const *usages = template_function_usages();
	size_t count = 0;

	(void)state;
	for (; names[count]; count++)
		assert_int_equal(strncmp(names[count], usages[count], strlen(names[count])), 0);
	assert_null(usages[count]);
	assert_true(count >= 16);
}

static void rendering_again_allocates_nothing(void **state)
{
	const char *source = "{{uuid}} {{hex 100}} {{nasty}} {{base64 nasty}} {{pick ids uuid}} "
			     "{{float 0 1}} {{now}} {{choice a b}}";
	struct template *tpl;
	const char *data;
	struct fixture f;
	size_t cap;

	(void)state;
	setup(&f);
	assert_int_equal(template_compile(&tpl, source, TEMPLATE_ESCAPE_JSON, f.names, NULL), 0);
	assert_int_equal(template_render(tpl, &f.env, &f.buf, NULL), 0);
	data = f.buf.data;
	cap = f.buf.cap;
	for (int i = 0; i < 1000; i++) {
		buf_reset(&f.buf);
		assert_int_equal(template_render(tpl, &f.env, &f.buf, NULL), 0);
	}
	assert_ptr_equal(f.buf.data, data);
	assert_int_equal(f.buf.cap, cap);
	template_free(tpl);
	teardown(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_render_exactly),
		cmocka_unit_test(json_values_are_bare_only_when_they_are_json),
		cmocka_unit_test(random_values_have_their_form_and_vary),
		cmocka_unit_test(the_same_seed_renders_the_same_text),
		cmocka_unit_test(clocks_have_their_form),
		cmocka_unit_test(the_environment_is_read_while_compiling),
		cmocka_unit_test(mistakes_are_named_with_what_is_allowed),
		cmocka_unit_test(an_unset_variable_is_reported_by_its_slot),
		cmocka_unit_test(a_full_buffer_is_an_error_for_every_piece),
		cmocka_unit_test(basic_credentials_are_encoded_whole),
		cmocka_unit_test(an_outline_shows_insertions_by_name),
		cmocka_unit_test(every_slot_is_told),
		cmocka_unit_test(each_function_has_a_usage_that_begins_with_its_name),
		cmocka_unit_test(rendering_again_allocates_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
