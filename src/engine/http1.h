/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_HTTP1_H
#define THRONG_ENGINE_HTTP1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/protocol.h"

/* Incremental parser of one HTTP/1.x answer (RFC 9112): bytes in, events out. Pure: no I/O, no
 * allocation, no clock. How the bytes are cut into pieces never changes what comes out, but for
 * the cuts between body pieces. */

enum http1_event {
	HTTP1_MORE,      /* nothing more can be told from these bytes */
	HTTP1_HEAD,      /* the head of the final answer is complete (1xx are skipped) */
	HTTP1_BODY,      /* a piece of the body, transfer coding removed */
	HTTP1_DONE,      /* the answer is complete; bytes behind it are not part of it */
	HTTP1_TOO_LARGE, /* headers or trailers above the limit */
	HTTP1_ERROR      /* malformed: see http1.error */
};

enum http1_coding { HTTP1_IDENTITY, HTTP1_GZIP, HTTP1_DEFLATE, HTTP1_OTHER_CODING };

/* Embedded by its user. Fields are valid from HTTP1_HEAD on unless said otherwise. */
struct http1 {
	unsigned status;
	enum protocol_error error; /* after HTTP1_ERROR */
	enum http1_coding coding;
	bool keep_alive;     /* the connection may carry another request */
	bool chunked;        /* the body's length comes in pieces */
	bool has_length;     /* Content-Length was given and counts */
	bool until_close;    /* the body ends where the connection does */
	uint64_t length;     /* Content-Length as given */
	uint64_t body_bytes; /* body bytes handed out or skipped so far */

	/* private */
	uint8_t state;
	bool to_head_request;
	bool http10;
	bool said_close, said_keep_alive, said_length, said_coding;
	uint64_t left;     /* of the body or the chunk */
	size_t scan;       /* head, trailers: bytes of complete lines */
	size_t head_start; /* where the header lines begin behind the status line */
	size_t spent;      /* bytes of heads and trailers so far */
	size_t max_head;
};

/* One event's place in the bytes given. */
struct http1_piece {
	size_t used; /* bytes consumed by this call, from the front */
	/* HEAD: the header lines, each with its line end (CRLF, from a sloppy server LF), without
	 * status line and blank line; BODY: the piece. Points into the bytes given. */
	char *data;
	size_t len;
};

/* Begin an answer. to_head_request: no body follows whatever the headers say. max_head_bytes: limit of
 * each of heads (1xx included) and trailers, at least 64. */
void http1_begin(struct http1 *parser, bool to_head_request, size_t max_head_bytes);

/* Read on. Bytes not consumed must be given again in front of the following ones; after
 * HTTP1_MORE these are at most max_head_bytes (an incomplete head or line). Folded header lines
 * are unfolded in place, so the bytes are writable. Call again (with the rest) after HEAD and
 * BODY; after DONE, TOO_LARGE and ERROR never. `piece` is filled every time. */
enum http1_event http1_next(struct http1 *parser, char *data, size_t len,
			    struct http1_piece *piece);

/* The connection ended here. True: the answer is complete (it was to end so). */
bool http1_end(const struct http1 *parser);

/* Body bytes known to follow that may be thrown away unseen; 0 when a look is needed. */
uint64_t http1_skippable(const struct http1 *parser);
/* Tell that n of them (n <= http1_skippable) were thrown away. Afterwards http1_next goes on. */
void http1_skip(struct http1 *parser, uint64_t n);

#endif
