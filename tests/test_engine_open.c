/* SPDX-License-Identifier: MIT */
/* Arrival-rate runs against a real server on loopback. No figure here depends on how fast this
 * machine is: counts over a fixed number of arrivals, and lower bounds. */
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

static uint64_t held_back(const struct tally *t)
{
	return t->held_back[0] + t->held_back[1];
}

static void as_many_start_as_the_rate_says(void **state)
{
	(void)state;
	struct drive *d =
		drive_start(&two_engines,
			    ONE("{ \"rate\": 500, \"users\": 40, \"duration\": \"600ms\" }",
				"\"get\": \"/ok\"", "1h"),
			    web_port(web));

	drive_finish(d);
	const struct tally *t = drive_tally(d);
	/* start k is due at (k + 1) / 500 s: 299 of them before the end, the 300th falls on it;
	 * what is due in the very last moments may come too late for it */
	assert_true(t->ok <= 299);
	assert_true(t->ok + held_back(t) >= 250);
	/* and every one of them is accounted for, however slow the machine */
	assert_int_equal(t->due[0] + t->due[1], 299);
	assert_int_equal(t->started[0] + t->started[1], t->ok);
	assert_int_equal(t->failed + t->aborted, 0);
	assert_int_equal(web_requests(web), t->ok);
	drive_free(d);
}

/* At 20,000 a second they are 50 us apart and one wake-up serves several: when the last of them is due. */
static void arrivals_that_follow_closely_start_together_and_none_before_it_is_due(void **state)
{
	(void)state;
	struct drive *d =
		drive_start(&two_engines,
			    ONE("{ \"rate\": 20000, \"users\": 100, \"duration\": \"300ms\" }",
				"\"get\": \"/ok\"", "1h"),
			    web_port(web));

	drive_finish(d);
	const struct tally *t = drive_tally(d);
	assert_int_equal(t->early, 0);
	assert_true(t->ok > 0);
	assert_true(t->ok <= 5999);
	assert_int_equal(t->failed + t->aborted, 0);
	assert_int_equal(web_requests(web), t->ok);
	drive_free(d);
}

static void what_finds_nobody_idle_is_held_back_and_its_wait_is_told(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&patient, ONE("{ \"rate\": 200, \"users\": 2 }", "\"get\": \"/slow/50\"", "1h"),
		web_port(web));

	/* two users at 50 ms each serve 40 of the 200 a second */
	drive_until(d, drive_requests, 30);
	drive_stop(d);
	const struct tally *t = drive_tally(d);
	assert_true(held_back(t) >= 60);
	/* start 30 was due at 0.155 s and went out at 0.7 s at the earliest */
	assert_true(t->response_over_service > 30 * 0.2);
	assert_int_equal(t->failed + t->aborted, 0);
	assert_true(t->most_users <= 2);
	drive_free(d);
}

/* Start k was due at (k + 1) / 200 s and goes out at k / 40 s at the earliest, whatever became of the rate
 * since then. */
static void a_new_rate_does_not_forget_how_long_the_held_back_have_waited(void **state)
{
	(void)state;
	double waited = 0;
	struct drive *d = drive_start(&patient,
				      ONE("{ \"rate\": 200, \"users\": 2, \"max_rate\": 1000 }",
					  "\"get\": \"/slow/50\"", "1h"),
				      web_port(web));

	drive_until(d, drive_requests, 20);
	drive_command(d, COMMAND_ARRIVAL_RATE, COMMAND_ALL, 1000);
	drive_until(d, drive_requests, 60);
	for (int k = 0; k < 58; k++) {
		waited += k / 40.0 - 0.05 - (k + 1) / 200.0;
	}
	assert_true(drive_tally(d)->response_over_service > waited);
	assert_int_equal(drive_events(d, EVENT_TARGET), 0); /* a rate is no number of users */
	drive_stop(d);
	drive_free(d);
}

static uint32_t most_in_flight;

static bool watch_in_flight(const struct tally *t, uint64_t n)
{
	if (drive_in_flight(t) > most_in_flight) {
		most_in_flight = drive_in_flight(t);
	}
	return drive_requests(t, n);
}

static void the_cap_on_requests_in_flight_holds(void **state)
{
	(void)state;
	most_in_flight = 0;
	struct drive *d = drive_start(&two_engines,
				      ONE("{ \"rate\": 1000, \"users\": 50, \"max_in_flight\": 5 }",
					  "\"get\": \"/slow/20\"", "1h"),
				      web_port(web));

	drive_until(d, watch_in_flight, 150);
	drive_stop(d);
	assert_int_equal(most_in_flight, 5);
	assert_true(held_back(drive_tally(d)) > 0);
	assert_true(web_connections(web) <= 50);
	drive_free(d);
}

static void nothing_arrives_while_paused_or_after_a_panic(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&two_engines, ONE("{ \"rate\": 400, \"users\": 20 }", "\"get\": \"/ok\"", "1h"),
		web_port(web));

	drive_until(d, drive_requests, 40);
	drive_command(d, COMMAND_PAUSE, COMMAND_ALL, 0);
	drive_until(d, drive_state_is, RUN_PAUSED);
	drive_until(d, drive_time_is, clock_now_ns() + 150 * CLOCK_NS_PER_MS);
	uint64_t before = web_requests(web);
	drive_until(d, drive_time_is, clock_now_ns() + 150 * CLOCK_NS_PER_MS);
	assert_int_equal(web_requests(web), before);
	drive_command(d, COMMAND_RESUME, COMMAND_ALL, 0);
	drive_until(d, drive_requests, before + 40);
	drive_command(d, COMMAND_PANIC, COMMAND_ALL, 0);
	drive_until(d, drive_live_is, 0);
	before = web_requests(web);
	drive_command(d, COMMAND_ARRIVAL_RATE, COMMAND_ALL, 300);
	drive_until(d, drive_live_is, 20);
	drive_until(d, drive_requests, before + 30);
	drive_stop(d);
	assert_int_equal(drive_tally(d)->failed, 0);
	/* what was due in the meantime was not made up for: response times show no such wait */
	assert_true(drive_tally(d)->response_over_service < 5);
	drive_free(d);
}

static void classes_take_arrivals_by_their_weights(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&two_engines,
		SCENE("{ \"rate\": 2000, \"users\": 40 }", "",
		      "{ \"A\": { \"weight\": 3, \"tasks\": { \"t\": { \"get\": \"/a\" } } }, "
		      "\"B\": { \"weight\": 1, \"tasks\": { \"t\": { \"get\": \"/b\" } } } }"),
		web_port(web));

	drive_until(d, drive_requests, 1200);
	drive_stop(d);
	const struct tally *t = drive_tally(d);
	uint64_t all = t->by_class[0] + t->by_class[1];
	/* a quarter, give or take six standard deviations */
	assert_true(t->by_class[1] * 1000 > all * 170 && t->by_class[1] * 1000 < all * 330);
	drive_free(d);
}

static void users_log_in_before_they_carry_arrivals(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&patient,
		SCENE("{ \"rate\": 300, \"users\": 5 }", "",
		      "{ \"U\": { \"on_start\": [ { \"post\": \"/json\", \"json\": {}, "
		      "\"extract\": { "
		      "\"token\": \"token\" }, \"then\": { \"headers\": { \"Authorization\": "
		      "\"Bearer "
		      "{{token}}\" } } } ], \"tasks\": { \"t\": { \"get\": \"/token\" } } } }"),
		web_port(web));

	drive_until(d, drive_requests, 60);
	drive_stop(d);
	assert_int_equal(web_requests_of(web, "/json"), 5);
	assert_int_equal(drive_tally(d)->failed, 0);
	drive_free(d);
}

static void engines_without_users_leave_the_arrivals_to_the_others(void **state)
{
	(void)state;
	const struct drive_options options = { .engines = 4,
					       .stop_timeout_ns = 5 * CLOCK_NS_PER_SEC };
	struct drive *d =
		drive_start(&options,
			    ONE("{ \"rate\": 200, \"users\": 2, \"duration\": \"400ms\" }",
				"\"get\": \"/ok\"", "1h"),
			    web_port(web));

	drive_finish(d);
	const struct tally *t = drive_tally(d);
	assert_true(t->ok <= 80);
	assert_true(t->ok + held_back(t) >= 60);
	drive_free(d);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(as_many_start_as_the_rate_says),
		T(arrivals_that_follow_closely_start_together_and_none_before_it_is_due),
		T(what_finds_nobody_idle_is_held_back_and_its_wait_is_told),
		T(a_new_rate_does_not_forget_how_long_the_held_back_have_waited),
		T(the_cap_on_requests_in_flight_holds),
		T(nothing_arrives_while_paused_or_after_a_panic),
		T(classes_take_arrivals_by_their_weights),
		T(engines_without_users_leave_the_arrivals_to_the_others),
		T(users_log_in_before_they_carry_arrivals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
