/* SPDX-License-Identifier: MIT */
/* The page of a failing exchange: how one gets there, what it shows while the run goes on. */
#include "config.h"

#include "unit.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "frames.h"
#include "message/example.h"
#include "message/frame.h"
#include "tui/canvas.h"
#include "tui/canvas_export.h"
#include "tui/glyphs.h"
#include "tui/input.h"
#include "tui/screen.h"
#include "tui/ui.h"
#include "tui/ui_exchange.h"

static struct ui ui;
static struct frame *frame;
static struct ui_effects fx;

static int setup(void **state)
{
	(void)state;
	frame = frames_scene(SCENE_COLLAPSE);
	ui_init(&ui);
	ui_frame(&ui, frame, CLOCK_NS_PER_SEC);
	ui.focus = PANE_FAILURES;
	memset(&fx, 0, sizeof(fx));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ui_fini(&ui);
	frame_free(frame);
	return 0;
}

static void key(uint32_t code)
{
	struct input_event event = { .type = INPUT_KEY, .key = code };

	ui_event(&ui, frame, &event, CLOCK_NS_PER_SEC, &fx);
}

/* The screen as text; the caller frees. */
static char *screen(int cols, int rows)
{
	struct screen_info *info = calloc(1, sizeof(*info));
	struct canvas canvas;
	struct buf out;

	canvas_init(&canvas, false);
	canvas_resize(&canvas, cols, rows);
	screen_draw(&canvas, frame, &ui, glyphs_get(GLYPHS_BRAILLE), info);
	ui.info = *info;
	buf_init(&out, 1 << 20);
	assert_int_equal(canvas_to_text(&canvas, &out), 0);
	canvas_fini(&canvas);
	free(info);
	return buf_take(&out, NULL);
}

static void assert_shows(const char *text)
{
	char *all = screen(120, 40);

	if (strstr(all, text) == NULL)
		fail_msg("\"%s\" is not on the screen:\n%s", text, all);
	free(all);
}

static void new_frame(struct frame *next)
{
	frame_free(frame);
	frame = next;
	ui_frame(&ui, frame, 2 * CLOCK_NS_PER_SEC);
}

static void enter_on_a_failure_shows_its_newest_exchange(void **state)
{
	(void)state;
	key(INPUT_ENTER);
	assert_int_equal(ui.page, PAGE_EXCHANGE);
	assert_ptr_equal(ui.example, frame->failures[0].examples[0]);
	assert_shows("1 of 3, newest first");
	assert_shows("HTTP 500 Internal Server Error");
	assert_shows("Authorization: Bearer ***");
	assert_shows("QueuePool limit");
	assert_shows("$TOKEN");
	key(INPUT_ESCAPE);
	assert_int_equal(ui.page, PAGE_RUN);
	assert_null(ui.example);
}

static void the_page_of_errors_leads_there_and_back(void **state)
{
	(void)state;
	key('e');
	key(INPUT_DOWN);
	key(INPUT_DOWN);
	key(INPUT_ENTER);
	assert_int_equal(ui.page, PAGE_EXCHANGE);
	assert_shows("HTTP 503");
	key(INPUT_ESCAPE);
	assert_int_equal(ui.page, PAGE_ERRORS);
	key(INPUT_ENTER);
	key('e'); /* straight to the list */
	assert_int_equal(ui.page, PAGE_ERRORS);
	assert_null(ui.example);
}

static void arrows_go_to_older_and_newer_ones_and_move_no_slider(void **state)
{
	(void)state;
	key(INPUT_ENTER);
	key(INPUT_RIGHT);
	assert_shows("2 of 3, newest first");
	assert_shows("user 43");
	key(INPUT_SHIFT_RIGHT);
	key(INPUT_RIGHT); /* past the end: stays */
	assert_shows("3 of 3, newest first");
	key(INPUT_LEFT);
	key(INPUT_LEFT);
	key(INPUT_LEFT);
	assert_shows("1 of 3, newest first");
	assert_int_equal(fx.command_count, 0);
}

static void up_and_down_move_the_text(void **state)
{
	char *text;

	(void)state;
	key(INPUT_ENTER);
	text = screen(80, 24);
	assert_null(strstr(text, "to send it again"));
	free(text);
	key(INPUT_DOWN);
	free(screen(80, 24));
	assert_int_equal(ui.info.page_top, 1);
	key(INPUT_END);
	text = screen(80, 24);
	assert_non_null(strstr(text, "to send it again"));
	assert_non_null(strstr(text, "set first, in place of what is masked: TOKEN"));
	free(text);
	key(INPUT_PAGE_UP);
	key(INPUT_HOME);
	text = screen(80, 24);
	assert_int_equal(ui.info.page_top, 0);
	free(text);
	assert_int_equal(ui.selected[PANE_FAILURES], 0);
	key(INPUT_RIGHT); /* another one begins at its beginning */
	assert_int_equal(ui.page_top, 0);
}

static void it_stays_whatever_later_frames_bring(void **state)
{
	const struct example *shown;

	(void)state;
	key(INPUT_ENTER);
	shown = ui.example;
	new_frame(frames_scene(SCENE_COLLAPSE)); /* other exchanges of the same failure */
	assert_ptr_equal(ui.example, shown);
	assert_shows("QueuePool limit");
	assert_shows("older than those kept now");
	key(INPUT_RIGHT); /* there is nothing older */
	assert_ptr_equal(ui.example, shown);
	key(INPUT_LEFT); /* the oldest that is kept */
	assert_shows("3 of 3, newest first");
	new_frame(frames_scene(SCENE_RUNNING)); /* no failures at all */
	assert_shows("older than those kept now");
	key(INPUT_LEFT);
	key(INPUT_RIGHT);
	assert_shows("QueuePool limit");
}

static void a_failure_without_an_exchange_says_so(void **state)
{
	(void)state;
	ui.selected[PANE_FAILURES] = 1;
	key(INPUT_ENTER);
	assert_int_equal(ui.page, PAGE_RUN);
	assert_string_equal(ui.notice, "no exchange of this failure was kept");
	new_frame(frames_scene(SCENE_RUNNING));
	ui.focus = PANE_FAILURES;
	key(INPUT_ENTER);
	assert_int_equal(ui.page, PAGE_RUN);
	assert_string_equal(ui.notice, "no request has failed");
}

static void what_never_came_is_said(void **state)
{
	(void)state;
	ui.selected[PANE_FAILURES] = 3;
	key(INPUT_ENTER);
	assert_shows("connection reset");
	assert_shows("nothing");
}

int main(void)
{
#define EACH(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		EACH(enter_on_a_failure_shows_its_newest_exchange),
		EACH(the_page_of_errors_leads_there_and_back),
		EACH(arrows_go_to_older_and_newer_ones_and_move_no_slider),
		EACH(up_and_down_move_the_text),
		EACH(it_stays_whatever_later_frames_bring),
		EACH(a_failure_without_an_exchange_says_so),
		EACH(what_never_came_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
