/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_SHA256_H
#define THRONG_RECORD_SHA256_H

#include <stddef.h>

/* SHA-256 (FIPS 180-4). Locust sorts its failures by it; nothing here needs it to be fast or
 * secret. */
#define SHA256_HEX_SIZE 65

/* Write the digest of len bytes at data as 64 lower-case hex digits and a NUL. Any thread. */
void sha256_hex(const void *data, size_t len, char dst[SHA256_HEX_SIZE]);

#endif
