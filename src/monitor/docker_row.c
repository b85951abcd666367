/* SPDX-License-Identifier: MIT */
/* One container of the panel: what it is (inspected at every event that changes it) and its stream of stats. A stats stream outlives stop and
 * start of its container and says nothing of a restart within a second: events do. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "monitor/docker_client.h"
#include "monitor/docker_panel.h"

#define FRAME_MAX     ((size_t)256 * 1024)
#define STATS_QUIET_S 20 /* podman sends a frame every 5 s */

/* ---- saying ------------------------------------------------------------------------------------ */

static void emit_state(const struct docker_row *row, const char *metric, const char *text)
{
	struct reading reading = { .type = READING_STATE, .index = (uint16_t)row->target };

	snprintf(reading.name, sizeof(reading.name), "%s", row->name);
	snprintf(reading.metric, sizeof(reading.metric), "%s", metric);
	snprintf(reading.text, sizeof(reading.text), "%s", text);
	docker_panel_emit(row->panel, &reading);
}

void docker_row_state(struct docker_row *row, const char *state)
{
	if (strcmp(row->state, state) == 0)
		return;
	snprintf(row->state, sizeof(row->state), "%s", state);
	emit_state(row, "state", state);
}

void docker_row_say(const struct docker_row *row, const char *metric, const char *fmt, ...)
{
	struct reading reading = { .type = READING_EVENT, .index = (uint16_t)row->target };
	va_list ap;

	snprintf(reading.name, sizeof(reading.name), "%s", row->name);
	snprintf(reading.metric, sizeof(reading.metric), "%s", metric);
	va_start(ap, fmt);
	vsnprintf(reading.text, sizeof(reading.text), fmt, ap);
	va_end(ap);
	docker_panel_emit(row->panel, &reading);
}

static void count_oom(struct docker_row *row)
{
	row->oom_counted = true;
	row->oom_kills++;
	docker_row_say(row, "oom", "out of memory: the kernel killed a process in it (%u)",
		       row->oom_kills);
	docker_values_emit(row, "oom_kills", row->oom_kills);
}

static void count_restart(struct docker_row *row, const char *how)
{
	row->restarts++;
	docker_row_say(row, "restart", "%s (%u)", how, row->restarts);
	docker_values_emit(row, "restarts", row->restarts);
}

/* ---- stats ------------------------------------------------------------------------------------- */

static void stats_data(void *arg, const char *data, size_t len)
{
	struct docker_row *row = arg;

	while (len > 0) {
		const char *end = memchr(data, '\n', len);
		size_t n = end != NULL ? (size_t)(end - data) : len;

		(void)buf_add(&row->frame, data, n);
		if (end == NULL)
			return;
		if (!row->frame.overflow && row->frame.len > 0)
			docker_values_take(row, row->frame.data, row->frame.len);
		buf_reset(&row->frame);
		data += n + 1;
		len -= n + 1;
	}
}

static void stats_done(void *arg, const struct docker_answer *answer)
{
	struct docker_row *row = arg;

	row->stats = NULL;
	if (answer->status != 0 && answer->status != 200 && answer->status != 404)
		docker_panel_problem(row->panel, answer->problem);
	docker_panel_look_soon(row->panel); /* removed, or the daemon went: the list tells */
}

static void follow_stats(struct docker_row *row)
{
	struct docker_call_config config = {
		.quiet_s = STATS_QUIET_S, .data = stats_data, .done = stats_done, .arg = row
	};
	char *path;

	if (row->stats != NULL)
		return;
	buf_reset(&row->frame);
	row->has_last = false;
	path = mem_printf("/containers/%s/stats?stream=1", row->id);
	config.path = path;
	row->stats = docker_call_new(row->panel->client, &config);
	free(path);
}

/* ---- inspection -------------------------------------------------------------------------------- */

static void take_life(struct docker_row *row, const struct docker_details *details)
{
	bool other = row->started[0] != '\0' && strcmp(row->started, details->started) != 0;

	if (row->gap && other && details->alive && row->was_alive)
		count_restart(row, "restarted");
	if (other)
		row->oom_counted = false;
	if (details->alive || row->started[0] == '\0')
		snprintf(row->started, sizeof(row->started), "%s", details->started);
	if (row->panel->events == NULL && details->oom_killed && !details->alive &&
	    !row->oom_counted && row->was_alive)
		count_oom(row);
	row->gap = row->panel->events == NULL;
	row->alive = details->alive;
	row->was_alive |= details->alive;
}

static void take_details(struct docker_row *row, const struct docker_details *details)
{
	take_life(row, details);
	if (details->host_network != row->host_network || row->state[0] == '\0')
		emit_state(row, "network", details->host_network ? "host" : "own");
	row->host_network = details->host_network;
	docker_row_state(row, details->state);
	if (strcmp(row->health, details->health) != 0) {
		snprintf(row->health, sizeof(row->health), "%s", details->health);
		emit_state(row, "health", row->health);
	}
	row->cpu_limit_pct = details->cpu_limit_pct;
	docker_values_emit(row, "cpu_limit_pct", row->cpu_limit_pct);
	docker_values_emit(row, "restarts", row->restarts);
	docker_values_emit(row, "oom_kills", row->oom_kills);
	if (details->alive)
		follow_stats(row);
}

static void inspected(void *arg, const struct docker_answer *answer)
{
	struct docker_row *row = arg;
	struct docker_details details;

	row->inspect = NULL;
	if (answer->problem[0] != '\0') {
		if (answer->status != 0 && answer->status != 404)
			docker_panel_problem(row->panel, answer->problem);
		docker_panel_look_soon(row->panel);
	} else if (!row->inspect_again && /* else it is older than an event */
		   docker_details_parse(&details, answer->body, answer->len) == 0) {
		take_details(row, &details);
		docker_details_fini(&details);
	}
	if (row->inspect_again) {
		row->inspect_again = false;
		docker_row_inspect(row);
	}
}

void docker_row_inspect(struct docker_row *row)
{
	struct docker_call_config config = { .timeout_ms = DOCKER_CALL_TIMEOUT_MS,
					     .done = inspected,
					     .arg = row };
	char *path;

	if (row->inspect != NULL) {
		row->inspect_again = true;
		return;
	}
	path = mem_printf("/containers/%s/json", row->id);
	config.path = path;
	row->inspect = docker_call_new(row->panel->client, &config);
	free(path);
}

/* ---- events ------------------------------------------------------------------------------------ */

static bool is(const struct docker_event *event, const char *action)
{
	return strcmp(event->action, action) == 0;
}

static void died(struct docker_row *row, int exit_code)
{
	char state[32];

	snprintf(state, sizeof(state), "exited (%d)", exit_code);
	docker_row_say(row, "die", "%s", state);
	if (exit_code >= 0)
		docker_row_state(row, state);
	row->alive = false;
	row->died = true;
}

static void started(struct docker_row *row)
{
	docker_row_say(row, "start", "started");
	/* An inspection may have told of this start already; of one after a death it has not. */
	if (row->was_alive && (row->died || !row->alive))
		count_restart(row, "restarted");
	row->started[0] = '\0'; /* nor shall the next one */
	row->died = false;
	row->was_alive = row->alive = true;
	row->oom_counted = false;
	row->has_last = false; /* its counters begin at zero */
	docker_row_state(row, "running");
}

void docker_row_event(struct docker_row *row, const struct docker_event *event)
{
	if (is(event, "oom"))
		count_oom(row);
	else if (is(event, "die") || is(event, "died"))
		died(row, event->exit_code);
	else if (is(event, "start"))
		started(row);
	else if (is(event, "pause") || is(event, "unpause"))
		docker_row_say(row, event->action, "%sd", event->action);
	else if (is(event, "destroy") || is(event, "remove"))
		docker_row_say(row, "destroy", "removed");
	docker_row_inspect(row);
}

/* ---- life -------------------------------------------------------------------------------------- */

struct docker_row *docker_row_new(struct docker_panel *panel, unsigned target, const char *name)
{
	struct docker_row *row = mem_new(sizeof(*row));

	row->panel = panel;
	row->target = target;
	row->gap = true;
	snprintf(row->name, sizeof(row->name), "%s", name);
	buf_init(&row->frame, FRAME_MAX);
	return row;
}

static void end_calls(struct docker_row *row)
{
	docker_call_free(row->stats);
	docker_call_free(row->inspect);
	row->stats = row->inspect = NULL;
	row->inspect_again = false;
	row->has_last = false;
}

void docker_row_free(struct docker_row *row)
{
	end_calls(row);
	buf_fini(&row->frame);
	free(row);
}

void docker_row_attach(struct docker_row *row, const char *id)
{
	end_calls(row);
	snprintf(row->id, sizeof(row->id), "%s", id);
	row->died = false;
	row->gap = true;
	docker_row_inspect(row);
}

void docker_row_detach(struct docker_row *row, const char *state)
{
	end_calls(row);
	row->id[0] = '\0';
	row->alive = false;
	row->gap = true;
	if (state != NULL)
		docker_row_state(row, state);
}
