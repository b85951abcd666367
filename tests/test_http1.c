/* SPDX-License-Identifier: MIT */
/* The answer parser: each case is fed whole, cut at every position, cut at every pair of positions (short
 * ones) and byte by byte; what comes out must not depend on it. */
#include "config.h"

#include "engine/http1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT 512

/* What an answer turned out to be. */
struct outcome {
	enum http1_event end; /* DONE, TOO_LARGE, ERROR, or MORE: incomplete */
	enum protocol_error error;
	unsigned status;
	bool keep_alive, ends_with_connection;
	enum http1_coding coding;
	uint64_t body_bytes;
	size_t used;
	size_t headers_len, body_len;
	char headers[2048];
	char body[2048];
};

/* A connection as a caller keeps one: bytes not consumed come again in front of the next. */
struct feed {
	struct http1 parser;
	struct outcome out;
	size_t held;
	bool ended;
	char bytes[4096];
};

static void feed_event(struct feed *feed, enum http1_event event, const struct http1_piece *piece)
{
	struct outcome *out = &feed->out;

	if (event == HTTP1_HEAD) {
		out->status = feed->parser.status;
		out->keep_alive = feed->parser.keep_alive;
		out->coding = feed->parser.coding;
		memcpy(out->headers, piece->data, piece->len);
		out->headers_len = piece->len;
	} else if (event == HTTP1_BODY) {
		assert_true(out->body_len + piece->len <= sizeof(out->body));
		memcpy(out->body + out->body_len, piece->data, piece->len);
		out->body_len += piece->len;
	} else {
		out->end = event;
		out->error = event == HTTP1_ERROR ? feed->parser.error : PROTOCOL_NONE;
		feed->ended = event != HTTP1_MORE;
	}
}

static void feed_bytes(struct feed *feed, const char *data, size_t len)
{
	struct http1_piece piece;
	enum http1_event event;
	size_t total, at = 0;

	if (feed->ended)
		return;
	assert_true(feed->held + len <= sizeof(feed->bytes));
	memcpy(feed->bytes + feed->held, data, len);
	total = feed->held + len;
	do {
		/* an exact copy on the heap, so that a look beyond the end is found */
		char *exact = malloc(total - at + 1);

		memcpy(exact, feed->bytes + at, total - at);
		event = http1_next(&feed->parser, exact, total - at, &piece);
		feed_event(feed, event, &piece);
		memcpy(feed->bytes + at, exact, total - at);
		free(exact);
		assert_true(piece.used <= total - at);
		at += piece.used;
		feed->out.used += piece.used;
	} while (event == HTTP1_HEAD || event == HTTP1_BODY);
	feed->held = total - at;
	memmove(feed->bytes, feed->bytes + at, feed->held);
	if (event == HTTP1_MORE)
		assert_true(feed->held <= LIMIT);
}

static void feed_begin(struct feed *feed, bool to_head)
{
	memset(feed, 0, sizeof(*feed));
	http1_begin(&feed->parser, to_head, LIMIT);
}

static void feed_end(struct feed *feed)
{
	feed->out.body_bytes = feed->parser.body_bytes;
	feed->out.ends_with_connection = http1_end(&feed->parser);
}

static void assert_same(const struct outcome *a, const struct outcome *b, const char *answer,
			size_t cut)
{
	if (memcmp(a, b, sizeof(*a)) == 0)
		return;
	print_message("cut at %zu changes the outcome of:\n%s\n", cut, answer);
	assert_int_equal(a->end, b->end);
	assert_int_equal(a->error, b->error);
	assert_int_equal(a->used, b->used);
	assert_int_equal(a->body_len, b->body_len);
	assert_memory_equal(a, b, sizeof(*a));
}

static struct feed whole, cut;

/* Feed it in every way; the outcome. */
static const struct outcome *parse_n(const char *answer, size_t len, bool to_head)
{
	feed_begin(&whole, to_head);
	feed_bytes(&whole, answer, len);
	feed_end(&whole);
	for (size_t i = 0; i <= len; i++) {
		for (size_t j = i; j <= len; j += len < 200 ? 1 : len) {
			feed_begin(&cut, to_head);
			feed_bytes(&cut, answer, i);
			feed_bytes(&cut, answer + i, j - i);
			feed_bytes(&cut, answer + j, len - j);
			feed_end(&cut);
			assert_same(&whole.out, &cut.out, answer, i);
		}
	}
	feed_begin(&cut, to_head);
	for (size_t i = 0; i < len; i++)
		feed_bytes(&cut, answer + i, 1);
	feed_end(&cut);
	assert_same(&whole.out, &cut.out, answer, len);
	return &whole.out;
}

static const struct outcome *parse(const char *answer)
{
	return parse_n(answer, strlen(answer), false);
}

static void assert_body(const struct outcome *out, const char *body)
{
	assert_int_equal(out->end, HTTP1_DONE);
	assert_int_equal(out->body_len, strlen(body));
	assert_memory_equal(out->body, body, out->body_len);
	assert_int_equal(out->body_bytes, out->body_len);
}

static void content_length_frames_the_body_and_leaves_what_follows(void **state)
{
	const struct outcome *out =
		parse("HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n\r\n"
		      "helloHTTP/1.1 500 Later\r\n");

	(void)state;
	assert_body(out, "hello");
	assert_int_equal(out->status, 200);
	assert_true(out->keep_alive);
	assert_int_equal(out->used,
			 strlen("HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n\r\nhello"));
	assert_int_equal(out->headers_len, strlen("Server: x\r\nContent-Length: 5\r\n"));
	assert_memory_equal(out->headers, "Server: x\r\nContent-Length: 5\r\n", out->headers_len);
}

static void an_empty_body_is_complete_with_its_head(void **state)
{
	(void)state;
	assert_body(parse("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "");
	assert_body(parse("HTTP/1.1 204 No Content\r\n\r\n"), "");
	assert_body(parse("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n"), "");
	assert_body(parse_n("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", 39, true), "");
	assert_body(parse_n("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 47, true), "");
}

static void chunks_are_joined_and_trailers_checked(void **state)
{
	const struct outcome *out = parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
					  "5\r\nhello\r\n1;name=\"v\"\r\n,\r\n006 ; x\r\n "
					  "world\r\n0\r\nDigest: abc\r\n x\r\n\r\n+");

	(void)state;
	assert_body(out, "hello, world");
	assert_true(out->keep_alive);
	assert_int_equal(out->headers_len, strlen("Transfer-Encoding: chunked\r\n"));
	assert_body(parse("HTTP/1.1 200 OK\nTransfer-Encoding: Chunked\n\nA\n0123456789\n0\n\n"),
		    "0123456789");
}

static void a_body_without_length_ends_with_the_connection(void **state)
{
	const struct outcome *out = parse("HTTP/1.1 200 OK\r\n\r\nall of it");

	(void)state;
	assert_int_equal(out->end, HTTP1_MORE);
	assert_true(out->ends_with_connection);
	assert_false(out->keep_alive);
	assert_memory_equal(out->body, "all of it", 9);
	out = parse("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
	assert_int_equal(out->end, HTTP1_MORE);
	assert_false(out->ends_with_connection);
	assert_false(parse("HTTP/1.1 200 OK\r\nA: b\r\n")->ends_with_connection);
	assert_false(parse("")->ends_with_connection);
}

static void informational_answers_are_skipped(void **state)
{
	const struct outcome *out = parse(
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n"
		"Content-Length: 7\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok");

	(void)state;
	assert_body(out, "ok");
	assert_int_equal(out->status, 201);
	assert_int_equal(out->headers_len, strlen("Content-Length: 2\r\n"));
}

static void keep_alive_follows_the_version_and_the_connection_header(void **state)
{
	static const struct {
		const char *answer;
		bool keep;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true },
		{ "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false },
		{ "HTTP/1.1 200 OK\r\nCONNECTION: foo , Close\r\nContent-Length: 0\r\n\r\n",
		  false },
		{ "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", true },
		{ "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nConnection: close\r\n"
		  "Content-Length: 0\r\n\r\n",
		  false },
		{ "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false },
		{ "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n", true },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true },
		{ "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "0\r\n\r\n",
		  false },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n"
		  "0\r\n\r\n",
		  false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct outcome *out = parse(cases[i].answer);

		assert_int_equal(out->end, HTTP1_DONE);
		if (out->keep_alive != cases[i].keep)
			fail_msg("keep-alive wrongly told: %s", cases[i].answer);
	}
}

static void folded_headers_become_one_line(void **state)
{
	const struct outcome *out =
		parse("HTTP/1.1 200 OK\r\nX: a\r\n\tb\r\n  c\r\nContent-Length:\r\n 2\r\n\r\nok");

	(void)state;
	assert_body(out, "ok");
	assert_memory_equal(out->headers, "X: a  \tb    c\r\nContent-Length:   2\r\n",
			    out->headers_len);
}

static void content_codings_are_recognised(void **state)
{
	static const struct {
		const char *value;
		enum http1_coding coding;
	} cases[] = {
		{ "gzip", HTTP1_GZIP },
		{ "X-GZIP", HTTP1_GZIP },
		{ "deflate", HTTP1_DEFLATE },
		{ "identity", HTTP1_IDENTITY },
		{ "identity, gzip ,", HTTP1_GZIP },
		{ "br", HTTP1_OTHER_CODING },
		{ "gzip, gzip", HTTP1_OTHER_CODING },
		{ "gzip\r\nContent-Encoding: br", HTTP1_OTHER_CODING },
		{ "", HTTP1_IDENTITY },
	};
	char answer[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(answer, sizeof(answer),
			 "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: 0\r\n\r\n",
			 cases[i].value);
		assert_int_equal(parse(answer)->coding, cases[i].coding);
	}
}

static void every_malformed_answer_has_its_own_name(void **state)
{
#define OK_LINE "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK_LINE "Transfer-Encoding: chunked\r\n\r\n"
	static const struct {
		const char *answer;
		enum protocol_error error;
	} cases[] = {
		{ "SSH-2.0-OpenSSH", PROTOCOL_NOT_HTTP },
		{ "X", PROTOCOL_NOT_HTTP },
		{ "\r\nHTTP/1.1 200 OK\r\n\r\n", PROTOCOL_NOT_HTTP },
		{ "http/1.1 200 OK\r\n\r\n", PROTOCOL_NOT_HTTP },
		{ "HTTP/2.0 200 OK\r\n", PROTOCOL_VERSION },
		{ "HTTP/0.9 200 OK\r\n", PROTOCOL_VERSION },
		{ "HTTP/1\r\n", PROTOCOL_VERSION },
		{ "HTTP/1.x 200 OK\r\n", PROTOCOL_VERSION },
		{ "HTTP/1.1\r\n", PROTOCOL_STATUS_LINE },
		{ "HTTP/1.1 \r\n", PROTOCOL_STATUS_LINE },
		{ "HTTP/1.1 20\r\n", PROTOCOL_STATUS_LINE },
		{ "HTTP/1.1 2000 OK\r\n", PROTOCOL_STATUS_LINE },
		{ "HTTP/1.1 099 Low\r\n", PROTOCOL_STATUS_LINE },
		{ "HTTP/1.1 OK\r\n", PROTOCOL_STATUS_LINE },
		{ "HTTP/1.1  200 OK\r\n", PROTOCOL_STATUS_LINE },
		{ "HTTP/1.1 200 a\x01"
		  "b\r\n",
		  PROTOCOL_STATUS_LINE },
		{ "HTTP/1.1 200 OK\rX: y\r\n", PROTOCOL_STATUS_LINE },
		{ "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", PROTOCOL_SWITCHED },
		{ OK_LINE ": v\r\n\r\n", PROTOCOL_HEADER_NAME },
		{ OK_LINE "A B: v\r\n\r\n", PROTOCOL_HEADER_NAME },
		{ OK_LINE "Content-Length : 3\r\n\r\n", PROTOCOL_HEADER_NAME },
		{ OK_LINE " Folded: nothing\r\n\r\n", PROTOCOL_HEADER_NAME },
		{ OK_LINE "N\xc3\xa4me: v\r\n\r\n", PROTOCOL_HEADER_NAME },
		{ OK_LINE "no colon here\r\n\r\n", PROTOCOL_HEADER_COLON },
		{ OK_LINE "nocolon\r\n\r\n", PROTOCOL_HEADER_COLON },
		{ OK_LINE "A: b\x07"
			  "c\r\n\r\n",
		  PROTOCOL_HEADER_VALUE },
		{ OK_LINE "A: b\x7f\r\n\r\n", PROTOCOL_HEADER_VALUE },
		{ OK_LINE "A: b\rc\r\n\r\n", PROTOCOL_HEADER_VALUE },
		{ OK_LINE "Content-Length: \r\n\r\n", PROTOCOL_LENGTH },
		{ OK_LINE "Content-Length: -1\r\n\r\n", PROTOCOL_LENGTH },
		{ OK_LINE "Content-Length: +1\r\n\r\n", PROTOCOL_LENGTH },
		{ OK_LINE "Content-Length: 0x10\r\n\r\n", PROTOCOL_LENGTH },
		{ OK_LINE "Content-Length: 1 2\r\n\r\n", PROTOCOL_LENGTH },
		{ OK_LINE "Content-Length: 1\r\n 2\r\n\r\n", PROTOCOL_LENGTH },
		{ OK_LINE "Content-Length: 9223372036854775808\r\n\r\n", PROTOCOL_LENGTH },
		{ OK_LINE "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
		  PROTOCOL_LENGTHS_DIFFER },
		{ OK_LINE "Content-Length: 1, 2\r\n\r\n", PROTOCOL_LENGTHS_DIFFER },
		{ OK_LINE "Transfer-Encoding: gzip, chunked\r\n\r\n", PROTOCOL_TRANSFER_ENCODING },
		{ OK_LINE "Transfer-Encoding: chunked, chunked\r\n\r\n",
		  PROTOCOL_TRANSFER_ENCODING },
		{ OK_LINE "Transfer-Encoding: xchunked\r\n\r\n", PROTOCOL_TRANSFER_ENCODING },
		{ CHUNKED "\r\n", PROTOCOL_CHUNK_SIZE },
		{ CHUNKED "g\r\n", PROTOCOL_CHUNK_SIZE },
		{ CHUNKED "-1\r\n", PROTOCOL_CHUNK_SIZE },
		{ CHUNKED "1 2\r\n", PROTOCOL_CHUNK_SIZE },
		{ CHUNKED "1;\x01\r\n", PROTOCOL_CHUNK_SIZE },
		{ CHUNKED "8000000000000000\r\n", PROTOCOL_CHUNK_SIZE },
		{ CHUNKED "00000000000000000fffffffffffffffff\r\n", PROTOCOL_CHUNK_SIZE },
		{ CHUNKED "1\r\nabc", PROTOCOL_CHUNK_END },
		{ CHUNKED "1\r\na\rb", PROTOCOL_CHUNK_END },
		{ CHUNKED "1\r\na\r\n0\r\nno colon\r\n\r\n", PROTOCOL_HEADER_COLON },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct outcome *out = parse(cases[i].answer);

		if (out->end != HTTP1_ERROR || out->error != cases[i].error)
			fail_msg("event %d, error %d instead of %d: %s", (int)out->end,
				 (int)out->error, (int)cases[i].error, cases[i].answer);
	}
}

static void a_nul_in_a_header_is_malformed(void **state)
{
	static const char value[] = "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n";
	static const char name[] = "HTTP/1.1 200 OK\r\nA\0b: c\r\n\r\n";

	(void)state;
	assert_int_equal(parse_n(value, sizeof(value) - 1, false)->error, PROTOCOL_HEADER_VALUE);
	assert_int_equal(parse_n(name, sizeof(name) - 1, false)->error, PROTOCOL_HEADER_COLON);
}

static void what_servers_do_in_the_wild_is_accepted(void **state)
{
	(void)state;
	assert_body(parse("HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx"), "x");
	assert_body(parse("HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx"), "x");
	assert_body(parse("HTTP/1.1 200 \xc3\xa4\tb\r\ncontent-length:1  \r\n\r\nx"), "x");
	assert_body(parse("HTTP/1.9 999 Odd\nContent-Length: 1\n\nx"), "x");
	assert_body(parse("HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\nContent-Length: 01\r\n\r\nx"),
		    "x");
	assert_body(parse("HTTP/1.1 200 OK\r\nEmpty:\r\nX: \xff\xfe\r\nContent-Length: 1\r\n\r\nx"),
		    "x");
	assert_body(parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: "
			  "1\r\n\r\nx"),
		    "x");
}

/* Append n bytes of header "N: aaa…\r\n" lines to `answer`. */
static void pad(char *answer, size_t n)
{
	size_t len = strlen(answer);

	memcpy(answer + len, "P: ", 3);
	memset(answer + len + 3, 'a', n - 5);
	memcpy(answer + len + n - 2, "\r\n", 3);
}

static void a_head_above_the_limit_is_too_large_and_one_at_it_is_not(void **state)
{
	char answer[2048] = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n";
	size_t len = strlen(answer);

	(void)state;
	pad(answer, LIMIT - len - 2);
	strncat(answer, "\r\nx", 4);
	assert_body(parse(answer), "x");
	answer[len] = '\0';
	pad(answer, LIMIT - len - 1);
	strncat(answer, "\r\nx", 4);
	assert_int_equal(parse(answer)->end, HTTP1_TOO_LARGE);
	answer[len] = '\0';
	pad(answer, 1500);
	assert_int_equal(parse(answer)->end, HTTP1_TOO_LARGE);
}

static void endless_informational_answers_trailers_and_chunk_lines_are_too_large(void **state)
{
	char answer[2048] = "";

	(void)state;
	for (int i = 0; i < 30; i++)
		strncat(answer, "HTTP/1.1 102 Processing\r\n\r\n", 32);
	assert_int_equal(parse(answer)->end, HTTP1_TOO_LARGE);
	snprintf(answer, sizeof(answer), "%s", CHUNKED "0\r\n");
	for (int i = 0; i < 60; i++)
		strncat(answer, "Trailer: x\r\n", 16);
	assert_int_equal(parse(answer)->end, HTTP1_TOO_LARGE);
	snprintf(answer, sizeof(answer), "%s", CHUNKED "1;");
	for (int i = 0; i < 60; i++)
		strncat(answer, "extension=", 16);
	assert_int_equal(parse(answer)->end, HTTP1_TOO_LARGE);
}

static void body_bytes_may_be_skipped_unseen(void **state)
{
	char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\nab";
	struct http1_piece piece;
	struct http1 parser;
	size_t at;

	(void)state;
	http1_begin(&parser, false, LIMIT);
	assert_int_equal(http1_skippable(&parser), 0);
	assert_int_equal(http1_next(&parser, head, strlen(head), &piece), HTTP1_HEAD);
	at = piece.used;
	assert_true(parser.has_length);
	assert_int_equal(http1_next(&parser, head + at, strlen(head) - at, &piece), HTTP1_BODY);
	assert_int_equal(http1_skippable(&parser), 1000000000000 - 2);
	http1_skip(&parser, 1000000000000 - 3);
	assert_int_equal(http1_next(&parser, head, 0, &piece), HTTP1_MORE);
	http1_skip(&parser, 1);
	assert_int_equal(http1_next(&parser, head, 5, &piece), HTTP1_DONE);
	assert_int_equal(piece.used, 0);
	assert_int_equal(parser.body_bytes, 1000000000000);
}

static void every_protocol_error_has_a_text(void **state)
{
	(void)state;
	for (int i = 0; i < PROTOCOL_ERRORS; i++) {
		assert_non_null(protocol_error_text(i));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(protocol_error_text(i), protocol_error_text(j));
	}
	assert_non_null(protocol_error_text(-1));
	assert_non_null(protocol_error_text(PROTOCOL_ERRORS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(content_length_frames_the_body_and_leaves_what_follows),
		cmocka_unit_test(an_empty_body_is_complete_with_its_head),
		cmocka_unit_test(chunks_are_joined_and_trailers_checked),
		cmocka_unit_test(a_body_without_length_ends_with_the_connection),
		cmocka_unit_test(informational_answers_are_skipped),
		cmocka_unit_test(keep_alive_follows_the_version_and_the_connection_header),
		cmocka_unit_test(folded_headers_become_one_line),
		cmocka_unit_test(content_codings_are_recognised),
		cmocka_unit_test(every_malformed_answer_has_its_own_name),
		cmocka_unit_test(a_nul_in_a_header_is_malformed),
		cmocka_unit_test(what_servers_do_in_the_wild_is_accepted),
		cmocka_unit_test(a_head_above_the_limit_is_too_large_and_one_at_it_is_not),
		cmocka_unit_test(
			endless_informational_answers_trailers_and_chunk_lines_are_too_large),
		cmocka_unit_test(body_bytes_may_be_skipped_unseen),
		cmocka_unit_test(every_protocol_error_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
