/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_LAYOUT_H
#define THRONG_TUI_LAYOUT_H

#include <stdbool.h>

#include "tui/pane.h"

/* Where everything goes: a pure function of the size of the screen and of what the panes want. */

#define LAYOUT_COLS_MIN 40
#define LAYOUT_ROWS_MIN 10

/* A pane's wish, in rows without its border. */
struct layout_wish {
	bool present;
	int least; /* of use only with so many */
	int wanted;
	int weight;  /* share of what is left over; 0: none */
	int rank;    /* the lowest leaves first when there is no room */
	bool yields; /* leaves already when one of a higher rank would not get what it wants */
};

struct layout_request {
	int cols, rows;
	int sliders;     /* how many there are */
	bool notice;     /* a line above the keys */
	int maximised;   /* pane that takes the whole body, -1: none */
	enum pane focus; /* stays when others have to leave */
	struct layout_wish wishes[PANES];
};

enum layout_kind { LAYOUT_NARROW, LAYOUT_MEDIUM, LAYOUT_WIDE };

/* Neighbouring panes share the line between them: their rectangles overlap by one cell. */
struct layout {
	bool too_small;
	enum layout_kind kind;
	struct rect header, sliders, vitals, body, notice, keys;
	struct rect panes[PANES]; /* w 0: not shown */
};

void layout_compute(const struct layout_request *request, struct layout *out);

#endif
