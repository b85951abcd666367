/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_POSTGRES_PSQL_H
#define THRONG_MONITOR_POSTGRES_PSQL_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct pg_fault;

/* What is said to a psql that reads its stdin, and what of its stdout ends an answer. Pure. */

/* The longest gauge query that is sent this way. */
#define PG_PSQL_QUERY_MAX 60000

/* The program and its arguments, NULL-terminated; entries are borrowed from the arguments or static. */
#define PG_PSQL_ARGV 16
void pg_psql_argv(const char *argv[PG_PSQL_ARGV], const char *user, const char *database);

/* One question with a line behind it that psql echoes when it has answered. name: the statement is prepared under it first when `prepare`
 * and executed; NULL: a query of the user's, which psql must not take for its own commands, nor wait for its end. */
void pg_psql_ask(struct buf *out, const char *name, const char *sql, bool prepare);
/* Is a line of stdout the one behind an answer? Then fault says whether it failed (sqlstate "" when not). */
bool pg_psql_is_end(const char *line, size_t len, struct pg_fault *fault);

#endif
