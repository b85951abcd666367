/* SPDX-License-Identifier: MIT */
/* The PostgreSQL panel when the server is full, frozen, killed, shut down or refuses: the loop goes on, the line says what it is and what
 * helps, nothing reaches stderr (panel_watch_free looks), and it comes back by itself. */
#include "config.h"

#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "panel_watch.h"
#include "pgserver.h"

#define CLIENTS_MAX 200

static void launch(struct pgserver *server)
{
	static const char *const settings[] = { "max_connections=100",
						"superuser_reserved_connections=3", NULL };

	pgserver_launch(server, settings);
}

static int start(void **state)
{
	struct pgserver *server = mem_new(sizeof(*server));

	if (!pgserver_is_there()) {
		free(server);
		return 0;
	}
	pgserver_init(server);
	launch(server);
	pgserver_sql(server, "CREATE ROLE app LOGIN PASSWORD 'richtig'; GRANT pg_monitor TO app;"
			     " CREATE ROLE root_app LOGIN SUPERUSER");
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

static struct panel_watch *watch_as(const struct pgserver *server, const char *user)
{
	char *text = mem_printf("\"dsn\": \"postgresql://%s@localhost:%u/postgres\","
				" \"every\": \"500ms\", \"canary\": \"1s\"",
				user, server->port);
	struct panel_watch *watch = panel_watch_new(text);

	free(text);
	return watch;
}

struct crowd {
	size_t count;
	PGconn *conns[CLIENTS_MAX];
	char refused[6]; /* SQLSTATE of the one too many */
};

static void fill(const struct pgserver *server, struct crowd *crowd, const char *user)
{
	PGconn *conn;

	while (crowd->count < CLIENTS_MAX &&
	       (conn = pgserver_connect(server, user, "web", crowd->refused)) != NULL)
		crowd->conns[crowd->count++] = conn;
	assert_string_equal(crowd->refused, "53300");
}

static void leave(struct crowd *crowd)
{
	while (crowd->count > 0)
		PQfinish(crowd->conns[--crowd->count]);
}

/* The panel was there first: it goes on saying how it is, and sees newcomers refused. */
static void fill_and_watch(struct pgserver *server, const char *user, double ceiling)
{
	struct panel_watch *watch = watch_as(server, user);
	struct crowd crowd = { 0 };

	panel_watch_until_value(watch, "connections", 0);
	fill(server, &crowd, user);
	panel_watch_until_value(watch, "connections", ceiling);
	panel_watch_until_value(watch, "ceiling", ceiling);
	panel_watch_until_event(watch, "full", "connections are taken");
	panel_watch_until_event(watch, "refused", "new connections are refused: ");
	panel_watch_rounds(watch, "refused", 2);
	assert_true(panel_watch_value(watch, "refused") >= 2);
	panel_watch_rounds(watch, "connections", 2);
	assert_float_equal(panel_watch_value(watch, "connections"), ceiling, 0);
	assert_string_equal(panel_watch_problem(watch), "");
	leave(&crowd);
	panel_watch_until_event(watch, "admitted", "let in again");
	panel_watch_until_value(watch, "connections", 0);
	panel_watch_free(watch);
}

static void the_held_slot_goes_on_at_97_of_an_ordinary_role(void **state)
{
	fill_and_watch(server_of(state), "app", 96); /* and the panel's own */
}

static void the_held_slot_goes_on_at_100_of_a_superuser(void **state)
{
	fill_and_watch(server_of(state), "root_app", 99);
}

/* throng comes too late: that is the finding, and the first free slot is its. */
static void a_newcomer_without_a_slot_says_so_and_takes_the_first_free_one(void **state)
{
	struct pgserver *server = server_of(state);
	struct crowd crowd = { 0 };
	struct panel_watch *watch;
	char said[1024];
	char *dsn = mem_printf("\"dsn\": \"postgresql://app@127.0.0.1:%u/postgres\"", server->port);

	fill(server, &crowd, "app");
	assert_in_range(crowd.count, 96, 97);
	assert_int_not_equal(panel_watch_probe(dsn, said, sizeof(said)), 0);
	assert_non_null(strstr(said, "(53300): the database refuses new clients"));
	free(dsn);
	watch = watch_as(server, "app");
	panel_watch_until_problem(watch,
				  "(53300): the database refuses new clients, throng's panel too");
	panel_watch_until_value(watch, "refused", 2);
	assert_float_equal(panel_watch_value(watch, "connections"), -1, 0);
	PQfinish(crowd.conns[--crowd.count]);
	panel_watch_until_problem(watch, "");
	assert_true(panel_watch_value(watch, "refused") <=
		    6); /* one a second: it was in within two */
	panel_watch_until_event(watch, "full",
				"all 96 connections are taken (max_connections 100, 3 reserved");
	leave(&crowd);
	panel_watch_free(watch);
}

static void a_frozen_server_holds_nothing_up(void **state)
{
	struct pgserver *server = server_of(state);
	struct panel_watch *watch = watch_as(server, "app");
	unsigned beats;

	panel_watch_until_value(watch, "connections", 0);
	pgserver_pause(server);
	beats = panel_watch_beats(watch);
	panel_watch_until_problem(watch, "does not answer: no answer within 2 s");
	panel_watch_until_problem(watch, "does not answer: not connected within 3 s");
	/* 5 s or more went by in beats of 20 ms, unless something blocked */
	assert_true(panel_watch_beats(watch) - beats > 60);
	pgserver_resume(server);
	panel_watch_until_problem(watch, "");
	panel_watch_rounds(watch, "connections", 2);
	panel_watch_free(watch);
}

static void a_killed_server_comes_back_as_restarted(void **state)
{
	struct pgserver *server = server_of(state);
	struct panel_watch *watch = watch_as(server, "app");

	panel_watch_until_value(watch, "connections", 0);
	panel_watch_rounds(watch, "connections", 1);
	pgserver_stop(server, SIGKILL);
	panel_watch_until_problem(watch, "no connection to app@localhost:");
	launch(server);
	panel_watch_until_problem(watch, "");
	panel_watch_until_event(watch, "restart", "PostgreSQL was restarted");
	panel_watch_forget(watch);
	pgserver_stop(server, SIGINT); /* fast: it tells us before it goes */
	panel_watch_until_problem(watch, "administrator command (57P01)");
	launch(server);
	panel_watch_until_problem(watch, "");
	panel_watch_until_event(watch, "restart", "PostgreSQL was restarted");
	panel_watch_free(watch);
}

/* SIGTERM to the postmaster waits until all clients have left: the held connection must not be why it never ends. */
static void a_smart_shutdown_does_not_wait_for_the_panel(void **state)
{
	struct pgserver *server = server_of(state);
	struct panel_watch *watch = watch_as(server, "app");

	panel_watch_rounds(watch, "connections", 2);
	kill(server->pid, SIGTERM);
	panel_watch_until_problem(watch, "app@localhost");
	assert_true(pgserver_ended(server, 20));
	launch(server);
	panel_watch_until_problem(watch, "");
	panel_watch_free(watch);
}

static void a_backend_that_is_ended_is_replaced(void **state)
{
	struct pgserver *server = server_of(state);
	struct panel_watch *watch = watch_as(server, "app");

	panel_watch_rounds(watch, "connections", 2);
	pgserver_sql(server, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
			     " WHERE application_name = 'throng-panel'");
	panel_watch_until_problem(watch, "administrator command (57P01)");
	panel_watch_until_problem(watch, "");
	assert_false(panel_watch_saw_event(watch, "restart", ""));
	panel_watch_free(watch);
}

static void a_refusal_says_what_helps_and_never_the_password(void **state)
{
	struct pgserver *server = server_of(state);
	static const struct {
		const char *dsn, *line;
	} cases[] = {
		{ "postgresql://app:falsch@localhost:%u/postgres",
		  "password authentication failed for user \"app\" (28P01): set PGPASSWORD or "
		  "~/.pgpass" },
		{ "postgresql://app@localhost:%u/postgres",
		  "app@localhost:%u/postgres wants a password: set PGPASSWORD or ~/.pgpass" },
		{ "postgresql://app:richtig@localhost:%u/nowhere",
		  "database \"nowhere\" does not exist (3D000): name a database that exists" },
		{ "host=localhost port=%u user=outsider dbname=postgres",
		  "no pg_hba.conf entry for host \"127.0.0.1\", user \"outsider\", database "
		  "\"postgres\"" },
		{ "postgresql://app:falsch@localhost:1/postgres",
		  "no connection to app@localhost:1/postgres: Connection refused" },
		{ "postgresql://app:falsch@no-such-name.invalid:%u/postgres",
		  "the name no-such-name.invalid does not resolve: " },
		{ "service=nonesuch", "dsn: definition of service \"nonesuch\" not found" },
		{ "postgresql://app:falsch@[::1:%u/postgres", "dsn: it is neither a URI nor" },
		{ "host=localhost port=%u nonsense=falsch",
		  "dsn: invalid connection option \"nonsense\"" },
	};

	pgserver_hba(server, "local all postgres trust\nhost all postgres 127.0.0.1/32 trust\n"
			     "host all app 127.0.0.1/32 scram-sha-256\n");
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *dsn = mem_printf(cases[i].dsn, server->port);
		char *line = mem_printf(cases[i].line, server->port);
		char *text = mem_printf("\"dsn\": \"%s\", \"canary\": 0", dsn);
		struct panel_watch *watch = panel_watch_new(text);

		panel_watch_until_problem(watch, line);
		assert_false(panel_watch_said(watch, "falsch"));
		panel_watch_free(watch);
		free(text);
		free(line);
		free(dsn);
	}
}

/* PGPASSFILE and PGSERVICEFILE stand for ~/.pgpass and ~/.pg_service.conf. */
static void a_service_and_a_password_file_lead_in(void **state)
{
	struct pgserver *server = server_of(state);
	char *service = mem_printf("%s/service.conf", server->dir);
	char *passwords = mem_printf("%s/pgpass", server->dir);
	struct panel_watch *watch;
	FILE *out;

	pgserver_hba(server, "local all postgres trust\nhost all postgres 127.0.0.1/32 trust\n"
			     "host all app 127.0.0.1/32 scram-sha-256\n");
	out = fopen(service, "we");
	assert_non_null(out);
	/* the first name does not resolve, the second host refuses: the third is it */
	fprintf(out,
		"[eucora]\nhost=no-such-name.invalid,localhost,localhost\nport=1,1,%u\nuser=app\n"
		"dbname=postgres\n",
		server->port);
	fclose(out);
	out = fopen(passwords, "we");
	assert_non_null(out);
	fprintf(out, "localhost:%u:postgres:app:richtig\n", server->port);
	fclose(out);
	chmod(passwords, 0600);
	setenv("PGSERVICEFILE", service, 1);
	setenv("PGPASSFILE", passwords, 1);
	watch = panel_watch_new("\"dsn\": \"service=eucora\", \"canary\": 0");
	panel_watch_rounds(watch, "connections", 2);
	assert_string_equal(panel_watch_problem(watch), "");
	panel_watch_free(watch);
	unsetenv("PGPASSFILE");
	setenv("PGPASSWORD", "richtig", 1);
	watch = panel_watch_new("\"dsn\": \"service=eucora\", \"canary\": 0");
	panel_watch_rounds(watch, "connections", 1);
	assert_false(panel_watch_said(watch, "richtig"));
	panel_watch_free(watch);
	unsetenv("PGPASSWORD");
	unsetenv("PGSERVICEFILE");
	free(service);
	free(passwords);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_held_slot_goes_on_at_97_of_an_ordinary_role),
		cmocka_unit_test(the_held_slot_goes_on_at_100_of_a_superuser),
		cmocka_unit_test(a_newcomer_without_a_slot_says_so_and_takes_the_first_free_one),
		cmocka_unit_test(a_frozen_server_holds_nothing_up),
		cmocka_unit_test(a_killed_server_comes_back_as_restarted),
		cmocka_unit_test(a_smart_shutdown_does_not_wait_for_the_panel),
		cmocka_unit_test(a_backend_that_is_ended_is_replaced),
		cmocka_unit_test(a_refusal_says_what_helps_and_never_the_password),
		cmocka_unit_test(a_service_and_a_password_file_lead_in),
	};

	return cmocka_run_group_tests(tests, start, end);
}
