/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "record/pystr.h"

/* Expectations printed by Python 3.11's repr(). */
static const struct {
	const char *text, *repr;
} CASES[] = {
	{ "", "''" },
	{ "503 Service Unavailable", "'503 Service Unavailable'" },
	{ "it's", "\"it's\"" },
	{ "say \"hi\"", "'say \"hi\"'" },
	{ "it's \"both\"", "'it\\'s \"both\"'" },
	{ "back\\slash", "'back\\\\slash'" },
	{ "a\tb\nc\rd", "'a\\tb\\nc\\rd'" },
	{ "\x01\x1b[0m\x7f", "'\\x01\\x1b[0m\\x7f'" },
	{ "caf\u00e9 \u6f22 \U0001f600", "'caf\u00e9 \u6f22 \U0001f600'" },
	{ "\u00a0\u00ad", "'\\xa0\\xad'" },
	{ "\u200b\u2028\u202e\ufeff", "'\\u200b\\u2028\\u202e\\ufeff'" },
	{ "\U000e0001", "'\\U000e0001'" },
};

static void repr_equals_python(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1024);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		buf_reset(&out);
		assert_int_equal(pystr_repr(&out, CASES[i].text, strlen(CASES[i].text)), 0);
		assert_string_equal(buf_str(&out), CASES[i].repr);
	}
	buf_fini(&out);
}

static void overflow_is_told(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4);
	assert_true(pystr_repr(&out, "12345", 5) < 0);
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repr_equals_python),
		cmocka_unit_test(overflow_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
