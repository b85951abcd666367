/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_CONN_H
#define THRONG_ENGINE_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <event2/event_struct.h>

#include "message/failure.h"

struct event_base;
struct origin;
struct tls;
struct tls_stream;
struct tls_ticket;

/* One TCP or Unix connection, with TLS where the origin asks for it: dialled over all addresses
 * of its name, then a stream of bytes that never blocks. */
struct conn {
	struct event event;
	struct conn *next; /* its owner's list; among closed ones: the set's */
	void *owner;
	struct origin *origin;
	struct tls_stream *tls;
	struct tls_ticket *ticket;
	struct conn_set *set;
	int fd;
	bool open; /* bytes may flow */
	bool inet;
	unsigned first, tries; /* of the addresses */
	uint64_t came_ns;      /* when what was read last came, see stamp.h */
};

struct conn_failure {
	enum failure_kind kind;
	int detail; /* as failure.h says */
};

/* What the owners of a set's connections are told, always from the loop. A connection may be
 * closed from inside. */
struct conn_calls {
	void (*opened)(struct conn *conn);
	/* Dialling came to nothing; the connection is closed already, only its owner still set. */
	void (*failed)(struct conn *conn, struct conn_failure failure);
	/* The socket changed (edge-triggered): send on, read until -EAGAIN. hung_up: the peer has
	 * sent all it will. */
	void (*ready)(struct conn *conn, bool hung_up);
};

/* All connections of one transport. */
struct conn_set {
	struct event_base *base;
	const struct conn_calls *calls;
	struct tls *tls; /* set before the first connection to a TLS origin */
	unsigned open;   /* sockets that exist */
	struct conn *spare;
};

void conn_set_fini(struct conn_set *set); /* after all its connections */

/* Dial origin, whose name has addresses. Returns the connection: open, or one that will be told about by
 * opened or failed. NULL: failed at once. ticket is borrowed until the connection is closed. */
struct conn *conn_dial(struct conn_set *set, struct origin *origin, struct tls_ticket *ticket,
		       void *owner, struct conn_failure *failure);
/* Give up the address being tried and go on to the next. As conn_dial; -1: failed and closed. */
int conn_dial_next(struct conn *conn, struct conn_failure *failure)
	__attribute__((warn_unused_result));
/* Addresses not yet tried. */
unsigned conn_addresses_left(const struct conn *conn);
/* polite: tell the peer (TLS close notice). */
void conn_close(struct conn *conn, bool polite);

/* Negative errno; -EAGAIN: `ready` follows. conn_recv: 0 is the end. */
ssize_t conn_send(struct conn *conn, const struct iovec *iov, int count)
	__attribute__((warn_unused_result));
ssize_t conn_recv(struct conn *conn, void *data, size_t size) __attribute__((warn_unused_result));
/* Take up to `size` bytes and throw them away, cheaper than reading them where it can be;
 * data is scratch of that size. */
ssize_t conn_discard(struct conn *conn, void *data, size_t size)
	__attribute__((warn_unused_result));
/* What reading gave -EAGAIN for, or nothing is left that was taken from the socket before. */
bool conn_drained(const struct conn *conn);

#endif
