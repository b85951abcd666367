/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdlib.h>

#include "scenario/names.h"
#include "scenario/vars.h"

static void a_new_slot_is_unset(void **state)
{
	struct vars *vars = vars_new(2);
	size_t len = 7;

	(void)state;
	assert_false(vars_is_set(vars, 0));
	assert_null(vars_get(vars, 1, &len));
	assert_int_equal(len, 0);
	assert_int_equal(vars_list_count(vars, 1), 0);
	vars_free(vars);
}

static void a_string_is_copied_and_counts_as_a_list_of_one(void **state)
{
	struct vars *vars = vars_new(1);
	char text[] = "token\0with a zero";
	size_t len;

	(void)state;
	assert_int_equal(vars_set(vars, 0, text, 9), 0);
	text[0] = 'X';
	assert_memory_equal(vars_get(vars, 0, &len), "token\0wit", 9);
	assert_int_equal(len, 9);
	assert_int_equal(vars_list_count(vars, 0), 1);
	assert_memory_equal(vars_list_at(vars, 0, 0, &len), "token", 6);
	assert_null(vars_list_at(vars, 0, 1, &len));
	vars_free(vars);
}

static void an_empty_string_is_set(void **state)
{
	struct vars *vars = vars_new(1);
	size_t len = 3;

	(void)state;
	assert_int_equal(vars_set(vars, 0, "", 0), 0);
	assert_true(vars_is_set(vars, 0));
	assert_string_equal(vars_get(vars, 0, &len), "");
	assert_int_equal(len, 0);
	vars_unset(vars, 0);
	assert_false(vars_is_set(vars, 0));
	assert_null(vars_get(vars, 0, &len));
	vars_free(vars);
}

static void a_list_keeps_its_items_apart(void **state)
{
	struct vars *vars = vars_new(1);
	size_t len;

	(void)state;
	vars_list_begin(vars, 0);
	assert_true(vars_is_set(vars, 0));
	assert_null(vars_get(vars, 0, &len));
	assert_int_equal(vars_list_add(vars, 0, "a", 1), 0);
	assert_int_equal(vars_list_add(vars, 0, "", 0), 0);
	assert_int_equal(vars_list_add(vars, 0, "ccc", 3), 0);
	assert_int_equal(vars_list_count(vars, 0), 3);
	assert_string_equal(vars_get(vars, 0, &len), "a");
	assert_string_equal(vars_list_at(vars, 0, 1, &len), "");
	assert_int_equal(len, 0);
	assert_string_equal(vars_list_at(vars, 0, 2, &len), "ccc");
	assert_int_equal(len, 3);
	vars_list_begin(vars, 0);
	assert_int_equal(vars_list_count(vars, 0), 0);
	vars_free(vars);
}

static void a_value_above_the_maximum_leaves_the_slot_as_it_was(void **state)
{
	struct vars *vars = vars_new(1);
	char *big = calloc(1, VARS_VALUE_MAX);
	size_t len;

	(void)state;
	memset(big, 'x', VARS_VALUE_MAX);
	assert_int_equal(vars_set(vars, 0, "old", 3), 0);
	assert_int_equal(vars_set(vars, 0, big, VARS_VALUE_MAX), -EMSGSIZE);
	assert_string_equal(vars_get(vars, 0, &len), "old");
	assert_int_equal(vars_set(vars, 0, big, VARS_VALUE_MAX - 1), 0);
	vars_get(vars, 0, &len);
	assert_int_equal(len, VARS_VALUE_MAX - 1);
	free(big);
	vars_free(vars);
}

static void a_list_ends_at_the_maximum_also_with_empty_items(void **state)
{
	struct vars *vars = vars_new(1);
	size_t added = 0;

	(void)state;
	vars_list_begin(vars, 0);
	while (vars_list_add(vars, 0, "", 0) == 0)
		added++;
	assert_int_equal(added, VARS_VALUE_MAX);
	assert_int_equal(vars_list_count(vars, 0), VARS_VALUE_MAX);
	vars_free(vars);
}

static void a_slot_that_has_seen_its_largest_value_stays_where_it_is(void **state)
{
	struct vars *vars = vars_new(1);
	char text[500];
	const char *before;
	size_t len;

	(void)state;
	memset(text, 'v', sizeof(text));
	assert_int_equal(vars_set(vars, 0, text, sizeof(text)), 0);
	before = vars_get(vars, 0, &len);
	for (size_t i = 0; i < sizeof(text); i++)
		assert_int_equal(vars_set(vars, 0, text, i), 0);
	assert_int_equal(vars_set(vars, 0, text, sizeof(text)), 0);
	assert_ptr_equal(vars_get(vars, 0, &len), before);
	vars_free(vars);
}

static void names_become_slots_in_the_order_they_are_seen(void **state)
{
	struct names *names = names_new();
	unsigned slot = 99;

	(void)state;
	assert_int_equal(names_intern(names, "token"), 0);
	assert_int_equal(names_intern(names, "pending"), 1);
	assert_int_equal(names_intern(names, "token"), 0);
	assert_int_equal(names_find(names, "pending", &slot), 0);
	assert_int_equal(slot, 1);
	assert_int_equal(names_find(names, "other", &slot), -ENOENT);
	assert_int_equal(names_count(names), 2);
	assert_string_equal(names_at(names, 1), "pending");
	assert_null(names_at(names, 2));
	names_free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_slot_is_unset),
		cmocka_unit_test(a_string_is_copied_and_counts_as_a_list_of_one),
		cmocka_unit_test(an_empty_string_is_set),
		cmocka_unit_test(a_list_keeps_its_items_apart),
		cmocka_unit_test(a_value_above_the_maximum_leaves_the_slot_as_it_was),
		cmocka_unit_test(a_list_ends_at_the_maximum_also_with_empty_items),
		cmocka_unit_test(a_slot_that_has_seen_its_largest_value_stays_where_it_is),
		cmocka_unit_test(names_become_slots_in_the_order_they_are_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
