/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_PANEL_H
#define THRONG_MONITOR_PANEL_H

struct buf;
struct command;
struct error;
struct event_base;
struct reading;
struct scenario;

/* One source of readings (Docker, PostgreSQL) on the monitor's loop. A source never blocks the loop, never gives up (it retries with
 * backoff), and says in a READING_PROBLEM what is wrong and the remedy. Monitor thread. */
struct panel;

struct panel_env {
	struct event_base *base;
	const struct scenario *scenario;
	/* Hand over one reading; at_ns 0 is stamped with now. Never blocks. */
	void (*emit)(void *arg, const struct reading *reading);
	void *arg;
};

struct panel_ops {
	const char *name; /* "docker", "postgres" */
	/* Does the scenario ask for it? */
	int (*wanted)(const struct scenario *scenario);
	/* 0 or negative errno with err->text; env is borrowed until destroy. Called before the loop runs. */
	int (*create)(struct panel **out, const struct panel_env *env, struct error *err);
	void (*destroy)(struct panel *panel);
	/* What the front end asks for (COMMAND_LOG); NULL: it obeys none. Monitor thread. */
	void (*command)(struct panel *panel, const struct command *command);
	/* `throng check` and the console's first page: look once, blocking for at most 5 s, with the same code: what was
	 * found, in one line, or the remedy into `said`. 0 when fine. From any thread, also while a monitor runs. */
	int (*probe)(const struct scenario *scenario, struct buf *said);
};

/* All panels of this build, NULL-terminated. */
const struct panel_ops *const *panels_all(void);

#endif
