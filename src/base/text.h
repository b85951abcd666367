/* SPDX-License-Identifier: MIT */
#ifndef THRONG_BASE_TEXT_H
#define THRONG_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whatever strangers send (URLs, bodies, errors, container names, SQL) passes here before a
 * terminal or a report. */

/* Copy src (len bytes, or up to its NUL with SIZE_MAX) into dst as valid UTF-8 without control
 * characters: C0, C1, DEL, bidi overrides and invalid bytes become U+FFFD ('?' with `ascii`);
 * newlines and tabs become one blank. Always NUL-terminated, never cuts a character. Returns
 * the bytes written without the NUL. */
size_t text_clean(char *dst, size_t size, const char *src, size_t len, bool ascii);
/* Decode one character of valid or invalid UTF-8 at src; returns the bytes used (>= 1 when len
 * >= 1), invalid: U+FFFD. */
size_t text_decode(const char *src, size_t len, uint32_t *out_codepoint);
/* Encode one character; returns 1..4 bytes written to dst (at least 4 bytes of room), no NUL. */
size_t text_encode(uint32_t codepoint, char *dst);
/* Columns a character takes on a terminal: 0 (combining), 1 or 2. */
int text_char_width(uint32_t codepoint);
/* Columns of a UTF-8 string. */
int text_width(const char *str);
/* Slips between two short strings (a letter too many, missing, wrong, or two neighbours swapped),
 * ASCII case ignored; for "did you mean". Longer than 63 bytes: returns 64. */
unsigned text_distance(const char *a, const char *b);
/* The candidate nearest to `word` when it is near enough to be meant, else NULL. `candidates`
 * ends with NULL. */
const char *text_nearest(const char *word, const char *const *candidates);

#endif
