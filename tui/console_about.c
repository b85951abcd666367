/* SPDX-License-Identifier: MIT */
/* What the command line asks of the console without running it. */
#include "config.h"

#include "tui/console.h"

#include <stddef.h>

#include "tui/term.h"
#include "tui/theme.h"
#include "tui/tty.h"
#include "tui/ui.h"

bool console_possible(char *why, size_t size)
{
	return term_usable(&(struct term_config){ 0 }, why, size);
}

void console_emergency_restore(void)
{
	tty_emergency_restore();
}

const char *console_theme_name(size_t i)
{
	return i < theme_count() ? theme_at(i)->name : NULL;
}

const char *console_pane_name(size_t i)
{
	/* the sliders cannot be hidden */
	return i + 1 < PANES ? pane_name((enum pane)(i + 1)) : NULL;
}
