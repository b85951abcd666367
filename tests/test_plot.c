/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/plot.h"

#include <math.h>

#include "base/buf.h"
#include "base/clock.h"
#include "message/frame.h"
#include "tui/canvas_export.h"
#include "tui/glyphs.h"
#include "unit.h"

#define SEC CLOCK_NS_PER_SEC

static void expect(const struct canvas *canvas, const char *wanted)
{
	struct buf out;

	buf_init(&out, 4096);
	assert_int_equal(canvas_to_text(canvas, &out), 0);
	assert_string_equal(buf_str(&out), wanted);
	buf_fini(&out);
}

static struct frame_series series_of(float *values, size_t count, unsigned start_s, unsigned step_s)
{
	struct frame_series series = { start_s * SEC, step_s * SEC, count, { NULL } };

	series.values[SERIES_RPS] = values;
	return series;
}

static void braille_dots_have_unicodes_numbering(void **state)
{
	const struct glyphs *glyphs = glyphs_get(GLYPHS_BRAILLE);

	(void)state;
	assert_int_equal(glyphs_dots(glyphs, 0), ' ');
	assert_int_equal(glyphs_dots(glyphs, 1u << 0), 0x2801); /* top left: dot 1 */
	assert_int_equal(glyphs_dots(glyphs, 1u << 1), 0x2808); /* top right: dot 4 */
	assert_int_equal(glyphs_dots(glyphs, 1u << 6), 0x2840); /* bottom left: dot 7 */
	assert_int_equal(glyphs_dots(glyphs, 1u << 7), 0x2880); /* bottom right: dot 8 */
	assert_int_equal(glyphs_dots(glyphs, 0xff), 0x28ff);
}

static void a_gap_is_not_drawn_over(void **state)
{
	double values[8] = { 3, 3, 3, FRAME_GAP, NAN, 3, 3, 3 };
	struct canvas canvas;
	struct plot plot;

	(void)state;
	canvas_init(&canvas, true);
	canvas_resize(&canvas, 8, 2);
	struct area all = canvas_area(&canvas);
	plot_init(&plot, &all, glyphs_get(GLYPHS_ASCII));
	plot_curve(&plot, values, 3, ROLE_RPS);
	plot_draw(&plot);
	plot_fini(&plot);
	expect(&canvas, "'''  '''\n\n");
	canvas_fini(&canvas);
}

static void a_rise_is_drawn_without_holes(void **state)
{
	double values[6] = { 0, 0, 3, 3, 0, 0 };
	struct canvas canvas;
	struct plot plot;

	(void)state;
	canvas_init(&canvas, true);
	canvas_resize(&canvas, 6, 2);
	struct area all = canvas_area(&canvas);
	plot_init(&plot, &all, glyphs_get(GLYPHS_ASCII));
	plot_curve(&plot, values, 3, ROLE_RPS);
	plot_draw(&plot);
	plot_fini(&plot);
	expect(&canvas, "  :'.\n..' :.\n");
	canvas_fini(&canvas);
}

static void a_surface_reaches_down_to_the_bottom_but_zero_shows_nothing(void **state)
{
	double values[5] = { 0, 1, 3, 99, FRAME_GAP };
	struct canvas canvas;
	struct plot plot;

	(void)state;
	canvas_init(&canvas, true);
	canvas_resize(&canvas, 5, 2);
	struct area all = canvas_area(&canvas);
	plot_init(&plot, &all, glyphs_get(GLYPHS_ASCII));
	plot_surface(&plot, values, 3, ROLE_RPS);
	plot_draw(&plot);
	plot_fini(&plot);
	expect(&canvas, "  ::\n :::\n");
	canvas_fini(&canvas);
}

static void points_of_a_column_are_merged_as_asked(void **state)
{
	float values[6] = { 1, 3, 8, FRAME_GAP, FRAME_GAP, FRAME_GAP };
	struct frame_series series = series_of(values, 6, 0, 1);
	double out[3];

	(void)state;
	plot_resample(&series, SERIES_RPS, 0, 6 * SEC, MERGE_MEAN, 3, out);
	assert_true(out[0] == 2 && out[1] == 8 && out[2] == FRAME_GAP);
	plot_resample(&series, SERIES_RPS, 0, 6 * SEC, MERGE_MAX, 3, out);
	assert_true(out[0] == 3 && out[1] == 8);
	plot_resample(&series, SERIES_RPS, 0, 6 * SEC, MERGE_LAST, 2, out);
	assert_true(out[0] == 8 && out[1] == FRAME_GAP);
}

static void columns_finer_than_the_steps_are_interpolated_not_invented(void **state)
{
	float values[4] = { 0, 4, FRAME_GAP, 4 };
	struct frame_series series = series_of(values, 4, 10, 2);
	double out[8];

	(void)state;
	plot_resample(&series, SERIES_RPS, 10 * SEC, 18 * SEC, MERGE_MEAN, 8, out);
	assert_true(out[0] >= 0 && out[0] < 1);
	assert_true(out[1] > out[0] && out[2] > out[1]); /* rises from 0 to 4 */
	assert_true(out[4] == FRAME_GAP && out[5] == FRAME_GAP);
	assert_true(out[6] == 4 && out[7] == 4);
}

static void outside_of_the_series_there_are_gaps(void **state)
{
	float values[2] = { 5, 5 };
	struct frame_series series = series_of(values, 2, 100, 1);
	struct frame_series broken = series_of(values, 2, 100, 0);
	double out[4];

	(void)state;
	plot_resample(&series, SERIES_RPS, 0, 50 * SEC, MERGE_MEAN, 4, out);
	for (int i = 0; i < 4; i++)
		assert_true(out[i] == FRAME_GAP);
	plot_resample(&series, SERIES_P99_US, 100 * SEC, 102 * SEC, MERGE_MEAN, 4, out);
	assert_true(out[0] == FRAME_GAP);
	plot_resample(&broken, SERIES_RPS, 100 * SEC, 102 * SEC, MERGE_MEAN, 4, out);
	assert_true(out[0] == FRAME_GAP);
	plot_resample(&series, SERIES_RPS, 102 * SEC, 100 * SEC, MERGE_MEAN, 4, out);
	assert_true(out[0] == FRAME_GAP);
}

static void scales_end_at_round_numbers(void **state)
{
	(void)state;
	assert_true(fabs(plot_nice(78.4) - 80) < 1e-9);
	assert_true(fabs(plot_nice(80) - 80) < 1e-9);
	assert_true(fabs(plot_nice(81) - 100) < 1e-9);
	assert_true(fabs(plot_nice(0.013) - 0.015) < 1e-9);
	assert_true(plot_nice(0) == 1 && plot_nice(-5) == 1 && plot_nice(NAN) == 1 &&
		    plot_nice(INFINITY) == 1);
}

static void the_window_moves_in_eighths_and_always_holds_now(void **state)
{
	uint64_t from;
	uint64_t to;
	uint64_t before = 0;

	(void)state;
	for (uint64_t s = 60; s < 1000; s++) {
		plot_window(s * SEC, 0, 120 * SEC, &from, &to);
		assert_int_equal(to - from, 120 * SEC);
		assert_true(s * SEC >= from && s * SEC <= to);
		assert_int_equal(to % (15 * SEC), 0);
		assert_true(to == before || s == 60 || to == before + 15 * SEC);
		before = to;
	}
	for (uint64_t s = 0; s < 60; s++) { /* a young run is not shown on an empty field */
		plot_window(s * SEC, 0, 120 * SEC, &from, &to);
		assert_int_equal(from, 0);
		assert_true(s * SEC <= to && to <= 60 * SEC && to >= 15 * SEC);
		assert_true(s < 15 || to <= 4 * s * SEC);
	}
	plot_window(70 * SEC, 300 * SEC, 0, &from, &to); /* the whole planned run */
	assert_int_equal(from, 0);
	assert_int_equal(to, 300 * SEC);
	plot_window(400 * SEC, 300 * SEC, 0, &from, &to); /* longer than planned */
	assert_int_equal(to, 600 * SEC);
	plot_window(UINT64_MAX, 0, 120 * SEC, &from, &to);
	assert_true(to > from);
	plot_window(UINT64_MAX, 0, 0, &from, &to);
	assert_true(to > from || to == from);
}

static void a_sparkline_shows_the_newest_values_on_the_right(void **state)
{
	float values[5] = { 100, 0, 4, FRAME_GAP, 8 };
	struct canvas canvas;

	(void)state;
	canvas_init(&canvas, false);
	canvas_resize(&canvas, 6, 2);
	struct area all = canvas_area(&canvas);
	plot_spark(&all, 0, 0, 4, style_of(ROLE_RPS), glyphs_get(GLYPHS_BRAILLE), values, 5, 8);
	plot_spark(&all, 0, 1, 6, style_of(ROLE_RPS), glyphs_get(GLYPHS_BRAILLE), values, 2, 100);
	expect(&canvas, "▁▅ █\n    █▁\n");
	canvas_fini(&canvas);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(braille_dots_have_unicodes_numbering),
		cmocka_unit_test(a_gap_is_not_drawn_over),
		cmocka_unit_test(a_rise_is_drawn_without_holes),
		cmocka_unit_test(a_surface_reaches_down_to_the_bottom_but_zero_shows_nothing),
		cmocka_unit_test(points_of_a_column_are_merged_as_asked),
		cmocka_unit_test(columns_finer_than_the_steps_are_interpolated_not_invented),
		cmocka_unit_test(outside_of_the_series_there_are_gaps),
		cmocka_unit_test(scales_end_at_round_numbers),
		cmocka_unit_test(the_window_moves_in_eighths_and_always_holds_now),
		cmocka_unit_test(a_sparkline_shows_the_newest_values_on_the_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
