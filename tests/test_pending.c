/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "record/pending.h"
#include "samples.h"

/* Gives the number of the first one its samples hold as their user. */
static void expect_sorted(const struct pending_list *list, size_t count, uint32_t first)
{
	size_t i = 0;

	assert_int_equal(list->count, count);
	for (unsigned e = 0; e < list->by_endpoint.keys; e++) {
		uint32_t last = first;
		for (; i < list->by_endpoint.ends[e]; i++) {
			const struct sample *sample = &list->samples[list->by_endpoint.order[i]];
			assert_int_equal(sample->endpoint, e);
			assert_true(sample->u.request.user >= last);
			last = sample->u.request.user + 1;
		}
	}
	assert_int_equal(i, count);
}

static void all_come_back_by_endpoint_in_their_order(void **state)
{
	enum { ENDPOINTS = 700, ROUNDS = 20 };
	struct pending *pending = pending_new(ENDPOINTS);
	uint32_t sent = 0;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 3, 1);
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint32_t first = sent, seen = sent;
		size_t most = rng_below(&rng, 2 * PENDING_MAX), count = 0;
		for (; sent - first < most && !pending_full(pending); sent++) {
			struct sample sample =
				sample_ok((unsigned)rng_below(&rng, ENDPOINTS), 0, sent, 1);
			sample.u.request.user = sent;
			if (pending_add(pending, &sample))
				continue;
			const struct sample *arrivals = pending_arrivals(pending, &count);
			for (size_t i = 0; i < count; i++)
				assert_int_equal(arrivals[i].u.request.user, seen++);
		}
		const struct sample *rest = pending_arrivals(pending, &count);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(rest[i].u.request.user, seen++);
		assert_int_equal(seen, sent);
		assert_true(sent - first <= PENDING_MAX);
		const struct pending_list list = pending_take(pending);
		expect_sorted(&list, sent - first, first);
	}
	pending_free(pending);
}

static void none_are_none(void **state)
{
	struct pending *pending = pending_new(0);
	size_t count;

	(void)state;
	pending_arrivals(pending, &count);
	assert_int_equal(count, 0);
	assert_int_equal(pending_take(pending).count, 0);
	assert_false(pending_full(pending));
	pending_free(pending);
	pending_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_come_back_by_endpoint_in_their_order),
		cmocka_unit_test(none_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
