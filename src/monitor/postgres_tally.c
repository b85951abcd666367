/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "monitor/postgres_tally_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "monitor/postgres_fault.h"
#include "monitor/postgres_link.h"
#include "monitor/postgres_table.h"
#include "scenario/scenario.h"

/* Backends hand their counts over once a second at most (pgstat, PGSTAT_MIN_INTERVAL), so that a rate over less is noise. */
#define RATE_SECONDS_MIN 1.4

struct pg_tally *pg_tally_new(const struct panels *panels, pg_emit_fn *emit, void *arg)
{
	struct pg_tally *tally = mem_new(sizeof(*tally));

	tally->panels = panels;
	tally->emit = emit;
	tally->arg = arg;
	tally->connections = tally->ceiling = -1;
	tally->gauge_failed = mem_array(panels->gauge_count + 1, sizeof(*tally->gauge_failed));
	snprintf(tally->name, sizeof(tally->name), "postgres");
	return tally;
}

void pg_tally_free(struct pg_tally *tally)
{
	if (tally == NULL)
		return;
	free(tally->gauge_failed);
	free(tally);
}

void pg_tally_name(struct pg_tally *tally, const char *name)
{
	snprintf(tally->name, sizeof(tally->name), "%s", name);
}

static struct reading reading_of(const struct pg_tally *tally, enum reading_type type,
				 const char *metric)
{
	struct reading reading = { .type = (uint8_t)type,
				   .source = READING_POSTGRES,
				   .index = UINT16_MAX };

	snprintf(reading.name, sizeof(reading.name), "%s", tally->name);
	snprintf(reading.metric, sizeof(reading.metric), "%s", metric);
	return reading;
}

void pg_tally_value(struct pg_tally *tally, const char *metric, double value)
{
	struct reading reading = reading_of(tally, READING_VALUE, metric);

	reading.value = value;
	tally->emit(tally->arg, &reading);
}

void pg_tally_event(struct pg_tally *tally, const char *metric, const char *fmt, ...)
{
	struct reading reading = reading_of(tally, READING_EVENT, metric);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reading.text, sizeof(reading.text), fmt, ap);
	va_end(ap);
	tally->emit(tally->arg, &reading);
}

void pg_tally_state(struct pg_tally *tally, const char *metric, char *kept, const char *text)
{
	struct reading reading = reading_of(tally, READING_STATE, metric);

	snprintf(reading.text, sizeof(reading.text), "%s", text);
	if (strcmp(kept, reading.text) == 0)
		return;
	memcpy(kept, reading.text, READING_TEXT_MAX);
	tally->emit(tally->arg, &reading);
}

/* ---- connections of our own ------------------------------------------------------------------- */

static void say_problem(struct pg_tally *tally, const char *line)
{
	struct reading reading = reading_of(tally, READING_PROBLEM, "");

	snprintf(reading.text, sizeof(reading.text), "%s", line);
	if (strcmp(tally->problem, reading.text) == 0)
		return;
	memcpy(tally->problem, reading.text, sizeof(tally->problem));
	tally->emit(tally->arg, &reading);
}

void pg_tally_opened(struct pg_tally *tally, const struct pg_opened *opened)
{
	snprintf(tally->user, sizeof(tally->user), "%s", opened->user);
	tally->has_base = false;
	tally->own = tally->own_failed = 0;
	say_problem(tally, "");
}

void pg_tally_problem(struct pg_tally *tally, const char *line)
{
	tally->connections = tally->ceiling = -1;
	tally->outside = tally->queued = 0;
	pg_tally_state(tally, "blocker", tally->blocker_note, "");
	say_problem(tally, line);
}

void pg_tally_refused(struct pg_tally *tally, const char *text)
{
	tally->refused++;
	if (!tally->refusing)
		pg_tally_event(tally, "refused", "new connections are refused: %s", text);
	tally->refusing = true;
	pg_tally_value(tally, "refused", tally->refused);
}

void pg_tally_admitted(struct pg_tally *tally, double connect_ms)
{
	if (tally->refusing)
		pg_tally_event(
			tally, "admitted",
			"new connections are let in again (%.0f of throng's own were refused)",
			tally->refused);
	tally->refusing = false;
	pg_tally_value(tally, "refused", tally->refused);
	if (connect_ms >= 0)
		pg_tally_value(tally, "connect_ms", connect_ms);
	pg_tally_own(tally, 1); /* a backend begins with a transaction */
}

void pg_tally_own(struct pg_tally *tally, unsigned transactions)
{
	tally->own += transactions;
}

void pg_tally_own_failed(struct pg_tally *tally)
{
	tally->own -= tally->own > 0;
	tally->own_failed++;
}

/* ---- sessions -------------------------------------------------------------------------------- */

static void say_hidden(struct pg_tally *tally, double hidden, double connections)
{
	char text[READING_TEXT_MAX] = "";

	if (hidden > 0)
		snprintf(text, sizeof(text),
			 "states of %.0f of %.0f sessions are hidden from role %.40s: "
			 "GRANT pg_monitor TO %.40s",
			 hidden, connections, tally->user, tally->user);
	/* The numbers move all the time; the note does not have to. */
	if ((text[0] != '\0') != (tally->hidden_note[0] != '\0'))
		pg_tally_state(tally, "note", tally->hidden_note, text);
}

static void say_states(struct pg_tally *tally, const struct pg_table *table)
{
	static const struct {
		enum pg_main column;
		const char *metric;
	} states[] = {
		{ PG_MAIN_ACTIVE, "active" },
		{ PG_MAIN_IDLE, "idle" },
		{ PG_MAIN_IDLE_IN_TRANSACTION, "idle_in_transaction" },
		{ PG_MAIN_ABORTED, "idle_in_transaction_aborted" },
		{ PG_MAIN_WAITING, "waiting" },
		{ PG_MAIN_BLOCKED, "blocked" },
		{ PG_MAIN_LWLOCK, "lwlock" },
		{ PG_MAIN_IO, "io" },
		{ PG_MAIN_TRANSACTION_S, "longest_transaction_s" },
		{ PG_MAIN_QUERY_S, "longest_query_s" },
		{ PG_MAIN_IDLE_TRANSACTION_S, "longest_idle_transaction_s" },
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		pg_tally_value(tally, states[i].metric, pg_table_value(table, 0, states[i].column));
}

/* pg_postmaster_start_time() is a constant of one postmaster: whatever differs by more than rounding is another one, however soon it
 * came. */
static void see_restart(struct pg_tally *tally, double started)
{
	if (tally->started > 0 && started > tally->started + 0.001)
		pg_tally_event(tally, "restart", "PostgreSQL was restarted");
	if (started > 0)
		tally->started = started;
}

void pg_tally_main(struct pg_tally *tally, const struct pg_table *table)
{
	double clients = pg_table_value(table, 0, PG_MAIN_CLIENTS);
	double hidden = pg_table_value(table, 0, PG_MAIN_HIDDEN);

	if (pg_table_columns(table) != PG_MAIN_COLUMNS || clients < 0 || hidden < 0)
		return;
	say_problem(tally, "");
	tally->connections = clients + hidden;
	tally->active = hidden > 0 ? -1 : pg_table_value(table, 0, PG_MAIN_ACTIVE);
	tally->blocked = hidden > 0 ? 0 : pg_table_value(table, 0, PG_MAIN_BLOCKED);
	pg_tally_value(tally, "connections", tally->connections);
	pg_tally_value(tally, "all_rows", pg_table_value(table, 0, PG_MAIN_ALL_ROWS));
	if (hidden <= 0)
		say_states(tally, table); /* else some of them would pass for all of them */
	say_hidden(tally, hidden, tally->connections);
	see_restart(tally, pg_table_value(table, 0, PG_MAIN_STARTED));
	if (tally->blocked <= 0)
		pg_tally_state(tally, "blocker", tally->blocker_note, "");
}

unsigned pg_tally_blocked(const struct pg_tally *tally)
{
	return tally->blocked > 0 ? (unsigned)tally->blocked : 0;
}

bool pg_tally_is_crowded(const struct pg_tally *tally)
{
	return tally->connections < 0 || tally->ceiling <= 0 ||
	       tally->connections >= 0.8 * tally->ceiling;
}

/* How many clients can be connected beside us, and by what. Our held connection takes one of them. Superusers are
 * bound by no limit of role or database. */
void pg_tally_ceiling(struct pg_tally *tally, const struct pg_table *table)
{
	double v[PG_CEILING_COLUMNS], most, of_role, of_database;
	const char *role = pg_table_string(table, 0, PG_CEILING_ROLE);
	const char *database = pg_table_string(table, 0, PG_CEILING_DATABASE);
	char text[READING_TEXT_MAX];
	bool super;

	if (pg_table_columns(table) != PG_CEILING_COLUMNS || pg_table_rows(table) == 0)
		return;
	for (size_t i = 0; i < PG_CEILING_COLUMNS; i++)
		v[i] = pg_table_value(table, 0, i);
	super = v[PG_CEILING_ROLE_SUPER] > 0;
	most = v[PG_CEILING_MAX] - 1;
	if (!super)
		most -= v[PG_CEILING_SUPERUSER_RESERVED];
	if (!super && v[PG_CEILING_ROLE_MAY_RESERVED] <= 0)
		most -= v[PG_CEILING_RESERVED];
	snprintf(text, sizeof(text), "max_connections %.0f, %.0f reserved%s, 1 of throng",
		 v[PG_CEILING_MAX], v[PG_CEILING_MAX] - 1 - most,
		 super ? " (its role is a superuser)" : "");
	of_role = v[PG_CEILING_CLIENTS] - v[PG_CEILING_ROLE_CLIENTS] + v[PG_CEILING_ROLE_LIMIT] -
		  v[PG_CEILING_ROLE_IS_OURS];
	if (!super && v[PG_CEILING_ROLE_LIMIT] >= 0 && of_role < most) {
		most = of_role;
		snprintf(text, sizeof(text), "role %.40s may have %.0f connections", role,
			 v[PG_CEILING_ROLE_LIMIT]);
	}
	of_database = v[PG_CEILING_CLIENTS] - v[PG_CEILING_DATABASE_CLIENTS] +
		      v[PG_CEILING_DATABASE_LIMIT] - v[PG_CEILING_DATABASE_IS_OURS];
	if (!super && v[PG_CEILING_DATABASE_LIMIT] >= 0 && of_database < most) {
		most = of_database;
		snprintf(text, sizeof(text), "database %.40s may have %.0f connections", database,
			 v[PG_CEILING_DATABASE_LIMIT]);
	}
	tally->ceiling = most > 0 ? most : 0;
	pg_tally_value(tally, "ceiling", tally->ceiling);
	pg_tally_state(tally, "ceiling", tally->ceiling_note, text);
	pg_tally_judge(tally);
}

/* ---- rates ----------------------------------------------------------------------------------- */

static void say_rates(struct pg_tally *tally, const double delta[PG_COUNTER_COLUMNS])
{
	double seconds = delta[PG_COUNTER_CLOCK];
	double commits = delta[PG_COUNTER_COMMITS] - tally->own;
	double rollbacks = delta[PG_COUNTER_ROLLBACKS] - tally->own_failed;
	double reads = delta[PG_COUNTER_HITS] + delta[PG_COUNTER_READS];
	double aas = delta[PG_COUNTER_ACTIVE_MS] / 1000 / seconds;

	pg_tally_value(tally, "tps", commits > 0 ? commits / seconds : 0);
	pg_tally_value(tally, "rollbacks_ps", rollbacks > 0 ? rollbacks / seconds : 0);
	pg_tally_value(tally, "temp_bps", delta[PG_COUNTER_TEMP_BYTES] / seconds);
	if (reads > 0)
		pg_tally_value(tally, "cache_hit_pct", delta[PG_COUNTER_HITS] / reads * 100);
	/* A statement is charged to active_time when it ends: while it runs only the sample knows. */
	if (aas < tally->active)
		aas = tally->active;
	if (tally->active >= 0 || aas > 0)
		pg_tally_value(tally, "aas", aas);
	tally->deadlocks += delta[PG_COUNTER_DEADLOCKS];
}

void pg_tally_counters(struct pg_tally *tally, const struct pg_table *table)
{
	double now[PG_COUNTER_COLUMNS], delta[PG_COUNTER_COLUMNS];
	bool reset = false;

	if (pg_table_columns(table) != PG_COUNTER_COLUMNS || pg_table_rows(table) == 0)
		return;
	for (size_t i = 0; i < PG_COUNTER_COLUMNS; i++) {
		now[i] = pg_table_value(table, 0, i);
		delta[i] = now[i] - tally->base[i];
		reset |= delta[i] < 0; /* pg_stat_reset, a crash, a clock put back */
	}
	if (tally->has_base && !reset && delta[PG_COUNTER_CLOCK] < RATE_SECONDS_MIN)
		return;
	if (tally->has_base && !reset)
		say_rates(tally, delta);
	pg_tally_value(tally, "deadlocks", tally->deadlocks);
	/* Our first questions are counted by now or with the next flush: they are taken off then. */
	if (tally->has_base)
		tally->own = tally->own_failed = 0;
	memcpy(tally->base, now, sizeof(now));
	tally->has_base = true;
}

/* ---- on top ---------------------------------------------------------------------------------- */

void pg_tally_groups(struct pg_tally *tally, const struct pg_table *table)
{
	struct reading row = reading_of(tally, READING_ROW, "clients");
	size_t rows = pg_table_rows(table);

	if (pg_table_columns(table) != PG_GROUP_COLUMNS && rows > 0)
		return;
	if (rows == 0) {
		row.index = 0;
		row.value = -1;
		tally->emit(tally->arg, &row);
	}
	for (size_t i = 0; i < rows; i++) {
		row.index = (uint16_t)i;
		row.value = pg_table_value(table, i, PG_GROUP_CLIENTS);
		snprintf(row.text, sizeof(row.text),
			 "%.40s\x1f%.40s\x1f%.40s\x1f%s\x1f%s\x1f%s\x1f%.1f",
			 pg_table_string(table, i, PG_GROUP_DATABASE),
			 pg_table_string(table, i, PG_GROUP_USER),
			 pg_table_string(table, i, PG_GROUP_APPLICATION),
			 pg_table_string(table, i, PG_GROUP_ACTIVE),
			 pg_table_string(table, i, PG_GROUP_IDLE),
			 pg_table_string(table, i, PG_GROUP_IDLE_IN_TRANSACTION),
			 pg_table_value(table, i, PG_GROUP_TRANSACTION_S));
		tally->emit(tally->arg, &row);
	}
}

void pg_tally_blocker(struct pg_tally *tally, const struct pg_table *table)
{
	double pid = pg_table_value(table, 0, PG_BLOCKER_PID);
	const char *application = pg_table_string(table, 0, PG_BLOCKER_APPLICATION);
	char holder[120], text[READING_TEXT_MAX];

	if (pg_table_columns(table) != PG_BLOCKER_COLUMNS || pid < 0) {
		pg_tally_state(tally, "blocker", tally->blocker_note, "");
		return;
	}
	if (pid > 0)
		snprintf(holder, sizeof(holder), "pid %.0f (%.30s, %.40s %.0f s)", pid,
			 application[0] != '\0' ? application
						: pg_table_string(table, 0, PG_BLOCKER_USER),
			 pg_table_string(table, 0, PG_BLOCKER_STATE),
			 pg_table_value(table, 0, PG_BLOCKER_TRANSACTION_S));
	else
		snprintf(holder, sizeof(holder), "a prepared transaction");
	/* Who first: panes cut the end. */
	snprintf(text, sizeof(text),
		 "%s holds the lock that %.0f of %.0f blocked sessions wait for", holder,
		 pg_table_value(table, 0, PG_BLOCKER_BLOCKED),
		 pg_table_value(table, 0, PG_BLOCKER_WAITING));
	if (tally->blocker_note[0] == '\0')
		pg_tally_event(tally, "blocked", "%s", text);
	pg_tally_state(tally, "blocker", tally->blocker_note, text);
}

/* ---- own gauges ------------------------------------------------------------------------------ */

static void say_gauge(struct pg_tally *tally, size_t i, const char *text)
{
	struct reading reading = reading_of(tally, READING_STATE, tally->panels->gauges[i].name);

	if (text[0] == '\0' && !tally->gauge_failed[i])
		return;
	if (text[0] != '\0' && tally->gauge_failed[i])
		return; /* said when it began */
	tally->gauge_failed[i] = text[0] != '\0';
	reading.index = (uint16_t)i;
	snprintf(reading.text, sizeof(reading.text), "%s", text);
	tally->emit(tally->arg, &reading);
}

void pg_tally_gauge(struct pg_tally *tally, size_t i, const struct pg_table *table,
		    const struct pg_fault *fault)
{
	char text[READING_TEXT_MAX];
	double value;

	if (fault != NULL) {
		snprintf(text, sizeof(text), "%.150s%s%s%s", fault->text,
			 fault->sqlstate[0] != '\0' ? " (" : "", fault->sqlstate,
			 fault->sqlstate[0] != '\0' ? ")" : "");
		say_gauge(tally, i, text);
	} else if (table == NULL || pg_table_rows(table) == 0 ||
		   pg_table_text(table, 0, 0) == NULL) {
		say_gauge(tally, i, "its query gave no row, or null");
	} else if (!pg_table_number(table, 0, 0, &value)) {
		say_gauge(tally, i, "the first field of its query is no number");
	} else {
		say_gauge(tally, i, "");
		pg_tally_value(tally, tally->panels->gauges[i].name, value);
	}
}
