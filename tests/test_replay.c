/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/rng.h"
#include "engine/steering.h"
#include "message/command.h"
#include "message/frame.h"
#include "record/publish.h"
#include "record/replay.h"
#include "record/result_json.h"
#include "record/run.h"
#include "record/steering_log.h"
#include "record/view.h"
#include "samples.h"
#include "scenario/scenario.h"

#define START  (1000 * SEC)
#define LENGTH (90 * SEC)

static uint64_t fake_wall_ns(void)
{
	return 1800000000 * SEC;
}

static struct scenario *scenario_of(const char *load)
{
	const struct scenario_overrides over = { 0 };
	struct errors *errs = errors_new();
	struct scenario *sc = NULL;
	char text[2000];

	snprintf(text, sizeof(text),
		 "{ \"name\": \"t\", \"target\": \"http://h\", \"load\": %s, \"users\": {"
		 "\"A\": { \"weight\": 3, \"tasks\": { \"t\": { \"get\": \"/a\" } } },"
		 "\"B\": { \"weight\": 1, \"tasks\": { \"t\": { \"get\": \"/b\" } } } } }",
		 load);
	if (scenario_parse(&sc, "t.json", ".", text, strlen(text), &over, errs) != 0) {
		errors_print(errs, stderr);
		fail_msg("broken scenario");
	}
	errors_free(errs);
	return sc;
}

/* A run as its record and its engines know it. */
struct side {
	struct run *run;
	struct steering steering;
};

static void side_init(struct side *side, const struct scenario *scenario,
		      const struct replay *replay)
{
	struct sample started = sample_event(0, START, EVENT_STARTED, START, 0);

	side->run = run_new(&(struct run_config){ .scenario = scenario,
						  .engine_count = 1,
						  .scenario_count = 1,
						  .replay = replay,
						  .wall_ns = fake_wall_ns });
	run_sample(side->run, &started, START);
	steering_init(&side->steering, scenario);
	steering_start(&side->steering, START);
}

static void side_command(struct side *side, const struct command *command)
{
	run_command(side->run, command);
	steering_advance(&side->steering, command->at_ns);
	(void)steering_command(&side->steering, command);
}

static void side_counts(struct side *side, uint64_t now_ns, uint32_t counts[2])
{
	steering_advance(&side->steering, now_ns);
	steering_users(&side->steering, now_ns, counts);
}

static struct command random_move(struct rng *rng, uint64_t at_ns)
{
	static const enum command_type types[] = {
		COMMAND_USERS, COMMAND_USERS,  COMMAND_USERS,  COMMAND_USERS, COMMAND_SPAWN_RATE,
		COMMAND_PAUSE, COMMAND_RESUME, COMMAND_RESUME, COMMAND_MARK,  COMMAND_PANIC
	};
	struct command command = { .type = (uint8_t)types[rng_below(rng, 10)],
				   .class_id = COMMAND_ALL,
				   .at_ns = START + at_ns };

	if (command.type == COMMAND_USERS) {
		command.value = (double)rng_below(rng, 250); /* above the rail of 200 as well */
		command.class_id = (uint16_t)(rng_below(rng, 2) ? COMMAND_ALL : rng_below(rng, 2));
	}
	if (command.type == COMMAND_SPAWN_RATE)
		command.value = 1 + (double)rng_below(rng, 400) / 8;
	if (command.type == COMMAND_MARK)
		snprintf(command.text, sizeof(command.text), "note %u ü",
			 (unsigned)rng_below(rng, 100));
	return command;
}

/* The moves of `side`, as whoever reads the JSON result gets them. */
static struct replay *replay_of(struct side *side, const struct scenario *scenario)
{
	json_t *list = result_json_steering(run_view(side->run, START + LENGTH));
	char *text = json_dumps(list, JSON_REAL_PRECISION(12));
	json_t *result = json_pack("{s:o}", "steering", json_loads(text, 0, NULL));
	struct replay *replay = NULL;
	struct error err;

	if (replay_parse(&replay, result, "first.json", scenario, &err) != 0)
		fail_msg("%s", err.text);
	free(text);
	json_decref(list);
	json_decref(result);
	return replay;
}

static void assert_same_list(struct side *first, struct side *second)
{
	const struct steering_log *a = run_view(first->run, START + LENGTH)->steering;
	const struct steering_log *b = run_view(second->run, START + LENGTH)->steering;

	assert_int_equal(steering_log_count(a), steering_log_count(b));
	for (size_t i = 0; i < steering_log_count(a); i++) {
		const struct steering_entry *x = steering_log_at(a, i), *y = steering_log_at(b, i);
		assert_int_equal(x->at_ns, y->at_ns);
		assert_int_equal(x->type, y->type);
		assert_int_equal(x->class_id, y->class_id);
		assert_true(!(x->value < y->value) && !(x->value > y->value));
		assert_int_equal(x->text == NULL, y->text == NULL);
		if (x->text != NULL)
			assert_string_equal(x->text, y->text);
		assert_false(x->replayed);
		assert_true(y->replayed);
	}
}

static void drive_and_drive_again(const char *load, uint64_t seed)
{
	struct scenario *scenario = scenario_of(load);
	struct side first, second;
	struct command moves[60];
	uint32_t users[2], again[2];
	uint64_t at_ns = 0, differing = 0;
	struct rng rng;
	size_t given = 0;

	rng_seed(&rng, seed, 1);
	for (size_t i = 0; i < 60; i++) {
		at_ns += rng_below(&rng, 2 * LENGTH / 60);
		moves[i] = random_move(&rng, at_ns);
	}
	side_init(&first, scenario, NULL);
	for (size_t i = 0; i < 60; i++)
		side_command(&first, &moves[i]);
	struct replay *replay = replay_of(&first, scenario);
	run_free(first.run);

	/* Once more, both side by side; the replay looks at its watch every now and then only. */
	side_init(&first, scenario, NULL);
	side_init(&second, scenario, replay);
	for (uint64_t now = START; now <= START + 2 * LENGTH;
	     now += 17 * MS + rng_below(&rng, 100 * MS)) {
		struct command move;
		while (given < 60 && moves[given].at_ns <= now)
			side_command(&first, &moves[given++]);
		while (replay_due(replay, START, now, &move))
			side_command(&second, &move);
		side_counts(&first, now, users);
		side_counts(&second, now, again);
		assert_int_equal(users[0], again[0]);
		assert_int_equal(users[1], again[1]);
		differing += users[0] != 75;
	}
	assert_int_equal(given, 60);
	assert_true(differing > 100); /* it was steered at all */
	assert_same_list(&first, &second);
	run_free(first.run);
	run_free(second.run);
	replay_free(replay);
	scenario_free(scenario);
}

static void a_run_driven_again_has_the_same_users_at_every_instant(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		drive_and_drive_again("{ \"users\": 100, \"spawn_rate\": 20 }", seed);
		drive_and_drive_again(
			"[ { \"users\": 80, \"over\": \"20s\" }, { \"hold\": \"30s\" },"
			" { \"users\": 10, \"over\": \"5s\" } ]",
			seed + 100);
	}
}

static void the_same_list_goes_through_the_file_and_back(void **state)
{
	(void)state;
	for (uint64_t seed = 500; seed < 510; seed++)
		drive_and_drive_again("{ \"users\": 100, \"spawn_rate\": 20, \"max_users\": 300 }",
				      seed);
}

static void moves_are_due_at_their_time_and_once(void **state)
{
	struct scenario *scenario = scenario_of("{ \"users\": 10, \"spawn_rate\": 10 }");
	json_t *result = json_loads("{ \"steering\": ["
				    "{ \"at_s\": 0, \"action\": \"users\", \"value\": 20 },"
				    "{ \"at_s\": 2.5, \"action\": \"users\", \"class\": \"B\", "
				    "\"value\": 7 },"
				    "{ \"at_ns\": 2400000000, \"action\": \"mark\", \"text\": "
				    "\"then\" },"
				    "{ \"at_s\": 9, \"action\": \"stop\" } ] }",
				    0, NULL);
	struct replay *replay = NULL;
	struct command move;
	char text[REPLAY_TEXT_MAX];
	struct error err;

	(void)state;
	assert_int_equal(replay_parse(&replay, result, "x", scenario, &err), 0);
	assert_int_equal(replay_next_ns(replay, 0), 0);
	/* before the start only what was done before the start */
	assert_true(replay_due(replay, 0, START - SEC, &move));
	assert_int_equal(move.type, COMMAND_USERS);
	assert_int_equal(move.at_ns, START - SEC);
	assert_false(replay_due(replay, 0, START - SEC, &move));
	assert_int_equal(replay_next_ns(replay, 0), UINT64_MAX);
	assert_int_equal(replay_next_ns(replay, START), START + 2500 * MS);
	assert_false(replay_due(replay, START, START + 2500 * MS - 1, &move));
	assert_string_equal(replay_text(replay, START, START + 500 * MS, text),
			    "replay 1/4, next in 2 s: B users 7");
	assert_true(replay_due(replay, START, START + 2600 * MS, &move));
	assert_int_equal(move.class_id, 1);
	assert_int_equal(move.at_ns, START + 2500 * MS); /* as of its time, not as of now */
	assert_int_equal(move.flags, COMMAND_FLAG_REPLAY);
	/* earlier than the one before it: right after it */
	assert_true(replay_due(replay, START, START + 2600 * MS, &move));
	assert_string_equal(move.text, "then");
	assert_false(replay_due(replay, START, START + 3 * SEC, &move));
	assert_true(replay_due(replay, START, START + 10 * SEC, &move));
	assert_int_equal(move.type, COMMAND_STOP);
	assert_true(move.value >= 1 && move.value <= 1);
	assert_false(replay_due(replay, START, START + 20 * SEC, &move));
	assert_string_equal(replay_text(replay, START, START, text), "");
	replay_free(replay);
	json_decref(result);
	scenario_free(scenario);
}

static void assert_refused(const char *load, const char *text, const char *message)
{
	struct scenario *scenario = scenario_of(load);
	json_t *result = json_loads(text, 0, NULL);
	struct replay *replay = NULL;
	struct error err = { 0 };

	assert_non_null(result);
	assert_int_not_equal(replay_parse(&replay, result, "r.json", scenario, &err), 0);
	assert_string_equal(err.text, message);
	assert_null(replay);
	json_decref(result);
	scenario_free(scenario);
}

#define CLOSED       "{ \"users\": 10, \"spawn_rate\": 10 }"
#define OPEN         "{ \"rate\": 10 }"
#define MOVES(moves) "{ \"steering\": [ " moves " ] }"

static void a_file_that_cannot_be_driven_says_why(void **state)
{
	(void)state;
	assert_refused(CLOSED, "{ \"marks\": [] }",
		       "r.json: has no list \"steering\": --replay takes a result that run --json "
		       "wrote");
	assert_refused(CLOSED, MOVES("7"),
		       "r.json: steering[0]: must be an object such as {\"at_s\": 12.5, "
		       "\"action\": \"users\", \"value\": 200}");
	assert_refused(CLOSED,
		       MOVES("{ \"at_s\": 1, \"action\": \"panic\" }, { \"at_s\": 2, \"action\": "
			     "\"dance\" }"),
		       "r.json: steering[1]: unknown action \"dance\"; allowed: users, spawn-rate, "
		       "arrival-rate, pause, resume, stop, stop-now, panic, reset, mark");
	assert_refused(
		CLOSED, MOVES("{ \"action\": \"pause\" }"),
		"r.json: steering[0]: says no time: needs \"at_s\" (seconds since the start) "
		"or \"at_ns\"");
	assert_refused(CLOSED, MOVES("{ \"at_s\": -1, \"action\": \"pause\" }"),
		       "r.json: steering[0]: \"at_s\" must be a time since the start, 0 to "
		       "31536000 s");
	assert_refused(
		CLOSED,
		MOVES("{ \"at_s\": 1, \"action\": \"users\", \"class\": \"C\", \"value\": 1 }"),
		"r.json: steering[0]: the scenario has no user class \"C\"");
	assert_refused(CLOSED, MOVES("{ \"at_s\": 1, \"action\": \"users\" }"),
		       "r.json: steering[0]: \"value\" of users must be a number from 0 to "
		       "1,000,000,000");
	assert_refused(CLOSED, MOVES("{ \"at_s\": 1, \"action\": \"arrival-rate\", \"value\": 1 }"),
		       "r.json: steering[0]: the scenario's load has users and no arrival rate");
	assert_refused(OPEN, MOVES("{ \"at_s\": 1, \"action\": \"spawn-rate\", \"value\": 1 }"),
		       "r.json: steering[0]: the scenario's load has an arrival rate and no spawn "
		       "rate");
	assert_refused(CLOSED, MOVES("{ \"at_s\": 1, \"action\": \"mark\" }"),
		       "r.json: steering[0]: a mark needs its note as \"text\"");
}

static void the_guard_rails_hold_what_is_driven_again(void **state)
{
	struct scenario *scenario =
		scenario_of("{ \"users\": 10, \"spawn_rate\": 1000, \"max_users\": 50 }");
	struct scenario *open = scenario_of("{ \"rate\": 10, \"max_rate\": 40 }");
	struct side side;
	uint32_t counts[2];

	(void)state;
	side_init(&side, scenario, NULL);
	side_command(&side, &(struct command){ .type = COMMAND_USERS,
					       .class_id = COMMAND_ALL,
					       .at_ns = START + SEC,
					       .value = 900 });
	side_counts(&side, START + 5 * SEC, counts);
	assert_int_equal(counts[0] + counts[1], 50);
	run_free(side.run);
	side_init(&side, open, NULL);
	side_command(&side, &(struct command){ .type = COMMAND_ARRIVAL_RATE,
					       .class_id = COMMAND_ALL,
					       .at_ns = START + SEC,
					       .value = 900 });
	uint64_t a = arrivals_log_instant(&side.steering.arrivals, 90);
	uint64_t b = arrivals_log_instant(&side.steering.arrivals, 130);
	assert_in_range(b - a, SEC - 1000, SEC + 1000);
	/* what is shown is what is driven; what was asked for stands in the list */
	struct publisher *publisher = publisher_new(open, "", SEC);
	struct frame *frame = publisher_frame(publisher, side.run, START + 2 * SEC, "", "");
	assert_true(frame->rate >= 40 && frame->rate <= 40);
	assert_true(steering_log_at(run_view(side.run, START + 2 * SEC)->steering, 0)->value >=
		    900);
	frame_free(frame);
	publisher_free(publisher);
	run_free(side.run);
	scenario_free(scenario);
	scenario_free(open);
}

static void hand_steering_during_a_replay_is_told_apart(void **state)
{
	struct scenario *scenario = scenario_of(CLOSED);
	json_t *result =
		json_loads(MOVES("{ \"at_s\": 1, \"action\": \"users\", \"value\": 20 }"), 0, NULL);
	struct replay *replay = NULL;
	struct command move;
	struct error err;
	struct side side;

	(void)state;
	assert_int_equal(replay_parse(&replay, result, "x", scenario, &err), 0);
	side_init(&side, scenario, replay);
	assert_true(replay_due(replay, START, START + SEC, &move));
	side_command(&side, &move);
	side_command(&side, &(struct command){ .type = COMMAND_USERS,
					       .class_id = COMMAND_ALL,
					       .at_ns = START + 2 * SEC,
					       .value = 30 });
	json_t *summary = result_json_replay(run_view(side.run, START + 3 * SEC));
	assert_int_equal(json_integer_value(json_object_get(summary, "moves")), 1);
	assert_int_equal(json_integer_value(json_object_get(summary, "driven")), 1);
	assert_int_equal(json_integer_value(json_object_get(summary, "by_hand")), 1);
	json_t *list = result_json_steering(run_view(side.run, START + 3 * SEC));
	assert_true(json_is_true(json_object_get(json_array_get(list, 0), "replayed")));
	assert_true(json_is_false(json_object_get(json_array_get(list, 1), "replayed")));
	json_decref(list);
	json_decref(summary);
	json_decref(result);
	run_free(side.run);
	replay_free(replay);
	scenario_free(scenario);
}

static void the_list_ends_and_says_how_much_it_left_out(void **state)
{
	struct steering_log *log = steering_log_new();
	struct command users = { .type = COMMAND_USERS, .class_id = COMMAND_ALL };
	struct command focus = { .type = COMMAND_FOCUS, .class_id = COMMAND_ALL };

	(void)state;
	steering_log_add(log, 1, &focus);
	assert_int_equal(steering_log_count(log), 0);
	for (unsigned i = 0; i < STEERING_LOG_MAX + 5; i++)
		steering_log_add(log, i, &users);
	assert_int_equal(steering_log_count(log), STEERING_LOG_MAX);
	assert_int_equal(steering_log_dropped(log), 5);
	steering_log_free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_driven_again_has_the_same_users_at_every_instant),
		cmocka_unit_test(the_same_list_goes_through_the_file_and_back),
		cmocka_unit_test(moves_are_due_at_their_time_and_once),
		cmocka_unit_test(a_file_that_cannot_be_driven_says_why),
		cmocka_unit_test(the_guard_rails_hold_what_is_driven_again),
		cmocka_unit_test(hand_steering_during_a_replay_is_told_apart),
		cmocka_unit_test(the_list_ends_and_says_how_much_it_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
