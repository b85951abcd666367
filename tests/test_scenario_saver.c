/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "message/command.h"
#include "message/frame.h"
#include "record/publish.h"
#include "record/run.h"
#include "samples.h"
#include "scenario/scenario.h"

#define START (1000 * SEC)

static const char TEXT[] =
	"{ \"name\": \"t\", \"target\": \"http://h\","
	"  \"load\": { \"users\": 10, \"spawn_rate\": 10 }, \"users\": {"
	"\"A\": { \"weight\": 3, \"tasks\": { \"t\": { \"get\": \"/a\" } } } } }";

struct desk {
	char dir[32], file[64];
	struct scenario *scenario;
	struct run *run;
	struct publisher *publisher;
};

static uint64_t fake_wall_ns(void)
{
	return 1800000000 * SEC;
}

static struct scenario *load(const char *file)
{
	const struct scenario_overrides over = { 0 };
	struct errors *errs = errors_new();
	struct scenario *scenario = NULL;

	if (scenario_load(&scenario, file, &over, errs) != 0) {
		errors_print(errs, stderr);
		fail_msg("the loader refuses %s", file);
	}
	errors_free(errs);
	return scenario;
}

static int setup(void **state)
{
	struct desk *desk = mem_new(sizeof(*desk));
	FILE *out;

	snprintf(desk->dir, sizeof(desk->dir), "test_saver.XXXXXX");
	if (mkdtemp(desk->dir) == NULL)
		return -1;
	snprintf(desk->file, sizeof(desk->file), "%s/load.json", desk->dir);
	out = fopen(desk->file, "w");
	fputs(TEXT, out);
	fclose(out);
	desk->scenario = load(desk->file);
	desk->run = run_new(&(struct run_config){ .scenario = desk->scenario,
						  .engine_count = 1,
						  .scenario_count = 1,
						  .wall_ns = fake_wall_ns });
	desk->publisher = publisher_new(desk->scenario, "", SEC);
	*state = desk;
	return 0;
}

static int teardown(void **state)
{
	static const char *const NAMES[] = { "load.json", "load-driven.json", "mine.json" };
	struct desk *desk = *state;
	char path[64];

	publisher_free(desk->publisher);
	run_free(desk->run);
	scenario_free(desk->scenario);
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", desk->dir, NAMES[i]);
		unlink(path);
	}
	int rc = rmdir(desk->dir);
	free(desk);
	return rc;
}

static void begin(struct desk *desk)
{
	struct sample started = sample_event(0, START, EVENT_STARTED, START, 0);

	run_sample(desk->run, &started, START);
}

static void move_users(struct desk *desk, uint64_t at_ns, double value)
{
	run_command(desk->run, &(struct command){ .type = COMMAND_USERS,
						  .class_id = COMMAND_ALL,
						  .at_ns = START + at_ns,
						  .value = value });
}

/* The frame that holds the answer of that number. */
static struct frame *answer(struct desk *desk, uint32_t sequence)
{
	uint64_t end_ns = clock_now_ns() + 60 * SEC;

	for (;;) {
		struct frame *frame =
			publisher_frame(desk->publisher, desk->run, START + 60 * SEC, "", "");
		if (frame->answer_sequence >= sequence)
			return frame;
		frame_free(frame);
		assert_true(clock_now_ns() < end_ns);
		sched_yield();
	}
}

static void the_drive_so_far_is_saved_beside_the_scenario(void **state)
{
	struct desk *desk = *state;
	char path[64], wanted[160];

	begin(desk);
	move_users(desk, 30 * SEC, 20);
	publisher_save_scenario(desk->publisher, desk->run, START + 60 * SEC, "");
	struct frame *frame = answer(desk, 1);
	snprintf(path, sizeof(path), "%s/load-driven.json", desk->dir);
	snprintf(wanted, sizeof(wanted), "saved as %s: 4 stages, 01:00 long, up to 20 users", path);
	assert_string_equal(frame->answer, wanted);
	assert_false(frame->answer_bad);
	assert_int_equal(frame->answer_sequence, 1);
	frame_free(frame);
	struct scenario *saved = load(path);
	assert_int_equal(saved->load.stage_count, 4);
	assert_int_equal(saved->load.duration_ns, 60 * SEC);
	scenario_free(saved);
}

static void a_taken_name_is_refused_and_another_works(void **state)
{
	struct desk *desk = *state;
	char wanted[160], path[64];

	begin(desk);
	publisher_save_scenario(desk->publisher, desk->run, START + 60 * SEC, desk->file);
	struct frame *frame = answer(desk, 1);
	snprintf(wanted, sizeof(wanted), "not saved: %s is there already", desk->file);
	assert_string_equal(frame->answer, wanted);
	assert_true(frame->answer_bad);
	frame_free(frame);
	snprintf(path, sizeof(path), "%s/mine.json", desk->dir);
	publisher_save_scenario(desk->publisher, desk->run, START + 60 * SEC, path);
	frame = answer(desk, 2);
	assert_false(frame->answer_bad);
	frame_free(frame);
	assert_int_equal(access(path, R_OK), 0);
	struct scenario *same = load(desk->file); /* untouched */
	assert_int_equal(same->load.stage_count, 0);
	scenario_free(same);
}

static void before_the_start_there_is_nothing_to_save(void **state)
{
	struct desk *desk = *state;

	publisher_save_scenario(desk->publisher, desk->run, START, "");
	struct frame *frame = answer(desk, 1);
	assert_string_equal(frame->answer, "not saved: the load has not begun");
	assert_true(frame->answer_bad);
	frame_free(frame);
}

static void a_file_still_being_written_is_waited_for_at_the_end(void **state)
{
	struct desk *desk = *state;

	begin(desk);
	publisher_save_scenario(desk->publisher, desk->run, START + 60 * SEC, "");
	/* teardown frees the publisher at once, and finds the whole file */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_drive_so_far_is_saved_beside_the_scenario,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_taken_name_is_refused_and_another_works, setup,
						teardown),
		cmocka_unit_test_setup_teardown(before_the_start_there_is_nothing_to_save, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_file_still_being_written_is_waited_for_at_the_end,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
