/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_POSTGRES_DSN_H
#define THRONG_MONITOR_POSTGRES_DSN_H

#include <stdbool.h>
#include <stddef.h>

#include "monitor/lookup.h"

/* A connection string as libpq understands it, with environment, service file and defaults, so that names can be resolved before libpq
 * would do it while everything waits. Built with libpq only. Monitor thread. */
struct pg_dsn {
	char *user, *database; /* NULL: libpq's default */
	char *where;           /* "user@host:port/database" for a person; no password */
	char *options;         /* the startup parameter "options" of the user; NULL: none */
	bool gss_is_default;   /* nobody asked for GSSAPI: a ticket would be looked for, blocking */
	/* The hosts, one entry each. name NULL: nothing to resolve (a socket, an address, hostaddr). */
	struct pg_host {
		char *host, *address, *port; /* "" when not given */
		bool resolve;
	} * hosts;
	size_t host_count;
};

/* 0, or -EINVAL with the reason (one line, no password) in why. Caller frees with pg_dsn_fini. */
int pg_dsn_parse(struct pg_dsn *dsn, const char *text, char *why, size_t size)
	__attribute__((warn_unused_result));
void pg_dsn_fini(struct pg_dsn *dsn);

/* libpq's lists "host", "hostaddr" and "port" with every resolved address as an entry of its own. answers: of those with `resolve`, in
 * order. Names that do not resolve are left out; -ENOENT when none is left (why says it). Caller frees the three. */
int pg_dsn_lists(const struct pg_dsn *dsn, const struct lookup_answer *answers, char *lists[3],
		 char *why, size_t size) __attribute__((warn_unused_result));

struct pg_conn; /* libpq's PGconn */

/* PQconnectStart with what the panel needs on top of the user's string. plain: without startup parameters ("options"), which a pgbouncer
 * refuses. NULL: out of memory. */
struct pg_conn *pg_dsn_connect(const struct pg_dsn *dsn, const char *text, char *const lists[3],
			       const char *application, bool plain);

#endif
