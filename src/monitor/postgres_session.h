/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_POSTGRES_SESSION_H
#define THRONG_MONITOR_POSTGRES_SESSION_H

#include <stdbool.h>

#include "monitor/postgres_link.h"

struct error;
struct event_base;
struct pg_tally;
struct scenario;

/* The held session: opened at once and again with backoff whenever it is lost, asked every so often, everything it says given to a tally.
 * Monitor thread. */
struct pg_session;

struct pg_session_config {
	struct event_base *base;         /* borrowed, as all here */
	const struct scenario *scenario; /* panels.dsn decides the way in */
	struct pg_tally *tally;
	/* After a round of questions was answered. NULL: not wanted. */
	void (*round)(void *arg);
	void *arg;
};

int pg_session_new(struct pg_session **out, const struct pg_session_config *config,
		   struct error *err) __attribute__((warn_unused_result));
void pg_session_free(struct pg_session *session); /* NULL is fine */
/* NULL while there is none. */
const struct pg_opened *pg_session_opened(const struct pg_session *session);
const char *pg_session_where(const struct pg_session *session);
/* Let it go and try again later: the server is shutting down and would wait for it. */
void pg_session_yield(struct pg_session *session, const struct pg_fault *fault);

#endif
