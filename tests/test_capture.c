/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include "base/clock.h"
#include "engine/capture.h"

#define SECOND CLOCK_NS_PER_SEC

static struct capture capture;

static unsigned admitted(uint64_t key, uint64_t from_ns, unsigned times)
{
	unsigned n = 0;

	for (unsigned i = 0; i < times; i++)
		n += capture_admits(&capture, key, from_ns + i);
	return n;
}

static int setup(void **state)
{
	(void)state;
	capture_init(&capture, NULL, NULL);
	return 0;
}

static void each_failure_has_its_own_few_a_second(void **state)
{
	(void)state;
	assert_int_equal(admitted(1, SECOND, 1000), CAPTURE_KIND_PER_SECOND);
	assert_int_equal(admitted(2, SECOND, 1000), CAPTURE_KIND_PER_SECOND);
	assert_int_equal(admitted(1, SECOND, 1000), 0);
	assert_int_equal(admitted(1, 2 * SECOND, 1000), CAPTURE_KIND_PER_SECOND);
}

static void all_failures_together_have_a_limit_too(void **state)
{
	unsigned n = 0;

	(void)state;
	for (uint64_t key = 0; key < 10000; key++)
		n += admitted(key, SECOND, 3);
	assert_int_equal(n, CAPTURE_PER_SECOND);
	assert_int_equal(admitted(1, 2 * SECOND, 1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_failure_has_its_own_few_a_second, setup),
		cmocka_unit_test_setup(all_failures_together_have_a_limit_too, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
