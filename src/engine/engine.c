/* SPDX-License-Identifier: MIT */
/* One traffic thread: making it, its loop, its end. What happens in the loop is in engine_run.c
 * and engine_status.c.
 *
 * Everything of an engine belongs to its thread from engine_start to engine_join, and to the
 * main thread before and after. Only rings cross: commands, orders and link messages in, samples
 * out. */
#include "config.h"

#include "engine/engine.h"

#include <curl/curl.h>
#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/ring.h"
#include "base/thread.h"
#include "engine/engine_internal.h"
#include "message/command.h"
#include "scenario/scenario.h"

#define COMMANDS_MAX 16 /* taken in one go */

/* Timers and commands come before sockets: with ten thousand sockets ready one turn of the loop takes a
 * tenth of a second, which would be how late schedules and the hand on the slider are. libevent looks
 * for urgent events only between turns, so a turn is at most SOCKETS_MAX sockets. */
enum urgency { URGENT, ORDINARY, URGENCIES };
#define SOCKETS_MAX 128

/* With an arrival rate, answers that come shortly before the next arrivals are read together with their being
 * sent: the thread wakes up once for both. No time gets longer, as arrivals go by the clock and an answer is as
 * old as the kernel says; the next step of a task is sent by so much later. */
#define HOLD_NS 200000

/* ---- the loop ----------------------------------------------------------------------------- */

static void take_commands(struct engine *e, struct ring *ring)
{
	struct command commands[COMMANDS_MAX];

	do {
		size_t n;
		while ((n = ring_drain(ring, commands, COMMANDS_MAX)) > 0) {
			for (size_t i = 0; i < n; i++) {
				if (commands[i].at_ns == 0) {
					commands[i].at_ns = e->env.now_ns();
				}
				engine_obey(e, &commands[i]);
			}
		}
	} while (!ring_arm(ring));
}

static void on_commands(evutil_socket_t fd, short what, void *arg)
{
	struct engine *e = arg;
	(void)what;
	struct ring *ring =
		fd == ring_wake_fd(e->config.commands) ? e->config.commands : e->config.orders;

	ring_disarm(ring);
	take_commands(e, ring);
}

/* Others: the leader says when it starts. */
static void take_start(struct engine *e)
{
	struct link_start start;

	do {
		while (ring_drain(e->link->start, &start, 1) == 1) {
			engine_hear_start(e, &start);
		}
	} while (!ring_arm(e->link->start));
}

/* Leader: another engine is empty. */
static void take_ended(struct engine *e, struct ring *ring)
{
	struct link_ended ended;

	do {
		while (ring_drain(ring, &ended, 1) == 1) {
			engine_hear_ended(e);
		}
	} while (!ring_arm(ring));
}

static void on_link(evutil_socket_t fd, short what, void *arg)
{
	struct engine *e = arg;
	(void)what;

	if (!engine_leads(e)) {
		ring_disarm(e->link->start);
		take_start(e);
		return;
	}
	for (unsigned i = 0; i < e->links.count; i++) {
		struct ring *ring = e->links.items[i].ended;
		if (fd == ring_wake_fd(ring)) {
			ring_disarm(ring);
			take_ended(e, ring);
		}
	}
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct engine *e = arg;
	(void)fd;
	(void)what;

	env_fire_timers(&e->env);
}

/* Wait for what is urgent alone, if the next timer is near. */
static void hold(struct engine *e)
{
	uint64_t now = e->env.now_ns();

	if (e->env.armed_ns > now && e->env.armed_ns - now <= HOLD_NS) {
		(void)poll(e->urgent, e->urgent_count, -1);
	}
}

/* Do answers keep their time while they wait? */
static bool can_hold(const struct engine *e)
{
	const struct scenario *scenario = e->config.scenario;

	return scenario->load.open && e->env.ops == &transport_direct_ops &&
	       scenario->http.unix_socket == NULL;
}

static void run_loop(struct engine *e)
{
	bool holds = can_hold(e);
	int flags = EVLOOP_NO_EXIT_ON_EMPTY | (holds ? EVLOOP_ONCE : 0);

	while (e->phase != PHASE_DONE && event_base_loop(e->base, flags) == 0) {
		if (holds && e->phase == PHASE_RUN) {
			hold(e);
		}
	}
}

static void *engine_thread(void *arg)
{
	struct engine *e = arg;

	e->cpu_ns = clock_thread_cpu_ns();
	e->tick_ns = e->env.now_ns();
	engine_tick(e);
	if (e->config.autostart) {
		engine_begin(e);
	}
	/* What was sent before the thread ran, then sleep until there is more. */
	if (engine_leads(e)) {
		for (unsigned i = 0; i < e->links.count; i++) {
			take_ended(e, e->links.items[i].ended);
		}
	} else {
		take_start(e);
	}
	take_commands(e, e->config.commands);
	if (e->config.orders != NULL) {
		take_commands(e, e->config.orders);
	}
	run_loop(e);
	return NULL;
}

/* ---- making and freeing ------------------------------------------------------------------- */

static struct event *watch(struct engine *e, int fd, event_callback_fn callback)
{
	struct event *event = event_new(e->base, fd, EV_READ | EV_PERSIST, callback, e);

	if (event != NULL &&
	    (event_priority_set(event, URGENT) != 0 || event_add(event, NULL) != 0)) {
		event_free(event);
		event = NULL;
	}
	e->urgent = mem_grow(e->urgent, e->urgent_count, e->urgent_count + 1, sizeof(*e->urgent));
	e->urgent[e->urgent_count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	return event;
}

static bool watch_links(struct engine *e)
{
	e->link_events = engine_leads(e) ? e->links.count : 1;
	e->on_links = mem_array(e->link_events + 1, sizeof(*e->on_links));
	for (unsigned i = 0; i < e->link_events; i++) {
		struct ring *ring = engine_leads(e) ? e->links.items[i].ended : e->link->start;
		e->on_links[i] = watch(e, ring_wake_fd(ring), on_link);
		if (e->on_links[i] == NULL) {
			return false;
		}
	}
	return true;
}

static int make_loop(struct engine *e)
{
	struct event_config *config = event_config_new();

	if (config == NULL) {
		return -ENOMEM;
	}
	/* One thread. Not EPOLL_USE_CHANGELIST: it touches descriptors after they were closed,
	 * which by then may be another thread's. */
	(void)event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	(void)event_config_set_max_dispatch_interval(config, NULL, SOCKETS_MAX, ORDINARY);
	e->base = event_base_new_with_config(config);
	event_config_free(config);
	/* events begin in the middle: ORDINARY */
	if (e->base == NULL || event_base_priority_init(e->base, URGENCIES) != 0) {
		return -ENOMEM;
	}
	e->on_timer = watch(e, e->env.timer_fd, on_timer);
	e->on_commands = watch(e, ring_wake_fd(e->config.commands), on_commands);
	if (e->config.orders != NULL) {
		e->on_orders = watch(e, ring_wake_fd(e->config.orders), on_commands);
	}
	bool ok = e->on_timer != NULL && e->on_commands != NULL &&
		  (e->config.orders == NULL || e->on_orders != NULL) && watch_links(e);
	return ok ? 0 : -ENOMEM;
}

static void set_timers(struct engine *e)
{
	e->steer.fire = engine_steer;
	e->tick.fire = engine_tick;
	e->deadline.fire = engine_deadline;
	e->steer.arg = e->tick.arg = e->deadline.arg = e;
}

static int make_transport(struct engine *e, struct error *err)
{
	const struct transport_config config = { .base = e->base,
						 .scenario = e->config.scenario,
						 .now_ns = e->env.now_ns };

	e->env.ops = e->config.transport;
	if (e->env.ops == NULL) {
		e->env.ops = transport_choose(e->config.scenario);
	}
	return e->env.ops->create(&e->env.transport, &config, err);
}

static int init(struct engine *e, struct error *err)
{
	const struct engine_config *config = &e->config;
	int result =
		env_init(&e->env, config->scenario, config->seed, config->index, config->count);

	if (result == 0 && engine_leads(e)) {
		result = links_init(&e->links, config->count);
	}
	if (result != 0) {
		return result;
	}
	if (!engine_leads(e)) {
		e->link = &config->leader->links.items[config->index - 1];
	}
	e->env.outbox.ring = config->samples;
	capture_init(&e->env.capture, config->scenario, config->exchanges);
	set_timers(e);
	result = make_loop(e);
	if (result == 0) {
		result = make_transport(e, err);
	}
	if (result == 0) {
		result = crowd_init(&e->crowd, &e->env, e->base);
	}
	if (result == 0 && engine_leads(e)) {
		setup_init(&e->setup, &e->env);
		e->setup.finished = engine_setup_finished;
		e->setup.arg = e;
	}
	e->crowd.empty = engine_crowd_empty;
	e->crowd.arg = e;
	return result;
}

int engine_new(struct engine **out, const struct engine_config *config, struct error *err)
{
	struct engine *e = mem_new(sizeof(*e));

	(void)curl_global_init(CURL_GLOBAL_ALL);
	e->config = *config;
	e->env.timer_fd = -1;
	error_set(err, "%s", "");
	int result = init(e, err);
	if (result != 0) {
		if (err != NULL && err->text[0] == '\0') {
			error_set(err, "a traffic thread could not be set up: %s",
				  strerror(-result));
		}
		engine_free(e);
		return result;
	}
	*out = e;
	return 0;
}

int engine_start(struct engine *e)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "engine/%u", e->config.index % 1000);
	int result = thread_start(&e->thread, &(struct thread_config){ .name = name,
								       .rank = THREAD_TRAFFIC,
								       .run = engine_thread,
								       .arg = e });
	e->running = result == 0;
	return result;
}

void engine_join(struct engine *e)
{
	if (e->running) {
		(void)pthread_join(e->thread, NULL);
		e->running = false;
	}
}

static void free_event(struct event *event)
{
	if (event != NULL) {
		event_free(event);
	}
}

void engine_free(struct engine *e)
{
	if (e == NULL) {
		return;
	}
	if (e->env.transport != NULL) {
		crowd_fini(&e->crowd);
		if (engine_leads(e) && e->setup.env != NULL) {
			setup_fini(&e->setup);
		}
		e->env.ops->destroy(e->env.transport);
	}
	free_event(e->on_timer);
	free_event(e->on_commands);
	free_event(e->on_orders);
	for (unsigned i = 0; i < e->link_events; i++) {
		free_event(e->on_links[i]);
	}
	free(e->on_links);
	free(e->urgent);
	if (e->base != NULL) {
		event_base_free(e->base);
	}
	if (engine_leads(e) && e->links.items != NULL) {
		links_fini(&e->links);
	}
	env_fini(&e->env);
	free(e);
	curl_global_cleanup();
}
