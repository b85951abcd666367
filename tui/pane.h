/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_PANE_H
#define THRONG_TUI_PANE_H

#include <stddef.h>

/* The panes of the running page. Their names are the settings' words, too. */
enum pane {
	PANE_SLIDERS,
	PANE_ENDPOINTS,
	PANE_CHART,
	PANE_HEAT,
	PANE_CONTAINERS,
	PANE_POSTGRES,
	PANE_LEVELS,
	PANE_CRITERIA,
	PANE_FAILURES,
	PANE_EVENTS,
	PANE_LOG,
	PANES
};

/* Cells of the screen, borders included. */
struct rect {
	int x, y, w, h;
};

/* What a place on the screen answers to, recorded while it is drawn so that the mouse finds what
 * the eye sees. */
enum hit_kind { HIT_PANE, HIT_ROW, HIT_SLIDER, HIT_COLUMN, HIT_ACTION };

struct hit {
	struct rect rect;
	enum hit_kind kind;
	enum pane pane;
	size_t index; /* ROW: of the list; SLIDER: its number; COLUMN: endpoint_column; ACTION */
};

#define HITS_MAX 400

/* What drawing a screen found out: input for the next key or click. */
struct screen_info {
	struct hit hits[HITS_MAX];
	size_t hit_count;
	size_t top[PANES];                      /* first row shown of a pane's list */
	size_t rows[PANES];                     /* rows of it that fit */
	size_t page_top, page_rows, page_count; /* of a text page: plan, help, detail */
	int shown[PANES];
	struct rect body; /* of panes and pages; empty while something lies over them */
};

/* Beyond HITS_MAX nothing is added. */
void screen_info_add(struct screen_info *info, struct hit hit);
/* The hit at a cell that was drawn last; NULL when there is none. */
const struct hit *screen_info_at(const struct screen_info *info, int x, int y);

#endif
