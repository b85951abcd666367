/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_DOCKER_PANEL_H
#define THRONG_MONITOR_DOCKER_PANEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "message/reading.h"
#include "monitor/docker_find.h"
#include "monitor/docker_problem.h"
#include "monitor/docker_stats.h"

struct docker_call;
struct docker_client;
struct docker_logs;
struct event;
struct panel_env;
struct scenario;

/* The containers panel's inside. Monitor thread. */

#define DOCKER_ROWS_MAX        100
#define DOCKER_CALL_TIMEOUT_MS 4000

struct docker_panel;

/* One container on the screen: what it is called there, and the container of that name which exists now, if any. */
struct docker_row {
	struct docker_panel *panel;
	unsigned target; /* in the scenario's list */
	char name[READING_NAME_MAX];
	char id[72];           /* "": none exists */
	bool listed;           /* by the answer being read */
	bool died;             /* an event said so, and none of a start since */
	bool was_alive, alive; /* ever; now */
	struct docker_call *stats, *inspect;
	bool inspect_again;
	struct buf frame; /* the part of a stats object that has come */
	bool has_last;
	struct docker_sample last;
	bool host_network;
	double cpu_limit_pct;
	unsigned restarts, oom_kills; /* since the panel began */
	bool oom_counted;             /* in this life */
	bool gap;                     /* events may have been missed since the last inspection */
	char started[40];             /* its StartedAt */
	struct {
		bool over;
		unsigned under; /* readings in a row */
	} cpu, memory;          /* the scenario's limits */
	char state[READING_TEXT_MAX], health[32];
};

struct docker_panel {
	const struct panel_env *env;
	struct docker_client *client;
	struct event *timer;
	unsigned backoff_ms; /* 0: connected */
	char problem[DOCKER_PROBLEM_MAX];
	struct docker_call *call;   /* ping or list */
	struct docker_call *events; /* stream */
	struct buf event_line;
	uint64_t events_retry_ns; /* not before */
	bool list_again;
	struct docker_list list;
	size_t row_count;
	struct docker_row *rows[DOCKER_ROWS_MAX];
	struct docker_logs *logs;
};

/* docker_rows.c */
/* Bring the rows in line with panel->list. */
void docker_rows_take_list(struct docker_panel *panel);
struct docker_row *docker_rows_find(struct docker_panel *panel, const char *id);
void docker_rows_free(struct docker_panel *panel);
/* The daemon is gone: no streams, no ids. */
void docker_rows_lose(struct docker_panel *panel);

/* docker_row.c */
struct docker_row *docker_row_new(struct docker_panel *panel, unsigned target, const char *name);
void docker_row_free(struct docker_row *row);
void docker_row_attach(struct docker_row *row, const char *id);
/* state: what the row says from now on. */
void docker_row_detach(struct docker_row *row, const char *state);
void docker_row_inspect(struct docker_row *row);
void docker_row_event(struct docker_row *row, const struct docker_event *event);
void docker_row_state(struct docker_row *row, const char *state);
/* Something that happened. */
void docker_row_say(const struct docker_row *row, const char *metric, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* docker_values.c: a frame of a row's stats stream as readings. */
void docker_values_take(struct docker_row *row, const char *json, size_t len);
void docker_values_emit(const struct docker_row *row, const char *metric, double value);

/* docker.c */
void docker_panel_emit(const struct docker_panel *panel, struct reading *reading);
/* "" clears it. */
void docker_panel_problem(struct docker_panel *panel, const char *problem);
/* Ask for the list of containers soon: something has changed. */
void docker_panel_look_soon(struct docker_panel *panel);

/* docker_logs.c */
struct docker_logs *docker_logs_new(struct docker_panel *panel);
void docker_logs_free(struct docker_logs *logs);
/* The list has been read, or a container has started: attach when its time has come. */
void docker_logs_look(struct docker_logs *logs);
void docker_logs_lose(struct docker_logs *logs);
/* Follow another container; "" or NULL: none. */
void docker_logs_follow(struct docker_logs *logs, const char *container);

#endif
