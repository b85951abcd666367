/* SPDX-License-Identifier: MIT */
/* The direct transport's way out: dialling, sending, and what happens when a connection is lost. */
#include "config.h"

#include "engine/direct.h"

#include <errno.h>
#include <string.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "scenario/scenario.h"

#define INLINE_BODY_MAX \
	16384 /* smaller bodies are copied behind the head: one buffer, one record */
#define AGAIN_NS (5 * CLOCK_NS_PER_MS)

static char *put(char *to, const char *data, size_t len)
{
	memcpy(to, data, len);
	return to + len;
}

static char *put_number(char *to, size_t n)
{
	char digits[20];
	size_t i = sizeof(digits);

	do
		digits[--i] = (char)('0' + n % 10);
	while (n /= 10);
	return put(to, digits + i, sizeof(digits) - i);
}

/* Write the request's head (and a small body) into the transport's scratch. The same every time, so
 * a request that was sent in part is written again rather than kept. Returns its length. */
static size_t write_head(struct transport_session *session)
{
	static const char length[] = "Content-Length: ";
	const struct transport_request *request = &session->request;
	const struct origin *origin = session->origin;
	struct buf *head = &session->transport->head;
	size_t method_len = strlen(request->method);
	size_t body = request->body_len <= INLINE_BODY_MAX ? request->body_len : 0;
	char *to;

	buf_reset(head);
	to = buf_reserve(head, method_len + 1 + request->path_len + origin->line_len +
				       request->headers_len + sizeof(length) + 20 + 4 + body);
	to = put(to, request->method, method_len);
	*to++ = ' ';
	to = put(to, request->path, request->path_len);
	to = put(to, origin->line, origin->line_len);
	if (request->headers_len)
		to = put(to, request->headers, request->headers_len);
	if (request->has_body) {
		to = put(to, length, sizeof(length) - 1);
		to = put_number(to, request->body_len);
		to = put(to, "\r\n", 2);
	}
	to = put(to, "\r\n", 2);
	if (body)
		to = put(to, request->body, body);
	head->len = (size_t)(to - head->data);
	return head->len;
}

/* Send what is left until all is out, the socket is full, or sending fails. A failure is not told
 * here: the answer may have come all the same, so reading decides. */
static void send_rest(struct transport_session *session)
{
	const struct transport_request *request = &session->request;
	size_t head_len = write_head(session), inlined = 0;
	char *head = session->transport->head.data;

	if (request->body_len <= INLINE_BODY_MAX)
		inlined = request->body_len;
	session->out_len = head_len + request->body_len - inlined;
	while (session->out_sent < session->out_len) {
		struct iovec iov[2];
		int count = 0;
		size_t skip = session->out_sent;
		ssize_t n;

		if (skip < head_len)
			iov[count++] = (struct iovec){ head + skip, head_len - skip };
		skip = skip < head_len ? 0 : skip - head_len;
		if (inlined < request->body_len) {
			memcpy(&iov[count].iov_base, &request->body, sizeof(request->body));
			iov[count].iov_base = (char *)iov[count].iov_base + skip;
			iov[count++].iov_len = request->body_len - skip;
		}
		n = conn_send(session->conn, iov, count);
		if (n == -EAGAIN)
			return;
		if (n < 0) {
			session->send_error = (int)-n;
			direct_due(session, DUE_READ);
			return;
		}
		session->out_sent += (size_t)n;
		session->bytes_out += (size_t)n;
	}
}

void direct_begin(struct transport_session *session, struct conn *conn)
{
	session->phase = DIRECT_EXCHANGE;
	session->conn = conn;
	session->answered = session->head_done = false;
	session->out_sent = 0;
	session->send_error = 0;
	http1_begin(&session->parser, strcmp(session->request.method, "HEAD") == 0,
		    session->transport->http->max_header_bytes);
	send_rest(session);
}

/* A dialled connection is open. */
static void begin_fresh(struct transport_session *session, struct conn *conn)
{
	uint64_t now = session->transport->config.now_ns();

	session->connect_ns = now - session->dial_ns;
	session->new_connection = true;
	conn->next = session->conns;
	session->conns = conn;
	direct_begin(session, conn);
	direct_arm(session, now);
}

/* Each address gets its share of the time that is left. */
static void share_time(struct transport_session *session, uint64_t now)
{
	unsigned left = conn_addresses_left(session->conn);
	uint64_t end = session->connect_deadline_ns;

	session->attempt_deadline_ns = UINT64_MAX;
	if (left > 0 && end != UINT64_MAX && end > now)
		session->attempt_deadline_ns = now + (end - now) / (left + 1);
}

/* The ticket is good for one origin at a time. */
static void hold_ticket(struct transport_session *session)
{
	if (session->ticket_origin == session->origin)
		return;
	tls_ticket_clear(&session->ticket);
	origin_put(session->ticket_origin);
	session->ticket_origin = session->origin;
	session->ticket_origin->users++;
}

/* Addresses are known. */
static void dial_now(struct transport_session *session)
{
	struct transport *transport = session->transport;
	struct conn_failure failure;
	uint64_t now = transport->config.now_ns();
	struct conn *conn;

	if (session->origin->tls) {
		int rc = transport->conns.tls
				 ? 0
				 : tls_new(&transport->conns.tls, transport->http, NULL);

		if (rc) {
			direct_end_later(session, FAILURE_TLS, rc);
			return;
		}
		hold_ticket(session);
	}
	conn = conn_dial(&transport->conns, session->origin, &session->ticket, session, &failure);
	if (!conn && failure.kind == FAILURE_REFUSED && failure.detail == EAGAIN) {
		/* a Unix socket's queue is full, which a blocking connect would wait for */
		session->attempt_deadline_ns = now + AGAIN_NS;
		direct_arm(session, now);
		return;
	}
	if (!conn) {
		direct_end_later(session, failure.kind, failure.detail);
		return;
	}
	session->conn = conn;
	if (conn->open) {
		begin_fresh(session, conn);
		return;
	}
	share_time(session, now);
	direct_arm(session, now);
}

/* The name's lookup came to an end, one way or the other. */
static void on_addresses(void *arg)
{
	struct transport_session *session = arg;
	int rc = resolver_query(session->origin->name, &session->waiter);

	if (rc == 0)
		dial_now(session);
	else if (rc == -ENOENT)
		direct_end_later(session, FAILURE_DNS, 0);
	else if (rc != -EINPROGRESS)
		direct_end_later(session, FAILURE_LOCAL, -rc);
}

void direct_dial(struct transport_session *session)
{
	uint64_t now = session->transport->config.now_ns();
	uint64_t timeout = session->transport->http->connect_timeout_ns;

	direct_not_due(session);
	session->phase = DIRECT_DIALLING;
	session->fresh = true;
	session->conn = NULL;
	session->dial_ns = now;
	session->connect_deadline_ns = timeout ? now + timeout : UINT64_MAX;
	if (session->connect_deadline_ns > session->deadline_ns)
		session->connect_deadline_ns = session->deadline_ns;
	session->attempt_deadline_ns = UINT64_MAX;
	session->waiter.answered = on_addresses;
	session->waiter.arg = session;
	on_addresses(session);
	if (session->phase == DIRECT_DIALLING)
		direct_arm(session, now);
}

/* May the request be sent a second time without being asked for twice? RFC 9110 §9.2.2. */
static bool repeatable(const struct transport_session *session)
{
	static const char *const methods[] = { "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE" };

	if (session->out_sent == 0)
		return true;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(session->request.method, methods[i]) == 0)
			return true;
	return false;
}

void direct_lost(struct transport_session *session, int error)
{
	direct_close(session, session->conn, false);
	session->conn = NULL;
	if (!session->answered && !session->fresh && repeatable(session)) {
		session->repeated = session->out_sent > 0;
		direct_dial(session);
	} else if (error == EACCES && session->origin->tls) {
		direct_end(session, FAILURE_TLS, CURLE_SSL_CLIENTCERT);
	} else {
		/* writing to a reset connection says EPIPE, reading from it ECONNRESET */
		direct_end(session, FAILURE_RESET, error == EPIPE ? ECONNRESET : error);
	}
}

/* An attempt at one address, or at a full Unix socket, took its share of the time. */
static void next_attempt(struct transport_session *session, uint64_t now)
{
	struct conn_failure failure = { FAILURE_CONNECT_TIMEOUT, 0 };

	session->attempt_deadline_ns = UINT64_MAX;
	if (!session->conn) {
		dial_now(session);
	} else if (conn_dial_next(session->conn, &failure)) {
		session->conn = NULL;
		direct_end(session, failure.kind, failure.detail);
	} else if (session->conn->open) {
		begin_fresh(session, session->conn);
	} else {
		share_time(session, now);
		direct_arm(session, now);
	}
}

void direct_check_time(struct transport_session *session)
{
	uint64_t now = session->transport->config.now_ns();

	if (session->phase == DIRECT_DIALLING) {
		if (now >= session->connect_deadline_ns) {
			bool unresolved = session->waiter.name != NULL;

			resolver_leave(&session->waiter);
			if (session->conn)
				conn_close(session->conn, false);
			session->conn = NULL;
			direct_end(session, unresolved ? FAILURE_DNS : FAILURE_CONNECT_TIMEOUT, 0);
		} else if (now >= session->attempt_deadline_ns) {
			next_attempt(session, now);
		} else {
			direct_arm(session, now);
		}
	} else if (session->phase == DIRECT_EXCHANGE) {
		if (now >= session->deadline_ns) {
			direct_close(session, session->conn, false);
			session->conn = NULL;
			direct_end(session, FAILURE_TIMEOUT, 0);
		} else {
			direct_arm(session, now);
		}
	}
}

static void on_opened(struct conn *conn)
{
	struct transport_session *session = conn->owner;

	begin_fresh(session, conn);
	/* the handshake may have read into the answer's bytes */
	if (!conn_drained(conn))
		direct_receive(session, false);
}

static void on_failed(struct conn *conn, struct conn_failure failure)
{
	struct transport_session *session = conn->owner;

	session->conn = NULL;
	direct_end(session, failure.kind, failure.detail);
}

static void on_ready(struct conn *conn, bool hung_up)
{
	struct transport_session *session = conn->owner;
	struct transport *transport = session->transport;

	if (session->conn == conn) {
		if (session->out_sent < session->out_len && !session->send_error)
			send_rest(session);
		direct_receive(session, hung_up);
		return;
	}
	/* idle: an end, or bytes nobody asked for */
	if (conn_recv(conn, transport->in, transport->in_size) != -EAGAIN)
		direct_close(session, conn, true);
}

const struct conn_calls direct_conn_calls = {
	.opened = on_opened,
	.failed = on_failed,
	.ready = on_ready,
};
