/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_ORIGIN_H
#define THRONG_ENGINE_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct resolver;
struct resolver_name;
struct scenario;

/* Where requests go: scheme, host and port, with what every request there repeats. */
struct origin {
	bool tls;
	uint16_t port;
	char *host;
	size_t host_len;
	/* " HTTP/1.1\r\nHost: …\r\n" and, when wanted, Accept-Encoding: stands behind the path */
	char *line;
	size_t line_len;
	struct resolver_name *name; /* what is dialled */
	unsigned users;             /* connections and requests that point here */
	struct origin *next;
};

/* All origins seen by one transport; those nobody uses are forgotten when there are many. */
struct origins {
	const struct scenario *scenario;
	struct resolver *resolver;
	struct origin *first;
	unsigned count;
	char *dial_host; /* connect_to, taken apart */
	uint16_t dial_port;
};

/* scenario and resolver are borrowed until origins_fini. The scenario's connect_to and unix_socket
 * stand in for its target; other origins are dialled where they say. -EINVAL with err->text when these
 * cannot be dialled. */
int origins_init(struct origins *origins, const struct scenario *scenario,
		 struct resolver *resolver, struct error *err) __attribute__((warn_unused_result));
void origins_fini(struct origins *origins);

/* The origin, made when new, with its `users` raised by one. */
struct origin *origins_get(struct origins *origins, bool tls, const char *host, uint16_t port);
bool origin_is(const struct origin *origin, bool tls, const char *host, uint16_t port);
void origin_put(struct origin *origin);

#endif
