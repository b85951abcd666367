/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "monitor/postgres_canary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "monitor/postgres_link.h"
#include "monitor/postgres_session.h"
#include "monitor/postgres_sql.h"
#include "monitor/postgres_tally.h"
#include "scenario/scenario.h"

struct pg_canary {
	const struct scenario *scenario;
	struct pg_session *session;
	struct pg_tally *tally;
	const struct pg_link_ops *ops;
	struct pg_link *link;
	struct event *tick, *let_go;
	bool out; /* on its way */
};

static void on_opened(void *arg, const struct pg_opened *opened)
{
	static const struct timeval now = { 0, 0 };
	struct pg_canary *canary = arg;

	pg_tally_admitted(canary->tally, opened->connect_ms);
	event_add(canary->let_go, &now); /* not from inside the link's own call */
}

static void on_let_go(evutil_socket_t fd, short what, void *arg)
{
	struct pg_canary *canary = arg;

	(void)fd;
	(void)what;
	canary->ops->close(canary->link);
	canary->out = false;
}

static void on_answered(void *arg, const struct pg_table *table, const struct pg_fault *fault)
{
	(void)arg; /* it asks nothing */
	(void)table;
	(void)fault;
}

static void on_closed(void *arg, const struct pg_fault *fault)
{
	struct pg_canary *canary = arg;

	event_del(canary->let_go);
	canary->out = false;
	if (fault->trouble == PG_TROUBLE_FULL)
		pg_tally_refused(canary->tally, fault->text);
	/* "The database system is shutting down": a server that was asked to end when all have left
	 * waits for our held connection, too. */
	if (fault->trouble == PG_TROUBLE_STARTING)
		pg_session_yield(canary->session, fault);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct pg_canary *canary = arg;
	const struct pg_opened *opened = pg_session_opened(canary->session);

	(void)fd;
	(void)what;
	if (canary->out || opened == NULL || opened->server == PG_BOUNCER)
		return;
	if (canary->scenario->panels.dsn == NULL && !pg_tally_is_crowded(canary->tally))
		return;
	canary->out = true;
	canary->ops->open(canary->link);
}

void pg_canary_free(struct pg_canary *canary)
{
	if (canary == NULL)
		return;
	if (canary->ops != NULL)
		canary->ops->destroy(canary->link);
	if (canary->tick != NULL)
		event_free(canary->tick);
	if (canary->let_go != NULL)
		event_free(canary->let_go);
	free(canary);
}

int pg_canary_new(struct pg_canary **out, struct event_base *base, const struct scenario *scenario,
		  struct pg_session *session, struct pg_tally *tally, struct error *err)
{
	uint64_t every_ns = scenario->panels.canary_ns;
	struct pg_canary *canary = mem_new(sizeof(*canary));
	struct pg_link_config link = { .base = base,
				       .scenario = scenario,
				       .application = PG_CANARY,
				       .opened = on_opened,
				       .answered = on_answered,
				       .closed = on_closed,
				       .arg = canary };
	struct timeval every = { .tv_sec = (time_t)(every_ns / CLOCK_NS_PER_SEC),
				 .tv_usec = (suseconds_t)(every_ns % CLOCK_NS_PER_SEC / 1000) };
	int rc;

	canary->scenario = scenario;
	canary->session = session;
	canary->tally = tally;
	canary->ops = pg_link_of(scenario);
	rc = canary->ops->create(&canary->link, &link, err);
	if (rc != 0)
		goto fail;
	canary->tick = event_new(base, -1, EV_PERSIST, on_tick, canary);
	canary->let_go = event_new(base, -1, 0, on_let_go, canary);
	if (canary->tick == NULL || canary->let_go == NULL ||
	    event_add(canary->tick, &every) != 0) {
		error_set(err, "cannot make the database panel's timers");
		rc = -ENOMEM;
		goto fail;
	}
	*out = canary;
	return 0;
fail:
	pg_canary_free(canary);
	return rc;
}
