/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_SCREEN_H
#define THRONG_TUI_SCREEN_H

#include <stdbool.h>

struct canvas;
struct frame;
struct glyphs;
struct screen_info;
struct ui;

/* Draw everything: a pure function of frame, state of the user interface and the canvas' size.
 * `info` receives where things came to lie; give it back in ui->info before the next event. */
void screen_draw(struct canvas *canvas, const struct frame *frame, const struct ui *ui,
		 const struct glyphs *glyphs, struct screen_info *info);

/* Draw only what stands around the body, which stays as the canvas has it, with what ui->info says of
 * it. False: that is not possible (another size, something over the body), and nothing was drawn. */
bool screen_refresh(struct canvas *canvas, const struct frame *frame, const struct ui *ui,
		    const struct glyphs *glyphs, struct screen_info *info);

#endif
