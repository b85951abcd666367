/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/clock.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#include "unit.h"

static void monotonic_time_never_goes_back(void **state)
{
	uint64_t last = clock_now_ns();

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint64_t now = clock_now_ns();

		assert_true(now >= last);
		last = now;
	}
}

static void sleeping_takes_at_least_as_long_as_asked_for(void **state)
{
	uint64_t start = clock_now_ns();

	(void)state;
	clock_sleep_ns(3 * CLOCK_NS_PER_MS);
	assert_true(clock_now_ns() - start >= 3 * CLOCK_NS_PER_MS);
	clock_sleep_ns(0);
}

static void ignore_signal(int number)
{
	(void)number;
}

static void signals_do_not_shorten_a_sleep(void **state)
{
	struct itimerval every_ms = { { 0, 1000 }, { 0, 1000 } }, off = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = ignore_signal }, old;
	uint64_t start;

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &action, &old), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &every_ms, NULL), 0);
	start = clock_now_ns();
	clock_sleep_ns(20 * CLOCK_NS_PER_MS);
	start = clock_now_ns() - start;
	assert_int_equal(setitimer(ITIMER_REAL, &off, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &old, NULL), 0);
	assert_true(start >= 20 * CLOCK_NS_PER_MS);
}

static void cpu_time_counts_work_and_not_waiting(void **state)
{
	uint64_t process = clock_process_cpu_ns(), thread = clock_thread_cpu_ns();
	uint64_t before, spent, wall;
	volatile uint64_t sink = 0;

	(void)state;
	while (clock_thread_cpu_ns() - thread < 2 * CLOCK_NS_PER_MS)
		sink = sink + 1;
	assert_true(clock_process_cpu_ns() - process >= 2 * CLOCK_NS_PER_MS);
	before = clock_thread_cpu_ns();
	wall = clock_now_ns();
	clock_sleep_ns(30 * CLOCK_NS_PER_MS);
	spent = clock_thread_cpu_ns() - before;
	assert_true(spent < clock_now_ns() - wall);
}

static void wall_time_is_written_in_utc_with_milliseconds(void **state)
{
	char text[32];

	(void)state;
	/* Whatever the machine's own time zone is. */
	assert_int_equal(setenv("TZ", "Asia/Kolkata", 1), 0);
	clock_format_rfc3339(1795420582920999999ULL, text, sizeof(text));
	assert_string_equal(text, "2026-11-23T07:56:22.920Z");
	clock_format_rfc3339(0, text, sizeof(text));
	assert_string_equal(text, "1970-01-01T00:00:00.000Z");
	clock_format_rfc3339(1709210096007000000ULL, text, sizeof(text));
	assert_string_equal(text, "2024-02-29T12:34:56.007Z");
	clock_format_rfc3339(0, text, 5);
	assert_string_equal(text, "1970");
	assert_true(clock_wall_ns() > 1700000000 * CLOCK_NS_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(monotonic_time_never_goes_back),
		cmocka_unit_test(sleeping_takes_at_least_as_long_as_asked_for),
		cmocka_unit_test(signals_do_not_shorten_a_sleep),
		cmocka_unit_test(cpu_time_counts_work_and_not_waiting),
		cmocka_unit_test(wall_time_is_written_in_utc_with_milliseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
