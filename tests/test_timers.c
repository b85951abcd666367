/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rng.h"
#include "engine/timers.h"

#define COUNT 500

static void they_come_due_in_order_and_equal_ones_as_set(void **state)
{
	(void)state;
	struct timers ts;
	struct timer t[4] = { 0 };

	timers_init(&ts);
	assert_int_equal(timers_next_ns(&ts), UINT64_MAX);
	timers_set(&ts, &t[0], 30);
	timers_set(&ts, &t[1], 10);
	timers_set(&ts, &t[2], 30);
	timers_set(&ts, &t[3], 20);
	assert_int_equal(timers_next_ns(&ts), 10);
	assert_null(timers_take(&ts, 9));
	assert_ptr_equal(timers_take(&ts, 10), &t[1]);
	assert_false(timer_is_set(&t[1]));
	assert_ptr_equal(timers_take(&ts, 100), &t[3]);
	assert_ptr_equal(timers_take(&ts, 100), &t[0]);
	assert_int_equal(t[0].at_ns, 30);
	assert_ptr_equal(timers_take(&ts, 100), &t[2]);
	assert_null(timers_take(&ts, 100));
	timers_fini(&ts);
}

static void moving_and_cancelling_keep_the_order(void **state)
{
	(void)state;
	struct timers ts;
	struct timer t[COUNT] = { 0 };
	uint64_t want[COUNT], last = 0;
	unsigned set = 0;
	struct rng rng;

	timers_init(&ts);
	rng_seed(&rng, 1, 1);
	for (int i = 0; i < 20000; i++) {
		unsigned k = (unsigned)rng_below(&rng, COUNT);
		if (rng_below(&rng, 4) == 0) {
			set -= timer_is_set(&t[k]);
			timers_cancel(&ts, &t[k]);
		} else {
			set += !timer_is_set(&t[k]);
			want[k] = rng_below(&rng, 1000);
			timers_set(&ts, &t[k], want[k]);
		}
	}
	assert_int_equal(ts.count, set);
	for (struct timer *timer; (timer = timers_take(&ts, UINT64_MAX)) != NULL; set--) {
		assert_int_equal(timer->at_ns, want[timer - t]);
		assert_true(timer->at_ns >= last);
		last = timer->at_ns;
	}
	assert_int_equal(set, 0);
	timers_fini(&ts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_come_due_in_order_and_equal_ones_as_set),
		cmocka_unit_test(moving_and_cancelling_keep_the_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
