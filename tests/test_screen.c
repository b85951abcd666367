/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/screen.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "frames.h"
#include "golden.h"
#include "tui/canvas.h"
#include "tui/canvas_export.h"
#include "tui/glyphs.h"
#include "tui/ui.h"
#include "tui/ui_exchange.h"
#include "unit.h"

/* Golden screens: every page at four sizes in UTF-8 and ASCII. */

static const struct {
	int cols, rows;
} sizes[] = { { 40, 24 }, { 80, 24 }, { 120, 40 }, { 200, 60 } };

struct shot {
	const char *name;
	enum frames_scene scene;
	enum page page;
	enum pane focus;
	bool maximised, help;
	enum dialog dialog;
	const char *text; /* typed into the dialog */
	const char *filter;
	const char *notice;
	size_t failure, page_top;
};

static const struct shot shots[] = {
	{ .name = "plan", .scene = SCENE_PLAN },
	{ .name = "plan-probes", .scene = SCENE_PLAN_PROBES },
	{ .name = "plan-failed", .scene = SCENE_PLAN_FAILED },
	{ .name = "setup", .scene = SCENE_SETUP },
	{ .name = "running", .scene = SCENE_RUNNING },
	{ .name = "ramping", .scene = SCENE_RAMPING, .focus = PANE_ENDPOINTS },
	{ .name = "collapse", .scene = SCENE_COLLAPSE, .focus = PANE_FAILURES },
	{ .name = "paused", .scene = SCENE_PAUSED, .notice = "saved throng-20261123-075622" },
	{ .name = "draining", .scene = SCENE_DRAINING },
	{ .name = "passed", .scene = SCENE_PASSED },
	{ .name = "failed", .scene = SCENE_FAILED },
	{ .name = "invalid", .scene = SCENE_INVALID },
	{ .name = "open", .scene = SCENE_OPEN },
	{ .name = "bare", .scene = SCENE_BARE },
	{ .name = "problems", .scene = SCENE_PROBLEMS, .focus = PANE_POSTGRES },
	{ .name = "errors", .scene = SCENE_COLLAPSE, .page = PAGE_ERRORS },
	{ .name = "exchange", .scene = SCENE_COLLAPSE, .page = PAGE_EXCHANGE },
	{ .name = "exchange-end",
	  .scene = SCENE_COLLAPSE,
	  .page = PAGE_EXCHANGE,
	  .page_top = 1000 },
	{ .name = "exchange-none", .scene = SCENE_COLLAPSE, .page = PAGE_EXCHANGE, .failure = 1 },
	{ .name = "no-errors", .scene = SCENE_RUNNING, .page = PAGE_ERRORS },
	{ .name = "drill", .scene = SCENE_COLLAPSE, .page = PAGE_DRILL },
	{ .name = "drill-open", .scene = SCENE_OPEN, .page = PAGE_DRILL },
	{ .name = "help", .scene = SCENE_RUNNING, .help = true },
	{ .name = "quit", .scene = SCENE_RUNNING, .dialog = DIALOG_QUIT },
	{ .name = "number", .scene = SCENE_RUNNING, .dialog = DIALOG_NUMBER, .text = "150" },
	{ .name = "mark", .scene = SCENE_RUNNING, .dialog = DIALOG_MARK, .text = "cache off" },
	{ .name = "save-load",
	  .scene = SCENE_RUNNING,
	  .dialog = DIALOG_SAVE_LOAD,
	  .text = "ramp.json" },
	{ .name = "empty", .scene = SCENE_EMPTY },
	{ .name = "many", .scene = SCENE_MANY, .focus = PANE_ENDPOINTS },
	{ .name = "hostile", .scene = SCENE_HOSTILE },
	{ .name = "hostile-drill", .scene = SCENE_HOSTILE, .page = PAGE_DRILL },
	{ .name = "hostile-errors", .scene = SCENE_HOSTILE, .page = PAGE_ERRORS },
	{ .name = "clock", .scene = SCENE_CLOCK },
	{ .name = "clock-drill", .scene = SCENE_CLOCK, .page = PAGE_DRILL },
	{ .name = "criteria", .scene = SCENE_COLLAPSE, .focus = PANE_CRITERIA, .maximised = true },
	{ .name = "failures", .scene = SCENE_COLLAPSE, .focus = PANE_FAILURES, .maximised = true },
	{ .name = "endpoints",
	  .scene = SCENE_COLLAPSE,
	  .focus = PANE_ENDPOINTS,
	  .maximised = true },
	{ .name = "filter", .scene = SCENE_MANY, .focus = PANE_ENDPOINTS, .filter = "099" },
	{ .name = "earlier", .scene = SCENE_EARLIER, .focus = PANE_ENDPOINTS },
	{ .name = "drill-earlier", .scene = SCENE_EARLIER, .page = PAGE_DRILL },
	{ .name = "drill-all", .scene = SCENE_RUNNING, .page = PAGE_DRILL },
	{ .name = "chart", .scene = SCENE_COLLAPSE, .focus = PANE_CHART, .maximised = true },
	{ .name = "heat", .scene = SCENE_COLLAPSE, .focus = PANE_HEAT, .maximised = true },
	{ .name = "levels", .scene = SCENE_LEVELS, .focus = PANE_LEVELS },
	{ .name = "levels-big", .scene = SCENE_LEVELS, .focus = PANE_LEVELS, .maximised = true },
	{ .name = "containers",
	  .scene = SCENE_COLLAPSE,
	  .focus = PANE_CONTAINERS,
	  .maximised = true },
	{ .name = "log", .scene = SCENE_LOG, .focus = PANE_LOG },
	{ .name = "log-big", .scene = SCENE_LOG, .focus = PANE_LOG, .maximised = true },
	{ .name = "database", .scene = SCENE_DATABASE, .focus = PANE_POSTGRES },
	{ .name = "database-big",
	  .scene = SCENE_DATABASE,
	  .focus = PANE_POSTGRES,
	  .maximised = true },
	{ .name = "postgres", .scene = SCENE_COLLAPSE, .focus = PANE_POSTGRES, .maximised = true },
	{ .name = "events", .scene = SCENE_COLLAPSE, .focus = PANE_EVENTS, .maximised = true },
};

static void set_up(struct ui *ui, const struct shot *shot, const struct frame *frame)
{
	ui_init(ui);
	if (shot->filter != NULL)
		snprintf(ui->filter, sizeof(ui->filter), "%s", shot->filter);
	ui_frame(ui, frame, 0);
	ui->page = shot->page;
	ui->focus = shot->focus;
	ui->maximised = shot->maximised;
	ui->help = shot->help;
	if (shot->page == PAGE_EXCHANGE) {
		ui->selected[PANE_FAILURES] = shot->failure;
		ui_exchange_open(ui, frame, 0);
		ui->page = PAGE_EXCHANGE; /* also without one */
		ui->notice[0] = '\0';
		ui->page_top = shot->page_top;
	}
	if (shot->page == PAGE_DRILL)
		ui->endpoint = frame->detail.present ? frame->detail.endpoint : 2;
	if (shot->dialog != DIALOG_NONE)
		ui_open_dialog(ui, shot->dialog, shot->text != NULL ? shot->text : "");
	if (shot->notice != NULL)
		ui_notice(ui, 0, false, "%s", shot->notice);
}

static char *draw(const struct ui *ui, const struct frame *frame, enum glyph_set set, int cols,
		  int rows)
{
	struct screen_info *info = calloc(1, sizeof(*info));
	struct canvas canvas;
	struct buf out;

	canvas_init(&canvas, set == GLYPHS_ASCII);
	canvas_resize(&canvas, cols, rows);
	screen_draw(&canvas, frame, ui, glyphs_get(set), info);
	buf_init(&out, 1 << 20);
	assert_int_equal(canvas_to_text(&canvas, &out), 0);
	canvas_fini(&canvas);
	free(info);
	return buf_take(&out, NULL);
}

static void every_page_looks_as_it_must_at_every_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(shots); i++) {
		struct frame *frame = frames_scene(shots[i].scene);
		struct ui ui;

		set_up(&ui, &shots[i], frame);
		for (size_t k = 0; k < COUNT(sizes); k++) {
			for (int ascii = 0; ascii < 2; ascii++) {
				char name[64];
				char *text = draw(&ui, frame, ascii ? GLYPHS_ASCII : GLYPHS_BRAILLE,
						  sizes[k].cols, sizes[k].rows);

				snprintf(name, sizeof(name), "%s-%dx%d%s", shots[i].name,
					 sizes[k].cols, sizes[k].rows, ascii ? "-ascii" : "");
				golden_check(name, text);
				free(text);
			}
		}
		ui_fini(&ui);
		frame_free(frame);
	}
}

/* Who has read nothing finds these in the last line, whatever is focused, however narrow it is. */
static void the_last_line_always_offers_users_pause_and_quit(void **state)
{
	static const enum frames_scene scenes[] = { SCENE_RUNNING, SCENE_RAMPING, SCENE_PAUSED,
						    SCENE_COLLAPSE, SCENE_OPEN };
	static const int cols[] = { 40, 53, 76, 80, 110, 120, 200 };

	(void)state;
	for (size_t i = 0; i < COUNT(scenes) * COUNT(cols) * 2; i++) {
		struct frame *frame = frames_scene(scenes[i / 2 % COUNT(scenes)]);
		struct shot shot = { .maximised = i % 2 == 1 };

		for (int pane = 0; pane < PANES; pane++) {
			struct ui ui;
			char *text;
			const char *last;

			shot.focus = (enum pane)pane;
			set_up(&ui, &shot, frame);
			text = draw(&ui, frame, GLYPHS_BRAILLE, cols[i / 2 / COUNT(scenes)], 24);
			last = strrchr(text, '\n');
			while (last > text && last[1] == '\0') /* the line before its end */
				last = memrchr(text, '\n', (size_t)(last - text));
			assert_non_null(strstr(last, "←→ "));
			assert_non_null(strstr(last, "Space "));
			assert_non_null(strstr(last, "q quit"));
			free(text);
			ui_fini(&ui);
		}
		frame_free(frame);
	}
}

static void ascii_screens_hold_nothing_but_ascii(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(shots); i++) {
		struct frame *frame = frames_scene(shots[i].scene);
		struct ui ui;
		char *text;

		set_up(&ui, &shots[i], frame);
		text = draw(&ui, frame, GLYPHS_ASCII, 200, 60);
		for (const char *at = text; *at != '\0'; at++)
			assert_true(*at == '\n' || (*at >= 0x20 && *at < 0x7f));
		free(text);
		ui_fini(&ui);
		frame_free(frame);
	}
}

/* Any frame, any page, any size, whatever is focused: it draws, and no byte of it steers a terminal. */
static void any_frame_can_be_drawn_at_any_size(void **state)
{
	static const int cols[] = { 1, 2, 5, 39, 40, 41, 75, 76, 80, 109, 110, 133, 200, 1000 };
	static const int rows[] = { 1, 2, 9, 10, 11, 16, 24, 29, 30, 45, 60, 120 };

	(void)state;
	for (int scene = 0; scene < SCENES; scene++) {
		struct frame *frame = frames_scene((enum frames_scene)scene);

		for (size_t i = 0; i < COUNT(cols) * COUNT(rows); i++) {
			struct shot shot = { .page = (enum page)(i % PAGE_COUNT),
					     .focus = (enum pane)(i % PANES),
					     .maximised = i % 5 == 0,
					     .help = i % 7 == 0,
					     .dialog = (enum dialog)(i % 11 % 5),
					     .text = "12" };
			struct ui ui;
			char *text;

			if (shot.focus == PANE_SLIDERS)
				shot.maximised = false;
			set_up(&ui, &shot, frame);
			ui.slider = i % ui_slider_count(frame);
			text = draw(&ui, frame, (enum glyph_set)(i % 3), cols[i % COUNT(cols)],
				    rows[i / COUNT(cols)]);
			for (const unsigned char *at = (unsigned char *)text; *at != '\0'; at++)
				assert_true(*at == '\n' || (*at >= 0x20 && *at != 0x7f));
			assert_null(strstr(text, "\xc2\x9b"));
			free(text);
			ui_fini(&ui);
		}
		frame_free(frame);
	}
}

static bool same_rows(const struct canvas *a, const struct canvas *b, int y, int end)
{
	for (; y < end; y++) {
		for (int x = 0; x < a->cols; x++) {
			if (!cell_equal(canvas_cell(a, x, y), canvas_cell(b, x, y)))
				return false;
		}
	}
	return true;
}

static void the_body_may_rest_while_what_stands_around_it_moves(void **state)
{
	const struct glyphs *glyphs = glyphs_get(GLYPHS_BRAILLE);
	struct frame *old = frames_scene(SCENE_COLLAPSE);
	struct frame *new = frames_scene(SCENE_COLLAPSE);
	struct screen_info *info = calloc(1, sizeof(*info));
	struct canvas part, before, after;
	struct ui ui;
	struct rect body;
	size_t hits;

	(void)state;
	new->elapsed_ns += 7 * CLOCK_NS_PER_SEC;
	new->users_live = 17;
	new->all.rps = 1.5;
	new->rows[0].requests = 77777;
	ui_init(&ui);
	ui_frame(&ui, old, 0);
	canvas_init(&part, false);
	canvas_init(&before, false);
	canvas_init(&after, false);
	canvas_resize(&part, 120, 40);
	canvas_resize(&before, 120, 40);
	canvas_resize(&after, 120, 40);
	assert_false(screen_refresh(&part, old, &ui, glyphs, info)); /* nothing is there to rest */
	screen_draw(&before, old, &ui, glyphs, info);
	screen_draw(&part, old, &ui, glyphs, info);
	ui.info = *info;
	hits = info->hit_count;
	body = info->body;
	ui_frame(&ui, new, 0);
	assert_true(screen_refresh(&part, new, &ui, glyphs, info));
	assert_int_equal(info->hit_count, hits);
	assert_non_null(screen_info_at(info, 10, body.y + 3));
	screen_draw(&after, new, &ui, glyphs, info);
	assert_true(same_rows(&part, &after, 0, body.y));
	assert_true(same_rows(&part, &before, body.y, body.y + body.h));
	assert_true(same_rows(&part, &after, body.y + body.h, 40));
	assert_false(same_rows(&before, &after, 0, body.y));
	ui.help = true;
	screen_draw(&part, new, &ui, glyphs, info);
	ui.info = *info;
	assert_false(screen_refresh(&part, new, &ui, glyphs, info)); /* it lies under the help */
	ui.help = false;
	screen_draw(&part, new, &ui, glyphs, info);
	ui.info = *info;
	new->notice = "one line less for the body";
	assert_false(screen_refresh(&part, new, &ui, glyphs, info));
	canvas_fini(&part);
	canvas_fini(&before);
	canvas_fini(&after);
	free(info);
	ui_fini(&ui);
	frame_free(old);
	frame_free(new);
}

static void a_screen_that_is_too_small_says_so(void **state)
{
	struct frame *frame = frames_scene(SCENE_RUNNING);
	struct ui ui;
	char *text;

	(void)state;
	ui_init(&ui);
	ui_frame(&ui, frame, 0);
	text = draw(&ui, frame, GLYPHS_BRAILLE, 39, 24);
	assert_non_null(strstr(text, "too small: 39x24, needs 40x10"));
	assert_non_null(strstr(text, "100 users"));
	free(text);
	ui_fini(&ui);
	frame_free(frame);
}

static void ten_thousand_endpoints_cost_no_more_than_the_rows_seen(void **state)
{
	struct frame *frame = frames_scene(SCENE_MANY);
	struct ui ui;
	uint64_t cpu_ns;
	char *text;

	(void)state;
	ui_init(&ui);
	ui_frame(&ui, frame, 0);
	cpu_ns = clock_thread_cpu_ns();
	text = draw(&ui, frame, GLYPHS_BRAILLE, 120, 40);
	cpu_ns = clock_thread_cpu_ns() - cpu_ns;
	assert_non_null(strstr(text, "/api/v1/items/00000/"));
	assert_null(strstr(text, "/api/v1/items/00100/"));
	/* CPU time of one picture, with all the room a sanitizer and a loaded machine need */
	assert_true(cpu_ns < CLOCK_NS_PER_SEC);
	free(text);
	ui_fini(&ui);
	frame_free(frame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_page_looks_as_it_must_at_every_size),
		cmocka_unit_test(the_last_line_always_offers_users_pause_and_quit),
		cmocka_unit_test(ascii_screens_hold_nothing_but_ascii),
		cmocka_unit_test(any_frame_can_be_drawn_at_any_size),
		cmocka_unit_test(the_body_may_rest_while_what_stands_around_it_moves),
		cmocka_unit_test(a_screen_that_is_too_small_says_so),
		cmocka_unit_test(ten_thousand_endpoints_cost_no_more_than_the_rows_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
