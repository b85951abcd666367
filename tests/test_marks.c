/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "record/marks.h"

static void marks_stand_in_the_order_of_their_time(void **state)
{
	struct marks *marks = marks_new();

	(void)state;
	marks_add(marks, 30, false, "users %d → %d", 100, 200);
	marks_add(marks, 10, true, "note");
	marks_add(marks, 30, false, "second at 30");
	marks_add(marks, 20, false, "between");
	assert_int_equal(marks_count(marks), 4);
	assert_string_equal(marks_at(marks, 0)->text, "note");
	assert_true(marks_at(marks, 0)->by_hand);
	assert_string_equal(marks_at(marks, 1)->text, "between");
	assert_string_equal(marks_at(marks, 2)->text, "users 100 → 200");
	assert_string_equal(marks_at(marks, 3)->text, "second at 30");
	assert_null(marks_at(marks, 4));
	marks_free(marks);
}

static void when_full_the_oldest_one_not_made_by_hand_goes(void **state)
{
	struct marks *marks = marks_new();

	(void)state;
	marks_add(marks, 0, true, "by hand");
	for (unsigned i = 1; i < MARKS_MAX + 10; i++)
		marks_add(marks, i, false, "%u", i);
	assert_int_equal(marks_count(marks), MARKS_MAX);
	assert_int_equal(marks_dropped(marks), 10);
	assert_string_equal(marks_at(marks, 0)->text, "by hand");
	assert_string_equal(marks_at(marks, 1)->text, "11");
	/* only notes made by hand: then the oldest of them */
	for (unsigned i = 0; i < MARKS_MAX + 1; i++)
		marks_add(marks, 10000 + i, true, "note %u", i);
	assert_int_equal(marks_count(marks), MARKS_MAX);
	assert_string_equal(marks_at(marks, 0)->text, "note 1");
	marks_free(marks);
}

static void texts_are_cleaned_and_cut(void **state)
{
	struct marks *marks = marks_new();
	char text[400];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	marks_add(marks, 0, true, "bad \x1b[31m\n%s", text);
	assert_int_equal(strlen(marks_at(marks, 0)->text), MARKS_TEXT_MAX - 1);
	assert_null(strchr(marks_at(marks, 0)->text, '\x1b'));
	assert_null(strchr(marks_at(marks, 0)->text, '\n'));
	marks_free(marks);
	marks_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_stand_in_the_order_of_their_time),
		cmocka_unit_test(when_full_the_oldest_one_not_made_by_hand_goes),
		cmocka_unit_test(texts_are_cleaned_and_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
