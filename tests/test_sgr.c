/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/sgr.h"

#include "base/buf.h"
#include "unit.h"

static void expect(struct sgr *sgr, const char *bytes, const char *wanted)
{
	struct buf out;

	buf_init(&out, 4096);
	sgr_filter(sgr, bytes, strlen(bytes), &out);
	assert_string_equal(buf_str(&out), wanted);
	buf_fini(&out);
}

static void what_is_known_is_not_said_again(void **state)
{
	struct sgr sgr;

	(void)state;
	sgr_init(&sgr);
	expect(&sgr, "\033[0;1m\033[38;5;67mA", "\033[0;1;38;5;67mA");
	expect(&sgr, "\033(B\033[0;1m\033[38;5;67mB", "B");
	expect(&sgr, "\033(B\033[m\033[38;5;67mC", "\033[22mC");
	expect(&sgr, "\033[38;5;68mD\033[38;5;67mE", "\033[38;5;68mD\033[38;5;67mE");
}

static void only_what_differs_is_said(void **state)
{
	struct sgr sgr;

	(void)state;
	sgr_init(&sgr);
	expect(&sgr, "\033[0;1;4;7;31;42mA", "\033[0;1;4;7;31;42mA");
	expect(&sgr, "\033[0;4;31;42mB", "\033[22;27mB");
	expect(&sgr, "\033[39;49mC", "\033[39;49mC");
	expect(&sgr, "\033[0;91;102mD", "\033[24;91;102mD");
}

static void a_blank_needs_its_ground_alone(void **state)
{
	struct sgr sgr;

	(void)state;
	sgr_init(&sgr);
	expect(&sgr, "\033[31;44mA\033[0;1;32;44m  ", "\033[0;31;44mA  ");
	expect(&sgr, "B", "\033[1;32mB");
	expect(&sgr, "\033[33;45m ", "\033[45m ");
	/* an underlined or reversed blank shows more */
	expect(&sgr, "\033[4m ", "\033[4;33m ");
	expect(&sgr, "\033[0m ", "\033[22;24;39;49m ");
}

static void erasing_takes_the_ground_along(void **state)
{
	struct sgr sgr;

	(void)state;
	sgr_init(&sgr);
	expect(&sgr, "\033[41m\n\033[42m\033[2S",
	       "\033[0;41m\n\033[42m\033[2S"); /* so does scrolling */
	expect(&sgr, "\033[31;44mA\033[42m\033[K\033[5;3H\033[4Xx",
	       "\033[31;44mA\033[42m\033[K\033[5;3H\033[4Xx");
}

static void other_sequences_and_text_pass_unchanged(void **state)
{
	struct sgr sgr;

	(void)state;
	sgr_init(&sgr);
	expect(&sgr, "\033[?1049h\033[1;40r\033[H\033[?25l\033>\r",
	       "\033[?1049h\033[1;40r\033[H\033[?25l\033>\r");
	expect(&sgr, "日本 \033[>4;1m", "\033[0m日本 \033[>4;1m");
}

static void palette_colours_stand_for_exact_ones(void **state)
{
	struct sgr sgr;

	(void)state;
	sgr_init(&sgr);
	assert_int_equal(sgr_exact(&sgr, 0x010203), 16);
	assert_int_equal(sgr_exact(&sgr, 0x0a0b0c), 17);
	assert_int_equal(sgr_exact(&sgr, 0x010203), 16);
	expect(&sgr, "\033[38;5;16;48;5;17mA", "\033[0;38;2;1;2;3;48;2;10;11;12mA");
	expect(&sgr, "\033[38;5;68mB", "\033[38;5;68mB"); /* nobody's: the palette's own */
	sgr_clear_exact(&sgr);
	expect(&sgr, "\033[38;5;16mC", "\033[0;38;5;16;48;5;17mC");
	for (int32_t rgb = 0; rgb < 1000; rgb++)
		assert_true(sgr_exact(&sgr, rgb) < 256);
}

static void the_users_palette_is_left_alone(void **state)
{
	struct sgr sgr;

	(void)state;
	sgr_init(&sgr);
	expect(&sgr, "\033]104\a\033[?25h\033]0;title\ax", "\033[?25h\033]0;title\a\033[0mx");
}

static void after_somebody_else_had_the_terminal_everything_is_said(void **state)
{
	struct sgr sgr;

	(void)state;
	sgr_init(&sgr);
	expect(&sgr, "\033[1;31mA", "\033[0;1;31mA");
	sgr_forget(&sgr);
	expect(&sgr, "B", "\033[0;1;31mB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_known_is_not_said_again),
		cmocka_unit_test(only_what_differs_is_said),
		cmocka_unit_test(a_blank_needs_its_ground_alone),
		cmocka_unit_test(erasing_takes_the_ground_along),
		cmocka_unit_test(other_sequences_and_text_pass_unchanged),
		cmocka_unit_test(palette_colours_stand_for_exact_ones),
		cmocka_unit_test(the_users_palette_is_left_alone),
		cmocka_unit_test(after_somebody_else_had_the_terminal_everything_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
