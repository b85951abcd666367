/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_PGSERVER_H
#define THRONG_TESTS_PGSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <libpq-fe.h>

/* A real PostgreSQL server of the test's own: a new cluster in a temporary directory, run as an unprivileged user, on a loopback port
 * from the kernel and a socket in its directory. Superuser "postgres", everybody trusted unless pg_hba.conf is written anew. */
struct pgserver {
	char dir[200];
	char bin[200];
	uint16_t port;
	pid_t pid; /* 0: not running */
	uid_t uid; /* of the server; 0 when we are not root */
	gid_t gid;
};

/* Is a server installed? Says why not on stdout. */
bool pgserver_is_there(void);
/* initdb. Aborts the test when that fails. */
void pgserver_init(struct pgserver *server);
/* Start it with settings such as "max_connections=20" (NULL-terminated) and wait until it answers. The port stays the same. */
void pgserver_launch(struct pgserver *server, const char *const *settings);
/* Send SIGTERM (smart), SIGINT (fast), SIGQUIT or SIGKILL and wait for its end. */
void pgserver_stop(struct pgserver *server, int signal);
/* True when it ended within so many seconds; for signals sent otherwise. */
bool pgserver_ended(struct pgserver *server, unsigned seconds);
/* SIGSTOP and SIGCONT to it and all its processes. */
void pgserver_pause(struct pgserver *server);
void pgserver_resume(struct pgserver *server);
/* Replace pg_hba.conf and make the server read it. */
void pgserver_hba(struct pgserver *server, const char *text);
/* Kill it if it runs and remove its directory. */
void pgserver_fini(struct pgserver *server);

/* "postgresql://USER@127.0.0.1:PORT/postgres"; caller frees. */
char *pgserver_dsn(const struct pgserver *server, const char *user);
/* A connection of the test's own, or NULL with the SQLSTATE ("53300") in state (6 bytes, may be NULL). */
PGconn *pgserver_connect(const struct pgserver *server, const char *user, const char *application,
			 char *state);
/* Run SQL; fails the test on an error. */
void pgserver_run(PGconn *conn, const char *sql);
/* The one number a query gives. */
double pgserver_number(PGconn *conn, const char *sql);
/* The same on a connection for this alone, as "postgres". */
void pgserver_sql(const struct pgserver *server, const char *sql);

/* A port nobody listens on now. */
uint16_t pgserver_free_port(void);

#endif
