/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/table.h"

#include "unit.h"

static const struct table_column columns[] = {
	{ "A", 6, false, 2, false }, { "NAME", 10, false, 0, true }, { "B", 5, true, 1, false },
	{ "C", 5, true, 3, false },  { "D", 5, true, 0, false },
};

static int used(const struct table_place *places)
{
	int end = 0;

	for (size_t i = 0; i < COUNT(columns); i++) {
		if (places[i].width > 0 && places[i].x + places[i].width > end)
			end = places[i].x + places[i].width;
	}
	return end;
}

static void the_flexible_column_takes_what_is_left(void **state)
{
	struct table_place places[COUNT(columns)];

	(void)state;
	table_fit(columns, COUNT(columns), 60, places);
	assert_int_equal(places[1].width, 60 - 6 - 5 - 5 - 5 - 4);
	assert_int_equal(used(places), 60);
	for (size_t i = 1; i < COUNT(columns); i++)
		assert_true(places[i].x > places[i - 1].x + places[i - 1].width - 1);
}

static void columns_of_the_highest_priority_leave_first(void **state)
{
	struct table_place places[COUNT(columns)];

	(void)state;
	table_fit(columns, COUNT(columns), 30, places);
	assert_int_equal(places[3].width, 0);
	assert_int_equal(places[0].width, 6);
	table_fit(columns, COUNT(columns), 24, places);
	assert_int_equal(places[0].width, 0);
	assert_int_equal(places[2].width, 5);
	table_fit(columns, COUNT(columns), 18, places);
	assert_int_equal(places[2].width, 0);
	assert_int_equal(places[4].width, 5);
	assert_int_equal(used(places), 18);
}

static void nothing_is_wider_than_there_is_room(void **state)
{
	struct table_place places[COUNT(columns)];

	(void)state;
	for (int width = 0; width < 200; width++) {
		table_fit(columns, COUNT(columns), width, places);
		for (size_t i = 0; i < COUNT(columns); i++)
			assert_true(places[i].width >= 0);
		if (width >= 16)
			assert_int_equal(used(places), width);
	}
}

static void scrolling_moves_only_when_it_must(void **state)
{
	(void)state;
	assert_int_equal(table_scroll(0, 5, 10, 100), 0);
	assert_int_equal(table_scroll(0, 10, 10, 100), 1);
	assert_int_equal(table_scroll(20, 25, 10, 100), 20);
	assert_int_equal(table_scroll(20, 19, 10, 100), 19);
	assert_int_equal(table_scroll(95, 99, 10, 100), 90); /* the list became shorter */
	assert_int_equal(table_scroll(50, 3, 10, 5), 0);     /* all of it fits */
	assert_int_equal(table_scroll(50, 1000, 10, 100), 90);
	assert_int_equal(table_scroll(3, 3, 0, 100), 0);
	assert_int_equal(table_scroll(3, 3, 10, 0), 0);
}

static void the_selected_row_is_always_seen(void **state)
{
	(void)state;
	for (size_t count = 0; count < 30; count++) {
		for (size_t rows = 1; rows < 12; rows++) {
			size_t top = 7;

			for (size_t selected = 0; selected < count; selected++) {
				top = table_scroll(top, selected, rows, count);
				assert_true(selected >= top && selected < top + rows);
				assert_true(top == 0 || top + rows <= count);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_flexible_column_takes_what_is_left),
		cmocka_unit_test(columns_of_the_highest_priority_leave_first),
		cmocka_unit_test(nothing_is_wider_than_there_is_room),
		cmocka_unit_test(scrolling_moves_only_when_it_must),
		cmocka_unit_test(the_selected_row_is_always_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
