/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_POSTGRES_TALLY_INTERNAL_H
#define THRONG_MONITOR_POSTGRES_TALLY_INTERNAL_H

#include <stdbool.h>

#include "message/reading.h"
#include "monitor/postgres_sql.h"
#include "monitor/postgres_tally.h"

struct pg_tally {
	const struct panels *panels;
	pg_emit_fn *emit;
	void *arg;
	char name[READING_NAME_MAX];
	char problem[READING_TEXT_MAX];
	char ceiling_note[READING_TEXT_MAX];
	char hidden_note[READING_TEXT_MAX];
	char blocker_note[READING_TEXT_MAX];
	char user[64];
	double connections, active, blocked, ceiling;
	double started; /* of the server; 0: not known */
	bool above, full, was_within, waiting_said;
	unsigned outside; /* readings in a row outside the expected band */
	unsigned queued;  /* readings in a row with clients waiting in a pgbouncer */
	double refused;
	bool refusing;
	unsigned own, own_failed; /* transactions since the last counters */
	bool has_base;
	double base[PG_COUNTER_COLUMNS];
	double deadlocks; /* since the panel began */
	bool *gauge_failed;
};

/* postgres_tally.c: one value, event or state of the database. */
void pg_tally_value(struct pg_tally *tally, const char *metric, double value);
void pg_tally_event(struct pg_tally *tally, const char *metric, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Said when it differs from what `kept` (READING_TEXT_MAX bytes) holds. */
void pg_tally_state(struct pg_tally *tally, const char *metric, char *kept, const char *text);

/* postgres_marks.c: what a new number of connections means against limit, band and ceiling. */
void pg_tally_judge(struct pg_tally *tally);

#endif
