/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "message/frame.h"

#include <stdio.h>

#include "unit.h"

static void a_new_frame_is_zero_with_empty_strings(void **state)
{
	struct frame *frame = frame_new();

	(void)state;
	assert_string_equal(frame->scenario, "");
	assert_string_equal(frame->target, "");
	assert_string_equal(frame->next_scenario, "");
	assert_string_equal(frame->notice, "");
	assert_string_equal(frame->plan, "");
	assert_string_equal(frame->all.method, "");
	assert_string_equal(frame->all.name, "");
	assert_string_equal(frame->generator.reason, "");
	assert_string_equal(frame->docker_problem, "");
	assert_string_equal(frame->postgres_problem, "");
	assert_string_equal(frame->console_table, "");
	assert_string_equal(frame->baseline, "");
	assert_string_equal(frame->replay, "");
	assert_string_equal(frame->answer, "");
	assert_string_equal(frame->knee.text, "");
	assert_int_equal(frame->all.endpoint, SAMPLE_ALL);
	assert_int_equal(frame->sequence, 0);
	assert_int_equal(frame->state, RUN_IDLE);
	assert_int_equal(frame->verdict, VERDICT_PENDING);
	assert_int_equal(frame->row_count, 0);
	assert_false(frame->last);
	frame_free(frame);
	frame_free(NULL);
}

static void memory_is_zeroed_aligned_and_apart(void **state)
{
	struct frame *frame = frame_new();
	unsigned char *parts[300];

	(void)state;
	/* Sizes around and above the block, so that blocks end in every way. */
	for (size_t i = 0; i < COUNT(parts); i++) {
		size_t size = i % 50 == 49 ? 100000 : 1 + i * 7;

		parts[i] = frame_alloc(frame, size, 1);
		assert_int_equal((uintptr_t)parts[i] % _Alignof(max_align_t), 0);
		for (size_t j = 0; j < size; j++)
			assert_int_equal(parts[i][j], 0);
		memset(parts[i], (int)(i % 255) + 1, size);
	}
	for (size_t i = 0; i < COUNT(parts); i++) {
		size_t size = i % 50 == 49 ? 100000 : 1 + i * 7;

		for (size_t j = 0; j < size; j++)
			assert_int_equal(parts[i][j], i % 255 + 1);
	}
	frame_free(frame);
}

static void something_large_does_not_waste_the_block_being_filled(void **state)
{
	struct frame *frame = frame_new();
	const char *before, *after;

	(void)state;
	before = frame_alloc(frame, 1, 16);
	frame_alloc(frame, 1, 1000000);
	after = frame_alloc(frame, 1, 16);
	assert_ptr_equal(after, before + 16);
	frame_free(frame);
}

static void strings_are_copied_into_the_frame(void **state)
{
	struct frame *frame = frame_new();
	char source[] = "/api/v1/deployments/";
	const char *copy = frame_strdup(frame, source);
	const char *line = frame_printf(frame, "users %d → %d", 100, 200);
	const char *empty = frame_printf(frame, "%s", "");
	char wide[40001];

	(void)state;
	memset(source, 'x', sizeof(source) - 1);
	assert_string_equal(copy, "/api/v1/deployments/");
	assert_string_equal(line, "users 100 → 200");
	assert_string_equal(empty, "");
	assert_string_equal(frame_strdup(frame, ""), "");
	memset(wide, 'w', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	assert_string_equal(frame_printf(frame, "%s", wide), wide);
	frame_free(frame);
}

static void verdicts_have_the_names_of_the_result_file(void **state)
{
	(void)state;
	assert_string_equal(verdict_name(VERDICT_PENDING), "PENDING");
	assert_string_equal(verdict_name(VERDICT_PASS), "PASS");
	assert_string_equal(verdict_name(VERDICT_FAIL), "FAIL");
	assert_string_equal(verdict_name(VERDICT_INVALID), "INVALID");
	assert_string_equal(verdict_name((enum verdict)77), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_frame_is_zero_with_empty_strings),
		cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
		cmocka_unit_test(something_large_does_not_waste_the_block_being_filled),
		cmocka_unit_test(strings_are_copied_into_the_frame),
		cmocka_unit_test(verdicts_have_the_names_of_the_result_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
