/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_VT_H
#define THRONG_TESTS_VT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A terminal for tests: understands what curses writes for xterm-256color, so that a test can look at
 * the screen a user would see. An unknown sequence fails the test. */

#define VT_COLS_MAX 300
#define VT_ROWS_MAX 100

struct vt_cell {
	char text
		[24]; /* UTF-8, combining characters included; "" in the right half of a wide one */
	int fg, bg;   /* palette number, -1 default, or 0x1000000 | rgb */
	bool bold, underline, reverse;
};

struct vt {
	int cols, rows;
	int x, y;
	int top, bottom; /* scroll margins */
	struct vt_cell cells[VT_ROWS_MAX][VT_COLS_MAX];
	struct vt_cell pen;
	bool alternate, cursor_hidden, mouse, paste;
	unsigned clears; /* whole screens erased */
	unsigned asked;  /* "are you well?": to be answered with ESC [ 0 n */
	unsigned long long bytes;
	char pending[64]; /* of an unfinished sequence or character */
	size_t pending_len;
};

void vt_init(struct vt *vt, int cols, int rows);
void vt_feed(struct vt *vt, const char *bytes, size_t len);
/* The screen as lines without blanks at their ends. Caller frees. */
char *vt_text(const struct vt *vt);

#endif
