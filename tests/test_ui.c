/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/ui.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "frames.h"
#include "message/frame.h"
#include "tui/canvas.h"
#include "tui/console.h"
#include "tui/glyphs.h"
#include "tui/input.h"
#include "tui/screen.h"
#include "tui/theme.h"
#include "unit.h"

struct scene {
	struct ui ui;
	struct frame *frame;
	struct ui_effects fx;
	uint64_t now_ns;
};

static struct scene *new_scene(struct frame *frame)
{
	struct scene *s = calloc(1, sizeof(*s));

	s->frame = frame;
	s->now_ns = CLOCK_NS_PER_SEC;
	ui_init(&s->ui);
	ui_frame(&s->ui, frame, s->now_ns);
	return s;
}

static void free_scene(struct scene *s)
{
	ui_fini(&s->ui);
	frame_free(s->frame);
	free(s);
}

static void key(struct scene *s, uint32_t code)
{
	struct input_event event = { .type = INPUT_KEY, .key = code };

	ui_event(&s->ui, s->frame, &event, s->now_ns, &s->fx);
}

static void keys(struct scene *s, const char *text)
{
	for (; *text != '\0'; text++)
		key(s, (unsigned char)*text);
}

static void mouse(struct scene *s, enum input_mouse kind, int x, int y)
{
	struct input_event event = { .type = INPUT_MOUSE, .mouse = kind, .x = x, .y = y };

	ui_event(&s->ui, s->frame, &event, s->now_ns, &s->fx);
}

static void draw(struct scene *s)
{
	struct screen_info *info = calloc(1, sizeof(*info));
	struct canvas canvas;

	canvas_init(&canvas, false);
	canvas_resize(&canvas, 120, 40);
	screen_draw(&canvas, s->frame, &s->ui, glyphs_get(GLYPHS_BRAILLE), info);
	s->ui.info = *info;
	canvas_fini(&canvas);
	free(info);
}

static void new_frame(struct scene *s, struct frame *frame, uint64_t later_ns)
{
	frame_free(s->frame);
	s->frame = frame;
	s->now_ns += later_ns;
	ui_frame(&s->ui, frame, s->now_ns);
}

/* Exactly one command of this kind since the last look. */
static void expect_command(struct scene *s, enum command_type type, uint16_t class_id, double value)
{
	assert_int_equal(s->fx.command_count, 1);
	assert_int_equal(s->fx.commands[0].type, type);
	assert_int_equal(s->fx.commands[0].class_id, class_id);
	assert_true(s->fx.commands[0].value == value);
	s->fx.command_count = 0;
}

static double wanted(struct scene *s, size_t i)
{
	struct ui_slider slider;

	ui_slider_at(&s->ui, s->frame, i, &slider);
	return slider.wanted;
}

static struct frame *four_classes(void)
{
	return frames_scene(SCENE_RAMPING);
}

static void a_moved_slider_shows_its_new_value_at_once(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_RUNNING));

	(void)state;
	assert_true(wanted(s, 0) == 100);
	key(s, INPUT_RIGHT);
	expect_command(s, COMMAND_USERS, COMMAND_ALL, 102);
	assert_true(wanted(s, 0) == 102);
	key(s, INPUT_RIGHT); /* counts from what is wanted, not from what was reported */
	expect_command(s, COMMAND_USERS, COMMAND_ALL, 104);
	key(s, INPUT_SHIFT_LEFT);
	expect_command(s, COMMAND_USERS, COMMAND_ALL, 84);
	keys(s, "wWsS");
	expect_command(s, COMMAND_USERS, COMMAND_ALL, 84); /* +1 +10 -1 -10, the last one waits */
	free_scene(s);
}

static void the_runs_word_counts_once_it_had_time_to_answer(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_RUNNING));
	struct frame *confirmed;

	(void)state;
	key(s, INPUT_RIGHT);
	new_frame(s, frames_scene(SCENE_RUNNING), CLOCK_NS_PER_SEC / 4);
	assert_true(wanted(s, 0) == 102); /* an older frame does not move it back */
	new_frame(s, frames_scene(SCENE_RUNNING), 3 * CLOCK_NS_PER_SEC);
	assert_true(wanted(s, 0) == 100); /* the run never agreed */
	key(s, INPUT_RIGHT);
	confirmed = frames_scene(SCENE_RUNNING);
	confirmed->users_target = 102;
	new_frame(s, confirmed, CLOCK_NS_PER_SEC / 4);
	assert_false(s->ui.users.set);
	free_scene(s);
}

static void guard_rails_hold_and_say_so(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_RUNNING));

	(void)state;
	keys(s, "999");
	key(s, INPUT_ENTER);
	expect_command(s, COMMAND_USERS, COMMAND_ALL, 200);
	assert_non_null(strstr(s->ui.notice, "guard rail is 200"));
	for (int i = 0; i < 40; i++)
		key(s, '<');
	assert_true(wanted(s, 0) == 0);
	free_scene(s);
}

static void digits_type_a_value_and_zero_alone_is_panic(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_RUNNING));

	(void)state;
	keys(s, "1");
	assert_int_equal(s->ui.dialog, DIALOG_NUMBER);
	keys(s, "50x");
	assert_string_equal(s->ui.text, "150");
	assert_int_equal(s->fx.command_count, 0);
	key(s, INPUT_BACKSPACE);
	key(s, INPUT_ENTER);
	expect_command(s, COMMAND_USERS, COMMAND_ALL, 15);
	keys(s, "7");
	key(s, INPUT_ESCAPE);
	assert_int_equal(s->ui.dialog, DIALOG_NONE);
	assert_int_equal(s->fx.command_count, 0);
	keys(s, "0");
	expect_command(s, COMMAND_PANIC, COMMAND_ALL, 0);
	assert_true(wanted(s, 0) == 0);
	free_scene(s);
}

static void the_spawn_rate_may_be_a_fraction(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_RUNNING));

	(void)state;
	key(s, INPUT_DOWN);
	key(s, INPUT_ENTER);
	keys(s, "2.5");
	key(s, INPUT_ENTER);
	expect_command(s, COMMAND_SPAWN_RATE, COMMAND_ALL, 2.5);
	keys(s, "1.2.3");
	key(s, INPUT_ENTER);
	assert_int_equal(s->fx.command_count, 0);
	assert_true(s->ui.notice_bad);
	keys(s, "5");
	keys(s, "00");
	key(s, INPUT_ENTER);
	expect_command(s, COMMAND_SPAWN_RATE, COMMAND_ALL, 500);
	free_scene(s);
}

static void each_class_has_its_own_slider(void **state)
{
	struct scene *s = new_scene(four_classes());
	struct ui_slider slider;

	(void)state;
	assert_int_equal(ui_slider_count(s->frame), 6);
	for (int i = 0; i < 3; i++)
		key(s, INPUT_DOWN);
	ui_slider_at(&s->ui, s->frame, s->ui.slider, &slider);
	assert_string_equal(slider.label, "CabUser");
	key(s, INPUT_RIGHT); /* a step is 20 of 2,000 */
	expect_command(s, COMMAND_USERS, 1, 270);
	assert_true(wanted(s, 0) == 1020); /* all of them follow */
	key(s, 'w');
	expect_command(s, COMMAND_USERS, COMMAND_ALL, 1021);
	assert_true(wanted(s, 3) == 270); /* in the same proportions */
	free_scene(s);
}

static void one_slider_moves_all_classes_in_their_proportions(void **state)
{
	struct scene *s = new_scene(four_classes());
	struct frame *confirmed;

	(void)state;
	keys(s, "500");
	key(s, INPUT_ENTER);
	expect_command(s, COMMAND_USERS, COMMAND_ALL, 500);
	assert_true(wanted(s, 2) == 250); /* seen at once, before a frame says so */
	assert_true(wanted(s, 3) == 125);
	assert_true(wanted(s, 5) == 50);
	confirmed = four_classes();
	confirmed->users_target = 500;
	confirmed->classes[0].target = 251; /* the engines round their own way: their word counts */
	new_frame(s, confirmed, 1);
	assert_true(wanted(s, 2) == 251);
	free_scene(s);
}

static void arrival_rate_runs_are_steered_by_rate(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_OPEN));

	(void)state;
	assert_int_equal(ui_slider_count(s->frame), 3);
	key(s, INPUT_RIGHT);
	expect_command(s, COMMAND_ARRIVAL_RATE, COMMAND_ALL, 2050);
	keys(s, "9999");
	key(s, INPUT_ENTER);
	expect_command(s, COMMAND_ARRIVAL_RATE, COMMAND_ALL, 5000);
	keys(s, "W");
	expect_command(s, COMMAND_USERS, COMMAND_ALL, 110);
	free_scene(s);
}

static void space_pauses_and_resumes(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_RUNNING));

	(void)state;
	key(s, ' ');
	expect_command(s, COMMAND_PAUSE, COMMAND_ALL, 0);
	new_frame(s, frames_scene(SCENE_PAUSED), 1);
	key(s, ' ');
	expect_command(s, COMMAND_RESUME, COMMAND_ALL, 0);
	new_frame(s, frames_scene(SCENE_PLAN), 1);
	key(s, ' ');
	assert_int_equal(s->fx.command_count, 0);
	free_scene(s);
}

static void the_second_stop_does_not_wait_for_the_first_to_be_confirmed(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_RUNNING));

	(void)state;
	key(s, 'x');
	expect_command(s, COMMAND_STOP, COMMAND_ALL, 1);
	key(s, 'x');
	expect_command(s, COMMAND_STOP_NOW, COMMAND_ALL, 1);
	new_frame(s, frames_scene(SCENE_PASSED), 1);
	key(s, 'x');
	assert_int_equal(s->fx.command_count, 0);
	free_scene(s);
}

static const struct hit *find_hit(const struct ui *ui, enum hit_kind kind, enum pane pane,
				  size_t index)
{
	for (size_t i = 0; i < ui->info.hit_count; i++) {
		const struct hit *hit = &ui->info.hits[i];

		if (hit->kind == kind && hit->pane == pane && hit->index == index)
			return hit;
	}
	fail_msg("nothing there to click");
	return NULL;
}

static void expect_refusal(struct scene *s, uint32_t code, const char *why)
{
	s->ui.notice[0] = '\0';
	key(s, code);
	assert_int_equal(s->fx.command_count, 0);
	assert_int_equal(s->ui.dialog, DIALOG_NONE);
	if (strstr(s->ui.notice, why) == NULL)
		fail_msg("key %u says \"%s\", wanted \"%s\"", code, s->ui.notice, why);
}

/* Nothing is pretended: a slider of a run that has ended would fall back a moment later. */
static void keys_that_mean_nothing_now_say_so_and_do_nothing(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_PLAN));
	const struct hit *hit;

	(void)state;
	for (const char *at = "0 xrmLoO/azh+-"; *at != '\0'; at++)
		expect_refusal(s, (unsigned char)*at, "Enter starts");
	assert_int_equal(s->ui.hidden, 0);
	expect_refusal(s, 'u', "u is no key here: ? lists them");
	key(s, 'W'); /* the plan's users can be set before */
	expect_command(s, COMMAND_USERS, COMMAND_ALL, wanted(s, 0));
	free_scene(s);

	s = new_scene(frames_scene(SCENE_PASSED));
	for (const char *at = "0xrmwWsS<>5 "; *at != '\0'; at++)
		expect_refusal(s, (unsigned char)*at, "the run has ended: q leaves");
	draw(s);
	hit = find_hit(&s->ui, HIT_SLIDER, PANE_SLIDERS, 0);
	mouse(s, MOUSE_PRESS, hit->rect.x + 5, hit->rect.y);
	mouse(s, MOUSE_DRAG, hit->rect.x + 9, hit->rect.y);
	assert_int_equal(s->fx.command_count, 0);
	assert_true(wanted(s, 0) == s->frame->users_target);
	free_scene(s);

	/* nothing happens behind the back of who reads a page */
	s = new_scene(frames_scene(SCENE_COLLAPSE));
	key(s, INPUT_TAB);
	key(s, 'e');
	for (const char *at = "oOazh"; *at != '\0'; at++)
		expect_refusal(s, (unsigned char)*at, "Esc first");
	expect_refusal(s, INPUT_TAB, "Esc first");
	assert_int_equal(s->ui.hidden, 0);
	assert_int_equal(s->ui.focus, PANE_ENDPOINTS);
	assert_false(s->ui.maximised);
	key(s, 'W'); /* while steering works everywhere */
	assert_int_equal(s->fx.command_count, 1);
	free_scene(s);
}

static void a_run_that_has_stopped_no_longer_says_stopping(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_RUNNING));

	(void)state;
	key(s, 'x');
	assert_non_null(strstr(s->ui.notice, "x again"));
	new_frame(s, frames_scene(SCENE_PASSED), 1);
	assert_string_equal(s->ui.notice, "");
	free_scene(s);
}

/* The rail holds for all users: what the engines would not do is not shown either. */
static void a_class_gets_what_the_others_leave(void **state)
{
	struct scene *s = new_scene(four_classes());
	double others = 0;
	double users = wanted(s, 0);

	(void)state;
	assert_true(s->frame->users_max > 0);
	for (size_t i = 3; i < ui_slider_count(s->frame); i++)
		others += wanted(s, i);
	assert_true(others > 0 && wanted(s, 2) + others == users);
	key(s, INPUT_DOWN);
	key(s, INPUT_DOWN);
	keys(s, "99999");
	key(s, INPUT_ENTER);
	expect_command(s, COMMAND_USERS, 0, s->frame->users_max - others);
	assert_true(wanted(s, 2) == s->frame->users_max - others);
	assert_true(wanted(s, 0) == s->frame->users_max);
	assert_non_null(strstr(s->ui.notice, "for all classes together"));
	free_scene(s);
}

static void quitting_asks_only_while_a_run_goes_on(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_RUNNING));

	(void)state;
	key(s, 'q');
	assert_false(s->fx.leave);
	assert_int_equal(s->ui.dialog, DIALOG_QUIT);
	key(s, 'n');
	assert_int_equal(s->ui.dialog, DIALOG_NONE);
	assert_false(s->fx.leave);
	keys(s, "qx"); /* any other key is a no, and does nothing else */
	assert_false(s->fx.leave);
	assert_int_equal(s->fx.command_count, 0);
	keys(s, "qy");
	assert_true(s->fx.leave);
	s->fx.leave = false;
	new_frame(s, frames_scene(SCENE_PASSED), 1);
	key(s, 'q');
	assert_true(s->fx.leave);
	s->fx.leave = false;
	/* Enter goes on where another scenario follows, and types no number into a run that is over */
	key(s, INPUT_ENTER);
	assert_false(s->fx.leave);
	assert_int_equal(s->ui.dialog, DIALOG_NONE);
	s->frame->next_scenario = "Connector scaling";
	key(s, INPUT_ENTER);
	assert_true(s->fx.leave);
	free_scene(s);
	s = new_scene(frames_scene(SCENE_PLAN));
	key(s, 'q');
	assert_true(s->fx.leave);
	free_scene(s);
}

static void enter_starts_from_the_plan(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_PLAN));

	(void)state;
	keys(s, "W"); /* the load may be changed before it begins */
	expect_command(s, COMMAND_USERS, COMMAND_ALL, 110);
	key(s, INPUT_ENTER);
	expect_command(s, COMMAND_START, COMMAND_ALL, 0);
	free_scene(s);
}

static void a_long_plan_is_read_by_pages_and_by_wheel(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_PLAN));
	struct buf plan;

	(void)state;
	buf_init(&plan, 1 << 16);
	for (int i = 0; i < 200; i++)
		buf_addf(&plan, "line %d\n", i);
	s->frame->plan = frame_strdup(s->frame, buf_str(&plan));
	draw(s);
	key(s, INPUT_PAGE_DOWN);
	assert_true(s->ui.page_top > 10);
	for (int i = 0; i < 50; i++)
		key(s, INPUT_PAGE_DOWN);
	assert_int_equal(s->ui.page_top, s->ui.info.page_count - s->ui.info.page_rows);
	for (int i = 0; i < 50; i++)
		key(s, INPUT_PAGE_UP);
	assert_int_equal(s->ui.page_top, 0);
	assert_int_equal(s->ui.slider, 0);
	mouse(s, MOUSE_WHEEL_DOWN, 30, 20);
	assert_int_equal(s->ui.page_top, 3);
	buf_fini(&plan);
	free_scene(s);
}

static void a_mark_takes_the_typed_note(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_RUNNING));

	(void)state;
	keys(s, "mcache off");
	key(s, 0xe9);
	key(s, INPUT_ENTER);
	assert_string_equal(s->fx.commands[0].text, "cache off\xc3\xa9");
	expect_command(s, COMMAND_MARK, COMMAND_ALL, 0);
	key(s, 'm');
	for (int i = 0; i < 300; i++)
		key(s, 0x65e5);
	key(s, INPUT_ENTER);
	assert_true(strlen(s->fx.commands[0].text) < COMMAND_TEXT_MAX);
	assert_int_equal(strlen(s->fx.commands[0].text) % 3, 0); /* no character is cut */
	free_scene(s);
}

static void the_load_as_driven_is_saved_and_the_answer_is_shown(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_RUNNING));
	struct frame *answer = frames_scene(SCENE_RUNNING);

	(void)state;
	keys(s, "Lramp.json");
	key(s, INPUT_ENTER);
	assert_string_equal(s->fx.commands[0].text, "ramp.json");
	expect_command(s, COMMAND_SAVE_SCENARIO, COMMAND_ALL, 0);
	key(s, 'L'); /* without a name the recorder finds one */
	key(s, INPUT_ENTER);
	assert_string_equal(s->fx.commands[0].text, "");
	expect_command(s, COMMAND_SAVE_SCENARIO, COMMAND_ALL, 0);
	answer->answer = "saved as ramp.json";
	answer->answer_sequence = 1;
	new_frame(s, answer, 1);
	assert_string_equal(s->ui.notice, "saved as ramp.json");
	assert_false(s->ui.notice_bad);
	s->now_ns += 60 * CLOCK_NS_PER_SEC;
	ui_tick(&s->ui, s->now_ns);
	answer = frames_scene(SCENE_RUNNING);
	answer->answer = "saved as ramp.json";
	answer->answer_sequence = 1;
	new_frame(s, answer, 1); /* said once */
	assert_string_equal(s->ui.notice, "");
	free_scene(s);
}

static void pasted_text_only_goes_into_prompts(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_RUNNING));
	struct input_event event = { .type = INPUT_PASTE, .key = 'x' };

	(void)state;
	ui_event(&s->ui, s->frame, &event, s->now_ns, &s->fx);
	assert_int_equal(s->fx.command_count, 0);
	key(s, 'm');
	ui_event(&s->ui, s->frame, &event, s->now_ns, &s->fx);
	event.key = INPUT_ENTER; /* a pasted line end does not send it */
	ui_event(&s->ui, s->frame, &event, s->now_ns, &s->fx);
	assert_int_equal(s->fx.command_count, 0);
	assert_string_equal(s->ui.text, "x");
	free_scene(s);
}

static void the_filter_works_while_it_is_typed(void **state)
{
	struct scene *s = new_scene(four_classes());

	(void)state;
	assert_int_equal(s->ui.order_count, 14);
	keys(s, "/cab");
	assert_int_equal(s->ui.order_count, 3);
	key(s, INPUT_ENTER);
	assert_int_equal(s->ui.order_count, 3);
	key(s, INPUT_ESCAPE);
	assert_int_equal(s->ui.order_count, 14);
	keys(s, "/zzz");
	assert_int_equal(s->ui.order_count, 0);
	key(s, INPUT_ESCAPE);
	assert_int_equal(s->ui.order_count, 14);
	free_scene(s);
}

static void sorting_keeps_the_selected_endpoint(void **state)
{
	struct scene *s = new_scene(four_classes());
	uint16_t endpoint;

	(void)state;
	key(s, INPUT_TAB);
	assert_int_equal(s->ui.focus, PANE_ENDPOINTS);
	for (int i = 0; i < 3; i++)
		key(s, INPUT_DOWN);
	endpoint = s->ui.endpoint;
	assert_true(endpoint != SAMPLE_ALL);
	for (int i = 0; i < 12; i++) {
		key(s, i % 3 ? 'o' : 'O');
		assert_int_equal(s->ui.endpoint, endpoint);
		assert_int_equal(
			s->frame->rows[s->ui.order[s->ui.selected[PANE_ENDPOINTS]]].endpoint,
			endpoint);
	}
	key(s, INPUT_END);
	assert_int_equal(s->ui.endpoint, SAMPLE_ALL); /* the total row is the last */
	free_scene(s);
}

static void enter_looks_into_an_endpoint_and_escape_comes_back(void **state)
{
	struct scene *s = new_scene(four_classes());
	uint16_t endpoint;

	(void)state;
	key(s, INPUT_TAB);
	endpoint = s->ui.endpoint;
	key(s, INPUT_ENTER);
	expect_command(s, COMMAND_FOCUS, COMMAND_ALL, endpoint);
	assert_int_equal(s->ui.page, PAGE_DRILL);
	assert_int_equal(ui_selected_row(&s->ui, s->frame)->endpoint, endpoint);
	key(s, INPUT_ESCAPE);
	expect_command(s, COMMAND_FOCUS, COMMAND_ALL, -1);
	assert_int_equal(s->ui.page, PAGE_RUN);
	free_scene(s);
}

static void expect_log(struct scene *s, const char *container)
{
	assert_int_equal(s->fx.command_count, 1);
	assert_int_equal(s->fx.commands[0].type, COMMAND_LOG);
	assert_string_equal(s->fx.commands[0].text, container);
	s->fx.command_count = 0;
	s->frame->log.container = frame_strdup(s->frame, container);
}

static void the_log_is_asked_for_of_the_chosen_container_and_then_of_the_next(void **state)
{
	const struct frames_spec usual = frames_usual();
	struct scene *s = new_scene(frames_build(&usual));

	(void)state;
	key(s, 'l');
	expect_log(s, "eucora-api");
	assert_int_equal(s->ui.focus, PANE_LOG);
	key(s, 'l');
	expect_log(s, "eucora-db");
	key(s, 'l');
	expect_log(s, "eucora-celery-worker");
	key(s, 'l');
	expect_log(s, "eucora-api");
	s->ui.focus = PANE_CONTAINERS;
	s->ui.selected[PANE_CONTAINERS] = 2;
	s->ui.hidden |= 1u << PANE_LOG;
	key(s, 'l');
	expect_log(s, "eucora-celery-worker");
	assert_false(s->ui.hidden & (1u << PANE_LOG));
	s->ui.focus = PANE_ENDPOINTS; /* only back to it: it is followed already */
	key(s, 'l');
	assert_int_equal(s->fx.command_count, 0);
	assert_int_equal(s->ui.focus, PANE_LOG);
	s->frame->container_count = 0;
	key(s, 'l');
	assert_int_equal(s->fx.command_count, 0);
	assert_non_null(strstr(s->ui.notice, "no containers"));
	free_scene(s);
}

static void the_arrows_go_from_endpoint_to_endpoint_and_pages_scroll(void **state)
{
	struct scene *s = new_scene(four_classes());
	uint16_t endpoint;

	(void)state;
	key(s, INPUT_TAB);
	key(s, INPUT_ENTER);
	s->fx.command_count = 0;
	key(s, INPUT_DOWN);
	endpoint = s->frame->rows[s->ui.order[1]].endpoint;
	expect_command(s, COMMAND_FOCUS, COMMAND_ALL, endpoint);
	assert_int_equal(s->ui.endpoint, endpoint);
	s->ui.info.page_count = 40;
	s->ui.info.page_rows = 16;
	key(s, INPUT_PAGE_DOWN);
	assert_int_equal(s->ui.page_top, 15);
	mouse(s, MOUSE_WHEEL_UP, 60, 20);
	assert_int_equal(s->ui.page_top, 12);
	assert_int_equal(s->ui.endpoint, endpoint);
	assert_int_equal(s->fx.command_count, 0);
	for (int i = 0; i < 100; i++) /* the last row is that of all requests */
		key(s, INPUT_DOWN);
	assert_int_equal(s->ui.endpoint, SAMPLE_ALL);
	free_scene(s);
}

static void the_row_of_all_requests_has_details_too(void **state)
{
	struct scene *s = new_scene(four_classes());

	(void)state;
	key(s, INPUT_TAB);
	key(s, INPUT_END);
	key(s, INPUT_ENTER);
	expect_command(s, COMMAND_FOCUS, COMMAND_ALL, SAMPLE_ALL);
	free_scene(s);
}

static void tab_goes_round_through_the_panes_of_this_run(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_BARE));
	bool seen[PANES] = { false };

	(void)state;
	for (int i = 0; i < 2 * PANES; i++) {
		key(s, INPUT_TAB);
		seen[s->ui.focus] = true;
	}
	assert_true(seen[PANE_SLIDERS] && seen[PANE_ENDPOINTS] && seen[PANE_CHART] &&
		    seen[PANE_CRITERIA] && seen[PANE_FAILURES] && seen[PANE_EVENTS]);
	assert_false(seen[PANE_CONTAINERS] || seen[PANE_POSTGRES]); /* it has none */
	key(s, INPUT_ESCAPE);
	assert_int_equal(s->ui.focus, PANE_SLIDERS);
	key(s, INPUT_BACKTAB);
	assert_int_equal(s->ui.focus, PANE_EVENTS);
	free_scene(s);
}

static void panes_are_hidden_and_shown_again(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_RUNNING));

	(void)state;
	key(s, 'h');
	assert_int_equal(s->ui.hidden, 0); /* the sliders stay */
	key(s, INPUT_TAB);
	key(s, 'h');
	assert_int_equal(s->ui.hidden, 1u << PANE_ENDPOINTS);
	assert_int_not_equal(s->ui.focus, PANE_ENDPOINTS);
	key(s, 'H');
	assert_int_equal(s->ui.hidden, 0);
	free_scene(s);
}

static void a_slider_is_dragged_with_the_mouse(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_RUNNING));
	struct rect bar;

	(void)state;
	draw(s);
	bar = find_hit(&s->ui, HIT_SLIDER, PANE_SLIDERS, 0)->rect;
	mouse(s, MOUSE_PRESS, bar.x + bar.w / 2, bar.y);
	assert_true(wanted(s, 0) > 80 && wanted(s, 0) < 120);
	mouse(s, MOUSE_DRAG, bar.x + bar.w - 1, bar.y + 7); /* the row does not matter any more */
	assert_true(wanted(s, 0) == 200);
	mouse(s, MOUSE_DRAG, 0, bar.y);
	expect_command(s, COMMAND_USERS, COMMAND_ALL, 0); /* only the newest value is sent */
	mouse(s, MOUSE_RELEASE, 0, bar.y);
	mouse(s, MOUSE_DRAG, bar.x + bar.w - 1, bar.y);
	assert_int_equal(s->fx.command_count, 0);
	mouse(s, MOUSE_WHEEL_UP, bar.x + 3, bar.y + 1);
	expect_command(s, COMMAND_SPAWN_RATE, COMMAND_ALL, 11);
	free_scene(s);
}

static void clicks_select_sort_and_open(void **state)
{
	struct scene *s = new_scene(four_classes());
	const struct hit *hit;

	(void)state;
	draw(s);
	hit = find_hit(&s->ui, HIT_ROW, PANE_ENDPOINTS, 2);
	mouse(s, MOUSE_PRESS, hit->rect.x + 3, hit->rect.y);
	assert_int_equal(s->ui.focus, PANE_ENDPOINTS);
	assert_int_equal(s->ui.selected[PANE_ENDPOINTS], 2);
	assert_int_equal(s->ui.page, PAGE_RUN);
	s->now_ns += 100 * CLOCK_NS_PER_MS;
	mouse(s, MOUSE_PRESS, hit->rect.x + 3, hit->rect.y);
	assert_int_equal(s->ui.page, PAGE_DRILL);
	key(s, INPUT_ESCAPE);
	draw(s);
	hit = find_hit(&s->ui, HIT_COLUMN, PANE_ENDPOINTS, COLUMN_P99);
	mouse(s, MOUSE_PRESS, hit->rect.x, hit->rect.y);
	assert_int_equal(s->ui.order_by.column, COLUMN_P99);
	assert_false(s->ui.order_by.reverse);
	mouse(s, MOUSE_PRESS, hit->rect.x, hit->rect.y);
	assert_true(s->ui.order_by.reverse);
	hit = find_hit(&s->ui, HIT_ACTION, PANE_SLIDERS, ACTION_HELP);
	mouse(s, MOUSE_PRESS, hit->rect.x, hit->rect.y);
	assert_true(s->ui.help);
	free_scene(s);
}

static void a_click_closes_the_help_and_does_nothing_else(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_RUNNING));
	const struct hit *hit;

	(void)state;
	draw(s);
	hit = find_hit(&s->ui, HIT_SLIDER, PANE_SLIDERS, 0);
	key(s, '?');
	mouse(s, MOUSE_PRESS, hit->rect.x + 3, hit->rect.y);
	assert_false(s->ui.help);
	assert_int_equal(s->fx.command_count, 0);
	free_scene(s);
}

static void clicks_anywhere_do_no_harm(void **state)
{
	(void)state;
	for (int scene = 0; scene < SCENES; scene++) {
		struct scene *s = new_scene(frames_scene((enum frames_scene)scene));

		for (int y = -1; y < 42; y += 3) {
			for (int x = -1; x < 122; x += 5) {
				draw(s);
				mouse(s, MOUSE_PRESS, x, y);
				mouse(s, MOUSE_DRAG, 200 - x, y);
				mouse(s, MOUSE_RELEASE, x, y);
				mouse(s, y % 2 ? MOUSE_WHEEL_UP : MOUSE_WHEEL_DOWN, x, y);
				s->fx.command_count = 0;
			}
		}
		free_scene(s);
	}
}

static void settings_survive_being_stored_and_loaded(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_RUNNING));
	struct console_settings settings = { 0 };
	struct console_settings again = { 0 };
	struct ui other;

	(void)state;
	keys(s, "tooOa+++");
	key(s, INPUT_TAB);
	key(s, 'h');
	ui_store_settings(&s->ui, &settings);
	assert_string_equal(settings.theme, "light");
	assert_string_equal(settings.hidden[0], "endpoints");
	ui_init(&other);
	ui_load_settings(&other, &settings);
	assert_int_equal(other.theme, s->ui.theme);
	assert_int_equal(other.hidden, s->ui.hidden);
	assert_int_equal(other.order_by.column, s->ui.order_by.column);
	assert_true(other.order_by.reverse && other.order_by.whole);
	assert_int_equal(ui_span_s(&other), ui_span_s(&s->ui));
	ui_store_settings(&other, &again);
	assert_true(ui_same_settings(&settings, &again));
	again.whole = !again.whole;
	assert_false(ui_same_settings(&settings, &again));
	ui_fini(&other);
	free_scene(s);
}

static void settings_that_make_no_sense_are_defaults(void **state)
{
	struct console_settings settings = { .theme = "pink", .sort = "colour", .span_s = 7 };
	struct ui ui;

	(void)state;
	snprintf(settings.hidden[0], sizeof(settings.hidden[0]), "sliders");
	ui_init(&ui);
	ui_load_settings(&ui, &settings);
	assert_int_equal(ui.theme, 0);
	assert_int_equal(ui.hidden, 0);
	assert_int_equal(ui.order_by.column, COLUMN_NAME);
	assert_int_equal(ui_span_s(&ui), 120);
	ui_fini(&ui);
}

static void a_notice_goes_away_by_itself(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_RUNNING));

	(void)state;
	key(s, 'r');
	assert_string_not_equal(s->ui.notice, "");
	assert_false(ui_tick(&s->ui, s->now_ns + CLOCK_NS_PER_SEC));
	assert_true(ui_tick(&s->ui, s->now_ns + 60 * CLOCK_NS_PER_SEC));
	assert_string_equal(s->ui.notice, "");
	assert_false(ui_tick(&s->ui, s->now_ns + 61 * CLOCK_NS_PER_SEC));
	free_scene(s);
}

static void lists_that_shrink_leave_the_selection_inside(void **state)
{
	struct scene *s = new_scene(frames_scene(SCENE_MANY));

	(void)state;
	key(s, INPUT_TAB);
	key(s, INPUT_END);
	assert_int_equal(s->ui.selected[PANE_ENDPOINTS], 10000);
	new_frame(s, frames_scene(SCENE_EMPTY), 1);
	assert_int_equal(s->ui.selected[PANE_ENDPOINTS], 0);
	draw(s);
	new_frame(s, frames_scene(SCENE_COLLAPSE), 1);
	s->ui.focus = PANE_FAILURES;
	key(s, INPUT_END);
	assert_int_equal(s->ui.selected[PANE_FAILURES], s->frame->failure_count - 1);
	keys(s, "e");
	new_frame(s, frames_scene(SCENE_RUNNING), 1);
	draw(s);
	free_scene(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moved_slider_shows_its_new_value_at_once),
		cmocka_unit_test(the_runs_word_counts_once_it_had_time_to_answer),
		cmocka_unit_test(guard_rails_hold_and_say_so),
		cmocka_unit_test(a_class_gets_what_the_others_leave),
		cmocka_unit_test(keys_that_mean_nothing_now_say_so_and_do_nothing),
		cmocka_unit_test(a_run_that_has_stopped_no_longer_says_stopping),
		cmocka_unit_test(digits_type_a_value_and_zero_alone_is_panic),
		cmocka_unit_test(the_spawn_rate_may_be_a_fraction),
		cmocka_unit_test(each_class_has_its_own_slider),
		cmocka_unit_test(one_slider_moves_all_classes_in_their_proportions),
		cmocka_unit_test(arrival_rate_runs_are_steered_by_rate),
		cmocka_unit_test(space_pauses_and_resumes),
		cmocka_unit_test(the_second_stop_does_not_wait_for_the_first_to_be_confirmed),
		cmocka_unit_test(quitting_asks_only_while_a_run_goes_on),
		cmocka_unit_test(enter_starts_from_the_plan),
		cmocka_unit_test(a_long_plan_is_read_by_pages_and_by_wheel),
		cmocka_unit_test(a_mark_takes_the_typed_note),
		cmocka_unit_test(the_load_as_driven_is_saved_and_the_answer_is_shown),
		cmocka_unit_test(pasted_text_only_goes_into_prompts),
		cmocka_unit_test(the_filter_works_while_it_is_typed),
		cmocka_unit_test(sorting_keeps_the_selected_endpoint),
		cmocka_unit_test(enter_looks_into_an_endpoint_and_escape_comes_back),
		cmocka_unit_test(the_log_is_asked_for_of_the_chosen_container_and_then_of_the_next),
		cmocka_unit_test(the_arrows_go_from_endpoint_to_endpoint_and_pages_scroll),
		cmocka_unit_test(the_row_of_all_requests_has_details_too),
		cmocka_unit_test(tab_goes_round_through_the_panes_of_this_run),
		cmocka_unit_test(panes_are_hidden_and_shown_again),
		cmocka_unit_test(a_slider_is_dragged_with_the_mouse),
		cmocka_unit_test(clicks_select_sort_and_open),
		cmocka_unit_test(a_click_closes_the_help_and_does_nothing_else),
		cmocka_unit_test(clicks_anywhere_do_no_harm),
		cmocka_unit_test(settings_survive_being_stored_and_loaded),
		cmocka_unit_test(settings_that_make_no_sense_are_defaults),
		cmocka_unit_test(a_notice_goes_away_by_itself),
		cmocka_unit_test(lists_that_shrink_leave_the_selection_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
