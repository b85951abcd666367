/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/pystr.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

/* What str.isprintable() refuses above ASCII: Unicode 14 categories Cc, Cf, Zl, Zp, Zs and Co. */
static const struct {
	uint32_t first, last;
} UNPRINTABLE[] = { { 0x80, 0xa0 },       { 0xad, 0xad },       { 0x600, 0x605 },
		    { 0x61c, 0x61c },     { 0x6dd, 0x6dd },     { 0x70f, 0x70f },
		    { 0x890, 0x891 },     { 0x8e2, 0x8e2 },     { 0x1680, 0x1680 },
		    { 0x180e, 0x180e },   { 0x2000, 0x200f },   { 0x2028, 0x202f },
		    { 0x205f, 0x2064 },   { 0x2066, 0x206f },   { 0x3000, 0x3000 },
		    { 0xe000, 0xf8ff },   { 0xfeff, 0xfeff },   { 0xfff9, 0xfffb },
		    { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x13438 },
		    { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0001, 0xe0001 },
		    { 0xe0020, 0xe007f }, { 0xf0000, 0x10ffff } };

static bool printable(uint32_t c)
{
	if (c < 0x80)
		return c >= 0x20 && c != 0x7f;
	for (size_t i = 0; i < sizeof(UNPRINTABLE) / sizeof(UNPRINTABLE[0]); i++) {
		if (c >= UNPRINTABLE[i].first && c <= UNPRINTABLE[i].last)
			return false;
	}
	return true;
}

static int add_escaped(struct buf *out, uint32_t c)
{
	switch (c) {
	case '\t':
		return buf_adds(out, "\\t");
	case '\n':
		return buf_adds(out, "\\n");
	case '\r':
		return buf_adds(out, "\\r");
	default:
		return buf_addf(out,
				c < 0x100     ? "\\x%02x"
				: c < 0x10000 ? "\\u%04x"
					      : "\\U%08x",
				(unsigned)c);
	}
}

int pystr_repr(struct buf *out, const char *str, size_t len)
{
	bool single = len > 0 && memchr(str, '\'', len) != NULL;
	bool twice = len > 0 && memchr(str, '"', len) != NULL;
	char quote = single && !twice ? '"' : '\'';
	int err = buf_addc(out, quote);

	for (size_t i = 0; i < len && err == 0;) {
		uint32_t c;
		size_t used = text_decode(str + i, len - i, &c);

		if (c == '\\' || c == (uint32_t)(unsigned char)quote)
			err = buf_addc(out, '\\');
		if (err == 0 && printable(c))
			err = buf_add(out, str + i, used);
		else if (err == 0)
			err = add_escaped(out, c);
		i += used;
	}
	return err != 0 ? err : buf_addc(out, quote);
}
