/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MESSAGE_COMMAND_H
#define THRONG_MESSAGE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

/* What a front end asks of a run. Commands are always accepted, also mid-ramp, and never
 * restart users that exist. */
enum command_type {
	COMMAND_START, /* leave RUN_IDLE */
	COMMAND_USERS, /* target = value; class_id or COMMAND_ALL (keeps the classes' proportions) */
	COMMAND_SPAWN_RATE,   /* value users per second, > 0, up and down */
	COMMAND_ARRIVAL_RATE, /* value requests per second (arrival-rate scenarios) */
	COMMAND_PAUSE, /* users exist and start nothing new; ramp, stages, waits and duration stand still */
	COMMAND_RESUME,
	COMMAND_STOP,     /* drain, then end; value = stop reason as in EVENT_STOPPING */
	COMMAND_STOP_NOW, /* abort what is in flight, then end */
	COMMAND_PANIC, /* all users to zero at once, in-flight aborted; the run goes on with target 0 */
	COMMAND_RESET, /* recorder: reset statistics */
	COMMAND_MARK,  /* recorder: note at this time; text */
	/* recorder: put the detail of endpoint `value` into frames; SAMPLE_ALL: of all requests;
	 * negative: none */
	COMMAND_FOCUS,
	/* recorder: write the load as it was driven so far as a scenario of stages; text: the file, ""
	 * for a name made from the scenario's. Never overwrites. The frame's `answer` says what came of
	 * it. */
	COMMAND_SAVE_SCENARIO,
	/* monitor: follow the log of the container `text`, as the scenario's "logs" would; "": of none */
	COMMAND_LOG
};

#define COMMAND_ALL      UINT16_MAX
#define COMMAND_TEXT_MAX 96

#define COMMAND_FLAG_REPLAY 1u /* driven by a replay, not by hand */

struct command {
	uint8_t type;      /* enum command_type */
	uint8_t flags;     /* COMMAND_FLAG_... */
	uint16_t class_id; /* index into the classes or COMMAND_ALL */
	uint32_t reserved2;
	uint64_t
		at_ns; /* monotonic time of giving it; every engine computes its ramp from this same instant */
	double value;
	char text
		[COMMAND_TEXT_MAX]; /* COMMAND_MARK: the note, NUL-terminated, cleaned; COMMAND_LOG */
};

/* Whether engines obey it; the others are the recorder's alone. */
bool command_is_for_engines(enum command_type type);
const char *command_name(enum command_type type);

#endif
