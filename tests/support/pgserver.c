/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "pgserver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define SETTINGS_MAX 30

static void give_up(const char *what)
{
	printf("pgserver: %s: %s\n", what, strerror(errno));
	abort();
}

/* Debian keeps the programs of each version to themselves; the newest counts. */
static bool find_programs(char *dst, size_t size)
{
	glob_t found;
	bool ok = false;

	if (glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) == 0) {
		const char *path = found.gl_pathv[found.gl_pathc - 1];

		snprintf(dst, size, "%.*s", (int)(strlen(path) - strlen("/initdb")), path);
		ok = true;
	}
	globfree(&found);
	return ok;
}

bool pgserver_is_there(void)
{
	char bin[200];

	if (find_programs(bin, sizeof(bin)))
		return true;
	printf("no PostgreSQL server in /usr/lib/postgresql: install postgresql\n");
	return false;
}

uint16_t pgserver_free_port(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) != 0 ||
	    getsockname(fd, (struct sockaddr *)&addr, &len) != 0)
		give_up("a free port");
	close(fd);
	return ntohs(addr.sin_port);
}

/* The child ends with us, however that is; output goes to a file in the directory. */
static pid_t run_program(struct pgserver *server, const char *const argv[], const char *log)
{
	char path[300];
	pid_t pid;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", server->dir, log);
	fflush(NULL);
	pid = fork();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
	if (server->uid != 0 &&
	    (setgroups(0, NULL) != 0 || setgid(server->gid) != 0 || setuid(server->uid) != 0))
		_exit(120);
	if (server->uid != 0) /* changing the user forgets it */
		prctl(PR_SET_PDEATHSIG, SIGQUIT);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0 ||
	    chdir(server->dir) != 0)
		_exit(121);
	unsetenv("LD_PRELOAD");
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(122);
}

static void print_log(const struct pgserver *server, const char *name)
{
	char path[300], line[300];
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", server->dir, name);
	in = fopen(path, "re");
	while (in != NULL && fgets(line, sizeof(line), in) != NULL)
		printf("  %s", line);
	if (in != NULL)
		fclose(in);
}

static void choose_user(struct pgserver *server)
{
	struct passwd *user;

	if (geteuid() != 0)
		return;
	user = getpwnam("postgres");
	if (user == NULL)
		user = getpwnam("nobody");
	if (user == NULL)
		give_up("an unprivileged user");
	server->uid = user->pw_uid;
	server->gid = user->pw_gid;
	if (chown(server->dir, server->uid, server->gid) != 0)
		give_up(server->dir);
}

void pgserver_init(struct pgserver *server)
{
	char program[256], data[256];
	const char *argv[] = { program,    "-D", data,         "-A", "trust", "-U",
			       "postgres", "-N", "--locale=C", "-E", "UTF8",  NULL };
	int status;

	*server = (struct pgserver){ 0 };
	if (!find_programs(server->bin, sizeof(server->bin)))
		give_up("no PostgreSQL");
	snprintf(server->dir, sizeof(server->dir), "/tmp/throng-pg-XXXXXX");
	if (mkdtemp(server->dir) == NULL)
		give_up(server->dir);
	choose_user(server);
	server->port = pgserver_free_port();
	snprintf(program, sizeof(program), "%s/initdb", server->bin);
	snprintf(data, sizeof(data), "%s/data", server->dir);
	if (waitpid(run_program(server, argv, "initdb.log"), &status, 0) < 0 || status != 0) {
		print_log(server, "initdb.log");
		give_up("initdb");
	}
}

static bool answers(const struct pgserver *server)
{
	char conninfo[200];

	snprintf(conninfo, sizeof(conninfo),
		 "host=127.0.0.1 port=%u user=postgres dbname=postgres connect_timeout=2",
		 server->port);
	return PQping(conninfo) == PQPING_OK;
}

void pgserver_launch(struct pgserver *server, const char *const *settings)
{
	char program[256], data[256], port[40], sockets[256];
	const char *argv[2 * SETTINGS_MAX + 20] = { program,
						    "-D",
						    data,
						    "-c",
						    port,
						    "-c",
						    sockets,
						    "-c",
						    "listen_addresses=127.0.0.1",
						    "-c",
						    "fsync=off",
						    "-c",
						    "shared_buffers=16MB" };
	size_t n = 13;

	snprintf(program, sizeof(program), "%s/postgres", server->bin);
	snprintf(data, sizeof(data), "%s/data", server->dir);
	snprintf(port, sizeof(port), "port=%u", server->port);
	snprintf(sockets, sizeof(sockets), "unix_socket_directories=%s", server->dir);
	for (; settings != NULL && *settings != NULL && n + 2 < 2 * SETTINGS_MAX + 19; settings++) {
		argv[n++] = "-c";
		argv[n++] = *settings;
	}
	server->pid = run_program(server, argv, "server.log");
	for (unsigned i = 0; i < 600; i++) {
		if (answers(server))
			return;
		if (pgserver_ended(server, 0))
			break;
		clock_sleep_ns(50 * CLOCK_NS_PER_MS);
	}
	print_log(server, "server.log");
	give_up("the server does not start");
}

bool pgserver_ended(struct pgserver *server, unsigned seconds)
{
	for (unsigned i = 0; i <= seconds * 20; i++) {
		if (server->pid == 0 || waitpid(server->pid, NULL, WNOHANG) == server->pid) {
			server->pid = 0;
			return true;
		}
		if (i < seconds * 20)
			clock_sleep_ns(50 * CLOCK_NS_PER_MS);
	}
	return false;
}

void pgserver_stop(struct pgserver *server, int signal)
{
	if (server->pid == 0)
		return;
	kill(server->pid, signal);
	if (pgserver_ended(server, 20))
		return;
	kill(server->pid, SIGKILL);
	if (!pgserver_ended(server, 20))
		give_up("the server does not end");
}

/* Its processes have sessions of their own: each is signalled by its number. */
static void signal_all(const struct pgserver *server, int signal)
{
	char path[64], list[4096] = "";
	FILE *in;
	char *rest = list;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", server->pid, server->pid);
	if (signal == SIGSTOP) /* first, so that it makes no more */
		kill(server->pid, signal);
	in = fopen(path, "re");
	if (in == NULL)
		give_up(path);
	if (fgets(list, sizeof(list), in) == NULL)
		list[0] = '\0';
	fclose(in);
	for (long pid; (pid = strtol(rest, &rest, 10)) > 0;)
		kill((pid_t)pid, signal);
	if (signal != SIGSTOP)
		kill(server->pid, signal);
}

void pgserver_pause(struct pgserver *server)
{
	signal_all(server, SIGSTOP);
}

void pgserver_resume(struct pgserver *server)
{
	signal_all(server, SIGCONT);
}

void pgserver_hba(struct pgserver *server, const char *text)
{
	char path[300];
	FILE *out;

	snprintf(path, sizeof(path), "%s/data/pg_hba.conf", server->dir);
	out = fopen(path, "we");
	if (out == NULL || fputs(text, out) < 0 || fclose(out) != 0)
		give_up(path);
	pgserver_sql(server, "SELECT pg_reload_conf()");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void pgserver_fini(struct pgserver *server)
{
	if (server->pid != 0) {
		kill(server->pid, SIGCONT);
		pgserver_stop(server, SIGQUIT);
	}
	if (server->dir[0] != '\0')
		nftw(server->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	server->dir[0] = '\0';
}

/* ---- clients --------------------------------------------------------------------------------- */

char *pgserver_dsn(const struct pgserver *server, const char *user)
{
	char *dsn = NULL;

	if (asprintf(&dsn, "postgresql://%s@127.0.0.1:%u/postgres", user, server->port) < 0)
		abort();
	return dsn;
}

static void say_nothing(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

PGconn *pgserver_connect(const struct pgserver *server, const char *user, const char *application,
			 char *state)
{
	char conninfo[300];
	PGconn *conn;

	/* The socket: no name to resolve, no port to run out of. */
	snprintf(conninfo, sizeof(conninfo),
		 "host=%s port=%u user=%s dbname=postgres application_name=%s connect_timeout=10",
		 server->dir, server->port, user, application);
	conn = PQconnectStart(conninfo);
	PQsetErrorVerbosity(conn, PQERRORS_SQLSTATE);
	PQsetNoticeReceiver(conn, say_nothing, NULL); /* stderr is watched */
	while (PQstatus(conn) != CONNECTION_OK && PQstatus(conn) != CONNECTION_BAD) {
		clock_sleep_ns(CLOCK_NS_PER_MS / 2);
		if (PQconnectPoll(conn) == PGRES_POLLING_FAILED)
			break;
	}
	if (PQstatus(conn) == CONNECTION_OK)
		return conn;
	if (state != NULL) {
		const char *at = strstr(PQerrorMessage(conn), "FATAL:  ");

		snprintf(state, 6, "%.5s", at != NULL ? at + 8 : "");
	}
	PQfinish(conn);
	return NULL;
}

void pgserver_run(PGconn *conn, const char *sql)
{
	PGresult *result = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
		printf("%s: %s\n", sql, PQerrorMessage(conn));
		abort();
	}
	PQclear(result);
}

double pgserver_number(PGconn *conn, const char *sql)
{
	PGresult *result = PQexec(conn, sql);
	double value;

	if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1) {
		printf("%s: %s\n", sql, PQerrorMessage(conn));
		abort();
	}
	value = strtod(PQgetvalue(result, 0, 0), NULL);
	PQclear(result);
	return value;
}

void pgserver_sql(const struct pgserver *server, const char *sql)
{
	PGconn *conn = pgserver_connect(server, "postgres", "test", NULL);

	if (conn == NULL)
		give_up(sql);
	pgserver_run(conn, sql);
	PQfinish(conn);
}
