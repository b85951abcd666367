/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/slider.h"

#include <math.h>

#include "base/buf.h"
#include "tui/canvas_export.h"
#include "tui/glyphs.h"
#include "unit.h"

static void expect(double wanted, double actual, double end, int width, const char *text)
{
	struct slider slider = { wanted, actual, end, false };
	struct canvas canvas;
	struct buf out;

	canvas_init(&canvas, true);
	canvas_resize(&canvas, width, 1);
	struct area all = canvas_area(&canvas);
	slider_draw(&slider, &all, glyphs_get(GLYPHS_ASCII));
	buf_init(&out, 4096);
	assert_int_equal(canvas_to_text(&canvas, &out), 0);
	assert_string_equal(buf_str(&out), text);
	buf_fini(&out);
	canvas_fini(&canvas);
}

static void the_knob_stands_where_the_value_is_wanted(void **state)
{
	(void)state;
	expect(0, -1, 100, 13, "[O----------]\n");
	expect(50, -1, 100, 13, "[=====O-----]\n");
	expect(100, -1, 100, 13, "[==========O]\n");
}

static void the_filled_part_runs_after_the_knob(void **state)
{
	(void)state;
	expect(100, 0, 100, 13, "[----------O]\n");
	expect(80, 20, 100, 13, "[===-----O--]\n");
	expect(20, 80, 100, 13, "[==O======--]\n");
}

static void absurd_values_stay_on_the_track(void **state)
{
	(void)state;
	expect(1e300, 1e300, 100, 13, "[==========O]\n");
	expect(NAN, NAN, 100, 13, "[O----------]\n");
	expect(-5, 0, 100, 13, "[O----------]\n");
	expect(5, 5, 0, 13, "[O----------]\n");
	expect(50, 50, 100, 4, "\n"); /* no room at all */
}

static void a_column_means_a_whole_number_of_steps(void **state)
{
	(void)state;
	assert_true(slider_value_at(200, 2, 43, 1) == 0);
	assert_true(slider_value_at(200, 2, 43, -7) == 0);
	assert_true(slider_value_at(200, 2, 43, 41) == 200);
	assert_true(slider_value_at(200, 2, 43, 400) == 200);
	assert_true(slider_value_at(200, 2, 43, 21) == 100);
	for (int x = 0; x < 43; x++) {
		double value = slider_value_at(200, 2, 43, x);

		assert_true(value >= 0 && value <= 200 && fmod(value, 2) == 0);
	}
}

static void clicking_the_knob_does_not_move_it(void **state)
{
	(void)state;
	/* as many columns as there are values: each stands for its own */
	for (int value = 0; value <= 40; value++)
		assert_true(slider_value_at(40, 1, 43, 1 + value) == value);
}

static void a_step_is_a_round_hundredth_and_never_less_than_one(void **state)
{
	(void)state;
	assert_true(slider_step(100, 1) == 1);
	assert_true(slider_step(200, 1) == 2);
	assert_true(slider_step(10000, 1) == 100);
	assert_true(slider_step(30000, 1) == 200);
	assert_true(slider_step(70000, 1) == 500);
	assert_true(slider_step(5, 1) == 1);
	assert_true(slider_step(INFINITY, 1) == 1);
	assert_true(slider_step(NAN, 1) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_knob_stands_where_the_value_is_wanted),
		cmocka_unit_test(the_filled_part_runs_after_the_knob),
		cmocka_unit_test(absurd_values_stay_on_the_track),
		cmocka_unit_test(a_column_means_a_whole_number_of_steps),
		cmocka_unit_test(clicking_the_knob_does_not_move_it),
		cmocka_unit_test(a_step_is_a_round_hundredth_and_never_less_than_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
