/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine/stash.h"

#include "unit.h"

#include <errno.h>

static struct stashes stashes;

static void a_stash_comes_empty_with_its_limits(void **state)
{
	struct stash *stash;

	(void)state;
	stashes_init(&stashes, 10, 20);
	for (int i = 0; i < 3; i++) {
		stash = stash_get(&stashes);
		assert_int_equal(stash->rest.len + stash->headers.len + stash->body.len, 0);
		assert_int_equal(buf_add(&stash->rest, "0123456789", 10), 0);
		assert_int_equal(buf_add(&stash->headers, "0123456789x", 11), -EMSGSIZE);
		assert_int_equal(buf_add(&stash->headers, "01", 2), 0);
		assert_int_equal(buf_add(&stash->body, "01234567890123456789", 20), 0);
		stash_put(&stashes, stash);
	}
	stashes_fini(&stashes);
}

static void the_one_put_back_last_is_used_first(void **state)
{
	struct stash *a, *b;

	(void)state;
	stashes_init(&stashes, 10, 20);
	a = stash_get(&stashes);
	b = stash_get(&stashes);
	stash_put(&stashes, a);
	stash_put(&stashes, b);
	assert_ptr_equal(stash_get(&stashes), b);
	assert_ptr_equal(stash_get(&stashes), a);
	stash_put(&stashes, a);
	stash_put(&stashes, b);
	stash_put(&stashes, NULL);
	stashes_fini(&stashes);
	assert_int_equal(stashes.spare_bytes, 0);
}

static void what_is_kept_for_later_is_bounded(void **state)
{
	static char body[900 * 1024];
	struct stash *all[100], *big;

	(void)state;
	stashes_init(&stashes, 10, 1 << 24);
	big = stash_get(&stashes);
	for (int i = 0; i < 3; i++)
		assert_int_equal(buf_add(&big->body, body, sizeof(body)), 0);
	stash_put(&stashes, big); /* one big body does not stay */
	assert_int_equal(stashes.spare_bytes, 0);
	for (size_t i = 0; i < COUNT(all); i++) {
		all[i] = stash_get(&stashes);
		assert_int_equal(buf_add(&all[i]->body, body, sizeof(body) / 2), 0);
	}
	for (size_t i = 0; i < COUNT(all); i++)
		stash_put(&stashes, all[i]);
	assert_true(stashes.spare_bytes > 0);
	assert_true(stashes.spare_bytes <= 64 * 1024 * 1024);
	stashes_fini(&stashes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stash_comes_empty_with_its_limits),
		cmocka_unit_test(the_one_put_back_last_is_used_first),
		cmocka_unit_test(what_is_kept_for_later_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
