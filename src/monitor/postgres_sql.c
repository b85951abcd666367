/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "monitor/postgres_sql.h"

#include "base/buf.h"

/* backend_type is null for whoever may not see it (no pg_monitor), as are state, waits and times; datid and usesysid are everybody's. A
 * client connection therefore is one whose type says so, a hidden one has a database and a role but no type. */
#define CLIENT "backend_type = 'client backend'"
#define HIDDEN "backend_type IS NULL AND datid IS NOT NULL AND usesysid IS NOT NULL"
#define EITHER                                                                                   \
	"coalesce(backend_type, 'client backend') = 'client backend' AND datid IS NOT NULL AND " \
	"usesysid IS NOT NULL"
#define OTHERS "pid <> pg_backend_pid() AND coalesce(application_name, '') <> '" PG_CANARY "'"

static void add_main(struct buf *out)
{
	/* "idle in transaction (aborted)" has its parentheses in the server. */
	buf_adds(out, "SELECT count(*),"
		      " count(*) FILTER (WHERE " CLIENT " AND other),"
		      " count(*) FILTER (WHERE " HIDDEN " AND other),"
		      " count(*) FILTER (WHERE " CLIENT " AND other AND state = 'active'),"
		      " count(*) FILTER (WHERE " CLIENT " AND other AND state = 'idle'),"
		      " count(*) FILTER (WHERE " CLIENT
		      " AND other AND state LIKE 'idle in transaction%'),"
		      " count(*) FILTER (WHERE " CLIENT
		      " AND other AND state = 'idle in transaction (aborted)'),"
		      " count(*) FILTER (WHERE " CLIENT
		      " AND other AND state = 'active' AND wait_event_type"
		      " IN ('Lock', 'LWLock', 'BufferPin', 'Buffer', 'IO')),"
		      " count(*) FILTER (WHERE " CLIENT
		      " AND other AND state = 'active' AND wait_event_type = 'Lock'),"
		      " count(*) FILTER (WHERE " CLIENT
		      " AND other AND state = 'active' AND wait_event_type = 'LWLock'),"
		      " count(*) FILTER (WHERE " CLIENT
		      " AND other AND state = 'active' AND wait_event_type = 'IO'),"
		      " coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)"
		      " FILTER (WHERE " CLIENT " AND other)), 0)::float8,"
		      " coalesce(extract(epoch FROM max(clock_timestamp() - query_start)"
		      " FILTER (WHERE " CLIENT " AND other AND state = 'active')), 0)::float8,"
		      " coalesce(extract(epoch FROM max(clock_timestamp() - state_change)"
		      " FILTER (WHERE " CLIENT
		      " AND other AND state LIKE 'idle in transaction%')), 0)::float8,"
		      " pg_is_in_recovery(), extract(epoch FROM pg_postmaster_start_time())::float8"
		      " FROM (SELECT *, " OTHERS " AS other FROM pg_stat_activity) AS a");
}

static void add_ceiling(int version, struct buf *out)
{
	/* Roles and their limits are everybody's to read. The role that has most clients is the application's. */
	buf_adds(out, "WITH o AS (SELECT usesysid, datid FROM pg_stat_activity WHERE " EITHER
		      " AND " OTHERS "),"
		      " app AS (SELECT usesysid, datid FROM o GROUP BY 1, 2 ORDER BY count(*) "
		      "DESC, 1, 2 LIMIT 1)"
		      " SELECT current_setting('max_connections')::int,"
		      " current_setting('superuser_reserved_connections')::int,");
	buf_adds(out, version >= 160000 ? " current_setting('reserved_connections')::int," : " 0,");
	buf_adds(out, " r.rolname, r.rolsuper,");
	buf_adds(out, version >= 160000
			      ? " pg_has_role(r.oid, 'pg_use_reserved_connections', 'USAGE'),"
			      : " false,");
	buf_adds(out, " r.rolconnlimit, (SELECT count(*) FROM o WHERE o.usesysid = r.oid),"
		      " r.rolname = session_user,"
		      " d.datname, d.datconnlimit, (SELECT count(*) FROM o WHERE o.datid = d.oid),"
		      " d.datname = current_database(), (SELECT count(*) FROM o)"
		      " FROM pg_roles AS r, pg_database AS d"
		      " WHERE r.oid = coalesce((SELECT usesysid FROM app),"
		      " (SELECT oid FROM pg_roles WHERE rolname = session_user))"
		      " AND d.oid = coalesce((SELECT datid FROM app),"
		      " (SELECT oid FROM pg_database WHERE datname = current_database()))");
}

static void add_counters(int version, struct buf *out)
{
	buf_adds(out,
		 "SELECT extract(epoch FROM clock_timestamp())::float8,"
		 " sum(xact_commit)::float8, sum(xact_rollback)::float8, sum(blks_hit)::float8,"
		 " sum(blks_read)::float8, sum(deadlocks)::float8, sum(temp_files)::float8,"
		 " sum(temp_bytes)::float8,");
	buf_adds(out, version >= 140000 ? " sum(active_time)::float8" : " NULL::float8");
	buf_adds(out, " FROM pg_stat_database");
}

static void add_groups(struct buf *out)
{
	buf_addf(out,
		 "SELECT datname, usename, translate(application_name, E'\\n\\r\\t', '   '), "
		 "count(*),"
		 " CASE WHEN bool_or(backend_type IS NULL) THEN NULL ELSE"
		 " count(*) FILTER (WHERE state = 'active') END,"
		 " CASE WHEN bool_or(backend_type IS NULL) THEN NULL ELSE"
		 " count(*) FILTER (WHERE state = 'idle') END,"
		 " CASE WHEN bool_or(backend_type IS NULL) THEN NULL ELSE"
		 " count(*) FILTER (WHERE state LIKE 'idle in transaction%%') END,"
		 " extract(epoch FROM max(clock_timestamp() - xact_start))::float8"
		 " FROM pg_stat_activity WHERE " EITHER " AND " OTHERS
		 " GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT %d",
		 PG_GROUPS_MAX);
}

/* The root of the waiting: who holds what most of them want and waits for no lock itself, also where they
 * queue behind each other. Takes the lock manager for a moment, so only asked while somebody is blocked. */
static void add_blocker(struct buf *out)
{
	buf_adds(
		out,
		"WITH RECURSIVE w AS (SELECT pid, pg_blocking_pids(pid) AS by FROM pg_stat_activity"
		" WHERE state = 'active' AND wait_event_type = 'Lock' LIMIT 200),"
		" e AS (SELECT w.pid AS waiter, unnest(w.by) AS pid FROM w),"
		" r AS (SELECT waiter, pid FROM e"
		" UNION SELECT r.waiter, e.pid FROM r JOIN e ON e.waiter = r.pid)"
		" SELECT r.pid, count(DISTINCT r.waiter), (SELECT count(*) FROM w), a.usename,"
		" translate(a.application_name, E'\\n\\r\\t', '   '), a.state,"
		" extract(epoch FROM statement_timestamp() - a.xact_start)::float8"
		" FROM r LEFT JOIN pg_stat_activity AS a ON a.pid = r.pid"
		" WHERE r.pid NOT IN (SELECT pid FROM w)"
		" GROUP BY 1, 4, 5, 6, 7 ORDER BY 2 DESC, 7 DESC NULLS LAST LIMIT 1");
}

void pg_sql(enum pg_query query, int version, struct buf *out)
{
	switch (query) {
	case PG_QUERY_MAIN:
		add_main(out);
		break;
	case PG_QUERY_CEILING:
		add_ceiling(version, out);
		break;
	case PG_QUERY_COUNTERS:
		add_counters(version, out);
		break;
	case PG_QUERY_GROUPS:
		add_groups(out);
		break;
	case PG_QUERY_BLOCKER:
		add_blocker(out);
		break;
	case PG_QUERIES:
		break;
	}
}

const char *pg_sql_name(enum pg_query query)
{
	static const char *const names[PG_QUERIES] = {
		[PG_QUERY_MAIN] = "throng_main",         [PG_QUERY_CEILING] = "throng_ceiling",
		[PG_QUERY_COUNTERS] = "throng_counters", [PG_QUERY_GROUPS] = "throng_groups",
		[PG_QUERY_BLOCKER] = "throng_blocker",
	};

	return names[query];
}

const char *pg_sql_options(void)
{
	return "-c statement_timeout=1500 -c lock_timeout=500"
	       " -c idle_in_transaction_session_timeout=5000"
	       " -c default_transaction_read_only=on -c jit=off -c client_min_messages=error";
}

const char *pg_sql_local(void)
{
	return "SET LOCAL statement_timeout = 1500; SET LOCAL lock_timeout = 500;"
	       " SET LOCAL transaction_read_only = on; ";
}
