/* SPDX-License-Identifier: MIT */
/* The PostgreSQL panel: a held session that is asked every few seconds (postgres_session.c), a canary that tries the door
 * (postgres_canary.c), and what both say as readings (postgres_tally.c). The way in is libpq or psql in a container (postgres_link.h). */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "message/reading.h"
#include "monitor/panel.h"
#include "monitor/postgres.h"
#include "monitor/postgres_canary.h"
#include "monitor/postgres_session.h"
#include "monitor/postgres_tally.h"
#include "scenario/scenario.h"

struct panel {
	struct pg_tally *tally;
	struct pg_session *session;
	struct pg_canary *canary; /* NULL: not wanted */
};

static int postgres_wanted(const struct scenario *scenario)
{
	return scenario->panels.postgres;
}

static void postgres_destroy(struct panel *panel)
{
	if (panel == NULL)
		return;
	pg_canary_free(panel->canary);
	pg_session_free(panel->session);
	pg_tally_free(panel->tally);
	free(panel);
}

static int postgres_create(struct panel **out, const struct panel_env *env, struct error *err)
{
	struct panel *panel = mem_new(sizeof(*panel));
	struct pg_session_config config = { .base = env->base, .scenario = env->scenario };
	int rc;

	panel->tally = pg_tally_new(&env->scenario->panels, env->emit, env->arg);
	config.tally = panel->tally;
	rc = pg_session_new(&panel->session, &config, err);
	if (rc == 0 && env->scenario->panels.canary_ns > 0)
		rc = pg_canary_new(&panel->canary, env->base, env->scenario, panel->session,
				   panel->tally, err);
	if (rc != 0) {
		postgres_destroy(panel);
		return rc;
	}
	*out = panel;
	return 0;
}

/* ---- looking once ---------------------------------------------------------------------------- */

struct probe {
	struct event_base *base;
	bool answered, failed;
	double connections, ceiling;
	size_t gauges_failed;
	char problem[READING_TEXT_MAX], note[READING_TEXT_MAX], gauge[READING_TEXT_MAX + 40],
		ceiling_note[READING_TEXT_MAX];
};

static void probe_emit(void *arg, const struct reading *reading)
{
	struct probe *probe = arg;

	if (reading->type == READING_PROBLEM && reading->text[0] != '\0') {
		snprintf(probe->problem, sizeof(probe->problem), "%s", reading->text);
		probe->failed = true;
		event_base_loopbreak(probe->base);
	} else if (reading->type == READING_VALUE && strcmp(reading->metric, "connections") == 0) {
		probe->connections = reading->value;
	} else if (reading->type == READING_VALUE && strcmp(reading->metric, "ceiling") == 0) {
		probe->ceiling = reading->value;
	} else if (reading->type != READING_STATE) {
		return;
	} else if (strcmp(reading->metric, "note") == 0) {
		snprintf(probe->note, sizeof(probe->note), "%s", reading->text);
	} else if (strcmp(reading->metric, "ceiling") == 0) {
		snprintf(probe->ceiling_note, sizeof(probe->ceiling_note), "%s", reading->text);
	} else if (reading->index != UINT16_MAX && reading->text[0] != '\0') {
		snprintf(probe->gauge, sizeof(probe->gauge), "gauge %s: %s", reading->metric,
			 reading->text);
	}
}

static void probe_round(void *arg)
{
	struct probe *probe = arg;

	probe->answered = true;
	event_base_loopbreak(probe->base);
}

static void probe_say(const struct probe *probe, const struct pg_session *session, struct buf *said)
{
	const struct pg_opened *opened = pg_session_opened(session);

	if (!probe->answered) {
		buf_adds(said, probe->failed ? probe->problem
					     : "the database has not answered within 5 s");
		return;
	}
	buf_addf(said, "%s %s, %s: %.0f of %.0f connections (%s)",
		 opened != NULL && opened->server == PG_BOUNCER ? "pgbouncer" : "PostgreSQL",
		 opened != NULL ? opened->version_text : "", pg_session_where(session),
		 probe->connections, probe->ceiling, probe->ceiling_note);
	if (probe->note[0] != '\0')
		buf_addf(said, "; %s", probe->note);
	if (probe->gauge[0] != '\0')
		buf_addf(said, "; %s", probe->gauge);
}

static int postgres_probe(const struct scenario *scenario, struct buf *said)
{
	static const struct timeval longest = { 5, 0 };
	struct probe probe = { .base = event_base_new() };
	struct pg_session_config config = {
		.base = probe.base, .scenario = scenario, .round = probe_round, .arg = &probe
	};
	struct error err = { 0 };
	struct pg_session *session = NULL;
	int rc = -ENOMEM;

	if (probe.base == NULL) {
		buf_adds(said, "no file descriptor is left to look with");
		return rc;
	}
	config.tally = pg_tally_new(&scenario->panels, probe_emit, &probe);
	rc = pg_session_new(&session, &config, &err);
	if (rc != 0) {
		buf_adds(said, err.text);
	} else {
		event_base_loopexit(probe.base, &longest);
		event_base_dispatch(probe.base);
		probe_say(&probe, session, said);
		rc = probe.answered && probe.gauge[0] == '\0' ? 0 : -EIO;
	}
	pg_session_free(session);
	pg_tally_free(config.tally);
	event_base_free(probe.base);
	return rc;
}

const struct panel_ops panel_postgres = {
	.name = "postgres",
	.wanted = postgres_wanted,
	.create = postgres_create,
	.destroy = postgres_destroy,
	.probe = postgres_probe,
};
