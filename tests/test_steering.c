/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "engine/steering.h"
#include "message/command.h"
#include "scenario/scenario.h"

#define S     CLOCK_NS_PER_SEC
#define MS    CLOCK_NS_PER_MS
#define START (1000 * S) /* the instant the runs of these tests start at */

static struct scenario *scenario_of(const char *load, const char *classes)
{
	const struct scenario_overrides over = { 0 };
	struct errors *errs = errors_new();
	struct scenario *sc = NULL;
	char text[2000];

	snprintf(text, sizeof(text),
		 "{ \"name\": \"t\", \"target\": \"http://h\", \"load\": %s, \"users\": {%s} }",
		 load, classes);
	if (scenario_parse(&sc, "t.json", ".", text, strlen(text), &over, errs) != 0) {
		errors_print(errs, stderr);
		fail_msg("broken scenario");
	}
	errors_free(errs);
	return sc;
}

#define A "\"A\": { \"weight\": 3, \"tasks\": { \"t\": { \"get\": \"/a\" } } }"
#define B "\"B\": { \"weight\": 1, \"tasks\": { \"t\": { \"get\": \"/b\" } } }"

static void give(struct steering *st, enum command_type type, uint64_t at_ns, uint16_t class_id,
		 double value)
{
	const struct command command = {
		.type = (uint8_t)type, .class_id = class_id, .at_ns = START + at_ns, .value = value
	};

	steering_advance(st, START + at_ns);
	(void)steering_command(st, &command);
}

static uint32_t users_at(struct steering *st, uint64_t at_ns)
{
	uint32_t counts[SCENARIO_CLASSES_MAX], sum = 0;

	steering_advance(st, START + at_ns);
	steering_users(st, START + at_ns, counts);
	for (size_t c = 0; c < st->scenario->class_count; c++) {
		sum += counts[c];
	}
	return sum;
}

static void users_come_at_the_spawn_rate_from_the_start_on(void **state)
{
	(void)state;
	struct scenario *sc = scenario_of("{ \"users\": 100, \"spawn_rate\": 10 }", A);
	struct steering st;

	steering_init(&st, sc);
	assert_int_equal(users_at(&st, 5 * S), 0); /* not started */
	assert_int_equal(steering_next_ns(&st, START), UINT64_MAX);
	steering_start(&st, START);
	assert_int_equal(users_at(&st, 0), 1);
	assert_int_equal(steering_next_ns(&st, START), START + 100 * MS);
	assert_int_equal(users_at(&st, 4950 * MS), 50);
	assert_false(steering_settled(&st, START + 9899 * MS));
	assert_int_equal(users_at(&st, 9900 * MS), 100);
	assert_true(steering_settled(&st, START + 9900 * MS));
	assert_false(steering_ended(&st, START + 3600 * S));
	scenario_free(sc);
}

static void stages_follow_one_another_and_end_the_run(void **state)
{
	(void)state;
	struct scenario *sc = scenario_of(
		"[ { \"users\": 100, \"over\": \"10s\" }, { \"hold\": \"20s\" }, { \"users\": 40, "
		"\"over\": \"6s\" }, { \"hold\": \"4s\" } ]",
		A);
	struct steering st;

	steering_init(&st, sc);
	steering_start(&st, START);
	assert_int_equal(users_at(&st, 0), 0);
	assert_int_equal(users_at(&st, 5 * S), 50);
	assert_int_equal(users_at(&st, 10 * S), 100);
	assert_true(steering_settled(&st, START + 10 * S));
	assert_int_equal(users_at(&st, 30 * S), 100);
	assert_int_equal(users_at(&st, 33 * S), 70);
	assert_int_equal(users_at(&st, 39 * S), 40);
	assert_false(steering_ended(&st, START + 40 * S - 1));
	assert_true(steering_ended(&st, START + 40 * S));
	scenario_free(sc);
}

static void an_engine_that_looks_only_at_the_next_instants_misses_nothing(void **state)
{
	(void)state;
	struct scenario *sc = scenario_of("[ { \"users\": 7, \"over\": \"1s\" }, { \"hold\": "
					  "\"1s\" }, { \"users\": 2, \"over\": "
					  "\"1s\" } ]",
					  A);
	struct steering st;
	uint32_t seen[3] = { 0 }, last = 0;

	steering_init(&st, sc);
	steering_start(&st, START);
	for (uint64_t now = START; now != UINT64_MAX;) {
		uint32_t n = users_at(&st, now - START);
		assert_true(n == last || n == last + 1 || n + 1 == last);
		seen[0] += n > last;
		seen[1] += n < last;
		last = n;
		if (steering_ended(&st, now)) {
			break;
		}
		now = steering_next_ns(&st, now);
	}
	assert_int_equal(seen[0], 7);
	assert_int_equal(seen[1], 5);
	scenario_free(sc);
}

static void a_pause_stops_the_clock_of_everything(void **state)
{
	(void)state;
	struct scenario *sc =
		scenario_of("{ \"users\": 100, \"spawn_rate\": 10, \"duration\": \"20s\" }", A);
	struct steering st;

	steering_init(&st, sc);
	steering_start(&st, START);
	give(&st, COMMAND_PAUSE, 5 * S, COMMAND_ALL, 0);
	assert_int_equal(users_at(&st, 60 * S), 51);
	assert_int_equal(steering_next_ns(&st, START + 60 * S), UINT64_MAX);
	assert_false(steering_ended(&st, START + 60 * S));
	give(&st, COMMAND_USERS, 61 * S, COMMAND_ALL, 53);
	assert_int_equal(users_at(&st, 61 * S), 51); /* noted, not yet done */
	give(&st, COMMAND_RESUME, 65 * S, COMMAND_ALL, 0);
	assert_int_equal(users_at(&st, 65 * S), 51);
	assert_int_equal(steering_next_ns(&st, START + 65 * S), START + 65 * S + 100 * MS);
	assert_int_equal(users_at(&st, 66 * S), 53);
	assert_false(steering_ended(&st, START + 80 * S - 1));
	assert_true(steering_ended(&st, START + 80 * S));
	assert_int_equal(steering_clock_ns(&st, START + 70 * S), 10 * S);
	scenario_free(sc);
}

static void what_is_set_before_the_start_holds_from_the_start(void **state)
{
	(void)state;
	struct scenario *sc = scenario_of("{ \"users\": 100, \"spawn_rate\": 10 }", A ", " B);
	struct steering st;
	uint32_t counts[2];

	steering_init(&st, sc);
	give(&st, COMMAND_USERS, 0, 0, 5);
	give(&st, COMMAND_SPAWN_RATE, 0, COMMAND_ALL, 100);
	give(&st, COMMAND_USERS, 0, 1, 0);
	steering_start(&st, START + 9 * S);
	assert_int_equal(users_at(&st, 9 * S), 1);
	steering_users(&st, START + 10 * S, counts);
	assert_int_equal(counts[0], 5);
	assert_int_equal(counts[1], 0);
	scenario_free(sc);
}

static void a_spawn_rate_set_on_the_way_holds_from_then_on(void **state)
{
	(void)state;
	struct scenario *sc = scenario_of("{ \"users\": 100, \"spawn_rate\": 1 }", A);
	struct steering st;

	steering_init(&st, sc);
	steering_start(&st, START);
	give(&st, COMMAND_SPAWN_RATE, 10 * S, COMMAND_ALL, 50);
	/* 11 by then; 50 a second from there */
	assert_int_equal(users_at(&st, 11 * S), 61);
	give(&st, COMMAND_USERS, 20 * S, COMMAND_ALL, 0);
	assert_int_equal(users_at(&st, 21 * S), 49);
	scenario_free(sc);
}

static void panic_is_at_once_and_a_new_target_keeps_the_weights(void **state)
{
	(void)state;
	struct scenario *sc = scenario_of("{ \"users\": 40, \"spawn_rate\": 1000 }", A ", " B);
	struct steering st;
	uint32_t counts[2];

	steering_init(&st, sc);
	steering_start(&st, START);
	assert_int_equal(users_at(&st, S), 40);
	give(&st, COMMAND_PANIC, 2 * S, COMMAND_ALL, 0);
	assert_int_equal(users_at(&st, 2 * S), 0);
	give(&st, COMMAND_USERS, 3 * S, COMMAND_ALL, 8);
	assert_int_equal(users_at(&st, 3 * S), 1);
	steering_users(&st, START + 4 * S, counts);
	assert_int_equal(counts[0], 6);
	assert_int_equal(counts[1], 2);
	scenario_free(sc);
}

static void an_open_load_has_its_users_at_once_and_its_arrivals_in_time(void **state)
{
	(void)state;
	struct scenario *sc = scenario_of(
		"{ \"rate\": 1000, \"over\": \"10s\", \"users\": 30, \"duration\": \"1m\" }", A);
	struct steering st;

	steering_init(&st, sc);
	steering_start(&st, START);
	assert_int_equal(users_at(&st, 0), 30);
	assert_true(fabs(arrivals_count(arrivals_log_last(&st.arrivals), START + 10 * S) - 5000) <
		    1e-3);
	give(&st, COMMAND_ARRIVAL_RATE, 20 * S, COMMAND_ALL, 10);
	assert_int_equal(arrivals_log_instant(&st.arrivals, 15009), START + 21 * S);
	give(&st, COMMAND_PANIC, 25 * S, COMMAND_ALL, 0);
	assert_int_equal(users_at(&st, 25 * S), 0);
	assert_int_equal(arrivals_log_instant(&st.arrivals, 20000), UINT64_MAX);
	give(&st, COMMAND_ARRIVAL_RATE, 30 * S, COMMAND_ALL, 10);
	assert_int_equal(users_at(&st, 30 * S), 30);
	scenario_free(sc);
}

static void arrivals_in_stages_wait_for_a_pause_to_end(void **state)
{
	(void)state;
	struct scenario *sc = scenario_of("[ { \"rate\": 100, \"over\": \"10s\" }, { \"hold\": "
					  "\"10s\" }, { \"rate\": 10, \"over\": \"1s\" } ]",
					  A);
	struct steering st;

	steering_init(&st, sc);
	steering_start(&st, START);
	(void)users_at(&st, 0);
	give(&st, COMMAND_PAUSE, 5 * S, COMMAND_ALL, 0);
	(void)users_at(&st, 100 * S);
	give(&st, COMMAND_RESUME, 105 * S, COMMAND_ALL, 0);
	(void)users_at(&st, 105 * S);
	assert_true(fabs(arrivals_rate(arrivals_log_last(&st.arrivals), START + 105 * S) - 50) <
		    1e-6);
	assert_true(fabs(arrivals_rate(arrivals_log_last(&st.arrivals), START + 110 * S) - 100) <
		    1e-6);
	(void)users_at(&st, 120 * S);
	assert_true(fabs(arrivals_rate(arrivals_log_last(&st.arrivals), START + 121 * S) - 10) <
		    1e-6);
	assert_true(steering_ended(&st, START + 121 * S));
	scenario_free(sc);
}

/* Engines look at different moments and hear of commands with different delays: whenever all
 * are at rest they agree, and together they always own every user exactly once. */
static void engines_agree_on_every_user(void **state)
{
	(void)state;
	struct scenario *sc = scenario_of("[ { \"users\": 30, \"over\": \"3s\" }, { \"hold\": "
					  "\"2s\" }, { \"users\": 5, \"over\": "
					  "\"2s\" }, { \"hold\": \"1h\" } ]",
					  A ", " B);
	struct rng rng;

	rng_seed(&rng, 11, 0);
	for (int round = 0; round < 50; round++) {
		struct steering st[3];
		for (int e = 0; e < 3; e++) {
			steering_init(&st[e], sc);
			steering_start(&st[e], START);
		}
		uint64_t at = rng_below(&rng, 8000) * MS;
		for (int i = 0; i < 6; i++) {
			struct command command = { .type = COMMAND_USERS,
						   .class_id = COMMAND_ALL,
						   .at_ns = START + at,
						   .value = (double)rng_below(&rng, 60) };
			if (i % 3 == 2) {
				command.type = COMMAND_SPAWN_RATE;
				command.value = 1 + (double)rng_below(&rng, 20);
			} else if (rng_below(&rng, 2) == 0) {
				command.class_id = (uint16_t)rng_below(&rng, 2);
			}
			for (int e = 0; e < 3; e++) {
				steering_advance(&st[e], START + at + rng_below(&rng, 3 * MS));
				(void)steering_command(&st[e], &command);
			}
			at += rng_below(&rng, 2000) * MS;
		}
		uint32_t counts[3][2];
		for (int e = 0; e < 3; e++) {
			steering_advance(&st[e], START + at + 3000 * S);
			steering_users(&st[e], START + at + 3000 * S, counts[e]);
		}
		assert_memory_equal(counts[0], counts[1], sizeof(counts[0]));
		assert_memory_equal(counts[0], counts[2], sizeof(counts[0]));
	}
	scenario_free(sc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users_come_at_the_spawn_rate_from_the_start_on),
		cmocka_unit_test(stages_follow_one_another_and_end_the_run),
		cmocka_unit_test(an_engine_that_looks_only_at_the_next_instants_misses_nothing),
		cmocka_unit_test(a_pause_stops_the_clock_of_everything),
		cmocka_unit_test(what_is_set_before_the_start_holds_from_the_start),
		cmocka_unit_test(a_spawn_rate_set_on_the_way_holds_from_then_on),
		cmocka_unit_test(panic_is_at_once_and_a_new_target_keeps_the_weights),
		cmocka_unit_test(an_open_load_has_its_users_at_once_and_its_arrivals_in_time),
		cmocka_unit_test(arrivals_in_stages_wait_for_a_pause_to_end),
		cmocka_unit_test(engines_agree_on_every_user),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
