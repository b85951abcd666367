/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/rng.h"

#include <math.h>
#include <stdio.h>

#include "unit.h"

static void the_generator_is_xoshiro256starstar(void **state)
{
	/* First outputs of the published reference code for the state 1, 2, 3, 4. */
	static const uint64_t want[] = { 11520ULL,
					 0ULL,
					 1509978240ULL,
					 1215971899390074240ULL,
					 1216172134540287360ULL,
					 607988272756665600ULL,
					 16172922978634559625ULL,
					 8476171486693032832ULL };
	struct rng rng = { { 1, 2, 3, 4 } };

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++)
		assert_true(rng_u64(&rng) == want[i]);
}

static void equal_seeds_repeat_and_others_differ(void **state)
{
	struct rng a, b;
	uint64_t first[64][64];

	(void)state;
	rng_seed(&a, 42, 7);
	rng_seed(&b, 42, 7);
	for (int i = 0; i < 1000; i++)
		assert_true(rng_u64(&a) == rng_u64(&b));
	for (uint64_t seed = 0; seed < 64; seed++) {
		for (uint64_t stream = 0; stream < 64; stream++) {
			rng_seed(&a, seed, stream);
			first[seed][stream] = rng_u64(&a);
		}
	}
	for (size_t i = 0; i < 64 * 64; i++) {
		for (size_t j = 0; j < i; j++)
			assert_true(first[i / 64][i % 64] != first[j / 64][j % 64]);
	}
}

static void streams_of_neighbours_do_not_overlap(void **state)
{
	struct rng a, b;
	uint64_t seen[4];

	(void)state;
	/* A naive seeding gives stream n+1 the state of stream n, one word on. */
	rng_seed(&a, 1, 1);
	rng_seed(&b, 1, 2);
	memcpy(seen, a.s, sizeof(seen));
	for (size_t i = 0; i < 4; i++) {
		for (size_t j = 0; j < 4; j++)
			assert_true(seen[i] != b.s[j]);
	}
}

static void below_stays_below_and_reaches_everything_evenly(void **state)
{
	static const uint64_t limits[] = { 1, 2, 3, 10, 1000, (1ULL << 63) + 1, UINT64_MAX };
	struct rng rng;
	unsigned counts[6] = { 0 };

	(void)state;
	rng_seed(&rng, 3, 0);
	for (size_t i = 0; i < COUNT(limits); i++) {
		for (int n = 0; n < 10000; n++)
			assert_true(rng_below(&rng, limits[i]) < limits[i]);
	}
	for (int n = 0; n < 60000; n++)
		counts[rng_below(&rng, 6)]++;
	/* Five standard deviations of a binomial of 60,000 in 1/6: 457. */
	for (size_t i = 0; i < COUNT(counts); i++)
		assert_in_range(counts[i], 10000 - 457, 10000 + 457);
}

static void large_limits_have_no_modulo_bias(void **state)
{
	struct rng rng;
	uint64_t limit = 3ULL << 62, low = 0;

	(void)state;
	/* With a plain modulo the lower third would come twice as often as each other. */
	rng_seed(&rng, 4, 0);
	for (int n = 0; n < 30000; n++)
		low += rng_below(&rng, limit) < (1ULL << 62);
	assert_in_range(low, 10000 - 410, 10000 + 410);
}

static void doubles_are_in_the_half_open_unit(void **state)
{
	struct rng rng;
	double sum = 0;

	(void)state;
	rng_seed(&rng, 5, 0);
	for (int n = 0; n < 100000; n++) {
		double x = rng_double(&rng);

		assert_true(x >= 0 && x < 1);
		sum += x;
	}
	assert_true(fabs(sum / 100000 - 0.5) < 0.005);
}

static void exponentials_have_their_mean_and_are_finite(void **state)
{
	struct rng rng;
	double sum = 0, beyond = 0;

	(void)state;
	rng_seed(&rng, 6, 0);
	for (int n = 0; n < 200000; n++) {
		double x = rng_exponential(&rng, 2.0);

		assert_true(x >= 0 && x < 80);
		sum += x;
		beyond += x > 2.0;
	}
	assert_true(fabs(sum / 200000 - 2.0) < 0.03);
	assert_true(fabs(beyond / 200000 - exp(-1)) < 0.006);
	assert_true(rng_exponential(&rng, 0) == 0);
}

static void the_digits_of_a_uuid_are_the_random_bits_in_order(void **state)
{
	struct rng rng, again;
	char uuid[37] = "", want[64];

	(void)state;
	for (unsigned seed = 0; seed < 200; seed++) {
		rng_seed(&rng, seed, 7);
		rng_seed(&again, seed, 7);
		rng_uuid4(&rng, uuid);
		uint64_t hi = (rng_u64(&again) & ~0xf000ULL) | 0x4000;
		uint64_t lo = (rng_u64(&again) & ~(3ULL << 62)) | 1ULL << 63;
		snprintf(want, sizeof(want), "%08x-%04x-%04x-%04x-%012llx", (unsigned)(hi >> 32),
			 (unsigned)(hi >> 16 & 0xffff), (unsigned)(hi & 0xffff),
			 (unsigned)(lo >> 48), (unsigned long long)(lo & 0xffffffffffff));
		assert_string_equal(uuid, want);
	}
}

static void uuids_say_version_4_and_variant_10_and_never_repeat(void **state)
{
	static const char hex[] = "0123456789abcdef";
	struct rng rng;
	char uuids[500][37];

	(void)state;
	rng_seed(&rng, 8, 0);
	for (size_t n = 0; n < COUNT(uuids); n++) {
		uuids[n][36] = '#';
		rng_uuid4(&rng, uuids[n]);
		assert_int_equal(uuids[n][36], '#');
		for (size_t i = 0; i < 36; i++) {
			if (i == 8 || i == 13 || i == 18 || i == 23)
				assert_int_equal(uuids[n][i], '-');
			else
				assert_non_null(memchr(hex, uuids[n][i], 16));
		}
		assert_int_equal(uuids[n][14], '4');
		assert_non_null(memchr("89ab", uuids[n][19], 4));
		for (size_t j = 0; j < n; j++)
			assert_memory_not_equal(uuids[n], uuids[j], 36);
	}
}

static void every_free_bit_of_a_uuid_varies(void **state)
{
	struct rng rng;
	bool seen[36][16] = { { false } };

	(void)state;
	rng_seed(&rng, 9, 0);
	for (int n = 0; n < 2000; n++) {
		char uuid[36];

		rng_uuid4(&rng, uuid);
		for (size_t i = 0; i < 36; i++) {
			if (uuid[i] != '-')
				seen[i][uuid[i] <= '9' ? uuid[i] - '0' : uuid[i] - 'a' + 10] = true;
		}
	}
	for (size_t i = 0; i < 36; i++) {
		int digits = 0;

		for (size_t d = 0; d < 16; d++)
			digits += seen[i][d];
		if (i == 8 || i == 13 || i == 18 || i == 23)
			assert_int_equal(digits, 0);
		else
			assert_int_equal(digits, i == 14 ? 1 : i == 19 ? 4 : 16);
	}
}

static void hex_writes_exactly_what_was_asked_for(void **state)
{
	struct rng rng;
	char text[66];

	(void)state;
	for (size_t n = 0; n <= 64; n++) {
		rng_seed(&rng, 10, n);
		memset(text, '#', sizeof(text));
		rng_hex(&rng, text, n);
		text[65] = '\0';
		assert_int_equal(strspn(text, "0123456789abcdef"), n);
	}
	/* Not the same sixteen over and over. */
	assert_memory_not_equal(text, text + 16, 16);
}

static void system_seeds_differ(void **state)
{
	(void)state;
	assert_true(rng_system_seed() != rng_system_seed());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_generator_is_xoshiro256starstar),
		cmocka_unit_test(equal_seeds_repeat_and_others_differ),
		cmocka_unit_test(streams_of_neighbours_do_not_overlap),
		cmocka_unit_test(below_stays_below_and_reaches_everything_evenly),
		cmocka_unit_test(large_limits_have_no_modulo_bias),
		cmocka_unit_test(doubles_are_in_the_half_open_unit),
		cmocka_unit_test(exponentials_have_their_mean_and_are_finite),
		cmocka_unit_test(the_digits_of_a_uuid_are_the_random_bits_in_order),
		cmocka_unit_test(uuids_say_version_4_and_variant_10_and_never_repeat),
		cmocka_unit_test(every_free_bit_of_a_uuid_varies),
		cmocka_unit_test(hex_writes_exactly_what_was_asked_for),
		cmocka_unit_test(system_seeds_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
