/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TARGET_TOKEN_H
#define THRONG_TARGET_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Login tokens that prove themselves: a serial number and its keyed hash, so a million users cost
 * no memory and tokens outlive a restart with the same seed. Good enough to tell a token from a
 * forgery in practice; no protection of anything. Pure functions, any thread. */
struct target_token_key {
	uint64_t k0, k1;
};

#define TARGET_TOKEN_CHARS 32

void target_token_key_init(struct target_token_key *key, uint64_t seed);
/* Writes 32 hex digits and a NUL. */
void target_token_format(const struct target_token_key *key, uint64_t serial,
			 char dst[TARGET_TOKEN_CHARS + 1]);
/* True for a token made with this key; then *serial is its number. */
bool target_token_check(const struct target_token_key *key, const char *text, size_t len,
			uint64_t *serial);
/* SipHash-2-4 (Aumasson and Bernstein 2012). */
uint64_t target_token_hash(const struct target_token_key *key, const void *data, size_t len);

#endif
