/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_POPULATION_H
#define THRONG_ENGINE_POPULATION_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/schedule.h"
#include "scenario/scenario.h"

/* How many users of each class exist at an instant: a pure function of the retargets so far, the
 * same in every engine.
 *
 * User k (from 0) of a class exists while k < the class's count: growing and shrinking touch only
 * the newest users of a class. On the way to new targets every class only grows or only shrinks,
 * one user a step; the steps of the classes are interleaved evenly (Sainte-Lague's order: step s
 * of d comes at (s + 1/2) / d of the way). */
struct population {
	unsigned class_count;
	uint32_t from[SCENARIO_CLASSES_MAX], target[SCENARIO_CLASSES_MAX];
	struct ramp ramp; /* over the steps of the way, from 0 */
};

/* Nobody, at rest. class_count: 1..SCENARIO_CLASSES_MAX. */
void population_init(struct population *pop, unsigned class_count);
/* Move to targets (class_count entries) at `rate` users per second; INFINITY: at once. */
void population_retarget(struct population *pop, uint64_t now_ns, const uint32_t *targets,
			 double rate);
/* Move to targets so that the last step falls on now_ns + over_ns. */
void population_retarget_over(struct population *pop, uint64_t now_ns, const uint32_t *targets,
			      uint64_t over_ns);
/* Users per class at now_ns: class_count entries. */
void population_at(const struct population *pop, uint64_t now_ns, uint32_t *counts);
uint64_t population_next_ns(const struct population *pop, uint64_t now_ns);
bool population_done(const struct population *pop, uint64_t now_ns);
uint32_t population_target(const struct population *pop); /* sum over the classes */

/* Of `count` users of a class, those that live in engine `index` of `engines`: the users k with
 * (k + class_id) % engines == index (staggered, or classes of one user would all land in engine
 * 0). */
uint32_t population_share(uint32_t count, unsigned class_id, unsigned index, unsigned engines);

#endif
