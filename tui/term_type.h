/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_TERM_TYPE_H
#define THRONG_TUI_TERM_TYPE_H

#include <stdbool.h>

#include "tui/theme.h"

/* The terminal type is known here, can clear its screen and place its cursor. Before any screen is
 * open; main thread. */
bool term_type_usable(const char *type);
/* It speaks xterm's language: mouse reports, bracketed paste, exact colours, status reports. */
bool term_type_is_xterm(const char *type);
/* The colours of the screen that is open, from its description and COLORTERM. */
enum color_depth term_type_depth(bool no_color, bool is_xterm);

#endif
