/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MESSAGE_EXCHANGE_H
#define THRONG_MESSAGE_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

/* A failed request as it was on the wire: what an engine hands to the recorder besides its sample,
 * for some of the failures. Raw: secrets are still in it, so it goes nowhere but to the recorder,
 * which masks it (record/exchange_note.c) and wipes it before giving it back. */

#define EXCHANGE_BODY_MAX    4096 /* bytes kept of each body, its beginning */
#define EXCHANGE_HEADERS_MAX 4096 /* and of each list of header lines */
#define EXCHANGE_PATH_MAX    2048
#define EXCHANGE_HOST_MAX    256
#define EXCHANGE_SECRETS_MAX 8192 /* bytes of values to be masked */
#define EXCHANGE_METHOD_MAX  24

enum exchange_part {
	EXCHANGE_HOST,
	EXCHANGE_PATH, /* with its query */
	EXCHANGE_REQUEST_HEADERS,
	EXCHANGE_REQUEST_BODY,
	EXCHANGE_RESPONSE_HEADERS,
	EXCHANGE_RESPONSE_BODY, /* without a complete head: the bytes that came instead */
	EXCHANGE_PARTS
};

#define EXCHANGE_DATA_MAX \
	(EXCHANGE_HOST_MAX + EXCHANGE_PATH_MAX + 2 * EXCHANGE_HEADERS_MAX + 2 * EXCHANGE_BODY_MAX)

struct exchange {
	uint64_t intended_ns, start_ns, end_ns; /* as in struct sample */
	uint64_t first_byte_ns;                 /* monotonic; 0: none came */
	uint64_t connect_ns;                    /* how long; 0: no connection was opened */
	uint64_t bytes_in, bytes_out;
	uint64_t response_body_bytes; /* received in all */
	uint64_t user;                /* number, from 0 */
	int32_t detail;               /* see enum failure_kind */
	uint16_t endpoint, class_id, status, port;
	uint16_t hops;  /* redirects followed before this request */
	uint8_t kind;   /* enum failure_kind */
	uint8_t flags;  /* SAMPLE_FLAG_... */
	bool tls, home; /* home: sent to the scenario's target */
	bool has_body;
	bool coded;       /* the response's body is still in its Content-Encoding */
	bool headless;    /* no complete head came */
	bool secrets_cut; /* more values to be masked than fit: nothing may be shown */
	char method[EXCHANGE_METHOD_MAX];
	struct {
		uint32_t at, len; /* in data */
		uint64_t full;    /* bytes there were; above len: the rest was not kept */
	} parts[EXCHANGE_PARTS];
	uint32_t used; /* of data */
	uint32_t secrets_used;
	char data[EXCHANGE_DATA_MAX];
	char secrets[EXCHANGE_SECRETS_MAX];
};

/* Begin an empty one; does not touch data. */
void exchange_clear(struct exchange *exchange);
/* Keep the first `max` bytes of a part (once per part, within the maxima above). `full`: how many
 * there were, at least len. data may be NULL when len is 0. */
void exchange_put(struct exchange *exchange, enum exchange_part part, const char *data, size_t len,
		  size_t max, uint64_t full);
const char *exchange_part(const struct exchange *exchange, enum exchange_part part, size_t *len);
/* Add a value that must be masked wherever it appears: the variable's slot. Sets secrets_cut when
 * it does not fit. */
void exchange_add_secret(struct exchange *exchange, uint16_t slot, const char *value, size_t len);
/* Read them in turn, beginning with *at = 0. False after the last. */
bool exchange_next_secret(const struct exchange *exchange, uint32_t *at, uint16_t *slot,
			  const char **value, size_t *len);
/* Overwrite everything a stranger or a secret could have put in. */
void exchange_wipe(struct exchange *exchange);

/* The way of exchanges from one engine to the recorder and of the emptied ones back: two rings of
 * pointers over a fixed number of exchanges. So an engine never allocates for them and never
 * waits: without an empty one the request is counted as ever and only its capture is left out. */
#define EXCHANGE_LINK_ITEMS 32

struct exchange_link;

/* 0 or the negative errno of ring_new. Caller frees with exchange_link_free once both threads are
 * done with it. */
int exchange_link_new(struct exchange_link **out) __attribute__((warn_unused_result));
void exchange_link_free(struct exchange_link *link); /* NULL is fine */
/* Engine: an empty one to fill in; NULL: all are on their way. Does not block. */
struct exchange *exchange_link_take(struct exchange_link *link);
/* Engine: hand it over; wakes nobody, the recorder looks several times a second. */
void exchange_link_send(struct exchange_link *link, struct exchange *exchange);
/* Recorder: the oldest one sent; NULL: none. */
struct exchange *exchange_link_receive(struct exchange_link *link);
/* Recorder: give it back, wiped. */
void exchange_link_return(struct exchange_link *link, struct exchange *exchange);

#endif
