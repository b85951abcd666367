/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_TERM_TYPE_H
#define THRONG_TUI_TERM_TYPE_H

#include <stdbool.h>

/* The terminal type is known here, can clear its screen and place its cursor. Before any screen is
 * open; main thread. */
bool term_type_usable(const char *type);

#endif
