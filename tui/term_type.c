/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/term_type.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curses.h>
#include <term.h>

/* Apart from term.c because term.h defines hundreds of macros with everyday names ("lines", "columns",
 * "bell") and a struct term of its own; and asked beforehand because newterm keeps memory when it
 * fails. */

static bool has(const char *capability)
{
	const char *string = tigetstr(capability);

	return string != NULL && (intptr_t)string != -1 && string[0] != '\0';
}

bool term_type_usable(const char *type)
{
	bool usable;
	int error;

	if (setupterm(type, STDOUT_FILENO, &error) != OK)
		return false;
	usable = has("cup") && has("clear");
	del_curterm(cur_term);
	return usable;
}

enum color_depth term_type_depth(bool no_color, bool is_xterm)
{
	const char *says = getenv("COLORTERM");
	int colors = tigetnum("colors");

	if (no_color || colors < 8)
		return DEPTH_MONO;
	if (colors < 256)
		return colors >= 16 ? DEPTH_16 : DEPTH_8;
	if (is_xterm && says != NULL &&
	    (strcmp(says, "truecolor") == 0 || strcmp(says, "24bit") == 0))
		return DEPTH_TRUE;
	return DEPTH_256;
}

bool term_type_is_xterm(const char *type)
{
	static const char *const kinds[] = {
		"xterm",   "screen",  "tmux",  "rxvt",   "alacritty", "kitty",
		"foot",    "konsole", "vte",   "st",     "gnome",     "putty",
		"wezterm", "contour", "iTerm", "mintty", "ghostty",
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strncmp(type, kinds[i], strlen(kinds[i])) == 0)
			return true;
	}
	return false;
}
