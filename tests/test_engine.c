/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "drive.h"
#include "web.h"

#define SCENARIO(load, users)                                                     \
	"{ \"name\": \"t\", \"target\": \"http://127.0.0.1:%u\", \"load\": " load \
	", \"users\": " users " }"
/* One class of users that get `path` over and over. */
#define ONE(load, path, wait)                                                                      \
	SCENARIO(load, "{ \"U\": { \"wait\": \"" wait "\", \"tasks\": { \"t\": { \"get\": \"" path \
		       "\" } } } }")

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

static void every_request_the_server_saw_is_one_sample(void **state)
{
	const struct drive_options options = { .stop_timeout_ns = 5 * CLOCK_NS_PER_SEC };
	struct drive *d =
		drive_start(&options, ONE("{ \"users\": 8, \"spawn_rate\": 1000 }", "/ok", "1ms"),
			    web_port(web));
	(void)state;

	drive_until(d, drive_live_is, 8);
	drive_until(d, drive_requests, 500);
	drive_command(d, COMMAND_STOP, COMMAND_ALL, 1);
	drive_finish(d);
	const struct tally *t = drive_tally(d);
	assert_int_equal(t->ok, web_requests(web));
	assert_int_equal(t->failed + t->aborted, 0);
	assert_int_equal(drive_live(t), 0);
	/* own connections, kept */
	assert_int_equal(t->new_connections, 8);
	assert_int_equal(drive_event(d, EVENT_SPAWNED_ALL)->u.event.a, 8);
	assert_int_equal(drive_event(d, EVENT_STOPPING)->u.event.a, 1);
	assert_int_equal(t->ring_waits, 0);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_request_the_server_saw_is_one_sample, setup,
						teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
