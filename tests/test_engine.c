/* SPDX-License-Identifier: MIT */
/* Engines against a real server on loopback: how users come, work, fail and go. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "drive.h"
#include "engine/transport.h"
#include "scene.h"
#include "web.h"

static struct web *web;
/* Every test runs over both transports. */
static struct drive_options patient = { .stop_timeout_ns = 5 * CLOCK_NS_PER_SEC };

static int over_direct(void **state)
{
	(void)state;
	patient.transport = &transport_direct_ops;
	return 0;
}

static int over_curl(void **state)
{
	(void)state;
	patient.transport = &transport_curl_ops;
	return 0;
}

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

/* What the server saw is what was counted, but for requests that were never sent. */
static void assert_conserved(const struct drive *d)
{
	const struct tally *t = drive_tally(d);

	assert_int_equal(web_requests(web), drive_all(t) - t->unseen + t->setup);
}

/* ---- requests ----------------------------------------------------------------------------- */

static void every_request_the_server_saw_is_one_sample(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&patient, ONE("{ \"users\": 8, \"spawn_rate\": 1000 }", "\"get\": \"/ok\"", "1ms"),
		web_port(web));

	drive_until(d, drive_live_is, 8);
	drive_until(d, drive_requests, 500);
	drive_stop(d);
	const struct tally *t = drive_tally(d);
	assert_int_equal(t->ok, web_requests(web));
	assert_int_equal(t->failed + t->aborted, 0);
	assert_int_equal(drive_live(t), 0);
	/* own connections, kept */
	assert_int_equal(t->new_connections, 8);
	assert_int_equal(web_connections(web), 8);
	assert_int_equal(drive_event(d, EVENT_SPAWNED_ALL)->u.event.a, 8);
	assert_int_equal(drive_event(d, EVENT_STOPPING)->u.event.a, 1);
	assert_int_equal(drive_events(d, EVENT_STARTED), 1);
	assert_int_equal(t->ring_waits, 0);
	drive_free(d);
}

static void a_full_ring_makes_the_engine_wait_and_loses_nothing(void **state)
{
	(void)state;
	struct drive_options options = patient;
	options.ring_capacity = 4;
	struct drive *d = drive_start(
		&options, ONE("{ \"users\": 8, \"spawn_rate\": 1000 }", "\"get\": \"/ok\"", "1ms"),
		web_port(web));

	drive_until(d, drive_requests, 300);
	drive_stop(d);
	assert_int_equal(drive_tally(d)->ok, web_requests(web));
	assert_true(drive_tally(d)->ring_waits > 0);
	drive_free(d);
}

static void a_login_gives_every_later_request_its_header(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&patient,
		SCENE("{ \"users\": 3, \"spawn_rate\": 1000 }", "",
		      "{ \"U\": { \"wait\": \"2ms\", \"on_start\": [ { \"post\": \"/json\", "
		      "\"json\": { \"u\": \"{{hex 8}}\" }, \"extract\": { \"token\": \"token\" }, "
		      "\"then\": { \"headers\": { \"Authorization\": \"Bearer {{token}}\" } } } ], "
		      "\"tasks\": { \"t\": { \"get\": \"/token\" } } } }"),
		web_port(web));

	drive_until(d, drive_requests, 60);
	drive_stop(d);
	assert_int_equal(drive_tally(d)->failed, 0);
	assert_int_equal(web_requests_of(web, "/json"), 3);
	assert_conserved(d);
	drive_free(d);
}

static void a_failed_login_is_one_failure_and_the_user_goes_on(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&patient,
		SCENE("{ \"users\": 2, \"spawn_rate\": 1000 }", "",
		      "{ \"U\": { \"wait\": \"2ms\", \"on_start\": [ { \"post\": \"/status/500\", "
		      "\"extract\": { \"token\": \"token\" }, \"then\": { \"headers\": { "
		      "\"Authorization\": \"Bearer {{token}}\" } } } ], "
		      "\"tasks\": { \"t\": { \"get\": \"/token\", \"expect\": { \"status\": 401 } "
		      "} "
		      "} } }"),
		web_port(web));

	drive_until(d, drive_requests, 30);
	drive_stop(d);
	const struct tally *t = drive_tally(d);
	assert_int_equal(t->failed, 2);
	assert_int_equal(t->kinds[FAILURE_STATUS], 2);
	assert_int_equal(t->ok, web_requests_of(web, "/token"));
	assert_conserved(d);
	drive_free(d);
}

/* The failures of one endpoint in a class of two users, until `n` failed. */
static struct drive *drive_failures(const char *json, uint64_t n)
{
	struct drive *d = drive_start(&patient, json, web_port(web));

	drive_until(d, drive_failed, n);
	drive_stop(d);
	assert_int_equal(drive_tally(d)->ok, 0);
	return d;
}

#define TWO "{ \"users\": 2, \"spawn_rate\": 1000 }"

static void a_wrong_status_is_a_failure_with_its_status(void **state)
{
	(void)state;
	struct drive *d = drive_failures(ONE(TWO, "\"get\": \"/status/503\"", "2ms"), 10);

	assert_int_equal(drive_tally(d)->kinds[FAILURE_STATUS], drive_tally(d)->failed);
	assert_int_equal(drive_tally(d)->last.u.request.status, 503);
	assert_conserved(d);
	drive_free(d);
}

static void a_check_that_does_not_hold_is_a_failure(void **state)
{
	(void)state;
	struct drive *d = drive_failures(
		ONE(TWO, "\"get\": \"/ok\", \"expect\": { \"contains\": \"good\" }", "2ms"), 10);

	assert_int_equal(drive_tally(d)->kinds[FAILURE_CHECK], drive_tally(d)->failed);
	assert_int_equal(drive_tally(d)->detail, 0);
	drive_free(d);
}

static void a_value_that_is_not_there_is_a_failure(void **state)
{
	(void)state;
	struct drive *d = drive_failures(
		ONE(TWO, "\"get\": \"/json\", \"extract\": { \"v\": \"nothing\" }", "2ms"), 10);

	assert_int_equal(drive_tally(d)->kinds[FAILURE_EXTRACT], drive_tally(d)->failed);
	drive_free(d);
}

static void an_answer_that_does_not_come_is_a_timeout(void **state)
{
	(void)state;
	struct drive *d =
		drive_failures(ONE(TWO, "\"get\": \"/never\", \"timeout\": \"50ms\"", "2ms"), 6);

	const uint64_t *kinds = drive_tally(d)->kinds;
	assert_true(kinds[FAILURE_TIMEOUT] > 0);
	/* on a machine with too much to do already the connecting takes too long */
	assert_int_equal(kinds[FAILURE_TIMEOUT] + kinds[FAILURE_CONNECT_TIMEOUT],
			 drive_tally(d)->failed);
	drive_free(d);
}

static void a_reset_connection_is_a_failure_and_the_user_survives(void **state)
{
	(void)state;
	struct drive *d = drive_failures(ONE(TWO, "\"get\": \"/reset\"", "2ms"), 20);

	assert_int_equal(drive_tally(d)->kinds[FAILURE_RESET], drive_tally(d)->failed);
	assert_conserved(d);
	drive_free(d);
}

static void what_cannot_be_rendered_is_a_failure_and_nothing_is_sent(void **state)
{
	(void)state;
	struct drive *d = drive_failures(
		SCENE(TWO, "",
		      "{ \"U\": { \"wait\": \"1ms\", \"on_start\": [ { \"get\": \"/ok\", "
		      "\"expect\": { \"status\": 500 }, \"extract\": { \"v\": \"header:X\" } } ], "
		      "\"tasks\": { \"t\": { \"get\": \"/v/{{v}}\" } } } }"),
		8);

	assert_int_equal(drive_tally(d)->kinds[FAILURE_RENDER], drive_tally(d)->failed - 2);
	assert_int_equal(web_requests(web), 2);
	assert_conserved(d);
	drive_free(d);
}

static void a_dead_target_is_not_spun_on(void **state)
{
	(void)state;
	struct dead_port dead = dead_port_open();
	uint64_t began = clock_now_ns();
	struct drive *d =
		drive_start(&patient, ONE("{ \"users\": 1 }", "\"get\": \"/ok\"", "0s"), dead.port);

	/* waits of at least 50, 100, 200 and 400 ms between five attempts */
	drive_until(d, drive_failed, 5);
	assert_true(clock_now_ns() - began >= 750 * CLOCK_NS_PER_MS);
	drive_stop(d);
	assert_int_equal(drive_tally(d)->kinds[FAILURE_REFUSED], drive_tally(d)->failed);
	assert_int_equal(drive_tally(d)->detail, 111);
	drive_free(d);
	dead_port_close(&dead);
}

static void redirects_are_followed_within_one_sample(void **state)
{
	(void)state;
	struct drive *d =
		drive_start(&patient, ONE(TWO, "\"get\": \"/redirect/3\"", "2ms"), web_port(web));

	drive_until(d, drive_requests, 10);
	drive_stop(d);
	const struct tally *t = drive_tally(d);
	assert_int_equal(t->failed, 0);
	assert_int_equal(t->redirected, t->ok);
	assert_int_equal(web_requests_of(web, "/redirect/3"), t->ok);
	assert_int_equal(web_requests_of(web, "/ok"), t->ok);
	assert_int_equal(web_requests(web), 4 * t->ok);
	assert_int_equal(t->last.u.request.status, 200);
	drive_free(d);
}

static void redirects_without_end_are_a_failure(void **state)
{
	(void)state;
	struct drive *d = drive_failures(ONE(TWO, "\"get\": \"/redirect/40\"", "2ms"), 2);

	assert_int_equal(drive_tally(d)->kinds[FAILURE_OTHER], drive_tally(d)->failed);
	assert_int_equal(drive_tally(d)->detail, 47);
	assert_int_equal(web_requests(web), 31 * drive_tally(d)->failed);
	drive_free(d);
}

static void redirects_treat_methods_and_bodies_as_browsers_do(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&patient,
		SCENE(TWO, "",
		      "{ \"U\": { \"wait\": \"2ms\", \"tasks\": { \"t\": { \"steps\": [ "
		      "{ \"post\": \"/see\", \"body\": \"b\", \"expect\": { \"contains\": \"GET \" "
		      "} }, "
		      "{ \"post\": \"/again\", \"body\": \"b\", \"expect\": { \"contains\": \"POST "
		      "b\" } "
		      "} ] } } } }"),
		web_port(web));

	drive_until(d, drive_requests, 12);
	drive_stop(d);
	assert_int_equal(drive_tally(d)->failed, 0);
	drive_free(d);
}

static void cookies_come_back_to_the_server_of_the_same_user(void **state)
{
	(void)state;
	struct drive *d = drive_start(
		&patient,
		SCENE(TWO, "",
		      "{ \"U\": { \"wait\": \"2ms\", \"on_start\": [ { \"get\": \"/set\" } ], "
		      "\"tasks\": { \"t\": { \"get\": \"/cookie\" } } } }"),
		web_port(web));

	drive_until(d, drive_requests, 20);
	drive_stop(d);
	assert_int_equal(drive_tally(d)->failed, 0);
	drive_free(d);
}

static void steps_of_a_task_run_in_order_and_weights_choose_tasks(void **state)
{
	(void)state;
	struct drive *d = drive_start(&patient,
				      SCENE("{ \"users\": 4, \"spawn_rate\": 1000 }", "",
					    "{ \"U\": { \"wait\": \"0s\", \"tasks\": { \"two\": { "
					    "\"weight\": 3, \"steps\": [ { "
					    "\"get\": \"/a\" }, { \"get\": \"/b\" } ] }, \"one\": "
					    "{ \"weight\": 1, \"get\": "
					    "\"/c\" } } } }"),
				      web_port(web));

	drive_until(d, drive_requests, 2000);
	drive_stop(d);
	uint64_t a = web_requests_of(web, "/a"), b = web_requests_of(web, "/b"),
		 c = web_requests_of(web, "/c");
	assert_true(a >= b && a - b <= 4);
	/* 3 : 1 of about 1,100 draws; six standard deviations */
	assert_true(4 * c > (a + c) - (a + c) / 3 && 4 * c < (a + c) + (a + c) / 3);
	drive_free(d);
}

static void equal_seeds_send_equal_requests(void **state)
{
	(void)state;
	char first[20][128];

	for (int round = 0; round < 3; round++) {
		struct drive_options options = patient;
		options.seed = round < 2 ? 7 : 8;
		struct web *own = web_start();
		struct drive *d = drive_start(
			&options,
			ONE("{ \"users\": 1 }",
			    "\"get\": \"/{{int 1 1000000}}/{{uuid}}\", \"name\": \"n\"", "0s"),
			web_port(own));
		unsigned same = 0;

		drive_until(d, drive_requests, 20);
		drive_stop(d);
		for (unsigned i = 0; i < 20; i++) {
			char uri[128];
			web_log(own, i, uri);
			same += round > 0 && strcmp(uri, first[i]) == 0;
			if (round == 0) {
				memcpy(first[i], uri, sizeof(uri));
			}
		}
		assert_int_equal(same, round == 1 ? 20 : 0);
		drive_free(d);
		web_stop(own);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(every_request_the_server_saw_is_one_sample),
		T(a_full_ring_makes_the_engine_wait_and_loses_nothing),
		T(a_login_gives_every_later_request_its_header),
		T(a_failed_login_is_one_failure_and_the_user_goes_on),
		T(a_wrong_status_is_a_failure_with_its_status),
		T(a_check_that_does_not_hold_is_a_failure),
		T(a_value_that_is_not_there_is_a_failure),
		T(an_answer_that_does_not_come_is_a_timeout),
		T(a_reset_connection_is_a_failure_and_the_user_survives),
		T(what_cannot_be_rendered_is_a_failure_and_nothing_is_sent),
		T(a_dead_target_is_not_spun_on),
		T(redirects_are_followed_within_one_sample),
		T(redirects_without_end_are_a_failure),
		T(redirects_treat_methods_and_bodies_as_browsers_do),
		T(cookies_come_back_to_the_server_of_the_same_user),
		T(steps_of_a_task_run_in_order_and_weights_choose_tasks),
		T(equal_seeds_send_equal_requests),
	};
	int failed = cmocka_run_group_tests_name("direct", tests, over_direct, NULL);

	return failed + cmocka_run_group_tests_name("curl", tests, over_curl, NULL);
}
