/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/layout.h"

#include "unit.h"

static struct layout_request request_of(int cols, int rows)
{
	struct layout_request request = {
		.cols = cols, .rows = rows, .sliders = 2, .maximised = -1, .focus = PANE_SLIDERS
	};
	static const struct layout_wish wishes[PANES] = {
		[PANE_ENDPOINTS] = { true, 4, 6, 0, 90, false },
		[PANE_CHART] = { true, 5, 8, 3, 80, false },
		[PANE_CONTAINERS] = { true, 2, 4, 0, 50, false },
		[PANE_POSTGRES] = { true, 2, 3, 0, 48, false },
		[PANE_CRITERIA] = { true, 2, 5, 0, 70, false },
		[PANE_FAILURES] = { true, 1, 1, 0, 20, false },
		[PANE_EVENTS] = { true, 1, 2, 2, 30, false },
		[PANE_HEAT] = { true, 7, 8, 1, 40, true },
		[PANE_LEVELS] = { true, 3, 4, 0, 25, false },
	};

	memcpy(request.wishes, wishes, sizeof(wishes));
	return request;
}

static bool inside(struct rect rect, int cols, int rows)
{
	return rect.x >= 0 && rect.y >= 0 && rect.w >= 0 && rect.h >= 0 &&
	       rect.x + rect.w <= cols && rect.y + rect.h <= rows;
}

/* Panes may share border lines: what overlaps is at most one cell thick. */
static bool apart(struct rect a, struct rect b)
{
	int w = (a.x + a.w < b.x + b.w ? a.x + a.w : b.x + b.w) - (a.x > b.x ? a.x : b.x);
	int h = (a.y + a.h < b.y + b.h ? a.y + a.h : b.y + b.h) - (a.y > b.y ? a.y : b.y);

	return w <= 1 || h <= 1;
}

static void check(const struct layout_request *request)
{
	struct layout layout;

	layout_compute(request, &layout);
	if (layout.too_small)
		return;
	assert_true(inside(layout.header, request->cols, request->rows));
	assert_true(inside(layout.sliders, request->cols, request->rows));
	assert_true(inside(layout.vitals, request->cols, request->rows));
	assert_int_equal(layout.keys.y, request->rows - 1);
	assert_true(layout.body.h >= 3);
	for (int a = 0; a < PANES; a++) {
		if (layout.panes[a].w == 0)
			continue;
		assert_true(layout.panes[a].h >= 2);
		assert_true(layout.panes[a].y >= layout.body.y);
		assert_true(layout.panes[a].y + layout.panes[a].h <= layout.body.y + layout.body.h);
		assert_true(inside(layout.panes[a], request->cols, request->rows));
		for (int b = 0; b < a; b++) {
			if (layout.panes[b].w > 0)
				assert_true(apart(layout.panes[a], layout.panes[b]));
		}
	}
}

static void at_every_size_all_parts_lie_on_the_screen_and_apart(void **state)
{
	(void)state;
	for (int cols = 1; cols < 260; cols += 3) {
		for (int rows = 1; rows < 90; rows++) {
			for (int sliders = 2; sliders < 20; sliders += 7) {
				struct layout_request request = request_of(cols, rows);

				request.sliders = sliders;
				request.notice = rows % 2;
				request.focus = (enum pane)(rows % PANES);
				check(&request);
			}
		}
	}
}

static void all_and_each_of_four_classes_have_their_slider_in_sight(void **state)
{
	struct layout_request request = request_of(120, 40);
	struct layout layout;

	(void)state;
	request.sliders = 6; /* users, spawn rate, four classes */
	layout_compute(&request, &layout);
	assert_int_equal(layout.sliders.h, 6);
	request.sliders = 20; /* the rest is scrolled */
	layout_compute(&request, &layout);
	assert_int_equal(layout.sliders.h, 6);
}

static void a_screen_below_the_minimum_is_said_to_be_too_small(void **state)
{
	struct layout_request request = request_of(LAYOUT_COLS_MIN - 1, 24);
	struct layout layout;

	(void)state;
	layout_compute(&request, &layout);
	assert_true(layout.too_small);
	request = request_of(80, LAYOUT_ROWS_MIN - 1);
	layout_compute(&request, &layout);
	assert_true(layout.too_small);
	request = request_of(LAYOUT_COLS_MIN, LAYOUT_ROWS_MIN);
	layout_compute(&request, &layout);
	assert_false(layout.too_small);
	assert_true(layout.panes[PANE_ENDPOINTS].w > 0);
}

static void a_wide_screen_shows_every_pane_in_two_columns(void **state)
{
	struct layout_request request = request_of(120, 40);
	struct layout layout;

	(void)state;
	layout_compute(&request, &layout);
	assert_int_equal(layout.kind, LAYOUT_WIDE);
	for (int pane = PANE_ENDPOINTS; pane < PANE_LOG; pane++) /* nobody follows a log */
		assert_true(layout.panes[pane].w > 0);
	assert_int_equal(layout.panes[PANE_ENDPOINTS].x, 0);
	assert_int_equal(layout.panes[PANE_CRITERIA].x, layout.panes[PANE_ENDPOINTS].w - 1);
	/* what the table does not need goes to the charts, most of it to the curves */
	assert_int_equal(layout.panes[PANE_ENDPOINTS].h, 8);
	assert_true(layout.panes[PANE_CHART].h > 15);
	assert_true(layout.panes[PANE_HEAT].h < layout.panes[PANE_CHART].h);
}

static void a_narrow_screen_has_one_column(void **state)
{
	struct layout_request request = request_of(40, 50);
	struct layout layout;

	(void)state;
	layout_compute(&request, &layout);
	assert_int_equal(layout.kind, LAYOUT_NARROW);
	for (int pane = PANE_ENDPOINTS; pane < PANES; pane++) {
		if (layout.panes[pane].w > 0)
			assert_int_equal(layout.panes[pane].w, 40);
	}
}

static void without_room_the_lowest_rank_leaves_and_the_focused_pane_stays(void **state)
{
	struct layout_request request = request_of(80, 24);
	struct layout layout;

	(void)state;
	layout_compute(&request, &layout);
	assert_int_equal(layout.panes[PANE_FAILURES].w, 0);
	assert_int_equal(layout.panes[PANE_HEAT].w, 0);
	assert_true(layout.panes[PANE_CRITERIA].w > 0);
	request.focus = PANE_FAILURES;
	layout_compute(&request, &layout);
	assert_true(layout.panes[PANE_FAILURES].w > 0);
}

static void what_yields_leaves_before_a_more_important_pane_is_cut(void **state)
{
	struct layout_request request = request_of(120, 40);
	struct layout layout;

	(void)state;
	request.wishes[PANE_ENDPOINTS].wanted = 22;
	layout_compute(&request, &layout);
	assert_int_equal(layout.panes[PANE_HEAT].w, 0);
	assert_int_equal(layout.panes[PANE_ENDPOINTS].h, 24);
	assert_true(layout.panes[PANE_CHART].h > 8);
	request.focus = PANE_HEAT; /* asked for by hand */
	layout_compute(&request, &layout);
	assert_true(layout.panes[PANE_HEAT].h >= 9);
}

static void hidden_panes_leave_their_room_to_others(void **state)
{
	struct layout_request request = request_of(120, 40);
	struct layout layout;

	(void)state;
	for (int pane = PANE_HEAT; pane < PANES; pane++)
		request.wishes[pane].present = false;
	layout_compute(&request, &layout);
	assert_int_equal(layout.panes[PANE_ENDPOINTS].w, 120);
	assert_int_equal(layout.panes[PANE_CHART].w, 120);
	request.wishes[PANE_ENDPOINTS].present = false;
	request.wishes[PANE_CHART].present = false;
	request.wishes[PANE_EVENTS].present = true;
	layout_compute(&request, &layout);
	assert_int_equal(layout.panes[PANE_EVENTS].w, 120);
	assert_int_equal(layout.panes[PANE_EVENTS].h, layout.body.h);
}

static void a_maximised_pane_has_the_whole_body(void **state)
{
	struct layout_request request = request_of(120, 40);
	struct layout layout;

	(void)state;
	request.maximised = PANE_CRITERIA;
	layout_compute(&request, &layout);
	assert_memory_equal(&layout.panes[PANE_CRITERIA], &layout.body, sizeof(struct rect));
	assert_int_equal(layout.panes[PANE_CHART].w, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_every_size_all_parts_lie_on_the_screen_and_apart),
		cmocka_unit_test(all_and_each_of_four_classes_have_their_slider_in_sight),
		cmocka_unit_test(a_screen_below_the_minimum_is_said_to_be_too_small),
		cmocka_unit_test(a_wide_screen_shows_every_pane_in_two_columns),
		cmocka_unit_test(a_narrow_screen_has_one_column),
		cmocka_unit_test(without_room_the_lowest_rank_leaves_and_the_focused_pane_stays),
		cmocka_unit_test(what_yields_leaves_before_a_more_important_pane_is_cut),
		cmocka_unit_test(hidden_panes_leave_their_room_to_others),
		cmocka_unit_test(a_maximised_pane_has_the_whole_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
