/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/input.h"

#include <stdio.h>

#include "base/rng.h"
#include "unit.h"

/* Feed all of it and take what comes, as a short text: keys as characters or <number>, pasted
 * characters in (), mouse as {kind x y}. */
static void collect(struct input *input, const char *bytes, size_t len, bool final, char *out,
		    size_t size)
{
	struct input_event event;
	size_t at = 0;

	out[0] = '\0';
	while (len > 0 || input_pending(input)) {
		size_t taken = input_feed(input, bytes, len);

		bytes += taken;
		len -= taken;
		while (input_next(input, final && len == 0, &event)) {
			const char *fmt = event.type == INPUT_PASTE ? "(%c)" : "%c";

			if (event.type == INPUT_ANSWER)
				at += (size_t)snprintf(out + at, size - at, "[well]");
			else if (event.type == INPUT_MOUSE)
				at += (size_t)snprintf(out + at, size - at, "{%d %d %d}",
						       (int)event.mouse, event.x, event.y);
			else if (event.key >= 0x20 && event.key < 0x7f)
				at += (size_t)snprintf(out + at, size - at, fmt, (int)event.key);
			else
				at += (size_t)snprintf(out + at, size - at, "<%x>",
						       (unsigned)event.key);
		}
		if (len == 0)
			break;
	}
}

static void expect(const char *bytes, size_t len, const char *wanted)
{
	struct input input;
	char got[512];

	input_init(&input);
	collect(&input, bytes, len, true, got, sizeof(got));
	assert_string_equal(got, wanted);
	assert_false(input_pending(&input));
}

#define EXPECT(bytes, wanted) expect(bytes, sizeof(bytes) - 1, wanted)

static void plain_keys_are_their_characters(void **state)
{
	(void)state;
	EXPECT("aZ 0?", "aZ 0?");
	EXPECT("\r", "<d>");
	EXPECT("\n", "<d>");
	EXPECT("\t", "<9>");
	EXPECT("\x7f\b", "<7f><7f>");
	EXPECT("\x0c", "<c>");
	EXPECT("é日", "<e9><65e5>");
}

static void cursor_keys_are_known_in_every_dialect(void **state)
{
	(void)state;
	EXPECT("\033[A\033OA", "<110000><110000>");
	EXPECT("\033[B\033[C\033[D", "<110001><110003><110002>");
	EXPECT("\033[1;2C\033[1;2D", "<110007><110006>");
	EXPECT("\033[c\033[d", "<110007><110006>"); /* rxvt */
	EXPECT("\033[H\033[1~\033[7~\033OH", "<110008><110008><110008><110008>");
	EXPECT("\033[F\033[4~", "<110009><110009>");
	EXPECT("\033[5~\033[6~", "<11000a><11000b>");
	EXPECT("\033[Z", "<11000e>");
	EXPECT("\033OP\033[11~\033[[A", "<11000f><11000f><11000f>");
}

static void sequences_with_alt_or_control_do_nothing(void **state)
{
	(void)state;
	EXPECT("\033[1;5C", "");
}

static void escape_and_a_key_that_come_together_are_an_escape(void **state)
{
	(void)state;
	EXPECT("\033x", "<1b>"); /* or Alt+x, which must not stop a run */
	EXPECT("\033xa", "<1b>a");
	EXPECT("\033\t\r", "<1b><9><d>");
}

static void a_status_report_is_an_answer_and_never_a_key(void **state)
{
	(void)state;
	EXPECT("\033[0n", "[well]");
	EXPECT("a\033[0nb\033[0n\033[A", "a[well]b[well]<110000>");
	EXPECT("\033[nq", "[well]q"); /* 0 is what stands for nothing */
}

static void unknown_sequences_are_swallowed_whole(void **state)
{
	(void)state;
	EXPECT("\033[?1;2cq", "q"); /* an answer nobody asked for */
	EXPECT("\033[3nq", "q");    /* "I am not well" */
	EXPECT("\033[999;999;999zq", "q");
	EXPECT("\033[<xq", "q");
	EXPECT("\033O~q", "q");
}

static void a_lone_escape_is_the_key_once_nothing_follows(void **state)
{
	struct input input;
	struct input_event event;

	(void)state;
	input_init(&input);
	assert_int_equal(input_feed(&input, "\033", 1), 1);
	assert_false(input_next(&input, false, &event));
	assert_true(input_pending(&input));
	assert_true(input_next(&input, true, &event));
	assert_int_equal(event.key, INPUT_ESCAPE);
	assert_false(input_pending(&input));
	EXPECT("\033\033", "<1b><1b>");
	/* half a sequence that never ends is thrown away */
	EXPECT("\033[1;", "");
}

static void mouse_reports_press_drag_release_and_wheel(void **state)
{
	(void)state;
	EXPECT("\033[<0;5;7M", "{0 4 6}");
	EXPECT("\033[<32;200;7M", "{1 199 6}");
	EXPECT("\033[<0;5;7m", "{2 4 6}");
	EXPECT("\033[<64;1;1M\033[<65;1;1M", "{3 0 0}{4 0 0}");
	EXPECT("\033[<2;5;7M", "");  /* the right button has no meaning */
	EXPECT("\033[<35;5;7M", ""); /* plain motion neither */
	EXPECT("\033[M !!", "{0 0 0}");
	EXPECT("\033[<0;0;0M", "");
}

static void pasted_text_is_never_a_command(void **state)
{
	(void)state;
	EXPECT("\033[200~x0q\033[201~q", "(x)(0)(q)q");
}

static void a_sequence_may_be_cut_anywhere(void **state)
{
	static const char bytes[] = "a\033[1;2C\033[<32;200;7M日\033OA\033[200~p\033[201~z";
	struct input input;
	char whole[256];

	(void)state;
	input_init(&input);
	collect(&input, bytes, sizeof(bytes) - 1, false, whole, sizeof(whole));
	for (size_t cut = 1; cut + 1 < sizeof(bytes); cut++) {
		char first[256];
		char second[256];
		char both[512];

		input_init(&input);
		collect(&input, bytes, cut, false, first, sizeof(first));
		collect(&input, bytes + cut, sizeof(bytes) - 1 - cut, false, second,
			sizeof(second));
		snprintf(both, sizeof(both), "%s%s", first, second);
		assert_string_equal(both, whole);
	}
}

static void a_terminals_own_sequences_come_first(void **state)
{
	struct input input;
	char got[64];

	(void)state;
	input_init(&input);
	input_learn(&input, "\033[X", INPUT_HOME);
	input_learn(&input, "x", INPUT_END); /* a single byte is a character */
	input_learn(&input, NULL, INPUT_END);
	collect(&input, "\033[Xx", 4, false, got, sizeof(got));
	assert_string_equal(got, "<110008>x");
}

static void any_bytes_are_digested(void **state)
{
	struct rng rng;
	struct input input;

	(void)state;
	rng_seed(&rng, 7, 0);
	input_init(&input);
	for (int i = 0; i < 50000; i++) {
		static const char common[] = "\033[<;0123456789MmOA~\xe6\x97";
		char byte = i % 2 ? (char)rng_below(&rng, 256)
				  : common[rng_below(&rng, sizeof(common) - 1)];
		struct input_event event;

		assert_int_equal(input_feed(&input, &byte, 1), 1);
		while (input_next(&input, rng_below(&rng, 20) == 0, &event))
			assert_true(event.type == INPUT_MOUSE || event.key != 0);
		assert_true(input.len < INPUT_BUFFER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_keys_are_their_characters),
		cmocka_unit_test(cursor_keys_are_known_in_every_dialect),
		cmocka_unit_test(sequences_with_alt_or_control_do_nothing),
		cmocka_unit_test(escape_and_a_key_that_come_together_are_an_escape),
		cmocka_unit_test(a_status_report_is_an_answer_and_never_a_key),
		cmocka_unit_test(unknown_sequences_are_swallowed_whole),
		cmocka_unit_test(a_lone_escape_is_the_key_once_nothing_follows),
		cmocka_unit_test(mouse_reports_press_drag_release_and_wheel),
		cmocka_unit_test(pasted_text_is_never_a_command),
		cmocka_unit_test(a_sequence_may_be_cut_anywhere),
		cmocka_unit_test(a_terminals_own_sequences_come_first),
		cmocka_unit_test(any_bytes_are_digested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
