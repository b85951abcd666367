/* SPDX-License-Identifier: MIT */
/* Load and commands into targets. Pure but for its struct; no clock, no thread. Engines that see
 * a command a moment after they have begun the next stage may stand one step of a ramp apart
 * from the others until that ramp is over: it ends at the same users everywhere. */
#include "config.h"

#include "engine/steering.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "message/command.h"
#include "scenario/scenario.h"

/* By the classes' weights and fixed numbers. */
static void split(const struct steering *st, uint32_t total, uint32_t *targets)
{
	unsigned counts[SCENARIO_CLASSES_MAX];

	scenario_split_users(st->scenario, total, counts);
	for (size_t i = 0; i < st->scenario->class_count; i++) {
		targets[i] = counts[i];
	}
}

/* In the proportions set by hand: largest remainder, earlier classes first on a tie. */
static void split_by_shares(const struct steering *st, uint32_t total, uint32_t *targets)
{
	size_t n = st->scenario->class_count;
	double sum = 0, rest[SCENARIO_CLASSES_MAX];
	uint32_t given = 0;

	assert(n > 0);
	for (size_t i = 0; i < n; i++) {
		sum += st->shares[i];
	}
	for (size_t i = 0; i < n; i++) {
		double exact = total * st->shares[i] / sum;
		targets[i] = (uint32_t)exact;
		rest[i] = exact - targets[i];
		given += targets[i];
	}
	for (; given < total; given++) {
		size_t best = 0;
		for (size_t i = 1; i < n; i++) {
			if (rest[i] > rest[best]) {
				best = i;
			}
		}
		rest[best] = -1;
		targets[best]++;
	}
}

/* Users of an open load carry arrivals; they are no load themselves and come at once. */
static void move_users(struct steering *st, uint64_t clock_ns, const uint32_t *targets)
{
	if (!st->started) {
		population_init(&st->population, (unsigned)st->scenario->class_count);
	}
	population_retarget(&st->population, clock_ns, targets,
			    st->open ? INFINITY : st->spawn_rate);
}

static uint32_t clamp_users(const struct steering *st, double users)
{
	if (!(users > 0)) {
		return 0;
	}
	return users < st->max_users ? (uint32_t)llround(users) : st->max_users;
}

/* The same for the arrival rate. */
static double clamp_rate(const struct steering *st, double rate)
{
	double most = st->scenario->load.max_rate;

	if (!(rate > 0)) {
		return 0;
	}
	return most > 0 && rate > most ? most : rate;
}

void steering_init(struct steering *st, const struct scenario *scenario)
{
	const struct load *load = &scenario->load;
	uint32_t targets[SCENARIO_CLASSES_MAX];

	memset(st, 0, sizeof(*st));
	st->scenario = scenario;
	st->open = load->open;
	st->spawn_rate = load->spawn_rate > 0 ? load->spawn_rate : INFINITY;
	st->max_users = load->max_users > 0 ? load->max_users : UINT32_MAX / 2;
	st->end_ns = load->duration_ns > 0 ? load->duration_ns : UINT64_MAX;
	arrivals_log_init(&st->arrivals, 0);
	population_init(&st->population, (unsigned)scenario->class_count);
	if (st->open || load->stage_count == 0) {
		split(st, clamp_users(st, load->users), targets);
		move_users(st, 0, targets);
	}
}

uint64_t steering_clock_ns(const struct steering *st, uint64_t now_ns)
{
	uint64_t at = st->paused && st->stopped_at_ns < now_ns ? st->stopped_at_ns : now_ns;

	if (!st->started || at < st->start_ns + st->stood_ns) {
		return st->floor_ns;
	}
	at -= st->start_ns + st->stood_ns;
	return at > st->floor_ns ? at : st->floor_ns;
}

uint64_t steering_instant(const struct steering *st, uint64_t clock_ns)
{
	if (!st->started || st->paused || clock_ns == UINT64_MAX) {
		return UINT64_MAX;
	}
	return clock_ns + st->start_ns + st->stood_ns;
}

void steering_start(struct steering *st, uint64_t start_ns)
{
	const struct load *load = &st->scenario->load;

	st->started = true;
	st->start_ns = start_ns;
	if (st->paused) {
		st->stopped_at_ns = start_ns;
	}
	if (st->open && st->manual_rate) {
		arrivals_log_retarget(&st->arrivals, start_ns, st->early_rate, 0);
	} else if (st->open && load->stage_count == 0) {
		arrivals_log_retarget(&st->arrivals, start_ns, load->rate, load->rate_over_ns);
	}
}

static void set_users(struct steering *st, uint64_t clock_ns, const struct command *command)
{
	uint32_t targets[SCENARIO_CLASSES_MAX];
	size_t n = st->scenario->class_count;

	st->manual_users = true;
	if (command->class_id == COMMAND_ALL) {
		uint32_t total = clamp_users(st, command->value);
		if (st->own_shares) {
			split_by_shares(st, total, targets);
		} else {
			split(st, total, targets);
		}
	} else {
		uint32_t others = 0;
		memcpy(targets, st->population.target, n * sizeof(*targets));
		targets[command->class_id] = 0;
		for (size_t i = 0; i < n; i++) {
			others += targets[i];
		}
		uint32_t wanted = clamp_users(st, command->value);
		uint32_t room = others < st->max_users ? st->max_users - others : 0;
		targets[command->class_id] = wanted < room ? wanted : room;
		if (others + targets[command->class_id] > 0) {
			st->own_shares = true;
			for (size_t i = 0; i < n; i++) {
				st->shares[i] = targets[i];
			}
		}
	}
	move_users(st, clock_ns, targets);
}

static void set_rate(struct steering *st, uint64_t at_ns, double rate)
{
	const struct load *load = &st->scenario->load;
	uint32_t targets[SCENARIO_CLASSES_MAX];

	st->manual_rate = true;
	st->early_rate = clamp_rate(st, rate);
	if (st->started) {
		arrivals_log_retarget(&st->arrivals, at_ns, st->early_rate, 0);
	}
	if (st->panicked && rate > 0) {
		st->panicked = false;
		split(st, clamp_users(st, load->users), targets);
		move_users(st, steering_clock_ns(st, at_ns), targets);
	}
}

static void panic(struct steering *st, uint64_t at_ns)
{
	static const uint32_t nobody[SCENARIO_CLASSES_MAX];

	st->manual_users = st->manual_rate = true;
	population_retarget(&st->population, steering_clock_ns(st, at_ns), nobody, INFINITY);
	if (st->open) {
		set_rate(st, at_ns, 0);
		st->panicked = true;
	}
}

static bool pause_clock(struct steering *st, uint64_t at_ns)
{
	if (st->paused) {
		return false;
	}
	st->floor_ns = steering_clock_ns(st, at_ns);
	st->stopped_at_ns = at_ns;
	st->paused = true;
	arrivals_log_pause(&st->arrivals, at_ns);
	return true;
}

static bool resume_clock(struct steering *st, uint64_t at_ns)
{
	if (!st->paused) {
		return false;
	}
	st->paused = false;
	if (st->started && at_ns > st->stopped_at_ns) {
		st->stood_ns += at_ns - st->stopped_at_ns;
	}
	arrivals_log_resume(&st->arrivals, at_ns);
	return true;
}

bool steering_command(struct steering *st, const struct command *command)
{
	uint64_t clock_ns = steering_clock_ns(st, command->at_ns);

	switch ((enum command_type)command->type) {
	case COMMAND_USERS:
		if (command->class_id != COMMAND_ALL &&
		    command->class_id >= st->scenario->class_count) {
			return false;
		}
		set_users(st, clock_ns, command);
		return true;
	case COMMAND_SPAWN_RATE:
		if (!(command->value > 0) || st->open) {
			return false;
		}
		st->spawn_rate = command->value;
		if (!population_done(&st->population, clock_ns)) {
			uint32_t targets[SCENARIO_CLASSES_MAX];
			memcpy(targets, st->population.target, sizeof(targets));
			move_users(st, clock_ns, targets);
		}
		return true;
	case COMMAND_ARRIVAL_RATE:
		if (!st->open) {
			return false;
		}
		set_rate(st, command->at_ns, command->value);
		return true;
	case COMMAND_PAUSE:
		return pause_clock(st, command->at_ns);
	case COMMAND_RESUME:
		return resume_clock(st, command->at_ns);
	case COMMAND_PANIC:
		panic(st, command->at_ns);
		return true;
	case COMMAND_START:
	case COMMAND_STOP:
	case COMMAND_STOP_NOW:
	case COMMAND_RESET:
	case COMMAND_MARK:
	case COMMAND_FOCUS:
	case COMMAND_SAVE_SCENARIO:
	case COMMAND_LOG:
		break;
	}
	return false;
}

static void begin_stage(struct steering *st, const struct stage *stage)
{
	uint32_t targets[SCENARIO_CLASSES_MAX];

	switch (stage->kind) {
	case STAGE_USERS:
		if (!st->manual_users) {
			split(st, clamp_users(st, stage->value), targets);
			population_retarget_over(&st->population, st->stage_ns, targets,
						 stage->duration_ns);
		}
		break;
	case STAGE_RATE:
		if (!st->manual_rate) {
			arrivals_log_retarget(&st->arrivals, steering_instant(st, st->stage_ns),
					      clamp_rate(st, stage->value), stage->duration_ns);
		}
		break;
	case STAGE_HOLD:
		break;
	}
}

void steering_advance(struct steering *st, uint64_t now_ns)
{
	const struct load *load = &st->scenario->load;

	if (!st->started || st->paused) {
		return;
	}
	uint64_t clock_ns = steering_clock_ns(st, now_ns);
	while (st->stage < load->stage_count && st->stage_ns <= clock_ns) {
		begin_stage(st, &load->stages[st->stage]);
		st->stage_ns += load->stages[st->stage].duration_ns;
		st->stage++;
	}
}

void steering_users(const struct steering *st, uint64_t now_ns, uint32_t *counts)
{
	if (!st->started) {
		memset(counts, 0, st->scenario->class_count * sizeof(*counts));
		return;
	}
	population_at(&st->population, steering_clock_ns(st, now_ns), counts);
}

uint64_t steering_next_ns(const struct steering *st, uint64_t now_ns)
{
	uint64_t clock_ns = steering_clock_ns(st, now_ns);
	uint64_t next = population_next_ns(&st->population, clock_ns);

	if (st->stage < st->scenario->load.stage_count && st->stage_ns < next) {
		next = st->stage_ns;
	}
	if (st->end_ns > clock_ns && st->end_ns < next) {
		next = st->end_ns;
	}
	return steering_instant(st, next);
}

bool steering_ended(const struct steering *st, uint64_t now_ns)
{
	return st->started && steering_clock_ns(st, now_ns) >= st->end_ns;
}

bool steering_settled(const struct steering *st, uint64_t now_ns)
{
	const struct load *load = &st->scenario->load;
	uint32_t wanted = clamp_users(st, load->users);

	if (!st->started || !population_done(&st->population, steering_clock_ns(st, now_ns))) {
		return false;
	}
	return st->manual_users || st->stage >= load->stage_count ||
	       population_target(&st->population) >= wanted;
}
