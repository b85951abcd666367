/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/shell.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

/* What needs no quotes anywhere in a word. "=" and "~" do at some places, so they are not here. */
static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("_-./:,@+%", c) != NULL);
}

/* Can a terminal, an editor and a log show these n bytes as what they are? text_clean knows. */
static bool shows(const char *at, size_t n)
{
	char cleaned[8];

	return text_clean(cleaned, sizeof(cleaned), at, n, false) == n &&
	       memcmp(cleaned, at, n) == 0;
}

static void escape_byte(struct buf *out, unsigned char c)
{
	switch (c) {
	case '\n':
		(void)buf_adds(out, "\\n");
		break;
	case '\r':
		(void)buf_adds(out, "\\r");
		break;
	case '\t':
		(void)buf_adds(out, "\\t");
		break;
	default: /* three digits: nothing that follows can be taken for a part of it */
		(void)buf_addf(out, "\\%03o", c);
		break;
	}
}

void shell_quote(struct buf *out, const char *text, size_t len)
{
	const char *nul = len > 0 ? memchr(text, '\0', len) : NULL;
	bool plain = true, all_shown = true;
	uint32_t c;

	if (nul != NULL)
		len = (size_t)(nul - text);
	for (size_t at = 0, n; at < len; at += n) {
		n = text_decode(text + at, len - at, &c);
		plain &= is_plain(text[at]);
		all_shown &= shows(text + at, n);
	}
	if (plain && len > 0) {
		(void)buf_add(out, text, len);
		return;
	}
	(void)buf_adds(out, all_shown ? "'" : "$'");
	for (size_t at = 0, n; at < len; at += n) {
		n = text_decode(text + at, len - at, &c);
		if (all_shown && text[at] == '\'')
			(void)buf_adds(out, "'\\''");
		else if (!all_shown && (text[at] == '\'' || text[at] == '\\'))
			(void)buf_addf(out, "\\%c", text[at]);
		else if (shows(text + at, n))
			(void)buf_add(out, text + at, n);
		else
			for (size_t i = 0; i < n; i++)
				escape_byte(out, (unsigned char)text[at + i]);
	}
	(void)buf_addc(out, '\'');
}

void shell_quote_printf(struct buf *out, const char *text, size_t len)
{
	(void)buf_addc(out, '\'');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '%')
			(void)buf_adds(out, "%%");
		else if (c < 0x20 || c >= 0x7f || c == '\'' || c == '\\')
			(void)buf_addf(out, "\\%03o", c);
		else
			(void)buf_addc(out, (char)c);
	}
	(void)buf_addc(out, '\'');
}

void shell_variable(struct buf *out, const char *name)
{
	(void)buf_addf(out, "\"$%s\"", name);
}
