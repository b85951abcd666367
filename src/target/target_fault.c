/* SPDX-License-Identifier: MIT */
/* Faults on request that need one answer, or none; those sent in parts are in
 * target_fault_stream.c. */
#include "config.h"

#include "target/target_fault.h"

#include <stdio.h>
#include <string.h>
#include <sys/queue.h> /* before libevent, which defines parts of it */
#include <zlib.h>

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "base/clock.h"
#include "target/target_answer.h"
#include "target/target_call.h"
#include "target/target_route.h"

#define MS_MAX        3600000
#define HEADER_MAX    (1u << 20)
#define GZIP_MAX      (1u << 20)
#define REDIRECTS_MAX 1000
#define COOKIE_NAME   "throng_target"

static void answer_ok(struct call *call)
{
	buf_adds(target_answer_begin(call), "{\"status\":\"ok\"}");
	target_answer_json(call, 200);
}

void fault_pause(struct call *call)
{
	struct target *target = call->target;
	uint64_t ms;

	if (!target_call_number(call, "ms", 0, MS_MAX, &ms))
		return;
	answer_ok(call);
	target_pause(target, ms);
}

void fault_resume(struct call *call)
{
	target_resume(call->target);
	answer_ok(call);
}

static void delayed(struct call *call)
{
	if (!target_pause_holds(call, delayed))
		answer_ok(call);
}

void fault_delay(struct call *call)
{
	uint64_t ms;

	if (target_call_number(call, "ms", 0, MS_MAX, &ms))
		target_call_after(call, ms * CLOCK_NS_PER_MS, delayed);
}

void fault_status(struct call *call)
{
	uint64_t status;

	if (!target_call_number(call, "code", 200, TARGET_STATUS_MAX - 1, &status))
		return;
	buf_addf(target_answer_begin(call), "{\"status\":%u}", (unsigned)status);
	target_answer_json(call, (unsigned)status);
}

void fault_close(struct call *call)
{
	target_call_close(call, false);
}

void fault_reset(struct call *call)
{
	target_call_close(call, true);
}

void fault_truncate(struct call *call)
{
	static const char half[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
				   "Content-Length: 1000\r\n\r\nonly the beginning";

	target_answer_raw(call, half, sizeof(half) - 1);
}

void fault_garbage(struct call *call)
{
	static const char garbage[] = "\x16\x03\x01 this is no HTTP\r\n\r\n";

	target_answer_raw(call, garbage, sizeof(garbage) - 1);
}

void fault_redirect(struct call *call)
{
	struct buf *buf;
	uint64_t n;

	if (!target_call_number(call, "n", 0, REDIRECTS_MAX, &n))
		return;
	if (n == 0) {
		answer_ok(call);
		return;
	}
	buf = target_answer_begin(call);
	buf_addf(buf, "/_target/redirect/%u", (unsigned)n - 1);
	target_answer_header(call, "Location", buf_str(buf));
	target_answer_send(call, 302, "text/plain");
}

void fault_headers(struct call *call)
{
	struct buf *buf;
	uint64_t bytes;

	if (!target_call_number(call, "bytes", 1, HEADER_MAX, &bytes))
		return;
	buf = target_answer_begin(call);
	for (uint64_t i = 0; i < bytes; i++)
		buf_addc(buf, 'h');
	target_answer_header(call, "X-Long", buf_str(buf));
	answer_ok(call);
}

/* Compress target->text into target->out; false when zlib cannot. */
static bool compress_text(struct target *target)
{
	struct evbuffer_iovec room;
	z_stream z = { .next_in = (Bytef *)target->text.data, .avail_in = (uInt)target->text.len };
	bool good = false;

	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) !=
	    Z_OK)
		return false;
	if (evbuffer_reserve_space(target->out, (ev_ssize_t)deflateBound(&z, z.avail_in), &room,
				   1) == 1) {
		z.next_out = room.iov_base;
		z.avail_out = (uInt)room.iov_len;
		good = deflate(&z, Z_FINISH) == Z_STREAM_END;
		room.iov_len = z.total_out;
		if (good)
			evbuffer_commit_space(target->out, &room, 1);
	}
	deflateEnd(&z);
	return good;
}

void fault_gzip(struct call *call)
{
	const char *accepts = target_call_header(call, "Accept-Encoding");
	struct target *target = call->target;
	uint64_t bytes;
	struct buf *buf;

	if (!target_call_query(call, "bytes", 10000, 0, GZIP_MAX, &bytes))
		return;
	buf = target_answer_begin(call);
	buf_adds(buf, "{\"gzip\":true,\"text\":\"");
	for (uint64_t i = 0; i < bytes; i++)
		buf_addc(buf, (char)('a' + i % 26));
	buf_adds(buf, "\"}");
	if (accepts && strstr(accepts, "gzip") && compress_text(target)) {
		target_answer_header(call, "Content-Encoding", "gzip");
		target_answer_header(call, "Vary", "Accept-Encoding");
		buf_reset(buf);
	}
	target_answer_json(call, 200);
}

/* The value of our cookie among those sent; NULL when there is none. */
static const char *cookie_of(const struct call *call, size_t *len)
{
	const char *at = target_call_header(call, "Cookie");

	while (at) {
		at += strspn(at, " ;");
		if (strncmp(at, COOKIE_NAME "=", sizeof(COOKIE_NAME)) == 0) {
			at += sizeof(COOKIE_NAME);
			*len = strcspn(at, "; ");
			return at;
		}
		at = strchr(at, ';');
	}
	return NULL;
}

void fault_cookie_check(struct call *call)
{
	uint64_t serial;
	size_t len;
	const char *value = cookie_of(call, &len);

	if (value && target_token_check(&call->target->token_key, value, len, &serial))
		answer_ok(call);
	else
		target_answer_detail(call, 403, value ? "Wrong cookie." : "Cookie missing.");
}

void fault_cookie(struct call *call)
{
	struct target *target = call->target;
	char token[TARGET_TOKEN_CHARS + 1], cookie[128];
	size_t len;

	if (!cookie_of(call, &len)) {
		target_token_format(&target->token_key, target->counters->next_token++, token);
		snprintf(cookie, sizeof(cookie), COOKIE_NAME "=%s; Path=/; HttpOnly", token);
		target_answer_header(call, "Set-Cookie", cookie);
		answer_ok(call);
		return;
	}
	fault_cookie_check(call);
}

void fault_echo(struct call *call)
{
	struct evbuffer *input = evhttp_request_get_input_buffer(call->req);
	unsigned bit = (unsigned)__builtin_ctz((unsigned)evhttp_request_get_command(call->req));
	struct buf *buf = target_answer_begin(call);
	struct evkeyval *header;
	const char *comma = "";

	buf_addf(buf, "{\"method\":\"%s\",\"uri\":", target_route_method(bit));
	target_answer_add_string(buf, evhttp_request_get_uri(call->req));
	buf_adds(buf, ",\"headers\":{");
	TAILQ_FOREACH(header, evhttp_request_get_input_headers(call->req), next)
	{
		buf_adds(buf, comma);
		target_answer_add_string(buf, header->key);
		buf_addc(buf, ':');
		target_answer_add_string(buf, header->value);
		comma = ",";
	}
	buf_addf(buf, "},\"bytes\":%zu,\"body\":", evbuffer_get_length(input));
	evbuffer_add(input, "", 1);
	target_answer_add_string(buf, (const char *)evbuffer_pullup(input, -1));
	buf_addc(buf, '}');
	if (buf->overflow)
		target_answer_detail(call, 413, "Too large to echo.");
	else
		target_answer_json(call, 200);
}
