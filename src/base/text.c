/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/text.h"

#include <string.h>

/* Pure functions over bytes, no locale, no allocation. An escape sequence loses its ESC (or its C1
 * introducer, whether raw or UTF-8 encoded) and stays as harmless visible text: nothing a stranger
 * sent is hidden from the reader. */

#define REPLACEMENT 0xfffdU
#define WORD_MAX    63

/* The bytes after the first and the range of the second (RFC 3629, section 4, table): the ranges
 * shut out overlong forms, surrogates and what is past U+10FFFF. */
static size_t sequence_tail(unsigned char first, unsigned char *low, unsigned char *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (first >= 0xc2 && first <= 0xdf)
		return 1;
	if (first >= 0xe0 && first <= 0xef) {
		if (first == 0xe0)
			*low = 0xa0;
		if (first == 0xed)
			*high = 0x9f;
		return 2;
	}
	if (first >= 0xf0 && first <= 0xf4) {
		if (first == 0xf0)
			*low = 0x90;
		if (first == 0xf4)
			*high = 0x8f;
		return 3;
	}
	return 0;
}

size_t text_decode(const char *src, size_t len, uint32_t *out_codepoint)
{
	unsigned char first, low, high;
	uint32_t codepoint;
	size_t tail;

	*out_codepoint = REPLACEMENT;
	if (len == 0)
		return 0;
	first = (unsigned char)src[0];
	if (first < 0x80) {
		*out_codepoint = first;
		return 1;
	}
	tail = sequence_tail(first, &low, &high);
	if (tail == 0)
		return 1;
	codepoint = first & (0x3fU >> tail);
	for (size_t i = 1; i <= tail; i++) {
		unsigned char c = i < len ? (unsigned char)src[i] : 0;

		/* One replacement for the longest part that could have become a character, as the
		 * Unicode Standard recommends (3.9, "maximal subpart"): the next byte may begin a
		 * good one. */
		if (c < low || c > high)
			return i;
		codepoint = codepoint << 6 | (c & 0x3fU);
		low = 0x80;
		high = 0xbf;
	}
	*out_codepoint = codepoint;
	return tail + 1;
}

size_t text_encode(uint32_t codepoint, char *dst)
{
	unsigned char *d = (unsigned char *)dst;

	if (codepoint > 0x10ffff || (codepoint >= 0xd800 && codepoint <= 0xdfff))
		codepoint = REPLACEMENT;
	if (codepoint < 0x80) {
		d[0] = (unsigned char)codepoint;
		return 1;
	}
	if (codepoint < 0x800) {
		d[0] = (unsigned char)(0xc0 | codepoint >> 6);
		d[1] = (unsigned char)(0x80 | (codepoint & 0x3f));
		return 2;
	}
	if (codepoint < 0x10000) {
		d[0] = (unsigned char)(0xe0 | codepoint >> 12);
		d[1] = (unsigned char)(0x80 | (codepoint >> 6 & 0x3f));
		d[2] = (unsigned char)(0x80 | (codepoint & 0x3f));
		return 3;
	}
	d[0] = (unsigned char)(0xf0 | codepoint >> 18);
	d[1] = (unsigned char)(0x80 | (codepoint >> 12 & 0x3f));
	d[2] = (unsigned char)(0x80 | (codepoint >> 6 & 0x3f));
	d[3] = (unsigned char)(0x80 | (codepoint & 0x3f));
	return 4;
}

/* Characters that end a line or move the cursor to a stop. */
static bool is_break(uint32_t c)
{
	return c == '\n' || c == '\r' || c == '\t' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/* Characters that steer a terminal or reorder the text around them (Unicode Technical Report 36,
 * "Trojan Source"). */
static bool is_control(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
		return true;
	return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

size_t text_clean(char *dst, size_t size, const char *src, size_t len, bool ascii)
{
	size_t at = 0, out = 0;

	if (size == 0)
		return 0;
	if (len == SIZE_MAX)
		len = strlen(src);
	while (at < len) {
		uint32_t c;
		char bytes[4];
		size_t n = text_decode(src + at, len - at, &c);

		/* A line end of two bytes is one blank. */
		if (c == '\r' && at + 1 < len && src[at + 1] == '\n')
			n = 2;
		at += n;
		if (is_break(c))
			c = ' ';
		else if (is_control(c))
			c = REPLACEMENT;
		if (ascii && c >= 0x80)
			c = '?';
		n = text_encode(c, bytes);
		if (n >= size - out)
			break;
		memcpy(dst + out, bytes, n);
		out += n;
	}
	dst[out] = '\0';
	return out;
}

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment (Damerau 1964) over three rows: row i is the distances of a's first i
 * to b's first 0, 1, 2 ... characters; two neighbours that changed places are one slip. */
unsigned text_distance(const char *a, const char *b)
{
	unsigned char rows[3][WORD_MAX + 1];
	size_t a_len = strlen(a), b_len = strlen(b);

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return WORD_MAX + 1;
	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = (unsigned char)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned char *row = rows[i % 3];
		const unsigned char *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		row[0] = (unsigned char)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned best = above[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));

			best = least(best, least(above[j], row[j - 1]) + 1U);
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]))
				best = least(best, before[j - 2] + 1U);
			row[j] = (unsigned char)best;
		}
	}
	return rows[a_len % 3][b_len];
}

const char *text_nearest(const char *word, const char *const *candidates)
{
	const char *nearest = NULL;
	unsigned best = WORD_MAX + 1;

	for (; *candidates != NULL; candidates++) {
		size_t longer = strlen(word);
		unsigned distance = text_distance(word, *candidates);

		if (strlen(*candidates) > longer)
			longer = strlen(*candidates);
		/* Meant is what shares two thirds of its letters; one slip is always forgiven as long
		 * as anything is left in common. */
		if (distance < best && distance < longer &&
		    distance <= (longer < 4 ? 1 : longer / 3)) {
			best = distance;
			nearest = *candidates;
		}
	}
	return nearest;
}
