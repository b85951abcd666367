/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/show.h"

#include <math.h>

#include "unit.h"

static char text[SHOW_MAX];

static void milliseconds_fit_into_five_characters(void **state)
{
	(void)state;
	assert_string_equal(show_ms(0, text, sizeof(text)), "0.00");
	assert_string_equal(show_ms(420, text, sizeof(text)), "0.42");
	assert_string_equal(show_ms(5230, text, sizeof(text)), "5.2");
	assert_string_equal(show_ms(9949, text, sizeof(text)), "9.9");
	assert_string_equal(show_ms(9950, text, sizeof(text)), "10");
	assert_string_equal(show_ms(34200, text, sizeof(text)), "34");
	assert_string_equal(show_ms(1250000, text, sizeof(text)), "1,250");
	assert_string_equal(show_ms(9999499, text, sizeof(text)), "9,999");
	assert_string_equal(show_ms(9999500, text, sizeof(text)), "10.0s");
	assert_string_equal(show_ms(99949999, text, sizeof(text)), "99.9s");
	assert_string_equal(show_ms(99950000, text, sizeof(text)), "100s");
	assert_string_equal(show_ms(3600000000ULL, text, sizeof(text)), "3600s");
	for (uint64_t us = 1; us <= 3600000000ULL; us = us * 13 / 11 + 1)
		assert_true(strlen(show_ms(us, text, sizeof(text))) <= 5);
}

static void any_number_has_a_nearest_whole_one(void **state)
{
	(void)state;
	assert_int_equal(show_whole(0.5), 1);
	assert_int_equal(show_whole(9606.4), 9606);
	assert_int_equal(show_whole(-3), 0);
	assert_int_equal(show_whole(NAN), 0);
	assert_true(show_whole(1e30) == UINT64_MAX);
	assert_true(show_whole(INFINITY) == UINT64_MAX);
	assert_true(show_whole((double)UINT64_MAX) == UINT64_MAX);
}

static void rates_fit_into_six_characters(void **state)
{
	(void)state;
	assert_string_equal(show_rate(0, text, sizeof(text)), "0.0");
	assert_string_equal(show_rate(78.44, text, sizeof(text)), "78.4");
	assert_string_equal(show_rate(999.96, text, sizeof(text)), "1,000");
	assert_string_equal(show_rate(4310.4, text, sizeof(text)), "4,310");
	assert_string_equal(show_rate(20130, text, sizeof(text)), "20.1k");
	assert_string_equal(show_rate(-1, text, sizeof(text)), "–");
	assert_string_equal(show_rate(NAN, text, sizeof(text)), "–");
	for (double rate = 0.01; rate < 1e12; rate *= 1.17)
		assert_true(strlen(show_rate(rate, text, sizeof(text))) <= 6);
}

static void counts_are_shortened_only_when_they_must_be(void **state)
{
	(void)state;
	assert_string_equal(show_count(10518, 8, text, sizeof(text)), "10,518");
	assert_string_equal(show_count(1234567, 8, text, sizeof(text)), "1234567");
	assert_string_equal(show_count(1234567, 6, text, sizeof(text)), "1.2M");
	for (uint64_t n = 1; n < UINT64_MAX / 20; n *= 17)
		assert_true(strlen(show_count(n, 7, text, sizeof(text))) <= 7);
}

static void ages_and_values_read_as_a_person_says_them(void **state)
{
	(void)state;
	assert_string_equal(show_age(120000000, text, sizeof(text)), "120 ms");
	assert_string_equal(show_age(4100000000, text, sizeof(text)), "4.1 s");
	assert_string_equal(show_age(150000000000, text, sizeof(text)), "02:30");
	assert_string_equal(show_value(1000, text, sizeof(text)), "1,000");
	assert_string_equal(show_value(2.5, text, sizeof(text)), "2.5");
	assert_string_equal(show_value(10, text, sizeof(text)), "10");
	assert_string_equal(show_value(NAN, text, sizeof(text)), "0");
	assert_string_equal(show_value(-3, text, sizeof(text)), "0");
	assert_true(strlen(show_value(1e300, text, sizeof(text))) < SHOW_MAX);
}

static void bytes_fit_into_five_characters(void **state)
{
	(void)state;
	assert_string_equal(show_bytes(0, text, sizeof(text)), "0B");
	assert_string_equal(show_bytes(312.0 * 1048576, text, sizeof(text)), "312M");
	assert_string_equal(show_bytes(4294967296.0, text, sizeof(text)), "4.0G");
	assert_string_equal(show_bytes(-1, text, sizeof(text)), "–");
	assert_string_equal(show_bytes(INFINITY, text, sizeof(text)), "–");
	for (double bytes = 1; bytes < 1e17; bytes *= 1.3)
		assert_true(strlen(show_bytes(bytes, text, sizeof(text))) <= 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(milliseconds_fit_into_five_characters),
		cmocka_unit_test(any_number_has_a_nearest_whole_one),
		cmocka_unit_test(rates_fit_into_six_characters),
		cmocka_unit_test(counts_are_shortened_only_when_they_must_be),
		cmocka_unit_test(ages_and_values_read_as_a_person_says_them),
		cmocka_unit_test(bytes_fit_into_five_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
