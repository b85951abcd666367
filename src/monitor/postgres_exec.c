/* SPDX-License-Identifier: MIT */
/* psql inside a container, one for the whole run: started through the Engine's API with its stdin held open, fed a question at a time. 80
 * times cheaper than an exec for every tick, it keeps its place when all others are taken, and it reads its stdin to the end: however
 * throng ends, nothing stays behind. Role and database come from the container's environment unless given. */
#include "config.h"

#include "monitor/postgres_link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "monitor/docker_exec.h"
#include "monitor/docker_mux.h"
#include "monitor/postgres_psql.h"
#include "monitor/postgres_sql.h"
#include "monitor/postgres_table.h"
#include "scenario/scenario.h"

#define LINE_MAX_BYTES ((size_t)64 * 1024)
#define PREPARED_MAX   16
#define ASK_MAX        ((size_t)256 * 1024)
#define START_DEADLINE_NS \
	15000000000ULL /* the exec's own 10 s, then psql's 3 s for its connection */

enum state { CLOSED, LOOKING, STARTING, GREETING, READY, ASKED };

struct pg_link {
	struct pg_link_config config;
	enum state state;
	struct docker_look *look;
	struct docker_exec *exec;
	struct docker_mux *out, *err; /* cut bytes into lines */
	struct event *deadline, *soon;
	struct pg_fault early;
	struct pg_opened opened;
	char *user, *database, *password, *where;
	const char *prepared[PREPARED_MAX];
	size_t prepared_count;
	struct buf text;
	struct pg_table *table;
	char complaint[300]; /* psql's first line on stderr */
};

static void drop_session(struct pg_link *link)
{
	docker_look_free(link->look);
	docker_exec_free(link->exec);
	docker_mux_free(link->out);
	docker_mux_free(link->err);
	link->look = NULL;
	link->exec = NULL;
	link->out = link->err = NULL;
	link->prepared_count = 0;
	link->complaint[0] = '\0';
	event_del(link->deadline);
	event_del(link->soon);
	link->state = CLOSED;
}

static void give_up(struct pg_link *link, const struct pg_fault *fault)
{
	struct pg_fault copy = *fault;

	drop_session(link);
	link->config.closed(link->config.arg, &copy);
}

static void on_soon(evutil_socket_t fd, short what, void *arg)
{
	struct pg_link *link = arg;

	(void)fd;
	(void)what;
	give_up(link, &link->early);
}

static void give_up_soon(struct pg_link *link, enum pg_trouble trouble, const char *text)
{
	static const struct timeval now = { 0, 0 };

	pg_fault_set(&link->early, trouble, "%s", text);
	event_add(link->soon, &now);
}

static void set_deadline(struct pg_link *link, uint64_t ns)
{
	struct timeval tv = { .tv_sec = (time_t)(ns / CLOCK_NS_PER_SEC),
			      .tv_usec = (suseconds_t)(ns % CLOCK_NS_PER_SEC / 1000) };

	event_add(link->deadline, &tv);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct pg_link *link = arg;
	struct pg_fault fault;

	(void)fd;
	(void)what;
	pg_fault_set(&fault, PG_TROUBLE_SILENT, "%s",
		     link->state == ASKED ? "psql gave no answer within 2 s"
					  : "psql is not connected within 15 s");
	give_up(link, &fault);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static bool is_prepared(struct pg_link *link, const char *name)
{
	for (size_t i = 0; i < link->prepared_count; i++)
		if (link->prepared[i] == name)
			return true;
	return false;
}

static void send_text(struct pg_link *link)
{
	pg_table_reset(link->table, 0);
	if (link->text.overflow ||
	    docker_exec_send(link->exec, buf_str(&link->text), link->text.len) != 0)
		give_up_soon(link, PG_TROUBLE_UNREACHABLE, "psql takes no more input");
}

static void exec_ask(struct pg_link *link, const char *name, const char *sql)
{
	bool prepare = name != NULL && !is_prepared(link, name);

	link->state = ASKED;
	set_deadline(link, PG_QUERY_DEADLINE_NS);
	buf_reset(&link->text);
	pg_psql_ask(&link->text, name, sql, prepare);
	if (prepare && link->prepared_count < PREPARED_MAX)
		link->prepared[link->prepared_count++] = name;
	send_text(link);
}

static void greet(struct pg_link *link)
{
	link->state = GREETING;
	buf_reset(&link->text);
	pg_psql_ask(
		&link->text, "throng_hello",
		"SELECT current_setting('server_version_num'), current_setting('server_version'),"
		" session_user, current_database()",
		true);
	send_text(link);
}

static void greeted(struct pg_link *link)
{
	struct pg_opened *opened = &link->opened;

	*opened = (struct pg_opened){ .server = PG_SERVER,
				      .version = (int)pg_table_value(link->table, 0, 0),
				      .connect_ms = -1 }; /* starting psql is most of it */
	snprintf(opened->version_text, sizeof(opened->version_text), "%s",
		 pg_table_string(link->table, 0, 1));
	snprintf(opened->user, sizeof(opened->user), "%s", pg_table_string(link->table, 0, 2));
	snprintf(opened->database, sizeof(opened->database), "%s",
		 pg_table_string(link->table, 0, 3));
	link->state = READY;
	link->config.opened(link->config.arg, opened);
}

static void on_line(void *arg, enum docker_stream stream, const char *line, size_t len)
{
	struct pg_link *link = arg;
	struct pg_fault fault;

	(void)stream;
	if (link->state != ASKED && link->state != GREETING)
		return;
	if (!pg_psql_is_end(line, len, &fault)) {
		pg_table_add_line(link->table, line, len);
		return;
	}
	event_del(link->deadline);
	if (link->state == GREETING) {
		greeted(link);
		return;
	}
	link->state = READY;
	link->config.answered(link->config.arg, link->table,
			      fault.sqlstate[0] != '\0' ? &fault : NULL);
}

static void on_complaint(void *arg, enum docker_stream stream, const char *line, size_t len)
{
	struct pg_link *link = arg;

	(void)stream;
	if (link->complaint[0] == '\0')
		snprintf(link->complaint, sizeof(link->complaint), "%.*s", (int)len, line);
}

/* ---- the program ------------------------------------------------------------------------------ */

static void on_out(void *arg, enum docker_stream stream, const char *data, size_t len)
{
	struct pg_link *link = arg;

	(void)docker_mux_feed(stream == DOCKER_STDERR ? link->err : link->out, data, len);
}

static void on_ended(void *arg, const char *problem, int exit_code)
{
	struct pg_link *link = arg;
	struct pg_fault fault;

	docker_mux_finish(link->err);
	if (problem[0] != '\0')
		pg_fault_set(&fault, PG_TROUBLE_SETUP, "%s", problem);
	else if (link->complaint[0] != '\0')
		pg_fault_parse(&fault, link->complaint);
	else
		pg_fault_set(&fault, PG_TROUBLE_UNREACHABLE, "psql ended with status %d",
			     exit_code);
	give_up(link, &fault);
}

static void start_psql(struct pg_link *link)
{
	const struct panels *panels = &link->config.scenario->panels;
	const char *argv[PG_PSQL_ARGV];
	char *name = mem_printf("PGAPPNAME=%s", link->config.application);
	char *options = mem_printf("PGOPTIONS=%s", pg_sql_options());
	/* psql's words in English: a connection it cannot make has no SQLSTATE */
	const char *env[] = {
		name,       options,         "PGCONNECT_TIMEOUT=3", "PGCLIENTENCODING=UTF8",
		"LC_ALL=C", "LC_MESSAGES=C", link->password,        NULL
	};
	struct docker_exec_config config = { .base = link->config.base,
					     .host = panels->docker_host,
					     .container = panels->exec_container,
					     .argv = argv,
					     .env = env,
					     .out = on_out,
					     .ended = on_ended,
					     .arg = link };
	struct error err = { 0 };

	pg_psql_argv(argv, link->user, link->database);
	link->out = docker_mux_new(false, LINE_MAX_BYTES, on_line, link);
	link->err = docker_mux_new(false, LINE_MAX_BYTES, on_complaint, link);
	link->state = STARTING;
	if (docker_exec_new(&link->exec, &config, &err) != 0)
		give_up_soon(link, PG_TROUBLE_SETUP, err.text);
	else
		greet(link);
	free(name);
	free(options);
}

static char *first_of(const char *a, const char *b, const char *c)
{
	const char *text = a != NULL ? a : b != NULL ? b : c;

	return text != NULL ? mem_strdup(text) : NULL;
}

static void on_found(void *arg, const struct docker_about *about)
{
	struct pg_link *link = arg;
	const struct panels *panels = &link->config.scenario->panels;
	const char *password = docker_about_env(about, "POSTGRES_PASSWORD");

	free(link->user);
	free(link->database);
	free(link->password);
	free(link->where);
	link->user = first_of(panels->exec_user, docker_about_env(about, "POSTGRES_USER"),
			      docker_about_env(about, "PGUSER"));
	if (link->user == NULL)
		link->user = mem_strdup("postgres"); /* the image's own default */
	link->database = first_of(panels->exec_database, docker_about_env(about, "POSTGRES_DB"),
				  docker_about_env(about, "PGDATABASE"));
	if (link->database == NULL)
		link->database = mem_strdup(link->user);
	/* The image lets its own socket in without one; one that does not gets it. */
	link->password = password != NULL && docker_about_env(about, "PGPASSWORD") == NULL
				 ? mem_printf("PGPASSWORD=%s", password)
				 : NULL;
	link->where = mem_printf("%s@container %s/%s", link->user, about->name, link->database);
	docker_look_free(link->look);
	link->look = NULL;
	start_psql(link);
}

static void on_not_found(void *arg, const char *problem)
{
	struct pg_link *link = arg;
	struct pg_fault fault;

	pg_fault_set(&fault, PG_TROUBLE_SETUP, "%s", problem);
	give_up(link, &fault);
}

static void exec_open(struct pg_link *link)
{
	const struct panels *panels = &link->config.scenario->panels;
	struct docker_look_config config = { .base = link->config.base,
					     .host = panels->docker_host,
					     .container = panels->exec_container,
					     .found = on_found,
					     .failed = on_not_found,
					     .arg = link };
	struct error err = { 0 };

	link->state = LOOKING;
	set_deadline(link, START_DEADLINE_NS);
	if (docker_look_new(&link->look, &config, &err) != 0)
		give_up_soon(link, PG_TROUBLE_SETUP, err.text);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static void exec_destroy(struct pg_link *link)
{
	if (link == NULL)
		return;
	if (link->deadline != NULL && link->soon != NULL)
		drop_session(link);
	if (link->deadline != NULL)
		event_free(link->deadline);
	if (link->soon != NULL)
		event_free(link->soon);
	free(link->user);
	free(link->database);
	free(link->password);
	free(link->where);
	pg_table_free(link->table);
	buf_fini(&link->text);
	free(link);
}

static int exec_create(struct pg_link **out, const struct pg_link_config *config, struct error *err)
{
	struct pg_link *link = mem_new(sizeof(*link));

	link->config = *config;
	link->table = pg_table_new();
	buf_init(&link->text, ASK_MAX);
	link->deadline = event_new(config->base, -1, 0, on_deadline, link);
	link->soon = event_new(config->base, -1, 0, on_soon, link);
	if (link->deadline == NULL || link->soon == NULL) {
		error_set(err, "cannot make the database panel's timers");
		exec_destroy(link);
		return -ENOMEM;
	}
	*out = link;
	return 0;
}

static const char *exec_where(const struct pg_link *link)
{
	return link->where != NULL ? link->where : link->config.scenario->panels.exec_container;
}

static const char *exec_database(const struct pg_link *link)
{
	return link->database;
}

const struct pg_link_ops pg_link_exec = {
	.create = exec_create,
	.destroy = exec_destroy,
	.open = exec_open,
	.ask = exec_ask,
	.close = drop_session,
	.where = exec_where,
	.database = exec_database,
};
