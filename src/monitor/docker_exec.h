/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_DOCKER_EXEC_H
#define THRONG_MONITOR_DOCKER_EXEC_H

#include <stdbool.h>
#include <stddef.h>

#include "monitor/docker_mux.h"

struct error;
struct event_base;

/* A program inside a container, and what the Engine says about a container, over the Engine's API: the same daemon address and the same
 * way to find a container by name as the containers panel. Nothing here blocks; every callback comes from the event loop, never from
 * inside a call of these functions. One thread, the loop's. */

/* ---- what a container is --------------------------------------------------------------------- */

struct docker_about {
	const char *id;         /* all 64 digits */
	const char *name;       /* without the leading "/" */
	const char *state;      /* "running", "paused", "restarting", "exited (137)", … */
	bool running;           /* and not paused: exec works */
	const char *ip;         /* of its first network; "" on the host's network */
	bool host_network;      /* its ports are the host's own */
	const char *const *env; /* Config.Env, "NAME=value", NULL-terminated */
};

/* Value of a variable of the container's environment, NULL when it has none. */
const char *docker_about_env(const struct docker_about *about, const char *name);

struct docker_look;

struct docker_look_config {
	struct event_base *base; /* borrowed */
	const char *host; /* panels.docker_host of the scenario; NULL: the environment's daemon */
	const char
		*container; /* id, name, compose service or pattern; a running one is preferred */
	/* Exactly one of the two is called, once. about is valid during the call. problem: a plain line
	 * with the remedy ("no container eucora-db: …"). The look may be freed from inside. */
	void (*found)(void *arg, const struct docker_about *about);
	void (*failed)(void *arg, const char *problem);
	void *arg;
};

/* 0, or -EINVAL with err->text when the daemon's address makes no sense. config's strings are copied. Answers within 10 s. */
int docker_look_new(struct docker_look **out, const struct docker_look_config *config,
		    struct error *err) __attribute__((warn_unused_result));
/* Also gives up one that has not answered: neither callback comes then. NULL is fine. */
void docker_look_free(struct docker_look *look);

/* ---- a program inside a container -------------------------------------------------------------- */

/* One long-lived exec with stdin, stdout and stderr, no terminal. When its connection goes away, however throng ends, the daemon closes
 * the program's stdin: a program that reads it to its end leaves nothing behind. */
struct docker_exec;

#define DOCKER_EXEC_SEND_MAX ((size_t)1024 * 1024) /* waiting to be sent */

struct docker_exec_config {
	struct event_base *base; /* borrowed */
	const char *host;        /* as above */
	const char *container;   /* as above */
	const char *const *argv; /* NULL-terminated */
	const char *const
		*env; /* "NAME=value", NULL-terminated, on top of the container's own; NULL: none */
	/* The program was started: about says in which container. NULL: not wanted. */
	void (*started)(void *arg, const struct docker_about *about);
	/* Bytes as they come; a line may be cut anywhere. stream: DOCKER_STDOUT or DOCKER_STDERR. */
	void (*out)(void *arg, enum docker_stream stream, const char *data, size_t len);
	/* Over, called once and nothing after it; the exec may be freed from inside. exit_code: what the program returned, -1 unknown or
	 * never started. problem: "" when the program ended by itself, else a plain line with the remedy (no such container, not running,
	 * paused, no such program in it, no permission, exec forbidden, no daemon, connection lost). */
	void (*ended)(void *arg, const char *problem, int exit_code);
	void *arg;
};

/* 0, or -EINVAL with err->text when the daemon's address makes no sense; everything else is told through `ended`. config is copied.
 * Starting takes at most 10 s, then it has failed. */
int docker_exec_new(struct docker_exec **out, const struct docker_exec_config *config,
		    struct error *err) __attribute__((warn_unused_result));
/* Bytes for the program's stdin, copied and sent in order, kept until it has started. 0; -EMSGSIZE: more than DOCKER_EXEC_SEND_MAX would
 * wait (nothing of it is taken); -EPIPE: it has ended. */
int docker_exec_send(struct docker_exec *exec, const void *data, size_t len)
	__attribute__((warn_unused_result));
/* Closes the connection and so the program's stdin; no callback comes any more. NULL is fine. */
void docker_exec_free(struct docker_exec *exec);

#endif
