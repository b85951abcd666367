/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_DOCKER_WIRE_H
#define THRONG_MONITOR_DOCKER_WIRE_H

#include <stddef.h>

#include "monitor/docker_mux.h"

struct docker_client;
struct event_base;

/* A connection taken over from HTTP ("hijacked"): POST, then bytes both ways. libcurl dials (Unix socket, TCP, TLS), the rest is ours. */
struct docker_wire;

struct docker_wire_config {
	const char *path;    /* "/exec/ID/start" */
	const char *body;    /* JSON */
	unsigned timeout_ms; /* until it is open */
	void (*opened)(void *arg);
	/* Bytes of the frames, as they come. */
	void (*out)(void *arg, enum docker_stream stream, const char *data, size_t len);
	/* Once, nothing after it; the wire may be freed from inside. problem "": the other side closed it after opening. */
	void (*closed)(void *arg, const char *problem);
	void *arg;
};

/* Never NULL; failures come through `closed`. Strings are copied. Not from inside a `data` callback of a call. */
struct docker_wire *docker_wire_new(struct docker_client *client, struct event_base *base,
				    const struct docker_wire_config *config);
/* Sent in order, kept until open. 0, -EMSGSIZE when more than max would wait, -EPIPE when closed. */
int docker_wire_send(struct docker_wire *wire, const void *data, size_t len, size_t max)
	__attribute__((warn_unused_result));
/* Closes it, without a callback. From inside its own callbacks too. NULL is fine. */
void docker_wire_free(struct docker_wire *wire);

#endif
