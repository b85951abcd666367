/* SPDX-License-Identifier: MIT */
/* libpq's asynchronous calls on the monitor's loop. The order matters and is libpq's own (manual, "Asynchronous Connection"): wait for
 * writing first, take the socket anew after every poll, never ask PQcancel (it blocks). Names are resolved before (lookup.c), deadlines
 * are our own timers, and what servers want to tell goes to a notice receiver, never to stderr, where it would tear the screen. A session
 * that misses a deadline is thrown away and made anew. */
#include "config.h"

#include "monitor/postgres_link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <libpq-fe.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "monitor/lookup.h"
#include "monitor/postgres_dsn.h"
#include "monitor/postgres_result.h"
#include "monitor/postgres_sql.h"
#include "monitor/postgres_table.h"
#include "scenario/scenario.h"

#define PREPARED_MAX 16
#define QUERY_MAX    ((size_t)256 * 1024)

enum state { CLOSED, RESOLVING, CONNECTING, READY, PREPARING, ASKED };

struct pg_link {
	struct pg_link_config config;
	enum state state;
	struct pg_dsn dsn;
	struct lookup *lookup;
	PGconn *conn;
	struct event *event; /* on the socket of this moment */
	struct event *deadline;
	struct event *soon; /* a failure that was known at once is told from the loop */
	struct pg_fault early;
	char *lists[3]; /* host, hostaddr, port */
	bool plain;     /* no startup parameters: a pgbouncer is in the way */
	uint64_t begun_ns;
	struct pg_opened opened;
	const char *prepared[PREPARED_MAX];
	size_t prepared_count;
	const char *name; /* being asked; NULL: not prepared */
	struct buf sql;
	struct pg_table *table;
	struct pg_fault fault; /* of the query being asked */
	bool failed, fatal_seen;
	struct pg_fault fatal; /* the server's last words */
};

static void on_socket(evutil_socket_t fd, short what, void *arg);

/* ---- ends ------------------------------------------------------------------------------------ */

static void drop_session(struct pg_link *link)
{
	if (link->event != NULL)
		event_free(link->event);
	link->event = NULL;
	lookup_free(link->lookup);
	link->lookup = NULL;
	event_del(link->deadline);
	event_del(link->soon);
	if (link->conn != NULL)
		PQfinish(link->conn);
	link->conn = NULL;
	link->prepared_count = 0;
	link->state = CLOSED;
	link->fatal_seen = false;
	for (size_t i = 0; i < 3; i++) {
		free(link->lists[i]);
		link->lists[i] = NULL;
	}
}

static void give_up(struct pg_link *link, const struct pg_fault *fault)
{
	struct pg_fault copy = *fault;

	drop_session(link);
	link->config.closed(link->config.arg, &copy);
}

/* The connection broke: what the server said last explains more than what the socket did. */
static void lost(struct pg_link *link)
{
	struct pg_fault fault;

	if (link->fatal_seen) {
		fault = link->fatal;
	} else {
		pg_fault_parse(&fault, PQerrorMessage(link->conn));
		if (fault.text[0] == '\0')
			pg_fault_set(&fault, PG_TROUBLE_UNREACHABLE, "the connection broke");
	}
	give_up(link, &fault);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct pg_link *link = arg;
	struct pg_fault fault;

	(void)fd;
	(void)what;
	if (link->state == RESOLVING)
		pg_fault_set(&fault, PG_TROUBLE_SILENT, "its name did not resolve within 3 s");
	else if (link->state == CONNECTING)
		pg_fault_set(&fault, PG_TROUBLE_SILENT, "not connected within 3 s");
	else
		pg_fault_set(&fault, PG_TROUBLE_SILENT, "no answer within 2 s");
	give_up(link, &fault);
}

static void set_deadline(struct pg_link *link, uint64_t ns)
{
	struct timeval tv = { .tv_sec = (time_t)(ns / CLOCK_NS_PER_SEC),
			      .tv_usec = (suseconds_t)(ns % CLOCK_NS_PER_SEC / 1000) };

	event_add(link->deadline, &tv);
}

static void on_soon(evutil_socket_t fd, short what, void *arg)
{
	struct pg_link *link = arg;

	(void)fd;
	(void)what;
	give_up(link, &link->early);
}

static void give_up_soon(struct pg_link *link)
{
	static const struct timeval now = { 0, 0 };

	event_add(link->soon, &now);
}

/* ---- connecting ------------------------------------------------------------------------------ */

/* Notices come here instead of stderr. An error that no query caused is why the session ends. */
static void on_notice(void *arg, const PGresult *result)
{
	struct pg_link *link = arg;

	if (!pg_result_is_fatal(result))
		return;
	pg_result_fault(&link->fatal, result);
	link->fatal_seen = true;
}

static bool watch(struct pg_link *link, short what)
{
	int fd = PQsocket(link->conn);

	if (link->event != NULL)
		event_free(link->event);
	link->event = fd >= 0 ? event_new(link->config.base, fd, what, on_socket, link) : NULL;
	return link->event != NULL && event_add(link->event, NULL) == 0;
}

static void connect_now(struct pg_link *link)
{
	link->state = CONNECTING;
	link->begun_ns = clock_now_ns();
	set_deadline(link, PG_CONNECT_DEADLINE_NS);
	link->conn = pg_dsn_connect(&link->dsn, link->config.scenario->panels.dsn, link->lists,
				    link->config.application, link->plain);
	if (link->conn != NULL) {
		PQsetErrorVerbosity(link->conn, PQERRORS_VERBOSE);
		PQsetNoticeReceiver(link->conn, on_notice, link);
	}
	if (link->conn != NULL && PQstatus(link->conn) != CONNECTION_BAD && watch(link, EV_WRITE))
		return;
	pg_fault_parse(&link->early,
		       link->conn != NULL ? PQerrorMessage(link->conn) : "out of memory");
	give_up_soon(link);
}

static void use_addresses(struct pg_link *link, const struct lookup_answer *answers)
{
	char why[200];

	if (pg_dsn_lists(&link->dsn, answers, link->lists, why, sizeof(why)) != 0) {
		pg_fault_set(&link->early, PG_TROUBLE_UNREACHABLE, "%s", why);
		give_up_soon(link);
		return;
	}
	connect_now(link);
}

static void on_addresses(void *arg, const struct lookup_answer *answers)
{
	struct pg_link *link = arg;

	use_addresses(link, answers);
	lookup_free(link->lookup);
	link->lookup = NULL;
}

static bool look_up(struct pg_link *link)
{
	const char **names = mem_array(link->dsn.host_count, sizeof(*names));
	size_t count = 0;

	for (size_t i = 0; i < link->dsn.host_count; i++)
		if (link->dsn.hosts[i].resolve)
			names[count++] = link->dsn.hosts[i].host;
	link->state = RESOLVING;
	if (count == 0) {
		use_addresses(link, NULL);
	} else {
		set_deadline(link, PG_CONNECT_DEADLINE_NS);
		link->lookup = lookup_new(link->config.base, names, count, on_addresses, link);
	}
	free(names);
	return count == 0 || link->lookup != NULL;
}

static void libpq_open(struct pg_link *link)
{
	char why[200];

	pg_dsn_fini(&link->dsn);
	link->fatal_seen = false;
	if (pg_dsn_parse(&link->dsn, link->config.scenario->panels.dsn, why, sizeof(why)) != 0) {
		pg_fault_set(&link->early, PG_TROUBLE_SETUP, "dsn: %s", why);
		give_up_soon(link);
	} else if (!look_up(link)) {
		pg_fault_set(&link->early, PG_TROUBLE_UNREACHABLE,
			     "no thread or descriptor is left to resolve its name");
		give_up_soon(link);
	}
}

static void copy(char *dst, size_t size, const char *src)
{
	snprintf(dst, size, "%s", src != NULL ? src : "");
}

static void connected(struct pg_link *link)
{
	struct pg_opened *opened = &link->opened;
	const char *version = PQparameterStatus(link->conn, "server_version");

	event_del(link->deadline);
	PQsetnonblocking(link->conn, 1);
	*opened = (struct pg_opened){ .version = PQserverVersion(link->conn) };
	copy(opened->version_text, sizeof(opened->version_text), version);
	opened->version_text[strcspn(opened->version_text, " ")] = '\0'; /* "15.18 (Debian ...)" */
	copy(opened->user, sizeof(opened->user), PQuser(link->conn));
	copy(opened->database, sizeof(opened->database), PQdb(link->conn));
	opened->connect_ms = (double)(clock_now_ns() - link->begun_ns) / 1e6;
	opened->server = version != NULL && strstr(version, "bouncer") != NULL ? PG_BOUNCER
			 : link->plain                                         ? PG_POOLED
									       : PG_SERVER;
	link->state = READY;
	if (!watch(link, EV_READ | EV_PERSIST)) {
		lost(link);
		return;
	}
	link->config.opened(link->config.arg, opened);
}

static void connecting(struct pg_link *link)
{
	struct pg_fault fault;

	switch (PQconnectPoll(link->conn)) {
	case PGRES_POLLING_READING:
		if (!watch(link, EV_READ))
			lost(link);
		return;
	case PGRES_POLLING_WRITING:
	case PGRES_POLLING_ACTIVE:
		if (!watch(link, EV_WRITE))
			lost(link);
		return;
	case PGRES_POLLING_OK:
		connected(link);
		return;
	case PGRES_POLLING_FAILED:
		break;
	}
	if (PQconnectionNeedsPassword(link->conn)) {
		pg_fault_set(&fault, PG_TROUBLE_PASSWORD, "it wants a password");
	} else {
		pg_fault_parse(&fault, PQerrorMessage(link->conn));
	}
	if (fault.trouble == PG_TROUBLE_POOLER && !link->plain) {
		drop_session(link);
		link->plain = true;
		libpq_open(link);
		return;
	}
	link->plain = false; /* next time it may be the server itself */
	give_up(link, &fault);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static bool is_prepared(const struct pg_link *link, const char *name)
{
	for (size_t i = 0; i < link->prepared_count; i++)
		if (link->prepared[i] == name)
			return true;
	return false;
}

/* What is left to be sent is sent when the socket takes it. */
static void flush(struct pg_link *link)
{
	int left = PQflush(link->conn);

	if (left < 0 || !watch(link, (short)(left > 0 ? EV_READ | EV_WRITE | EV_PERSIST
						      : EV_READ | EV_PERSIST)))
		lost(link);
}

static int send_query(struct pg_link *link)
{
	if (link->name == NULL || link->opened.server != PG_SERVER) {
		link->state = ASKED;
		/* pgbouncer's console and a pooled session know the simple protocol only; else the
		 * extended one, which takes a single statement */
		return link->opened.server == PG_SERVER
			       ? PQsendQueryParams(link->conn, buf_str(&link->sql), 0, NULL, NULL,
						   NULL, NULL, 0)
			       : PQsendQuery(link->conn, buf_str(&link->sql));
	}
	if (is_prepared(link, link->name)) {
		link->state = ASKED;
		return PQsendQueryPrepared(link->conn, link->name, 0, NULL, NULL, NULL, 0);
	}
	link->state = PREPARING;
	return PQsendPrepare(link->conn, link->name, buf_str(&link->sql), 0, NULL);
}

static void send_now(struct pg_link *link)
{
	if (!send_query(link)) {
		pg_fault_parse(&link->early, PQerrorMessage(link->conn));
		give_up_soon(link);
		return;
	}
	if (PQflush(link->conn) != 0)
		watch(link, EV_READ | EV_WRITE | EV_PERSIST);
}

static void libpq_ask(struct pg_link *link, const char *name, const char *sql)
{
	buf_reset(&link->sql);
	if (link->opened.server == PG_POOLED)
		buf_adds(&link->sql, pg_sql_local());
	buf_adds(&link->sql, sql);
	link->name = name;
	link->failed = false;
	pg_table_reset(link->table, 0);
	set_deadline(link, PG_QUERY_DEADLINE_NS);
	send_now(link);
}

static void take_result(struct pg_link *link, const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_TUPLES_OK)
		pg_result_rows(link->table, result);
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return;
	pg_result_fault(&link->fault, result);
	link->failed = true;
	if (link->fault.trouble == PG_TROUBLE_STOPPED) {
		link->fatal = link->fault;
		link->fatal_seen = true;
	}
}

static void answered(struct pg_link *link)
{
	if (PQstatus(link->conn) == CONNECTION_BAD) {
		lost(link);
		return;
	}
	if (link->state == PREPARING && !link->failed) {
		if (link->prepared_count < PREPARED_MAX)
			link->prepared[link->prepared_count++] = link->name;
		send_now(link);
		return;
	}
	event_del(link->deadline);
	link->state = READY;
	link->config.answered(link->config.arg, link->table, link->failed ? &link->fault : NULL);
}

static void reading(struct pg_link *link)
{
	PGnotify *notify;
	PGresult *result;

	if (!PQconsumeInput(link->conn)) {
		lost(link);
		return;
	}
	while ((notify = PQnotifies(link->conn)) != NULL)
		PQfreemem(notify);
	while (!PQisBusy(link->conn)) {
		result = PQgetResult(link->conn);
		if (result == NULL) {
			if (link->state == PREPARING || link->state == ASKED)
				answered(link);
			else if (PQstatus(link->conn) == CONNECTION_BAD)
				lost(link);
			return;
		}
		take_result(link, result);
		PQclear(result);
	}
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct pg_link *link = arg;

	(void)fd;
	if (link->state == CONNECTING) {
		connecting(link);
		return;
	}
	if (what & EV_WRITE)
		flush(link);
	if (what & EV_READ && link->conn != NULL)
		reading(link);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static void libpq_destroy(struct pg_link *link)
{
	if (link == NULL)
		return;
	if (link->deadline != NULL && link->soon != NULL)
		drop_session(link);
	if (link->deadline != NULL)
		event_free(link->deadline);
	if (link->soon != NULL)
		event_free(link->soon);
	pg_dsn_fini(&link->dsn);
	pg_table_free(link->table);
	buf_fini(&link->sql);
	free(link);
}

static int libpq_create(struct pg_link **out, const struct pg_link_config *config,
			struct error *err)
{
	struct pg_link *link = mem_new(sizeof(*link));

	link->config = *config;
	link->table = pg_table_new();
	buf_init(&link->sql, QUERY_MAX);
	link->deadline = event_new(config->base, -1, 0, on_deadline, link);
	link->soon = event_new(config->base, -1, 0, on_soon, link);
	if (link->deadline == NULL || link->soon == NULL) {
		error_set(err, "cannot make the database panel's timers");
		libpq_destroy(link);
		return -ENOMEM;
	}
	*out = link;
	return 0;
}

static const char *libpq_where(const struct pg_link *link)
{
	return link->dsn.where != NULL ? link->dsn.where : "the database";
}

static const char *libpq_database(const struct pg_link *link)
{
	return link->dsn.database;
}

const struct pg_link_ops pg_link_libpq = {
	.create = libpq_create,
	.destroy = libpq_destroy,
	.open = libpq_open,
	.ask = libpq_ask,
	.close = drop_session,
	.where = libpq_where,
	.database = libpq_database,
};
