/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_POSTGRES_SQL_H
#define THRONG_MONITOR_POSTGRES_SQL_H

struct buf;

/* What is asked of a server, by its version (server_version_num: 120000 is 12.0). One text for PostgreSQL 10 to 18 where that is
 * possible; what came later is put in by number. Wait events are told by type, never by name: names were respelled in 17. Columns are in
 * the order of the enums below. No text holds a line feed, so that psql's answer is a line a row. Pure. */
enum pg_query {
	PG_QUERY_MAIN,
	PG_QUERY_CEILING,
	PG_QUERY_COUNTERS,
	PG_QUERY_GROUPS,
	PG_QUERY_BLOCKER,
	PG_QUERIES
};

/* Names our own connections give themselves, so that they can be told from clients. */
#define PG_APPLICATION "throng-panel"
#define PG_CANARY      "throng-canary"

enum pg_main {
	PG_MAIN_ALL_ROWS, /* count(*) of pg_stat_activity: background processes and the panel itself */
	PG_MAIN_CLIENTS, /* client connections whose kind can be seen, ours left out */
	PG_MAIN_HIDDEN,  /* sessions of others of which this role may see the name only */
	PG_MAIN_ACTIVE,
	PG_MAIN_IDLE,
	PG_MAIN_IDLE_IN_TRANSACTION, /* aborted transactions included */
	PG_MAIN_ABORTED,
	PG_MAIN_WAITING, /* active, waiting for locks, latches, buffers or I/O */
	PG_MAIN_BLOCKED, /* of them for heavyweight locks: somebody holds what they want */
	PG_MAIN_LWLOCK,
	PG_MAIN_IO,
	PG_MAIN_TRANSACTION_S,
	PG_MAIN_QUERY_S,
	PG_MAIN_IDLE_TRANSACTION_S,
	PG_MAIN_RECOVERY,
	PG_MAIN_STARTED, /* of the server, its clock */
	PG_MAIN_COLUMNS
};

/* The ceiling for the role and database that most clients use (without clients: our own). */
enum pg_ceiling {
	PG_CEILING_MAX,
	PG_CEILING_SUPERUSER_RESERVED,
	PG_CEILING_RESERVED, /* reserved_connections, 16 and later; else 0 */
	PG_CEILING_ROLE,
	PG_CEILING_ROLE_SUPER,
	PG_CEILING_ROLE_MAY_RESERVED, /* pg_use_reserved_connections */
	PG_CEILING_ROLE_LIMIT,        /* -1: none */
	PG_CEILING_ROLE_CLIENTS,      /* ours left out */
	PG_CEILING_ROLE_IS_OURS,
	PG_CEILING_DATABASE,
	PG_CEILING_DATABASE_LIMIT, /* -1: none */
	PG_CEILING_DATABASE_CLIENTS,
	PG_CEILING_DATABASE_IS_OURS,
	PG_CEILING_CLIENTS,
	PG_CEILING_COLUMNS
};

enum pg_counter {
	PG_COUNTER_CLOCK, /* the server's, s */
	PG_COUNTER_COMMITS,
	PG_COUNTER_ROLLBACKS,
	PG_COUNTER_HITS,
	PG_COUNTER_READS,
	PG_COUNTER_DEADLOCKS,
	PG_COUNTER_TEMP_FILES,
	PG_COUNTER_TEMP_BYTES,
	PG_COUNTER_ACTIVE_MS, /* 14 and later; else null */
	PG_COUNTER_COLUMNS
};

enum pg_group {
	PG_GROUP_DATABASE,
	PG_GROUP_USER,
	PG_GROUP_APPLICATION,
	PG_GROUP_CLIENTS,
	PG_GROUP_ACTIVE, /* null where states are hidden */
	PG_GROUP_IDLE,
	PG_GROUP_IDLE_IN_TRANSACTION,
	PG_GROUP_TRANSACTION_S,
	PG_GROUP_COLUMNS
};
#define PG_GROUPS_MAX 10

enum pg_blocker {
	PG_BLOCKER_PID, /* 0: a prepared transaction */
	PG_BLOCKER_BLOCKED,
	PG_BLOCKER_WAITING, /* all that wait for locks */
	PG_BLOCKER_USER,
	PG_BLOCKER_APPLICATION,
	PG_BLOCKER_STATE,
	PG_BLOCKER_TRANSACTION_S,
	PG_BLOCKER_COLUMNS
};

void pg_sql(enum pg_query query, int version, struct buf *out);
/* Name of its prepared statement. */
const char *pg_sql_name(enum pg_query query);
/* The settings of our own session, as the value of the startup parameter `options`: never slow, never in the way, read-only. */
const char *pg_sql_options(void);
/* The same for one query of a pooled connection (pgbouncer), where a setting would be left behind to somebody else: local to the
 * implicit transaction of the string it begins. */
const char *pg_sql_local(void);

#endif
