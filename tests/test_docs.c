/* SPDX-License-Identifier: MIT */
/* What the program knows in tables and what manual and completions say must be the same. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "cli/cmd_target.h"
#include "cli/options.h"
#include "record/health.h"
#include "tui/keys.h"

#define FILE_MAX (1u << 20)

static char *read_file(const char *name)
{
	char path[512];
	struct buf buf;
	FILE *file;
	int c;

	snprintf(path, sizeof(path), TOP_SRCDIR "/%s", name);
	file = fopen(path, "r");
	assert_non_null(file);
	buf_init(&buf, FILE_MAX);
	while ((c = fgetc(file)) != EOF)
		buf_addc(&buf, (char)c);
	fclose(file);
	return buf_take(&buf, NULL);
}

/* A copy of the manual's text below a heading (".Ss Keys"), up to the next heading. */
static char *section(const char *manual, const char *heading)
{
	char line[80];
	const char *at, *ss, *sh, *end;

	snprintf(line, sizeof(line), "\n%s\n", heading);
	at = strstr(manual, line);
	if (!at)
		fail_msg("the manual has no \"%s\"", heading);
	at += strlen(line) - 1;
	ss = strstr(at, "\n.Ss ");
	sh = strstr(at, "\n.Sh ");
	end = ss && (!sh || ss < sh) ? ss : sh;
	return strndup(at, end ? (size_t)(end - at) + 1 : strlen(at));
}

/* Text of mdoc as the manual's author writes it. */
static void add_mdoc(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '-')
			buf_adds(out, "\\-");
		else if (strncmp(text, "–", strlen("–")) == 0) {
			buf_adds(out, "\\(en");
			text += strlen("–") - 1;
		} else if (*text == '?')
			buf_adds(out, "\\&?");
		else
			buf_addc(out, *text);
	}
}

/* The line of the manual that an option must have. */
static const char *item_of(char letter, const char *name, const char *argument, struct buf *out)
{
	buf_reset(out);
	buf_adds(out, "\n.It ");
	if (letter)
		buf_addf(out, "Fl %c , ", letter);
	buf_addf(out, "Fl -%s%s%s\n", name, argument ? " Ar " : "", argument ? argument : "");
	return buf_str(out);
}

static bool is_for(const struct option_row *row, enum subcommand subcommand)
{
	return row->subcommands & 1u << subcommand;
}

static const char *heading_of(const struct option_row *row)
{
	if (is_for(row, SUBCOMMAND_RUN))
		return ".Ss Options of run and demo";
	if (is_for(row, SUBCOMMAND_DEMO))
		return ".Ss Further options of demo";
	if (is_for(row, SUBCOMMAND_SCENARIO))
		return ".Ss Options of scenario";
	return is_for(row, SUBCOMMAND_CHECK) ? ".Ss Options of check" : ".Ss Options of report";
}

static void expect(const char *text, const char *needle, const char *where)
{
	if (!strstr(text, needle))
		fail_msg("%s lacks: %s", where, needle);
}

static void every_option_stands_in_its_place_of_the_manual(void **state)
{
	char *manual = read_file("man/throng.1"), *text;
	char *check = section(manual, ".Ss Options of check");
	char *report = section(manual, ".Ss Options of report");
	char *target = section(manual, ".Ss Options of target");
	const struct option_row *row;
	const char *name, *argument;
	struct buf item;

	(void)state;
	buf_init(&item, 256);
	for (size_t i = 0; (row = options_row(i)); i++) {
		char flag[64];

		text = section(manual, heading_of(row));
		expect(text, item_of(row->letter, row->name, row->argument, &item),
		       heading_of(row));
		free(text);
		snprintf(flag, sizeof(flag), "Fl %c", row->letter);
		if (!row->letter)
			snprintf(flag, sizeof(flag), "Fl -%s", row->name);
		if (is_for(row, SUBCOMMAND_CHECK))
			expect(check, flag, ".Ss Options of check");
		if (is_for(row, SUBCOMMAND_REPORT))
			expect(report, flag, ".Ss Options of report");
	}
	for (size_t i = 0; (name = cmd_target_option(i, &argument)); i++)
		expect(target, item_of(strcmp(name, "help") == 0 ? 'h' : 0, name, argument, &item),
		       ".Ss Options of target");
	free(manual);
	free(check);
	free(report);
	free(target);
	buf_fini(&item);
}

static bool is_option(const char *name, size_t len)
{
	static const char *const always[] = { "help", "version" };
	const struct option_row *row;
	const char *other, *argument;

	for (size_t i = 0; i < 2; i++) {
		if (strlen(always[i]) == len && strncmp(always[i], name, len) == 0)
			return true;
	}
	for (size_t i = 0; (row = options_row(i)); i++) {
		if (strlen(row->name) == len && strncmp(row->name, name, len) == 0)
			return true;
	}
	for (size_t i = 0; (other = cmd_target_option(i, &argument)); i++) {
		if (strlen(other) == len && strncmp(other, name, len) == 0)
			return true;
	}
	return false;
}

/* Every word in `text` after `prefix` is the name of an option. */
static void expect_known(const char *text, const char *prefix, const char *where)
{
	const char *at = text;

	while ((at = strstr(at, prefix))) {
		size_t len;

		at += strlen(prefix);
		len = strspn(at, "abcdefghijklmnopqrstuvwxyz-");
		if (len > 0 && !is_option(at, len))
			fail_msg("%s names an option there is not: --%.*s", where, (int)len, at);
	}
}

static void nothing_names_an_option_there_is_not(void **state)
{
	char *manual = read_file("man/throng.1");
	char *zsh = read_file("completions/_throng"), *bash = read_file("completions/throng");

	(void)state;
	expect_known(manual, "Fl -", "the manual");
	expect_known(zsh, "--", "the completion for zsh");
	expect_known(bash, " --", "the completion for bash");
	free(manual);
	free(zsh);
	free(bash);
}

/* What a command of bash prints after the completion has been loaded; free with free(). */
static char *ask_bash(const char *command)
{
	char line[1024];
	struct buf buf;
	FILE *pipe;
	int c;

	snprintf(line, sizeof(line), "bash --norc -c 'source \"%s/completions/throng\" && %s'",
		 TOP_SRCDIR, command);
	pipe = popen(line, "r");
	assert_non_null(pipe);
	buf_init(&buf, FILE_MAX);
	buf_addc(&buf, ' ');
	while ((c = fgetc(pipe)) != EOF)
		buf_addc(&buf, c == '\n' ? ' ' : (char)c);
	buf_addc(&buf, ' ');
	assert_int_equal(pclose(pipe), 0);
	return buf_take(&buf, NULL);
}

static size_t words_of(const char *text)
{
	size_t count = 0;

	while (*(text += strspn(text, " "))) {
		count++;
		text += strcspn(text, " ");
	}
	return count;
}

static void bash_completes_exactly_the_options_of_each_subcommand(void **state)
{
	static const enum subcommand asked[] = { SUBCOMMAND_RUN, SUBCOMMAND_CHECK, SUBCOMMAND_DEMO,
						 SUBCOMMAND_REPORT, SUBCOMMAND_SCENARIO };
	const struct option_row *row;
	const char *name, *argument;
	char command[80], *words;
	size_t count;

	(void)state;
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		count = 2; /* --help --version */
		snprintf(command, sizeof(command), "_throng_options %s", subcommand_name(asked[i]));
		words = ask_bash(command);
		for (size_t j = 0; (row = options_row(j)); j++) {
			if (!is_for(row, asked[i]))
				continue;
			snprintf(command, sizeof(command), " --%s ", row->name);
			expect(words, command, subcommand_name(asked[i]));
			count++;
		}
		assert_int_equal(words_of(words), count);
		free(words);
	}
	words = ask_bash("_throng_options target");
	for (count = 0; (name = cmd_target_option(count, &argument)); count++) {
		snprintf(command, sizeof(command), " --%s ", name);
		expect(words, command, "target");
	}
	assert_int_equal(words_of(words), count);
	free(words);
}

static void zsh_knows_every_option(void **state)
{
	char *zsh = read_file("completions/_throng");
	const struct option_row *row;
	const char *name, *argument;
	char flag[64];

	(void)state;
	for (size_t i = 0; (row = options_row(i)); i++) {
		snprintf(flag, sizeof(flag), "--%s%s", row->name, row->argument ? "=" : "");
		expect(zsh, flag, "the completion for zsh");
	}
	for (size_t i = 0; (name = cmd_target_option(i, &argument)); i++) {
		snprintf(flag, sizeof(flag), "--%s%s", name, argument ? "=" : "");
		expect(zsh, flag, "the completion for zsh");
	}
	free(zsh);
}

static void completed_words_are_accepted(void **state)
{
	static const char *const options[] = { "--theme", "--transport", "--loglevel",
					       "--threads" };

	(void)state;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		char command[128], *words, *word, *rest;

		snprintf(command, sizeof(command), "_throng_value %s \"\" && echo ${COMPREPLY[@]}",
			 options[i]);
		words = ask_bash(command);
		assert_true(words_of(words) >= 3);
		for (word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
			char program[] = "throng", option[32], file[] = "x.json";
			char *argv[] = { program, option, word, file, NULL };
			struct options parsed;
			struct error err;

			snprintf(option, sizeof(option), "%s", options[i]);
			if (options_parse(4, argv, &parsed, &err) != 0)
				fail_msg("%s", err.text);
		}
		free(words);
	}
}

static void the_thresholds_of_invalid_are_those_of_the_manual(void **state)
{
	char *manual = read_file("man/throng.1");
	char *verdict = section(manual, ".Sh VERDICT");
	char line[128];

	(void)state;
	for (int kind = 0; kind < HEALTH_KINDS; kind++) {
		const struct health_rule *rule = health_rule((enum health_kind)kind);

		snprintf(line, sizeof(line), "\n.It %s Ta %g%s%s Ta ", rule->name, rule->threshold,
			 *rule->unit ? " " : "", rule->unit);
		expect(verdict, line, "the manual's list of rules");
		if (kind != HEALTH_FILES) {
			/* "more than a tenth of these seconds, and at least five" */
			assert_true(rule->share == 0.1);
			assert_int_equal(rule->seconds, 5);
		}
	}
	free(verdict);
	free(manual);
}

static void every_key_is_in_the_manual_and_no_other(void **state)
{
	char *manual = read_file("man/throng.1");
	char *keys = section(manual, ".Ss Keys");
	size_t items = 0;
	struct buf line;

	(void)state;
	buf_init(&line, 512);
	for (size_t i = 0; i < keys_count(); i++) {
		const struct key_binding *binding = keys_at(i);

		buf_reset(&line);
		buf_adds(&line, "\n.It Cm ");
		add_mdoc(&line, binding->keys);
		buf_addc(&line, '\n');
		add_mdoc(&line, binding->help);
		buf_addc(&line, '\n');
		expect(keys, buf_str(&line), "the manual's list of keys");
	}
	for (const char *at = keys; (at = strstr(at, "\n.It Cm ")); at++)
		items++;
	assert_int_equal(items, keys_count());
	buf_fini(&line);
	free(keys);
	free(manual);
}

static void every_subcommand_is_explained(void **state)
{
	char *manual = read_file("man/throng.1"), line[64];
	char *subcommands =
		ask_bash("COMP_WORDS=(throng help \"\") COMP_CWORD=2 && _throng && echo "
			 "${COMPREPLY[@]}");

	(void)state;
	for (int i = 0; i < SUBCOMMANDS; i++) {
		snprintf(line, sizeof(line), "\n.It Cm %s\n", subcommand_name((enum subcommand)i));
		expect(manual, line, "the manual");
		snprintf(line, sizeof(line), "\n.Cm %s\n", subcommand_name((enum subcommand)i));
		if (i != SUBCOMMAND_RUN)
			expect(manual, line, "the synopsis");
		snprintf(line, sizeof(line), " %s ", subcommand_name((enum subcommand)i));
		expect(subcommands, line, "the completion for bash");
	}
	assert_int_equal(words_of(subcommands), SUBCOMMANDS);
	free(subcommands);
	free(manual);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_stands_in_its_place_of_the_manual),
		cmocka_unit_test(nothing_names_an_option_there_is_not),
		cmocka_unit_test(bash_completes_exactly_the_options_of_each_subcommand),
		cmocka_unit_test(zsh_knows_every_option),
		cmocka_unit_test(completed_words_are_accepted),
		cmocka_unit_test(the_thresholds_of_invalid_are_those_of_the_manual),
		cmocka_unit_test(every_key_is_in_the_manual_and_no_other),
		cmocka_unit_test(every_subcommand_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
