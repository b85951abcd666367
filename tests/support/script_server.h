/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_SCRIPT_SERVER_H
#define THRONG_TESTS_SCRIPT_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct ssl_ctx_st;

/* A server that does to the byte what a test says: it listens on loopback (or a Unix socket),
 * runs in the test's own loop and plays a script on each connection. */
enum script_verb {
	SCRIPT_END,     /* leave the connection as it is: never answer again */
	SCRIPT_REQUEST, /* wait for a request, head and body (Content-Length) */
	SCRIPT_HEAD,    /* wait for a request's head only */
	SCRIPT_SEND,    /* send data at once */
	SCRIPT_SEND_CUT, /* send the first `cut` bytes, and the rest when the client has read those */
	SCRIPT_SEND_SLOW, /* send data byte by byte, each when the client has read the one before */
	SCRIPT_SEND_MANY, /* send data `count` times in a row */
	SCRIPT_BURST,     /* send data past libevent, as much as the kernel takes in one go */
	SCRIPT_STALL, /* stand still for `count` ns, and with it the loop that the client runs in as well */
	SCRIPT_LAST,  /* the same and close: data and end arrive together */
	SCRIPT_SHUT,  /* no more will be sent (FIN), still reading */
	SCRIPT_CLOSE, /* close in order */
	SCRIPT_RESET, /* close with a reset */
	SCRIPT_AGAIN  /* from the first step on */
};

struct script_step {
	enum script_verb verb;
	const char *data;
	size_t len; /* 0: strlen(data) */
	size_t cut, count;
};

#define ON_REQUEST                     \
	{                              \
		.verb = SCRIPT_REQUEST \
	}
#define ON_HEAD                     \
	{                           \
		.verb = SCRIPT_HEAD \
	}
#define SEND(text)                                  \
	{                                           \
		.verb = SCRIPT_SEND, .data = (text) \
	}
#define SEND_BYTES(bytes, n)                                     \
	{                                                        \
		.verb = SCRIPT_SEND, .data = (bytes), .len = (n) \
	}
#define SEND_SLOW(bytes, n)                                           \
	{                                                             \
		.verb = SCRIPT_SEND_SLOW, .data = (bytes), .len = (n) \
	}
#define SEND_MANY(bytes, n, times)                                                      \
	{                                                                               \
		.verb = SCRIPT_SEND_MANY, .data = (bytes), .len = (n), .count = (times) \
	}
#define BURST(bytes, n)                                           \
	{                                                         \
		.verb = SCRIPT_BURST, .data = (bytes), .len = (n) \
	}
#define STALL(ns)                                   \
	{                                           \
		.verb = SCRIPT_STALL, .count = (ns) \
	}
#define LAST(text)                                  \
	{                                           \
		.verb = SCRIPT_LAST, .data = (text) \
	}
#define THEN(what)                    \
	{                             \
		.verb = SCRIPT_##what \
	} /* THEN(END), THEN(AGAIN), … */

struct script_server;

/* scripts[i] is played on connection i, the last one on all that follow; each ends with
 * SCRIPT_END, CLOSE, RESET or AGAIN. Borrowed. unix_path NULL: 127.0.0.1; tls NULL: plain. Fails
 * the test when it cannot listen. SIGPIPE is ignored from then on. */
struct script_server *script_server_new(struct event_base *base,
					const struct script_step *const *scripts, size_t count,
					const char *unix_path, struct ssl_ctx_st *tls);
void script_server_free(struct script_server *server);
uint16_t script_server_port(const struct script_server *server);
/* Connections accepted so far, and those still open at the server's end. */
unsigned script_server_accepted(const struct script_server *server);
unsigned script_server_open(const struct script_server *server);
/* Requests read so far, and everything received over all connections. NUL-terminated; valid until
 * the loop runs again. */
unsigned script_server_requests(const struct script_server *server);
const char *script_server_received(const struct script_server *server, size_t *len);
/* The instant at which the last SCRIPT_STALL began. */
uint64_t script_server_stalled_ns(const struct script_server *server);
/* TLS connections that resumed a session. */
unsigned script_server_resumed(const struct script_server *server);
/* Stop or start reading on all connections (requests then wait in the kernel). */
void script_server_deafen(struct script_server *server, bool deaf);
/* Close every connection that waits for a request, now. */
void script_server_close_idle(struct script_server *server);

#endif
