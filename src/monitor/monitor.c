/* SPDX-License-Identifier: MIT */
/* The monitor thread: one libevent loop that carries every panel. A full ring costs readings (counted and said), never
 * time; nothing here is shared with the engines. */
#include "config.h"

#include "monitor/monitor.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/ring.h"
#include "base/thread.h"
#include "message/command.h"
#include "message/reading.h"
#include "monitor/panel.h"
#include "scenario/scenario.h"

#define PANELS_MAX   4
#define COMMANDS_MAX 64

struct monitor {
	struct event_base *base;
	struct event *stop_event;
	int stop_fd;
	int heard_fd; /* written once the database has said something; -1: none is asked for */
	bool heard;
	struct ring *commands;
	struct event *command_event;
	struct ring *readings;
	uint64_t lost; /* readings the ring had no room for, not yet said */
	struct panel_env env;
	const struct panel_ops *ops[PANELS_MAX];
	struct panel *panels[PANELS_MAX];
	size_t panel_count;
	pthread_t thread;
	bool running;
};

/* A gap is said as soon as there is room again: a reader must not take it for calm. */
static void say_lost(struct monitor *m)
{
	struct reading lost = { .at_ns = clock_now_ns(),
				.type = READING_EVENT,
				.source = READING_DOCKER,
				.index = UINT16_MAX,
				.value = (double)m->lost,
				.metric = "lost" };

	snprintf(lost.text, sizeof(lost.text), "%llu panel readings lost: the recorder was busy",
		 (unsigned long long)m->lost);
	if (ring_push(m->readings, &lost))
		m->lost = 0;
}

/* Connected or refused: the panel holds its place, or says why not. */
static void hear(struct monitor *m, const struct reading *reading)
{
	uint64_t one = 1;

	if (m->heard || m->heard_fd < 0 || reading->source != READING_POSTGRES)
		return;
	m->heard = write(m->heard_fd, &one, sizeof(one)) == (ssize_t)sizeof(one);
}

static void emit(void *arg, const struct reading *reading)
{
	struct monitor *m = arg;
	struct reading stamped = *reading;

	if (stamped.at_ns == 0)
		stamped.at_ns = clock_now_ns();
	if (m->lost > 0)
		say_lost(m);
	if (!ring_push(m->readings, &stamped))
		m->lost++;
	ring_wake(m->readings);
	hear(m, reading);
}

static void stop_asked(evutil_socket_t fd, short what, void *arg)
{
	struct monitor *m = arg;

	(void)fd;
	(void)what;
	event_base_loopbreak(m->base);
}

static void commands_came(evutil_socket_t fd, short what, void *arg)
{
	struct monitor *m = arg;
	struct command command;
	size_t i;

	(void)fd;
	(void)what;
	do {
		ring_disarm(m->commands);
		while (ring_drain(m->commands, &command, 1) == 1)
			for (i = 0; i < m->panel_count; i++)
				if (m->ops[i]->command != NULL)
					m->ops[i]->command(m->panels[i], &command);
	} while (!ring_arm(m->commands));
}

bool monitor_command(struct monitor *m, const struct command *command)
{
	if (!ring_push(m->commands, command))
		return false;
	ring_wake(m->commands);
	return true;
}

static int make_panels(struct monitor *m, const struct scenario *scenario, struct error *err)
{
	const struct panel_ops *const *all = panels_all();
	int rc;

	for (; *all != NULL && m->panel_count < PANELS_MAX; all++) {
		if (!(*all)->wanted(scenario))
			continue;
		rc = (*all)->create(&m->panels[m->panel_count], &m->env, err);
		if (rc != 0)
			return rc;
		m->ops[m->panel_count++] = *all;
	}
	return 0;
}

int monitor_new(struct monitor **out, const struct scenario *scenario, struct ring *readings,
		struct error *err)
{
	struct monitor *m = mem_new(sizeof(*m));
	int rc;

	m->readings = readings;
	m->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	m->heard_fd = scenario->panels.postgres ? eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) : -1;
	m->base = event_base_new();
	if (m->stop_fd < 0 || m->base == NULL) {
		rc = -EMFILE;
		error_set(err, "cannot make the panels' event loop: %s", strerror(-rc));
		goto fail;
	}
	rc = ring_new(&m->commands, sizeof(struct command), COMMANDS_MAX);
	if (rc != 0) {
		error_set(err, "cannot make the panels' ring: %s", strerror(-rc));
		goto fail;
	}
	m->stop_event = event_new(m->base, m->stop_fd, EV_READ, stop_asked, m);
	m->command_event = event_new(m->base, ring_wake_fd(m->commands), EV_READ | EV_PERSIST,
				     commands_came, m);
	if (m->stop_event == NULL || event_add(m->stop_event, NULL) != 0 ||
	    m->command_event == NULL || event_add(m->command_event, NULL) != 0) {
		rc = -ENOMEM;
		error_set(err, "cannot make the panels' event loop: %s", strerror(-rc));
		goto fail;
	}
	m->env =
		(struct panel_env){ .base = m->base, .scenario = scenario, .emit = emit, .arg = m };
	rc = make_panels(m, scenario, err);
	if (rc != 0)
		goto fail;
	*out = m;
	return 0;
fail:
	monitor_free(m);
	return rc;
}

/* A panel that the scenario asks for and this build lacks says so instead of staying empty. */
static void say_missing(struct monitor *m)
{
	const struct panels *asked = &m->env.scenario->panels;
	const struct {
		bool wanted;
		enum reading_source source;
		const char *name, *text;
	} sources[] = {
		{ asked->docker, READING_DOCKER, "docker",
		  "this build of throng has no containers panel" },
		{ asked->postgres, READING_POSTGRES, "postgres",
		  "this build of throng has no database panel" },
	};
	size_t i, k;

	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct reading missing = { .type = READING_PROBLEM,
					   .source = (uint8_t)sources[i].source,
					   .index = UINT16_MAX };
		bool built = false;

		for (k = 0; k < m->panel_count; k++)
			built |= strcmp(m->ops[k]->name, sources[i].name) == 0;
		snprintf(missing.text, sizeof(missing.text), "%s", sources[i].text);
		if (sources[i].wanted && !built)
			emit(m, &missing);
	}
}

static void *run(void *arg)
{
	struct monitor *m = arg;

	say_missing(m);
	commands_came(-1, 0, m); /* arms the ring */
	event_base_loop(m->base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}

int monitor_start(struct monitor *m)
{
	int rc = thread_start(&m->thread, &(struct thread_config){ .name = "throng-panels",
								   .rank = THREAD_SERVICE,
								   .run = run,
								   .arg = m });

	m->running = rc == 0;
	return rc;
}

void monitor_await(struct monitor *m, unsigned timeout_ms)
{
	struct pollfd heard = { .fd = m->heard_fd, .events = POLLIN };

	if (m->running && m->heard_fd >= 0)
		(void)poll(&heard, 1, (int)timeout_ms);
}

void monitor_stop(struct monitor *m)
{
	uint64_t one = 1;

	if (!m->running)
		return;
	if (write(m->stop_fd, &one, sizeof(one)) != (ssize_t)sizeof(one))
		return; /* an eventfd takes this write always */
	pthread_join(m->thread, NULL);
	m->running = false;
}

void monitor_free(struct monitor *m)
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < m->panel_count; i++)
		m->ops[i]->destroy(m->panels[i]);
	if (m->stop_event != NULL)
		event_free(m->stop_event);
	if (m->command_event != NULL)
		event_free(m->command_event);
	if (m->base != NULL)
		event_base_free(m->base);
	if (m->stop_fd >= 0)
		close(m->stop_fd);
	if (m->heard_fd >= 0)
		close(m->heard_fd);
	ring_free(m->commands);
	free(m);
}
