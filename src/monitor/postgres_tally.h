/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_POSTGRES_TALLY_H
#define THRONG_MONITOR_POSTGRES_TALLY_H

#include <stdbool.h>
#include <stddef.h>

struct panels;
struct pg_fault;
struct pg_opened;
struct pg_table;
struct reading;

/* Answers in, readings out: what rows of postgres_sql.h mean, rates between two of them, and when something is worth a mark. Pure but
 * for what it remembers: no clock (rates are taken on the server's), no connection. Monitor thread. */
struct pg_tally;

typedef void pg_emit_fn(void *arg, const struct reading *reading);

/* panels: limits, band and gauges; borrowed. name: of the database until one is open. */
struct pg_tally *pg_tally_new(const struct panels *panels, pg_emit_fn *emit, void *arg);
void pg_tally_free(struct pg_tally *tally); /* NULL is fine */
void pg_tally_name(struct pg_tally *tally, const char *name);

/* A session was opened: a problem is over, rates begin anew, counts since the start go on. */
void pg_tally_opened(struct pg_tally *tally, const struct pg_opened *opened);
/* There is none: the panel's line. The same line twice is said once. */
void pg_tally_problem(struct pg_tally *tally, const char *line);
/* A connection was refused with 53300: by the held connection's retries or the canary. text: the server's words. */
void pg_tally_refused(struct pg_tally *tally, const char *text);
/* A new connection was made (held or canary): how long it took. Ends an episode of refusals. */
void pg_tally_admitted(struct pg_tally *tally, double connect_ms);
/* So many transactions of the server's count are our own. */
void pg_tally_own(struct pg_tally *tally, unsigned transactions);
/* One of them failed: it counts among the rollbacks. */
void pg_tally_own_failed(struct pg_tally *tally);

void pg_tally_main(struct pg_tally *tally, const struct pg_table *table);
void pg_tally_ceiling(struct pg_tally *tally, const struct pg_table *table);
void pg_tally_counters(struct pg_tally *tally, const struct pg_table *table);
void pg_tally_groups(struct pg_tally *tally, const struct pg_table *table);
void pg_tally_blocker(struct pg_tally *tally, const struct pg_table *table);
/* fault NULL: table holds the answer of gauge i. */
void pg_tally_gauge(struct pg_tally *tally, size_t i, const struct pg_table *table,
		    const struct pg_fault *fault);
/* Sessions that wait for a lock, by the last pg_tally_main: is it worth asking who holds it? */
unsigned pg_tally_blocked(const struct pg_tally *tally);
/* Connections are near their ceiling (80 %), or one of them is not known. */
bool pg_tally_is_crowded(const struct pg_tally *tally);

/* pgbouncer: SHOW POOLS and SHOW CONFIG, columns by name. */
void pg_tally_pools(struct pg_tally *tally, const struct pg_table *table);
void pg_tally_config(struct pg_tally *tally, const struct pg_table *table);

#endif
