/* SPDX-License-Identifier: MIT */
/* Users per class over time. Pure. Cost of population_at: classes x classes at worst, a few
 * dozen operations for real scenarios; called once per step of a ramp, not per request. */
#include "config.h"

#include "engine/population.h"

#include <assert.h>

void population_init(struct population *pop, unsigned class_count)
{
	assert(class_count >= 1 && class_count <= SCENARIO_CLASSES_MAX);
	*pop = (struct population){ .class_count = class_count };
	ramp_init(&pop->ramp, 0);
}

static uint32_t distance(const struct population *pop, unsigned i)
{
	return pop->from[i] < pop->target[i] ? pop->target[i] - pop->from[i]
					     : pop->from[i] - pop->target[i];
}

/* Is the next step of class a due before the next step of class b, when the classes have made
 * made_a and made_b steps of their own? Order: (2 made + 1) / (2 distance), then class. */
static bool comes_first(const struct population *pop, unsigned a, uint32_t made_a, unsigned b,
			uint32_t made_b)
{
	uint64_t left = (2 * (uint64_t)made_a + 1) * distance(pop, b);
	uint64_t right = (2 * (uint64_t)made_b + 1) * distance(pop, a);

	return left < right || (left == right && a < b);
}

/* How many of the first `steps` steps of the way are each class's own. The exact order is an
 * infinite merge; rounding the proportional share is off by a few steps at most, which are then
 * added or taken back in the order of the merge. */
static void split_steps(const struct population *pop, uint32_t steps, uint32_t *made)
{
	uint64_t all = pop->ramp.target, sum = 0;

	for (unsigned i = 0; i < pop->class_count; i++) {
		made[i] = all == 0 ? 0
				   : (uint32_t)((2 * (uint64_t)steps * distance(pop, i) + all) /
						(2 * all));
		sum += made[i];
	}
	for (; sum < steps; sum++) {
		unsigned best = SCENARIO_CLASSES_MAX;
		for (unsigned i = 0; i < pop->class_count; i++) {
			if (made[i] < distance(pop, i) &&
			    (best == SCENARIO_CLASSES_MAX ||
			     comes_first(pop, i, made[i], best, made[best]))) {
				best = i;
			}
		}
		assert(best < pop->class_count);
		made[best]++;
	}
	for (; sum > steps; sum--) {
		unsigned last = SCENARIO_CLASSES_MAX;
		for (unsigned i = 0; i < pop->class_count; i++) {
			if (made[i] > 0 &&
			    (last == SCENARIO_CLASSES_MAX ||
			     comes_first(pop, last, made[last] - 1, i, made[i] - 1))) {
				last = i;
			}
		}
		made[last]--;
	}
}

void population_at(const struct population *pop, uint64_t now_ns, uint32_t *counts)
{
	uint32_t made[SCENARIO_CLASSES_MAX];

	split_steps(pop, ramp_at(&pop->ramp, now_ns), made);
	for (unsigned i = 0; i < pop->class_count; i++) {
		counts[i] = pop->from[i] < pop->target[i] ? pop->from[i] + made[i]
							  : pop->from[i] - made[i];
	}
}

/* Begin a new way where the old one stands; returns its number of steps. */
static uint32_t begin_way(struct population *pop, uint64_t now_ns, const uint32_t *targets)
{
	uint32_t counts[SCENARIO_CLASSES_MAX];
	uint32_t steps = 0;

	population_at(pop, now_ns, counts);
	for (unsigned i = 0; i < pop->class_count; i++) {
		pop->from[i] = counts[i];
		pop->target[i] = targets[i];
		steps += distance(pop, i);
	}
	return steps;
}

void population_retarget(struct population *pop, uint64_t now_ns, const uint32_t *targets,
			 double rate)
{
	uint32_t steps = begin_way(pop, now_ns, targets);

	/* Keeps the rhythm of the steps; the count of steps begins anew. */
	ramp_retarget(&pop->ramp, now_ns, steps, rate);
	pop->ramp.from = 0;
}

void population_retarget_over(struct population *pop, uint64_t now_ns, const uint32_t *targets,
			      uint64_t over_ns)
{
	uint32_t steps = begin_way(pop, now_ns, targets);

	ramp_init(&pop->ramp, 0);
	ramp_retarget_over(&pop->ramp, now_ns, steps, over_ns);
}

uint64_t population_next_ns(const struct population *pop, uint64_t now_ns)
{
	return ramp_next_ns(&pop->ramp, now_ns);
}

bool population_done(const struct population *pop, uint64_t now_ns)
{
	return ramp_done(&pop->ramp, now_ns);
}

uint32_t population_target(const struct population *pop)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < pop->class_count; i++) {
		sum += pop->target[i];
	}
	return sum;
}

uint32_t population_share(uint32_t count, unsigned class_id, unsigned index, unsigned engines)
{
	uint32_t first = (index + engines - class_id % engines) % engines;

	return count > first ? (count - first - 1) / engines + 1 : 0;
}
