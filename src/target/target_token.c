/* SPDX-License-Identifier: MIT */
/* Tokens of the practice backend: 16 hex digits of serial number, 16 of SipHash-2-4 over it. */
#include "config.h"

#include "target/target_token.h"

#include <stdio.h>
#include <string.h>

#include "base/rng.h"

#define TOKEN_STREAM 0x746f6b656eULL /* apart from the streams of latencies and ids */

static uint64_t rotl(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static uint64_t load_le(const unsigned char *bytes, size_t count)
{
	uint64_t word = 0;

	for (size_t i = 0; i < count; i++)
		word |= (uint64_t)bytes[i] << (8 * i);
	return word;
}

uint64_t target_token_hash(const struct target_token_key *key, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	uint64_t v[4] = { key->k0 ^ 0x736f6d6570736575ULL, key->k1 ^ 0x646f72616e646f6dULL,
			  key->k0 ^ 0x6c7967656e657261ULL, key->k1 ^ 0x7465646279746573ULL };
	size_t whole = len & ~(size_t)7;

	for (size_t i = 0; i <= whole; i += 8) {
		uint64_t word = i < whole ? load_le(bytes + i, 8)
					  : load_le(bytes + i, len - whole) | (uint64_t)len << 56;

		v[3] ^= word;
		sip_round(v);
		sip_round(v);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void target_token_key_init(struct target_token_key *key, uint64_t seed)
{
	struct rng rng;

	rng_seed(&rng, seed, TOKEN_STREAM);
	key->k0 = rng_u64(&rng);
	key->k1 = rng_u64(&rng);
}

static uint64_t mac(const struct target_token_key *key, uint64_t serial)
{
	unsigned char bytes[8];

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(serial >> (8 * i));
	return target_token_hash(key, bytes, sizeof(bytes));
}

void target_token_format(const struct target_token_key *key, uint64_t serial,
			 char dst[TARGET_TOKEN_CHARS + 1])
{
	snprintf(dst, TARGET_TOKEN_CHARS + 1, "%016llx%016llx", (unsigned long long)serial,
		 (unsigned long long)mac(key, serial));
}

static bool parse_hex16(const char *text, uint64_t *out)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 16; i++) {
		char c = text[i];

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	*out = value;
	return true;
}

bool target_token_check(const struct target_token_key *key, const char *text, size_t len,
			uint64_t *serial)
{
	uint64_t number, proof;

	if (len != TARGET_TOKEN_CHARS || !parse_hex16(text, &number) ||
	    !parse_hex16(text + 16, &proof) || proof != mac(key, number))
		return false;
	*serial = number;
	return true;
}
