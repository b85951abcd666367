/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/rng.h"
#include "base/shell.h"

static void assert_quoted(const char *text, size_t len, const char *wanted)
{
	struct buf out;

	buf_init(&out, 65536);
	shell_quote(&out, text, len);
	assert_string_equal(buf_str(&out), wanted);
	buf_fini(&out);
}

static void a_word_is_quoted_only_as_far_as_it_needs(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "plain-word_1.2/x:y,z@a+b%20", "plain-word_1.2/x:y,z@a+b%20" },
		{ "", "''" },
		{ "two words", "'two words'" },
		{ "it's", "'it'\\''s'" },
		{ "$HOME `x` \"q\" \\ ! * ? ; & | < > ( ) { } ~ #",
		  "'$HOME `x` \"q\" \\ ! * ? ; & | < > ( ) { } ~ #'" },
		{ "a=b", "'a=b'" },
		{ "grün", "'grün'" },
		{ "line\nnext\ttab\r", "$'line\\nnext\\ttab\\r'" },
		{ "\033[31m'q' \\", "$'\\033[31m\\'q\\' \\\\'" },
		{ "bad \xff\xfe bytes 1", "$'bad \\377\\376 bytes 1'" },
		{ "bidi \xe2\x80\xae!", "$'bidi \\342\\200\\256!'" },
		{ "c1 \xc2\x9b", "$'c1 \\302\\233'" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_quoted(rows[i].in, strlen(rows[i].in), rows[i].out);
	assert_quoted("up to\0nul", 9, "'up to'");
}

/* What `command` prints. */
static size_t run_bash(const char *command, char *dst, size_t size)
{
	char path[] = "/tmp/throng-shell-XXXXXX", line[64];
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w"), *pipe;
	size_t n;

	assert_non_null(file);
	assert_true(fprintf(file, "%s", command) >= 0);
	assert_int_equal(fclose(file), 0);
	(void)snprintf(line, sizeof(line), "bash %s", path);
	pipe = popen(line, "r");
	assert_non_null(pipe);
	n = fread(dst, 1, size, pipe);
	assert_int_equal(pclose(pipe), 0);
	assert_int_equal(remove(path), 0);
	return n;
}

static void bash_reads_back_the_same_bytes_whatever_they_are(void **state)
{
	struct rng rng;
	char text[256], read[1024];
	struct buf out;

	(void)state;
	rng_seed(&rng, 1, 2);
	buf_init(&out, 1 << 20);
	for (unsigned round = 0; round < 40; round++) {
		size_t len = (size_t)rng_below(&rng, sizeof(text));

		for (size_t i = 0; i < len; i++) /* every byte; in every other round printable */
			text[i] = (char)(round % 2 == 0 ? 1 + rng_below(&rng, 255)
							: 0x20 + rng_below(&rng, 0x5f));
		buf_reset(&out);
		buf_adds(&out, "printf %s ");
		shell_quote(&out, text, len);
		assert_int_equal(run_bash(buf_str(&out), read, sizeof(read)), len);
		assert_memory_equal(read, text, len);
	}
	buf_fini(&out);
}

static void printf_gives_back_bytes_with_nul(void **state)
{
	char text[256], read[1024];
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)i;
	buf_init(&out, 1 << 20);
	buf_adds(&out, "printf ");
	shell_quote_printf(&out, text, sizeof(text));
	assert_int_equal(run_bash(buf_str(&out), read, sizeof(read)), sizeof(text));
	assert_memory_equal(read, text, sizeof(text));
	buf_fini(&out);
}

static void a_variable_stands_beside_quoted_text(void **state)
{
	char read[64];
	struct buf out;

	(void)state;
	buf_init(&out, 1024);
	buf_adds(&out, "TOKEN='a b*'; printf %s ");
	shell_quote(&out, "Bearer ", 7);
	shell_variable(&out, "TOKEN");
	shell_quote(&out, "'", 1);
	assert_int_equal(run_bash(buf_str(&out), read, sizeof(read)), 12);
	assert_memory_equal(read, "Bearer a b*'", 12);
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_is_quoted_only_as_far_as_it_needs),
		cmocka_unit_test(bash_reads_back_the_same_bytes_whatever_they_are),
		cmocka_unit_test(printf_gives_back_bytes_with_nul),
		cmocka_unit_test(a_variable_stands_beside_quoted_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
