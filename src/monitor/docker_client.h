/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_DOCKER_CLIENT_H
#define THRONG_MONITOR_DOCKER_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>

struct docker_host;
struct error;
struct event_base;

/* Calls to one Docker daemon over libcurl on an event loop. Owned by the loop's thread; nothing blocks. */
struct docker_client;

#define DOCKER_API_NEWEST "1.44" /* what is asked of a daemon that could do more */
#define DOCKER_API_OLDEST "1.25" /* what a daemon must speak: Docker 1.13 */

/* host: as for docker_host_find. 0, -EINVAL (address) or -ENOMEM with err->text. */
int docker_client_new(struct docker_client **out, struct event_base *base, const char *host,
		      struct error *err) __attribute__((warn_unused_result));
/* Drops every call that is under way, without a callback. Not from inside a `data` callback. NULL is fine. */
void docker_client_free(struct docker_client *client);
const struct docker_host *docker_client_host(const struct docker_client *client);
/* "1.41": what daemon and throng both speak, or DOCKER_API_VERSION; "" before the daemon's first answer. */
const char *docker_client_version(const struct docker_client *client);
/* The daemon may have been replaced: negotiate anew. */
void docker_client_forget_version(struct docker_client *client);
/* After an answer: the daemon's newest version is older than DOCKER_API_OLDEST. */
bool docker_client_too_old(const struct docker_client *client);
bool docker_client_is_podman(const struct docker_client *client);

struct docker_answer {
	const char *problem; /* "" for a success, else a line with the remedy */
	long status;         /* HTTP; 0: there was no answer */
	const char *body;    /* what `data` was not given; NUL-terminated */
	size_t len;
};

struct docker_call_config {
	const char *method;  /* NULL: GET */
	const char *path;    /* "/containers/json?all=1", without the version */
	bool bare;           /* send the path without a version */
	const char *body;    /* JSON to send; NULL: none */
	unsigned timeout_ms; /* of the whole call; 0: endless */
	unsigned quiet_s;    /* give up when nothing came for so long; 0: never */
	/* Pieces of a success as they come. NULL: collected for `done`. */
	void (*data)(void *arg, const char *data, size_t len);
	/* Exactly once; the call is gone when it returns. */
	void (*done)(void *arg, const struct docker_answer *answer);
	void *arg;
};

struct docker_call;

/* Begins on the loop's next turn; may be called from inside any callback. config's strings are copied. Never NULL. */
struct docker_call *docker_call_new(struct docker_client *client,
				    const struct docker_call_config *config);
/* Give up a call whose `done` has not been called; no callback comes any more. From inside any callback. NULL is fine. */
void docker_call_free(struct docker_call *call);

/* What docker_wire.c shares. */
struct docker_transfer {
	CURL *easy;
	void (*done)(struct docker_transfer *transfer, CURLcode code);
	char error_text[CURL_ERROR_SIZE];
};

/* An easy handle with the address, TLS and timeouts of the daemon, for this path (NULL: none) with the version before it. 0 or -ENOMEM. */
int docker_transfer_init(struct docker_transfer *transfer, struct docker_client *client,
			 const char *path, bool bare) __attribute__((warn_unused_result));
/* To and from libcurl's multi handle. Not from inside a libcurl callback. */
int docker_transfer_start(struct docker_transfer *transfer, struct docker_client *client)
	__attribute__((warn_unused_result));
void docker_transfer_fini(struct docker_transfer *transfer, struct docker_client *client);
/* The problem line of a transfer that ended with `code`, or got `status` and `body`. */
void docker_transfer_problem(char *dst, const struct docker_transfer *transfer,
			     const struct docker_client *client, CURLcode code, const char *method,
			     const char *path, long status, const char *body);

#endif
