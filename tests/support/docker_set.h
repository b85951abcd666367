/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_DOCKER_SET_H
#define THRONG_TESTS_DOCKER_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "message/reading.h"
#include "monitor/panel.h"
#include "fake_docker.h"
#include "tempdir.h"

struct event_base;
struct scenario;

/* The containers panel on a fake daemon, and everything it says. All in the test's own thread; waiting fails the test after a minute. */
struct docker_set_container {
	char id[32], name[64], service[64], state[32];
	int exit_code, life; /* life: in StartedAt */
};

struct docker_set {
	struct tempdir dir;
	char path[300];
	struct event_base *base;
	struct fake_docker *fake;
	struct scenario *scenario;
	struct panel_env env;
	struct panel *panel;
	bool host_network, tty;
	char health[32];
	struct docker_set_container containers[16];
	size_t container_count;
	struct reading *readings;
	size_t reading_count, reading_room;
};

/* containers: the scenario's list as JSON; more: further keys of "docker", with a comma before. */
struct docker_set *docker_set_new(const char *containers, const char *more);
void docker_set_free(struct docker_set *set);
void docker_set_start(struct docker_set *set);

/* Containers of the fake daemon. */
void docker_set_container(struct docker_set *set, const char *id, const char *name,
			  const char *service, const char *state);
void docker_set_state(struct docker_set *set, const char *id, const char *state, int exit_code,
		      int life);
void docker_set_remove(struct docker_set *set, const char *id);
/* Tell a daemon made anew about all of them. */
void docker_set_serve(struct docker_set *set);
/* exit_code: NULL for none. */
void docker_set_event(struct docker_set *set, const char *action, const char *id,
		      const char *exit_code);

struct docker_frame {
	int second; /* of the sample */
	int cpu_ms, previous_cpu_ms, system_ms;
	int memory, rx;
	bool no_networks;
};
void docker_set_frame(struct docker_set *set, const char *id, const struct docker_frame *frame);
/* Bytes into a container's stats stream. */
void docker_set_push(struct docker_set *set, const char *id, const char *text);

/* One turn of the loop. */
void docker_set_turn(struct docker_set *set);
/* The last reading of this kind; name or metric NULL: any. NULL: none. */
const struct reading *docker_set_find(const struct docker_set *set, enum reading_type type,
				      const char *name, const char *metric);
/* The last one whose text contains this. */
const struct reading *docker_set_find_text(const struct docker_set *set, enum reading_type type,
					   const char *text);
size_t docker_set_count(const struct docker_set *set, enum reading_type type, const char *name,
			const char *metric);
/* -1: none. */
double docker_set_value(const struct docker_set *set, const char *name, const char *metric);
void docker_set_wait_state(struct docker_set *set, const char *name, const char *state);
void docker_set_wait_value(struct docker_set *set, const char *name, const char *metric,
			   double value);
/* Until the last problem contains the text; "": until it has recovered. */
void docker_set_wait_problem(struct docker_set *set, const char *text);
void docker_set_wait_text(struct docker_set *set, enum reading_type type, const char *text);
void docker_set_wait_stream(struct docker_set *set, const char *id);
void docker_set_wait_events(struct docker_set *set);

#endif
