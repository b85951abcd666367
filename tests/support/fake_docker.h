/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_FAKE_DOCKER_H
#define THRONG_TESTS_FAKE_DOCKER_H

#include <stddef.h>

struct event_base;

/* A Docker daemon that says what a test wants, on a Unix socket, in the test's own loop. Paths are compared without their version
 * ("/v1.41"); the longest beginning that was set answers, 404 "page not found" to all others. */
struct fake_docker;

/* Answers /_ping with API 1.41 and /containers/json with an empty list. */
struct fake_docker *fake_docker_new(struct event_base *base, const char *path);
/* Closes every connection; the socket's file stays, as after a crash. */
void fake_docker_free(struct fake_docker *fake);
/* The Api-Version header; "" for none. Server: "Docker/…" unless set. */
void fake_docker_version(struct fake_docker *fake, const char *version);
void fake_docker_server(struct fake_docker *fake, const char *server);
/* From now on: this status and body. Body copied. */
void fake_docker_answer(struct fake_docker *fake, const char *path, int status, const char *body);
/* From now on: 200 and an open stream for fake_docker_push. */
void fake_docker_stream(struct fake_docker *fake, const char *path);
/* From now on: no answer at all. */
void fake_docker_silence(struct fake_docker *fake, const char *path);
/* To the open streams of exactly this path; how many there were. */
unsigned fake_docker_push(struct fake_docker *fake, const char *path, const void *data, size_t len);
void fake_docker_end(struct fake_docker *fake, const char *path);
unsigned fake_docker_open(const struct fake_docker *fake, const char *path);
/* Requests for paths that begin so, and the last one's whole path with version and query. */
unsigned fake_docker_asked(const struct fake_docker *fake, const char *path);
const char *fake_docker_last(const struct fake_docker *fake, const char *path);

#endif
