/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_MONITOR_H
#define THRONG_MONITOR_MONITOR_H

#include <stdbool.h>

struct command;
struct error;
struct ring;
struct scenario;

/* The panels' thread: polls Docker and PostgreSQL and pushes struct reading (message/reading.h)
 * into a ring that the recorder drains. Never touches traffic; a full ring loses readings
 * (counted), not time. */
struct monitor;

int monitor_new(struct monitor **out, const struct scenario *scenario, struct ring *readings,
		struct error *err) __attribute__((warn_unused_result));
int monitor_start(struct monitor *monitor) __attribute__((warn_unused_result));
/* Wait, so long at most, until the database panel has its connection or says why not: it has to be there before the load that may take
 * all others. Without such a panel it returns at once. The thread that started it. */
void monitor_await(struct monitor *monitor, unsigned timeout_ms);
/* Give the panels a command (COMMAND_LOG). False when too many wait. The one thread that started it; never blocks. */
bool monitor_command(struct monitor *monitor, const struct command *command);
/* Ask it to end and wait (at most a second). */
void monitor_stop(struct monitor *monitor);
void monitor_free(struct monitor *monitor);

#endif
