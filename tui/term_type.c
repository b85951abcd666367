/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/term_type.h"

#include <stdint.h>
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
