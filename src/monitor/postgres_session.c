/* SPDX-License-Identifier: MIT */
/* One question after the other, a round of them every tick. A round that has not ended when the next is due lets that one pass: a slow
 * server is not asked more often than it answers. */
#include "config.h"

#include "monitor/postgres_session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"
#include "monitor/postgres_sql.h"
#include "monitor/postgres_table.h"
#include "monitor/postgres_tally.h"
#include "scenario/scenario.h"

#define GROUPS_EVERY  5 /* rounds: the most expensive question */
#define BLOCKER_EVERY 2
#define SQL_MAX       ((size_t)64 * 1024)
#define GAUGE_STRIKES 2 /* a gauge that broke the session so often is asked no more */

/* What a round asks, in order; gauge i is STEP_GAUGES + i. */
enum question {
	STEP_MAIN,
	STEP_CEILING,
	STEP_COUNTERS,
	STEP_BLOCKER,
	STEP_GROUPS,
	STEP_CONFIG,
	STEP_POOLS,
	STEP_GAUGES
};

struct pg_session {
	struct pg_session_config config;
	const struct pg_link_ops *ops;
	struct pg_link *link;
	struct event *tick, *retry;
	struct rng rng;
	struct pg_opened opened;
	bool open, asking, unprepared;
	size_t step; /* being asked */
	unsigned round;
	unsigned tries;
	char *sql[PG_QUERIES];
	unsigned *strikes; /* of each gauge */
};

static const struct {
	enum pg_query query;
	void (*take)(struct pg_tally *tally, const struct pg_table *table);
} questions[] = {
	[STEP_MAIN] = { PG_QUERY_MAIN, pg_tally_main },
	[STEP_CEILING] = { PG_QUERY_CEILING, pg_tally_ceiling },
	[STEP_COUNTERS] = { PG_QUERY_COUNTERS, pg_tally_counters },
	[STEP_BLOCKER] = { PG_QUERY_BLOCKER, pg_tally_blocker },
	[STEP_GROUPS] = { PG_QUERY_GROUPS, pg_tally_groups },
	[STEP_CONFIG] = { PG_QUERIES, pg_tally_config },
	[STEP_POOLS] = { PG_QUERIES, pg_tally_pools },
};

static struct timeval timeval_of(uint64_t ns)
{
	return (struct timeval){ .tv_sec = (time_t)(ns / CLOCK_NS_PER_SEC),
				 .tv_usec = (suseconds_t)(ns % CLOCK_NS_PER_SEC / 1000) };
}

/* ---- a round --------------------------------------------------------------------------------- */

static bool is_due(const struct pg_session *session, size_t step)
{
	bool bouncer = session->opened.server == PG_BOUNCER;

	if (step >= STEP_GAUGES)
		return !bouncer && session->strikes[step - STEP_GAUGES] < GAUGE_STRIKES;
	switch ((enum question)step) {
	case STEP_MAIN:
	case STEP_CEILING:
	case STEP_COUNTERS:
		return !bouncer;
	case STEP_BLOCKER:
		return !bouncer && pg_tally_blocked(session->config.tally) > 0 &&
		       session->round % BLOCKER_EVERY == 0;
	case STEP_GROUPS:
		return !bouncer && session->round % GROUPS_EVERY == 0;
	case STEP_CONFIG:
		return bouncer && session->round == 0;
	case STEP_POOLS:
		return bouncer;
	case STEP_GAUGES:
		break;
	}
	return false;
}

static void ask(struct pg_session *session)
{
	const struct panels *panels = &session->config.scenario->panels;
	size_t step = session->step;

	/* preparing a statement is a transaction, too */
	pg_tally_own(session->config.tally,
		     step < STEP_BLOCKER && session->round == 0 && !session->unprepared ? 2 : 1);
	if (step >= STEP_GAUGES)
		session->ops->ask(session->link, NULL, panels->gauges[step - STEP_GAUGES].query);
	else if (step == STEP_POOLS)
		session->ops->ask(session->link, NULL, "SHOW POOLS");
	else if (step == STEP_CONFIG)
		session->ops->ask(session->link, NULL, "SHOW CONFIG");
	else
		session->ops->ask(session->link,
				  session->unprepared ? NULL : pg_sql_name(questions[step].query),
				  session->sql[questions[step].query]);
}

/* The next question that is due from `step` on; none: the round is over. */
static void go_on(struct pg_session *session, size_t step)
{
	size_t end = STEP_GAUGES + session->config.scenario->panels.gauge_count;

	while (step < end && !is_due(session, step))
		step++;
	session->step = step;
	session->asking = step < end;
	if (session->asking) {
		ask(session);
		return;
	}
	session->round++;
	if (session->config.round != NULL)
		session->config.round(session->config.arg);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct pg_session *session = arg;

	(void)fd;
	(void)what;
	if (session->open && !session->asking)
		go_on(session, 0);
}

/* ---- what the link says ---------------------------------------------------------------------- */

static void on_opened(void *arg, const struct pg_opened *opened)
{
	struct pg_session *session = arg;
	struct buf text;

	session->opened = *opened;
	session->open = true;
	session->unprepared = false;
	session->tries = 0;
	session->round = 0;
	for (unsigned i = 0; i < PG_QUERIES; i++) {
		buf_init(&text, SQL_MAX);
		pg_sql((enum pg_query)i, opened->version, &text);
		free(session->sql[i]);
		session->sql[i] = buf_take(&text, NULL);
	}
	pg_tally_name(session->config.tally, opened->database);
	pg_tally_opened(session->config.tally, opened);
	pg_tally_admitted(session->config.tally, opened->connect_ms);
	go_on(session, 0);
}

/* The panel's own question failed: unusual, and to be seen. Too slow is not: the next round asks again. */
static void take_failure(struct pg_session *session, const struct pg_fault *fault)
{
	char line[200];
	bool stale =
		strcmp(fault->sqlstate, "26000") == 0 || /* a pooler in between gave us another */
		strcmp(fault->sqlstate, "42P05") == 0;   /* server connection: no such statement */

	if (stale) {
		session->unprepared = true;
		return;
	}
	if (strcmp(fault->sqlstate, "57014") == 0)
		return;
	pg_fault_say(fault, session->ops->where(session->link), line, sizeof(line));
	pg_tally_problem(session->config.tally, line);
}

static void on_answered(void *arg, const struct pg_table *table, const struct pg_fault *fault)
{
	struct pg_session *session = arg;
	size_t step = session->step;

	if (fault != NULL)
		pg_tally_own_failed(session->config.tally);
	if (step >= STEP_GAUGES) {
		session->strikes[step - STEP_GAUGES] = 0;
		pg_tally_gauge(session->config.tally, step - STEP_GAUGES, table, fault);
	} else if (fault != NULL) {
		take_failure(session, fault);
		if (session->unprepared) {
			ask(session);
			return;
		}
	} else {
		questions[step].take(session->config.tally, table);
	}
	go_on(session, step + 1);
}

static void retry_later(struct pg_session *session, enum pg_trouble trouble)
{
	uint64_t pause = pg_fault_pause_ns(trouble, session->tries);
	struct timeval tv = timeval_of(pause - pause / 5 + rng_below(&session->rng, pause / 4 + 1));

	event_add(session->retry, &tv);
}

static void closed(struct pg_session *session, const struct pg_fault *fault)
{
	char line[200];
	const char *database = session->ops->database(session->link);

	session->open = session->asking = false;
	session->tries++;
	if (database != NULL)
		pg_tally_name(session->config.tally, database);
	pg_fault_say(fault, session->ops->where(session->link), line, sizeof(line));
	if (fault->trouble == PG_TROUBLE_FULL)
		pg_tally_refused(session->config.tally, fault->text);
	pg_tally_problem(session->config.tally, line);
	retry_later(session, fault->trouble);
}

static void on_closed(void *arg, const struct pg_fault *fault)
{
	struct pg_session *session = arg;
	size_t step = session->step;

	/* A gauge that does not come back takes the session with it: not for ever. */
	if (session->asking && step >= STEP_GAUGES && fault->trouble == PG_TROUBLE_SILENT &&
	    ++session->strikes[step - STEP_GAUGES] == GAUGE_STRIKES)
		pg_tally_gauge(session->config.tally, step - STEP_GAUGES, NULL,
			       &(struct pg_fault){ .text = "its query does not come back; it is "
							   "asked no more" });
	closed(session, fault);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct pg_session *session = arg;

	(void)fd;
	(void)what;
	session->ops->open(session->link);
}

void pg_session_yield(struct pg_session *session, const struct pg_fault *fault)
{
	if (!session->open)
		return;
	session->ops->close(session->link);
	closed(session, fault);
}

/* ---- life ------------------------------------------------------------------------------------ */

void pg_session_free(struct pg_session *session)
{
	if (session == NULL)
		return;
	session->ops->destroy(session->link);
	if (session->tick != NULL)
		event_free(session->tick);
	if (session->retry != NULL)
		event_free(session->retry);
	for (unsigned i = 0; i < PG_QUERIES; i++)
		free(session->sql[i]);
	free(session->strikes);
	free(session);
}

int pg_session_new(struct pg_session **out, const struct pg_session_config *config,
		   struct error *err)
{
	const struct panels *panels = &config->scenario->panels;
	struct pg_session *session = mem_new(sizeof(*session));
	struct pg_link_config link = { .base = config->base,
				       .scenario = config->scenario,
				       .application = PG_APPLICATION,
				       .opened = on_opened,
				       .answered = on_answered,
				       .closed = on_closed,
				       .arg = session };
	struct timeval every = timeval_of(panels->every_ns), now = { 0, 0 };
	int rc;

	session->config = *config;
	session->ops = pg_link_of(config->scenario);
	session->strikes = mem_array(panels->gauge_count + 1, sizeof(*session->strikes));
	rng_seed(&session->rng, rng_system_seed(), 0);
	rc = session->ops->create(&session->link, &link, err);
	if (rc != 0)
		goto fail;
	session->tick = event_new(config->base, -1, EV_PERSIST, on_tick, session);
	session->retry = event_new(config->base, -1, 0, on_retry, session);
	if (session->tick == NULL || session->retry == NULL ||
	    event_add(session->tick, &every) != 0 || event_add(session->retry, &now) != 0) {
		error_set(err, "cannot make the database panel's timers");
		rc = -ENOMEM;
		goto fail;
	}
	*out = session;
	return 0;
fail:
	pg_session_free(session);
	return rc;
}

const struct pg_opened *pg_session_opened(const struct pg_session *session)
{
	return session->open ? &session->opened : NULL;
}

const char *pg_session_where(const struct pg_session *session)
{
	return session->ops->where(session->link);
}
