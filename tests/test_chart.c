/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "record/chart.h"

static size_t occurrences(const char *text, const char *what)
{
	size_t count = 0;

	for (text = strstr(text, what); text != NULL; text = strstr(text + 1, what))
		count++;
	return count;
}

static struct chart one_panel(const double *values, size_t count)
{
	return (struct chart){ .title = "t",
			       .step_s = 1,
			       .count = count,
			       .panels = { { .title = "Response <time>",
					     .unit = CHART_LATENCY_US,
					     .lines = { { "p99", CHART_P99, values } },
					     .line_count = 1 } },
			       .panel_count = 1 };
}

static void axes_end_at_round_numbers_at_or_above_the_largest(void **state)
{
	static const struct {
		double max, end, step;
	} CASES[] = { { 1000, 1000, 500 }, { 261, 300, 100 }, { 7, 8, 2 },   { 0.3, 0.3, 0.1 },
		      { 23.8, 30, 10 },    { 100, 100, 50 },  { 0, 1, 0.5 }, { 999.9, 1000, 500 } };

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		double step, end = chart_axis_end(CASES[i].max, &step);

		assert_float_equal(end, CASES[i].end, 1e-9);
		assert_float_equal(step, CASES[i].step, 1e-9);
	}
}

static void time_steps_are_those_of_clocks(void **state)
{
	(void)state;
	assert_float_equal(chart_time_step(7, 9), 1, 0);
	assert_float_equal(chart_time_step(236, 9), 30, 0);
	assert_float_equal(chart_time_step(300, 9), 60, 0);
	assert_float_equal(chart_time_step(3600, 9), 600, 0);
	assert_float_equal(chart_time_step(86400 * 30, 9), 86400 * 4, 0);
}

static void values_are_written_in_their_unit(void **state)
{
	char text[32];

	(void)state;
	assert_string_equal(chart_format(CHART_COUNT, 12545, text, sizeof(text)), "12,545");
	assert_string_equal(chart_format(CHART_PER_SECOND, 47.14, text, sizeof(text)), "47.1");
	assert_string_equal(chart_format(CHART_LATENCY_US, 5200, text, sizeof(text)), "5.2 ms");
	assert_string_equal(chart_format(CHART_PERCENT, 87.4, text, sizeof(text)), "87 %");
}

static void a_gap_ends_the_stroke_and_a_lone_point_is_a_dot(void **state)
{
	static const double VALUES[] = { 1, 2, NAN, 3, NAN, NAN, 4, 5 };
	struct chart chart = one_panel(VALUES, 8);
	struct buf out;

	(void)state;
	buf_init(&out, (size_t)64 * 1024);
	chart_svg(&out, &chart, true);
	assert_int_equal(occurrences(buf_str(&out), "h.01"), 3);
	assert_int_equal(occurrences(buf_str(&out), "L"), 2);
	assert_null(strstr(buf_str(&out), "nan"));
	assert_null(strstr(buf_str(&out), "inf"));
	buf_fini(&out);
}

static void svg_is_well_escaped_and_knows_dark_paper(void **state)
{
	static const double VALUES[] = { 1, 2 };
	static const struct chart_mark MARKS[] = { { 0.5, "users 100 → 200 & more" },
						   { 77, "after the end" } };
	struct chart chart = one_panel(VALUES, 2);
	struct buf out;

	(void)state;
	chart.marks = MARKS;
	chart.mark_count = 2;
	buf_init(&out, (size_t)64 * 1024);
	chart_svg(&out, &chart, true);
	assert_non_null(strstr(buf_str(&out), "Response &lt;time&gt;"));
	assert_non_null(strstr(buf_str(&out), "1: users 100 → 200 &amp; more"));
	assert_null(strstr(buf_str(&out), "after the end"));
	assert_non_null(strstr(buf_str(&out), "prefers-color-scheme:dark"));
	assert_non_null(strstr(buf_str(&out), "xmlns="));
	buf_reset(&out);
	chart_svg(&out, &chart, false);
	assert_null(strstr(buf_str(&out), "<style>"));
	buf_fini(&out);
}

static void text_chart_has_blocks_gaps_and_a_time_axis(void **state)
{
	static const double VALUES[] = { 0, 1000, 2000, 4000, NAN, 8000, 8000, 0 };
	struct chart chart = one_panel(VALUES, 8);
	struct buf out;

	(void)state;
	buf_init(&out, (size_t)64 * 1024);
	chart_text(&out, &chart, 39);
	assert_string_equal(buf_str(&out), "p99            8.0 ms ┤          ████\n"
					   "                      ┤      ▄▄  ████\n"
					   "                    0 ┤  ▃▃▆▆██  ████\n"
					   "                      └────────────────\n"
					   "                       00:00      00:08\n");
	buf_fini(&out);
}

/* Where everything failed, two lines that differ would be a riddle. */
static void text_chart_shows_failures_as_it_shows_requests(void **state)
{
	static const double VALUES[] = { 9, 1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct chart chart = one_panel(VALUES, 16);
	const char *text, *failures;
	struct buf out;

	(void)state;
	chart.panels[0] = (struct chart_panel){ .title = "t",
						.unit = CHART_PER_SECOND,
						.lines = { { "req/s", CHART_RATE, VALUES },
							   { "fail/s", CHART_FAILURES, VALUES } },
						.line_count = 2 };
	buf_init(&out, (size_t)64 * 1024);
	chart_text(&out, &chart, 31);
	text = buf_str(&out);
	failures = strstr(text, "fail/s");
	assert_non_null(failures);
	assert_memory_equal(text + strlen("req/s "), failures + strlen("fail/s"),
			    (size_t)(failures - text) - strlen("fail/s"));
	/* one in two seconds is seen all the same */
	assert_int_equal(occurrences(text, "▂"), 2);
	buf_fini(&out);
}

static void marks_at_one_place_share_their_number(void **state)
{
	static const double VALUES[100] = { 1 };
	static const struct chart_mark MARKS[] = {
		{ 0, "a" }, { 0.1, "b" }, { 0.2, "c" }, { 50, "d" }, { 100.02, "end" }
	};
	struct chart chart = one_panel(VALUES, 100);
	struct buf out;

	(void)state;
	chart.marks = MARKS;
	chart.mark_count = 5;
	buf_init(&out, (size_t)64 * 1024);
	chart_svg(&out, &chart, true);
	assert_int_equal(occurrences(buf_str(&out), ">1–3</text>"), 1);
	assert_int_equal(occurrences(buf_str(&out), ">2</text>"), 0);
	assert_int_equal(occurrences(buf_str(&out), ">4</text>"), 1);
	/* a moment behind the last point, which no point is made of */
	assert_int_equal(occurrences(buf_str(&out), ">5</text>"), 1);
	assert_int_equal(occurrences(buf_str(&out), "class=\"m\""), 5);
	buf_fini(&out);
}

static void nothing_measured_draws_an_empty_panel(void **state)
{
	static const double VALUES[] = { NAN, NAN };
	struct chart chart = one_panel(VALUES, 2);
	struct buf out;

	(void)state;
	buf_init(&out, (size_t)64 * 1024);
	chart_svg(&out, &chart, true);
	assert_null(strstr(buf_str(&out), "nan"));
	buf_reset(&out);
	chart_text(&out, &chart, 80);
	assert_null(strstr(buf_str(&out), "nan"));
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(axes_end_at_round_numbers_at_or_above_the_largest),
		cmocka_unit_test(time_steps_are_those_of_clocks),
		cmocka_unit_test(values_are_written_in_their_unit),
		cmocka_unit_test(a_gap_ends_the_stroke_and_a_lone_point_is_a_dot),
		cmocka_unit_test(svg_is_well_escaped_and_knows_dark_paper),
		cmocka_unit_test(text_chart_has_blocks_gaps_and_a_time_axis),
		cmocka_unit_test(text_chart_shows_failures_as_it_shows_requests),
		cmocka_unit_test(marks_at_one_place_share_their_number),
		cmocka_unit_test(nothing_measured_draws_an_empty_panel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
