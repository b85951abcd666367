/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine/decode.h"

#include "unit.h"

#include <errno.h>

#include "base/buf.h"
#include "pack.h"

static char text[50000], packed[60000];
static struct decoder *decoder;
static struct buf out;

static int begin(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)("the quick brown fox"[i % 19] + (i / 1000) % 3);
	decoder = decoder_new();
	buf_init(&out, sizeof(text));
	return 0;
}

static int end(void **state)
{
	(void)state;
	buf_fini(&out);
	decoder_free(decoder);
	decoder_free(NULL);
	return 0;
}

static void assert_text(size_t len)
{
	assert_int_equal(out.len, len);
	assert_memory_equal(buf_str(&out), text, len);
}

static void every_format_gives_the_text_back(void **state)
{
	static const struct {
		enum pack_format format;
		enum http1_coding coding;
	} formats[] = { { PACK_GZIP, HTTP1_GZIP },
			{ PACK_ZLIB, HTTP1_DEFLATE },
			{ PACK_BARE, HTTP1_DEFLATE },
			{ PACK_GZIP, HTTP1_GZIP } };

	(void)state;
	for (size_t i = 0; i < COUNT(formats); i++) {
		size_t n = pack(formats[i].format, packed, sizeof(packed), text, sizeof(text));

		buf_reset(&out);
		assert_int_equal(decoder_run(decoder, formats[i].coding, packed, n, &out), 0);
		assert_text(sizeof(text));
	}
}

static void members_of_gzip_are_joined_and_padding_is_ignored(void **state)
{
	size_t n = pack(PACK_GZIP, packed, sizeof(packed), text, 1000);

	(void)state;
	n += pack(PACK_GZIP, packed + n, sizeof(packed) - n, text + 1000, 2000);
	memset(packed + n, 0, 10);
	assert_int_equal(decoder_run(decoder, HTTP1_GZIP, packed, n + 10, &out), 0);
	assert_text(3000);
}

static void output_stops_at_the_maximum(void **state)
{
	size_t n = pack(PACK_GZIP, packed, sizeof(packed), text, sizeof(text));

	(void)state;
	for (size_t max = sizeof(text) - 2; max <= sizeof(text); max++) {
		buf_fini(&out);
		buf_init(&out, max);
		assert_int_equal(decoder_run(decoder, HTTP1_GZIP, packed, n, &out),
				 max < sizeof(text) ? -EMSGSIZE : 0);
		assert_true(out.len <= max);
	}
}

static void any_cut_and_any_flipped_byte_is_refused(void **state)
{
	size_t n = pack(PACK_GZIP, packed, sizeof(packed), text, 500);

	(void)state;
	for (size_t i = 1; i < n; i++) {
		buf_reset(&out);
		assert_int_equal(decoder_run(decoder, HTTP1_GZIP, packed, i, &out), -EBADMSG);
	}
	for (size_t i = 10; i < n; i++) { /* behind the header, whose fields may be anything */
		packed[i] = (char)(packed[i] ^ 0x55);
		buf_reset(&out);
		assert_true(decoder_run(decoder, HTTP1_GZIP, packed, n, &out) < 0);
		packed[i] = (char)(packed[i] ^ 0x55);
	}
	buf_reset(&out);
	assert_int_equal(decoder_run(decoder, HTTP1_DEFLATE, "\xff\xff\xff", 3, &out), -EBADMSG);
}

static void nothing_is_nothing(void **state)
{
	(void)state;
	assert_int_equal(decoder_run(decoder, HTTP1_GZIP, "", 0, &out), 0);
	assert_int_equal(out.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_format_gives_the_text_back, begin, end),
		cmocka_unit_test_setup_teardown(members_of_gzip_are_joined_and_padding_is_ignored,
						begin, end),
		cmocka_unit_test_setup_teardown(output_stops_at_the_maximum, begin, end),
		cmocka_unit_test_setup_teardown(any_cut_and_any_flipped_byte_is_refused, begin,
						end),
		cmocka_unit_test_setup_teardown(nothing_is_nothing, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
