/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "record/markup.h"

static void code_in_table(struct buf *out, const char *text)
{
	markup_markdown_code(out, text, 1);
}

static void code_in_text(struct buf *out, const char *text)
{
	markup_markdown_code(out, text, 0);
}

static const struct {
	void (*fn)(struct buf *out, const char *text);
	const char *text, *expected;
} CASES[] = {
	{ markup_html, "a < b & \"c\" > 'd'", "a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;" },
	{ markup_html, "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
	{ markup_html, "caf\u00e9 \u6f22", "caf\u00e9 \u6f22" },
	{ markup_html, "a\x1b[31mb\r\nc", "a\ufffd[31mb c" },
	{ markup_markdown, "plain text, 1.5 ms (100 %)", "plain text, 1.5 ms (100 %)" },
	{ markup_markdown, "**bold** [x](y) `c`", "\\*\\*bold\\*\\* \\[x\\](y) \\`c\\`" },
	{ markup_markdown, "a|b", "a\\|b" },
	{ markup_markdown, "<img src=x>", "\\<img src=x>" },
	{ markup_markdown, "create_deployment _x_ $HOME", "create_deployment \\_x\\_ \\$HOME" },
	{ markup_markdown, "back\\slash", "back\\\\slash" },
	{ markup_markdown, "two\nlines", "two lines" },
	{ code_in_text, "POST /api/{id}/", "`POST /api/{id}/`" },
	{ code_in_text, "a|b", "`a|b`" },
	{ code_in_table, "a|b", "`a\\|b`" },
	{ code_in_text, "has `ticks`", "`` has `ticks` ``" },
	{ code_in_text, "a``b", "```a``b```" },
	{ code_in_text, "", "" },
	{ markup_url_path, "results-1 (a).svg", "results-1%20%28a%29.svg" },
	{ markup_url_path, "caf\u00e9#?%", "caf%C3%A9%23%3F%25" },
};

static void text_of_strangers_is_never_markup(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		buf_reset(&out);
		CASES[i].fn(&out, CASES[i].text);
		assert_string_equal(buf_str(&out), CASES[i].expected);
	}
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_of_strangers_is_never_markup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
