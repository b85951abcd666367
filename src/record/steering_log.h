/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_STEERING_LOG_H
#define THRONG_RECORD_STEERING_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/command.h"

/* Everything that was done to a run from outside, in the order the engines were told: users, spawn and
 * arrival rate, pause, resume, panic, stop, reset, marks. The JSON result holds it as "steering", which
 * `throng run --replay` drives again (replay.h). At most STEERING_LOG_MAX entries; what follows is
 * counted. Recorder thread. */
#define STEERING_LOG_MAX 20000

struct steering_entry {
	uint64_t at_ns; /* since the run's start; 0: before it too */
	enum command_type type;
	uint16_t class_id; /* COMMAND_USERS: which class, or COMMAND_ALL */
	double value;      /* as it was asked for: the guard rails may have held it back */
	char *text;        /* COMMAND_MARK: the note; else NULL */
	bool replayed;     /* driven by a replay, not by hand */
};

struct steering_log;

struct steering_log *steering_log_new(void);
void steering_log_free(struct steering_log *log); /* NULL is fine */
/* Whether commands of that type are kept: everything a front end may ask for but the start and what
 * changes nothing about the run. */
bool steering_log_keeps(enum command_type type);
/* Take note of a command that took effect at_ns after the run's start; others are ignored. */
void steering_log_add(struct steering_log *log, uint64_t at_ns, const struct command *command);
/* The command of an entry, its at_ns since the run's start. */
struct command steering_log_command(const struct steering_entry *entry);
size_t steering_log_count(const struct steering_log *log);
/* Valid until the next change. */
const struct steering_entry *steering_log_at(const struct steering_log *log, size_t i);
uint64_t steering_log_dropped(const struct steering_log *log);

#endif
