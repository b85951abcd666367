/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "engine/population.h"

#define S  CLOCK_NS_PER_SEC
#define MS CLOCK_NS_PER_MS

static void classes_grow_in_proportion_all_the_way(void **state)
{
	(void)state;
	static const uint32_t targets[4] = { 500, 250, 200, 50 };
	struct population pop;
	uint32_t counts[4];

	population_init(&pop, 4);
	population_retarget(&pop, 0, targets, 100);
	assert_int_equal(population_target(&pop), 1000);
	for (uint64_t t = 0; t < 10 * S; t += 33 * MS) {
		uint32_t sum = 0;
		population_at(&pop, t, counts);
		for (unsigned c = 0; c < 4; c++) {
			sum += counts[c];
		}
		assert_int_equal(sum, t / (10 * MS) + 1);
		for (unsigned c = 0; c < 4; c++) {
			assert_true(fabs(counts[c] - sum * targets[c] / 1000.0) <= 1);
		}
	}
	population_at(&pop, 10 * S, counts);
	assert_memory_equal(counts, targets, sizeof(targets));
	assert_true(population_done(&pop, 10 * S));
}

/* On its way each class only grows or only shrinks, one user in all a step, whatever the
 * numbers: nobody is ended and made again. */
static void every_step_moves_one_user_the_right_way(void **state)
{
	(void)state;
	struct rng rng;

	rng_seed(&rng, 3, 0);
	for (int round = 0; round < 60; round++) {
		unsigned n = 1 + (unsigned)rng_below(&rng, 9);
		uint32_t from[9], to[9], before[9], now[9];
		struct population pop;
		population_init(&pop, n);
		for (unsigned c = 0; c < n; c++) {
			from[c] = (uint32_t)rng_below(&rng, round % 2 == 0 ? 5 : 90);
			to[c] = (uint32_t)rng_below(&rng, round % 3 == 0 ? 5 : 90);
		}
		population_retarget(&pop, 0, from, INFINITY);
		population_at(&pop, 0, before);
		assert_memory_equal(before, from, n * sizeof(from[0]));
		population_retarget(&pop, S, to, 10);
		population_at(&pop, S, before);
		for (uint64_t t = S, next; (next = population_next_ns(&pop, t)) != UINT64_MAX;
		     t = next) {
			unsigned moved = 0;
			population_at(&pop, next, now);
			for (unsigned c = 0; c < n; c++) {
				if (now[c] != before[c]) {
					moved++;
					assert_int_equal(now[c], to[c] > from[c] ? before[c] + 1
										 : before[c] - 1);
				}
			}
			assert_int_equal(moved, 1);
			memcpy(before, now, sizeof(now));
		}
		assert_memory_equal(before, to, n * sizeof(to[0]));
	}
}

static void a_retarget_on_the_way_goes_on_from_there(void **state)
{
	(void)state;
	static const uint32_t up[2] = { 60, 30 }, down[2] = { 0, 40 };
	struct population pop;
	uint32_t before[2], after[2];

	population_init(&pop, 2);
	population_retarget(&pop, 0, up, 10);
	population_at(&pop, 4 * S, before);
	population_retarget(&pop, 4 * S, down, 10);
	population_at(&pop, 4 * S, after);
	assert_memory_equal(before, after, sizeof(before));
	assert_int_equal(population_next_ns(&pop, 4 * S), 4 * S + 100 * MS);
	population_at(&pop, 20 * S, after);
	assert_memory_equal(after, down, sizeof(down));
}

static void over_a_time_the_last_step_falls_on_its_end(void **state)
{
	(void)state;
	static const uint32_t targets[2] = { 7, 6 };
	struct population pop;

	population_init(&pop, 2);
	population_retarget_over(&pop, S, targets, 3 * S);
	assert_false(population_done(&pop, 4 * S - 1));
	assert_true(population_done(&pop, 4 * S));
}

static void engines_own_each_user_once(void **state)
{
	(void)state;
	for (unsigned engines = 1; engines <= 5; engines++) {
		for (unsigned class_id = 0; class_id < 7; class_id++) {
			for (uint32_t count = 0; count < 40; count++) {
				uint32_t sum = 0, want[5] = { 0 };
				for (uint32_t k = 0; k < count; k++) {
					want[(k + class_id) % engines]++;
				}
				for (unsigned i = 0; i < engines; i++) {
					uint32_t share =
						population_share(count, class_id, i, engines);
					assert_int_equal(share, want[i]);
					sum += share;
				}
				assert_int_equal(sum, count);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_grow_in_proportion_all_the_way),
		cmocka_unit_test(every_step_moves_one_user_the_right_way),
		cmocka_unit_test(a_retarget_on_the_way_goes_on_from_there),
		cmocka_unit_test(over_a_time_the_last_step_falls_on_its_end),
		cmocka_unit_test(engines_own_each_user_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
