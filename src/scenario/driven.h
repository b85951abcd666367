/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_DRIVEN_H
#define THRONG_SCENARIO_DRIVEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenario/scenario.h"

struct buf;
struct command;

/* A load that was driven by hand, as stages: what the scenario's own load and the moves made during a
 * run come to. Pure.
 *
 * The users (or the arrival rate) of a run are straight pieces: a ramp goes at the spawn rate towards
 * its target until it arrives or is given another. Their ends become stages. Pauses are left out: stages
 * count on the run's clock, which stands still in them. What the guard rails held back is held back
 * here as well. */
struct driven {
	struct stage *stages; /* caller frees with driven_fini */
	size_t stage_count;   /* at most DRIVEN_STAGES_MAX; 0: there was no load */
	uint64_t length_ns;
	uint64_t paused_ns; /* pauses, which are left out, all together */
	double peak;
	/* The stages are never further from the drive than this (users or requests per second) and a
	 * user for rounding; more than a trifle only when there were too many moves for the stages. */
	double tolerance;
	bool own_shares;                       /* classes were moved on their own */
	uint32_t shares[SCENARIO_CLASSES_MAX]; /* then: users of each class when most existed */
};

#define DRIVEN_STAGES_MAX 1000

/* moves: commands in the order they were given, at_ns since the run's start (0: before it); those that
 * are no steering are ignored. end_ns: when the load ended, or now. scenario->load is what was in force
 * (command line included). */
void driven_stages(const struct scenario *scenario, const struct command *moves, size_t count,
		   uint64_t end_ns, struct driven *out);
void driven_fini(struct driven *driven);
/* Append the scenario's file with the load replaced by the stages, and "(as driven)" behind its name; the
 * rest of the file stays as it is. Classes that were moved on their own get weights in the proportions
 * of `shares`, unless numbers of users are fixed in the file. 0, or -EINVAL when there is no load to save
 * or the file's text is no JSON any more. */
int driven_print(const struct scenario *scenario, const struct driven *driven, struct buf *out)
	__attribute__((warn_unused_result));
/* "12 stages, 5:12 long, up to 300 users" and what could not be kept. Writes to dst and returns it. */
#define DRIVEN_TEXT_MAX 256
char *driven_text(const struct scenario *scenario, const struct driven *driven,
		  char dst[DRIVEN_TEXT_MAX]);

/* Write a saved scenario to `path`, or (NULL or "") beside the scenario's file with "-driven" in its
 * name and a number when that is taken. Never replaces a file. Blocking. 0 and the name in *made (caller
 * frees), or negative errno (-EEXIST: path is there already). */
int driven_save(const char *scenario_file, const char *path, const char *text, size_t len,
		char **made) __attribute__((warn_unused_result));

#endif
