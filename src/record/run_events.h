/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_RUN_EVENTS_H
#define THRONG_RECORD_RUN_EVENTS_H

#include <stdint.h>

struct command;
struct live;
struct marks;
struct sample;
struct scenario;

/* What the engines' events and the front end's commands leave in the record: marks, and the time
 * spent in pauses. Users that are moved in steps (a key held down, a slider dragged) become one
 * mark from the first value to the last. Times are since the run's start. Used by run.c. */
struct run_events;

/* marks: borrowed. */
struct run_events *run_events_new(const struct scenario *scenario, struct marks *marks);
void run_events_free(struct run_events *events); /* NULL is fine */
/* live: as it was before the event; criterion: the rule that stops the run, or -1. */
void run_events_add(struct run_events *events, const struct sample *sample, uint64_t at_ns,
		    const struct live *live, int criterion);
/* A note, or steering that no event tells of; rate: the arrival rate until now. */
void run_events_command(struct run_events *events, const struct command *command, uint64_t at_ns,
			double rate);
/* Time passes: a move that has come to rest becomes a mark. */
void run_events_advance(struct run_events *events, uint64_t at_ns);
void run_events_finish(struct run_events *events);
/* Why the setup failed, from its event. Valid until run_events_free. */
const char *run_events_setup_problem(struct run_events *events, const struct sample *sample);
/* Time spent in pauses until at_ns. */
uint64_t run_events_paused_ns(const struct run_events *events, uint64_t at_ns);

#endif
