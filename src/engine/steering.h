/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_STEERING_H
#define THRONG_ENGINE_STEERING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/population.h"
#include "engine/schedule.h"

struct command;
struct scenario;

/* What a run is meant to do at an instant: the scenario's load and the commands given so far,
 * turned into users per class, arrivals and the end. Pure: time comes in with each call, so
 * every engine that is given the same commands computes the same.
 *
 * The run's clock starts with steering_start and stands still while paused; ramp, stages and
 * duration go by it. All times in this interface are monotonic instants. A target set by hand
 * overrides the load's users (or rate) from then on; the duration stays. */
struct steering {
	const struct scenario *scenario;
	struct population population; /* on the run's clock */
	struct arrivals_log arrivals; /* monotonic */
	bool open;
	double spawn_rate;
	uint32_t max_users;

	bool started, paused;
	bool panicked;                    /* open: nobody carries the arrivals any more */
	bool manual_users, manual_rate;   /* the load's stages no longer count */
	double early_rate;                /* the rate set by hand before the start */
	uint64_t start_ns, stopped_at_ns; /* of the clock's standing still */
	uint64_t stood_ns;                /* how long it stood still altogether */
	uint64_t floor_ns;                /* run's clock: nothing happens before this any more */
	size_t stage;                     /* next one to begin */
	uint64_t stage_ns;                /* run's clock: when it begins */
	uint64_t end_ns;                  /* run's clock; UINT64_MAX: no end */
	bool own_shares;                  /* classes were set by hand */
	double shares[SCENARIO_CLASSES_MAX];
};

/* The scenario is borrowed. */
void steering_init(struct steering *st, const struct scenario *scenario);
/* Users begin at start_ns. Once. Targets set by hand before are kept. */
void steering_start(struct steering *st, uint64_t start_ns);
/* Take note of USERS, SPAWN_RATE, ARRIVAL_RATE, PAUSE, RESUME and PANIC at their at_ns; returns
 * false for commands that change nothing here (others, and repeated PAUSE or RESUME). */
bool steering_command(struct steering *st, const struct command *command);
/* Let stages begin that are due at now_ns. Call before asking for now_ns. */
void steering_advance(struct steering *st, uint64_t now_ns);
/* Users per class (class_count entries). */
void steering_users(const struct steering *st, uint64_t now_ns, uint32_t *counts);
/* Next instant at which users, stage or end change; UINT64_MAX: none (also while paused). */
uint64_t steering_next_ns(const struct steering *st, uint64_t now_ns);
/* The planned end was reached. */
bool steering_ended(const struct steering *st, uint64_t now_ns);
/* Users are where the load (or the hand) wants them: nobody comes or goes any more, and nothing
 * of the load's way to its highest number lies ahead. */
bool steering_settled(const struct steering *st, uint64_t now_ns);
/* The run's clock: nanoseconds since the start without pauses; 0 before it. */
uint64_t steering_clock_ns(const struct steering *st, uint64_t now_ns);
/* The instant at which the run's clock shows clock_ns, if nothing stops it; UINT64_MAX when
 * paused or not started. */
uint64_t steering_instant(const struct steering *st, uint64_t clock_ns);

#endif
