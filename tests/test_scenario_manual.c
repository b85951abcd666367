/* SPDX-License-Identifier: MIT */
/* throng-scenario(5) and the tables of the loader say the same: every key, template function and
 * metric stands in its place with an example, nothing else does, and the examples load. */
#include "config.h"

#include "unit.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "scenario/criterion.h"
#include "scenario/keys.h"
#include "scenario/scenario.h"
#include "scenario/template.h"

#define MANUAL_MAX (1 << 20)

static const struct {
	const char *set, *heading;
} places[] = {
	{ "scenario", ".Ss The scenario" },
	{ "http", ".Ss HTTP" },
	{ "health", ".Ss Health check" },
	{ "data", ".Ss Rows of data" },
	{ "load", ".Ss Keys of the load" },
	{ "stage", ".Ss Stages" },
	{ "class", ".Ss User classes" },
	{ "wait", ".Ss Waiting" },
	{ "task", ".Ss Tasks" },
	{ "step", ".Ss Keys of a request" },
	{ "basic", ".Ss Keys of a request" },
	{ "then", ".Ss Which header wins" },
	{ "expect", ".Ss Expectations" },
	{ "exists", ".Ss Expectations" },
	{ "size", ".Ss Expectations" },
	{ "extract", ".Ss Extraction" },
	{ "panels", ".Sh PANELS" },
	{ "docker", ".Ss Containers" },
	{ "container", ".Ss Containers" },
	{ "limit", ".Ss Containers" },
	{ "postgres", ".Ss Database" },
	{ "exec", ".Ss Database" },
	{ "postgres_expect", ".Ss Database" },
	{ "postgres_limit", ".Ss Database" },
	{ "gauge", ".Ss Database" },
};

/* ---- the manual -------------------------------------------------------------------------- */

static char *read_manual(void)
{
	FILE *in = fopen(TOP_SRCDIR "/man/throng-scenario.5", "re");
	char *text = mem_new(MANUAL_MAX);

	assert_non_null(in);
	assert_true(fread(text, 1, MANUAL_MAX - 1, in) > 0);
	fclose(in);
	return text;
}

/* From a heading to the next one of its level or a higher one. */
static char *section(const char *manual, const char *heading)
{
	char *line = mem_printf("\n%s\n", heading);
	const char *at = strstr(manual, line), *sh, *ss, *end;

	if (!at)
		fail_msg("the manual has no \"%s\"", heading);
	at += strlen(line) - 1;
	sh = strstr(at, "\n.Sh ");
	ss = strstr(at, "\n.Ss ");
	end = ss && (!sh || ss < sh) ? ss : sh;
	free(line);
	return mem_strndup(at, end ? (size_t)(end - at) + 1 : strlen(at));
}

/* All text of examples, with roff's escapes undone. */
static void append_plain(struct buf *out, const char *line, size_t len)
{
	static const struct {
		const char *escape, *text;
	} escapes[] = { { "\\e", "\\" },
			{ "\\(dq", "\"" },
			{ "\\(aq", "'" },
			{ "\\&", "" },
			{ "\\(en", "-" } };

	for (size_t i = 0; i < len;) {
		size_t k = 0;

		while (k < COUNT(escapes) &&
		       strncmp(line + i, escapes[k].escape, strlen(escapes[k].escape)) != 0)
			k++;
		if (k < COUNT(escapes)) {
			(void)buf_adds(out, escapes[k].text);
			i += strlen(escapes[k].escape);
		} else {
			(void)buf_addc(out, line[i++]);
		}
	}
}

/* The next literal block behind *at; false when there is none. */
static bool next_example(const char **at, struct buf *out)
{
	const char *begin = strstr(*at, "\n.Bd -literal"), *end;

	if (!begin)
		return false;
	begin = strchr(begin + 1, '\n') + 1;
	end = strstr(begin, "\n.Ed");
	assert_non_null(end);
	buf_reset(out);
	append_plain(out, begin, (size_t)(end - begin));
	*at = end;
	return true;
}

/* Is there a list item ".It ... Cm WORD" with this word? */
static bool has_item(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *line = strstr(text, "\n.It "); line; line = strstr(line + 1, "\n.It ")) {
		const char *end = strchr(line + 1, '\n'), *at = line;

		while ((at = strstr(at + 1, "Cm ")) && at < end)
			if (strncmp(at + 3, word, len) == 0 &&
			    (isspace((unsigned char)at[3 + len])))
				return true;
	}
	return false;
}

/* ---- keys -------------------------------------------------------------------------------- */

static const char *heading_of(const char *set)
{
	for (size_t i = 0; i < COUNT(places); i++)
		if (strcmp(places[i].set, set) == 0)
			return places[i].heading;
	fail_msg("this test does not know where \"%s\" is described", set);
	return NULL;
}

static void every_key_stands_in_its_section_with_an_example(void **state)
{
	char *manual = read_manual();
	const char *at = manual;
	struct buf examples, one;

	(void)state;
	buf_init(&examples, MANUAL_MAX);
	buf_init(&one, MANUAL_MAX);
	while (next_example(&at, &one))
		(void)buf_adds(&examples, buf_str(&one));
	for (const struct keyset *const *set = keys_all(); *set; set++) {
		char *text = section(manual, heading_of((*set)->name));

		for (size_t i = 0; i < (*set)->count; i++) {
			const char *key = (*set)->keys[i].name;
			char *member = mem_printf("\"%s\":", key);

			if (!has_item(text, key))
				fail_msg("%s lacks \".It Cm %s\" (%s)", heading_of((*set)->name),
					 key, (*set)->name);
			if (!strstr(buf_str(&examples), member))
				fail_msg("no example has %s", member);
			free(member);
		}
		free(text);
	}
	buf_fini(&one);
	buf_fini(&examples);
	free(manual);
}

static bool is_key_under(const char *heading, const char *word, size_t len)
{
	for (const struct keyset *const *set = keys_all(); *set; set++) {
		if (strcmp(heading_of((*set)->name), heading) != 0)
			continue;
		for (size_t i = 0; i < (*set)->count; i++)
			if (strlen((*set)->keys[i].name) == len &&
			    strncmp((*set)->keys[i].name, word, len) == 0)
				return true;
	}
	return false;
}

static void no_section_describes_a_key_that_is_not_there(void **state)
{
	char *manual = read_manual();

	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		char *text = section(manual, places[i].heading);

		for (const char *line = strstr(text, "\n.It Cm "); line;
		     line = strstr(line + 1, "\n.It Cm ")) {
			const char *end = strchr(line + 1, '\n'), *at = line;

			while ((at = strstr(at + 1, "Cm ")) && at < end) {
				size_t len = strcspn(at + 3, " \n");

				if (!is_key_under(places[i].heading, at + 3, len))
					fail_msg("%s: \"%.*s\" is no key", places[i].heading,
						 (int)len, at + 3);
			}
		}
		free(text);
	}
	free(manual);
}

/* ---- functions and metrics --------------------------------------------------------------- */

static void every_function_is_described_as_it_is_used(void **state)
{
	char *manual = read_manual(), *text = section(manual, ".Sh TEMPLATES");
	const char *const *names = template_function_names();
	const char *const *usages = template_function_usages();
	struct buf plain;

	(void)state;
	buf_init(&plain, MANUAL_MAX);
	append_plain(&plain, text, strlen(text));
	for (size_t i = 0; names[i]; i++) {
		char *item = mem_printf("\n.It Li {{%s}}\n", usages[i]);
		char *call = mem_printf("{{%s", names[i]), *json = mem_printf("{{= %s", names[i]);
		const char *examples = strstr(buf_str(&plain), "\n.Bd -literal");

		if (!strstr(buf_str(&plain), item))
			fail_msg("TEMPLATES lacks \".It Li {{%s}}\"", usages[i]);
		if (!strstr(examples, call) && !strstr(examples, json))
			fail_msg("TEMPLATES has no example of %s", names[i]);
		free(json);
		free(call);
		free(item);
	}
	buf_fini(&plain);
	free(text);
	free(manual);
}

static void every_metric_is_described(void **state)
{
	char *manual = read_manual(), *text = section(manual, ".Ss Metrics");

	(void)state;
	for (const char *const *name = metric_names(); *name; name++) {
		char *item = mem_printf("\n.It Cm %s\n", *name);

		if (!strstr(text, item))
			fail_msg("Metrics lacks \".It Cm %s\"", *name);
		free(item);
	}
	free(text);
	free(manual);
}

static bool is_metric(const char *word, size_t len)
{
	for (const char *const *name = metric_names(); *name; name++)
		if (strlen(*name) == len && strncmp(*name, word, len) == 0)
			return true;
	return false;
}

static void no_metric_is_described_that_is_not_there(void **state)
{
	char *manual = read_manual(), *text = section(manual, ".Ss Metrics");

	(void)state;
	for (const char *line = strstr(text, "\n.It Cm "); line;
	     line = strstr(line + 1, "\n.It Cm ")) {
		size_t len = strcspn(line + 8, "\n");

		if (!is_metric(line + 8, len))
			fail_msg("Metrics: \"%.*s\" is no metric", (int)len, line + 8);
	}
	free(text);
	free(manual);
}

/* ---- examples ---------------------------------------------------------------------------- */

/* What examples of single members need around them. */
#define AROUND                                                                      \
	"\"target\": \"http://localhost\", \"load\": { \"users\": 1 }, \"users\": " \
	"{ \"U\": { \"tasks\": { \"t\": { \"get\": \"/a\" } } } }"

static void load_example(const char *what, const char *text)
{
	struct errors *errs = errors_new();
	struct scenario *scenario = NULL;
	char line[1600];

	if (scenario_parse(&scenario, "example", TEST_SRCDIR "/scenarios/valid/every-key", text,
			   strlen(text), NULL, errs) < 0) {
		error_format(errors_at(errs, 0), line, sizeof(line));
		fail_msg("%s\n%s", line, what);
	}
	scenario_free(scenario);
	errors_free(errs);
}

/* Members of a scenario, over those of AROUND. */
static void load_members(const char *members)
{
	char *text = mem_printf("{ %s }", members), *whole;
	json_t *around = json_loads("{" AROUND "}", 0, NULL), *own = json_loads(text, 0, NULL);

	if (!own)
		fail_msg("no JSON:\n%s", members);
	json_object_update(around, own);
	whole = json_dumps(around, 0);
	load_example(members, whole);
	json_decref(own);
	json_decref(around);
	free(whole);
	free(text);
}

/* Length of the example at the front: up to the line that begins the next one. */
static size_t first_of(const char *text)
{
	char begin[3] = { '\n', *text, '\0' };
	const char *next = strstr(text + 1, begin);

	/* Members of one scenario are separated by commas, examples are not. */
	while (next && next[-1] == ',')
		next = strstr(next + 1, begin);
	return next ? (size_t)(next - text) : strlen(text);
}

/* A block holds whole scenarios, members of one, or requests. */
static void load_block(const char *block)
{
	char *requests = mem_strdup("");

	while (*block) {
		size_t len = first_of(block);
		char *one = mem_strndup(block, len), *more;

		if (*one == '"') {
			load_members(one);
		} else if (strstr(one, "\"users\"") == NULL) {
			more = mem_printf("%s%s%s", requests, *requests ? ", " : "", one);
			free(requests);
			requests = more;
		} else if (*one == '{') {
			load_example(one, one);
		}
		free(one);
		block += len + (block[len] == '\n');
	}
	if (*requests == '{') {
		char *members =
			mem_printf("\"users\": { \"U\": { \"on_start\": [ %s ], \"tasks\": { "
				   "\"t\": { \"get\": \"/\" } } } }",
				   requests);

		load_members(members);
		free(members);
	}
	free(requests);
}

static void the_examples_load(void **state)
{
	char *manual = read_manual();
	const char *at = manual;
	size_t count = 0;
	struct buf block;

	(void)state;
	buf_init(&block, MANUAL_MAX);
	while (next_example(&at, &block)) {
		if (*buf_str(&block) != '{' && *buf_str(&block) != '"')
			continue; /* not JSON: messages */
		load_block(buf_str(&block));
		count++;
	}
	assert_true(count >= 20);
	buf_fini(&block);
	free(manual);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_stands_in_its_section_with_an_example),
		cmocka_unit_test(no_section_describes_a_key_that_is_not_there),
		cmocka_unit_test(every_function_is_described_as_it_is_used),
		cmocka_unit_test(every_metric_is_described),
		cmocka_unit_test(no_metric_is_described_that_is_not_there),
		cmocka_unit_test(the_examples_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
