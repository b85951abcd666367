/* SPDX-License-Identifier: MIT */
/* The PostgreSQL panel and what may stand where a server should: a pgbouncer's console, a database behind one, and servers that are none. */
#include "config.h"

#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "panel_watch.h"
#include "pgserver.h"

#define BOUNCER "/usr/sbin/pgbouncer"

struct scene {
	struct pgserver server;
	uint16_t port; /* of the pgbouncer */
	pid_t bouncer;
};

/* pool_mode transaction, two server connections for all, an administrator's console for "eyes". */
static void start_bouncer(struct scene *scene)
{
	char path[300], users[300];
	FILE *out;

	scene->port = pgserver_free_port();
	snprintf(users, sizeof(users), "%s/users.txt", scene->server.dir);
	out = fopen(users, "we");
	assert_non_null(out);
	fprintf(out, "\"app\" \"\"\n\"eyes\" \"\"\n");
	fclose(out);
	snprintf(path, sizeof(path), "%s/bouncer.ini", scene->server.dir);
	out = fopen(path, "we");
	assert_non_null(out);
	fprintf(out,
		"[databases]\npostgres = host=127.0.0.1 port=%u pool_size=2\n[pgbouncer]\n"
		"listen_addr = 127.0.0.1\nlisten_port = %u\nunix_socket_dir =\nauth_type = trust\n"
		"auth_file = %s\nstats_users = eyes\npool_mode = transaction\nmax_client_conn = 8\n"
		"logfile = %s/bouncer.log\n",
		scene->server.port, scene->port, users, scene->server.dir);
	fclose(out);
	chmod(path, 0644);
	chmod(users, 0644);
	fflush(NULL);
	scene->bouncer = fork();
	if (scene->bouncer == 0) {
		if (scene->server.uid != 0 &&
		    (setgid(scene->server.gid) != 0 || setuid(scene->server.uid) != 0))
			_exit(120);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (freopen("/dev/null", "we", stderr) == NULL ||
		    freopen("/dev/null", "we", stdout) == NULL)
			_exit(121);
		execl(BOUNCER, BOUNCER, path, (char *)NULL);
		_exit(122);
	}
}

static PGconn *through_bouncer(const struct scene *scene, const char *user)
{
	char conninfo[200];
	PGconn *conn;

	snprintf(conninfo, sizeof(conninfo), "host=127.0.0.1 port=%u user=%s dbname=postgres",
		 scene->port, user);
	conn = PQconnectdb(conninfo);
	if (PQstatus(conn) == CONNECTION_OK)
		return conn;
	PQfinish(conn);
	return NULL;
}

static int start(void **state)
{
	struct scene *scene;

	if (!pgserver_is_there() || access(BOUNCER, X_OK) != 0)
		return 0;
	scene = mem_new(sizeof(*scene));
	pgserver_init(&scene->server);
	pgserver_launch(&scene->server, NULL);
	pgserver_sql(&scene->server,
		     "CREATE ROLE app LOGIN; CREATE ROLE eyes LOGIN; GRANT pg_monitor TO eyes;"
		     " CREATE TABLE t (n int); GRANT ALL ON t TO app");
	start_bouncer(scene);
	for (unsigned i = 0; i < 1200; i++) {
		PGconn *conn = through_bouncer(scene, "app");

		PQfinish(conn);
		if (conn != NULL)
			break;
		clock_sleep_ns(50 * CLOCK_NS_PER_MS);
	}
	*state = scene;
	return 0;
}

static int end(void **state)
{
	struct scene *scene = *state;

	if (scene == NULL)
		return 0;
	kill(scene->bouncer, SIGTERM);
	waitpid(scene->bouncer, NULL, 0);
	pgserver_fini(&scene->server);
	free(scene);
	return 0;
}

static struct scene *scene_of(void **state)
{
	if (*state == NULL)
		skip();
	return *state;
}

static struct panel_watch *watch_port(uint16_t port, const char *database, const char *more)
{
	char *text = mem_printf("\"dsn\": \"postgresql://eyes@127.0.0.1:%u/%s\","
				" \"every\": \"500ms\"%s",
				port, database, more);
	struct panel_watch *watch = panel_watch_new(text);

	free(text);
	return watch;
}

/* Five clients want two connections: two have them, three wait. */
static void the_console_of_a_pgbouncer_shows_its_pools(void **state)
{
	struct scene *scene = scene_of(state);
	struct panel_watch *watch = watch_port(scene->port, "pgbouncer", "");
	PGconn *clients[5];

	panel_watch_until_value(watch, "connections", 0);
	assert_string_equal(panel_watch_name(watch), "pgbouncer");
	for (size_t i = 0; i < 5; i++) {
		clients[i] = through_bouncer(scene, "app");
		assert_non_null(clients[i]);
		assert_true(PQsendQuery(clients[i], "SELECT pg_sleep(600)"));
	}
	panel_watch_until_value(watch, "cl_waiting", 3);
	panel_watch_until_value(watch, "cl_active", 2);
	panel_watch_until_value(watch, "sv_active", 2);
	panel_watch_until_value(watch, "connections", 5);
	assert_float_equal(panel_watch_value(watch, "ceiling"), 7, 0); /* 8, one is ours */
	panel_watch_until_event(watch, "cl_waiting",
				"3 clients wait for a connection of pgbouncer's pools");
	assert_true(panel_watch_value(watch, "maxwait_s") > 0);
	for (size_t i = 0; i < 5; i++)
		PQfinish(clients[i]);
	pgserver_sql(
		&scene->server,
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
	panel_watch_until_value(watch, "connections", 0);
	panel_watch_free(watch);
}

/* The panel's settings would stay on a connection that the application gets next, and make it read-only. */
static void a_pooled_database_is_read_without_leaving_anything_behind(void **state)
{
	struct scene *scene = scene_of(state);
	struct panel_watch *watch = watch_port(
		scene->port, "postgres",
		", \"canary\": \"1s\", \"gauges\": [{\"name\": \"good\", \"query\": \"SELECT 42\"},"
		" {\"name\": \"slow\", \"query\": \"SELECT pg_sleep(5)\"},"
		" {\"name\": \"writes\", \"query\": \"CREATE TABLE spoiled (n int)\"}]");
	PGconn *client = through_bouncer(scene, "app");

	assert_non_null(client);
	panel_watch_until_value(watch, "good", 42);
	panel_watch_rounds(watch, "connections", 4);
	assert_true(panel_watch_value(watch, "connections") >= 0);
	assert_non_null(strstr(panel_watch_state(watch, "slow"), "statement timeout (57014)"));
	assert_non_null(
		strstr(panel_watch_state(watch, "writes"), "read-only transaction (25006)"));
	assert_string_equal(panel_watch_problem(watch), "");
	pgserver_run(client, "INSERT INTO t VALUES (1)");
	PQfinish(client);
	/* the panel's role goes through the same pool of two again and again */
	for (int i = 0; i < 6; i++) {
		PGresult *shown;

		client = through_bouncer(scene, "eyes");
		assert_non_null(client);
		shown = PQexec(client, "SHOW default_transaction_read_only");
		assert_string_equal(PQgetvalue(shown, 0, 0), "off");
		PQclear(shown);
		shown = PQexec(client, "SHOW statement_timeout");
		assert_string_equal(PQgetvalue(shown, 0, 0), "0");
		PQclear(shown);
		PQfinish(client);
	}
	panel_watch_free(watch);
}

static void a_full_pgbouncer_is_full(void **state)
{
	struct scene *scene = scene_of(state);
	struct panel_watch *watch;
	PGconn *clients[20] = { NULL };
	size_t count = 0;

	while (count < 20 && (clients[count] = through_bouncer(scene, "app")) != NULL)
		count++;
	assert_in_range(count, 1, 8);
	watch = watch_port(scene->port, "postgres", "");
	panel_watch_until_problem(watch, "no more connections allowed");
	panel_watch_until_value(watch, "refused", 2);
	while (count > 0)
		PQfinish(clients[--count]);
	panel_watch_until_problem(watch, "");
	panel_watch_free(watch);
}

/* ---- servers that are none ------------------------------------------------------------------- */

struct fake {
	int fd;
	uint16_t port;
	const char *says;  /* to whatever it is sent; NULL: nothing, ever */
	size_t len, piece; /* bytes at a time, 10 ms between */
	bool hangs_up;
	pthread_t thread;
};

static void serve_one(const struct fake *fake, int fd)
{
	char got[1024];

	if (recv(fd, got, sizeof(got), 0) <= 0 || fake->says == NULL)
		return;
	for (size_t at = 0; at < fake->len; at += fake->piece) {
		size_t len = fake->len - at < fake->piece ? fake->len - at : fake->piece;

		if (send(fd, fake->says + at, len, MSG_NOSIGNAL) < 0)
			return;
		clock_sleep_ns(10 * CLOCK_NS_PER_MS);
	}
}

static void *serve(void *arg)
{
	struct fake *fake = arg;
	int open[100];
	size_t count = 0;

	for (;;) {
		int fd = accept(fake->fd, NULL, NULL);

		if (fd < 0)
			break;
		serve_one(fake, fd);
		if (fake->hangs_up || count == COUNT(open))
			close(fd);
		else
			open[count++] = fd;
	}
	while (count > 0)
		close(open[--count]);
	return NULL;
}

static void fake_start(struct fake *fake)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);

	fake->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fake->fd, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(getsockname(fake->fd, (struct sockaddr *)&addr, &len), 0);
	assert_int_equal(listen(fake->fd, 50), 0);
	fake->port = ntohs(addr.sin_port);
	assert_int_equal(pthread_create(&fake->thread, NULL, serve, fake), 0);
}

static void fake_stop(struct fake *fake)
{
	shutdown(fake->fd, SHUT_RDWR);
	pthread_join(fake->thread, NULL);
	close(fake->fd);
}

static void what_is_no_server_is_told_and_holds_nothing_up(void **state)
{
	static const char http[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	static const char noise[] = "N\x00\xff\xfe"
				    "R\x00\x00\x00\x08\x00\x00\x00\x00Z\x7f\xff\xff\xff";
	/* it lets us in, is ready, and answers questions with the same again */
	static const char odd[] = "NR\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";
	struct {
		struct fake fake;
		const char *line;
	} cases[] = {
		{ { .says = http, .len = sizeof(http) - 1, .piece = 1000 }, "127.0.0.1" },
		{ { .says = http, .len = sizeof(http) - 1, .piece = 1, .hangs_up = true },
		  "127.0.0.1" },
		{ { .says = noise, .len = sizeof(noise) - 1, .piece = 1 }, "127.0.0.1" },
		{ { .says = odd, .len = sizeof(odd) - 1, .piece = 1000 }, "127.0.0.1" },
		{ { .says = NULL }, "does not answer: not connected within 3 s" },
		{ { .says = "", .hangs_up = true }, "server closed the connection unexpectedly" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct panel_watch *watch;
		unsigned beats;

		fake_start(&cases[i].fake);
		watch = watch_port(cases[i].fake.port, "postgres", "");
		panel_watch_until_problem(watch, cases[i].line);
		/* and goes on trying, without holding up the loop */
		beats = panel_watch_beats(watch);
		while (panel_watch_beats(watch) < beats + 25)
			panel_watch_turn(watch);
		panel_watch_free(watch);
		fake_stop(&cases[i].fake);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_console_of_a_pgbouncer_shows_its_pools),
		cmocka_unit_test(a_pooled_database_is_read_without_leaving_anything_behind),
		cmocka_unit_test(a_full_pgbouncer_is_full),
		cmocka_unit_test(what_is_no_server_is_told_and_holds_nothing_up),
	};

	return cmocka_run_group_tests(tests, start, end);
}
