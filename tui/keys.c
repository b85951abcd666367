/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/keys.h"

#include "base/buf.h"
#include "tui/input.h"

/* clang-format off */
static const struct key_binding bindings[] = {
	{ ACTION_NEXT_PANE, GROUP_LOOK, "Tab", "focus the next pane", "focus", 4,
	  { INPUT_TAB } },
	{ ACTION_PREVIOUS_PANE, GROUP_LOOK, "Shift+Tab", "focus the pane before", NULL, 0,
	  { INPUT_BACKTAB } },
	{ ACTION_UP, GROUP_LOOK, "↑ k", "row or slider above", NULL, 0,
	  { INPUT_UP, INPUT_SHIFT_UP, 'k' } },
	{ ACTION_DOWN, GROUP_LOOK, "↓ j", "row or slider below", NULL, 0,
	  { INPUT_DOWN, INPUT_SHIFT_DOWN, 'j' } },
	{ ACTION_PAGE_UP, GROUP_LOOK, "PgUp", "a page up", NULL, 0,
	  { INPUT_PAGE_UP, INPUT_CTRL('B') } },
	{ ACTION_PAGE_DOWN, GROUP_LOOK, "PgDn", "a page down", NULL, 0,
	  { INPUT_PAGE_DOWN, INPUT_CTRL('F') } },
	{ ACTION_FIRST, GROUP_LOOK, "Home g", "first row", NULL, 0, { INPUT_HOME, 'g' } },
	{ ACTION_LAST, GROUP_LOOK, "End G", "last row", NULL, 0, { INPUT_END, 'G' } },
	{ ACTION_LESS, GROUP_LOAD, "←", "move the slider one step down", NULL, 0,
	  { INPUT_LEFT } },
	{ ACTION_MORE, GROUP_LOAD, "→", "move the slider one step up", "users", 1,
	  { INPUT_RIGHT } },
	{ ACTION_LESS_TEN, GROUP_LOAD, "Shift+← <", "ten steps down", NULL, 0,
	  { INPUT_SHIFT_LEFT, '<' } },
	{ ACTION_MORE_TEN, GROUP_LOAD, "Shift+→ >", "ten steps up", NULL, 0,
	  { INPUT_SHIFT_RIGHT, '>' } },
	{ ACTION_TYPE, GROUP_LOAD, "1–9", "type a value for the slider", NULL, 0,
	  { '1', '2', '3', '4', '5', '6', '7', '8', '9' } },
	{ ACTION_USERS_1, GROUP_LOAD, "w", "one user more", NULL, 0, { 'w' } },
	{ ACTION_USERS_10, GROUP_LOAD, "W", "ten users more", NULL, 0, { 'W' } },
	{ ACTION_USERS_MINUS_1, GROUP_LOAD, "s", "one user less", NULL, 0, { 's' } },
	{ ACTION_USERS_MINUS_10, GROUP_LOAD, "S", "ten users less", NULL, 0, { 'S' } },
	{ ACTION_ENTER, GROUP_RUN, "Enter", "start; look into a row; type a value",
	  NULL, 0, { INPUT_ENTER } },
	{ ACTION_PAUSE, GROUP_RUN, "Space", "pause (nothing new is sent) or resume",
	  "pause", 2, { ' ' } },
	{ ACTION_STOP, GROUP_RUN, "x", "stop and drain; once more: stop now",
	  "stop", 5, { 'x' } },
	{ ACTION_PANIC, GROUP_RUN, "0", "panic: all users to zero at once", "panic", 9, { '0' } },
	{ ACTION_RESET, GROUP_RUN, "r", "reset the statistics", NULL, 0, { 'r' } },
	{ ACTION_MARK, GROUP_RUN, "m", "mark this moment with a note", "mark", 6, { 'm' } },
	{ ACTION_SAVE_LOAD, GROUP_RUN, "L", "save the load as driven as a scenario", NULL, 0,
	  { 'L' } },
	{ ACTION_ERRORS, GROUP_LOOK, "e", "errors by kind, with advice", "errors", 3, { 'e' } },
	{ ACTION_LOG, GROUP_LOOK, "l", "log of a container; again: of the next", NULL, 0, { 'l' } },
	{ ACTION_SORT, GROUP_LOOK, "o", "sort by the next column", "sort", 8, { 'o' } },
	{ ACTION_SORT_REVERSE, GROUP_LOOK, "O", "turn the order round", NULL, 0, { 'O' } },
	{ ACTION_FILTER, GROUP_LOOK, "/", "only endpoints that contain a text", "filter", 7,
	  { '/' } },
	{ ACTION_WHOLE, GROUP_LOOK, "a", "latencies: whole run or last 10 s", NULL, 0,
	  { 'a' } },
	{ ACTION_SHORTER, GROUP_LOOK, "+", "charts over a shorter time", NULL, 0, { '+', '=' } },
	{ ACTION_LONGER, GROUP_LOOK, "-", "charts over a longer time", NULL,
	  0, { '-', '_' } },
	{ ACTION_MAXIMISE, GROUP_SCREEN, "z", "focused pane over the whole screen",
	  "zoom", 10, { 'z' } },
	{ ACTION_HIDE, GROUP_SCREEN, "h", "hide the focused pane", NULL, 0, { 'h' } },
	{ ACTION_SHOW_ALL, GROUP_SCREEN, "H", "show all panes again", NULL, 0, { 'H' } },
	{ ACTION_SAVE, GROUP_SCREEN, "P", "save the screen as text, ANSI and SVG", NULL, 0,
	  { 'P' } },
	{ ACTION_THEME, GROUP_SCREEN, "t", "next theme", NULL, 0, { 't' } },
	{ ACTION_REDRAW, GROUP_SCREEN, "Ctrl+L", "draw the screen anew", NULL, 0,
	  { INPUT_CTRL('L') } },
	{ ACTION_HELP, GROUP_SCREEN, "?", "this help", "help", 0, { '?', INPUT_F1 } },
	{ ACTION_BACK, GROUP_SCREEN, "Esc", "back", NULL, 0, { INPUT_ESCAPE, INPUT_BACKSPACE } },
	{ ACTION_QUIT, GROUP_SCREEN, "q", "quit (asks while the run goes on)", "quit", 0, { 'q' } },
};
/* clang-format on */

#define BINDINGS (sizeof(bindings) / sizeof(bindings[0]))

size_t keys_count(void)
{
	return BINDINGS;
}

const struct key_binding *keys_at(size_t i)
{
	return i < BINDINGS ? &bindings[i] : NULL;
}

const struct key_binding *keys_find(enum action action)
{
	for (size_t i = 0; i < BINDINGS; i++) {
		if (bindings[i].action == action)
			return &bindings[i];
	}
	return NULL;
}

enum action keys_action(uint32_t code)
{
	for (size_t i = 0; code != 0 && i < BINDINGS; i++) {
		for (size_t k = 0; k < KEY_CODES && bindings[i].codes[k] != 0; k++) {
			if (bindings[i].codes[k] == code)
				return bindings[i].action;
		}
	}
	return ACTION_NONE;
}

const char *keys_group_title(enum key_group group)
{
	static const char *const titles[KEY_GROUPS] = {
		[GROUP_LOAD] = "load",
		[GROUP_RUN] = "run",
		[GROUP_LOOK] = "looking",
		[GROUP_SCREEN] = "screen",
	};

	return titles[group];
}

void keys_print(struct buf *out)
{
	for (int group = 0; group < KEY_GROUPS; group++) {
		for (size_t i = 0; i < BINDINGS; i++) {
			if (bindings[i].group == (enum key_group)group)
				buf_addf(out, "%s\t%s\t%s\n",
					 keys_group_title((enum key_group)group), bindings[i].keys,
					 bindings[i].help);
		}
	}
}
