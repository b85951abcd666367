/* SPDX-License-Identifier: MIT */
/* The containers panel: the connection to the daemon.
 *
 * /_ping tells the version, /containers/json which containers there are, then one stream of events for all and one of stats for each container
 * that runs. The list is asked for again after an event that can change it and every LOOK_MS anyway: where events are forbidden, and to notice a
 * daemon that has stopped answering. When it cannot be reached, everything begins anew with a growing pause. */
#include "config.h"

#include "monitor/docker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "message/command.h"
#include "monitor/docker_client.h"
#include "monitor/docker_host.h"
#include "monitor/docker_panel.h"
#include "monitor/panel.h"
#include "scenario/scenario.h"

#define LOOK_MS         5000
#define SOON_MS         50
#define BACKOFF_MIN_MS  250
#define BACKOFF_MAX_MS  5000
#define EVENT_MAX       ((size_t)64 * 1024)
#define EVENTS_RETRY_NS (60 * CLOCK_NS_PER_SEC) /* when they are refused */

/* %7B{"type":["container"],"event":[…]}, encoded. exec_* events of health checks would flood us otherwise. */
#define EVENTS_PATH                                                                               \
	"/events?filters=%7B%22type%22%3A%5B%22container%22%5D%2C%22event%22%3A%5B%22create%22"   \
	"%2C%22start%22%2C%22die%22%2C%22died%22%2C%22oom%22%2C%22pause%22%2C%22unpause%22%2C%22" \
	"destroy%22%2C%22remove%22%2C%22rename%22%2C%22health_status%22%5D%7D"

struct panel {
	struct docker_panel docker;
};

/* ---- saying ---------------------------------------------------------------------------------- */

void docker_panel_emit(const struct docker_panel *panel, struct reading *reading)
{
	reading->source = READING_DOCKER;
	panel->env->emit(panel->env->arg, reading);
}

void docker_panel_problem(struct docker_panel *panel, const char *problem)
{
	struct reading reading = { .type = READING_PROBLEM, .index = UINT16_MAX };

	if (strcmp(panel->problem, problem) == 0)
		return;
	snprintf(panel->problem, sizeof(panel->problem), "%s", problem);
	text_clean(reading.text, sizeof(reading.text), problem, SIZE_MAX, false);
	docker_panel_emit(panel, &reading);
}

static void wait_ms(struct docker_panel *panel, unsigned ms)
{
	const struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	(void)event_add(panel->timer, &tv);
}

/* ---- events ---------------------------------------------------------------------------------- */

static void take_event(struct docker_panel *panel, const char *line, size_t len)
{
	struct docker_event event;
	struct docker_row *row;

	if (docker_event_parse(&event, line, len) != 0)
		return;
	row = docker_rows_find(panel, event.id);
	if (row != NULL)
		docker_row_event(row, &event);
	if (strcmp(event.action, "start") == 0)
		docker_logs_look(panel->logs);
	if (row == NULL || strcmp(event.action, "rename") == 0 ||
	    strcmp(event.action, "destroy") == 0 || strcmp(event.action, "remove") == 0)
		docker_panel_look_soon(panel);
}

static void events_data(void *arg, const char *data, size_t len)
{
	struct docker_panel *panel = arg;
	struct buf *line = &panel->event_line;

	while (len > 0) {
		const char *end = memchr(data, '\n', len);
		size_t n = end != NULL ? (size_t)(end - data) : len;

		(void)buf_add(line, data, n);
		if (end == NULL)
			return;
		if (!line->overflow)
			take_event(panel, line->data, line->len);
		buf_reset(line);
		data += n + 1;
		len -= n + 1;
	}
}

static void events_done(void *arg, const struct docker_answer *answer)
{
	struct docker_panel *panel = arg;

	panel->events = NULL;
	if (answer->status >=
	    400) /* a proxy that lets only containers through: we look more often instead */
		panel->events_retry_ns = clock_now_ns() + EVENTS_RETRY_NS;
	docker_panel_look_soon(panel);
}

static void follow_events(struct docker_panel *panel)
{
	const struct docker_call_config config = {
		.path = EVENTS_PATH, .data = events_data, .done = events_done, .arg = panel
	};

	if (panel->events != NULL || clock_now_ns() < panel->events_retry_ns)
		return;
	buf_reset(&panel->event_line);
	panel->events = docker_call_new(panel->client, &config);
}

/* ---- connection -------------------------------------------------------------------------------- */

static void lose(struct docker_panel *panel, const char *problem)
{
	docker_panel_problem(panel, problem);
	docker_call_free(panel->events);
	panel->events = NULL;
	docker_rows_lose(panel);
	docker_logs_lose(panel->logs);
	panel->backoff_ms = panel->backoff_ms == 0 ? BACKOFF_MIN_MS : panel->backoff_ms * 2;
	if (panel->backoff_ms > BACKOFF_MAX_MS)
		panel->backoff_ms = BACKOFF_MAX_MS;
	wait_ms(panel, panel->backoff_ms);
}

static void listed(void *arg, const struct docker_answer *answer)
{
	struct docker_panel *panel = arg;
	struct docker_list list;

	panel->call = NULL;
	if (answer->problem[0] != '\0') {
		lose(panel, answer->problem);
		return;
	}
	if (docker_list_parse(&list, answer->body, answer->len) != 0) {
		char problem[DOCKER_PROBLEM_MAX];

		snprintf(problem, sizeof(problem), "what answers at %.80s is no Docker daemon",
			 docker_client_host(panel->client)->said);
		lose(panel, problem);
		return;
	}
	docker_list_fini(&panel->list);
	panel->list = list;
	panel->backoff_ms = 0;
	docker_panel_problem(panel, "");
	follow_events(panel);
	docker_rows_take_list(panel);
	docker_logs_look(panel->logs);
	wait_ms(panel, panel->list_again ? SOON_MS : LOOK_MS);
	panel->list_again = false;
}

static void ask(struct docker_panel *panel, const char *path, bool bare,
		void (*done)(void *, const struct docker_answer *))
{
	const struct docker_call_config config = { .path = path,
						   .bare = bare,
						   .timeout_ms = DOCKER_CALL_TIMEOUT_MS,
						   .done = done,
						   .arg = panel };

	panel->call = docker_call_new(panel->client, &config);
}

static void ask_list(struct docker_panel *panel)
{
	ask(panel, "/containers/json?all=1", false, listed);
}

/* Old enough daemons are told, instead of failing at something else. */
static bool too_old(struct docker_panel *panel)
{
	char problem[DOCKER_PROBLEM_MAX];

	if (!docker_client_too_old(panel->client))
		return false;
	snprintf(problem, sizeof(problem),
		 "the Docker daemon at %.80s speaks API %.10s only: %s or newer is needed (Docker "
		 "1.13)",
		 docker_client_host(panel->client)->said, docker_client_version(panel->client),
		 DOCKER_API_OLDEST);
	lose(panel, problem);
	return true;
}

static void pinged(void *arg, const struct docker_answer *answer)
{
	struct docker_panel *panel = arg;

	panel->call = NULL;
	if (answer->problem[0] != '\0' && answer->status != 403)
		lose(panel, answer->problem);
	else if (!too_old(panel))
		ask_list(panel);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct docker_panel *panel = arg;

	(void)fd;
	(void)what;
	if (panel->call != NULL)
		return;
	if (panel->backoff_ms > 0) {
		docker_client_forget_version(panel->client);
		ask(panel, "/_ping", true, pinged);
	} else {
		ask_list(panel);
	}
}

void docker_panel_look_soon(struct docker_panel *panel)
{
	if (panel->backoff_ms > 0)
		return; /* on its way already */
	if (panel->call != NULL)
		panel->list_again = true;
	else
		wait_ms(panel, SOON_MS);
}

/* ---- panel ------------------------------------------------------------------------------------- */

static int wanted(const struct scenario *scenario)
{
	return scenario->panels.docker;
}

static void destroy(struct panel *outer)
{
	struct docker_panel *panel;

	if (outer == NULL)
		return;
	panel = &outer->docker;
	docker_rows_free(panel);
	docker_logs_free(panel->logs);
	docker_client_free(panel->client); /* with every call */
	if (panel->timer != NULL)
		event_free(panel->timer);
	docker_list_fini(&panel->list);
	buf_fini(&panel->event_line);
	free(outer);
}

/* An address that makes no sense is a line in the panel too: the run goes on without it. */
static void begin(struct docker_panel *panel)
{
	const struct panels *panels = &panel->env->scenario->panels;
	struct error err = { 0 };

	if (docker_client_new(&panel->client, panel->env->base, panels->docker_host, &err) != 0) {
		docker_panel_problem(panel, err.text);
		return;
	}
	panel->backoff_ms = 1;
	panel->logs = docker_logs_new(panel);
	wait_ms(panel, 0);
}

static int create(struct panel **out, const struct panel_env *env, struct error *err)
{
	struct panel *outer = mem_new(sizeof(*outer));
	struct docker_panel *panel = &outer->docker;

	panel->env = env;
	panel->timer = event_new(env->base, -1, 0, on_timer, panel);
	if (panel->timer == NULL) {
		error_set(err, "cannot make the containers panel: out of memory");
		free(outer);
		return -1;
	}
	buf_init(&panel->event_line, EVENT_MAX);
	begin(panel);
	*out = outer;
	return 0;
}

static void obey(struct panel *outer, const struct command *command)
{
	if (command->type == COMMAND_LOG)
		docker_logs_follow(outer->docker.logs, command->text);
}

const struct panel_ops panel_docker = { .name = "docker",
					.wanted = wanted,
					.create = create,
					.destroy = destroy,
					.command = obey,
					.probe = docker_probe };
