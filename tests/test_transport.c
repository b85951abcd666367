/* SPDX-License-Identifier: MIT */
/* What a transport makes of an answer: the same cases over every transport, sent whole, byte by
 * byte, and (where that costs little) cut at every position. */
#include "config.h"

#include "wire.h"

#include <stdio.h>
#include <stdlib.h>

#include "message/protocol.h"
#include "pack.h"

#define OK     "HTTP/1.1 200 OK\r\n"
#define LENGTH OK "Content-Length: "

enum { ONLY_DIRECT = 1, KEEPS = 2, CLOSES_AFTER = 4 };

struct answer_case {
	const char *name;
	const char *method;
	const char *bytes;
	const char *body; /* what must come out */
	unsigned status;
	unsigned body_bytes; /* 0: strlen(body) */
	enum failure_kind kind;
	int detail; /* of the direct transport; 0: not looked at */
	unsigned flags;
};

/* libcurl 7.88 differs where ONLY_DIRECT stands: it lets such answers pass. */
#define GOOD(name_, method_, bytes_, body_, status_, flags_)                      \
	{                                                                         \
		.name = name_, .method = method_, .bytes = bytes_, .body = body_, \
		.status = status_, .flags = flags_                                \
	}
#define BAD(name_, method_, bytes_, status_, body_bytes_, kind_, detail_, flags_)      \
	{                                                                              \
		.name = name_, .method = method_, .bytes = bytes_, .status = status_,  \
		.body_bytes = body_bytes_, .kind = FAILURE_##kind_, .detail = detail_, \
		.flags = flags_                                                        \
	}

static const struct answer_case cases[] = {
	GOOD("a body with its length", "GET", LENGTH "5\r\n\r\nhello", "hello", 200, KEEPS),
	GOOD("an empty body", "GET", LENGTH "0\r\n\r\n", "", 200, KEEPS),
	GOOD("chunks", "GET",
	     OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\n\r\n",
	     "hello, world", 200, KEEPS),
	GOOD("chunks with trailers", "GET",
	     OK "Transfer-Encoding: chunked\r\nTrailer: Digest\r\n\r\n"
		"A\r\n0123456789\r\n0\r\nDigest: abc\r\nMore: 1\r\n\r\n",
	     "0123456789", 200, KEEPS),
	GOOD("a body up to the connection's end", "GET", OK "\r\nall of it", "all of it", 200,
	     CLOSES_AFTER),
	GOOD("an old server's body up to the end", "GET", "HTTP/1.0 200 OK\r\n\r\nold", "old", 200,
	     CLOSES_AFTER),
	GOOD("an old server that keeps the connection", "GET",
	     "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nold", "old",
	     200, KEEPS),
	GOOD("an old server that does not", "GET",
	     "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", "old", 200, 0),
	GOOD("connection: close", "GET", OK "Connection: close\r\nContent-Length: 3\r\n\r\nbye",
	     "bye", 200, 0),
	GOOD("HEAD", "HEAD", LENGTH "100\r\n\r\n", "", 200, KEEPS),
	GOOD("HEAD of a chunked resource", "HEAD", OK "Transfer-Encoding: chunked\r\n\r\n", "", 200,
	     KEEPS),
	GOOD("204", "DELETE", "HTTP/1.1 204 No Content\r\n\r\n", "", 204, KEEPS),
	GOOD("304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 50\r\n\r\n", "", 304,
	     KEEPS),
	GOOD("100-continue", "GET",
	     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Wait\r\nA: b\r\n\r\n" LENGTH "2\r\n\r\nok",
	     "ok", 200, KEEPS),
	GOOD("an error with a body", "GET", "HTTP/1.1 500 Oh\r\nContent-Length: 4\r\n\r\noops",
	     "oops", 500, KEEPS),
	GOOD("no reason phrase", "GET", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", "x", 200,
	     KEEPS),
	GOOD("lone line feeds", "GET", "HTTP/1.1 200 OK\nContent-Length: 1\n\nx", "x", 200, KEEPS),
	GOOD("a folded header", "GET", OK "X-Long: a\r\n b\r\nContent-Length: 1\r\n\r\nx", "x", 200,
	     KEEPS),
	GOOD("the same length twice", "GET", LENGTH "1\r\nContent-Length: 1\r\n\r\nx", "x", 200,
	     KEEPS),
	GOOD("chunked beside a length", "GET",
	     OK "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok",
	     200, ONLY_DIRECT),
	GOOD("another answer unasked", "GET", LENGTH "1\r\n\r\nx" LENGTH "1\r\n\r\ny", "x", 200, 0),
	GOOD("garbage behind the answer", "GET", LENGTH "1\r\n\r\nxgarbage", "x", 200, 0),
	GOOD("a body where there is none", "HEAD", LENGTH "4\r\n\r\nbody", "", 200, ONLY_DIRECT),
	BAD("not HTTP", "GET", "SSH-2.0-OpenSSH_9.2\r\n", 0, 0, PROTOCOL, PROTOCOL_NOT_HTTP, 0),
	BAD("HTTP/3.0", "GET", "HTTP/3.0 200 OK\r\n\r\n", 0, 0, PROTOCOL, PROTOCOL_VERSION, 0),
	BAD("no status", "GET", "HTTP/1.1 OK\r\n\r\n", 0, 0, PROTOCOL, PROTOCOL_STATUS_LINE,
	    ONLY_DIRECT),
	BAD("101", "GET", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", 0, 0, PROTOCOL,
	    PROTOCOL_SWITCHED, ONLY_DIRECT),
	BAD("a bad header name", "GET", OK "A B: c\r\n\r\n", 0, 0, PROTOCOL, PROTOCOL_HEADER_NAME,
	    ONLY_DIRECT),
	BAD("no colon", "GET", OK "nothing\r\n\r\n", 0, 0, PROTOCOL, PROTOCOL_HEADER_COLON,
	    ONLY_DIRECT),
	BAD("a control character", "GET", OK "A: b\x01\r\n\r\n", 0, 0, PROTOCOL,
	    PROTOCOL_HEADER_VALUE, ONLY_DIRECT),
	BAD("a length that is none", "GET", LENGTH "many\r\n\r\n", 0, 0, PROTOCOL, PROTOCOL_LENGTH,
	    ONLY_DIRECT),
	BAD("lengths that differ", "GET", LENGTH "1\r\nContent-Length: 2\r\n\r\nxy", 0, 0, PROTOCOL,
	    PROTOCOL_LENGTHS_DIFFER, ONLY_DIRECT),
	BAD("an unknown transfer coding", "GET", OK "Transfer-Encoding: rot13\r\n\r\n", 0, 0,
	    PROTOCOL, PROTOCOL_TRANSFER_ENCODING, ONLY_DIRECT),
	BAD("a bad chunk size", "GET", OK "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 200, 0,
	    PROTOCOL, PROTOCOL_CHUNK_SIZE, 0),
	BAD("a chunk without end", "GET", OK "Transfer-Encoding: chunked\r\n\r\n1\r\nabcdef\r\n",
	    200, 1, PROTOCOL, PROTOCOL_CHUNK_END, 0),
	BAD("nothing at all", "POST", "", 0, 0, RESET, 0, CLOSES_AFTER),
	BAD("half a head", "POST", OK "Server: x\r\n", 0, 0, RESET, 0, CLOSES_AFTER | ONLY_DIRECT),
	BAD("half a body", "GET", LENGTH "10\r\n\r\nhalf", 200, 4, RESET, 0, CLOSES_AFTER),
	BAD("half a chunk", "GET", OK "Transfer-Encoding: chunked\r\n\r\n9\r\nhalf", 200, 4, RESET,
	    0, CLOSES_AFTER),
	BAD("chunks without the last", "GET", OK "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
	    200, 1, RESET, 0, CLOSES_AFTER),
};

static bool applies(const struct answer_case *c, const struct wire *wire)
{
	return !(c->flags & ONLY_DIRECT) || wire->ops == &transport_direct_ops;
}

static void check(const struct answer_case *c, const struct client *client)
{
	const struct transport_result *result = &client->result;
	bool direct = client->wire->ops == &transport_direct_ops;

	if (result->kind != c->kind || result->status != c->status)
		fail_msg("%s: kind %d (detail %d), status %u", c->name, (int)result->kind,
			 result->detail, result->status);
	if (direct && c->detail && result->detail != c->detail)
		fail_msg("%s: detail %d", c->name, result->detail);
	if (direct)
		assert_int_equal(result->body_bytes,
				 c->body_bytes || !c->body ? c->body_bytes : strlen(c->body));
	assert_true(result->sent && result->new_connection && !result->aborted);
	assert_int_equal(result->body != NULL, c->kind == FAILURE_NONE);
	if (c->kind == FAILURE_NONE) {
		assert_string_equal(result->body, c->body);
		assert_int_equal(result->body_len, strlen(c->body));
		assert_non_null(result->headers);
	}
	assert_true(result->start_ns <= result->end_ns);
	if (c->status)
		assert_true(result->first_byte_ns >= result->start_ns &&
			    result->first_byte_ns <= result->end_ns);
}

/* Play the case; after it the connection must be kept exactly if the case says so. */
static void play(const struct transport_ops *ops, const struct answer_case *c,
		 enum script_verb verb, size_t cut)
{
	const struct script_step script[] = {
		ON_REQUEST,
		{ .verb = verb, .data = c->bytes, .cut = cut },
		{ .verb = c->flags & CLOSES_AFTER ? SCRIPT_CLOSE : SCRIPT_REQUEST },
		SEND(LENGTH "5\r\n\r\nagain"),
		THEN(END),
	};
	static const struct script_step fresh[] = { ON_REQUEST, SEND(LENGTH "5\r\n\r\nfresh"),
						    THEN(END) };
	const struct script_step *scripts[] = { script, fresh };
	struct wire wire;
	struct client client;

	wire_init(&wire, ops);
	if (!applies(c, &wire)) {
		wire_drop(&wire);
		return;
	}
	wire_open(&wire, scripts, 2);
	client_init(&client, &wire);
	client.request.method = c->method;
	client_ask(&client);
	check(c, &client);
	if (verb == SCRIPT_SEND) {
		client.request.method = "GET";
		client_ask(&client);
		assert_int_equal(client.result.kind, FAILURE_NONE);
		if (strcmp(client.result.body, c->flags & KEEPS ? "again" : "fresh") != 0)
			fail_msg("%s: the next request went over the %s connection", c->name,
				 c->flags & KEEPS ? "fresh" : "same");
		assert_int_equal(client.result.new_connection, !(c->flags & KEEPS));
		assert_int_equal(script_server_accepted(wire.server), c->flags & KEEPS ? 1 : 2);
	}
	client_fini(&client);
	wire_fini(&wire);
}

static void answers_sent_at_once_are_understood(void **state)
{
	for (size_t i = 0; i < COUNT(cases); i++)
		play(*state, &cases[i], SCRIPT_SEND, 0);
}

static void answers_sent_byte_by_byte_are_understood(void **state)
{
	for (size_t i = 0; i < COUNT(cases); i++)
		play(*state, &cases[i], SCRIPT_SEND_SLOW, 0);
}

static void answers_cut_anywhere_are_understood(void **state)
{
	bool direct = *state == &transport_direct_ops;

	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t cut = 1; cut < strlen(cases[i].bytes); cut += direct ? 1 : 7)
			play(*state, &cases[i], SCRIPT_SEND_CUT, cut);
}

static struct wire wire;
static struct client client;

static const struct transport_result *exchange_with(const struct transport_ops *ops,
						    const struct script_step *script,
						    void (*options)(struct http_options *http),
						    void (*set)(struct transport_request *request))
{
	const struct script_step *scripts[] = { script };

	wire_init(&wire, ops);
	if (options)
		options(&wire.scenario.http);
	wire_open(&wire, scripts, 1);
	client_init(&client, &wire);
	if (set)
		set(&client.request);
	return client_ask(&client);
}

static void end(void)
{
	client_fini(&client);
	wire_fini(&wire);
}

static void set_post(struct transport_request *request)
{
	request->method = "POST";
	request->path = "/a/b?c=d";
	request->path_len = 8;
	request->headers = "User-Agent: t\r\nX-Y: z\r\n";
	request->headers_len = strlen(request->headers);
	request->body = "{\"a\":1}";
	request->body_len = 7;
	request->has_body = true;
}

static void set_empty_post(struct transport_request *request)
{
	set_post(request);
	request->body = NULL;
	request->body_len = 0;
}

static void set_gzip(struct http_options *http)
{
	http->gzip = true;
}

static const struct script_step answer_ok[] = { ON_REQUEST, SEND(LENGTH "2\r\n\r\nok"),
						THEN(AGAIN) };

static void a_request_is_written_as_asked(void **state)
{
	char expected[256];
	const char *got;
	size_t len;

	exchange_with(*state, answer_ok, NULL, set_post);
	got = script_server_received(wire.server, &len);
	assert_int_equal(client.result.bytes_out, len);
	assert_memory_equal(got, "POST /a/b?c=d HTTP/1.1\r\n", 24);
	snprintf(expected, sizeof(expected), "\r\nHost: 127.0.0.1:%u\r\n",
		 (unsigned)wire.scenario.target.port);
	assert_non_null(strstr(got, expected));
	assert_non_null(strstr(got, "\r\nUser-Agent: t\r\n"));
	assert_non_null(strstr(got, "\r\nX-Y: z\r\n"));
	assert_non_null(strstr(got, "\r\nContent-Length: 7\r\n"));
	assert_non_null(strstr(got, "\r\n\r\n{\"a\":1}"));
	assert_null(strstr(got, "Accept-Encoding"));
	assert_null(strstr(got, "Expect"));
	end();
}

static void an_empty_post_says_so_and_a_get_says_nothing(void **state)
{
	exchange_with(*state, answer_ok, NULL, set_empty_post);
	assert_non_null(
		strstr(script_server_received(wire.server, NULL), "\r\nContent-Length: 0\r\n"));
	end();
	exchange_with(*state, answer_ok, set_gzip, NULL);
	assert_null(strstr(script_server_received(wire.server, NULL), "Content-Length"));
	assert_non_null(strstr(script_server_received(wire.server, NULL),
			       "\r\nAccept-Encoding: gzip, deflate\r\n"));
	end();
}

static void bytes_are_counted_exactly(void **state)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 5\r\n\r\nhello";
	static const struct script_step script[] = { ON_REQUEST, SEND(answer), THEN(AGAIN) };
	size_t len;

	exchange_with(*state, script, NULL, NULL);
	script_server_received(wire.server, &len);
	assert_int_equal(client.result.bytes_in, sizeof(answer) - 1);
	assert_int_equal(client.result.body_bytes, 5);
	assert_int_equal(client.result.bytes_out, len);
	assert_string_equal(client.result.headers, "X: y\r\nContent-Length: 5\r\n");
	assert_true(client.result.connect_ns > 0);
	client_ask(&client);
	assert_int_equal(client.result.connect_ns, 0);
	assert_false(client.result.new_connection);
	assert_int_equal(client.result.bytes_in, sizeof(answer) - 1);
	end();
}

static void set_unwanted(struct transport_request *request)
{
	request->want_body = request->want_headers = false;
}

static void what_is_not_wanted_is_counted_and_dropped(void **state)
{
	/* far above max_body_bytes, which holds for bodies that are read */
	static char block[10000];
	static const struct script_step script[] = { ON_REQUEST,
						     SEND(LENGTH "20000000\r\n\r\n"),
						     { SCRIPT_SEND_MANY, block, sizeof(block),
						       .count = 2000 },
						     THEN(AGAIN) };
	const struct transport_result *result;

	result = exchange_with(*state, script, NULL, set_unwanted);
	assert_int_equal(result->kind, FAILURE_NONE);
	assert_int_equal(result->body_bytes, 20000000);
	assert_int_equal(result->bytes_in, 20000000 + strlen(LENGTH "20000000\r\n\r\n"));
	assert_null(result->body);
	assert_null(result->headers);
	client_ask(&client);
	assert_int_equal(client.result.body_bytes, 20000000);
	assert_false(client.result.new_connection);
	end();
}

static void a_wanted_body_of_many_reads_comes_whole(void **state)
{
	static char block[1000];
	static const struct script_step script[] = { ON_REQUEST, SEND(LENGTH "65536\r\n\r\n"),
						     SEND_MANY(block, 1000, 65),
						     SEND_SLOW(block, 536), THEN(AGAIN) };

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (char)('a' + i % 26);
	exchange_with(*state, script, NULL, NULL);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(client.result.kind, FAILURE_NONE);
		assert_int_equal(client.result.body_len, 65536);
		for (size_t i = 0; i < 65536; i++)
			assert_int_equal(client.result.body[i], block[i % 1000]);
		assert_string_equal(client.result.headers, "Content-Length: 65536\r\n");
		client_ask(&client);
	}
	end();
}

static void a_body_above_the_limit_is_too_large(void **state)
{
	static char block[1000];
	static const struct script_step by_length[] = { ON_REQUEST,
							SEND(LENGTH "65537\r\n\r\n"),
							{ SCRIPT_SEND_MANY, block, 1000,
							  .count = 66 },
							THEN(END) };
	static const struct script_step by_bytes[] = { ON_REQUEST,
						       SEND(OK "\r\n"),
						       { SCRIPT_SEND_MANY, block, 1000,
							 .count = 66 },
						       THEN(END) };

	assert_int_equal(exchange_with(*state, by_length, NULL, NULL)->kind, FAILURE_TOO_LARGE);
	assert_int_equal(client.result.status, 200);
	end();
	assert_int_equal(exchange_with(*state, by_bytes, NULL, NULL)->kind, FAILURE_TOO_LARGE);
	end();
}

static void a_head_above_the_limit_is_too_large(void **state)
{
	static const struct script_step script[] = { ON_REQUEST, SEND(OK),
						     SEND_MANY("Header: value\r\n", 0, 300),
						     THEN(END) };

	assert_int_equal(exchange_with(*state, script, NULL, NULL)->kind, FAILURE_TOO_LARGE);
	end();
}

/* Ask for a body that comes compressed. */
static void exchange_packed(const struct transport_ops *ops, const void *data, size_t len,
			    enum pack_format format, void (*options)(struct http_options *http))
{
	static char packed[1024], head[128];
	static struct script_step script[] = {
		ON_REQUEST,
		SEND(head),
		{ .verb = SCRIPT_SEND_CUT, .data = packed, .cut = 12 },
		THEN(AGAIN)
	};

	script[2].len = pack(format, packed, sizeof(packed), data, len);
	snprintf(head, sizeof(head), LENGTH "%zu\r\nContent-Encoding: %s\r\n\r\n", script[2].len,
		 format == PACK_GZIP ? "gzip" : "deflate");
	exchange_with(ops, script, options, NULL);
	assert_int_equal(client.result.body_bytes, script[2].len);
}

static void a_compressed_body_is_decoded_and_counted_as_it_came(void **state)
{
	static const char text[] = "hello, hello, hello, hello, hello";
	const enum pack_format formats[] = { PACK_GZIP, PACK_ZLIB };

	for (size_t i = 0; i < COUNT(formats); i++) {
		exchange_packed(*state, text, sizeof(text) - 1, formats[i], set_gzip);
		assert_int_equal(client.result.kind, FAILURE_NONE);
		assert_string_equal(client.result.body, text);
		client.request.want_body = false;
		client_ask(&client);
		assert_int_equal(client.result.kind, FAILURE_NONE);
		assert_false(client.result.new_connection);
		end();
	}
}

static void a_corrupt_compressed_body_is_malformed(void **state)
{
	static const struct script_step script[] = {
		ON_REQUEST, SEND(LENGTH "28\r\nContent-Encoding: gzip\r\n\r\n"),
		SEND("this is not gzip, not at all"), THEN(AGAIN)
	};

	exchange_with(*state, script, set_gzip, NULL);
	assert_int_equal(client.result.kind, FAILURE_PROTOCOL);
	assert_int_equal(client.result.detail, PROTOCOL_CONTENT_CORRUPT);
	end();
}

static void set_small_limit(struct http_options *http)
{
	http->gzip = true;
	http->max_body_bytes = 1000;
}

static void a_bomb_is_too_large(void **state)
{
	static const char zeros[100000];

	exchange_packed(*state, zeros, sizeof(zeros), PACK_GZIP, set_small_limit);
	assert_int_equal(client.result.kind, FAILURE_TOO_LARGE);
	end();
}

#define TESTS(ops, name)                                                                   \
	WIRE_TEST(ops, name, answers_sent_at_once_are_understood),                         \
		WIRE_TEST(ops, name, answers_sent_byte_by_byte_are_understood),            \
		WIRE_TEST(ops, name, answers_cut_anywhere_are_understood),                 \
		WIRE_TEST(ops, name, a_request_is_written_as_asked),                       \
		WIRE_TEST(ops, name, an_empty_post_says_so_and_a_get_says_nothing),        \
		WIRE_TEST(ops, name, bytes_are_counted_exactly),                           \
		WIRE_TEST(ops, name, what_is_not_wanted_is_counted_and_dropped),           \
		WIRE_TEST(ops, name, a_wanted_body_of_many_reads_comes_whole),             \
		WIRE_TEST(ops, name, a_body_above_the_limit_is_too_large),                 \
		WIRE_TEST(ops, name, a_head_above_the_limit_is_too_large),                 \
		WIRE_TEST(ops, name, a_compressed_body_is_decoded_and_counted_as_it_came), \
		WIRE_TEST(ops, name, a_corrupt_compressed_body_is_malformed),              \
		WIRE_TEST(ops, name, a_bomb_is_too_large)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTS(&transport_direct_ops, "direct"),
		TESTS(&transport_curl_ops, "curl"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
