/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_WEB_H
#define TESTS_SUPPORT_WEB_H

#include <stdint.h>

/* A small web server (libevent's evhttp) in a thread of its own, on a port the system picks.
 * Counts every request it has parsed. Paths:
 *   /ok              200 "fine"
 *   /json            200 {"token": "T", "id": N}
 *   /token           200 when "Authorization: Bearer T" came, else 401
 *   /status/CODE     that status
 *   /slow/MS         200 after that time
 *   /never           no answer
 *   /reset           the connection is reset
 *   /redirect/N      302 to /redirect/N-1, at last to /ok
 *   /see             303 to /method
 *   /again           307 to /method
 *   /method          200 with the method, a blank, and the body
 *   /set             200 with Set-Cookie: c=1
 *   /cookie          200 when "Cookie: c=1" came, else 400
 *   /headers         200 with the request's header lines as the body
 *   /up              503 until the third time, then 200 */
struct web;

struct web *web_start(void);
void web_stop(struct web *web); /* and free */
unsigned web_port(const struct web *web);
uint64_t web_requests(const struct web *web);
/* Requests of exactly this path, its query left out. */
uint64_t web_requests_of(struct web *web, const char *path);
/* Most connections that were open at one time. */
uint64_t web_connections(const struct web *web);
uint64_t web_open_connections(const struct web *web);
/* The i-th request's URI, of the first WEB_LOG_MAX; "" when there was none. Copies into dst. */
#define WEB_LOG_MAX 64
void web_log(struct web *web, unsigned i, char dst[128]);
/* A port of 127.0.0.1 on which nothing listens (and which nobody else is given meanwhile). */
struct dead_port {
	int fd;
	unsigned port;
};
struct dead_port dead_port_open(void);
void dead_port_close(struct dead_port *dead);

#endif
