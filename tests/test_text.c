/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/text.h"

#include "base/rng.h"

#include "unit.h"

#define BAD "\xef\xbf\xbd" /* U+FFFD */

struct clean_case {
	const char *what;
	const char *in;
	const char *utf8;
	const char *ascii;
};

static const struct clean_case clean_cases[] = {
	{ "plain", "GET /api/v1/", "GET /api/v1/", "GET /api/v1/" },
	{ "empty", "", "", "" },
	{ "colour sequence", "a\x1b[31mred\x1b[0m", "a" BAD "[31mred" BAD "[0m", "a?[31mred?[0m" },
	{ "title sequence", "\x1b]0;owned\x07", BAD "]0;owned" BAD, "?]0;owned?" },
	{ "raw C1 introducer",
	  "\x9b"
	  "31m",
	  BAD "31m", "?31m" },
	{ "C1 introducer in UTF-8",
	  "\xc2\x9b"
	  "31m",
	  BAD "31m", "?31m" },
	{ "DEL and backspace",
	  "a\x7f\x08"
	  "b",
	  "a" BAD BAD "b", "a??b" },
	{ "line ends", "a\nb\r\nc\rd\te", "a b c d e", "a b c d e" },
	{ "other line ends",
	  "a\xc2\x85"
	  "b\xe2\x80\xa8"
	  "c\xe2\x80\xa9"
	  "d",
	  "a b c d", "a b c d" },
	{ "bidi override",
	  "a\xe2\x80\xae"
	  "b\xe2\x81\xa6"
	  "c",
	  "a" BAD "b" BAD "c", "a?b?c" },
	{ "accents",
	  "d\xc3\xa9"
	  "j\xc3\xa0",
	  "d\xc3\xa9"
	  "j\xc3\xa0",
	  "d?j?" },
	{ "wide", "\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac", "??" },
	{ "astral", "\xf0\x9f\x98\x80!", "\xf0\x9f\x98\x80!", "?!" },
	{ "stray continuation",
	  "a\x80\xbf"
	  "b",
	  "a" BAD BAD "b", "a??b" },
	{ "overlong slash", "\xc0\xaf", BAD BAD, "??" },
	{ "overlong in three", "\xe0\x80\xaf", BAD BAD BAD, "???" },
	{ "surrogate", "\xed\xa0\x80", BAD BAD BAD, "???" },
	{ "past the last character", "\xf4\x90\x80\x80", BAD BAD BAD BAD, "????" },
	{ "never a first byte", "\xfe\xff\xf5", BAD BAD BAD, "???" },
	{ "cut short", "a\xe6\x97", "a" BAD, "a?" },
	{ "cut by a good one",
	  "\xf0\x9f\x98"
	  "a",
	  BAD "a", "?a" },
	{ "cut by another", "\xe6\x97\xc3\xa9", BAD "\xc3\xa9", "??" },
};

static void strangers_text_becomes_harmless(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(clean_cases); i++) {
		const struct clean_case *c = &clean_cases[i];
		char out[128];
		size_t n = text_clean(out, sizeof(out), c->in, SIZE_MAX, false);

		if (strcmp(out, c->utf8) != 0 || n != strlen(c->utf8))
			fail_msg("%s: got \"%s\"", c->what, out);
		n = text_clean(out, sizeof(out), c->in, strlen(c->in), true);
		if (strcmp(out, c->ascii) != 0 || n != strlen(c->ascii))
			fail_msg("%s in ASCII: got \"%s\"", c->what, out);
	}
}

static void every_control_character_is_replaced(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < 0xa0; c++) {
		char in[4], out[16];
		size_t n = text_encode(c, in);

		if (c >= 0x20 && c < 0x7f)
			continue;
		text_clean(out, sizeof(out), in, n, false);
		if (c == '\t' || c == '\n' || c == '\r' || c == 0x85)
			assert_string_equal(out, " ");
		else
			assert_string_equal(out, BAD);
	}
}

static void a_given_length_includes_nul_bytes_and_stops_there(void **state)
{
	char out[32];

	(void)state;
	assert_int_equal(text_clean(out, sizeof(out), "a\0b", 3, false), 5);
	assert_string_equal(out, "a" BAD "b");
	assert_int_equal(text_clean(out, sizeof(out), "abcdef", 2, false), 2);
	assert_string_equal(out, "ab");
	/* A line end that straddles the length is still one blank. */
	text_clean(out, sizeof(out), "a\r\n", 2, false);
	assert_string_equal(out, "a ");
}

static void a_short_buffer_never_cuts_a_character(void **state)
{
	static const char in[] = "a\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80";
	static const size_t fits[] = { 0, 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10 };
	char out[16];

	(void)state;
	for (size_t size = 0; size < COUNT(fits); size++) {
		memset(out, 'x', sizeof(out));
		assert_int_equal(text_clean(out, size, in, SIZE_MAX, false), fits[size]);
		if (size > 0) {
			assert_int_equal(out[fits[size]], '\0');
			assert_memory_equal(out, in, fits[size]);
		}
		assert_int_equal(out[size], 'x');
	}
}

static void whatever_comes_in_what_goes_out_is_valid_and_clean(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 7, 0);
	for (int round = 0; round < 20000; round++) {
		char in[24], out[80], again[80];
		size_t len = rng_below(&rng, sizeof(in) + 1);
		size_t size = 1 + rng_below(&rng, sizeof(out));
		size_t n;

		for (size_t i = 0; i < len; i++)
			in[i] = (char)rng_u64(&rng);
		n = text_clean(out, size, in, len, false);
		assert_true(n < size);
		assert_int_equal(strlen(out), n);
		/* Clean text passes unchanged, which also means that it is valid. */
		assert_int_equal(text_clean(again, sizeof(again), out, SIZE_MAX, false), n);
		assert_string_equal(again, out);
		text_clean(out, sizeof(out), in, len, true);
		for (size_t i = 0; out[i] != '\0'; i++)
			assert_true(out[i] >= 0x20 && out[i] < 0x7f);
	}
}

static void every_character_survives_encoding_and_decoding(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		char bytes[4];
		uint32_t back = 0;
		size_t n = text_encode(c, bytes);
		size_t used = text_decode(bytes, n, &back);
		uint32_t want = c >= 0xd800 && c <= 0xdfff ? 0xfffd : c;

		if (used != n || back != want)
			fail_msg("U+%04X came back as U+%04X of %zu bytes", c, back, used);
	}
	for (uint32_t c = 0x110000; c != 0; c <<= 1) {
		char bytes[4];

		assert_int_equal(text_encode(c, bytes), 3);
		assert_memory_equal(bytes, BAD, 3);
	}
}

static void decoding_nothing_uses_nothing(void **state)
{
	uint32_t c = 0;

	(void)state;
	assert_int_equal(text_decode("", 0, &c), 0);
	assert_int_equal(c, 0xfffd);
	assert_int_equal(text_decode("\0", 1, &c), 1);
	assert_int_equal(c, 0);
}

static void widths_are_those_of_a_terminal(void **state)
{
	static const struct {
		uint32_t codepoint;
		int width;
	} cases[] = {
		{ 'a', 1 },     { 0xe9, 1 },    { 0xad, 1 },    { 0x300, 0 },   { 0x36f, 0 },
		{ 0x370, 1 },   { 0x5d0, 1 },   { 0x1100, 2 },  { 0x1160, 0 },  { 0x200b, 0 },
		{ 0x200d, 0 },  { 0x2013, 1 },  { 0x2500, 1 },  { 0x2588, 1 },  { 0x25cf, 1 },
		{ 0x2713, 1 },  { 0x2800, 1 },  { 0x28ff, 1 },  { 0x3042, 2 },  { 0x65e5, 2 },
		{ 0xac00, 2 },  { 0xfe0f, 0 },  { 0xff21, 2 },  { 0xff71, 1 },  { 0xfffd, 1 },
		{ 0x1f600, 2 }, { 0x20000, 2 }, { 0x3fffd, 2 }, { 0xe0101, 0 }, { 0x10ffff, 1 },
		{ 0x231a, 2 },  { 0x2603, 1 },  { 0x2192, 1 },  { 0x2502, 1 },  { 0xb5, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (text_char_width(cases[i].codepoint) != cases[i].width)
			fail_msg("U+%04X is %d columns", cases[i].codepoint,
				 text_char_width(cases[i].codepoint));
	}
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_width("POST /api"), 9);
	assert_int_equal(text_width("e\xcc\x81"), 1);
	assert_int_equal(text_width("\xe6\x97\xa5\xe6\x9c\xac!"), 5);
	assert_int_equal(text_width("\xff\xfe"), 2);
}

static void distances_count_slips_without_case(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} cases[] = {
		{ "", "", 0 },         { "", "abc", 3 },       { "kitten", "sitting", 3 },
		{ "Wait", "wAIT", 0 }, { "users", "user", 1 }, { "wieght", "weight", 1 },
		{ "flaw", "lawn", 2 }, { "abc", "xyz", 3 },    { "laod", "load", 1 },
		{ "ba", "ab", 1 },     { "ca", "abc", 3 },     { "psot", "POST", 1 },
	};
	char longest[64], too_long[65];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(text_distance(cases[i].a, cases[i].b), cases[i].distance);
		assert_int_equal(text_distance(cases[i].b, cases[i].a), cases[i].distance);
	}
	memset(longest, 'a', 63);
	longest[63] = '\0';
	memset(too_long, 'a', 64);
	too_long[64] = '\0';
	assert_int_equal(text_distance(longest, ""), 63);
	assert_int_equal(text_distance(longest, longest), 0);
	assert_int_equal(text_distance(longest, too_long), 64);
	assert_int_equal(text_distance(too_long, too_long), 64);
}

static void the_nearest_word_is_offered_only_when_it_may_be_meant(void **state)
{
	static const char *const keys[] = { "users",  "weight",     "wait", "tasks", "on_start",
					    "target", "spawn_rate", "get",  "post",  NULL };
	static const char *const none[] = { NULL };
	static const struct {
		const char *word, *meant;
	} cases[] = {
		{ "user", "users" },
		{ "wieght", "weight" },
		{ "Tasks", "tasks" },
		{ "on-start", "on_start" },
		{ "onstart", "on_start" },
		{ "spawnrate", "spawn_rate" },
		{ "gett", "get" },
		{ "pst", "post" },
		{ "psot", "post" },
		{ "wiat", "wait" },
		{ "zzz", NULL },
		{ "x", NULL },
		{ "", NULL },
		{ "concurrency", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got = text_nearest(cases[i].word, keys);

		if (cases[i].meant == NULL)
			assert_null(got);
		else if (got == NULL)
			fail_msg("nothing offered for \"%s\"", cases[i].word);
		else
			assert_string_equal(got, cases[i].meant);
	}
	assert_null(text_nearest("users", none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strangers_text_becomes_harmless),
		cmocka_unit_test(every_control_character_is_replaced),
		cmocka_unit_test(a_given_length_includes_nul_bytes_and_stops_there),
		cmocka_unit_test(a_short_buffer_never_cuts_a_character),
		cmocka_unit_test(whatever_comes_in_what_goes_out_is_valid_and_clean),
		cmocka_unit_test(every_character_survives_encoding_and_decoding),
		cmocka_unit_test(decoding_nothing_uses_nothing),
		cmocka_unit_test(widths_are_those_of_a_terminal),
		cmocka_unit_test(distances_count_slips_without_case),
		cmocka_unit_test(the_nearest_word_is_offered_only_when_it_may_be_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
