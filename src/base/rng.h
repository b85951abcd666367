/* SPDX-License-Identifier: MIT */
#ifndef THRONG_BASE_RNG_H
#define THRONG_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* A small seeded generator (xoshiro256**, Blackman and Vigna 2018); one per user, so runs
 * repeat. */
struct rng {
	uint64_t s[4];
};

/* Start stream `stream` of seed `seed`; equal pairs give equal sequences (state by splitmix64). */
void rng_seed(struct rng *rng, uint64_t seed, uint64_t stream);
uint64_t rng_u64(struct rng *rng);
/* Uniform in [0, n) without modulo bias (Lemire 2019); n >= 1. */
uint64_t rng_below(struct rng *rng, uint64_t n);
/* Uniform in [0, 1) with 53 bits. */
double rng_double(struct rng *rng);
/* Exponentially distributed with the given mean (inverse transform); mean >= 0. */
double rng_exponential(struct rng *rng, double mean);
/* Write 36 characters of a random version-4 UUID (RFC 9562), lower case, no NUL. */
void rng_uuid4(struct rng *rng, char dst[36]);
/* Write n lower-case hex digits, no NUL. */
void rng_hex(struct rng *rng, char *dst, size_t n);
/* A seed from the operating system, for runs that name none. */
uint64_t rng_system_seed(void);

#endif
