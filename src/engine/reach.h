/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_REACH_H
#define THRONG_ENGINE_REACH_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct scenario;

/* Where the target is, looked for once, before a run: its name (or what is dialled instead) and, if
 * asked, a connection that is opened and closed again without a byte being sent. */
struct reach_config {
	const struct scenario *scenario;
	bool dial;
	/* Called every 100 ms while it waits; false: leave it. NULL: never. */
	bool (*go_on)(void *arg, uint64_t waited_ns);
	void *arg;
};

struct reach {
	bool aborted;   /* go_on wanted it */
	int error;      /* 0; ENOENT: the name does not resolve; else errno of connecting */
	unsigned count; /* addresses known */
	bool unix_socket;
	char host[256];   /* what was resolved, or the socket's path */
	char address[64]; /* numeric; the first, or the one reached; "" when there is none */
};

/* Blocking, in whatever thread asks; an address that does not answer is given up after the
 * scenario's connect timeout. 0 with *out filled in, or negative errno with err->text when it could
 * not be tried. */
int reach_target(struct reach *out, const struct reach_config *config, struct error *err)
	__attribute__((warn_unused_result));

#endif
