/* SPDX-License-Identifier: MIT */
/* TLS for evhttp: its connections are made of OpenSSL bufferevents. */
#include "config.h"

#include "target/target_tls.h"

#include <errno.h>
#include <string.h>

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/error.h"
#include "target/target_core.h"

struct bufferevent *target_tls_connection(struct target *target)
{
	SSL *ssl = SSL_new(target->tls);
	struct bufferevent *bev;

	if (!ssl)
		return NULL;
	bev = bufferevent_openssl_socket_new(target->base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING,
					     BEV_OPT_CLOSE_ON_FREE);
	if (bev)
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	else
		SSL_free(ssl);
	return bev;
}

/* HTTP/1.1 for whoever asks by ALPN (RFC 7301); a client that knows only others goes without. */
static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
			   const unsigned char *offered, unsigned offered_len, void *arg)
{
	static const unsigned char known[] = "\x08http/1.1";
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, out_len, known, sizeof(known) - 1, offered,
				  offered_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static int fail(struct error *err, const char *what, const char *file)
{
	char text[256];

	ERR_error_string_n(ERR_peek_last_error(), text, sizeof(text));
	ERR_clear_error();
	error_set(err, "%s %s: %s", what, file, text);
	return -EINVAL;
}

int target_tls_init(struct target *target, const char *cert, const char *key, struct error *err)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx)
		return fail(err, "TLS", "context");
	target->tls = ctx;
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_alpn_select_cb(ctx, select_protocol, NULL);
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
		return fail(err, "certificate", cert);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		return fail(err, "private key", key);
	if (SSL_CTX_check_private_key(ctx) != 1)
		return fail(err, "the private key does not fit the certificate:", key);
	return 0;
}

void target_tls_fini(struct target *target)
{
	SSL_CTX_free(target->tls);
	target->tls = NULL;
}
