/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_CERT_H
#define THRONG_TESTS_CERT_H

/* A self-signed certificate (P-256, valid for a day) and its key as PEM files. san is as in
 * openssl's configuration: "DNS:a.test,IP:127.0.0.1". Fails the test on any error. */
void cert_write(const char *cert_path, const char *key_path, const char *san);

#endif
