/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_DIRECT_H
#define THRONG_ENGINE_DIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <event2/event_struct.h>

#include "base/buf.h"
#include "engine/conn.h"
#include "engine/http1.h"
#include "engine/origin.h"
#include "engine/resolver.h"
#include "engine/stash.h"
#include "engine/tls.h"
#include "engine/transport.h"

/* Inner parts of the direct transport, shared by transport_direct.c (sessions and requests),
 * direct_request.c (the way out) and direct_answer.c (the way in), and by nobody else. */

struct decoder;

TAILQ_HEAD(direct_queue, transport_session);

struct transport {
	struct transport_config config;
	const struct http_options *http;
	struct resolver *resolver;
	struct origins origins;
	struct conn_set conns;
	struct stashes stashes;
	struct decoder *decoder; /* NULL until a compressed body came */
	struct buf decoded;
	struct buf head; /* scratch: the request being sent */
	char *in;        /* scratch: what was read last; lives until the next read */
	size_t in_size;
	struct event turn; /* zero timer: runs the list below once per turn of the loop */
	struct direct_queue due;
	unsigned sessions;
};

enum direct_phase {
	DIRECT_IDLE,
	DIRECT_DIALLING, /* no connection yet: resolving, connecting, TLS */
	DIRECT_EXCHANGE, /* sending and receiving on session->conn */
	DIRECT_ENDED     /* the outcome is known, the done call follows */
};

/* What a session on the transport's list waits for the next turn to do. */
enum direct_due { DUE_NOTHING, DUE_END, DUE_READ };

struct transport_session {
	struct transport *transport;
	struct conn *conns; /* open ones, last used first; `conn` among them */
	struct tls_ticket ticket;
	struct origin *ticket_origin; /* NULL: no ticket; holds one use */
	struct event timer;
	uint64_t
		timer_ns; /* when it fires; 0: not set. Left alone while later requests need no earlier one */
	TAILQ_ENTRY(transport_session) link;
	uint8_t due;
	uint8_t phase;

	/* the request in flight */
	bool fresh;    /* conn was dialled for it: such a request is never sent again */
	bool repeated; /* sent again on a fresh connection, after the idle one turned out dead */
	bool answered; /* a byte came on conn */
	bool head_done;
	bool aborted;
	bool new_connection;
	uint8_t kind; /* enum failure_kind */
	int detail;
	int send_error; /* errno with which sending stopped; the answer may still be there */
	struct transport_request request;
	transport_done_fn *done;
	void *arg;
	struct origin *origin; /* holds one use */
	struct conn *conn;
	struct resolver_waiter waiter;
	size_t out_len, out_sent; /* of head and body, on conn */
	uint64_t bytes_in, bytes_out;
	uint64_t start_ns, dial_ns, connect_ns, first_byte_ns, end_ns;
	uint64_t deadline_ns, connect_deadline_ns, attempt_deadline_ns; /* UINT64_MAX: none */

	/* its answer */
	struct http1 parser;
	struct stash *stash;        /* NULL until something must be kept */
	const char *headers, *body; /* in transport->in or in the stash */
	size_t headers_len, body_len;
	const char *start; /* of a body nobody wanted, for looking at a failure; where body is */
	size_t start_len;
	bool decoded; /* body is without its Content-Encoding */
};

/* transport_direct.c */
/* The outcome is known: the done call follows on the next turn. */
void direct_end_later(struct transport_session *session, enum failure_kind kind, int detail);
/* The same from the loop: the done call follows at once and may do anything with the session but
 * free it. The caller does not touch it any more. */
void direct_end(struct transport_session *session, enum failure_kind kind, int detail);
/* Do it on the next turn (instead of what was due so far). */
void direct_due(struct transport_session *session, enum direct_due due);
void direct_not_due(struct transport_session *session);
/* See to it that the timer fires no later than the deadline that counts now. */
void direct_arm(struct transport_session *session, uint64_t now_ns);
/* Take a connection out of the session's list and close it. */
void direct_close(struct transport_session *session, struct conn *conn, bool polite);

/* direct_request.c */
/* Dial for the request. Calls nobody: what comes of it is told from the loop. */
void direct_dial(struct transport_session *session);
/* Begin the request on the open connection. Calls nobody. */
void direct_begin(struct transport_session *session, struct conn *conn);
/* A deadline may have passed: from the loop. */
void direct_check_time(struct transport_session *session);
/* The connection is gone before the answer was complete: retry or fail. */
void direct_lost(struct transport_session *session, int error);
extern const struct conn_calls direct_conn_calls;

/* direct_answer.c */
/* Read what came on session->conn. */
void direct_receive(struct transport_session *session, bool hung_up);

#endif
