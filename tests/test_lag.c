/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/lag.h"

static void nothing_added_is_no_lag(void **state)
{
	(void)state;
	struct lag lag;

	lag_reset(&lag);
	assert_int_equal(lag_p99_us(&lag), 0);
	assert_int_equal(lag.max_us, 0);
}

static void the_percentile_is_near_and_never_above_the_maximum(void **state)
{
	(void)state;
	static const uint32_t values[] = { 1, 31, 32, 100, 5000, 123456, 40000000, UINT32_MAX };
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct lag lag;
		lag_reset(&lag);
		/* 98 small ones, then two of the value: the 99th is the value */
		for (int k = 0; k < 98; k++) {
			lag_add(&lag, 0);
		}
		lag_add(&lag, values[i] * 1000ULL);
		lag_add(&lag, values[i] * 1000ULL + 999);
		assert_int_equal(lag.max_us, values[i]);
		assert_true(lag_p99_us(&lag) <= values[i]);
		assert_true(lag_p99_us(&lag) >= values[i] - values[i] / 32);
	}
}

static void beyond_its_range_it_says_the_most_it_can(void **state)
{
	(void)state;
	struct lag lag;

	lag_reset(&lag);
	lag_add(&lag, UINT64_MAX);
	assert_int_equal(lag_p99_us(&lag), UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_added_is_no_lag),
		cmocka_unit_test(the_percentile_is_near_and_never_above_the_maximum),
		cmocka_unit_test(beyond_its_range_it_says_the_most_it_can),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
