/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/keys.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "frames.h"
#include "tui/canvas.h"
#include "tui/canvas_export.h"
#include "tui/glyphs.h"
#include "tui/input.h"
#include "tui/screen.h"
#include "tui/ui.h"
#include "unit.h"

static char *draw(const struct ui *ui, const struct frame *frame, int cols, int rows)
{
	struct screen_info info;
	struct canvas canvas;
	struct buf out;

	canvas_init(&canvas, false);
	canvas_resize(&canvas, cols, rows);
	screen_draw(&canvas, frame, ui, glyphs_get(GLYPHS_BRAILLE), &info);
	buf_init(&out, 1 << 20);
	assert_int_equal(canvas_to_text(&canvas, &out), 0);
	canvas_fini(&canvas);
	return buf_take(&out, NULL);
}

static void no_key_has_two_meanings(void **state)
{
	(void)state;
	for (size_t a = 0; a < keys_count(); a++) {
		for (size_t k = 0; k < KEY_CODES && keys_at(a)->codes[k] != 0; k++) {
			for (size_t b = 0; b < a; b++) {
				for (size_t m = 0; m < KEY_CODES; m++)
					assert_int_not_equal(keys_at(a)->codes[k],
							     keys_at(b)->codes[m]);
			}
			assert_int_equal(keys_action(keys_at(a)->codes[k]), keys_at(a)->action);
		}
	}
	assert_int_equal(keys_action(0), ACTION_NONE);
	assert_int_equal(keys_action('~'), ACTION_NONE);
	assert_null(keys_at(keys_count()));
}

static void every_action_has_a_key_and_its_help(void **state)
{
	(void)state;
	for (int action = ACTION_NONE + 1; action < ACTIONS; action++) {
		const struct key_binding *binding = keys_find((enum action)action);

		assert_non_null(binding);
		assert_true(binding->codes[0] != 0);
		assert_true(strlen(binding->keys) > 0 && strlen(binding->help) > 3);
	}
}

/* The state before and after, as far as a user could tell. */
static bool does_something(enum action action, enum pane focus, enum frames_scene scene)
{
	struct frame *frame = frames_scene(scene);
	struct ui_effects fx = { 0 };
	struct ui before;
	struct ui after;
	bool differs;

	ui_init(&before);
	ui_frame(&before, frame, 0);
	before.focus = focus;
	before.selected[focus] = 1;
	before.slider = 1;
	before.hidden = 1u << PANE_EVENTS;
	after = before;
	ui_action(&after, frame, action, '5', 1, &fx);
	differs = memcmp(&before, &after, sizeof(after)) != 0 || fx.command_count > 0 || fx.leave ||
		  fx.save || fx.redraw;
	free(after.order);
	frame_free(frame);
	return differs;
}

static void every_key_of_the_table_is_handled(void **state)
{
	(void)state;
	for (size_t i = 0; i < keys_count(); i++) {
		bool handled = false;

		for (int focus = 0; focus < PANES; focus++)
			handled = handled || does_something(keys_at(i)->action, (enum pane)focus,
							    SCENE_COLLAPSE);
		if (!handled)
			fail_msg("%s (%s) does nothing", keys_at(i)->keys, keys_at(i)->help);
	}
}

static void the_help_pane_shows_every_key(void **state)
{
	struct frame *frame = frames_scene(SCENE_RUNNING);
	struct ui ui;
	char *text;

	(void)state;
	ui_init(&ui);
	ui_frame(&ui, frame, 0);
	ui.help = true;
	text = draw(&ui, frame, 120, 40);
	for (size_t i = 0; i < keys_count(); i++) {
		if (strstr(text, keys_at(i)->keys) == NULL ||
		    strstr(text, keys_at(i)->help) == NULL)
			fail_msg("help lacks %s  %s", keys_at(i)->keys, keys_at(i)->help);
	}
	free(text);
	ui_fini(&ui);
	frame_free(frame);
}

static void a_newcomer_finds_pause_users_and_quit_in_the_last_line(void **state)
{
	static const int sizes[][2] = { { 40, 24 }, { 80, 24 }, { 120, 40 } };
	struct frame *frame = frames_scene(SCENE_RUNNING);
	struct ui ui;

	(void)state;
	ui_init(&ui);
	ui_frame(&ui, frame, 0);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		char *text = draw(&ui, frame, sizes[i][0], sizes[i][1]);
		const char *last;

		text[strlen(text) - 1] = '\0';
		last = strrchr(text, '\n');
		assert_non_null(strstr(last, "Space pause"));
		assert_non_null(strstr(last, "←→ users"));
		assert_non_null(strstr(last, "q quit"));
		assert_non_null(strstr(last, "? help"));
		free(text);
	}
	ui_fini(&ui);
	frame_free(frame);
}

static char *read_manual(void)
{
	FILE *file = fopen(TOP_SRCDIR "/man/throng.1", "r");
	struct buf text;
	char line[512];

	assert_non_null(file);
	buf_init(&text, 1 << 20);
	while (fgets(line, sizeof(line), file) != NULL)
		buf_adds(&text, line);
	fclose(file);
	return buf_take(&text, NULL);
}

static void the_manual_explains_every_key_in_the_same_words(void **state)
{
	char *manual = read_manual();
	const char *keys = strstr(manual, "\n.Ss Keys\n");

	(void)state;
	assert_non_null(keys);
	for (size_t i = 0; i < keys_count(); i++) {
		char line[160];

		snprintf(line, sizeof(line), "\n%s\n", keys_at(i)->help);
		if (strstr(keys, line) == NULL)
			fail_msg("man/throng.1, section Keys, lacks \"%s\"", keys_at(i)->help);
	}
	free(manual);
}

static void the_table_can_be_printed_for_documents(void **state)
{
	struct buf out;
	size_t lines = 0;

	(void)state;
	buf_init(&out, 1 << 16);
	keys_print(&out);
	for (const char *at = buf_str(&out); *at != '\0'; at++)
		lines += *at == '\n';
	assert_int_equal(lines, keys_count());
	assert_non_null(strstr(buf_str(&out), "run\tSpace\tpause"));
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_key_has_two_meanings),
		cmocka_unit_test(every_action_has_a_key_and_its_help),
		cmocka_unit_test(every_key_of_the_table_is_handled),
		cmocka_unit_test(the_help_pane_shows_every_key),
		cmocka_unit_test(a_newcomer_finds_pause_users_and_quit_in_the_last_line),
		cmocka_unit_test(the_manual_explains_every_key_in_the_same_words),
		cmocka_unit_test(the_table_can_be_printed_for_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
