/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "record/phases.h"
#include "samples.h"

static void assert_phase(const struct phases *phases, size_t i, enum phase_kind kind,
			 uint64_t start_ms, uint64_t end_ms, unsigned from, unsigned to)
{
	struct phase phase = phases_at(phases, i);

	assert_string_equal(phase_name(phase.kind), phase_name(kind));
	assert_int_equal(phase.start_ns / MS, start_ms);
	assert_int_equal(phase.end_ns / MS, end_ms);
	assert_int_equal(phase.users_from, from);
	assert_int_equal(phase.users_to, to);
}

static void a_run_is_cut_where_its_kind_changes(void **state)
{
	struct phases *phases = phases_new();

	(void)state;
	phases_update(phases, 0, RUN_IDLE, 0, 0);
	phases_update(phases, 0, RUN_SETUP, 0, 0);
	assert_int_equal(phases_count(phases), 0);
	for (unsigned t = 0; t <= 10; t++)
		phases_update(phases, t * SEC, RUN_RAMPING, t * 10, 100);
	for (unsigned t = 10; t <= 30; t++)
		phases_update(phases, t * SEC + 100 * MS, RUN_RUNNING, 100, 100);
	phases_update(phases, 31 * SEC, RUN_PAUSED, 100, 100);
	phases_update(phases, 35 * SEC, RUN_RAMPING, 100, 20);
	phases_update(phases, 39 * SEC, RUN_RAMPING, 20, 20);
	phases_update(phases, 40 * SEC, RUN_DRAINING, 20, 0);
	phases_update(phases, 42 * SEC, RUN_DONE, 0, 0);
	assert_int_equal(phases_count(phases), 5);
	assert_phase(phases, 0, PHASE_RAMP_UP, 0, 10100, 0, 100);
	assert_phase(phases, 1, PHASE_CONSTANT, 10100, 31000, 100, 100);
	assert_phase(phases, 2, PHASE_PAUSED, 31000, 35000, 100, 100);
	assert_phase(phases, 3, PHASE_RAMP_DOWN, 35000, 40000, 100, 20);
	assert_phase(phases, 4, PHASE_DRAIN, 40000, 42000, 20, 0);
	phases_free(phases);
}

static void requests_are_measured_in_the_phase_they_end_in(void **state)
{
	struct phases *phases = phases_new();

	(void)state;
	phases_add(phases, 5, false); /* before there is any: nowhere to count it */
	phases_update(phases, 0, RUN_RAMPING, 0, 10);
	for (unsigned i = 1; i <= 100; i++)
		phases_add(phases, i * 10, i == 100);
	phases_update(phases, 5 * SEC, RUN_RUNNING, 10, 10);
	phases_add(phases, 7000, false);
	assert_int_equal(phases_count(phases), 2);
	struct phase first = phases_at(phases, 0), second = phases_at(phases, 1);
	assert_int_equal(first.requests, 100);
	assert_int_equal(first.failures, 1);
	assert_int_equal(first.p50_us, 500);
	assert_int_equal(first.p99_us, 990);
	assert_int_equal(first.max_us, 1000);
	assert_true(first.mean_us == 505);
	assert_int_equal(second.requests, 1);
	assert_int_equal(second.p99_us, 7000);
	phases_free(phases);
}

static void constant_load_of_other_size_is_another_phase(void **state)
{
	struct phases *phases = phases_new();

	(void)state;
	phases_update(phases, 0, RUN_RUNNING, 10, 10);
	phases_update(phases, 5 * SEC, RUN_RUNNING, 10, 10);
	phases_update(phases, 6 * SEC, RUN_RUNNING, 50, 50); /* at once: no ramp was seen */
	phases_update(phases, 9 * SEC, RUN_RUNNING, 50, 50);
	assert_int_equal(phases_count(phases), 2);
	assert_phase(phases, 0, PHASE_CONSTANT, 0, 6000, 10, 10);
	phases_free(phases);
}

static void pieces_shorter_than_a_second_belong_to_what_follows(void **state)
{
	struct phases *phases = phases_new();

	(void)state;
	phases_update(phases, 0, RUN_RUNNING, 10, 10);
	phases_update(phases, 5 * SEC, RUN_RAMPING, 10, 11);
	phases_add(phases, 100, false);
	phases_update(phases, 5 * SEC + 100 * MS, RUN_RUNNING, 11, 11);
	phases_add(phases, 100, false);
	phases_update(phases, 9 * SEC, RUN_RUNNING, 11, 11);
	assert_int_equal(phases_count(phases), 2);
	assert_phase(phases, 1, PHASE_CONSTANT, 5000, 9000, 11, 11);
	assert_int_equal(phases_at(phases, 1).requests, 2);
	phases_free(phases);
}

static void a_full_list_lets_the_last_phase_take_the_rest(void **state)
{
	struct phases *phases = phases_new();

	(void)state;
	for (unsigned t = 0; t < 3 * PHASES_MAX; t++) {
		phases_update(phases, 2 * t * SEC, t % 2 ? RUN_RUNNING : RUN_RAMPING, t, t + 1);
		phases_add(phases, 10, false);
	}
	assert_int_equal(phases_count(phases), PHASES_MAX);
	struct phase last = phases_at(phases, PHASES_MAX - 1);
	assert_int_equal(last.end_ns, (2 * 3 * PHASES_MAX - 2) * SEC);
	assert_int_equal(last.requests, 2 * PHASES_MAX + 1);
	phases_free(phases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_is_cut_where_its_kind_changes),
		cmocka_unit_test(requests_are_measured_in_the_phase_they_end_in),
		cmocka_unit_test(constant_load_of_other_size_is_another_phase),
		cmocka_unit_test(pieces_shorter_than_a_second_belong_to_what_follows),
		cmocka_unit_test(a_full_list_lets_the_last_phase_take_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
