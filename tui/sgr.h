/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_SGR_H
#define THRONG_TUI_SGR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* What curses writes for an xterm-like terminal, said in fewer bytes: colours and attributes are
 * followed and only their differences sent, right before a character shows them; a blank needs no
 * character's colour at all. Curses says everything anew at each change, which is four fifths of
 * what a screen of figures costs. The same pass exchanges palette colours for 24-bit ones, which
 * curses does not know. Everything else passes unchanged. */

#define SGR_DEFAULT     (-1)
#define SGR_EXACT_FIRST 16
#define SGR_EXACT_MAX   200

struct sgr_state {
	int fg, bg; /* palette number or SGR_DEFAULT */
	bool bold, underline, reverse;
};

struct sgr {
	struct sgr_state wanted;      /* what curses has said */
	struct sgr_state sent;        /* what the terminal was told */
	bool known;                   /* `sent` is true; false: say everything */
	int32_t exact[SGR_EXACT_MAX]; /* 24-bit colours, by palette number - SGR_EXACT_FIRST */
	size_t exact_count;
};

void sgr_init(struct sgr *sgr);
/* The terminal's state is not known any more (it was somebody else's). */
void sgr_forget(struct sgr *sgr);
/* The palette number that stands for a 24-bit colour from now on: given to curses, exchanged for the
 * colour on its way out. Past SGR_EXACT_MAX different ones: the last number. */
int sgr_exact(struct sgr *sgr, int32_t rgb);
/* Give the numbers out anew; the terminal's state counts as unknown. */
void sgr_clear_exact(struct sgr *sgr);
/* Append bytes to out. A sequence must not be split between two calls. */
void sgr_filter(struct sgr *sgr, const char *bytes, size_t len, struct buf *out);

#endif
