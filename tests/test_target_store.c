/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "target/target_store.h"
#include "target/target_token.h"

static void an_id_is_written_and_read_as_a_version_4_uuid(void **state)
{
	struct target_id id, back;
	struct rng rng;
	char text[TARGET_ID_CHARS + 1];

	(void)state;
	rng_seed(&rng, 1, 1);
	for (int i = 0; i < 1000; i++) {
		id = target_id_new(&rng);
		target_id_format(id, text);
		assert_int_equal(strlen(text), TARGET_ID_CHARS);
		assert_int_equal(text[14], '4');
		assert_non_null(strchr("89ab", text[19]));
		assert_true(target_id_parse(&back, text, TARGET_ID_CHARS));
		assert_int_equal(back.high, id.high);
		assert_int_equal(back.low, id.low);
	}
	assert_true(target_id_parse(&back, "ABCDEF01-2345-6789-abcd-ef0123456789", 36));
	assert_int_equal(back.high, 0xabcdef0123456789ULL);
	assert_int_equal(back.low, 0xabcdef0123456789ULL);
}

static void what_is_no_uuid_is_refused(void **state)
{
	static const char *const bad[] = { "",
					   "abcdef01-2345-6789-abcd-ef012345678",
					   "abcdef01-2345-6789-abcd-ef01234567890",
					   "abcdef0102345-6789-abcd-ef0123456789",
					   "abcdef01-2345-6789-abcd-ef012345678g",
					   "abcdef01--345-6789-abcd-ef0123456789" };
	struct target_id id = { 7, 8 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(target_id_parse(&id, bad[i], strlen(bad[i])));
	assert_int_equal(id.high, 7);
}

static void a_full_store_forgets_the_oldest_and_nothing_else(void **state)
{
	enum { CAPACITY = 64, PUTS = 10000 };
	struct target_store *store = target_store_new(CAPACITY, sizeof(uint64_t));
	struct target_id ids[PUTS], id;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 2, 2);
	for (uint64_t i = 0; i < PUTS; i++) {
		/* few distinct bits: long probe chains, which deletion must keep whole */
		ids[i].high = i;
		ids[i].low = rng_below(&rng, 4);
		*(uint64_t *)target_store_put(store, ids[i]) = i;
		if (i % 97 != 0)
			continue;
		for (uint64_t j = i > 2 * CAPACITY ? i - 2 * CAPACITY : 0; j <= i; j++) {
			const uint64_t *item = target_store_get(store, ids[j]);

			if (j + CAPACITY <= i) {
				assert_null(item);
			} else {
				assert_non_null(item);
				assert_int_equal(*item, j);
			}
		}
	}
	assert_true(target_store_full(store));
	assert_int_equal(target_store_end(store), PUTS);
	assert_int_equal(target_store_first(store), PUTS - CAPACITY);
	assert_int_equal(*(uint64_t *)target_store_at(store, PUTS - 1, &id), PUTS - 1);
	assert_int_equal(id.high, PUTS - 1);
	target_store_free(store);
}

static void the_hash_of_tokens_is_siphash_2_4(void **state)
{
	/* the vector of the paper's appendix A: key 00..0f, input 00..0e */
	const struct target_token_key key = { 0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL };
	unsigned char input[15];

	(void)state;
	for (unsigned i = 0; i < sizeof(input); i++)
		input[i] = (unsigned char)i;
	assert_true(target_token_hash(&key, input, sizeof(input)) == 0xa129ca6149be45e5ULL);
}

static void only_tokens_of_the_same_key_hold(void **state)
{
	struct target_token_key key, other;
	char token[TARGET_TOKEN_CHARS + 1];
	uint64_t serial = 0;

	(void)state;
	target_token_key_init(&key, 1);
	target_token_key_init(&other, 2);
	target_token_format(&key, 123456789, token);
	assert_true(target_token_check(&key, token, TARGET_TOKEN_CHARS, &serial));
	assert_int_equal(serial, 123456789);
	assert_false(target_token_check(&other, token, TARGET_TOKEN_CHARS, &serial));
	assert_false(target_token_check(&key, token, TARGET_TOKEN_CHARS - 1, &serial));
	for (unsigned i = 0; i < TARGET_TOKEN_CHARS; i++) {
		char kept = token[i];

		token[i] = kept == '0' ? '1' : '0';
		assert_false(target_token_check(&key, token, TARGET_TOKEN_CHARS, &serial));
		token[i] = kept;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_is_written_and_read_as_a_version_4_uuid),
		cmocka_unit_test(what_is_no_uuid_is_refused),
		cmocka_unit_test(a_full_store_forgets_the_oldest_and_nothing_else),
		cmocka_unit_test(the_hash_of_tokens_is_siphash_2_4),
		cmocka_unit_test(only_tokens_of_the_same_key_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
