/* SPDX-License-Identifier: MIT */
/* Failing requests as an engine hands them over, against a real server and over both transports. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "drive.h"
#include "engine/transport.h"
#include "message/exchange.h"
#include "scene.h"
#include "web.h"

static struct web *web;
static struct exchange *got;
static struct drive_options options = { .stop_timeout_ns = 5 * CLOCK_NS_PER_SEC,
					.exchanges = true };

static int over_direct(void **state)
{
	(void)state;
	options.transport = &transport_direct_ops;
	return 0;
}

static int over_curl(void **state)
{
	(void)state;
	options.transport = &transport_curl_ops;
	return 0;
}

static int setup(void **state)
{
	(void)state;
	web = web_start();
	got = mem_new(sizeof(*got));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	web_stop(web);
	free(got);
	return 0;
}

/* The part as a string; valid until the next call. */
static const char *part(enum exchange_part which)
{
	static char text[EXCHANGE_BODY_MAX + 1];
	size_t len;
	const char *data = exchange_part(got, which, &len);

	memcpy(text, data, len);
	text[len] = '\0';
	return text;
}

/* A login, then one failing request over and over. */
#define LOGGED_IN(request)                                                                   \
	SCENE("{ \"users\": 1, \"spawn_rate\": 10 }", "",                                    \
	      "{ \"U\": { \"wait\": \"1ms\", \"on_start\": [ { \"post\": \"/json\", "        \
	      "\"json\": { \"u\": 1 }, \"extract\": { \"token\": \"token\" }, "              \
	      "\"then\": { \"headers\": { \"Authorization\": \"Bearer {{token}}\" } } } ], " \
	      "\"tasks\": { \"t\": { " request " } } } }")

static void run_until_failed(const char *scene, unsigned port, uint64_t n)
{
	struct drive *d = drive_start(&options, scene, port);

	drive_until(d, drive_failed, n);
	drive_stop(d);
	assert_true(drive_exchange(d, got));
	/* nobody took them out: no more than one link holds, and the run went on */
	unsigned more = 0;
	struct exchange *other = mem_new(sizeof(*other));
	while (drive_exchange(d, other)) {
		more++;
	}
	free(other);
	assert_true(more < EXCHANGE_LINK_ITEMS);
	assert_true(drive_tally(d)->failed >= n);
	drive_free(d);
}

static void a_status_that_is_not_accepted_is_handed_over_whole(void **state)
{
	uint32_t at = 0;
	uint16_t slot;
	const char *value;
	size_t len;

	(void)state;
	run_until_failed(LOGGED_IN("\"post\": \"/status/503?q={{token}}\", "
				   "\"json\": { \"a\": \"b{{user}}\" }, "
				   "\"headers\": { \"X-A\": \"1\" }"),
			 web_port(web), 3);
	assert_int_equal(got->kind, FAILURE_STATUS);
	assert_int_equal(got->status, 503);
	assert_int_equal(got->user, 0);
	assert_string_equal(got->method, "POST");
	assert_string_equal(part(EXCHANGE_HOST), "127.0.0.1");
	assert_int_equal(got->port, web_port(web));
	assert_true(got->home && got->has_body && !got->tls);
	assert_string_equal(part(EXCHANGE_PATH), "/status/503?q=T");
	assert_non_null(strstr(part(EXCHANGE_REQUEST_HEADERS), "Authorization: Bearer T\r\n"));
	assert_non_null(strstr(part(EXCHANGE_REQUEST_HEADERS), "X-A: 1\r\n"));
	assert_string_equal(part(EXCHANGE_REQUEST_BODY), "{\"a\":\"b0\"}");
	assert_non_null(strstr(part(EXCHANGE_RESPONSE_HEADERS), "Content-Length:"));
	assert_true(got->first_byte_ns >= got->start_ns && got->end_ns >= got->first_byte_ns);
	/* what is to be masked comes along */
	assert_true(exchange_next_secret(got, &at, &slot, &value, &len));
	assert_int_equal(len, 1);
	assert_memory_equal(value, "T", 1);
	assert_false(exchange_next_secret(got, &at, &slot, &value, &len));
}

static void a_reset_shows_what_was_sent(void **state)
{
	(void)state;
	run_until_failed(LOGGED_IN("\"post\": \"/reset\", \"body\": \"hello\""), web_port(web), 1);
	assert_int_equal(got->kind, FAILURE_RESET);
	assert_int_equal(got->status, 0);
	assert_true(got->headless);
	assert_int_equal(got->first_byte_ns, 0);
	assert_string_equal(part(EXCHANGE_REQUEST_BODY), "hello");
	assert_int_equal(got->parts[EXCHANGE_RESPONSE_BODY].len, 0);
}

static void a_timeout_shows_how_long_was_waited(void **state)
{
	(void)state;
	run_until_failed(LOGGED_IN("\"get\": \"/never\", \"timeout\": \"100ms\""), web_port(web),
			 1);
	assert_int_equal(got->kind, FAILURE_TIMEOUT);
	assert_true(got->end_ns - got->start_ns >= 90 * CLOCK_NS_PER_MS);
	assert_string_equal(part(EXCHANGE_PATH), "/never");
	assert_false(got->has_body);
}

static void a_check_that_fails_shows_the_answer(void **state)
{
	(void)state;
	run_until_failed(LOGGED_IN("\"get\": \"/ok\", \"expect\": { \"contains\": \"sad\" }"),
			 web_port(web), 1);
	assert_int_equal(got->kind, FAILURE_CHECK);
	assert_int_equal(got->status, 200);
	assert_non_null(strstr(part(EXCHANGE_RESPONSE_BODY), "fine"));
}

static void a_request_that_cannot_be_built_is_told_of_too(void **state)
{
	(void)state;
	run_until_failed(
		SCENE("{ \"users\": 1, \"spawn_rate\": 10 }", "",
		      "{ \"U\": { \"wait\": \"1ms\", \"tasks\": { \"t\": { \"steps\": [ "
		      "{ \"get\": \"/{{x}}\" }, "
		      "{ \"get\": \"/json\", \"extract\": { \"x\": \"none?\" } } ] } } } }"),
		web_port(web), 1);
	assert_int_equal(got->kind, FAILURE_RENDER);
	assert_int_equal(got->parts[EXCHANGE_HOST].len, 0);
	assert_int_equal(got->used, 0);
}

static void nobody_listening_is_told_of_with_the_request(void **state)
{
	struct dead_port dead = dead_port_open();

	(void)state;
	run_until_failed(ONE("{ \"users\": 1, \"spawn_rate\": 10 }", "\"get\": \"/x\"", "1ms"),
			 dead.port, 1);
	assert_int_equal(got->kind, FAILURE_REFUSED);
	assert_string_equal(part(EXCHANGE_PATH), "/x");
	dead_port_close(&dead);
}

static void a_redirect_shows_its_last_request(void **state)
{
	(void)state;
	run_until_failed(ONE("{ \"users\": 1, \"spawn_rate\": 10 }",
			     "\"get\": \"/redirect/2\", \"expect\": { \"status\": 404 }", "1ms"),
			 web_port(web), 1);
	assert_int_equal(got->hops, 2);
	assert_string_equal(part(EXCHANGE_PATH), "/ok");
	assert_non_null(strstr(part(EXCHANGE_RESPONSE_BODY), "fine"));
}

static void requests_that_succeed_are_never_handed_over(void **state)
{
	struct drive *d;

	(void)state;
	d = drive_start(&options,
			ONE("{ \"users\": 4, \"spawn_rate\": 100 }", "\"get\": \"/ok\"", "1ms"),
			web_port(web));
	drive_until(d, drive_requests, 200);
	drive_stop(d);
	assert_int_equal(drive_tally(d)->failed, 0);
	assert_false(drive_exchange(d, got));
	drive_free(d);
}

static void a_storm_of_failures_neither_waits_nor_hands_over_more_than_a_few(void **state)
{
	(void)state;
	/* run_until_failed takes none of them until the end: the link runs full */
	run_until_failed(
		ONE("{ \"users\": 20, \"spawn_rate\": 1000 }", "\"get\": \"/status/500\"", "1ms"),
		web_port(web), 3000);
}

int main(void)
{
#define TESTS                                                                    \
	cmocka_unit_test(a_status_that_is_not_accepted_is_handed_over_whole),    \
		cmocka_unit_test(a_reset_shows_what_was_sent),                   \
		cmocka_unit_test(a_timeout_shows_how_long_was_waited),           \
		cmocka_unit_test(a_check_that_fails_shows_the_answer),           \
		cmocka_unit_test(a_request_that_cannot_be_built_is_told_of_too), \
		cmocka_unit_test(nobody_listening_is_told_of_with_the_request),  \
		cmocka_unit_test(a_redirect_shows_its_last_request),             \
		cmocka_unit_test(requests_that_succeed_are_never_handed_over),   \
		cmocka_unit_test(a_storm_of_failures_neither_waits_nor_hands_over_more_than_a_few)
	struct CMUnitTest tests[] = { TESTS };

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		tests[i].setup_func = setup;
		tests[i].teardown_func = teardown;
	}
	int failed = cmocka_run_group_tests_name("direct", tests, over_direct, NULL);
	return failed + cmocka_run_group_tests_name("curl", tests, over_curl, NULL);
}
