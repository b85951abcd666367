/* SPDX-License-Identifier: MIT */
/* The PostgreSQL panel beside a real server: what it says is what the server's own views say. */
#include "config.h"

#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/ring.h"
#include "message/reading.h"
#include "monitor/monitor.h"
#include "panel_watch.h"
#include "pgserver.h"
#include "scenario/scenario.h"

#define CLIENTS_MAX 200

static int start(void **state)
{
	static const char *const settings[] = { "max_connections=40",
						"superuser_reserved_connections=3",
						"track_io_timing=on", NULL };
	struct pgserver *server = mem_new(sizeof(*server));

	if (!pgserver_is_there()) {
		free(server);
		return 0;
	}
	pgserver_init(server);
	pgserver_launch(server, settings);
	pgserver_sql(server, "CREATE ROLE app LOGIN; CREATE ROLE eyes LOGIN;"
			     " GRANT pg_monitor TO eyes; CREATE ROLE nobody_special LOGIN;"
			     " CREATE TABLE t (id int PRIMARY KEY, n int);"
			     " INSERT INTO t VALUES (1, 0), (2, 0); GRANT ALL ON t TO app, eyes");
	*state = server;
	return 0;
}

static int end(void **state)
{
	struct pgserver *server = *state;

	if (server != NULL)
		pgserver_fini(server);
	free(server);
	return 0;
}

static struct pgserver *server_of(void **state)
{
	if (*state == NULL)
		skip();
	return *state;
}

static struct panel_watch *watch_as(const struct pgserver *server, const char *user,
				    const char *more)
{
	char *text = mem_printf("\"dsn\": \"postgresql://%s@127.0.0.1:%u/postgres\","
				" \"every\": \"500ms\", \"canary\": 0%s",
				user, server->port, more);
	struct panel_watch *watch = panel_watch_new(text);

	free(text);
	return watch;
}

struct crowd {
	size_t count;
	PGconn *conns[CLIENTS_MAX];
};

static PGconn *join(const struct pgserver *server, struct crowd *crowd, const char *user,
		    const char *application)
{
	PGconn *conn = pgserver_connect(server, user, application, NULL);

	assert_non_null(conn);
	crowd->conns[crowd->count++] = conn;
	return conn;
}

/* Their backends end at once, also those that are in the middle of a statement. */
static void leave(const struct pgserver *server, struct crowd *crowd)
{
	pgserver_sql(
		server,
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
	while (crowd->count > 0)
		PQfinish(crowd->conns[--crowd->count]);
}

/* Backends of connections closed a moment ago, and what vacuums by itself, are gone. */
static void wait_until_alone(const struct pgserver *server, double others)
{
	PGconn *conn = pgserver_connect(server, "postgres", "test", NULL);

	pgserver_run(conn, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
			   " WHERE datid IS NOT NULL AND pid <> pg_backend_pid()");
	for (unsigned i = 0; i < 400; i++) {
		pgserver_run(conn, "SELECT pg_stat_clear_snapshot()");
		if (pgserver_number(conn,
				    "SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL"
				    " AND pid <> pg_backend_pid()") <= others) {
			PQfinish(conn);
			return;
		}
		clock_sleep_ns(50 * CLOCK_NS_PER_MS);
	}
	fail_msg("other connections do not go away");
}

static void counts_are_those_of_the_server(void **state)
{
	struct pgserver *server = server_of(state);
	struct crowd crowd = { 0 };
	struct panel_watch *watch;
	PGconn *holder, *eye;

	wait_until_alone(server, 0);
	for (int i = 0; i < 5; i++)
		join(server, &crowd, "app", "web");
	holder = join(server, &crowd, "app", "celery");
	pgserver_run(holder, "BEGIN; UPDATE t SET n = 1 WHERE id = 1");
	pgserver_run(join(server, &crowd, "app", "web"), "BEGIN");
	/* aborted: "idle in transaction (aborted)" has parentheses, and others have missed it for it */
	PQclear(PQexec(join(server, &crowd, "app", "web"), "BEGIN; SELECT 1 / 0"));
	assert_true(
		PQsendQuery(join(server, &crowd, "app", "web"), "UPDATE t SET n = 2 WHERE id = 1"));
	/* queues behind the one before, not behind the holder */
	assert_true(
		PQsendQuery(join(server, &crowd, "app", "web"), "UPDATE t SET n = 3 WHERE id = 1"));
	assert_true(PQsendQuery(join(server, &crowd, "app", "web"), "SELECT pg_sleep(600)"));
	watch = watch_as(server, "eyes", "");
	panel_watch_until_value(watch, "blocked", 2);
	panel_watch_until_value(watch, "active", 3);
	panel_watch_rounds(watch, "ceiling", 2);
	assert_float_equal(panel_watch_value(watch, "connections"), 11, 0);
	assert_float_equal(panel_watch_value(watch, "idle"), 5, 0);
	assert_float_equal(panel_watch_value(watch, "idle_in_transaction"), 3, 0);
	assert_float_equal(panel_watch_value(watch, "idle_in_transaction_aborted"), 1, 0);
	assert_float_equal(panel_watch_value(watch, "waiting"), 2, 0);
	assert_float_equal(panel_watch_value(watch, "lwlock"), 0, 0);
	assert_true(panel_watch_value(watch, "longest_transaction_s") > 0);
	assert_true(panel_watch_value(watch, "longest_query_s") > 0);
	assert_true(panel_watch_value(watch, "longest_idle_transaction_s") > 0);
	/* 40, 3 of them for superusers, one is the panel's own */
	assert_float_equal(panel_watch_value(watch, "ceiling"), 36, 0);
	assert_string_equal(panel_watch_state(watch, "ceiling"),
			    "max_connections 40, 3 reserved, 1 of throng");
	panel_watch_until_state(watch, "blocker", "(celery, idle in transaction ");
	panel_watch_until_state(watch, "blocker",
				" holds the lock that 2 of 2 blocked sessions wait for");
	assert_true(panel_watch_saw_event(watch, "blocked", "celery"));
	/* the panel and this one more are rows, too, as are the background processes */
	eye = pgserver_connect(server, "postgres", "test", NULL);
	panel_watch_rounds(watch, "all_rows", 2);
	assert_float_equal(panel_watch_value(watch, "all_rows"),
			   pgserver_number(eye, "SELECT count(*) FROM pg_stat_activity"), 1);
	assert_float_equal(panel_watch_value(watch, "connections"), 12, 0);
	assert_float_equal(
		pgserver_number(eye, "SELECT count(*) FROM pg_stat_activity WHERE application_name"
				     " = 'throng-panel' AND usename = 'eyes'"),
		1, 0);
	PQfinish(eye);
	/* who holds them */
	panel_watch_free(watch);
	watch = watch_as(server, "eyes", "");
	panel_watch_rounds(watch, "ceiling", 2);
	assert_non_null(strstr(panel_watch_rows(watch), "10 postgres app web 3 5 2 "));
	assert_non_null(strstr(panel_watch_rows(watch), "1 postgres app celery 0 0 1 "));
	pgserver_run(holder, "ROLLBACK");
	panel_watch_until_value(watch, "blocked", 0);
	panel_watch_until_state(watch, "blocker", "");
	assert_string_equal(panel_watch_name(watch), "postgres");
	panel_watch_free(watch);
	leave(server, &crowd);
}

static void rates_are_of_the_server_and_without_our_own(void **state)
{
	struct pgserver *server = server_of(state);
	struct panel_watch *watch;
	PGconn *conn;

	wait_until_alone(server, 0);
	watch = watch_as(server, "eyes", "");
	/* nothing but the panel itself, which asks 6 times a second, once the server has calmed down */
	panel_watch_rounds(watch, "tps", 2);
	for (int i = 0; i < 6 && panel_watch_value(watch, "tps") >= 3; i++)
		panel_watch_rounds(watch, "tps", 1);
	assert_true(panel_watch_value(watch, "tps") < 3);
	panel_watch_until_value(watch, "rollbacks_ps", 0);
	conn = pgserver_connect(server, "app", "web", NULL);
	panel_watch_rounds(watch, "tps", 1);
	panel_watch_forget(watch);
	for (int i = 0; i < 600; i++)
		pgserver_run(conn, "UPDATE t SET n = n + 1 WHERE id = 1");
	for (int i = 0; i < 60; i++)
		pgserver_run(conn, "BEGIN; SELECT 1; ROLLBACK");
	pgserver_run(conn, "SET work_mem = '64kB'; SELECT count(*) FROM (SELECT a FROM"
			   " generate_series(1, 200000) AS a ORDER BY -a OFFSET 0) AS s");
	PQfinish(conn); /* hands its counts over */
	panel_watch_rounds(watch, "tps", 3);
	/* within three intervals of 1.5 s or more; the panel asked nothing while the test was busy */
	assert_true(panel_watch_highest(watch, "tps") > 50);
	assert_true(panel_watch_highest(watch, "rollbacks_ps") > 5);
	assert_true(panel_watch_highest(watch, "temp_bps") > 10000);
	assert_in_range((unsigned)panel_watch_value(watch, "cache_hit_pct"), 0, 100);
	assert_float_equal(panel_watch_value(watch, "deadlocks"), 0, 0);
	panel_watch_free(watch);
}

static void a_deadlock_is_counted(void **state)
{
	struct pgserver *server = server_of(state);
	struct crowd crowd = { 0 };
	struct panel_watch *watch;
	PGconn *a, *b;

	wait_until_alone(server, 0);
	watch = watch_as(server, "eyes", "");
	panel_watch_until_value(watch, "deadlocks", 0);
	a = join(server, &crowd, "app", "web");
	b = join(server, &crowd, "app", "web");
	pgserver_run(a, "BEGIN; UPDATE t SET n = 1 WHERE id = 1");
	pgserver_run(b, "BEGIN; UPDATE t SET n = 1 WHERE id = 2");
	assert_true(PQsendQuery(a, "UPDATE t SET n = 2 WHERE id = 2"));
	PQclear(PQexec(b, "UPDATE t SET n = 2 WHERE id = 1"));
	leave(server, &crowd);
	panel_watch_until_value(watch, "deadlocks", 1);
	panel_watch_free(watch);
}

static void a_role_without_rights_sees_how_many_and_is_told_what_it_misses(void **state)
{
	struct pgserver *server = server_of(state);
	struct crowd crowd = { 0 };
	struct panel_watch *watch;

	wait_until_alone(server, 0);
	for (int i = 0; i < 7; i++)
		join(server, &crowd, "app", "web");
	watch = watch_as(server, "nobody_special", "");
	panel_watch_rounds(watch, "ceiling", 2);
	assert_float_equal(panel_watch_value(watch, "connections"), 7, 0);
	assert_float_equal(panel_watch_value(watch, "ceiling"), 36, 0);
	/* not known is not 0 */
	assert_float_equal(panel_watch_value(watch, "active"), -1, 0);
	assert_float_equal(panel_watch_value(watch, "idle_in_transaction"), -1, 0);
	assert_string_equal(panel_watch_state(watch, "note"),
			    "states of 7 of 7 sessions are hidden from role nobody_special: "
			    "GRANT pg_monitor TO nobody_special");
	assert_string_equal(panel_watch_problem(watch), "");
	assert_non_null(strstr(panel_watch_rows(watch), "7 postgres app web"));
	pgserver_sql(server, "GRANT pg_monitor TO nobody_special");
	panel_watch_until_value(watch, "idle", 7);
	panel_watch_until_state(watch, "note", "");
	panel_watch_free(watch);
	pgserver_sql(server, "REVOKE pg_monitor FROM nobody_special");
	leave(server, &crowd);
}

static void the_ceiling_is_that_of_the_role_and_database_in_use(void **state)
{
	struct pgserver *server = server_of(state);
	struct crowd crowd = { 0 };
	struct panel_watch *watch;

	wait_until_alone(server, 0);
	join(server, &crowd, "app", "web");
	join(server, &crowd, "app", "web");
	watch = watch_as(server, "eyes", "");
	panel_watch_until_value(watch, "ceiling", 36);
	pgserver_sql(server, "ALTER ROLE app CONNECTION LIMIT 20");
	panel_watch_until_value(watch, "ceiling", 20);
	panel_watch_until_state(watch, "ceiling", "role app may have 20 connections");
	pgserver_sql(server, "ALTER DATABASE postgres CONNECTION LIMIT 10");
	panel_watch_until_value(watch, "ceiling", 9); /* one of the ten is ours */
	panel_watch_until_state(watch, "ceiling", "database postgres may have 10 connections");
	pgserver_sql(server, "ALTER DATABASE postgres CONNECTION LIMIT -1;"
			     " ALTER ROLE app CONNECTION LIMIT -1");
	panel_watch_until_value(watch, "ceiling", 36);
	/* a superuser may use them all */
	pgserver_sql(server, "ALTER ROLE app SUPERUSER");
	panel_watch_until_value(watch, "ceiling", 39);
	pgserver_sql(server, "ALTER ROLE app NOSUPERUSER");
	panel_watch_free(watch);
	leave(server, &crowd);
}

static void limit_and_band_become_marks(void **state)
{
	struct pgserver *server = server_of(state);
	struct crowd crowd = { 0 };
	struct panel_watch *watch;

	wait_until_alone(server, 0);
	watch = watch_as(
		server, "eyes",
		", \"expect\": {\"connections\": [2, 4]}, \"limit\": {\"connections\": 5}");
	panel_watch_rounds(watch, "ceiling", 4);
	assert_false(panel_watch_saw_event(watch, "band", "")); /* the load has not begun */
	for (int i = 0; i < 3; i++)
		join(server, &crowd, "app", "web");
	panel_watch_until_value(watch, "connections", 3);
	for (int i = 0; i < 3; i++)
		join(server, &crowd, "app", "web");
	panel_watch_until_event(watch, "limit", "connections 6, above the limit of 5");
	panel_watch_until_event(watch, "band", "connections 6, above the expected 2–4");
	leave(server, &crowd);
	panel_watch_until_event(watch, "limit", "connections 0, within the limit of 5 again");
	panel_watch_free(watch);
}

static void own_gauges_are_read_only_bounded_and_excused_alone(void **state)
{
	struct pgserver *server = server_of(state);
	struct panel_watch *watch;

	wait_until_alone(server, 0);
	pgserver_sql(server, "SET client_min_messages = error; DROP TABLE IF EXISTS jobs");
	watch = watch_as(
		server, "eyes",
		", \"gauges\": ["
		"{\"name\": \"late\", \"query\": \"SELECT count(*) FROM jobs\"},"
		"{\"name\": \"slow\", \"query\": \"SELECT pg_sleep(10)\"},"
		"{\"name\": \"writes\", \"query\": \"UPDATE t SET n = 0 RETURNING n\"},"
		"{\"name\": \"word\", \"query\": \"SELECT 'many'\"},"
		"{\"name\": \"none\", \"query\": \"SELECT NULL\"},"
		"{\"name\": \"two\", \"query\": \"SELECT 1; SELECT 2\"},"
		"{\"name\": \"good\", \"query\": \"SELECT 41 + 1\", \"limit\": \"== 42\"}]");
	panel_watch_until_value(watch, "good", 42);
	assert_non_null(
		strstr(panel_watch_state(watch, "late"), "\"jobs\" does not exist (42P01)"));
	assert_non_null(strstr(panel_watch_state(watch, "slow"), "statement timeout (57014)"));
	assert_non_null(
		strstr(panel_watch_state(watch, "writes"), "read-only transaction (25006)"));
	assert_string_equal(panel_watch_state(watch, "word"),
			    "the first field of its query is no number");
	assert_string_equal(panel_watch_state(watch, "none"), "its query gave no row, or null");
	assert_non_null(strstr(panel_watch_state(watch, "two"), "multiple commands"));
	assert_string_equal(panel_watch_problem(watch), "");
	pgserver_sql(server, "CREATE TABLE jobs (id int); INSERT INTO jobs VALUES (1), (2);"
			     " GRANT SELECT ON jobs TO eyes");
	panel_watch_until_value(watch, "late", 2);
	panel_watch_until_state(watch, "late", "");
	panel_watch_free(watch);
}

static void the_connection_is_there_before_the_load(void **state)
{
	struct pgserver *server = server_of(state);
	char *dsn =
		mem_printf("\"dsn\": \"postgresql://eyes@127.0.0.1:%u/postgres\"", server->port);
	struct scenario *scenario = panel_watch_scenario(dsn);
	struct monitor *monitor = NULL;
	struct ring *readings = NULL;
	struct error err = { 0 };
	PGconn *conn;

	wait_until_alone(server, 0);
	assert_int_equal(ring_new(&readings, sizeof(struct reading), 1024), 0);
	assert_int_equal(monitor_new(&monitor, scenario, readings, &err), 0);
	monitor_await(monitor, 60000); /* not running: nothing to wait for */
	panel_watch_run(monitor);
	monitor_await(monitor, 60000);
	conn = pgserver_connect(server, "postgres", "test", NULL);
	assert_float_equal(pgserver_number(conn, "SELECT count(*) FROM pg_stat_activity"
						 " WHERE application_name = 'throng-panel'"),
			   1, 0);
	PQfinish(conn);
	monitor_stop(monitor);
	monitor_free(monitor);
	ring_free(readings);
	scenario_free(scenario);
	free(dsn);
}

static void check_says_what_it_found(void **state)
{
	struct pgserver *server = server_of(state);
	char *dsn =
		mem_printf("\"dsn\": \"postgresql://eyes@127.0.0.1:%u/postgres\"", server->port);
	char said[1024], *wanted;

	wait_until_alone(server, 0);
	assert_int_equal(panel_watch_probe(dsn, said, sizeof(said)), 0);
	wanted = mem_printf(", eyes@127.0.0.1:%u/postgres: 0 of 36 connections", server->port);
	assert_non_null(strstr(said, "PostgreSQL 1"));
	assert_non_null(strstr(said, wanted));
	free(wanted);
	free(dsn);
	dsn = mem_printf("\"dsn\": \"postgresql://stranger:geheim@127.0.0.1:%u/postgres\"",
			 server->port);
	assert_int_not_equal(panel_watch_probe(dsn, said, sizeof(said)), 0);
	assert_non_null(strstr(said, "role \"stranger\" does not exist (28000)"));
	assert_null(strstr(said, "geheim"));
	free(dsn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_are_those_of_the_server),
		cmocka_unit_test(rates_are_of_the_server_and_without_our_own),
		cmocka_unit_test(a_deadlock_is_counted),
		cmocka_unit_test(a_role_without_rights_sees_how_many_and_is_told_what_it_misses),
		cmocka_unit_test(the_ceiling_is_that_of_the_role_and_database_in_use),
		cmocka_unit_test(limit_and_band_become_marks),
		cmocka_unit_test(own_gauges_are_read_only_bounded_and_excused_alone),
		cmocka_unit_test(the_connection_is_there_before_the_load),
		cmocka_unit_test(check_says_what_it_found),
	};

	return cmocka_run_group_tests(tests, start, end);
}
