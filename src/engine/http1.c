/* SPDX-License-Identifier: MIT */
/* HTTP/1.x answers, incrementally (RFC 9112).
 *
 * The head is kept contiguous by the caller until it is complete: a line is looked at once all
 * of it and the byte behind it (a fold?) are there, so a cut anywhere gives the same result and
 * the header lines come out as one span without copying. Bodies are consumed as they come.
 *
 * Why not a library: bookworm has only http-parser 2.9.4, which its authors call unmaintained since
 * 2020 (its successor llhttp is not packaged). Measured side by side on one core, per answer:
 * nginx's "return 200" (161 bytes) 106 ns here, 283 ns there; 13 headers as Django sends them (488
 * bytes) 210 and 620 ns. It also hands headers out in fragments that the caller must copy, where
 * one span is wanted here.
 *
 * Where the RFC leaves a choice: a lone LF ends a line; Transfer-Encoding wins over
 * Content-Length and the connection is not reused; the same length said twice is one length. */
#include "config.h"

#include "engine/http1.h"

#include <string.h>

#include "engine/http1_line.h"

enum state { HEAD, BODY, BODY_UNTIL_CLOSE, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILERS, DONE };

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static void reset_head(struct http1 *parser)
{
	parser->status = 0;
	parser->coding = HTTP1_IDENTITY;
	parser->chunked = parser->said_close = parser->said_keep_alive = false;
	parser->said_length = parser->said_coding = false;
	parser->length = 0;
	parser->scan = 0;
}

/* The head is complete: what follows? RFC 9112 §6.3 in its order. */
static void frame_body(struct http1 *parser)
{
	bool none = parser->to_head_request || parser->status == 204 || parser->status == 304;

	parser->keep_alive = !parser->said_close && (!parser->http10 || parser->said_keep_alive);
	parser->has_length = parser->said_length && !parser->chunked;
	if (none) {
		parser->state = DONE;
	} else if (parser->chunked) {
		if (parser->said_length || parser->http10)
			parser->keep_alive = false;
		parser->state = CHUNK_SIZE;
	} else if (parser->said_length) {
		parser->left = parser->length;
		parser->state = parser->left ? BODY : DONE;
	} else {
		parser->until_close = true;
		parser->keep_alive = false;
		parser->state = BODY_UNTIL_CLOSE;
	}
}

static enum http1_event fail(struct http1 *parser, enum protocol_error error)
{
	parser->error = error;
	return HTTP1_ERROR;
}

/* The end of what may still be read when no more than `room` bytes of a line or head are allowed. */
static char *limit(char *data, size_t len, size_t room)
{
	return data + (len < room ? len : room);
}

/* Read the lines of the head at data. HTTP1_HEAD: complete, *used bytes. */
static enum http1_event read_head(struct http1 *parser, char *data, size_t len,
				  struct http1_piece *piece)
{
	size_t room = parser->max_head - parser->spent;
	char *end = limit(data, len, room), *line = data + parser->scan, *next;
	enum protocol_error error;

	while (line < end) {
		if (line == data) {
			next = http1_line_status(parser, line, end, &error);
			parser->head_start = next ? (size_t)(next - data) : 0;
		} else if (*line == '\n' || (*line == '\r' && end - line > 1 && line[1] == '\n')) {
			piece->data = data + parser->head_start;
			piece->len = (size_t)(line - piece->data);
			line += *line == '\n' ? 1 : 2;
			parser->spent += (size_t)(line - data);
			piece->used += (size_t)(line - data);
			return HTTP1_HEAD;
		} else if (*line == '\r' && end - line == 1) {
			break;
		} else {
			next = http1_line_header(parser, line, end, false, &error);
		}
		if (error)
			return fail(parser, error);
		if (!next)
			break;
		line = next;
		parser->scan = (size_t)(line - data);
	}
	return len >= room ? HTTP1_TOO_LARGE : HTTP1_MORE;
}

static enum http1_event read_trailers(struct http1 *parser, char *data, size_t len,
				      struct http1_piece *piece)
{
	size_t room = parser->max_head - parser->spent;
	char *end = limit(data, len, room), *line = data, *next;
	enum protocol_error error;

	while (line < end) {
		if (*line == '\n' || (*line == '\r' && end - line > 1 && line[1] == '\n')) {
			piece->used += (size_t)(line - data) + (*line == '\n' ? 1 : 2);
			parser->state = DONE;
			return HTTP1_DONE;
		}
		if (*line == '\r' && end - line == 1)
			break;
		next = http1_line_header(parser, line, end, true, &error);
		if (error)
			return fail(parser, error);
		if (!next)
			break;
		line = next;
	}
	parser->spent += (size_t)(line - data);
	piece->used += (size_t)(line - data);
	return len >= room ? HTTP1_TOO_LARGE : HTTP1_MORE;
}

static int hex_value(char c)
{
	if ((c >= '0' && c <= '9'))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The line in front of a chunk. HTTP1_BODY: read, *used bytes. */
static enum http1_event read_chunk_size(struct http1 *parser, char *data, size_t len,
					struct http1_piece *piece)
{
	char *end = limit(data, len, parser->max_head), *p = data, *eol, *next;
	uint64_t size = 0;
	bool bad;

	for (; p < end && hex_value(*p) >= 0; p++) {
		if (size > INT64_MAX >> 4)
			return fail(parser, PROTOCOL_CHUNK_SIZE);
		size = size << 4 | (uint64_t)hex_value(*p);
	}
	if (p < end && (p == data || (!blank(*p) && *p != ';' && *p != '\r' && *p != '\n')))
		return fail(parser, PROTOCOL_CHUNK_SIZE);
	next = http1_line_end(p, end, &eol, &bad);
	if (!next)
		return len >= parser->max_head ? HTTP1_TOO_LARGE : HTTP1_MORE;
	if (bad)
		return fail(parser, PROTOCOL_CHUNK_SIZE);
	while (p < eol && blank(*p))
		p++;
	if (p < eol && *p != ';')
		return fail(parser, PROTOCOL_CHUNK_SIZE);
	piece->used += (size_t)(next - data);
	parser->left = size;
	parser->state = size ? CHUNK_DATA : TRAILERS;
	parser->spent = 0;
	return HTTP1_BODY;
}

/* The line end behind a chunk's data. */
static enum http1_event read_chunk_end(struct http1 *parser, const char *data, size_t len,
				       struct http1_piece *piece)
{
	if (len && data[0] == '\n') {
		piece->used += 1;
	} else if (len && data[0] != '\r') {
		return fail(parser, PROTOCOL_CHUNK_END);
	} else if (len < 2) {
		return HTTP1_MORE;
	} else if (data[1] != '\n') {
		return fail(parser, PROTOCOL_CHUNK_END);
	} else {
		piece->used += 2;
	}
	parser->state = CHUNK_SIZE;
	return HTTP1_BODY;
}

static enum http1_event read_body(struct http1 *parser, char *data, size_t len,
				  struct http1_piece *piece)
{
	if (len == 0)
		return HTTP1_MORE;
	if (!parser->until_close && len > parser->left)
		len = (size_t)parser->left;
	piece->data = data;
	piece->len = len;
	piece->used += len;
	if (!parser->until_close)
		http1_skip(parser, len);
	else
		parser->body_bytes += len;
	return HTTP1_BODY;
}

void http1_begin(struct http1 *parser, bool to_head_request, size_t max_head_bytes)
{
	memset(parser, 0, sizeof(*parser));
	parser->to_head_request = to_head_request;
	parser->max_head = max_head_bytes;
}

enum http1_event http1_next(struct http1 *parser, char *data, size_t len, struct http1_piece *piece)
{
	enum http1_event event = HTTP1_MORE;

	*piece = (struct http1_piece){ 0 };
	for (;;) {
		char *rest = data + piece->used;
		size_t rest_len = len - piece->used;

		switch ((enum state)parser->state) {
		case HEAD:
			event = read_head(parser, rest, rest_len, piece);
			if (event != HTTP1_HEAD)
				return event;
			if (parser->status == 101)
				return fail(parser, PROTOCOL_SWITCHED);
			if (parser->status >= 200) {
				frame_body(parser);
				return HTTP1_HEAD;
			}
			reset_head(parser);
			continue;
		case BODY:
		case BODY_UNTIL_CLOSE:
		case CHUNK_DATA:
			return read_body(parser, rest, rest_len, piece);
		case CHUNK_SIZE:
			event = read_chunk_size(parser, rest, rest_len, piece);
			break;
		case CHUNK_END:
			event = read_chunk_end(parser, rest, rest_len, piece);
			break;
		case TRAILERS:
			return read_trailers(parser, rest, rest_len, piece);
		case DONE:
			return HTTP1_DONE;
		}
		if (event != HTTP1_BODY)
			return event;
	}
}

bool http1_end(const struct http1 *parser)
{
	return parser->state == DONE || parser->state == BODY_UNTIL_CLOSE;
}

uint64_t http1_skippable(const struct http1 *parser)
{
	return parser->state == BODY || parser->state == CHUNK_DATA ? parser->left : 0;
}

void http1_skip(struct http1 *parser, uint64_t n)
{
	parser->left -= n;
	parser->body_bytes += n;
	if (parser->left == 0)
		parser->state = parser->state == BODY ? DONE : CHUNK_END;
}
