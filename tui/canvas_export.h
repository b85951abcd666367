/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_CANVAS_EXPORT_H
#define THRONG_TUI_CANVAS_EXPORT_H

struct buf;
struct canvas;
struct theme;

/* A screen as a file. Each appends to `out` (0, or -EMSGSIZE of base/buf.h). */

/* Plain UTF-8 lines, blanks at their ends left out. */
int canvas_to_text(const struct canvas *canvas, struct buf *out);
/* Text with SGR sequences in 24-bit colour: `cat` shows the screen again. */
int canvas_to_ansi(const struct canvas *canvas, const struct theme *theme, struct buf *out);
/* A stand-alone SVG picture. Lines, blocks and braille dots are drawn as shapes, and text has its
 * width fixed, so that it is aligned with whatever monospaced font the reader has. */
int canvas_to_svg(const struct canvas *canvas, const struct theme *theme, struct buf *out);

#endif
