/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <math.h>
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

#include "base/buf.h"
#include "base/error.h"
#include "base/rng.h"
#include "engine/steering.h"
#include "message/command.h"
#include "scenario/driven.h"
#include "scenario/scenario.h"

#define SEC   1000000000ULL
#define MS    1000000ULL
#define START (1000 * SEC)
#define MOST  60

static struct scenario *parse(const char *text)
{
	const struct scenario_overrides over = { 0 };
	struct errors *errs = errors_new();
	struct scenario *sc = NULL;

	if (scenario_parse(&sc, "t.json", ".", text, strlen(text), &over, errs) != 0) {
		errors_print(errs, stderr);
		fail_msg("the loader refuses: %s", text);
	}
	errors_free(errs);
	return sc;
}

static struct scenario *scenario_of(const char *load)
{
	char text[2000];

	snprintf(text, sizeof(text),
		 "{ \"name\": \"By hand\", \"target\": \"http://h\", \"load\": %s, \"users\": {"
		 "\"A\": { \"weight\": 3, \"tasks\": { \"t\": { \"get\": \"/a\" } } },"
		 "\"B\": { \"weight\": 1, \"tasks\": { \"t\": { \"get\": \"/b\" } } } },"
		 "\"criteria\": [ \"failures == 0\" ] }",
		 load);
	return parse(text);
}

/* The scenario saved from a drive, as the loader reads it. */
static struct scenario *saved(const struct scenario *scenario, const struct command *moves,
			      size_t count, uint64_t end_ns, struct driven *driven)
{
	struct scenario *again;
	struct buf text;

	buf_init(&text, 1 << 20);
	driven_stages(scenario, moves, count, end_ns, driven);
	assert_int_equal(driven_print(scenario, driven, &text), 0);
	again = parse(buf_str(&text));
	buf_fini(&text);
	return again;
}

/* Steering on the run's clock: pauses are taken out by asking at the instant the clock shows t. */
static uint32_t users_at(struct steering *st, uint64_t at_ns)
{
	uint32_t counts[SCENARIO_CLASSES_MAX] = { 0 }, sum = 0;

	steering_advance(st, at_ns);
	steering_users(st, at_ns, counts);
	for (size_t i = 0; i < st->scenario->class_count; i++)
		sum += counts[i];
	return sum;
}

/* Drive both and compare at every 50 ms of the run's clock: at most `apart` users between them on the way,
 * none while they stand still. */
static void assert_same_curve(const struct scenario *by_hand, const struct command *moves,
			      size_t count, const struct scenario *stages, uint64_t end_ns,
			      uint32_t apart)
{
	struct steering first, second;
	size_t given = 0;
	uint32_t worst = 0, most = 0, before = 0;
	unsigned steady = 0;

	steering_init(&first, by_hand);
	steering_init(&second, stages);
	steering_start(&first, START);
	steering_start(&second, START);
	for (uint64_t t = 0; t <= end_ns; t += 50 * MS) {
		while (given < count && moves[given].at_ns <= t) {
			struct command move = moves[given++];
			move.at_ns += START;
			steering_advance(&first, move.at_ns);
			(void)steering_command(&first, &move);
		}
		uint32_t a = users_at(&first, START + t);
		uint64_t at_ns = START + steering_clock_ns(&first, START + t);
		if (steering_ended(&first, START + t))
			break;
		uint32_t b = users_at(&second, at_ns);
		uint32_t difference = a > b ? a - b : b - a;
		if (difference > apart) { /* a jump by hand is a ramp of a millisecond by stages */
			b = users_at(&second, at_ns + 3 * MS);
			difference = a > b ? a - b : b - a;
		}
		most = a > most ? a : most;
		if (difference > worst)
			worst = difference;
		steady = a != before || first.paused ? 0 : steady + 1;
		before = a;
		if (difference > (steady > 30 ? 0 : apart)) /* still for 1.5 s: exactly so many */
			fail_msg("at %.2f s: %u users by hand, %u by stages", (double)t / 1e9, a,
				 b);
	}
	assert_true(most > 0);
}

static struct command users(double at_s, double value)
{
	return (struct command){ .type = COMMAND_USERS,
				 .class_id = COMMAND_ALL,
				 .at_ns = (uint64_t)llround(at_s * 1e9),
				 .value = value };
}

static struct command move_of(enum command_type type, double at_s, double value)
{
	struct command command = users(at_s, value);

	command.type = (uint8_t)type;
	return command;
}

static void steps_of_a_slider_become_ramps_and_holds(void **state)
{
	struct scenario *scenario =
		scenario_of("{ \"users\": 100, \"spawn_rate\": 10, \"max_users\": 500 }");
	const struct command moves[] = { users(30, 200), users(60, 300), users(90, 50) };
	struct driven driven;
	char text[DRIVEN_TEXT_MAX];

	(void)state;
	struct scenario *again = saved(scenario, moves, 3, 120 * SEC, &driven);
	static const struct stage wanted[] = {
		{ STAGE_USERS, 100, 10 * SEC }, { STAGE_HOLD, 100, 20 * SEC },
		{ STAGE_USERS, 200, 10 * SEC }, { STAGE_HOLD, 200, 20 * SEC },
		{ STAGE_USERS, 300, 10 * SEC }, { STAGE_HOLD, 300, 20 * SEC },
		{ STAGE_USERS, 50, 25 * SEC },  { STAGE_HOLD, 50, 5 * SEC },
	};
	assert_int_equal(again->load.stage_count, 8);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(again->load.stages[i].kind, wanted[i].kind);
		assert_true(fabs(again->load.stages[i].value - wanted[i].value) < 1e-9);
		assert_int_equal(again->load.stages[i].duration_ns, wanted[i].duration_ns);
	}
	assert_int_equal(again->load.duration_ns, 120 * SEC);
	assert_int_equal(again->load.max_users, 500);
	assert_string_equal(again->name, "By hand (as driven)");
	assert_int_equal(again->criterion_count, 1);
	assert_string_equal(driven_text(scenario, &driven, text),
			    "8 stages, 02:00 long, up to 300 users");
	assert_same_curve(scenario, moves, 3, again, 120 * SEC, 1);
	/* saved again, the name does not grow */
	driven_fini(&driven);
	struct scenario *third = saved(again, NULL, 0, 120 * SEC, &driven);
	assert_string_equal(third->name, "By hand (as driven)");
	assert_int_equal(third->load.stage_count, 8);
	driven_fini(&driven);
	scenario_free(third);
	scenario_free(again);
	scenario_free(scenario);
}

static void a_ramp_that_is_turned_around_is_turned_around_again(void **state)
{
	struct scenario *scenario = scenario_of("{ \"users\": 50, \"spawn_rate\": 7 }");
	const struct command moves[] = {
		users(3.3, 90),
		move_of(COMMAND_SPAWN_RATE, 5.71, 13),
		users(8.13, 5),
		move_of(COMMAND_PAUSE, 9.5, 0),
		users(10, 80), /* while it stands still */
		move_of(COMMAND_RESUME, 14.25, 0),
		move_of(COMMAND_PANIC, 21, 0),
		users(22, 33),
	};
	struct driven driven;

	(void)state;
	struct scenario *again = saved(scenario, moves, 8, 30 * SEC, &driven);
	char text[DRIVEN_TEXT_MAX];
	assert_int_equal(again->load.duration_ns, 30 * SEC - 4750 * MS);
	assert_int_equal(driven.paused_ns, 4750 * MS);
	assert_non_null(
		strstr(driven_text(scenario, &driven, text), "; pauses of 00:04 are not in it"));
	assert_same_curve(scenario, moves, 8, again, 30 * SEC, 1);
	driven_fini(&driven);
	scenario_free(again);
	scenario_free(scenario);
}

static void random_drive(const char *load, uint64_t seed, bool classes)
{
	struct scenario *scenario = scenario_of(load);
	struct command moves[MOST];
	struct driven driven;
	double at_s = 0;
	struct rng rng;

	rng_seed(&rng, seed, 1);
	for (size_t i = 0; i < MOST; i++) {
		static const enum command_type types[] = { COMMAND_USERS,  COMMAND_USERS,
							   COMMAND_USERS,  COMMAND_USERS,
							   COMMAND_PAUSE,  COMMAND_RESUME,
							   COMMAND_RESUME, COMMAND_SPAWN_RATE,
							   COMMAND_MARK,   COMMAND_PANIC };
		at_s += (double)rng_below(&rng, 5000) / 1000;
		moves[i] = move_of(types[rng_below(&rng, i % 20 == 0 ? 10 : 9)], at_s, 0);
		if (moves[i].type == COMMAND_USERS)
			moves[i].value = (double)rng_below(&rng, 260);
		if (moves[i].type == COMMAND_USERS && classes && rng_below(&rng, 3) == 0)
			moves[i].class_id = (uint16_t)rng_below(&rng, 2);
		if (moves[i].type == COMMAND_SPAWN_RATE)
			moves[i].value = 1 + (double)rng_below(&rng, 300) / 8;
	}
	uint64_t end_ns = (uint64_t)((at_s + 5) * 1e9);
	struct scenario *again = saved(scenario, moves, MOST, end_ns, &driven);
	assert_true(driven.tolerance <= 0.25);
	/* two classes on the way in different directions meet their steps a little apart */
	assert_same_curve(scenario, moves, MOST, again, end_ns, classes ? 6 : 1);
	driven_fini(&driven);
	scenario_free(again);
	scenario_free(scenario);
}

static void any_drive_is_saved_to_the_user(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		random_drive("{ \"users\": 100, \"spawn_rate\": 20 }", seed, false);
		random_drive("{ \"users\": 100, \"spawn_rate\": 20, \"duration\": \"60s\" }", seed,
			     false);
		random_drive("[ { \"users\": 80, \"over\": \"20s\" }, { \"hold\": \"30s\" }, "
			     "{ \"users\": 10, \"over\": \"5s\" }, { \"hold\": \"500s\" } ]",
			     seed, false);
	}
}

static void classes_moved_on_their_own_count_in_the_total(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++)
		random_drive("{ \"users\": 100, \"spawn_rate\": 20 }", seed, true);
}

static void proportions_become_weights(void **state)
{
	struct scenario *scenario = scenario_of("{ \"users\": 40, \"spawn_rate\": 10 }");
	struct command moves[] = { users(10, 45), users(20, 60) };
	struct driven driven;
	unsigned counts[2];

	(void)state;
	moves[0].class_id = 1; /* 30 of A, 45 of B; then 60: 24 and 36 */
	struct scenario *again = saved(scenario, moves, 2, 40 * SEC, &driven);
	assert_true(driven.own_shares);
	scenario_split_users(again, 75, counts);
	assert_int_equal(counts[0], 30);
	assert_int_equal(counts[1], 45);
	driven_fini(&driven);
	scenario_free(again);
	scenario_free(scenario);
}

static void an_arrival_rate_is_saved_as_stages_of_a_rate(void **state)
{
	struct scenario *scenario = scenario_of(
		"{ \"rate\": 100, \"over\": \"10s\", \"max_rate\": 400, \"users\": 50 }");
	const struct command moves[] = { move_of(COMMAND_ARRIVAL_RATE, 30, 250),
					 move_of(COMMAND_ARRIVAL_RATE, 45.5, 9000) };
	struct steering first, second;
	struct driven driven;

	(void)state;
	struct scenario *again = saved(scenario, moves, 2, 60 * SEC, &driven);
	assert_true(again->load.open);
	assert_true(fabs(again->load.users - 50) < 1e-9);
	assert_true(fabs(again->load.max_rate - 400) < 1e-9);
	steering_init(&first, scenario);
	steering_init(&second, again);
	steering_start(&first, START);
	steering_start(&second, START);
	for (size_t i = 0; i < 2; i++) {
		struct command move = moves[i];
		move.at_ns += START;
		(void)steering_command(&first, &move);
	}
	steering_advance(&second, START + 60 * SEC);
	for (uint64_t k = 1; k < 12000; k += 7) {
		uint64_t a = arrivals_log_instant(&first.arrivals, k);
		uint64_t b = arrivals_log_instant(&second.arrivals, k);
		assert_true((a > b ? a - b : b - a) <= 12 * MS);
	}
	driven_fini(&driven);
	scenario_free(again);
	scenario_free(scenario);
}

static void more_moves_than_stages_are_smoothed(void **state)
{
	enum { MANY = 20000 };
	struct scenario *scenario =
		scenario_of("{ \"users\": 100, \"spawn_rate\": 5000, \"max_users\": 1000 }");
	struct command *moves = calloc(MANY, sizeof(*moves));
	struct driven driven;
	char text[DRIVEN_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		moves[i] =
			users((double)i / 10, 500 + 400 * sin((double)i / 200) + (double)(i % 7));
	struct scenario *again = saved(scenario, moves, MANY, 2000 * SEC, &driven);
	assert_in_range(driven.stage_count, 100, DRIVEN_STAGES_MAX);
	assert_true(driven.tolerance > 1 && driven.tolerance < 40);
	assert_non_null(strstr(driven_text(scenario, &driven, text), "users of the drive"));
	assert_same_curve(scenario, moves, MANY, again, 2000 * SEC,
			  (uint32_t)driven.tolerance + 12);
	driven_fini(&driven);
	scenario_free(again);
	scenario_free(scenario);
	free(moves);
}

static void nothing_driven_is_nothing_to_save(void **state)
{
	struct scenario *scenario = scenario_of("{ \"users\": 10, \"spawn_rate\": 10 }");
	const struct command nobody = users(0, 0);
	struct driven driven;
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	driven_stages(scenario, &nobody, 1, 10 * SEC, &driven);
	assert_int_equal(driven_print(scenario, &driven, &text), -EINVAL);
	driven_fini(&driven);
	buf_fini(&text);
	scenario_free(scenario);
}

static void a_file_that_is_there_is_never_touched(void **state)
{
	char dir[] = "test_driven.XXXXXX", file[64], path[64];
	char *made = NULL;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/load.json", dir);
	assert_int_equal(driven_save(file, NULL, "one", 3, &made), 0);
	snprintf(path, sizeof(path), "%s/load-driven.json", dir);
	assert_string_equal(made, path);
	free(made);
	assert_int_equal(driven_save(file, "", "two", 3, &made), 0);
	snprintf(path, sizeof(path), "%s/load-driven-2.json", dir);
	assert_string_equal(made, path);
	free(made);
	made = NULL;
	assert_int_equal(driven_save(file, path, "three", 5, &made), -EEXIST);
	assert_null(made);
	FILE *in = fopen(path, "r");
	char content[8] = "";
	assert_non_null(fgets(content, sizeof(content), in));
	fclose(in);
	assert_string_equal(content, "two");
	unlink(path);
	snprintf(path, sizeof(path), "%s/load-driven.json", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/deep/er.json", dir);
	assert_int_equal(driven_save(file, path, "4", 1, &made), 0);
	free(made);
	unlink(path);
	snprintf(path, sizeof(path), "%s/deep", dir);
	rmdir(path);
	assert_int_equal(rmdir(dir), 0); /* no temporary file is left */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_of_a_slider_become_ramps_and_holds),
		cmocka_unit_test(a_ramp_that_is_turned_around_is_turned_around_again),
		cmocka_unit_test(any_drive_is_saved_to_the_user),
		cmocka_unit_test(classes_moved_on_their_own_count_in_the_total),
		cmocka_unit_test(proportions_become_weights),
		cmocka_unit_test(an_arrival_rate_is_saved_as_stages_of_a_rate),
		cmocka_unit_test(more_moves_than_stages_are_smoothed),
		cmocka_unit_test(nothing_driven_is_nothing_to_save),
		cmocka_unit_test(a_file_that_is_there_is_never_touched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
