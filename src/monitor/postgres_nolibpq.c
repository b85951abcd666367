/* SPDX-License-Identifier: MIT */
/* A build without libpq: a dsn cannot be used, and says so; psql inside a container still can. */
#include "config.h"

#include "monitor/postgres_link.h"

#include <errno.h>
#include <stdlib.h>

#include <event2/event.h>

#include "base/error.h"
#include "base/mem.h"

struct pg_link {
	struct pg_link_config config;
	struct event *soon;
};

static void say(evutil_socket_t fd, short what, void *arg)
{
	struct pg_link *link = arg;
	struct pg_fault fault;

	(void)fd;
	(void)what;
	pg_fault_set(&fault, PG_TROUBLE_SETUP,
		     "this build of throng has no libpq, which \"dsn\" needs: build it with libpq, "
		     "or use "
		     "\"exec\" (psql in the container)");
	link->config.closed(link->config.arg, &fault);
}

static void none_destroy(struct pg_link *link)
{
	if (link == NULL)
		return;
	if (link->soon != NULL)
		event_free(link->soon);
	free(link);
}

static int none_create(struct pg_link **out, const struct pg_link_config *config, struct error *err)
{
	struct pg_link *link = mem_new(sizeof(*link));

	link->config = *config;
	link->soon = event_new(config->base, -1, 0, say, link);
	if (link->soon == NULL) {
		error_set(err, "cannot make the database panel's timer");
		none_destroy(link);
		return -ENOMEM;
	}
	*out = link;
	return 0;
}

static void none_open(struct pg_link *link)
{
	static const struct timeval now = { 0, 0 };

	event_add(link->soon, &now);
}

static void none_ask(struct pg_link *link, const char *name, const char *sql)
{
	(void)link;
	(void)name;
	(void)sql;
}

static void none_close(struct pg_link *link)
{
	event_del(link->soon);
}

static const char *none_where(const struct pg_link *link)
{
	(void)link;
	return "the database";
}

static const char *none_database(const struct pg_link *link)
{
	(void)link;
	return NULL;
}

const struct pg_link_ops pg_link_libpq = {
	.create = none_create,
	.destroy = none_destroy,
	.open = none_open,
	.ask = none_ask,
	.close = none_close,
	.where = none_where,
	.database = none_database,
};
