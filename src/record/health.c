/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "message/failure.h"
#include "record/histogram.h"

/* Why these thresholds: a stall of 100 ms in one second of ten reaches one request in a hundred
 * of the run, so above that the generator's own p99 is in the p99 it reports; below, it is not. A
 * thread at 95 % of a core has no room left for the next request. A ring that is full holds
 * requests back that the schedule wanted. */
static const struct health_rule rules[HEALTH_KINDS] = {
	[HEALTH_LAG] = { "loop lag", "ms", 100, 0.1, 5,
			 "the p99 of the event loop's lag: requests go out late by it" },
	[HEALTH_CPU] = { "engine CPU", "%", 95, 0.1, 5,
			 "CPU time of the busiest engine thread, one core = 100 %: more load than "
			 "this could not be made" },
	[HEALTH_SLIP] = { "start slip", "ms", 100, 0.1, 5,
			  "how far behind its schedule the latest request was started" },
	[HEALTH_RING] = { "recorder waits", "", 1, 0.1, 5,
			  "how often an engine waited because results were not taken in fast "
			  "enough" },
	[HEALTH_FILES] = { "files or ports exhausted", "", 1, 0, 1,
			   "requests that could not be made because open files, local ports or "
			   "memory had run out: these failures are this machine's" },
};

/* The same reasoning for stalls of any length: standing still for s seconds delays what would have
 * been sent in them. When they add up to 1 % of the run, that is in its p99. */
#define STALLED_SHARE 0.01
#define STALL_MOST_MS 1000.0

#define STEADY_ENOUGH  10
#define RECENT_SECONDS 5
#define RECENT_BAD     3

struct tally {
	double worst;
	double bad_sum; /* values of the bad seconds, none counted above STALL_MOST_MS */
	unsigned bad, judged;
};

struct rule_state {
	double value; /* of the second under way */
	struct tally steady, loaded;
	unsigned recent; /* bit i: bad i seconds ago */
};

struct engine {
	uint32_t ring_waits; /* at its last status */
	unsigned readings;   /* of CPU in the second under way */
	double cpu_sum;
};

struct health {
	struct histogram *slip; /* of each start that a schedule wanted */
	struct rule_state state[HEALTH_KINDS];
	struct engine engines[UINT8_MAX + 1];
	enum run_state last_state;
	bool begun;
	bool limited, troubled;
	char reason[160]; /* of limited, else of troubled */
};

struct health *health_new(void)
{
	struct health *health = mem_new(sizeof(struct health));

	health->slip = histogram_new_coarse();
	return health;
}

void health_free(struct health *health)
{
	if (health != NULL)
		histogram_free(health->slip);
	free(health);
}

uint64_t health_slip_us(const struct health *health, double q)
{
	return histogram_count(health->slip) > 0 ? histogram_quantile(health->slip, q) : 0;
}

/* A request without a schedule of its own is wanted when it starts. */
static void take_slip(struct health *health, const struct sample *sample)
{
	uint64_t wanted = sample->u.request.intended_ns, start = sample->u.request.start_ns;

	if (wanted != 0 && start > wanted)
		histogram_add(health->slip, (start - wanted) / 1000);
}

const struct health_rule *health_rule(enum health_kind kind)
{
	return &rules[kind];
}

static void note_max(struct health *health, enum health_kind kind, double value)
{
	if (value > health->state[kind].value)
		health->state[kind].value = value;
}

void health_add(struct health *health, const struct sample *sample)
{
	if (sample->type == SAMPLE_STATUS) {
		struct engine *engine = &health->engines[sample->engine];
		note_max(health, HEALTH_LAG, sample->u.status.lag_p99_us / 1000.0);
		note_max(health, HEALTH_SLIP, sample->u.status.slip_max_us / 1000.0);
		engine->cpu_sum += sample->u.status.cpu_permille / 10.0;
		engine->readings++;
		if (sample->u.status.ring_waits > engine->ring_waits)
			health->state[HEALTH_RING].value +=
				sample->u.status.ring_waits - engine->ring_waits;
		engine->ring_waits = sample->u.status.ring_waits;
	} else if (sample->type == SAMPLE_EVENT && sample->kind == EVENT_NO_FILES) {
		health->state[HEALTH_FILES].value++;
	} else if (sample->type == SAMPLE_REQUEST) {
		take_slip(health, sample);
		if (sample->outcome == OUTCOME_FAILED && sample->kind == FAILURE_LOCAL)
			health->state[HEALTH_FILES].value++;
	}
}

/* CPU of an engine is its mean over the second; the busiest engine counts. */
static void take_cpu(struct health *health)
{
	for (unsigned i = 0; i <= UINT8_MAX; i++) {
		struct engine *engine = &health->engines[i];
		if (engine->readings > 0)
			note_max(health, HEALTH_CPU, engine->cpu_sum / engine->readings);
		engine->cpu_sum = 0;
		engine->readings = 0;
	}
}

static void judge(struct tally *tally, double value, bool bad)
{
	tally->judged++;
	tally->bad += bad;
	if (bad)
		tally->bad_sum += value < STALL_MOST_MS ? value : STALL_MOST_MS;
	if (value > tally->worst)
		tally->worst = value;
}

static void explain(struct health *health, enum health_kind kind)
{
	struct health_state state = health_state(health, kind);
	const struct health_rule *rule = &rules[kind];
	const char *blank = rule->unit[0] == '\0' ? "" : " ";

	if (kind == HEALTH_FILES)
		snprintf(health->reason, sizeof(health->reason), "%s: %.0f in the worst second",
			 rule->name, state.worst);
	else
		snprintf(health->reason, sizeof(health->reason),
			 "%s up to %.0f%s%s (limit %.0f%s%s) in %u of %u seconds", rule->name,
			 state.worst, blank, rule->unit, rule->threshold, blank, rule->unit,
			 state.bad, state.judged);
}

static void conclude(struct health *health)
{
	health->limited = health->troubled = false;
	health->reason[0] = '\0';
	for (unsigned kind = 0; kind < HEALTH_KINDS && !health->limited; kind++) {
		if (health_state(health, kind).broken) {
			health->limited = health->troubled = true;
			explain(health, kind);
		} else if (!health->troubled &&
			   __builtin_popcount(health->state[kind].recent) >= RECENT_BAD) {
			health->troubled = true;
			explain(health, kind);
		}
	}
}

void health_second(struct health *health, enum run_state state)
{
	bool loaded = state == RUN_RAMPING || state == RUN_RUNNING;
	bool steady = state == RUN_RUNNING && health->last_state == RUN_RUNNING && health->begun;

	take_cpu(health);
	for (unsigned kind = 0; kind < HEALTH_KINDS; kind++) {
		struct rule_state *rule = &health->state[kind];
		bool bad = rule->value >= rules[kind].threshold;
		/* out of files counts whenever it happens, also while draining */
		if (loaded || (bad && kind == HEALTH_FILES))
			judge(&rule->loaded, rule->value, bad);
		if (steady || (bad && kind == HEALTH_FILES))
			judge(&rule->steady, rule->value, bad);
		rule->recent = (rule->recent << 1 | (bad && loaded)) & ((1u << RECENT_SECONDS) - 1);
		rule->value = 0;
	}
	health->last_state = state;
	health->begun = true;
	conclude(health);
}

bool health_limited(const struct health *health, const char **reason)
{
	if (reason != NULL)
		*reason = health->limited ? health->reason : "";
	return health->limited;
}

bool health_troubled(const struct health *health, const char **reason)
{
	if (reason != NULL)
		*reason = health->reason;
	return health->troubled;
}

struct health_state health_state(const struct health *health, enum health_kind kind)
{
	const struct rule_state *rule = &health->state[kind];
	const struct tally *tally =
		rule->steady.judged >= STEADY_ENOUGH ? &rule->steady : &rule->loaded;

	bool many = tally->bad > rules[kind].share * tally->judged;
	bool long_enough = (kind == HEALTH_LAG || kind == HEALTH_SLIP) &&
			   tally->bad_sum > STALLED_SHARE * STALL_MOST_MS * tally->judged;

	return (struct health_state){ .worst = tally->worst,
				      .bad = tally->bad,
				      .judged = tally->judged,
				      .broken = tally->bad >= rules[kind].seconds &&
						(many || long_enough) };
}
