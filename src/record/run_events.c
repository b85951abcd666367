/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/run_events.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "message/command.h"
#include "message/failure.h"
#include "message/sample.h"
#include "record/live.h"
#include "record/marks.h"
#include "record/stats.h"
#include "scenario/scenario.h"

#define REST_NS CLOCK_NS_PER_SEC /* a value that has not moved for so long has come to rest */

/* A number on the move: from where, since when. */
struct move {
	bool pending;
	uint64_t first_ns, last_ns;
	double from, to;
};

struct run_events {
	const struct scenario *scenario;
	struct marks *marks;
	struct move users, rate, spawn_rate;
	double last_spawn_rate;
	bool paused;
	uint64_t paused_since_ns, paused_ns;
	char setup_problem[512];
};

struct run_events *run_events_new(const struct scenario *scenario, struct marks *marks)
{
	struct run_events *events = mem_new(sizeof(*events));

	events->scenario = scenario;
	events->marks = marks;
	events->last_spawn_rate = scenario->load.spawn_rate;
	return events;
}

void run_events_free(struct run_events *events)
{
	free(events);
}

static void move(struct move *move, uint64_t at_ns, double from, double to)
{
	if (!move->pending) {
		move->pending = true;
		move->first_ns = at_ns;
		move->from = from;
	}
	move->last_ns = at_ns;
	move->to = to;
}

/* "users 100 → 200"; nothing when it came back to where it was. */
static void rest(struct run_events *events, struct move *move, const char *what, const char *unit)
{
	if (!move->pending)
		return;
	move->pending = false;
	if (move->from < move->to || move->from > move->to)
		marks_add(events->marks, move->first_ns, false, "%s %g → %g%s", what, move->from,
			  move->to, unit);
}

static void rest_all(struct run_events *events)
{
	rest(events, &events->users, "users", "");
	rest(events, &events->rate, "rate", " req/s");
	rest(events, &events->spawn_rate, "spawn rate", " users/s");
}

void run_events_advance(struct run_events *events, uint64_t at_ns)
{
	if (events->users.pending && at_ns >= events->users.last_ns + REST_NS)
		rest(events, &events->users, "users", "");
	if (events->rate.pending && at_ns >= events->rate.last_ns + REST_NS)
		rest(events, &events->rate, "rate", " req/s");
	if (events->spawn_rate.pending && at_ns >= events->spawn_rate.last_ns + REST_NS)
		rest(events, &events->spawn_rate, "spawn rate", " users/s");
}

void run_events_finish(struct run_events *events)
{
	rest_all(events);
}

static void add_target(struct run_events *events, const struct sample *sample, uint64_t at_ns,
		       const struct live *live)
{
	double to = (double)sample->u.event.a;

	if (sample->class_id == SAMPLE_ALL || sample->class_id >= events->scenario->class_count) {
		move(&events->users, at_ns, live->target, to);
		return;
	}
	/* of one class: a mark of its own, since moves of classes may cross */
	double from = live->classes[sample->class_id].target;
	if (from < to || from > to)
		marks_add(events->marks, at_ns, false, "%s users %g → %g",
			  events->scenario->classes[sample->class_id].name, from, to);
}

static void add_stopping(struct run_events *events, const struct sample *sample, uint64_t at_ns,
			 int criterion)
{
	if (sample->u.event.a == 2 && criterion >= 0)
		marks_add(events->marks, at_ns, false, "stopped by criterion: %s",
			  events->scenario->criteria[criterion].text);
	else
		marks_add(events->marks, at_ns, sample->u.event.a == 1, "%s",
			  sample->u.event.a == 0   ? "end of the schedule"
			  : sample->u.event.a == 1 ? "stopped by hand"
						   : "stopped by a criterion");
}

static void pause_begins(struct run_events *events, uint64_t at_ns)
{
	if (!events->paused)
		events->paused_since_ns = at_ns;
	events->paused = true;
}

static void pause_ends(struct run_events *events, uint64_t at_ns)
{
	if (events->paused && at_ns > events->paused_since_ns)
		events->paused_ns += at_ns - events->paused_since_ns;
	events->paused = false;
}

uint64_t run_events_paused_ns(const struct run_events *events, uint64_t at_ns)
{
	if (events->paused && at_ns > events->paused_since_ns)
		return events->paused_ns + at_ns - events->paused_since_ns;
	return events->paused_ns;
}

void run_events_add(struct run_events *events, const struct sample *sample, uint64_t at_ns,
		    const struct live *live, int criterion)
{
	switch ((enum sample_event)sample->kind) {
	case EVENT_TARGET:
		add_target(events, sample, at_ns, live);
		return;
	case EVENT_SPAWN_RATE:
		move(&events->spawn_rate, at_ns, events->last_spawn_rate,
		     (double)sample->u.event.a / 1000);
		events->last_spawn_rate = (double)sample->u.event.a / 1000;
		return;
	case EVENT_SPAWNED_ALL:
	case EVENT_STARTED:
		return;
	case EVENT_PAUSED:
		pause_begins(events, at_ns);
		break;
	case EVENT_RESUMED:
		pause_ends(events, at_ns);
		break;
	case EVENT_STOPPING:
	case EVENT_PANIC:
	case EVENT_SETUP_FAILED:
	case EVENT_NO_FILES:
		break;
	}
	rest_all(events); /* marks stand in the order things happened */
	if (sample->kind == EVENT_PAUSED)
		marks_add(events->marks, at_ns, false, "paused");
	else if (sample->kind == EVENT_RESUMED)
		marks_add(events->marks, at_ns, false, "resumed");
	else if (sample->kind == EVENT_STOPPING)
		add_stopping(events, sample, at_ns, criterion);
	else if (sample->kind == EVENT_PANIC)
		marks_add(events->marks, at_ns, false, "panic: all users to zero");
	else if (sample->kind == EVENT_NO_FILES)
		marks_add(events->marks, at_ns, false, "this machine ran out of files or ports");
}

/* The guard rail for the arrival rate: engines go no further. */
static double held_back(const struct run_events *events, double rate)
{
	double most = events->scenario->load.max_rate;

	return most > 0 && rate > most ? most : rate;
}

void run_events_command(struct run_events *events, const struct command *command, uint64_t at_ns,
			double rate)
{
	if (command->type == COMMAND_MARK)
		marks_add(events->marks, at_ns, true, "%.*s", COMMAND_TEXT_MAX, command->text);
	else if (command->type == COMMAND_ARRIVAL_RATE)
		move(&events->rate, at_ns, rate, held_back(events, command->value));
}

const char *run_events_setup_problem(struct run_events *events, const struct sample *sample)
{
	struct stats_failure failure = { .endpoint = SAMPLE_ALL,
					 .kind = (uint8_t)sample->u.event.a,
					 .status = (uint16_t)sample->u.event.b };
	const char *advice =
		failure_advice((enum failure_kind)sample->u.event.a, (unsigned)sample->u.event.b);
	char text[160];

	if (sample->u.event.a == FAILURE_NONE || sample->u.event.a >= FAILURE_KINDS)
		snprintf(text, sizeof(text), "no usable answer");
	else
		stats_failure_text(events->scenario, &failure, text, sizeof(text));
	snprintf(events->setup_problem, sizeof(events->setup_problem), "setup failed: %s (%s)%s%s",
		 text, events->scenario->target.text, advice[0] != '\0' ? ". " : "", advice);
	return events->setup_problem;
}
