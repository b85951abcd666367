/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_UI_EXCHANGE_H
#define THRONG_TUI_UI_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

struct frame;
struct ui;

/* The page of a failing exchange. It stays on the one that was chosen, whatever later frames bring or
 * drop, until another is asked for: the user interface owns a reference. Main thread. */

/* Show the newest exchange of the selected failure; when none was kept, say so. */
void ui_exchange_open(struct ui *ui, const struct frame *frame, uint64_t now_ns);
/* The next newer (-1) or older (1) one of the same failure. */
void ui_exchange_step(struct ui *ui, const struct frame *frame, int by);
/* Back to the page it was opened from. */
void ui_exchange_back(struct ui *ui);
/* Let go of it: the page is left. */
void ui_exchange_drop(struct ui *ui);
/* Which one of how many it is, newest first, from 1; 0 when it is no longer among them. */
size_t ui_exchange_place(const struct ui *ui, const struct frame *frame, size_t *count);

#endif
