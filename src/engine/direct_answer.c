/* SPDX-License-Identifier: MIT */
/* The direct transport's way in: reading, parsing, collecting what is wanted.
 *
 * All sessions read into one buffer. An answer that lies in it completely, the common case, is
 * handed up without a copy; what an incomplete one must keep moves to a stash before the buffer is
 * used again. */
#include "config.h"

#include "engine/direct.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "engine/decode.h"
#include "engine/stamp.h"
#include "scenario/scenario.h"

#define ROUNDS_MAX  8     /* reads in a row before others get their turn */
#define DISCARD_MIN 16384 /* bytes worth throwing away in the kernel */

static void fail(struct transport_session *session, enum failure_kind kind, int detail)
{
	direct_close(session, session->conn, false);
	session->conn = NULL;
	direct_end(session, kind, detail);
}

static struct stash *stash_of(struct transport_session *session)
{
	if (!session->stash)
		session->stash = stash_get(&session->transport->stashes);
	return session->stash;
}

/* Move a span that lies in the read buffer into `keep`. */
static void move_span(struct buf *keep, const char **span, size_t len)
{
	if (*span == keep->data)
		return;
	buf_reset(keep);
	/* fits: the parser and take_body hold the same limits */
	if (buf_add(keep, *span, len) == 0)
		*span = keep->data;
}

/* The body's start, to where it stays until the answer has ended. False: there is no room for it;
 * it is forgotten. */
static bool move_start(struct transport_session *session)
{
	struct buf *body = &stash_of(session)->body;

	move_span(body, &session->start, session->start_len);
	if (session->start == body->data)
		return true;
	session->start = NULL;
	session->start_len = 0;
	return false;
}

/* The answer goes on in a later read: keep what is wanted of this one. */
static void keep_for_later(struct transport_session *session, const char *rest, size_t rest_len)
{
	if (session->stash)
		buf_reset(&session->stash->rest);
	if (rest_len)
		(void)!buf_add(&stash_of(session)->rest, rest, rest_len);
	if (session->headers)
		move_span(&stash_of(session)->headers, &session->headers, session->headers_len);
	if (session->body)
		move_span(&stash_of(session)->body, &session->body, session->body_len);
	if (session->start)
		(void)move_start(session);
}

/* Somebody will want to look at this answer. */
static bool is_unwelcome(const struct transport_session *session)
{
	return session->request.step &&
	       !step_accepts(session->request.step, session->parser.status);
}

/* The start of a body nobody wants, should the answer turn out to be a failure. In an answer that
 * is accepted and comes in one piece this is one pointer and nothing is copied. */
static void keep_start(struct transport_session *session, const char *data, size_t len)
{
	if (len > TRANSPORT_KEEP_BYTES - session->start_len)
		len = TRANSPORT_KEEP_BYTES - session->start_len;
	if (!session->start) {
		session->start = data;
		session->start_len = len;
	} else if (len > 0 && is_unwelcome(session) && move_start(session)) {
		struct buf *body = &stash_of(session)->body;

		if (buf_add(body, data, len) == 0)
			session->start_len += len;
		session->start = body->data;
	}
}

/* False: larger than allowed. */
static bool take_body(struct transport_session *session, const struct http1_piece *piece)
{
	size_t max = session->transport->http->max_body_bytes;

	if (!session->request.want_body) {
		keep_start(session, piece->data, piece->len);
		return true;
	}
	if (piece->len > max - session->body_len)
		return false;
	if (!session->body) {
		session->body = piece->data;
	} else {
		struct buf *body = &stash_of(session)->body;

		move_span(body, &session->body, session->body_len);
		if (buf_add(body, piece->data, piece->len))
			return false;
		session->body = body->data;
	}
	session->body_len += piece->len;
	return true;
}

static bool take_head(struct transport_session *session, const struct http1_piece *piece)
{
	const struct http1 *parser = &session->parser;

	session->head_done = true;
	session->headers = piece->data;
	session->headers_len = piece->len;
	return !session->request.want_body || !parser->has_length ||
	       http1_skippable(parser) <= session->transport->http->max_body_bytes;
}

/* Undo the Content-Encoding. 0, -EMSGSIZE, -EBADMSG, or -ENOTSUP. */
static int decode(struct transport_session *session)
{
	struct transport *transport = session->transport;
	enum http1_coding coding = session->parser.coding;
	int rc;

	if (coding == HTTP1_IDENTITY || session->body_len == 0 || !transport->http->gzip)
		return 0;
	if (coding == HTTP1_OTHER_CODING)
		return -ENOTSUP;
	if (!transport->decoder)
		transport->decoder = decoder_new();
	buf_reset(&transport->decoded);
	rc = decoder_run(transport->decoder, coding, session->body, session->body_len,
			 &transport->decoded);
	if (rc == 0) {
		session->body = buf_str(&transport->decoded);
		session->body_len = transport->decoded.len;
		session->decoded = true;
	}
	return rc;
}

/* May the connection carry another request? Nothing may be left to read or to send. */
static bool reusable(struct transport_session *session, size_t rest_len, bool hung_up)
{
	struct conn *conn = session->conn;
	char extra;

	if (!session->parser.keep_alive || rest_len > 0 || hung_up || session->send_error ||
	    session->out_sent < session->out_len)
		return false;
	/* records behind the answer: tickets are welcome, data or a notice of the end is not */
	return conn_drained(conn) || conn_recv(conn, &extra, 1) == -EAGAIN;
}

/* The answer is complete. */
static void finish(struct transport_session *session, size_t rest_len, bool hung_up)
{
	if (!reusable(session, rest_len, hung_up))
		direct_close(session, session->conn, true);
	session->conn = NULL;
	switch (decode(session)) {
	case 0:
		direct_end(session, FAILURE_NONE, 0);
		break;
	case -EMSGSIZE:
		direct_end(session, FAILURE_TOO_LARGE, 0);
		break;
	case -ENOTSUP:
		direct_end(session, FAILURE_PROTOCOL, PROTOCOL_CONTENT_ENCODING);
		break;
	default:
		direct_end(session, FAILURE_PROTOCOL, PROTOCOL_CONTENT_CORRUPT);
		break;
	}
}

/* Take what was read. False: the answer goes on. True: it has ended, the session may be anything. */
static bool take(struct transport_session *session, char *data, size_t len, bool hung_up)
{
	for (;;) {
		struct http1_piece piece;
		enum http1_event event = http1_next(&session->parser, data, len, &piece);
		bool fits = true;

		if (event >= HTTP1_TOO_LARGE && !session->head_done)
			keep_start(session, data, len);
		data += piece.used;
		len -= piece.used;
		switch (event) {
		case HTTP1_MORE:
			keep_for_later(session, data, len);
			return false;
		case HTTP1_HEAD:
			fits = take_head(session, &piece);
			break;
		case HTTP1_BODY:
			fits = take_body(session, &piece);
			break;
		case HTTP1_DONE:
			finish(session, len, hung_up);
			return true;
		case HTTP1_TOO_LARGE:
			fits = false;
			break;
		case HTTP1_ERROR:
			fail(session, FAILURE_PROTOCOL, (int)session->parser.error);
			return true;
		}
		if (!fits) {
			fail(session, FAILURE_TOO_LARGE, 0);
			return true;
		}
	}
}

/* Read once. The bytes to parse are at transport->in, *len of them, those kept from the last time
 * in front. As conn_recv. */
static ssize_t read_once(struct transport_session *session, size_t *len)
{
	struct transport *transport = session->transport;
	size_t held = session->stash ? session->stash->rest.len : 0;
	uint64_t skippable = session->request.want_body ? 0 : http1_skippable(&session->parser);
	ssize_t n;

	if (held == 0 && skippable >= DISCARD_MIN &&
	    (session->start_len == TRANSPORT_KEEP_BYTES || !is_unwelcome(session))) {
		*len = 0;
		if (skippable > transport->in_size)
			skippable = transport->in_size;
		n = conn_discard(session->conn, transport->in, (size_t)skippable);
		if (n > 0)
			http1_skip(&session->parser, (uint64_t)n);
	} else {
		if (held)
			memcpy(transport->in, session->stash->rest.data, held);
		n = conn_recv(session->conn, transport->in + held, transport->in_size - held);
		*len = n > 0 ? held + (size_t)n : 0;
	}
	return n;
}

/* When what was read last came. */
static uint64_t came(const struct transport_session *session)
{
	uint64_t wall_ns = clock_wall_ns();

	return stamp_instant(session->conn->came_ns, wall_ns, session->transport->config.now_ns(),
			     session->start_ns);
}

void direct_receive(struct transport_session *session, bool hung_up)
{
	struct transport *transport = session->transport;

	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		size_t len;
		ssize_t n = read_once(session, &len);

		if (n == -EAGAIN) {
			if (session->send_error)
				direct_lost(session, session->send_error);
			return;
		}
		session->end_ns = came(session);
		if (n == 0 && http1_end(&session->parser)) {
			finish(session, 0, true);
			return;
		}
		if (n <= 0) {
			direct_lost(session, (int)-n);
			return;
		}
		if (!session->answered && !session->first_byte_ns)
			session->first_byte_ns = session->end_ns;
		session->answered = true;
		session->bytes_in += (size_t)n;
		if (take(session, transport->in, len, hung_up))
			return;
	}
	direct_due(session, DUE_READ);
}
