/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_EXCHANGE_CURL_H
#define THRONG_RECORD_EXCHANGE_CURL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct mask_marks;
struct scenario;

/* A piece of a request, masked; where its masks stand. */
struct exchange_piece {
	const char *data;
	size_t len;
	const struct mask_marks *marks; /* NULL: it has none */
};

struct exchange_request {
	const char *method;
	bool tls, home;
	const char *host; /* no brackets */
	uint16_t port;
	struct exchange_piece path, headers, body;
	bool has_body;
	uint64_t body_bytes; /* all of it */
	bool body_cut;       /* the body is longer than what is kept */
	bool cut;            /* the same of headers or path */
	uint64_t timeout_ns; /* give up after it; 0: no word about it */
};

/* "http://host:port/path": the path as it was sent, but for bytes that no URL may hold. */
void exchange_url(struct buf *out, const struct exchange_request *request);
/* Append a command line for bash that sends the same request with curl(1), the scenario's way of
 * connecting included. Masked values are shell variables; their names are appended to `variables`,
 * blanks between, each once. Pure. */
void exchange_curl(struct buf *out, struct buf *variables, const struct scenario *scenario,
		   const struct exchange_request *request);

#endif
