/* SPDX-License-Identifier: MIT */
#ifndef THRONG_CLI_SESSION_H
#define THRONG_CLI_SESSION_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct command;
struct error;
struct frame;
struct options;
struct report;
struct scenario;
struct transport_ops;

/* One run of one scenario: the rings, engines, recorder and monitor wired together, and the two things a front end sees
 * of them: frames and commands. Main thread. */
struct session;

struct session_config {
	const struct scenario *scenario; /* borrowed until session_free */
	const struct options *options;
	unsigned index, count;     /* this scenario of how many */
	const char *next_scenario; /* "" when the last */
	bool wait_for_start;       /* plan page first: COMMAND_START begins */
	bool console_table;        /* Locust's tables in the frames */
	unsigned table_width;
	struct report
		*report; /* collects the runs of one command, borrowed; NULL: each has its own */
};

/* Check that result files are free (unless --overwrite) and that users and files fit, before anything is sent. `first`: of
 * several scenarios, which share a report. 0, -EEXIST, -EMFILE or
 * another negative errno, with err->text naming the remedy. */
int session_preflight(const struct scenario *scenario, const struct options *options, bool first,
		      struct error *err) __attribute__((warn_unused_result));
/* The transport that --transport names; NULL: the scenario's own choice. */
const struct transport_ops *session_transport(const struct options *options);
/* Build and start every thread. 0 or negative errno with err->text. Caller ends with session_free. */
int session_new(struct session **out, const struct session_config *config, struct error *err)
	__attribute__((warn_unused_result));

/* Oldest unread frame, ownership to the caller; NULL when there is none. Never blocks. */
struct frame *session_next(struct session *session);
/* Newest frame; older unread ones are freed. */
struct frame *session_newest(struct session *session);
int session_wake_fd(const struct session *session);
bool session_arm(struct session *session);
void session_disarm(struct session *session);
/* Stamp a command and give it to every thread that acts on it. False when a ring was full: nothing was given. Never blocks. */
bool session_send(struct session *session, const struct command *command);

/* True once the last frame was taken. */
bool session_over(const struct session *session);
/* Exit status of the run as its last frame says; 3 before that. */
int session_exit_status(const struct session *session);
/* The verdict with every criterion, its value and the files written, as text; "" before the last frame. */
const char *session_summary(const struct session *session);
/* Join all threads (the last frame has come, or they are told to stop at once) and free everything. */
void session_free(struct session *session);

/* Replace "{scenario}" in a path by the scenario's file name without folder and ".json". Caller frees. NULL stays NULL. */
char *session_path(const char *path, const struct scenario *scenario);

#endif
