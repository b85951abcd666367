/* SPDX-License-Identifier: MIT */
/* Engines against a real server on loopback: users come and go by command, pauses. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "drive.h"
#include "scene.h"
#include "web.h"

static struct web *web;

static int setup(void **state)
{
	(void)state;
	web = web_start();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	web_stop(web);
	return 0;
}

static const struct drive_options patient = { .stop_timeout_ns = 5 * CLOCK_NS_PER_SEC };
static const struct drive_options two_engines = { .engines = 2,
						  .stop_timeout_ns = 5 * CLOCK_NS_PER_SEC };

static void assert_conserved(const struct drive *d)
{
	const struct tally *t = drive_tally(d);

	assert_int_equal(web_requests(web), drive_all(t) - t->unseen + t->setup);
}

/* ---- users come and go -------------------------------------------------------------------- */

static void users_come_and_go_by_command_at_any_moment(void **state)
{
	(void)state;
	struct drive *d =
		drive_start(&patient,
			    ONE("{ \"users\": 4, \"spawn_rate\": 2000, \"max_users\": 160 }",
				"\"get\": \"/ok\"", "5ms"),
			    web_port(web));

	drive_until(d, drive_live_is, 4);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 150);
	drive_until(d, drive_live_is, 150);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 3);
	drive_until(d, drive_live_is, 3);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 1000); /* beyond max_users */
	drive_until(d, drive_live_is, 160);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 5);
	drive_until(d, drive_live_is, 5);
	drive_stop(d);
	const struct tally *t = drive_tally(d);
	assert_int_equal(t->failed + t->aborted, 0);
	assert_int_equal(t->most_users, 160);
	assert_conserved(d);
	assert_int_equal(drive_events(d, EVENT_TARGET), 4);
	/* whoever was there stayed: 4 + 146 + 157 connections and not one more */
	assert_int_equal(t->new_connections, 307);
	drive_free(d);
}

static bool connections_are(const struct tally *t, uint64_t n)
{
	(void)t;
	return web_open_connections(web) == n;
}

static void users_that_go_close_their_connections(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&patient, ONE("{ \"users\": 12, \"spawn_rate\": 1000 }", "\"get\": \"/ok\"", "1ms"),
		web_port(web));

	drive_until(d, drive_live_is, 12);
	drive_until(d, connections_are, 12);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 2);
	drive_until(d, connections_are, 2);
	drive_stop(d);
	drive_free(d);
}

static void a_user_asked_to_go_finishes_its_request(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&patient,
		ONE("{ \"users\": 6, \"spawn_rate\": 1000 }", "\"get\": \"/slow/300\"", "1ms"),
		web_port(web));

	drive_until(d, drive_in_flight_is, 6);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 0);
	drive_until(d, drive_live_is, 0);
	assert_int_equal(drive_tally(d)->ok, 6);
	assert_int_equal(drive_tally(d)->aborted, 0);
	drive_stop(d);
	assert_conserved(d);
	drive_free(d);
}

static void a_user_asked_to_go_and_wanted_again_is_the_same_one(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&patient,
		ONE("{ \"users\": 6, \"spawn_rate\": 1000 }", "\"get\": \"/slow/300\"", "1ms"),
		web_port(web));

	drive_until(d, drive_in_flight_is, 6);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 1);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 6);
	drive_until(d, drive_requests, 12);
	drive_stop(d);
	assert_int_equal(drive_tally(d)->new_connections, 6);
	assert_true(drive_tally(d)->most_live <= 6);
	drive_free(d);
}

#define CLASSES                                                                                   \
	"{ \"A\": { \"weight\": 3, \"wait\": \"1ms\", \"tasks\": { \"t\": { \"get\": \"/a\" } } " \
	"}, "                                                                                     \
	"\"B\": { \"weight\": 1, \"wait\": \"1ms\", \"tasks\": { \"t\": { \"get\": \"/b\" } } } }"

static uint32_t class_live(const struct tally *t, unsigned class_id)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < DRIVE_ENGINES_MAX; i++) {
		sum += t->class_live[i][class_id];
	}
	return sum;
}

static bool classes_are(const struct tally *t, uint64_t a_and_b)
{
	return class_live(t, 0) == a_and_b / 100 && class_live(t, 1) == a_and_b % 100;
}

static void classes_share_users_by_weight_and_by_hand(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&two_engines,
		SCENE("{ \"users\": 20, \"spawn_rate\": 500, \"max_users\": 80 }", "", CLASSES),
		web_port(web));

	drive_until(d, classes_are, 1505);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 8);
	drive_until(d, classes_are, 602);
	drive_command(d, COMMAND_USERS, 1, 6);
	drive_until(d, classes_are, 606);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 40); /* keeps the proportions */
	drive_until(d, classes_are, 2020);
	drive_command(d, COMMAND_USERS, 0, 0);
	drive_until(d, classes_are, 20);
	drive_stop(d);
	assert_int_equal(drive_tally(d)->failed + drive_tally(d)->aborted, 0);
	assert_conserved(d);
	drive_free(d);
}

static void two_engines_make_one_ramp(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&two_engines,
		ONE("{ \"users\": 21, \"spawn_rate\": 100 }", "\"get\": \"/ok\"", "1ms"),
		web_port(web));

	drive_until(d, drive_live_is, 21);
	assert_int_equal(drive_tally(d)->live[0], 11);
	assert_int_equal(drive_tally(d)->live[1], 10);
	drive_until(d, drive_requests, 100);
	drive_stop(d);
	/* events of the run are told once */
	assert_int_equal(drive_events(d, EVENT_STARTED), 1);
	assert_int_equal(drive_events(d, EVENT_SPAWNED_ALL), 1);
	assert_int_equal(drive_event(d, EVENT_SPAWNED_ALL)->u.event.a, 21);
	assert_int_equal(drive_events(d, EVENT_STOPPING), 1);
	assert_int_equal(drive_tally(d)->most_users, 21);
	assert_conserved(d);
	drive_free(d);
}

#define THREE_CLASSES                                                                           \
	"{ \"A\": { \"weight\": 5, \"wait\": \"1ms\", \"tasks\": { \"t\": { \"get\": \"/a\" } " \
	"} }, "                                                                                 \
	"\"B\": { \"weight\": 2, \"wait\": \"1ms\", \"tasks\": { \"t\": { \"get\": \"/b\" } } " \
	"}, "                                                                                   \
	"\"C\": { \"weight\": 1, \"wait\": \"1ms\", \"tasks\": { \"t\": { \"get\": \"/c\" } } " \
	"} }"

static uint32_t class_target(const struct tally *t, unsigned class_id)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < DRIVE_ENGINES_MAX; i++) {
		sum += t->class_target[i][class_id];
	}
	return sum;
}

/* So many users in all, each class and each engine having what it should. */
static bool settled_at(const struct tally *t, uint64_t users)
{
	uint32_t wanted = 0;

	for (unsigned c = 0; c < 3; c++) {
		wanted += class_target(t, c);
		for (unsigned i = 0; i < DRIVE_ENGINES_MAX; i++) {
			if (t->class_live[i][c] != t->class_target[i][c]) {
				return false;
			}
		}
	}
	return wanted == users && drive_live(t) == users;
}

static void assert_even(const struct drive *d)
{
	const struct tally *t = drive_tally(d);

	for (unsigned c = 0; c < 3; c++) {
		uint32_t least = UINT32_MAX, most = 0;
		for (unsigned i = 0; i < DRIVE_ENGINES_MAX; i++) {
			uint32_t live = t->class_live[i][c];
			least = live < least ? live : least;
			most = live > most ? live : most;
		}
		assert_true(most - least <= 1);
	}
}

static void four_engines_share_every_class_evenly_and_to_the_last_user(void **state)
{
	const struct drive_options options = { .engines = DRIVE_ENGINES_MAX,
					       .stop_timeout_ns = 5 * CLOCK_NS_PER_SEC };
	(void)state;
	struct drive *d =
		drive_start(&options,
			    SCENE("{ \"users\": 23, \"spawn_rate\": 2000, \"max_users\": 200 }", "",
				  THREE_CLASSES),
			    web_port(web));

	drive_until(d, settled_at, 23);
	assert_int_equal(class_live(drive_tally(d), 0), 14); /* of 14.4, 5.8 and 2.9 */
	assert_int_equal(class_live(drive_tally(d), 1), 6);
	assert_int_equal(class_live(drive_tally(d), 2), 3);
	assert_even(d);
	/* up, down, one class by hand, again in the middle of a ramp */
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 101);
	drive_until(d, settled_at, 101);
	assert_even(d);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 150);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 9);
	drive_until(d, settled_at, 9);
	assert_even(d);
	drive_command(d, COMMAND_USERS, 2, 7);
	drive_until(d, settled_at, 9 - class_live(drive_tally(d), 2) + 7);
	assert_int_equal(class_live(drive_tally(d), 2), 7);
	assert_even(d);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 1);
	drive_until(d, settled_at, 1);
	drive_stop(d);
	assert_int_equal(drive_live(drive_tally(d)), 0);
	assert_false(drive_tally(d)->after_end);
	assert_conserved(d);
	drive_free(d);
}

/* ---- pause -------------------------------------------------------------------------------- */

static bool paused_and_still(const struct tally *t, uint64_t engines)
{
	for (unsigned i = 0; i < engines; i++) {
		if (t->state[i] != RUN_PAUSED || t->in_flight[i] != 0) {
			return false;
		}
	}
	return true;
}

static void nothing_new_starts_while_paused(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&two_engines,
		ONE("{ \"users\": 10, \"spawn_rate\": 1000 }", "\"get\": \"/ok\"", "1ms"),
		web_port(web));

	drive_until(d, drive_live_is, 10);
	drive_command(d, COMMAND_PAUSE, COMMAND_ALL, 0);
	drive_until(d, paused_and_still, 2);
	uint64_t before = web_requests(web);
	drive_until(d, drive_time_is, clock_now_ns() + 200 * CLOCK_NS_PER_MS);
	assert_int_equal(web_requests(web), before);
	assert_int_equal(drive_live(drive_tally(d)), 10);
	drive_command(d, COMMAND_RESUME, COMMAND_ALL, 0);
	drive_until(d, drive_requests, before + 100);
	drive_command(d, COMMAND_PAUSE, COMMAND_ALL, 0);
	drive_until(d, paused_and_still, 2);
	drive_stop(d); /* also out of a pause */
	assert_int_equal(drive_events(d, EVENT_PAUSED), 2);
	assert_int_equal(drive_events(d, EVENT_RESUMED), 1);
	assert_conserved(d);
	drive_free(d);
}

static void a_pause_does_not_use_up_the_duration(void **state)
{
	(void)state;
	uint64_t began = clock_now_ns();
	struct drive *d =
		drive_start(&patient,
			    ONE("{ \"users\": 2, \"spawn_rate\": 1000, \"duration\": \"300ms\" }",
				"\"get\": \"/ok\"", "1ms"),
			    web_port(web));

	drive_until(d, drive_requests, 1);
	drive_command(d, COMMAND_PAUSE, COMMAND_ALL, 0);
	drive_until(d, drive_time_is, clock_now_ns() + 600 * CLOCK_NS_PER_MS);
	assert_int_equal(drive_tally(d)->ended, 0);
	drive_command(d, COMMAND_RESUME, COMMAND_ALL, 0);
	drive_finish(d);
	assert_true(clock_now_ns() - began >= 900 * CLOCK_NS_PER_MS);
	drive_free(d);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(users_come_and_go_by_command_at_any_moment),
		T(users_that_go_close_their_connections),
		T(a_user_asked_to_go_finishes_its_request),
		T(a_user_asked_to_go_and_wanted_again_is_the_same_one),
		T(classes_share_users_by_weight_and_by_hand),
		T(four_engines_share_every_class_evenly_and_to_the_last_user),
		T(two_engines_make_one_ramp),
		T(nothing_new_starts_while_paused),
		T(a_pause_does_not_use_up_the_duration),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
