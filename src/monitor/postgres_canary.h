/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_POSTGRES_CANARY_H
#define THRONG_MONITOR_POSTGRES_CANARY_H

struct error;
struct event_base;
struct pg_session;
struct pg_tally;
struct scenario;

/* Does a newcomer still get in? The held session cannot tell: it keeps its place. So a connection is made every panels.canary_ns, timed and
 * given back at once; refusals are counted. Through a container, where psql must be started for it, only near the ceiling. Monitor
 * thread. */
struct pg_canary;

/* Everything is borrowed. */
int pg_canary_new(struct pg_canary **out, struct event_base *base, const struct scenario *scenario,
		  struct pg_session *session, struct pg_tally *tally, struct error *err)
	__attribute__((warn_unused_result));
void pg_canary_free(struct pg_canary *canary); /* NULL is fine */

#endif
