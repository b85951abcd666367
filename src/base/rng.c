/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/rng.h"

#include <assert.h>
#include <math.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"

/* xoshiro256** 1.0 and splitmix64 as published at prng.di.unimi.it (public domain, Blackman and
 * Vigna). Not for secrets: whoever sees the output can compute the state. */

__extension__ typedef unsigned __int128 uint128;

static const char hex_digits[16] = { '0', '1', '2', '3', '4', '5', '6', '7',
				     '8', '9', 'a', 'b', 'c', 'd', 'e', 'f' };

static uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static uint64_t rotl(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

void rng_seed(struct rng *rng, uint64_t seed, uint64_t stream)
{
	uint64_t x = seed;

	/* Mixed between the two, so that neither nearby seeds nor nearby streams share a part of
	 * their splitmix sequence. Four outputs of a bijection of a counter: never all zero. */
	x = splitmix64(&x) ^ stream;
	x = splitmix64(&x);
	for (int i = 0; i < 4; i++)
		rng->s[i] = splitmix64(&x);
}

uint64_t rng_u64(struct rng *rng)
{
	uint64_t *s = rng->s;
	uint64_t result = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

uint64_t rng_below(struct rng *rng, uint64_t n)
{
	uint128 m;

	assert(n >= 1);
	/* Lemire, "Fast random integer generation in an interval" (2019), algorithm 5: the
	 * division is reached only when the low half is below n. */
	m = (uint128)rng_u64(rng) * n;
	if ((uint64_t)m < n) {
		uint64_t threshold = (0 - n) % n;

		while ((uint64_t)m < threshold)
			m = (uint128)rng_u64(rng) * n;
	}
	return (uint64_t)(m >> 64);
}

double rng_double(struct rng *rng)
{
	return (double)(rng_u64(rng) >> 11) * 0x1.0p-53;
}

double rng_exponential(struct rng *rng, double mean)
{
	/* 1 - u is in (0, 1], so the logarithm is finite: at most 36.8 times the mean. */
	return -mean * log1p(-rng_double(rng));
}

/* The eight hex digits of v, highest first, without a step for each: one digit a byte, all at once. */
static void put_hex8(char *dst, uint32_t v)
{
	uint64_t x = v;

	x = (x << 16 | x) & 0x0000ffff0000ffff;
	x = (x << 8 | x) & 0x00ff00ff00ff00ff;
	x = (x << 4 | x) & 0x0f0f0f0f0f0f0f0f;
	uint64_t letters = ((x + 0x0606060606060606) >> 4) & 0x0101010101010101;
	x += 0x3030303030303030 + letters * ('a' - '0' - 10);
	for (int i = 7; i >= 0; i--, x >>= 8)
		dst[i] = (char)(x & 0xff);
}

void rng_uuid4(struct rng *rng, char dst[36])
{
	uint64_t hi = rng_u64(rng);
	uint64_t lo = rng_u64(rng);
	char digits[32];

	hi = (hi & ~0xf000ULL) | 0x4000ULL;                         /* version 4 */
	lo = (lo & ~0xc000000000000000ULL) | 0x8000000000000000ULL; /* variant 10 */
	put_hex8(digits, (uint32_t)(hi >> 32));
	put_hex8(digits + 8, (uint32_t)hi);
	put_hex8(digits + 16, (uint32_t)(lo >> 32));
	put_hex8(digits + 24, (uint32_t)lo);
	memcpy(dst, digits, 8);
	memcpy(dst + 9, digits + 8, 4);
	memcpy(dst + 14, digits + 12, 4);
	memcpy(dst + 19, digits + 16, 4);
	memcpy(dst + 24, digits + 20, 12);
	dst[8] = dst[13] = dst[18] = dst[23] = '-';
}

void rng_hex(struct rng *rng, char *dst, size_t n)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < n; i++) {
		if (i % 16 == 0)
			bits = rng_u64(rng);
		dst[i] = hex_digits[bits & 15];
		bits >>= 4;
	}
}

uint64_t rng_system_seed(void)
{
	uint64_t seed;

	/* Blocking only before the kernel's pool is first filled, early at boot; a kernel without
	 * the call leaves the clocks, which is enough for a seed that gets printed. */
	if (getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed))
		return seed;
	seed = clock_wall_ns() ^ rotl(clock_now_ns(), 32);
	return splitmix64(&seed);
}
