/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_TLS_H
#define THRONG_ENGINE_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct http_options;
struct ssl_session_st;

/* TLS (OpenSSL) over non-blocking sockets that others own: the client's side with SNI,
 * verification, ALPN http/1.1 and session resumption. One engine thread. */
struct tls;        /* settings and scratch, one per transport */
struct tls_stream; /* one connection */

/* What lets a user's next connection to the same origin resume the last one; owned by the user,
 * zero at first. */
struct tls_ticket {
	struct ssl_session_st *session;
	unsigned round; /* counts tls_ticket_clear: older connections renew it no more */
};

/* Read certificates and keys. 0; or a CURLcode (> 0) telling what failed, err->text filled. err may
 * be NULL. */
int tls_new(struct tls **out, const struct http_options *http, struct error *err)
	__attribute__((warn_unused_result));
void tls_free(struct tls *tls); /* NULL is fine; after all its streams */
void tls_ticket_clear(struct tls_ticket *ticket);

/* Begin TLS on a connected socket. host is checked against the certificate; ticket (borrowed
 * until tls_close) is used and renewed. NULL when out of memory. */
struct tls_stream *tls_open(struct tls *tls, int fd, const char *host, struct tls_ticket *ticket);
/* Go on shaking hands. 0: done. -EAGAIN: when the socket is ready again. > 0: failed, a CURLcode. */
int tls_handshake(struct tls_stream *stream) __attribute__((warn_unused_result));
/* As recv(2) and send(2), with negative errno. Read until -EAGAIN, an end or an error, or until
 * tls_drained: bytes taken from the socket wait in scratch shared with all other streams.
 * 0 is the end, with notice or without; -EACCES: the server wants a certificate; -EPROTO: not TLS any
 * more. *came_ns: when the bytes came, as stamp_recv says. */
ssize_t tls_read(struct tls_stream *stream, void *data, size_t size, uint64_t *came_ns)
	__attribute__((warn_unused_result));
ssize_t tls_write(struct tls_stream *stream, const void *data, size_t len)
	__attribute__((warn_unused_result));
/* No bytes of this stream wait in the scratch. */
bool tls_drained(const struct tls_stream *stream);
/* polite: send a close notice. The socket stays open. NULL is fine. */
void tls_close(struct tls_stream *stream, bool polite);

#endif
