/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "record/histogram.h"
#include "record/sliding.h"
#include "samples.h"

static const struct tallies one = { .requests = 1, .ok = 1, .bytes = 10 };

/* Every window against a histogram made from the requests that ended in it. */
static void check(uint64_t length_s, unsigned seconds)
{
	enum { PER_SECOND = 5 };
	struct sliding *sliding = sliding_new(length_s * SEC);
	uint64_t *us = mem_array((size_t)seconds * PER_SECOND, sizeof(*us));
	unsigned windows = 0;
	struct rng rng;

	rng_seed(&rng, length_s, seconds);
	sliding_start(sliding, 0);
	for (unsigned s = 0; s < seconds; s++) {
		for (unsigned i = 0; i < PER_SECOND; i++) {
			uint64_t *value = &us[s * PER_SECOND + i];
			*value = 1 + (uint64_t)rng_exponential(&rng, 30000);
			sliding_add(sliding, s * SEC + i, &one, *value);
		}
		while (sliding_close(sliding, (s + 1) * SEC)) {
			struct sliding_window window = sliding_window(sliding);
			if (!window.full)
				continue;
			uint64_t from = window.begin_ns / SEC, to = window.end_ns / SEC;
			struct histogram *truth = histogram_new();
			for (uint64_t k = from * PER_SECOND; k < to * PER_SECOND; k++)
				histogram_add(truth, us[k]);
			assert_int_equal(window.tallies->requests, (to - from) * PER_SECOND);
			assert_int_equal(window.tallies->bytes, (to - from) * PER_SECOND * 10);
			assert_int_equal(histogram_count(window.times), (to - from) * PER_SECOND);
			assert_true(to - from >= length_s);
			double got = (double)histogram_quantile(window.times, 0.9);
			double want = (double)histogram_quantile(truth, 0.9);
			assert_true(got >= want * 0.998 && got <= want * 1.002);
			histogram_free(truth);
			windows++;
		}
	}
	assert_true(windows > 0);
	free(us);
	sliding_free(sliding);
}

static void every_window_holds_its_own_requests(void **state)
{
	(void)state;
	check(1, 20);
	check(10, 60);
	check(60, 200);
	check(1200, 2500); /* longer than there are slices: steps of two seconds */
}

static void windows_are_full_only_once_they_are_covered(void **state)
{
	struct sliding *sliding = sliding_new(3 * SEC);
	struct sliding_window window;

	(void)state;
	sliding_start(sliding, 5 * SEC);
	assert_false(sliding_close(sliding, 6 * SEC - 1));
	for (unsigned s = 5; s < 9; s++) {
		sliding_add(sliding, s * SEC, &one, 100);
		assert_true(sliding_close(sliding, (s + 1) * SEC));
		window = sliding_window(sliding);
		assert_int_equal(window.full, s >= 7);
		assert_int_equal(window.begin_ns, s < 8 ? 5 * SEC : (s - 2) * SEC);
		assert_int_equal(window.end_ns, (s + 1) * SEC);
		assert_int_equal(window.tallies->requests, s < 8 ? s - 4 : 3);
	}
	sliding_free(sliding);
}

static void lengths_are_rounded_up_to_seconds(void **state)
{
	struct sliding *sliding = sliding_new(1500 * MS);

	(void)state;
	sliding_start(sliding, 0);
	assert_true(sliding_close(sliding, SEC));
	assert_false(sliding_window(sliding).full);
	assert_true(sliding_close(sliding, 2 * SEC));
	assert_true(sliding_window(sliding).full);
	sliding_free(sliding);
}

static void late_and_far_requests_are_counted_once(void **state)
{
	struct sliding *sliding = sliding_new(4 * SEC);
	uint64_t seen = 0;

	(void)state;
	sliding_start(sliding, 0);
	sliding_close(sliding, SEC);
	sliding_add(sliding, 0, &one, 100);         /* its second is closed */
	sliding_add(sliding, 500 * SEC, &one, 100); /* far ahead */
	for (unsigned s = 2; s < 30; s++) {
		while (sliding_close(sliding, s * SEC)) {
			struct sliding_window window = sliding_window(sliding);
			if (window.end_ns % (4 * SEC) == 0) /* windows side by side */
				seen += window.tallies->requests;
		}
	}
	assert_int_equal(seen, 2);
	/* aborted ones have no time */
	const struct tallies cut = { .aborted = 1 };
	sliding_start(sliding, 0);
	sliding_add(sliding, 0, &cut, 999);
	sliding_close(sliding, SEC);
	assert_int_equal(sliding_window(sliding).tallies->aborted, 1);
	assert_int_equal(histogram_count(sliding_window(sliding).times), 0);
	sliding_free(sliding);
	sliding_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_window_holds_its_own_requests),
		cmocka_unit_test(windows_are_full_only_once_they_are_covered),
		cmocka_unit_test(lengths_are_rounded_up_to_seconds),
		cmocka_unit_test(late_and_far_requests_are_counted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
