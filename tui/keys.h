/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_KEYS_H
#define THRONG_TUI_KEYS_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/* The one table of keys: it feeds the handler, the help pane, the bottom line and the manual. */

enum action {
	ACTION_NONE,
	ACTION_NEXT_PANE,
	ACTION_PREVIOUS_PANE,
	ACTION_UP,
	ACTION_DOWN,
	ACTION_PAGE_UP,
	ACTION_PAGE_DOWN,
	ACTION_FIRST,
	ACTION_LAST,
	ACTION_LESS,
	ACTION_MORE,
	ACTION_LESS_TEN,
	ACTION_MORE_TEN,
	ACTION_USERS_1,
	ACTION_USERS_10,
	ACTION_USERS_MINUS_1,
	ACTION_USERS_MINUS_10,
	ACTION_TYPE, /* a digit: begins a typed value */
	ACTION_ENTER,
	ACTION_PAUSE,
	ACTION_STOP,
	ACTION_PANIC,
	ACTION_RESET,
	ACTION_ERRORS,
	ACTION_LOG,
	ACTION_SORT,
	ACTION_SORT_REVERSE,
	ACTION_FILTER,
	ACTION_MARK,
	ACTION_SAVE_LOAD,
	ACTION_WHOLE,
	ACTION_SHORTER,
	ACTION_LONGER,
	ACTION_MAXIMISE,
	ACTION_HIDE,
	ACTION_SHOW_ALL,
	ACTION_SAVE,
	ACTION_THEME,
	ACTION_REDRAW,
	ACTION_HELP,
	ACTION_BACK,
	ACTION_QUIT,
	ACTIONS
};

enum key_group { GROUP_LOAD, GROUP_RUN, GROUP_LOOK, GROUP_SCREEN, KEY_GROUPS };

#define KEY_CODES 9

struct key_binding {
	enum action action;
	enum key_group group;
	const char *keys;          /* as shown: "Tab", "w", "< Shift+←" */
	const char *help;          /* what it does, for the help pane and the manual */
	const char *brief;         /* its word in the bottom line; NULL: not there */
	int rank;                  /* bottom line: the highest leaves first when room is short */
	uint32_t codes[KEY_CODES]; /* characters or enum input_key, ended by 0 */
};

size_t keys_count(void);
const struct key_binding *keys_at(size_t i);
const struct key_binding *keys_find(enum action action);
/* What a key does. */
enum action keys_action(uint32_t code);
const char *keys_group_title(enum key_group group);
/* One line each, "group TAB keys TAB help", as the manual must have them. */
void keys_print(struct buf *out);

#endif
