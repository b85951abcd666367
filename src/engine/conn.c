/* SPDX-License-Identifier: MIT */
/* Connections.
 *
 * Each socket is put into epoll once, for both directions and edge-triggered, and never changed
 * there: in steady state a request costs one send and one recv and no epoll_ctl. Sends carry
 * MSG_NOSIGNAL. Closed ones are kept for the next dial, so that servers which close after each
 * answer cause no allocation. */
#include "config.h"

#include "engine/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>
#include <event2/event.h>

#include "base/mem.h"
#include "engine/origin.h"
#include "engine/resolver.h"
#include "engine/stamp.h"
#include "engine/tls.h"

static struct conn_failure failure_of(int error, bool unix_socket)
{
	switch (error) {
	case ECONNREFUSED:
		return (struct conn_failure){ FAILURE_REFUSED, error };
	case ETIMEDOUT:
		return (struct conn_failure){ FAILURE_CONNECT_TIMEOUT, error };
	case EAGAIN: /* TCP: no local port left; Unix: the server's queue is full */
		return (struct conn_failure){ unix_socket ? FAILURE_REFUSED : FAILURE_LOCAL,
					      error };
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case ENOSPC:
	case EADDRNOTAVAIL:
	case EADDRINUSE:
		return (struct conn_failure){ FAILURE_LOCAL, error };
	default:
		return (struct conn_failure){ FAILURE_CONNECT, error };
	}
}

static void drop_socket(struct conn *conn, bool polite)
{
	tls_close(conn->tls, polite);
	conn->tls = NULL;
	conn->open = false;
	if (conn->fd < 0)
		return;
	if (event_initialized(&conn->event))
		event_del(&conn->event);
	close(conn->fd);
	conn->fd = -1;
	conn->set->open--;
}

void conn_close(struct conn *conn, bool polite)
{
	drop_socket(conn, polite);
	origin_put(conn->origin);
	conn->origin = NULL;
	conn->next = conn->set->spare;
	conn->set->spare = conn;
}

void conn_set_fini(struct conn_set *set)
{
	struct conn *next;

	for (struct conn *conn = set->spare; conn; conn = next) {
		next = conn->next;
		free(conn);
	}
	set->spare = NULL;
}

/* Bytes may flow, or TLS begins. 0: open or under way; negative: failed. */
static int begin_stream(struct conn *conn, struct conn_failure *failure)
{
	int rc;

	resolver_report(conn->origin->name, conn->first + conn->tries - 1, true);
	if (!conn->origin->tls) {
		conn->open = true;
		return 0;
	}
	if (!conn->tls)
		conn->tls = tls_open(conn->set->tls, conn->fd, conn->origin->host, conn->ticket);
	rc = conn->tls ? tls_handshake(conn->tls) : CURLE_OUT_OF_MEMORY;
	if (rc > 0) {
		*failure = (struct conn_failure){ FAILURE_TLS, rc };
		return -1;
	}
	conn->open = rc == 0;
	return 0;
}

/* Has connecting ended? 0: yes; -EINPROGRESS; or why it failed. */
static int connect_outcome(const struct conn *conn)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	int error = 0;
	socklen_t error_len = sizeof(error);

	if (getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &error_len) < 0)
		return -errno;
	if (error)
		return -error;
	if (getpeername(conn->fd, (struct sockaddr *)&peer, &len) == 0)
		return 0;
	return errno == ENOTCONN ? -EINPROGRESS : -errno;
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
	struct conn *conn = arg;
	struct conn_failure failure;
	int rc;

	(void)fd;
	if (conn->open) {
		conn->set->calls->ready(conn, (what & EV_CLOSED) != 0);
		return;
	}
	rc = conn->tls ? 0 : connect_outcome(conn);
	if (rc == -EINPROGRESS)
		return;
	if (rc) {
		failure = failure_of(-rc, !conn->inet);
		rc = conn_dial_next(conn, &failure);
	} else {
		rc = begin_stream(conn, &failure);
		if (rc)
			conn_close(conn, false);
	}
	if (rc)
		conn->set->calls->failed(conn, failure);
	else if (conn->open)
		conn->set->calls->opened(conn);
}

/* Open a socket to address i. 0: connected or under way; negative errno. */
static int try_address(struct conn *conn, unsigned i, bool *connected)
{
	struct resolver_address address = resolver_address(conn->origin->name, i);
	int one = 1, rc;

	conn->inet = address.family != AF_UNIX;
	conn->fd = socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (conn->fd < 0)
		return -errno;
	conn->set->open++;
	if (conn->inet) {
		setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		stamp_ask(conn->fd);
	}
	rc = connect(conn->fd, address.addr, address.len);
	*connected = rc == 0;
	if (rc < 0 && errno != EINPROGRESS)
		return -errno;
	event_assign(&conn->event, conn->set->base, conn->fd,
		     EV_READ | EV_WRITE | EV_CLOSED | EV_ET | EV_PERSIST, on_event, conn);
	if (event_add(&conn->event, NULL) < 0) {
		memset(&conn->event, 0, sizeof(conn->event));
		return -ENOSPC;
	}
	return 0;
}

unsigned conn_addresses_left(const struct conn *conn)
{
	unsigned count = resolver_count(conn->origin->name);

	return conn->tries < count ? count - conn->tries : 0;
}

/* Try the addresses that are left. 0, or -1 with *failure set. */
static int try_addresses(struct conn *conn, struct conn_failure *failure)
{
	while (conn_addresses_left(conn) > 0) {
		unsigned i = conn->first + conn->tries++;
		bool connected = false;
		int rc = try_address(conn, i, &connected);

		if (rc == 0)
			return connected ? begin_stream(conn, failure) : 0;
		*failure = failure_of(-rc, !conn->inet);
		drop_socket(conn, false);
		if (failure->kind != FAILURE_LOCAL)
			resolver_report(conn->origin->name, i, false);
	}
	return -1;
}

struct conn *conn_dial(struct conn_set *set, struct origin *origin, struct tls_ticket *ticket,
		       void *owner, struct conn_failure *failure)
{
	struct conn *conn = set->spare;

	if (conn) {
		set->spare = conn->next;
		memset(conn, 0, sizeof(*conn));
	} else {
		conn = mem_new(sizeof(*conn));
	}
	conn->set = set;
	conn->fd = -1;
	conn->owner = owner;
	conn->ticket = ticket;
	conn->origin = origin;
	conn->first = resolver_first(origin->name);
	origin->users++;
	if (try_addresses(conn, failure) == 0)
		return conn;
	conn_close(conn, false);
	return NULL;
}

int conn_dial_next(struct conn *conn, struct conn_failure *failure)
{
	drop_socket(conn, false);
	resolver_report(conn->origin->name, conn->first + conn->tries - 1, false);
	if (try_addresses(conn, failure) == 0)
		return 0;
	conn_close(conn, false);
	return -1;
}

ssize_t conn_send(struct conn *conn, const struct iovec *iov, int count)
{
	struct msghdr msg;
	ssize_t n;

	if (conn->tls)
		return tls_write(conn->tls, iov[0].iov_base, iov[0].iov_len);
	if (count == 1) {
		n = send(conn->fd, iov[0].iov_base, iov[0].iov_len, MSG_NOSIGNAL);
	} else {
		msg = (struct msghdr){ .msg_iovlen = (size_t)count };
		memcpy(&msg.msg_iov, &iov, sizeof(iov)); /* sendmsg does not write there */
		n = sendmsg(conn->fd, &msg, MSG_NOSIGNAL);
	}
	return n < 0 ? -errno : n;
}

ssize_t conn_recv(struct conn *conn, void *data, size_t size)
{
	if (conn->tls)
		return tls_read(conn->tls, data, size, &conn->came_ns);
	return stamp_recv(conn->fd, data, size, 0, &conn->came_ns);
}

ssize_t conn_discard(struct conn *conn, void *data, size_t size)
{
	if (conn->tls || !conn->inet)
		return conn_recv(conn, data, size);
	/* tcp(7): with MSG_TRUNC the bytes are dropped in the kernel */
	return stamp_recv(conn->fd, data, size, MSG_TRUNC, &conn->came_ns);
}

bool conn_drained(const struct conn *conn)
{
	return !conn->tls || tls_drained(conn->tls);
}
