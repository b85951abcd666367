/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_TARGET_CLIENT_H
#define THRONG_TESTS_TARGET_CLIENT_H

#include <stddef.h>

#include <curl/curl.h>
#include <jansson.h>

#include "target/target.h"

/* A client for tests of the practice backend: whole requests through libcurl, bytes through plain
 * sockets. Everything gives up after a minute, so a broken target fails a test instead of hanging it. */
struct reply {
	CURLcode code;
	long status;
	char *headers, *body; /* NUL-terminated, never NULL */
	size_t body_len;
	json_t *json; /* the body, or NULL when it is none */
};

struct fetch {
	const char *method;     /* NULL: GET, or POST with a body */
	const char *path;       /* behind the target's URL */
	const char *body;       /* NULL: none */
	const char *type;       /* Content-Type; NULL: application/json */
	const char *token;      /* NULL: none */
	const char *headers[6]; /* more of them */
	const char *ca;         /* certificate to trust */
	const char *unix_path;
	int follow;      /* redirects */
	int gzip;        /* accept it and decode */
	long timeout_ms; /* 0: a minute */
};

struct reply fetch(const char *url, const struct fetch *what);
void reply_free(struct reply *reply);
/* The same, for the status alone. */
long fetch_status(const char *url, const struct fetch *what);
/* Log in; fails the test when that does not work. Free with free(). */
char *login(const char *url, const char *username);
/* A number of the statistics, such as "pool.queued"; -1 when it is not there. */
long long stat_at(const char *url, const char *path);
/* Wait until a number of the statistics is `value`; fails the test after a minute. */
void wait_stat(const char *url, const char *path, long long value);

/* A target serving in its own thread. Stop and free with target_end. */
struct target *target_begin(const struct target_config *config);
void target_end(struct target *target);

/* A connection to "http://127.0.0.1:PORT". */
int raw_connect(const char *url);
/* Send one request without a body on it. */
void raw_request(int fd, const char *method, const char *path, const char *token);
/* Read until the first `len` bytes are there or it ends; returns how many, or negative errno. */
long raw_read(int fd, char *dst, size_t len);

#endif
