/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/endpoints.h"

#include <math.h>

#include "base/clock.h"
#include "message/frame.h"
#include "unit.h"

static struct frame *three_rows(void)
{
	struct frame *frame = frame_new();
	struct frame_row *rows = frame_alloc(frame, 3, sizeof(*rows));

	rows[0] = (struct frame_row){ .method = "GET",
				      .name = "/b",
				      .endpoint = 0,
				      .rps = 5,
				      .requests = 10,
				      .failures = 0 };
	rows[1] = (struct frame_row){ .method = "POST",
				      .name = "/a",
				      .endpoint = 1,
				      .rps = 9,
				      .requests = 10,
				      .failures = 3 };
	rows[2] = (struct frame_row){ .method = "GET",
				      .name = "/a",
				      .endpoint = 2,
				      .rps = 1,
				      .requests = 99,
				      .failures = 1 };
	rows[0].service_window = (struct frame_latency){ .count = 1, .p99_us = 70 };
	rows[1].service_window = (struct frame_latency){ .count = 1, .p99_us = 80 };
	rows[2].service = (struct frame_latency){ .count = 1, .p99_us = 90 };
	frame->rows = rows;
	frame->row_count = 3;
	return frame;
}

static void expect(const struct frame *frame, struct endpoint_order by, const char *wanted)
{
	size_t order[3];
	char got[4] = "";
	size_t count;

	if (by.filter == NULL)
		by.filter = "";
	count = endpoints_sort(frame, &by, order);
	for (size_t i = 0; i < count; i++)
		got[i] = (char)('0' + order[i]);
	assert_string_equal(got, wanted);
}

static void names_rise_and_figures_fall(void **state)
{
	struct frame *frame = three_rows();

	(void)state;
	expect(frame, (struct endpoint_order){ .column = COLUMN_NAME }, "210");
	expect(frame, (struct endpoint_order){ .column = COLUMN_RPS }, "102");
	expect(frame, (struct endpoint_order){ .column = COLUMN_RPS, .reverse = true }, "201");
	expect(frame, (struct endpoint_order){ .column = COLUMN_FAILURES }, "120");
	frame_free(frame);
}

static void equal_values_keep_the_order_of_names(void **state)
{
	struct frame *frame = three_rows();

	(void)state;
	expect(frame, (struct endpoint_order){ .column = COLUMN_REQUESTS }, "210");
	frame_free(frame);
}

static void an_empty_window_falls_back_to_the_whole_run(void **state)
{
	struct frame *frame = three_rows();

	(void)state;
	expect(frame, (struct endpoint_order){ .column = COLUMN_P99 }, "210");
	assert_int_equal(endpoints_latency(frame, &frame->rows[2], false)->p99_us, 90);
	assert_int_equal(endpoints_latency(frame, &frame->rows[1], false)->p99_us, 80);
	assert_int_equal(endpoints_latency(frame, &frame->rows[1], true)->p99_us, 0);
	frame->state = RUN_DONE; /* the last ten seconds of a finished run mean nothing */
	assert_int_equal(endpoints_latency(frame, &frame->rows[1], false)->p99_us, 0);
	frame_free(frame);
}

static void open_runs_show_response_time(void **state)
{
	struct frame *frame = three_rows();

	(void)state;
	frame->open = true;
	frame->rows[0].response_window = (struct frame_latency){ .count = 4, .p99_us = 1234 };
	assert_int_equal(endpoints_latency(frame, &frame->rows[0], false)->p99_us, 1234);
	frame_free(frame);
}

static void an_earlier_run_is_compared_with_what_is_shown(void **state)
{
	struct frame *frame = three_rows();
	struct frame_earlier earlier = { .rps = 10, .failure_ratio = 0.5, .p99_us = 45 };

	(void)state;
	frame->rows[2].earlier = &earlier;
	frame->rows[2].rps = 5;
	frame->rows[2].requests = 10;
	frame->rows[2].failures = 6;
	/* 90 µs against 45 */
	assert_true(fabs(endpoints_change(frame, &frame->rows[2], false, COLUMN_VS_P99) - 1) <
		    1e-9);
	assert_true(fabs(endpoints_change(frame, &frame->rows[2], false, COLUMN_VS_RPS) + 0.5) <
		    1e-9);
	assert_true(fabs(endpoints_change(frame, &frame->rows[2], false, COLUMN_VS_FAIL) - 0.1) <
		    1e-9);
	assert_true(isnan(endpoints_change(frame, &frame->rows[2], false, COLUMN_VS_P50)));
	assert_true(isnan(endpoints_change(frame, &frame->rows[0], false, COLUMN_VS_P99)));
	/* the worst first, what is new last */
	expect(frame, (struct endpoint_order){ .column = COLUMN_VS_P95 }, "210");
	assert_int_equal(endpoints_next_column(COLUMN_IN_FLIGHT, true), COLUMN_VS_RPS);
	assert_int_equal(endpoints_next_column(COLUMN_IN_FLIGHT, false), COLUMN_NAME);
	frame_free(frame);
}

static void what_hangs_is_called_old(void **state)
{
	struct frame *frame = three_rows();
	struct frame_row *row = &frame->rows[0];

	(void)state;
	row->oldest_age_ns = 30 * CLOCK_NS_PER_SEC;
	assert_false(endpoints_is_old(frame, row)); /* nothing is in flight */
	row->in_flight = 1;
	assert_true(endpoints_is_old(frame, row));
	row->oldest_age_ns = 900 * CLOCK_NS_PER_MS;
	assert_false(endpoints_is_old(frame, row));
	row->oldest_age_ns = 7 * CLOCK_NS_PER_SEC; /* slow, but so are the others */
	row->service_window.p99_us = 2000000;
	assert_false(endpoints_is_old(frame, row));
	frame_free(frame);
}

static void figures_that_are_no_numbers_do_not_upset_the_order(void **state)
{
	struct frame *frame = three_rows();

	(void)state;
	frame->rows[0].rps = NAN;
	frame->rows[1].rps = INFINITY;
	expect(frame, (struct endpoint_order){ .column = COLUMN_RPS }, "210");
	frame_free(frame);
}

static void the_filter_looks_into_method_and_name_whatever_the_case(void **state)
{
	struct frame *frame = three_rows();

	(void)state;
	expect(frame, (struct endpoint_order){ .column = COLUMN_NAME, .filter = "/A" }, "21");
	expect(frame, (struct endpoint_order){ .column = COLUMN_NAME, .filter = "post" }, "1");
	expect(frame, (struct endpoint_order){ .column = COLUMN_NAME, .filter = "GET /a" }, "2");
	expect(frame, (struct endpoint_order){ .column = COLUMN_NAME, .filter = "zzz" }, "");
	frame_free(frame);
}

static void going_through_the_columns_comes_back_to_the_first(void **state)
{
	enum endpoint_column column = COLUMN_NAME;
	int turns = 0;

	(void)state;
	do {
		const char *name;

		column = endpoints_next_column(column, true);
		name = endpoints_column_name(column);
		assert_non_null(name);
		assert_int_equal(endpoints_column_find(name), column);
		turns++;
		assert_true(turns <= ENDPOINT_COLUMNS);
	} while (column != COLUMN_NAME);
	assert_true(turns >= 6);
	assert_int_equal(endpoints_column_find("nonsense"), COLUMN_NAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_rise_and_figures_fall),
		cmocka_unit_test(equal_values_keep_the_order_of_names),
		cmocka_unit_test(an_empty_window_falls_back_to_the_whole_run),
		cmocka_unit_test(open_runs_show_response_time),
		cmocka_unit_test(an_earlier_run_is_compared_with_what_is_shown),
		cmocka_unit_test(what_hangs_is_called_old),
		cmocka_unit_test(figures_that_are_no_numbers_do_not_upset_the_order),
		cmocka_unit_test(the_filter_looks_into_method_and_name_whatever_the_case),
		cmocka_unit_test(going_through_the_columns_comes_back_to_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
