/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_DOCKER_FIND_H
#define THRONG_MONITOR_DOCKER_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which containers a scenario means, and what the Engine says of one. Pure; one thread. */

/* One of GET /containers/json?all=1. */
struct docker_listed {
	char *id;
	char *name;      /* without the "/" */
	char *service;   /* label com.docker.compose.service; "" */
	unsigned number; /* label com.docker.compose.container-number; 0: none */
	bool running;
};

struct docker_list {
	struct docker_listed *items;
	size_t count;
};

/* 0, or -EBADMSG when the text is no such answer. Release with docker_list_fini. */
int docker_list_parse(struct docker_list *out, const char *json, size_t len)
	__attribute__((warn_unused_result));
void docker_list_fini(struct docker_list *list);

enum docker_match {
	DOCKER_MATCH_NONE,
	DOCKER_MATCH_NAME,    /* exact name or id (12 digits or more of it) */
	DOCKER_MATCH_SERVICE, /* compose service of this name, all its replicas */
	DOCKER_MATCH_PATTERN  /* a pattern with *, ? or [ over names and services */
};

/* Does `wanted` mean this container? What a target means is the best of the answers over all: a container of that name hides a service. */
enum docker_match docker_match(const struct docker_listed *listed, const char *wanted);
/* The best answer over the list. */
enum docker_match docker_match_best(const struct docker_list *list, const char *wanted);

/* GET /containers/{id}/json. Strings belong to it; never NULL. */
struct docker_details {
	char *id, *name;
	char state
		[32]; /* "running", "paused", "restarting", "exited (137)", "created", "dead", … */
	char health[32]; /* "healthy", "unhealthy", "starting"; "" when it has none */
	bool running;    /* and not paused */
	bool alive;      /* running, paused or not */
	bool tty;
	bool oom_killed; /* its last end */
	int exit_code;
	char started[40];          /* StartedAt, as it is written */
	double cpu_limit_pct;      /* quota or cpuset, one core = 100; 0: none */
	double memory_limit_bytes; /* 0: none */
	bool host_network;
	char *ip;
	char *log_driver;
	char **env; /* NULL-terminated */
};

/* 0, or -EBADMSG when the text is no such answer. Release with docker_details_fini. */
int docker_details_parse(struct docker_details *out, const char *json, size_t len)
	__attribute__((warn_unused_result));
void docker_details_fini(struct docker_details *details);

/* One line of GET /events. */
struct docker_event {
	char action[24]; /* "die", "oom", "health_status", … without what follows a ':' */
	char detail[40]; /* what followed: "healthy" */
	char id[72];
	char name[64];
	int exit_code; /* of a die; -1 */
};

/* 0, or -EBADMSG. */
int docker_event_parse(struct docker_event *out, const char *json, size_t len)
	__attribute__((warn_unused_result));

#endif
