/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_INPUT_H
#define THRONG_TUI_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a terminal sends, turned into keys and mouse events. Our own parser, not wgetch: that one
 * waits inside escape sequences, cannot tell the end of the terminal from "no key yet", and does
 * not report drags everywhere. A sequence may arrive in any pieces. */

enum input_key { /* other keys are their character; all of these lie above Unicode */
		 INPUT_TAB = '\t',
		 INPUT_ENTER = '\r',
		 INPUT_ESCAPE = 0x1b,
		 INPUT_BACKSPACE = 0x7f,
		 INPUT_UP = 0x110000,
		 INPUT_DOWN,
		 INPUT_LEFT,
		 INPUT_RIGHT,
		 INPUT_SHIFT_UP,
		 INPUT_SHIFT_DOWN,
		 INPUT_SHIFT_LEFT,
		 INPUT_SHIFT_RIGHT,
		 INPUT_HOME,
		 INPUT_END,
		 INPUT_PAGE_UP,
		 INPUT_PAGE_DOWN,
		 INPUT_INSERT,
		 INPUT_DELETE,
		 INPUT_BACKTAB,
		 INPUT_F1
};

#define INPUT_CTRL(c) ((uint32_t)(c)&0x1f)

enum input_type {
	INPUT_KEY,
	INPUT_PASTE, /* a character of pasted text: text for a prompt, never a command */
	INPUT_MOUSE,
	INPUT_ANSWER /* the terminal has shown everything sent before the question (term_ask) */
};

enum input_mouse { MOUSE_PRESS, MOUSE_DRAG, MOUSE_RELEASE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct input_event {
	enum input_type type;
	uint32_t key;           /* KEY, PASTE */
	enum input_mouse mouse; /* MOUSE: of the left button or the wheel */
	int x, y;               /* MOUSE: cell, from 0 */
};

/* A sequence of the terminal's own description. */
struct input_sequence {
	char bytes[16];
	uint32_t key;
};

#define INPUT_BUFFER    128
#define INPUT_SEQUENCES 32

struct input {
	unsigned char bytes[INPUT_BUFFER];
	size_t len;
	bool pasting;
	struct input_sequence sequences[INPUT_SEQUENCES];
	size_t sequence_count;
};

void input_init(struct input *input);
/* Add a terminal's own sequence for a key; too long or too many: left out. */
void input_learn(struct input *input, const char *bytes, uint32_t key);
/* Take in bytes; returns how many there was room for. Call input_next until it says no, then go on. */
size_t input_feed(struct input *input, const void *bytes, size_t len);
/* The next event. With `final` (nothing came for a while) a lone ESC counts as the key and an
 * unfinished sequence is thrown away. */
bool input_next(struct input *input, bool final, struct input_event *event);
/* Something unfinished waits: call again with `final` a moment later. */
bool input_pending(const struct input *input);

#endif
