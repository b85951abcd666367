/* SPDX-License-Identifier: MIT */
/* The direct transport: HTTP/1.1 with own framing on own sockets.
 *
 * Who dials. libcurl could (CURLOPT_CONNECT_ONLY); measured with 7.88 against nginx on loopback, it
 * costs 16.8 KB for each idle connection, before the multi handle that dialling without blocking
 * needs, and 770 instructions and two more poll(2) per request in curl_easy_send and curl_easy_recv,
 * where send and recv cost 60. Sockets of our own take under 1.5 KB for session and connection
 * together. So plain connections are connect(2), names are getaddrinfo in a thread (resolver.c),
 * and TLS is OpenSSL, the same library libcurl uses, with a BIO of our own (tls.c). Proxies from
 * the environment stay libcurl's business.
 *
 * What a request costs in steady state: one send, one recv, its share of an epoll_wait, two looks
 * at the clock; no epoll_ctl, no allocation, no timer. The timer of a session is left where it is
 * while requests come and go and looks at the deadline when it fires, so with timeouts of 30 s it
 * fires twice a minute. Sockets are edge-triggered (conn.c), buffers are shared (direct_answer.c).
 *
 * Invariants: a session has at most one request; its connection is in session->conns once open
 * and only in session->conn while being dialled. The done call comes from the loop: out of reading,
 * a timer, or the list `due`, which is run once per turn. Everything belongs to one thread. */
#include "config.h"

#include "engine/transport.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "engine/decode.h"
#include "engine/direct.h"
#include "scenario/scenario.h"

#define READ_BYTES       ((size_t)256 * 1024)
#define DECODED_KEEP_MAX ((size_t)1024 * 1024)

/* The origin of the request, cheaply when it is the last one's. */
static struct origin *find_origin(struct transport_session *session,
				  const struct transport_request *request)
{
	struct conn *conn = session->conns;

	if (conn && origin_is(conn->origin, request->tls, request->host, request->port)) {
		conn->origin->users++;
		return conn->origin;
	}
	return origins_get(&session->transport->origins, request->tls, request->host,
			   request->port);
}

/* Unlink the connection of the session that leads to origin and put it in front. NULL: none. */
static struct conn *take_idle(struct transport_session *session, const struct origin *origin)
{
	for (struct conn **at = &session->conns; *at; at = &(*at)->next) {
		struct conn *conn = *at;

		if (conn->origin != origin)
			continue;
		*at = conn->next;
		conn->next = session->conns;
		session->conns = conn;
		return conn;
	}
	return NULL;
}

void direct_close(struct transport_session *session, struct conn *conn, bool polite)
{
	struct conn **at = &session->conns;

	while (*at && *at != conn)
		at = &(*at)->next;
	if (*at)
		*at = conn->next;
	conn_close(conn, polite);
}

/* Keep no more idle connections than allowed; the one used last goes last. */
static void close_surplus(struct transport_session *session)
{
	unsigned keep = session->transport->http->max_connections;
	struct conn *conn = session->conns;

	while (conn && keep > 0) {
		conn = conn->next;
		keep--;
	}
	while (conn) {
		struct conn *next = conn->next;

		direct_close(session, conn, true);
		conn = next;
	}
}

void direct_due(struct transport_session *session, enum direct_due due)
{
	static const struct timeval now = { 0, 0 };
	struct transport *transport = session->transport;

	if (session->due == DUE_NOTHING)
		TAILQ_INSERT_TAIL(&transport->due, session, link);
	session->due = (uint8_t)due;
	if (!event_pending(&transport->turn, EV_TIMEOUT, NULL))
		event_add(&transport->turn, &now);
}

void direct_not_due(struct transport_session *session)
{
	if (session->due == DUE_NOTHING)
		return;
	TAILQ_REMOVE(&session->transport->due, session, link);
	session->due = DUE_NOTHING;
}

/* Once per turn of the loop: what was due when it began. What becomes due meanwhile waits for the
 * next one, so that users whose requests fail at once cannot keep the loop for themselves. */
static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct transport *transport = arg;
	struct transport_session *session;
	unsigned n = 0;

	(void)fd;
	(void)what;
	TAILQ_FOREACH(session, &transport->due, link)
	n++;
	while (n-- > 0 && (session = TAILQ_FIRST(&transport->due)) != NULL) {
		enum direct_due due = (enum direct_due)session->due;

		direct_not_due(session);
		if (due == DUE_END)
			direct_end(session, (enum failure_kind)session->kind, session->detail);
		else
			direct_receive(session, false);
	}
}

void direct_end_later(struct transport_session *session, enum failure_kind kind, int detail)
{
	session->phase = DIRECT_ENDED;
	session->kind = (uint8_t)kind;
	session->detail = detail;
	session->end_ns = session->transport->config.now_ns();
	direct_due(session, DUE_END);
}

static void fill_result(const struct transport_session *session, struct transport_result *result)
{
	bool whole = result->kind == FAILURE_NONE && !session->aborted;

	result->aborted = session->aborted;
	result->new_connection = session->new_connection;
	result->repeated = session->repeated;
	result->sent = session->bytes_out > 0;
	result->status = session->head_done ? session->parser.status : 0;
	result->start_ns = session->start_ns;
	result->first_byte_ns = session->first_byte_ns;
	result->end_ns = session->end_ns;
	result->connect_ns = session->connect_ns;
	result->bytes_in = session->bytes_in;
	result->bytes_out = session->bytes_out;
	result->body_bytes = session->head_done ? session->parser.body_bytes : 0;
	if (whole && session->request.want_headers) {
		result->headers = session->headers;
		result->headers_len = session->headers_len;
	}
	if (whole && session->request.want_body) {
		result->body = session->body ? session->body : "";
		result->body_len = session->body_len;
	}
}

void direct_end(struct transport_session *session, enum failure_kind kind, int detail)
{
	struct transport *transport = session->transport;
	struct transport_result result = { .kind = kind, .detail = detail };
	struct stash *stash = session->stash;

	if (kind != FAILURE_NONE && session->phase != DIRECT_ENDED)
		session->end_ns = transport->config.now_ns();
	fill_result(session, &result);
	if (kind != FAILURE_NONE && !session->head_done && !session->start && stash) {
		session->start = stash->rest.data;
		session->start_len = stash->rest.len;
	}
	direct_not_due(session);
	origin_put(session->origin);
	session->origin = NULL;
	session->stash = NULL;
	session->phase = DIRECT_IDLE;
	close_surplus(session);
	session->done(session->arg, &result);
	stash_put(&transport->stashes, stash);
	if (transport->decoded.cap > DECODED_KEEP_MAX)
		buf_fini(&transport->decoded);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct transport_session *session = arg;

	(void)fd;
	(void)what;
	session->timer_ns = 0;
	direct_check_time(session);
}

void direct_arm(struct transport_session *session, uint64_t now_ns)
{
	uint64_t due = session->deadline_ns, wait;
	struct timeval tv;

	if (session->phase == DIRECT_DIALLING) {
		due = session->connect_deadline_ns;
		if (due > session->attempt_deadline_ns)
			due = session->attempt_deadline_ns;
	}
	if (due == UINT64_MAX || (session->timer_ns && session->timer_ns <= due))
		return;
	wait = due > now_ns ? due - now_ns : 0;
	tv.tv_sec = (time_t)(wait / CLOCK_NS_PER_SEC);
	tv.tv_usec = (suseconds_t)(wait % CLOCK_NS_PER_SEC / CLOCK_NS_PER_US) + 1;
	if (tv.tv_usec == 1000000)
		tv.tv_usec--;
	session->timer_ns = due;
	event_add(&session->timer, &tv);
}

static void direct_start(struct transport_session *session, const struct transport_request *request,
			 transport_done_fn *done, void *arg)
{
	uint64_t now = session->transport->config.now_ns();
	struct conn *conn;

	assert(session->phase == DIRECT_IDLE);
	session->request = *request;
	session->done = done;
	session->arg = arg;
	session->fresh = session->answered = session->head_done = false;
	session->aborted = session->new_connection = session->repeated = false;
	session->bytes_in = session->bytes_out = 0;
	session->start_ns = now;
	session->connect_ns = session->first_byte_ns = session->end_ns = 0;
	session->deadline_ns = request->timeout_ns ? now + request->timeout_ns : UINT64_MAX;
	session->headers = session->body = NULL;
	session->headers_len = session->body_len = 0;
	session->start = NULL;
	session->start_len = 0;
	session->decoded = false;
	session->origin = find_origin(session, request);
	conn = take_idle(session, session->origin);
	if (conn) {
		direct_begin(session, conn);
		direct_arm(session, now);
	} else {
		direct_dial(session);
	}
}

/* End what is in flight without telling. */
static void drop(struct transport_session *session)
{
	resolver_leave(&session->waiter);
	if (session->conn && session->phase == DIRECT_EXCHANGE)
		direct_close(session, session->conn, false);
	else if (session->conn)
		conn_close(session->conn, false);
	session->conn = NULL;
}

static void direct_cancel(struct transport_session *session)
{
	if (session->phase == DIRECT_IDLE)
		return;
	drop(session);
	session->aborted = true;
	direct_end_later(session, FAILURE_NONE, 0);
}

static struct transport_session *direct_session_new(struct transport *transport)
{
	struct transport_session *session = mem_new(sizeof(*session));

	session->transport = transport;
	evtimer_assign(&session->timer, transport->config.base, on_timer, session);
	transport->sessions++;
	return session;
}

static void direct_session_free(struct transport_session *session)
{
	struct transport *transport;

	if (!session)
		return;
	transport = session->transport;
	drop(session);
	direct_not_due(session);
	while (session->conns)
		direct_close(session, session->conns, true);
	event_del(&session->timer);
	tls_ticket_clear(&session->ticket);
	origin_put(session->ticket_origin);
	origin_put(session->origin);
	stash_put(&transport->stashes, session->stash);
	transport->sessions--;
	free(session);
}

static void direct_destroy(struct transport *transport)
{
	if (!transport)
		return;
	assert(transport->sessions == 0);
	if (event_initialized(&transport->turn))
		event_del(&transport->turn);
	conn_set_fini(&transport->conns);
	tls_free(transport->conns.tls);
	origins_fini(&transport->origins);
	resolver_free(transport->resolver);
	stashes_fini(&transport->stashes);
	decoder_free(transport->decoder);
	buf_fini(&transport->decoded);
	buf_fini(&transport->head);
	free(transport->in);
	free(transport);
}

static int direct_create(struct transport **out, const struct transport_config *config,
			 struct error *err)
{
	const int needed = EV_FEATURE_ET | EV_FEATURE_EARLY_CLOSE;
	struct transport *transport;
	int rc;

	if ((event_base_get_features(config->base) & needed) != needed) {
		error_set(err, "the direct transport needs libevent's epoll, not %s",
			  event_base_get_method(config->base));
		return -ENOTSUP;
	}
	transport = mem_new(sizeof(*transport));
	transport->config = *config;
	transport->http = &config->scenario->http;
	transport->resolver = resolver_new(config->base, config->now_ns);
	transport->conns.base = config->base;
	transport->conns.calls = &direct_conn_calls;
	TAILQ_INIT(&transport->due);
	evtimer_assign(&transport->turn, config->base, on_turn, transport);
	stashes_init(&transport->stashes, transport->http->max_header_bytes,
		     transport->http->max_body_bytes);
	buf_init(&transport->decoded, transport->http->max_body_bytes);
	buf_init(&transport->head, SIZE_MAX);
	transport->in_size = transport->http->max_header_bytes + READ_BYTES;
	transport->in = mem_new(transport->in_size);
	rc = origins_init(&transport->origins, config->scenario, transport->resolver, err);
	if (rc == 0 && (config->scenario->target.tls || transport->http->ca_file ||
			transport->http->cert_file)) {
		if (tls_new(&transport->conns.tls, transport->http, err))
			rc = -EINVAL;
	}
	if (rc)
		direct_destroy(transport);
	else
		*out = transport;
	return rc;
}

static void direct_kept(const struct transport_session *session, struct transport_kept *out)
{
	bool coded = session->head_done && session->parser.coding != HTTP1_IDENTITY;

	*out = (struct transport_kept){ .headers = session->headers,
					.headers_len = session->headers_len };
	if (session->body) {
		out->body = session->body;
		out->body_len = session->body_len;
		out->coded = coded && !session->decoded;
	} else if (session->start) {
		out->body = session->start;
		out->body_len = session->start_len;
		out->coded = coded;
	}
}

static unsigned direct_open_connections(const struct transport *transport)
{
	return transport->conns.open;
}

const struct transport_ops transport_direct_ops = {
	.name = "direct",
	.create = direct_create,
	.destroy = direct_destroy,
	.session_new = direct_session_new,
	.session_free = direct_session_free,
	.start = direct_start,
	.cancel = direct_cancel,
	.kept = direct_kept,
	.open_connections = direct_open_connections,
};
