/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_RUN_H
#define THRONG_RECORD_RUN_H

#include <stdbool.h>
#include <stdint.h>

struct baseline;
struct command;
struct exchange;
struct output;
struct panel;
struct reading;
struct record_view;
struct replay;
struct sample;
struct scenario;

/* A run as the recorder knows it: every record goes in here, every figure comes out. No threads,
 * no rings, no clock: time is passed in, so that a whole run can be played through in a test.
 * Recorder thread.
 *
 * The verdict is INVALID when the generator was the limit (health.h), else FAIL when a criterion
 * failed, else PASS. A scenario without criteria passes when requests were made and none failed,
 * as Locust does it. A run whose setup failed, or that ended before its load began, could not be
 * done. */
struct run;

struct run_config {
	const struct scenario *scenario; /* borrowed */
	unsigned engine_count;
	uint64_t seed;
	unsigned scenario_index, scenario_count;
	bool reset_stats;                /* Locust's --reset-stats */
	struct output *output;           /* borrowed; NULL: none */
	const struct replay *replay;     /* borrowed, to be shown; NULL: none */
	const struct baseline *baseline; /* borrowed, to be shown; NULL: none */
	uint64_t (*wall_ns)(void);       /* clock_wall_ns */
};

struct run *run_new(const struct run_config *config);
void run_free(struct run *run); /* NULL is fine */

/* One record of an engine, in the engine's order. */
void run_sample(struct run *run, const struct sample *sample, uint64_t now_ns);
/* One failing exchange; the caller keeps it. */
void run_exchange(struct run *run, const struct exchange *exchange, uint64_t now_ns);
void run_reading(struct run *run, const struct reading *reading);
/* From the front end: reset, mark; of steering what the record needs. */
void run_command(struct run *run, const struct command *command);
/* Let time pass: close seconds, judge. A few times a second, after the records that are there. */
void run_advance(struct run *run, uint64_t now_ns);
/* True once when a criterion with "abort" was breached: the engines are to stop. */
bool run_takes_stop(struct run *run);
/* Every engine has sent SAMPLE_END. */
bool run_ended(const struct run *run);
/* After run_ended: close everything, judge for the last time, write the results. Once. */
void run_finish(struct run *run, uint64_t now_ns);
/* After run_finish: 0 pass, 1 fail, 3 could not be done (or results could not be written though all
 * passed), 4 invalid. */
int run_exit_status(const struct run *run);

/* The run as it stands at now_ns. Valid until the next call. */
const struct record_view *run_view(struct run *run, uint64_t now_ns);
const struct panel *run_panel(const struct run *run);
/* The monotonic instant at which the load began; 0: not yet. */
uint64_t run_start_ns(const struct run *run);
/* It drains, or is over. */
bool run_stopping(const struct run *run);
/* Time spent in pauses so far. */
uint64_t run_paused_ns(const struct run *run, uint64_t now_ns);
/* Since when the run is in its present state (monotonic). */
uint64_t run_state_since_ns(const struct run *run);

#endif
