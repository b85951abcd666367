/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_POSTGRES_LINK_H
#define THRONG_MONITOR_POSTGRES_LINK_H

#include <stdbool.h>

#include "monitor/postgres_fault.h"

struct error;
struct event_base;
struct pg_table;
struct scenario;

/* One way to a server and at most one session on it: libpq on sockets, or psql inside a container. Asks one thing at a time. Nothing here
 * blocks; every callback comes from the event loop, never from inside a call. Monitor thread. */
struct pg_link;

enum pg_server {
	PG_SERVER,  /* a session of our own */
	PG_POOLED,  /* a database behind a pgbouncer: no settings, no prepared statements */
	PG_BOUNCER, /* pgbouncer's own console: SHOW POOLS */
};

struct pg_opened {
	enum pg_server server;
	int version;           /* server_version_num: 150018; of a pgbouncer 0 */
	char version_text[48]; /* "15.18", "1.18.0/bouncer" */
	char user[64], database[64];
	double connect_ms; /* connection and authentication */
};

struct pg_link_config {
	struct event_base *base;         /* borrowed, as the next two */
	const struct scenario *scenario; /* panels.dsn, or panels.exec_* and docker_host */
	const char *application;         /* application_name */
	void (*opened)(void *arg, const struct pg_opened *opened);
	/* The answer of what was asked; fault: it failed and the session lives on (a query of the user's). */
	void (*answered)(void *arg, const struct pg_table *table, const struct pg_fault *fault);
	/* There is no session (any more): could not be made, or it broke. */
	void (*closed)(void *arg, const struct pg_fault *fault);
	void *arg;
};

struct pg_link_ops {
	/* 0, or negative errno with err->text; config is copied. */
	int (*create)(struct pg_link **out, const struct pg_link_config *config, struct error *err);
	void (*destroy)(struct pg_link *link); /* NULL is fine */
	/* Begin a session; `opened` or `closed` answers. Only without one. */
	void (*open)(struct pg_link *link);
	/* `answered` or `closed` answers. name: of the prepared statement it becomes, a static string; NULL: once only. Only with an open
	 * session that has answered all before. */
	void (*ask)(struct pg_link *link, const char *name, const char *sql);
	/* End the session, if any; no callback comes. */
	void (*close)(struct pg_link *link);
	/* The server for a person, without password: "app@db:5432/app". Valid until the next open. */
	const char *(*where)(const struct pg_link *link);
	/* The database asked for; NULL: not known yet. As `where`. */
	const char *(*database)(const struct pg_link *link);
};

/* Longer than these nothing waits, in nanoseconds. */
#define PG_CONNECT_DEADLINE_NS 3000000000ULL
#define PG_QUERY_DEADLINE_NS   2000000000ULL

extern const struct pg_link_ops
	pg_link_libpq; /* also without libpq: then it says what is missing */
extern const struct pg_link_ops pg_link_exec;

/* The way in that a scenario asks for. */
const struct pg_link_ops *pg_link_of(const struct scenario *scenario);

#endif
