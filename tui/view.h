/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_VIEW_H
#define THRONG_TUI_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "tui/canvas.h"
#include "tui/endpoints.h"
#include "tui/layout.h"
#include "tui/pane.h"

struct frame;
struct frame_failure;
struct glyphs;
struct ui;

/* A view draws one thing: a pure function of frame, state of the user interface and area. It
 * measures nothing, changes neither, and notes in `info` where the mouse finds what. */
struct view {
	const struct frame *frame;
	const struct ui *ui;
	const struct glyphs *glyphs;
	struct screen_info *info;
	enum pane pane; /* of pane views */
	bool focused;
	struct area box; /* of pane views: with the border, for what is written on it */
};

struct view_ops {
	const char *title;
	/* Rows it wants, without border; present says whether this run has such a thing. */
	void (*wish)(const struct frame *frame, const struct ui *ui, struct layout_wish *wish);
	void (*draw)(const struct view *view, const struct area *area);
};

/* The const table of panes; NULL for PANE_SLIDERS, which has no box. */
const struct view_ops *view_pane(enum pane pane);

/* Parts without a box. */
void view_header_draw(const struct view *view, const struct area *area);
void view_sliders_draw(const struct view *view, const struct area *area);
void view_vitals_draw(const struct view *view, const struct area *area);
void view_keys_draw(const struct view *view, const struct area *area);
void view_notice_draw(const struct view *view, const struct area *area);
/* Something for the notice line: a line of the run, or why the generator limits it. */
bool view_has_notice(const struct frame *frame);

/* Pages over the whole body, box included. */
void view_plan_draw(const struct view *view, const struct area *area);
void view_drill_draw(const struct view *view, const struct area *area);
void view_exchange_draw(const struct view *view, const struct area *area);
void view_errors_draw(const struct view *view, const struct area *area);

/* Over everything. */
void view_help_draw(const struct view *view, const struct area *screen);
void view_quit_draw(const struct view *view, const struct area *screen);

/* Panes, reached through view_pane. */
void view_endpoints_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish);
void view_endpoints_draw(const struct view *view, const struct area *area);
void view_chart_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish);
void view_chart_draw(const struct view *view, const struct area *area);
void view_heat_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish);
void view_heat_draw(const struct view *view, const struct area *area);
void view_containers_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish);
void view_containers_draw(const struct view *view, const struct area *area);
void view_postgres_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish);
void view_postgres_draw(const struct view *view, const struct area *area);
void view_levels_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish);
void view_levels_draw(const struct view *view, const struct area *area);
void view_criteria_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish);
void view_criteria_draw(const struct view *view, const struct area *area);
void view_failures_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish);
void view_failures_draw(const struct view *view, const struct area *area);
void view_events_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish);
void view_events_draw(const struct view *view, const struct area *area);
void view_log_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish);
void view_log_draw(const struct view *view, const struct area *area);

/* ---- parts of the page about an endpoint; frame->detail is present ---- */

/* How its times are spread (view_spread.c): a histogram, and times by percentile as a line above
 * their table. Both say what is filled and what a line. */
void view_histogram_draw(const struct view *view, const struct area *area);
void view_percentiles_draw(const struct view *view, const struct area *area);
/* Its requests and times over time, on the span of the charts (view_chart.c). */
void view_chart_detail_draw(const struct view *view, const struct area *area);

/* Where a failure is heading, judged by its rate now and its mean since it was first seen. */
struct view_trend {
	const char *word; /* "new", "rising", "steady", "falling", "quiet" */
	enum role role;
};
struct view_trend view_failure_trend(const struct frame *frame,
				     const struct frame_failure *failure);

/* ---- shared by views (view.c) ---- */

/* A box with a title in its upper edge; returns the inside, one blank column at each side. */
struct area view_box(const struct view *view, const struct area *area, const char *title);
void view_box_title(const struct view *view, const struct area *area, const char *title);
/* A remark at the right end of a box's upper edge. */
void view_box_remark(const struct view *view, const struct area *box, struct style style,
		     const char *text);
/* After a row of the pane's list was drawn: the mouse finds it, and the selected one shows. */
void view_list_row(const struct view *view, const struct area *area, int y, size_t index);
void view_hit(const struct view *view, const struct area *area, enum hit_kind kind, size_t index);
/* Where a list of `count` rows begins when `rows` fit, noting it in info. */
size_t view_scroll(const struct view *view, size_t count, size_t rows);
/* "nothing here" in the middle of an area. */
void view_empty(const struct view *view, const struct area *area, const char *text);
/* Bytes of `text` that fit into `columns`, ending before a blank where there is one; at least one
 * character. */
size_t view_line_length(const struct canvas *canvas, const char *text, int columns);
/* Text over several lines, broken at blanks, from y on; returns the lines it took. */
int view_wrap(const struct area *area, int y, struct style style, const char *text);
/* The lines that takes in so many columns. */
int view_wrap_lines(const struct canvas *canvas, int columns, const char *text);
/* A change against an earlier run: "+12%", "-3%", "x14", "=", "–" when it is not known. */
char *view_change(double change, char *dst, size_t size);
/* How it is to be taken: worse, better, or within what is noise; `column` is a COLUMN_VS_... */
enum role view_change_role(const struct frame *frame, const struct frame_row *row, bool whole,
			   enum endpoint_column column);
/* The colour of a method. */
enum role view_method_role(const char *method);

/* ---- the time axis (view_time.c) ---- */

/* What charts show: nanoseconds since the run's start. */
void view_window(const struct view *view, uint64_t *from_ns, uint64_t *to_ns);
/* Where an instant lies in an area that shows from_ns to to_ns; from_ns < to_ns. */
int view_time_column(const struct area *area, uint64_t at_ns, uint64_t from_ns, uint64_t to_ns);
/* The axis in the area's last row: clock times, and a sign for every mark. */
void view_time_axis(const struct view *view, const struct area *area, uint64_t from_ns,
		    uint64_t to_ns);
/* "2 min  + -" at the right end of the pane's upper edge. */
void view_span_remark(const struct view *view);

/* "name value" pairs on one line; returns the columns they took. */
int view_pair(const struct area *area, int x, int y, const char *label, struct style style,
	      const char *value);

#endif
