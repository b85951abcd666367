/* SPDX-License-Identifier: MIT */
/* TLS with OpenSSL directly.
 *
 * The bytes go through a BIO of our own: send(2) with MSG_NOSIGNAL instead of the socket BIO's
 * write(2), and one recv(2) into scratch shared by all streams instead of two reads per record
 * (OpenSSL's read-ahead would keep 16 KiB per idle connection). Scratch belongs to one stream
 * at a time: whoever reads goes on until it is empty. */
#include "config.h"

#include "engine/tls.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <curl/curl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "base/mem.h"
#include "engine/stamp.h"
#include "scenario/scenario.h"

#define SCRATCH_BYTES 65536

struct tls {
	SSL_CTX *ctx;
	BIO_METHOD *method;
	const struct tls_stream *owner; /* of the scratch, when at < len */
	size_t at, len;
	uint64_t came_ns; /* what is in it, see stamp.h */
	unsigned char scratch[SCRATCH_BYTES];
};

struct tls_stream {
	struct tls *tls;
	SSL *ssl;
	struct tls_ticket *ticket;
	unsigned round; /* of the ticket when the stream began */
	int fd;
	int error; /* errno of the last failed recv or send */
	bool ended;
};

static int bio_write(BIO *bio, const char *data, int len)
{
	struct tls_stream *stream = BIO_get_data(bio);
	ssize_t n = send(stream->fd, data, (size_t)len, MSG_NOSIGNAL);

	BIO_clear_retry_flags(bio);
	if (n < 0) {
		stream->error = errno;
		if (errno == EAGAIN || errno == EINTR)
			BIO_set_retry_write(bio);
		return -1;
	}
	return (int)n;
}

static int bio_read(BIO *bio, char *data, int size)
{
	struct tls_stream *stream = BIO_get_data(bio);
	struct tls *tls = stream->tls;
	size_t n = (size_t)size;

	BIO_clear_retry_flags(bio);
	if (tls->at == tls->len) {
		ssize_t got = stamp_recv(stream->fd, tls->scratch, sizeof(tls->scratch), 0,
					 &tls->came_ns);

		if (got <= 0) {
			stream->error = (int)-got;
			stream->ended |= got == 0;
			if (got == -EAGAIN || got == -EINTR)
				BIO_set_retry_read(bio);
			return got < 0 ? -1 : 0;
		}
		tls->owner = stream;
		tls->at = 0;
		tls->len = (size_t)got;
	}
	assert(tls->owner == stream);
	if (n > tls->len - tls->at)
		n = tls->len - tls->at;
	memcpy(data, tls->scratch + tls->at, n);
	tls->at += n;
	return (int)n;
}

static long bio_ctrl(BIO *bio, int command, long num, void *ptr)
{
	const struct tls_stream *stream = BIO_get_data(bio);

	(void)num;
	(void)ptr;
	if (command == BIO_CTRL_EOF)
		return stream->ended;
	return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP;
}

/* A new session to resume later: kept by the user whose connection it came over. */
static int keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls_stream *stream = SSL_get_app_data(ssl);

	if (stream->round != stream->ticket->round)
		return 0;
	SSL_SESSION_free(stream->ticket->session);
	stream->ticket->session = session;
	return 1;
}

/* The sentence OpenSSL has for the last error. */
static const char *reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	return text ? text : "unknown error";
}

static int load_trust(SSL_CTX *ctx, const struct http_options *http, struct error *err)
{
	if (http->insecure) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
		return 0;
	}
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (!http->ca_file) {
		SSL_CTX_set_default_verify_paths(ctx);
		return 0;
	}
	if (SSL_CTX_load_verify_file(ctx, http->ca_file) != 1) {
		error_set(err, "cannot read CA certificates from %s: %s", http->ca_file, reason());
		return CURLE_SSL_CACERT_BADFILE;
	}
	return 0;
}

static int load_identity(SSL_CTX *ctx, const struct http_options *http, struct error *err)
{
	const char *key = http->key_file ? http->key_file : http->cert_file;

	if (!http->cert_file)
		return 0;
	if (SSL_CTX_use_certificate_chain_file(ctx, http->cert_file) != 1) {
		error_set(err, "cannot use the client certificate %s: %s", http->cert_file,
			  reason());
		return CURLE_SSL_CERTPROBLEM;
	}
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1) {
		error_set(err, "cannot use the client key %s: %s", key, reason());
		return CURLE_SSL_CERTPROBLEM;
	}
	return 0;
}

static BIO_METHOD *new_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "throng");

	if (!method)
		return NULL;
	BIO_meth_set_write(method, bio_write);
	BIO_meth_set_read(method, bio_read);
	BIO_meth_set_ctrl(method, bio_ctrl);
	return method;
}

int tls_new(struct tls **out, const struct http_options *http, struct error *err)
{
	static const unsigned char alpn[] = "\x08http/1.1";
	struct tls *tls = mem_new(sizeof(*tls));
	int rc = CURLE_FAILED_INIT;

	ERR_clear_error();
	tls->method = new_method();
	tls->ctx = SSL_CTX_new(TLS_client_method());
	if (!tls->method || !tls->ctx) {
		error_set(err, "cannot set up TLS: %s", reason());
		goto out;
	}
	SSL_CTX_set_mode(tls->ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
					   SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* an end without notice ends a body without length, as in browsers, libcurl and Python */
	SSL_CTX_set_options(tls->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_alpn_protos(tls->ctx, alpn, sizeof(alpn) - 1);
	SSL_CTX_set_session_cache_mode(tls->ctx,
				       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(tls->ctx, keep_session);
	rc = load_trust(tls->ctx, http, err);
	if (rc == 0)
		rc = load_identity(tls->ctx, http, err);
out:
	if (rc)
		tls_free(tls);
	else
		*out = tls;
	ERR_clear_error();
	return rc;
}

void tls_free(struct tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->ctx);
	BIO_meth_free(tls->method);
	free(tls);
}

void tls_ticket_clear(struct tls_ticket *ticket)
{
	SSL_SESSION_free(ticket->session);
	ticket->session = NULL;
	ticket->round++;
}

/* Name the server: for its choice of certificate and for our check of it. */
static bool set_host(SSL *ssl, const char *host)
{
	unsigned char ip[sizeof(struct in6_addr)];
	void *name;

	if (inet_pton(AF_INET, host, ip) == 1 || inet_pton(AF_INET6, host, ip) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	memcpy(&name, &host, sizeof(name)); /* OpenSSL takes a copy of what it points to */
	return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name) == 1 &&
	       SSL_set1_host(ssl, host) == 1;
}

struct tls_stream *tls_open(struct tls *tls, int fd, const char *host, struct tls_ticket *ticket)
{
	struct tls_stream *stream = mem_new(sizeof(*stream));
	BIO *bio = BIO_new(tls->method);

	stream->tls = tls;
	stream->fd = fd;
	stream->ticket = ticket;
	stream->round = ticket->round;
	stream->ssl = SSL_new(tls->ctx);
	if (!bio || !stream->ssl || !set_host(stream->ssl, host)) {
		BIO_free(bio);
		SSL_free(stream->ssl);
		free(stream);
		ERR_clear_error();
		return NULL;
	}
	BIO_set_data(bio, stream);
	BIO_set_init(bio, 1);
	SSL_set_bio(stream->ssl, bio, bio);
	SSL_set_app_data(stream->ssl, stream);
	if (ticket->session && SSL_SESSION_is_resumable(ticket->session))
		SSL_set_session(stream->ssl, ticket->session);
	SSL_set_connect_state(stream->ssl);
	return stream;
}

int tls_handshake(struct tls_stream *stream)
{
	int rc, why;

	ERR_clear_error();
	rc = SSL_do_handshake(stream->ssl);
	if (rc == 1)
		return 0;
	why = SSL_get_error(stream->ssl, rc);
	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
		return -EAGAIN;
	if (SSL_get_verify_mode(stream->ssl) != SSL_VERIFY_NONE &&
	    SSL_get_verify_result(stream->ssl) != X509_V_OK)
		return CURLE_PEER_FAILED_VERIFICATION;
	return CURLE_SSL_CONNECT_ERROR;
}

/* What an SSL_read or SSL_write that gave rc <= 0 means. */
static ssize_t failed(struct tls_stream *stream, int rc)
{
	unsigned long error = ERR_peek_error();

	switch (SSL_get_error(stream->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SYSCALL:
		return stream->error ? -stream->error : -ECONNRESET;
	default:
		if (ERR_GET_REASON(error) == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED)
			return -EACCES;
		return -EPROTO;
	}
}

ssize_t tls_read(struct tls_stream *stream, void *data, size_t size, uint64_t *came_ns)
{
	size_t n;
	int rc;

	ERR_clear_error();
	rc = SSL_read_ex(stream->ssl, data, size, &n);
	*came_ns = stream->tls->owner == stream ? stream->tls->came_ns : 0;
	return rc == 1 ? (ssize_t)n : failed(stream, rc);
}

ssize_t tls_write(struct tls_stream *stream, const void *data, size_t len)
{
	ssize_t why;
	size_t n;
	int rc;

	ERR_clear_error();
	rc = SSL_write_ex(stream->ssl, data, len, &n);
	if (rc == 1)
		return (ssize_t)n;
	why = failed(stream, rc);
	return why ? why : -EPIPE;
}

bool tls_drained(const struct tls_stream *stream)
{
	return stream->tls->owner != stream || stream->tls->at == stream->tls->len;
}

void tls_close(struct tls_stream *stream, bool polite)
{
	if (!stream)
		return;
	if (stream->tls->owner == stream) {
		stream->tls->owner = NULL;
		stream->tls->at = stream->tls->len = 0;
	}
	ERR_clear_error();
	if (polite && SSL_is_init_finished(stream->ssl))
		SSL_shutdown(stream->ssl);
	/* without this OpenSSL would declare the session not resumable */
	SSL_set_shutdown(stream->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(stream->ssl);
	ERR_clear_error();
	free(stream);
}
