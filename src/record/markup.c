/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/markup.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define TEXT_MAX 8192

void markup_html(struct buf *out, const char *text)
{
	char clean[TEXT_MAX];

	text_clean(clean, sizeof(clean), text, SIZE_MAX, false);
	for (const char *c = clean; *c != '\0'; c++) {
		switch (*c) {
		case '&':
			buf_adds(out, "&amp;");
			break;
		case '<':
			buf_adds(out, "&lt;");
			break;
		case '>':
			buf_adds(out, "&gt;");
			break;
		case '"':
			buf_adds(out, "&quot;");
			break;
		case '\'':
			buf_adds(out, "&#39;");
			break;
		default:
			buf_addc(out, *c);
		}
	}
}

/* An underscore between letters or digits is never markup on GitHub. */
static bool inside_word(const char *text, const char *c)
{
	return c > text && isalnum((unsigned char)c[-1]) && isalnum((unsigned char)c[1]);
}

void markup_markdown(struct buf *out, const char *text)
{
	char clean[TEXT_MAX];

	text_clean(clean, sizeof(clean), text, SIZE_MAX, false);
	for (const char *c = clean; *c != '\0'; c++) {
		/* '#', '+', '-' and digits mean something only at the start of a line, where no
		 * text of strangers stands. */
		if (strchr("\\`*{}[]<|~$", *c) != NULL || (*c == '_' && !inside_word(clean, c)))
			buf_addc(out, '\\');
		buf_addc(out, *c);
	}
}

/* The longest run of backticks in the text. */
static size_t longest_run(const char *text)
{
	size_t longest = 0, run = 0;

	for (; *text != '\0'; text++) {
		run = *text == '`' ? run + 1 : 0;
		if (run > longest)
			longest = run;
	}
	return longest;
}

void markup_markdown_code(struct buf *out, const char *text, int in_table)
{
	char clean[TEXT_MAX];
	size_t fence, len;
	bool pad;

	text_clean(clean, sizeof(clean), text, SIZE_MAX, false);
	len = strlen(clean);
	if (len == 0)
		return;
	fence = longest_run(clean) + 1;
	pad = clean[0] == '`' || clean[len - 1] == '`';
	for (size_t i = 0; i < fence; i++)
		buf_addc(out, '`');
	if (pad)
		buf_addc(out, ' ');
	for (const char *c = clean; *c != '\0'; c++) {
		if (*c == '|' && in_table) /* GFM: also inside code spans */
			buf_addc(out, '\\');
		buf_addc(out, *c);
	}
	if (pad)
		buf_addc(out, ' ');
	for (size_t i = 0; i < fence; i++)
		buf_addc(out, '`');
}

void markup_url_path(struct buf *out, const char *path)
{
	for (; *path != '\0'; path++) {
		unsigned char c = (unsigned char)*path;

		if (c < 0x80 && (isalnum(c) || strchr("-._~/", c) != NULL))
			buf_addc(out, *path);
		else
			buf_addf(out, "%%%02X", c);
	}
}

size_t markup_width(const char *text)
{
	int width = text_width(text);

	return width > 0 ? (size_t)width : 0;
}
