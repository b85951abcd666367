/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_SAVE_H
#define THRONG_TUI_SAVE_H

#include <stddef.h>

struct canvas;
struct theme;

/* Save a screen as PREFIX.txt, .ansi and .svg in `dir` (NULL: the working directory), where PREFIX is
 * throng-DATE-TIME, made unique. Each file is there whole or not at all. Writes the prefix without
 * directory to name. 0 or negative errno. */
int save_canvas(const struct canvas *canvas, const struct theme *theme, const char *dir, char *name,
		size_t size) __attribute__((warn_unused_result));

#endif
