/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/buf.h"

#include <errno.h>
#include <stdlib.h>

#include "unit.h"

static void a_new_buffer_is_an_empty_string(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 10);
	assert_string_equal(buf_str(&buf), "");
	assert_null(buf.data);
	assert_int_equal(buf.len, 0);
	assert_false(buf.overflow);
	buf_reset(&buf);
	assert_string_equal(buf_str(&buf), "");
	buf_fini(&buf);
}

static void appends_add_up_and_stay_terminated(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 1000);
	assert_int_equal(buf_adds(&buf, "GET "), 0);
	assert_int_equal(buf_addc(&buf, '/'), 0);
	assert_int_equal(buf_add(&buf, "a\0b", 3), 0);
	assert_int_equal(buf_addf(&buf, " %s/%d", "HTTP", 1), 0);
	assert_int_equal(buf_add(&buf, NULL, 0), 0);
	assert_int_equal(buf_addf(&buf, "%s", ""), 0);
	assert_int_equal(buf.len, 15);
	assert_memory_equal(buf.data, "GET /a\0b HTTP/1", 16);
	buf_fini(&buf);
	assert_null(buf.data);
	buf_fini(&buf);
}

static void content_survives_growing(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 1 << 20);
	for (int i = 0; i < 20000; i++)
		assert_int_equal(buf_addf(&buf, "%05d,", i), 0);
	assert_int_equal(buf.len, 120000);
	for (int i = 0; i < 20000; i++)
		assert_int_equal(atol(buf.data + (size_t)i * 6), i);
	assert_true(buf.cap <= 2 * (buf.len + 1));
	buf_fini(&buf);
}

static void the_maximum_is_usable_to_the_last_byte(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 5);
	assert_int_equal(buf_adds(&buf, "12345"), 0);
	assert_false(buf.overflow);
	assert_int_equal(buf_add(&buf, "", 0), 0);
	assert_false(buf.overflow);
	assert_int_equal(buf_addc(&buf, '6'), -EMSGSIZE);
	assert_true(buf.overflow);
	assert_string_equal(buf_str(&buf), "12345");
	buf_fini(&buf);

	buf_init(&buf, 5);
	assert_int_equal(buf_addf(&buf, "%d", 12345), 0);
	assert_false(buf.overflow);
	buf_fini(&buf);

	buf_init(&buf, 0);
	assert_int_equal(buf_addc(&buf, 'x'), -EMSGSIZE);
	assert_int_equal(buf_adds(&buf, ""), 0);
	assert_string_equal(buf_str(&buf), "");
	buf_fini(&buf);
}

static void an_append_past_the_maximum_changes_nothing_and_is_remembered(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 100);
	assert_int_equal(buf_adds(&buf, "kept"), 0);
	assert_int_equal(buf_addf(&buf, "%0200d", 7), -EMSGSIZE);
	assert_true(buf.overflow);
	assert_int_equal(buf.len, 4);
	assert_string_equal(buf_str(&buf), "kept");
	assert_int_equal(buf_add(&buf, "", SIZE_MAX), -EMSGSIZE);
	assert_int_equal(buf_add(&buf, "", SIZE_MAX - 4), -EMSGSIZE);
	/* Small things still go in; the mark stays until the reset. */
	assert_int_equal(buf_adds(&buf, "!"), 0);
	assert_string_equal(buf_str(&buf), "kept!");
	assert_true(buf.overflow);
	buf_reset(&buf);
	assert_false(buf.overflow);
	assert_string_equal(buf_str(&buf), "");
	buf_fini(&buf);
}

static void a_reset_keeps_the_memory(void **state)
{
	struct buf buf;
	char *memory;

	(void)state;
	buf_init(&buf, 4096);
	assert_int_equal(buf_addf(&buf, "%01000d", 1), 0);
	memory = buf.data;
	for (int i = 0; i < 10; i++) {
		buf_reset(&buf);
		assert_int_equal(buf_addf(&buf, "%01000d", i), 0);
		assert_ptr_equal(buf.data, memory);
	}
	buf_fini(&buf);
}

static void reserved_room_is_filled_by_the_caller(void **state)
{
	struct buf buf;
	char *room;

	(void)state;
	buf_init(&buf, 200);
	assert_int_equal(buf_adds(&buf, "a"), 0);
	room = buf_reserve(&buf, 150);
	assert_non_null(room);
	memset(room, 'b', 150);
	buf.len += 150;
	assert_int_equal(strlen(buf_str(&buf)), 151);
	assert_null(buf_reserve(&buf, 50));
	assert_true(buf.overflow);
	assert_non_null(buf_reserve(&buf, 49));
	buf_fini(&buf);
}

static void taken_memory_is_the_callers(void **state)
{
	struct buf buf;
	size_t len = 99;
	char *taken;

	(void)state;
	buf_init(&buf, 100);
	taken = buf_take(&buf, &len);
	assert_string_equal(taken, "");
	assert_int_equal(len, 0);
	free(taken);
	assert_int_equal(buf_adds(&buf, "first"), 0);
	taken = buf_take(&buf, NULL);
	assert_string_equal(buf_str(&buf), "");
	assert_int_equal(buf_adds(&buf, "second"), 0);
	assert_string_equal(taken, "first");
	assert_string_equal(buf_str(&buf), "second");
	free(taken);
	buf_fini(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_buffer_is_an_empty_string),
		cmocka_unit_test(appends_add_up_and_stay_terminated),
		cmocka_unit_test(content_survives_growing),
		cmocka_unit_test(the_maximum_is_usable_to_the_last_byte),
		cmocka_unit_test(an_append_past_the_maximum_changes_nothing_and_is_remembered),
		cmocka_unit_test(a_reset_keeps_the_memory),
		cmocka_unit_test(reserved_room_is_filled_by_the_caller),
		cmocka_unit_test(taken_memory_is_the_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
