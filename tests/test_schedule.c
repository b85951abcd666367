/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "engine/schedule.h"

#define S  CLOCK_NS_PER_SEC
#define MS CLOCK_NS_PER_MS

struct ramp_case {
	const char *what;
	uint32_t from, target;
	double rate;
	uint64_t at_ns; /* after the retarget */
	uint32_t want;
	uint64_t want_next_ns;
};

static const struct ramp_case ramp_cases[] = {
	{ "first step at once", 0, 100, 10, 0, 1, 100 * MS },
	{ "evenly spaced, not per second", 0, 100, 10, 99 * MS + 999999, 1, 100 * MS },
	{ "at the instant of a step it is made", 0, 100, 10, 100 * MS, 2, 200 * MS },
	{ "in the middle of the second", 0, 100, 10, 550 * MS, 6, 600 * MS },
	{ "last step", 0, 100, 10, 9900 * MS, 100, UINT64_MAX },
	{ "past the end", 0, 100, 10, 3600 * S, 100, UINT64_MAX },
	{ "downwards", 100, 0, 10, 550 * MS, 94, 600 * MS },
	{ "downwards to the end", 100, 0, 10, 9900 * MS, 0, UINT64_MAX },
	{ "part of the way down", 100, 97, 1, 1500 * MS, 98, 2 * S },
	{ "slower than one a second", 0, 5, 0.5, 3 * S, 2, 4 * S },
	{ "step at a third of a second is rounded up", 0, 9, 3, 333333333, 1, 333333334 },
	{ "and made there", 0, 9, 3, 333333334, 2, 666666667 },
	{ "at once", 0, 1000, INFINITY, 0, 1000, UINT64_MAX },
	{ "nothing to do", 7, 7, 10, 0, 7, UINT64_MAX },
	{ "very fast", 0, 1000000, 1e6, 500 * MS, 500001, 500 * MS + 1000 },
};

static void ramp_steps_are_evenly_spaced(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ramp_cases) / sizeof(ramp_cases[0]); i++) {
		const struct ramp_case *c = &ramp_cases[i];
		const uint64_t t0 = 1000 * S;
		struct ramp ramp;

		ramp_init(&ramp, c->from);
		assert_int_equal(ramp_at(&ramp, t0), c->from);
		ramp_retarget(&ramp, t0, c->target, c->rate);
		uint64_t next = ramp_next_ns(&ramp, t0 + c->at_ns);
		if (next != UINT64_MAX) {
			next -= t0;
		}
		if (ramp_at(&ramp, t0 + c->at_ns) != c->want || next != c->want_next_ns) {
			fail_msg("%s: at %u, next %llu", c->what, ramp_at(&ramp, t0 + c->at_ns),
				 (unsigned long long)next);
		}
		assert_int_equal(ramp_done(&ramp, t0 + c->at_ns), c->want_next_ns == UINT64_MAX);
	}
}

static void the_first_step_is_due_at_once_on_a_clock_that_begins_at_0(void **state)
{
	(void)state;
	struct ramp ramp;

	ramp_init(&ramp, 0);
	ramp_retarget(&ramp, 0, 3, 0.5);
	assert_int_equal(ramp_at(&ramp, 0), 1);
	assert_int_equal(ramp_next_ns(&ramp, 0), 2 * S);
	assert_int_equal(ramp_at(&ramp, 4 * S), 3);
}

static void ramp_next_and_at_never_disagree(void **state)
{
	(void)state;
	static const double rates[] = { 0.3, 1, 3, 7, 9.99, 33.3, 100, 333, 1e4, 1e9 / 7 };
	for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++) {
		struct ramp ramp;
		uint64_t now = 86400 * S + 12345;

		ramp_init(&ramp, 500);
		ramp_retarget(&ramp, now, r % 2 == 0 ? 1500 : 0, rates[r]);
		uint32_t before = ramp_at(&ramp, now);
		for (uint64_t next; (next = ramp_next_ns(&ramp, now)) != UINT64_MAX; now = next) {
			assert_true(next > now);
			assert_int_equal(ramp_at(&ramp, next - 1), before);
			uint32_t at = ramp_at(&ramp, next);
			assert_int_equal(at, r % 2 == 0 ? before + 1 : before - 1);
			before = at;
		}
		assert_true(ramp_done(&ramp, now));
	}
}

static void ramp_turns_around_without_a_jump(void **state)
{
	(void)state;
	struct ramp ramp;

	ramp_init(&ramp, 0);
	ramp_retarget(&ramp, 1 * S, 100, 10);
	/* users 1..6 at 1.0 .. 1.5 s; turned at 1.55 s: the next step is 0.1 s after the last */
	ramp_retarget(&ramp, 1550 * MS, 0, 10);
	assert_int_equal(ramp_at(&ramp, 1550 * MS), 6);
	assert_int_equal(ramp_next_ns(&ramp, 1550 * MS), 1600 * MS);
	assert_int_equal(ramp_at(&ramp, 1600 * MS), 5);
	assert_int_equal(ramp_at(&ramp, 2100 * MS), 0);
	assert_true(ramp_done(&ramp, 2100 * MS));
}

static void ramp_is_not_starved_by_a_slider_in_motion(void **state)
{
	(void)state;
	struct ramp ramp;

	/* every 70 ms one more is asked for, at one user a second */
	ramp_init(&ramp, 0);
	for (uint32_t i = 0; i < 143; i++) {
		ramp_retarget(&ramp, 100 * S + i * 70 * MS, i + 1, 1);
	}
	assert_int_equal(ramp_at(&ramp, 110 * S - 1), 10);
	assert_int_equal(ramp_at(&ramp, 110 * S), 11);
}

static void ramp_change_of_rate_neither_jumps_nor_waits_for_the_old_rate(void **state)
{
	(void)state;
	struct ramp ramp;

	ramp_init(&ramp, 0);
	ramp_retarget(&ramp, 100 * S, 50, 0.1);
	ramp_retarget(&ramp, 105 * S, 50, 10);
	assert_int_equal(ramp_at(&ramp, 105 * S), 2);
	assert_int_equal(ramp_at(&ramp, 105 * S + 99 * MS), 2);
	assert_int_equal(ramp_at(&ramp, 105 * S + 100 * MS), 3);
}

static void ramp_over_a_time_ends_at_its_end(void **state)
{
	(void)state;
	struct ramp ramp;

	ramp_init(&ramp, 10);
	ramp_retarget_over(&ramp, 5 * S, 1000, 10 * S);
	assert_int_equal(ramp_at(&ramp, 5 * S), 10);
	assert_int_equal(ramp_at(&ramp, 10 * S), 505);
	assert_false(ramp_done(&ramp, 15 * S - 1));
	assert_int_equal(ramp_at(&ramp, 15 * S), 1000);
	ramp_retarget_over(&ramp, 20 * S, 0, 0);
	assert_int_equal(ramp_at(&ramp, 20 * S), 0);
}

static void arrivals_at_a_constant_rate_are_evenly_spaced(void **state)
{
	(void)state;
	struct arrivals arr;

	arrivals_init(&arr, 7 * S);
	assert_int_equal(arrivals_instant(&arr, 0), UINT64_MAX);
	arrivals_retarget(&arr, 7 * S, 2000, 0);
	for (uint64_t k = 0; k < 60000; k++) {
		assert_int_equal(arrivals_instant(&arr, k), 7 * S + (k + 1) * 500000);
	}
	assert_true(fabs(arrivals_count(&arr, 37 * S) - 60000) < 1e-6);
	assert_true(fabs(arrivals_rate(&arr, 8 * S) - 2000) < 1e-9);
}

static void arrivals_instant_inverts_the_count_of_a_linear_ramp(void **state)
{
	(void)state;
	static const struct {
		double rate0, rate1;
		uint64_t over_ns;
	} cases[] = { { 0, 1000, 10 * S },   { 1000, 0, 10 * S }, { 200, 800, 3 * S },
		      { 800, 200, 3 * S },   { 5, 5, 20 * S },    { 0, 0.5, 60 * S },
		      { 1e5, 1e3, 333 * MS } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arrivals arr;
		arrivals_init(&arr, 0);
		arrivals_retarget(&arr, 1 * S, cases[i].rate0, 0);
		arr.count0 = 0;
		arr.t0_ns = 2 * S;
		arrivals_retarget(&arr, 2 * S, cases[i].rate1, cases[i].over_ns);
		uint64_t before = 2 * S;
		for (uint64_t k = 0; k < 4000; k++) {
			uint64_t at = arrivals_instant(&arr, k);
			if (at == UINT64_MAX) {
				assert_true(cases[i].rate1 <= 0);
				assert_true(arrivals_count(&arr, 3600 * S) < (double)k + 1 + 1e-6);
				break;
			}
			assert_true(at >= before);
			assert_true(fabs(arrivals_count(&arr, at) - (double)(k + 1)) < 1e-3);
			before = at;
		}
	}
}

static void arrivals_keep_their_count_over_a_change_of_rate(void **state)
{
	(void)state;
	struct arrivals arr;

	arrivals_init(&arr, 0);
	arrivals_retarget(&arr, 0, 10, 0);
	/* 10.5 arrivals by then: half a gap is taken along */
	arrivals_retarget(&arr, 1050 * MS, 100, 0);
	assert_int_equal(arrivals_instant(&arr, 10), 1055 * MS);
	assert_int_equal(arrivals_instant(&arr, 11), 1065 * MS);
	arrivals_retarget(&arr, 2 * S, 0, 0);
	assert_int_equal(arrivals_instant(&arr, 1000), UINT64_MAX);
}

/* Each engine walks its own k; merged they must be the whole, in order. */
static void engines_together_follow_one_schedule(void **state)
{
	(void)state;
	struct arrivals_log whole, part[3];

	arrivals_log_init(&whole, 0);
	arrivals_log_retarget(&whole, S, 50, 2 * S);
	arrivals_log_retarget(&whole, 5 * S, 400, 0);
	arrivals_log_retarget(&whole, 6 * S, 20, S);
	for (unsigned e = 0; e < 3; e++) {
		arrivals_log_init(&part[e], 0);
		arrivals_log_retarget(&part[e], S, 50, 2 * S);
		arrivals_log_retarget(&part[e], 5 * S, 400, 0);
		arrivals_log_retarget(&part[e], 6 * S, 20, S);
	}
	uint64_t before = 0;
	for (uint64_t k = 0; k < 900; k++) {
		uint64_t at = arrivals_log_instant(&whole, k);
		assert_int_equal(at, arrivals_log_instant(&part[k % 3], k));
		assert_true(at >= before);
		before = at;
	}
	assert_true(before > 7 * S);
}

static void held_back_arrivals_keep_their_instants_after_a_change(void **state)
{
	(void)state;
	struct arrivals_log log;

	arrivals_log_init(&log, 0);
	arrivals_log_retarget(&log, 0, 10, 0);
	arrivals_log_retarget(&log, 10 * S, 1000, 0);
	assert_int_equal(arrivals_log_instant(&log, 4), 500 * MS);
	assert_int_equal(arrivals_log_instant(&log, 99), 10 * S);
	assert_int_equal(arrivals_log_instant(&log, 100), 10 * S + MS);
	assert_int_equal(log.count, 1);
}

static void arrivals_stand_still_while_paused(void **state)
{
	(void)state;
	struct arrivals_log log;

	arrivals_log_init(&log, 0);
	arrivals_log_retarget(&log, 0, 10, 0);
	arrivals_log_pause(&log, 1 * S);
	arrivals_log_pause(&log, 2 * S);
	assert_int_equal(arrivals_log_instant(&log, 9), 1 * S);
	assert_int_equal(arrivals_log_instant(&log, 10), UINT64_MAX);
	arrivals_log_resume(&log, 61 * S);
	arrivals_log_resume(&log, 62 * S);
	assert_int_equal(arrivals_log_instant(&log, 10), 61 * S + 100 * MS);
	/* a new rate asked for while paused is the one resumed */
	arrivals_log_pause(&log, 62 * S);
	arrivals_log_retarget(&log, 63 * S, 1000, 0);
	arrivals_log_resume(&log, 64 * S);
	assert_int_equal(arrivals_log_instant(&log, 20), 64 * S + MS);
}

static void a_ramp_of_arrivals_goes_on_after_a_pause(void **state)
{
	(void)state;
	struct arrivals_log log;

	arrivals_log_init(&log, 0);
	arrivals_log_retarget(&log, 0, 100, 10 * S);
	arrivals_log_pause(&log, 4 * S);
	arrivals_log_resume(&log, 14 * S);
	const struct arrivals *last = arrivals_log_last(&log);
	assert_true(fabs(arrivals_rate(last, 14 * S) - 40) < 1e-9);
	assert_true(fabs(arrivals_rate(last, 17 * S) - 70) < 1e-9);
	assert_true(fabs(arrivals_rate(last, 30 * S) - 100) < 1e-9);
}

static void a_full_log_keeps_the_counts(void **state)
{
	(void)state;
	struct arrivals_log log;

	uint64_t total = 0;

	arrivals_log_init(&log, 0);
	for (unsigned i = 0; i < 2000; i++) {
		arrivals_log_retarget(&log, i * S, 10 + i % 7, 0);
		total += i < 1999 ? 10 + i % 7 : 0;
	}
	assert_true(log.count <= ARRIVALS_LOG_MAX);
	uint64_t before = 0;
	for (uint64_t k = 0; k < 25000; k += 5) {
		uint64_t at = arrivals_log_instant(&log, k);
		assert_true(at >= before);
		before = at;
	}
	assert_int_equal(arrivals_log_instant(&log, total - 1), 1999 * S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ramp_steps_are_evenly_spaced),
		cmocka_unit_test(the_first_step_is_due_at_once_on_a_clock_that_begins_at_0),
		cmocka_unit_test(ramp_next_and_at_never_disagree),
		cmocka_unit_test(ramp_turns_around_without_a_jump),
		cmocka_unit_test(ramp_is_not_starved_by_a_slider_in_motion),
		cmocka_unit_test(ramp_change_of_rate_neither_jumps_nor_waits_for_the_old_rate),
		cmocka_unit_test(ramp_over_a_time_ends_at_its_end),
		cmocka_unit_test(arrivals_at_a_constant_rate_are_evenly_spaced),
		cmocka_unit_test(arrivals_instant_inverts_the_count_of_a_linear_ramp),
		cmocka_unit_test(arrivals_keep_their_count_over_a_change_of_rate),
		cmocka_unit_test(engines_together_follow_one_schedule),
		cmocka_unit_test(held_back_arrivals_keep_their_instants_after_a_change),
		cmocka_unit_test(arrivals_stand_still_while_paused),
		cmocka_unit_test(a_ramp_of_arrivals_goes_on_after_a_pause),
		cmocka_unit_test(a_full_log_keeps_the_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
