/* SPDX-License-Identifier: MIT */
/* When connections are worth a mark, and what a pgbouncer's pools say. */
#include "config.h"

#include "monitor/postgres_tally_internal.h"

#include <string.h>

#include "monitor/postgres_table.h"
#include "scenario/scenario.h"

/* A value that leaves the band for a moment is noise; one that has never been within it is a run that has not got going. */
#define OUTSIDE_READINGS 3
#define QUEUED_READINGS  3

static void judge_band(struct pg_tally *tally)
{
	double low = tally->panels->expect_low, high = tally->panels->expect_high;
	double n = tally->connections;

	if (high <= 0)
		return;
	if (n >= low && n <= high) {
		if (tally->was_within && tally->outside >= OUTSIDE_READINGS)
			pg_tally_event(tally, "band",
				       "connections %.0f, within the expected %.0f–%.0f again", n,
				       low, high);
		tally->was_within = true;
		tally->outside = 0;
		return;
	}
	if (!tally->was_within && n < low)
		return;
	tally->was_within = true;
	if (++tally->outside == OUTSIDE_READINGS)
		pg_tally_event(tally, "band", "connections %.0f, %s the expected %.0f–%.0f", n,
			       n < low ? "below" : "above", low, high);
}

void pg_tally_judge(struct pg_tally *tally)
{
	double limit = tally->panels->limit_connections, n = tally->connections;
	bool above = limit > 0 && n > limit;
	bool full = tally->ceiling > 0 && n >= tally->ceiling;

	if (n < 0)
		return;
	if (above != tally->above)
		pg_tally_event(tally, "limit", "connections %.0f, %s the limit of %.0f%s", n,
			       above ? "above" : "within", limit, above ? "" : " again");
	if (full && !tally->full)
		pg_tally_event(tally, "full", "all %.0f connections are taken (%s)", tally->ceiling,
			       tally->ceiling_note);
	tally->above = above;
	tally->full = full;
	judge_band(tally);
}

/* ---- pgbouncer ------------------------------------------------------------------------------- */

static double sum_of(const struct pg_table *table, const char *name)
{
	size_t column = pg_table_column(table, name), of = pg_table_column(table, "database");
	double sum = 0, value;

	if (column == SIZE_MAX)
		return -1;
	for (size_t i = 0; i < pg_table_rows(table); i++)
		if (strcmp(pg_table_string(table, i, of), "pgbouncer") != 0 &&
		    pg_table_number(table, i, column, &value))
			sum += value;
	return sum;
}

static double longest_wait_s(const struct pg_table *table)
{
	size_t seconds = pg_table_column(table, "maxwait");
	size_t micros = pg_table_column(table, "maxwait_us");
	double longest = 0;

	if (seconds == SIZE_MAX)
		return -1;
	for (size_t i = 0; i < pg_table_rows(table); i++) {
		double s = 0, us = 0;

		(void)pg_table_number(table, i, seconds, &s);
		(void)pg_table_number(table, i, micros, &us);
		if (s + us / 1e6 > longest)
			longest = s + us / 1e6;
	}
	return longest;
}

static void say_queue(struct pg_tally *tally, double waiting, double longest)
{
	tally->queued = waiting > 0 ? tally->queued + 1 : 0;
	if (tally->queued == QUEUED_READINGS)
		pg_tally_event(tally, "cl_waiting",
			       "%.0f clients wait for a connection of pgbouncer's pools, the "
			       "longest for %.1f s",
			       waiting, longest);
}

void pg_tally_pools(struct pg_tally *tally, const struct pg_table *table)
{
	static const char *const metrics[] = { "cl_active", "cl_waiting", "sv_active", "sv_idle" };
	double active = sum_of(table, "cl_active"), waiting = sum_of(table, "cl_waiting");
	double longest = longest_wait_s(table);

	if (active < 0 || waiting < 0)
		return;
	tally->connections = active + waiting;
	pg_tally_value(tally, "connections", tally->connections);
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		if (sum_of(table, metrics[i]) >= 0)
			pg_tally_value(tally, metrics[i], sum_of(table, metrics[i]));
	if (longest >= 0)
		pg_tally_value(tally, "maxwait_s", longest);
	if (tally->ceiling > 0)
		pg_tally_value(tally, "ceiling", tally->ceiling);
	say_queue(tally, waiting, longest);
	pg_tally_judge(tally);
}

void pg_tally_config(struct pg_tally *tally, const struct pg_table *table)
{
	size_t key = pg_table_column(table, "key"), value = pg_table_column(table, "value");
	double most;

	for (size_t i = 0; i < pg_table_rows(table); i++)
		if (strcmp(pg_table_string(table, i, key), "max_client_conn") == 0 &&
		    pg_table_number(table, i, value, &most)) {
			tally->ceiling = most - 1; /* this console is a client, too */
			pg_tally_state(tally, "ceiling", tally->ceiling_note,
				       "max_client_conn of pgbouncer, 1 of throng");
		}
}
