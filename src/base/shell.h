/* SPDX-License-Identifier: MIT */
#ifndef THRONG_BASE_SHELL_H
#define THRONG_BASE_SHELL_H

#include <stddef.h>

struct buf;

/* Quoting for a POSIX shell's command line, bash's $'...' where a byte asks for it. Pure. */

/* Append a text as (part of) one word that means exactly these bytes, whatever they are: as it is
 * when nothing in it is special, else in '...'; with control characters, bytes that are no UTF-8 or
 * characters that steer a terminal in $'...' with escapes. NUL cannot stand in an argument: what is
 * behind one is left out (see shell_quote_printf). */
void shell_quote(struct buf *out, const char *text, size_t len);
/* Append a word for printf(1)'s format that prints exactly these bytes, NUL included. */
void shell_quote_printf(struct buf *out, const char *text, size_t len);
/* Append "$NAME" as part of a word. */
void shell_variable(struct buf *out, const char *name);

#endif
