/* SPDX-License-Identifier: MIT */
/* Answers of the practice backend: one buffer is filled per answer and copied to evhttp. */
#include "config.h"

#include "target/target_answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>

#include "base/text.h"
#include "target/target_call.h"

#define SENTENCE_MAX 512

struct buf *target_answer_begin(struct call *call)
{
	buf_reset(&call->target->text);
	return &call->target->text;
}

void target_answer_add_string(struct buf *buf, const char *text)
{
	size_t len = strlen(text);

	buf_addc(buf, '"');
	while (len > 0) {
		unsigned char c = (unsigned char)*text;
		uint32_t codepoint;
		size_t used = text_decode(text, len, &codepoint);
		char utf8[4];

		if (c == '"' || c == '\\')
			buf_addf(buf, "\\%c", c);
		else if (c < 0x20)
			buf_addf(buf, "\\u%04x", c);
		else
			buf_add(buf, utf8, text_encode(codepoint, utf8));
		text += used;
		len -= used;
	}
	buf_addc(buf, '"');
}

void target_answer_header(struct call *call, const char *name, const char *value)
{
	evhttp_add_header(evhttp_request_get_output_headers(call->req), name, value);
}

void target_answer_count(struct call *call, unsigned status)
{
	if (!(call->route->flags & ROUTE_UNCOUNTED))
		call->target->counters->statuses[status]++;
}

static bool has_body(const struct call *call, unsigned status)
{
	return evhttp_request_get_command(call->req) != EVHTTP_REQ_HEAD && status != 204 &&
	       status != 304;
}

/* HEAD tells how long the body would be. */
static void drop_body(struct call *call, unsigned status)
{
	struct evbuffer *out = call->target->out;
	char length[24];

	snprintf(length, sizeof(length), "%zu", evbuffer_get_length(out));
	if (status != 204 && status != 304)
		target_answer_header(call, "Content-Length", length);
	evbuffer_drain(out, evbuffer_get_length(out));
}

void target_answer_send(struct call *call, unsigned status, const char *type)
{
	struct target *target = call->target;
	const char *correlation = target_call_header(call, "X-Correlation-ID");

	if (correlation)
		target_answer_header(call, "X-Correlation-ID", correlation);
	if (target->text.len > 0)
		evbuffer_add(target->out, target->text.data, target->text.len);
	if (status != 204 && status != 304)
		target_answer_header(call, "Content-Type", type);
	if (!has_body(call, status))
		drop_body(call, status);
	target_answer_count(call, status);
	evhttp_send_reply(call->req, (int)status, NULL, target->out);
	evbuffer_drain(target->out, evbuffer_get_length(target->out));
	target_call_done(call);
}

void target_answer_json(struct call *call, unsigned status)
{
	target_answer_send(call, status, "application/json");
}

void target_answer_detail(struct call *call, unsigned status, const char *fmt, ...)
{
	struct buf *buf = target_answer_begin(call);
	char sentence[SENTENCE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	buf_adds(buf, "{\"detail\":");
	target_answer_add_string(buf, sentence);
	buf_addc(buf, '}');
	target_answer_json(call, status);
}

void target_answer_field(struct call *call, const char *field, const char *fmt, ...)
{
	struct buf *buf = target_answer_begin(call);
	char sentence[SENTENCE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	buf_addc(buf, '{');
	target_answer_add_string(buf, field);
	buf_adds(buf, ":[");
	target_answer_add_string(buf, sentence);
	buf_adds(buf, "]}");
	target_answer_json(call, 400);
}

void target_answer_method(struct call *call)
{
	const struct route *route = call->route;

	target_answer_header(call, "Allow",
			     route->get && route->post ? "GET, HEAD, POST"
			     : route->get              ? "GET, HEAD"
						       : "POST");
	target_answer_detail(call, 405, "Method not allowed.");
}

static void raw_written(struct bufferevent *bev, void *arg)
{
	struct call *call = arg;

	bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
	target_call_close(call, false);
}

static void raw_failed(struct bufferevent *bev, short what, void *arg)
{
	(void)what;
	raw_written(bev, arg);
}

void target_answer_raw(struct call *call, const void *data, size_t len)
{
	struct evhttp_connection *conn = evhttp_request_get_connection(call->req);
	struct bufferevent *bev;

	if (!conn) {
		target_call_close(call, false);
		return;
	}
	bev = evhttp_connection_get_bufferevent(conn);
	bufferevent_setcb(bev, NULL, raw_written, raw_failed, call);
	bufferevent_write(bev, data, len);
	bufferevent_enable(bev, EV_WRITE);
}
