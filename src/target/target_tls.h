/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TARGET_TARGET_TLS_H
#define THRONG_TARGET_TARGET_TLS_H

struct bufferevent;
struct error;
struct target;

/* Serve TLS 1.2 and 1.3 with a certificate chain and key (PEM files): before the first
 * connection. 0, or -EINVAL with err->text. */
int target_tls_init(struct target *target, const char *cert, const char *key, struct error *err)
	__attribute__((warn_unused_result));
/* What a TLS connection is made of; NULL when out of memory. evhttp owns it. */
struct bufferevent *target_tls_connection(struct target *target);
void target_tls_fini(struct target *target);

#endif
