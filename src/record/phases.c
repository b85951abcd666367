/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/phases.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/histogram.h"

#define SHORTEST_NS CLOCK_NS_PER_SEC

struct phases {
	size_t count;
	uint32_t target;        /* of the phase under way */
	struct histogram *hist; /* of the phase under way */
	struct phase phases[PHASES_MAX];
};

static const char *const names[] = {
	[PHASE_RAMP_UP] = "ramp up", [PHASE_CONSTANT] = "constant", [PHASE_RAMP_DOWN] = "ramp down",
	[PHASE_PAUSED] = "paused",   [PHASE_DRAIN] = "drain",
};

const char *phase_name(enum phase_kind kind)
{
	return names[kind];
}

struct phases *phases_new(void)
{
	struct phases *phases = mem_new(sizeof(*phases));

	phases->hist = histogram_new();
	return phases;
}

void phases_free(struct phases *phases)
{
	if (phases == NULL)
		return;
	histogram_free(phases->hist);
	free(phases);
}

static void measure(const struct histogram *hist, struct phase *phase)
{
	static const double qs[] = { 0.5, 0.99 };
	uint64_t us[2];

	histogram_quantiles(hist, qs, 2, us);
	phase->mean_us = histogram_mean(hist);
	phase->p50_us = us[0];
	phase->p99_us = us[1];
	phase->max_us = histogram_max(hist);
}

static bool kind_of(enum run_state state, uint32_t users, uint32_t target, enum phase_kind *kind)
{
	switch (state) {
	case RUN_RAMPING:
		*kind = target < users ? PHASE_RAMP_DOWN : PHASE_RAMP_UP;
		return true;
	case RUN_RUNNING:
		*kind = PHASE_CONSTANT;
		return true;
	case RUN_PAUSED:
		*kind = PHASE_PAUSED;
		return true;
	case RUN_DRAINING:
	case RUN_DONE:
		*kind = PHASE_DRAIN;
		return true;
	case RUN_IDLE:
	case RUN_SETUP:
	case RUN_STATES:
		break;
	}
	return false;
}

static bool continues(const struct phases *phases, enum phase_kind kind, uint32_t users,
		      uint32_t target)
{
	const struct phase *last = &phases->phases[phases->count - 1];

	if (kind != last->kind)
		return false;
	/* a jump of the users at constant load is another constant load */
	return kind != PHASE_CONSTANT || (users == last->users_to && target == phases->target);
}

void phases_update(struct phases *phases, uint64_t at_ns, enum run_state state, uint32_t users,
		   uint32_t target)
{
	struct phase *last = phases->count > 0 ? &phases->phases[phases->count - 1] : NULL;
	enum phase_kind kind;

	if (!kind_of(state, users, target, &kind))
		return;
	/* arrived, and the engines have not said so yet: the same ramp */
	if (state == RUN_RAMPING && users == target && last != NULL &&
	    last->kind == PHASE_RAMP_DOWN)
		kind = PHASE_RAMP_DOWN;
	if (last != NULL && at_ns > last->end_ns)
		last->end_ns = at_ns;
	if (last != NULL && continues(phases, kind, users, target)) {
		last->users_to = users;
		phases->target = target;
		return;
	}
	phases->target = target;
	if (last != NULL && last->end_ns - last->start_ns < SHORTEST_NS) {
		last->kind = kind;
		last->users_to = users;
		if (kind == PHASE_CONSTANT)
			last->users_from = users;
		return;
	}
	if (phases->count == PHASES_MAX) {
		last->users_to = users;
		return;
	}
	if (last != NULL) {
		measure(phases->hist, last);
		/* the report that ends a ramp tells where it arrived */
		if (last->kind == PHASE_RAMP_UP || last->kind == PHASE_RAMP_DOWN)
			last->users_to = users;
	}
	histogram_reset(phases->hist);
	phases->phases[phases->count++] = (struct phase){
		.kind = kind,
		.start_ns = last ? last->end_ns : at_ns,
		.end_ns = last ? last->end_ns : at_ns,
		.users_from = kind == PHASE_CONSTANT ? users
			      : last != NULL         ? last->users_to
						     : 0,
		.users_to = users,
	};
}

void phases_add(struct phases *phases, uint64_t response_us, bool failed)
{
	if (phases->count == 0)
		return;
	struct phase *last = &phases->phases[phases->count - 1];
	last->requests++;
	last->failures += failed;
	histogram_add(phases->hist, response_us);
}

size_t phases_count(const struct phases *phases)
{
	return phases->count;
}

struct phase phases_at(const struct phases *phases, size_t i)
{
	struct phase phase = phases->phases[i];

	if (i == phases->count - 1)
		measure(phases->hist, &phase);
	return phase;
}
