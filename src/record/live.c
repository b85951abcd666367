/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/live.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "scenario/scenario.h"

/* The last record of each engine is kept; the sums are made anew when one comes (ten a second and
 * engine). */

struct one { /* engine */
	struct sample status;
	struct live_class *classes;
	uint64_t last_ns; /* of any record */
	bool known, ended;
	/* permille of a core, from statuses under load */
	uint64_t cpu_sum, cpu_count;
	uint32_t cpu_max;
};

struct all {
	struct live live; /* first: the public part */
	unsigned engines;
	size_t class_count;
	struct one one[];
};

static struct all *all_of(struct live *live)
{
	return (struct all *)live;
}

static const struct all *const_all_of(const struct live *live)
{
	return (const struct all *)live;
}

struct live *live_new(const struct scenario *scenario, unsigned engines)
{
	struct all *all = mem_new(sizeof(*all) + engines * sizeof(struct one));

	all->engines = engines;
	all->class_count = scenario->class_count;
	all->live.spawn_rate = scenario->load.spawn_rate;
	all->live.classes = mem_array(scenario->class_count, sizeof(struct live_class));
	for (unsigned i = 0; i < engines; i++) {
		all->one[i].status.kind = RUN_IDLE;
		all->one[i].classes = mem_array(scenario->class_count, sizeof(struct live_class));
	}
	return &all->live;
}

void live_free(struct live *live)
{
	if (live == NULL)
		return;
	struct all *all = all_of(live);
	for (unsigned i = 0; i < all->engines; i++)
		free(all->one[i].classes);
	free(live->classes);
	free(all);
}

static enum run_state joint_state(const struct all *all)
{
	unsigned count[RUN_STATES] = { 0 };

	for (unsigned i = 0; i < all->engines; i++)
		count[all->one[i].ended ? RUN_DONE : all->one[i].status.kind]++;
	if (count[RUN_DONE] == all->engines)
		return RUN_DONE;
	if (count[RUN_DONE] + count[RUN_DRAINING] > 0)
		return RUN_DRAINING;
	if (count[RUN_SETUP] > 0)
		return RUN_SETUP;
	if (count[RUN_IDLE] == all->engines)
		return RUN_IDLE;
	if (count[RUN_RAMPING] + count[RUN_IDLE] > 0)
		return RUN_RAMPING;
	return count[RUN_PAUSED] > 0 ? RUN_PAUSED : RUN_RUNNING;
}

static void sum_up(struct all *all)
{
	struct live *live = &all->live;
	uint32_t cpu_permille = 0;

	live->users = live->in_flight = live->lag_p99_us = live->slip_max_us = 0;
	live->held_back = live->ring_waits = 0;
	live->connections = 0;
	live->due = live->started = 0;
	for (unsigned i = 0; i < all->engines; i++) {
		const struct sample *status = &all->one[i].status;
		live->users += status->u.status.live;
		live->in_flight += status->u.status.in_flight;
		live->held_back += status->u.status.held_back;
		live->due += status->u.status.due;
		live->started += status->u.status.started;
		live->ring_waits += status->u.status.ring_waits;
		live->connections += status->u.status.connections;
		if (status->u.status.lag_p99_us > live->lag_p99_us)
			live->lag_p99_us = status->u.status.lag_p99_us;
		if (status->u.status.slip_max_us > live->slip_max_us)
			live->slip_max_us = status->u.status.slip_max_us;
		if (status->u.status.cpu_permille > cpu_permille)
			cpu_permille = status->u.status.cpu_permille;
		if (status->u.status.spawn_rate_milli > 0)
			live->spawn_rate = status->u.status.spawn_rate_milli / 1000.0;
	}
	if (live->connections > live->most_connections)
		live->most_connections = live->connections;
	live->cpu_pct = cpu_permille / 10.0;
	live->state = joint_state(all);
}

static void sum_up_class(struct all *all, unsigned class_id)
{
	struct live_class *class = &all->live.classes[class_id];

	class->users = class->target = 0;
	for (unsigned i = 0; i < all->engines; i++) {
		class->users += all->one[i].classes[class_id].users;
		class->target += all->one[i].classes[class_id].target;
	}
	all->live.target = 0;
	for (size_t c = 0; c < all->class_count; c++)
		all->live.target += all->live.classes[c].target;
}

static void note_cpu(struct one *one, const struct sample *status)
{
	uint32_t permille = status->u.status.cpu_permille;

	if (status->kind != RUN_RAMPING && status->kind != RUN_RUNNING)
		return;
	one->cpu_sum += permille;
	one->cpu_count++;
	if (permille > one->cpu_max)
		one->cpu_max = permille;
}

struct live_cpu live_cpu(const struct live *live, unsigned engine)
{
	const struct all *all = const_all_of(live);

	assert(engine < all->engines);
	const struct one *one = &all->one[engine];
	return (struct live_cpu){
		.mean_pct = one->cpu_count == 0
				    ? 0
				    : (double)one->cpu_sum / 10.0 / (double)one->cpu_count,
		.max_pct = one->cpu_max / 10.0,
	};
}

void live_add(struct live *live, const struct sample *sample)
{
	struct all *all = all_of(live);

	assert(sample->engine < all->engines);
	struct one *one = &all->one[sample->engine];
	if (sample->type == SAMPLE_STATUS) {
		one->status = *sample;
		note_cpu(one, sample);
		sum_up(all);
	} else if (sample->type == SAMPLE_CLASS) {
		assert(sample->class_id < all->class_count);
		one->classes[sample->class_id].users = sample->u.users.live;
		one->classes[sample->class_id].target = sample->u.users.target;
		sum_up_class(all, sample->class_id);
	} else if (sample->type == SAMPLE_END) {
		one->ended = true;
		sum_up(all);
	}
}

void live_touch(struct live *live, unsigned engine, uint64_t at_ns)
{
	struct one *one = &all_of(live)->one[engine];

	one->known = true;
	if (at_ns > one->last_ns)
		one->last_ns = at_ns;
}

uint64_t live_watermark_ns(const struct live *live)
{
	const struct all *all = const_all_of(live);
	uint64_t mark = UINT64_MAX;

	for (unsigned i = 0; i < all->engines; i++) {
		if (!all->one[i].known)
			return 0;
		if (!all->one[i].ended && all->one[i].last_ns < mark)
			mark = all->one[i].last_ns;
	}
	return mark;
}

unsigned live_ended(const struct live *live)
{
	const struct all *all = const_all_of(live);
	unsigned ended = 0;

	for (unsigned i = 0; i < all->engines; i++)
		ended += all->one[i].ended;
	return ended;
}
