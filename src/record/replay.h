/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_REPLAY_H
#define THRONG_RECORD_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "record/steering_log.h"

struct command;
struct error;
struct scenario;

/* The moves of an earlier run, driven again at the same times after the start. The file is a JSON
 * result, or any object with a list "steering" of
 *   { "at_s": 12.5 (or "at_ns": 12500000000), "action": "users", "class": null or a name, "value": 200,
 *     "text": "a note" }
 * with the actions of command_name(). Moves are made in the order of the file; each at its time, or
 * right after the one before it when that is later. Commands carry the exact instant as at_ns, so a
 * ramp begins where it began in the first run however late the command is handed over. No threads, no
 * clock: time is passed in. */
struct replay;

/* Read and check a file against the scenario it is to be driven on: classes must exist, an arrival rate
 * needs a load that has one. 0, or negative errno with err->text saying where in the file, what, and
 * what is allowed. Caller frees with replay_free. Main thread. */
int replay_load(struct replay **out, const char *file, const struct scenario *scenario,
		struct error *err) __attribute__((warn_unused_result));
/* The same from a parsed result; `name` stands for the file in messages. */
int replay_parse(struct replay **out, const json_t *result, const char *name,
		 const struct scenario *scenario, struct error *err)
	__attribute__((warn_unused_result));
void replay_free(struct replay *replay); /* NULL is fine */
/* The next move when its time has come: start_ns is the instant at which the run's load began, 0: not
 * yet (then only moves at 0 are due: they were made before the start). Each is given once. */
bool replay_due(struct replay *replay, uint64_t start_ns, uint64_t now_ns, struct command *out);
/* The instant at which the next move is due; UINT64_MAX: none, or not known yet. */
uint64_t replay_next_ns(const struct replay *replay, uint64_t start_ns);
size_t replay_count(const struct replay *replay);
const struct steering_entry *replay_at(const struct replay *replay, size_t i);
/* "replay 3/12, next in 8 s: users 200"; "" when all is done. Writes to dst and returns it. */
#define REPLAY_TEXT_MAX 192
char *replay_text(const struct replay *replay, uint64_t start_ns, uint64_t now_ns,
		  char dst[REPLAY_TEXT_MAX]);

#endif
