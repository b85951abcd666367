/* SPDX-License-Identifier: MIT */
/* Engines against a real server on loopback: stages, the end, setup and teardown. */
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

/* ---- the end ------------------------------------------------------------------------------ */

static void the_duration_ends_the_run_by_itself(void **state)
{
	(void)state;
	struct drive *d =
		drive_start(&two_engines,
			    ONE("{ \"users\": 4, \"spawn_rate\": 1000, \"duration\": \"200ms\" }",
				"\"get\": \"/ok\"", "1ms"),
			    web_port(web));

	drive_finish(d);
	assert_int_equal(drive_event(d, EVENT_STOPPING)->u.event.a, 0);
	assert_true(drive_tally(d)->ok > 0);
	assert_int_equal(drive_tally(d)->failed + drive_tally(d)->aborted, 0);
	assert_conserved(d);
	drive_free(d);
}

static void stages_move_users_up_and_down_and_end_the_run(void **state)
{
	(void)state;
	struct drive *d = drive_start(&two_engines,
				      ONE("[ { \"users\": 12, \"over\": \"200ms\" }, { \"hold\": "
					  "\"300ms\" }, { \"users\": "
					  "0, \"over\": \"200ms\" } ]",
					  "\"get\": \"/ok\"", "1ms"),
				      web_port(web));

	drive_until(d, drive_live_is, 12);
	drive_finish(d);
	assert_int_equal(drive_tally(d)->most_live, 12);
	assert_int_equal(drive_event(d, EVENT_SPAWNED_ALL)->u.event.a, 12);
	assert_conserved(d);
	drive_free(d);
}

static void a_hand_on_the_slider_overrides_the_stages(void **state)
{
	(void)state;
	struct drive *d = drive_start(&patient,
				      ONE("[ { \"users\": 4, \"over\": \"50ms\" }, { \"hold\": "
					  "\"100ms\" }, { \"users\": 0, "
					  "\"over\": \"50ms\" }, { \"hold\": \"1h\" } ]",
					  "\"get\": \"/ok\"", "1ms"),
				      web_port(web));

	drive_command(d, COMMAND_SPAWN_RATE, COMMAND_ALL, 1000);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 7);
	drive_until(d, drive_live_is, 7);
	drive_until(d, drive_time_is, clock_now_ns() + 300 * CLOCK_NS_PER_MS);
	assert_int_equal(drive_live(drive_tally(d)), 7);
	drive_stop(d);
	drive_free(d);
}

static void a_drain_waits_for_what_is_in_flight(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&two_engines,
		ONE("{ \"users\": 6, \"spawn_rate\": 1000 }", "\"get\": \"/slow/300\"", "1ms"),
		web_port(web));

	drive_until(d, drive_in_flight_is, 6);
	drive_stop(d);
	assert_int_equal(drive_tally(d)->aborted, 0);
	assert_int_equal(drive_tally(d)->ok, web_requests(web));
	drive_free(d);
}

static void a_drain_cuts_off_what_takes_too_long(void **state)
{
	(void)state;
	const struct drive_options options = { .engines = 2,
					       .stop_timeout_ns = 50 * CLOCK_NS_PER_MS };
	struct drive *d = drive_start(
		&options,
		ONE("{ \"users\": 6, \"spawn_rate\": 1000 }", "\"get\": \"/never\"", "1ms"),
		web_port(web));

	drive_until(d, drive_in_flight_is, 6);
	drive_stop(d);
	assert_int_equal(drive_tally(d)->aborted, 6);
	assert_int_equal(drive_tally(d)->failed + drive_tally(d)->ok, 0);
	assert_conserved(d);
	drive_free(d);
}

static void stop_now_cuts_at_once_also_in_a_drain(void **state)
{
	(void)state;
	const struct drive_options options = { .stop_timeout_ns = 3600 * CLOCK_NS_PER_SEC };
	struct drive *d = drive_start(
		&options,
		ONE("{ \"users\": 5, \"spawn_rate\": 1000 }", "\"get\": \"/never\"", "1ms"),
		web_port(web));

	drive_until(d, drive_in_flight_is, 5);
	drive_command(d, COMMAND_STOP, COMMAND_ALL, 1);
	drive_until(d, drive_state_is, RUN_DRAINING);
	drive_command(d, COMMAND_STOP_NOW, COMMAND_ALL, 1);
	drive_finish(d);
	assert_int_equal(drive_tally(d)->aborted, 5);
	drive_free(d);
}

static void panic_ends_everybody_at_once_and_the_run_goes_on(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&two_engines,
		ONE("{ \"users\": 8, \"spawn_rate\": 1000 }", "\"get\": \"/slow/400\"", "1ms"),
		web_port(web));

	drive_until(d, drive_in_flight_is, 8);
	drive_command(d, COMMAND_PANIC, COMMAND_ALL, 0);
	drive_until(d, drive_live_is, 0);
	assert_int_equal(drive_tally(d)->aborted, 8);
	assert_int_equal(drive_events(d, EVENT_PANIC), 1);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 3);
	drive_until(d, drive_live_is, 3);
	drive_until(d, drive_requests, 14);
	drive_stop(d);
	assert_int_equal(drive_tally(d)->aborted, 8);
	assert_conserved(d);
	drive_free(d);
}

static void panic_and_users_in_one_breath_leave_the_right_number(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&patient,
		ONE("{ \"users\": 8, \"spawn_rate\": 1000000 }", "\"get\": \"/slow/500\"", "1ms"),
		web_port(web));

	drive_until(d, drive_in_flight_is, 8);
	drive_queue(d, COMMAND_PANIC, COMMAND_ALL, 0);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 5);
	drive_until(d, drive_requests, 13);
	drive_until(d, drive_live_is, 5);
	drive_until(d, drive_state_is, RUN_RUNNING);
	drive_stop(d);
	assert_int_equal(drive_tally(d)->aborted, 8);
	drive_free(d);
}

static void on_stop_steps_run_before_a_user_ends(void **state)
{
	(void)state;
	struct drive *d = drive_start(&patient,
				      SCENE("{ \"users\": 5, \"spawn_rate\": 1000 }", "",
					    "{ \"U\": { \"wait\": \"1h\", \"on_stop\": [ { "
					    "\"post\": \"/bye\", \"body\": \"b\" } "
					    "], \"tasks\": { \"t\": { \"get\": \"/ok\" } } } }"),
				      web_port(web));

	drive_until(d, drive_requests, 5);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 3);
	drive_until(d, drive_live_is, 3);
	assert_int_equal(web_requests_of(web, "/bye"), 2);
	drive_stop(d);
	assert_int_equal(web_requests_of(web, "/bye"), 5);
	assert_int_equal(drive_tally(d)->failed, 0);
	assert_conserved(d);
	drive_free(d);
}

/* ---- start, setup, teardown --------------------------------------------------------------- */

static void an_idle_engine_waits_for_the_start(void **state)
{
	(void)state;
	const struct drive_options options = { .engines = 2, .wait_for_start = true };
	struct drive *d = drive_start(
		&options, ONE("{ \"users\": 2, \"spawn_rate\": 1000 }", "\"get\": \"/ok\"", "1ms"),
		web_port(web));

	drive_until(d, drive_state_is, RUN_IDLE);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 4); /* moved on the plan page */
	drive_until(d, drive_time_is, clock_now_ns() + 150 * CLOCK_NS_PER_MS);
	assert_int_equal(web_requests(web), 0);
	drive_command(d, COMMAND_START, COMMAND_ALL, 0);
	drive_until(d, drive_live_is, 4);
	drive_stop(d);
	drive_free(d);

	d = drive_start(&options,
			ONE("{ \"users\": 2, \"spawn_rate\": 1000 }", "\"get\": \"/ok\"", "1ms"),
			web_port(web));
	drive_stop(d); /* never started */
	assert_int_equal(drive_tally(d)->ok, 0);
	drive_free(d);
}

#define PREPARED                                                                        \
	"\"health\": { \"get\": \"/up\", \"timeout\": \"10s\", \"every\": \"10ms\" }, " \
	"\"setup\": [ { \"get\": \"/json\", \"extract\": { \"id\": \"id\" } } ], "      \
	"\"teardown\": [ { \"delete\": \"/done/{{id}}\" } ], "

static void engine_0_prepares_and_cleans_up_for_all(void **state)
{
	(void)state;
	struct drive *d = drive_start(&two_engines,
				      SCENE("{ \"users\": 6, \"spawn_rate\": 1000 }", PREPARED,
					    "{ \"U\": { \"wait\": \"1ms\", \"tasks\": { \"t\": { "
					    "\"get\": \"/item/{{id}}\" } } "
					    "} }"),
				      web_port(web));

	drive_until(d, drive_live_is, 6);
	drive_until(d, drive_requests, 60);
	drive_stop(d);
	const struct tally *t = drive_tally(d);
	assert_int_equal(t->failed, 0);
	assert_int_equal(t->setup, 3 + 1 + 1);
	assert_int_equal(web_requests_of(web, "/up"), 3);
	assert_int_equal(web_requests_of(web, "/json"), 1);
	assert_int_equal(web_requests_of(web, "/item/1"), t->ok);
	assert_int_equal(web_requests_of(web, "/done/1"), 1);
	assert_true(t->live[0] + t->live[1] == 0);
	assert_conserved(d);
	drive_free(d);
}

static void a_user_that_comes_again_does_not_repeat_itself(void **state)
{
	(void)state;
	struct drive *d =
		drive_start(&patient,
			    ONE("{ \"users\": 1 }",
				"\"get\": \"/{{uuid}}/{{counter}}\", \"name\": \"n\"", "1h"),
			    web_port(web));
	char first[128], second[128];

	drive_until(d, drive_requests, 1);
	drive_command(d, COMMAND_PANIC, COMMAND_ALL, 0);
	drive_until(d, drive_live_is, 0);
	drive_command(d, COMMAND_USERS, COMMAND_ALL, 1);
	drive_until(d, drive_requests, 2);
	drive_stop(d);
	web_log(web, 0, first);
	web_log(web, 1, second);
	assert_string_not_equal(first, second);
	assert_string_equal(first + 37, "/1");
	assert_string_equal(second + 37, "/3");          /* 2: its on_start, had it one */
	assert_int_equal(drive_tally(d)->most_users, 1); /* it has the same number, though */
	drive_free(d);
}

static void a_failing_setup_ends_the_run_before_it_begins(void **state)
{
	(void)state;
	struct drive *d = drive_start(&two_engines,
				      SCENE("{ \"users\": 6, \"spawn_rate\": 1000 }",
					    "\"setup\": [ { \"get\": \"/status/500\" } ], "
					    "\"teardown\": [ { \"get\": \"/ok\" } "
					    "], ",
					    "{ \"U\": { \"wait\": \"1ms\", \"tasks\": { \"t\": { "
					    "\"get\": \"/ok\" } } } }"),
				      web_port(web));

	drive_finish(d);
	const struct sample *event = drive_event(d, EVENT_SETUP_FAILED);
	assert_non_null(event);
	assert_int_equal(event->u.event.a, FAILURE_STATUS);
	assert_int_equal(event->u.event.b, 500);
	assert_int_equal(drive_events(d, EVENT_STARTED), 0);
	assert_int_equal(web_requests(web), 1);
	drive_free(d);
}

static void a_target_that_never_gets_healthy_ends_the_run(void **state)
{
	(void)state;
	struct dead_port dead = dead_port_open();
	struct drive *d =
		drive_start(&two_engines,
			    SCENE("{ \"users\": 6 }",
				  "\"health\": { \"get\": \"/up\", \"timeout\": \"100ms\", "
				  "\"every\": \"20ms\" }, ",
				  "{ \"U\": { \"tasks\": { \"t\": { \"get\": \"/ok\" } } } }"),
			    dead.port);

	drive_finish(d);
	assert_int_equal(drive_event(d, EVENT_SETUP_FAILED)->u.event.a, FAILURE_REFUSED);
	assert_true(drive_tally(d)->setup >= 2);
	drive_free(d);
	dead_port_close(&dead);
}

static void stopping_while_waiting_for_health_ends_all(void **state)
{
	(void)state;
	struct dead_port dead = dead_port_open();
	struct drive *d =
		drive_start(&two_engines,
			    SCENE("{ \"users\": 6 }",
				  "\"health\": { \"get\": \"/up\", \"timeout\": \"1h\", "
				  "\"every\": \"20ms\" }, ",
				  "{ \"U\": { \"tasks\": { \"t\": { \"get\": \"/ok\" } } } }"),
			    dead.port);

	drive_until(d, drive_state_is, RUN_SETUP);
	drive_stop(d);
	assert_null(drive_event(d, EVENT_SETUP_FAILED));
	drive_free(d);
	dead_port_close(&dead);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(the_duration_ends_the_run_by_itself),
		T(stages_move_users_up_and_down_and_end_the_run),
		T(a_hand_on_the_slider_overrides_the_stages),
		T(a_drain_waits_for_what_is_in_flight),
		T(a_drain_cuts_off_what_takes_too_long),
		T(stop_now_cuts_at_once_also_in_a_drain),
		T(panic_ends_everybody_at_once_and_the_run_goes_on),
		T(panic_and_users_in_one_breath_leave_the_right_number),
		T(on_stop_steps_run_before_a_user_ends),
		T(an_idle_engine_waits_for_the_start),
		T(engine_0_prepares_and_cleans_up_for_all),
		T(a_user_that_comes_again_does_not_repeat_itself),
		T(a_failing_setup_ends_the_run_before_it_begins),
		T(a_target_that_never_gets_healthy_ends_the_run),
		T(stopping_while_waiting_for_health_ends_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
