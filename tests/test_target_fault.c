/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "target_client.h"

struct fixture {
	struct target *target;
	const char *url;
};

static int setup(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	fix->target = target_begin(&(struct target_config){ .seed = 1 });
	fix->url = target_url(fix->target);
	*state = fix;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fix = *state;

	target_end(fix->target);
	free(fix);
	return 0;
}

static void any_status_is_answered_on_demand(void **state)
{
	static const unsigned codes[] = { 200, 201, 204, 301, 304, 400, 418, 429, 500, 503, 599 };
	struct fixture *fix = *state;
	char path[64];

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		snprintf(path, sizeof(path), "/_target/status/%u", codes[i]);
		assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = path }), codes[i]);
		assert_int_equal(
			fetch_status(fix->url, &(struct fetch){ .path = path, .body = "{}" }),
			codes[i]);
	}
	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/_target/status/99" }),
			 400);
	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/_target/status/600" }),
			 400);
	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/_target/status/" }),
			 404);
}

static void a_delay_is_at_least_as_long_as_asked(void **state)
{
	struct fixture *fix = *state;
	uint64_t before_ns = clock_now_ns();

	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/_target/delay/50" }),
			 200);
	assert_true(clock_now_ns() - before_ns >= 49 * CLOCK_NS_PER_MS);
	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/_target/delay/3600000",
								 .timeout_ms = 50 }),
			 -CURLE_OPERATION_TIMEDOUT);
	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/_target/delay/x" }),
			 400);
}

static void connections_are_closed_reset_cut_and_spoilt(void **state)
{
	struct fixture *fix = *state;
	char answer[256];
	int fd = raw_connect(fix->url);

	raw_request(fd, "GET", "/_target/close", NULL);
	assert_int_equal(raw_read(fd, answer, sizeof(answer)), 0);
	close(fd);
	fd = raw_connect(fix->url);
	raw_request(fd, "GET", "/_target/reset", NULL);
	assert_int_equal(raw_read(fd, answer, sizeof(answer)), -ECONNRESET);
	close(fd);
	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/_target/close" }),
			 -CURLE_GOT_NOTHING);
	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/_target/reset" }),
			 -CURLE_RECV_ERROR);
	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/_target/truncate" }),
			 -CURLE_PARTIAL_FILE);
	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/_target/garbage" }),
			 -CURLE_UNSUPPORTED_PROTOCOL);
	assert_int_equal(stat_at(fix->url, "connections.closed_unanswered"), 6);
	assert_int_equal(stat_at(fix->url, "requests"), 6);
	assert_int_equal(stat_at(fix->url, "in_flight"), 0);
}

static void bodies_come_in_every_form(void **state)
{
	struct fixture *fix = *state;
	struct reply reply =
		fetch(fix->url, &(struct fetch){ .path = "/_target/trickle?bytes=7&ms=1" });

	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body, "xxxxxxx");
	assert_non_null(strstr(reply.headers, "Content-Length: 7\r\n"));
	reply_free(&reply);
	reply = fetch(fix->url,
		      &(struct fetch){ .path = "/_target/chunked?chunks=40&bytes=1000&ms=0" });
	assert_int_equal(reply.status, 200);
	assert_int_equal(reply.body_len, 40000);
	assert_non_null(strstr(reply.headers, "Transfer-Encoding: chunked\r\n"));
	reply_free(&reply);
	reply = fetch(fix->url, &(struct fetch){ .path = "/_target/chunked?chunks=0" });
	assert_int_equal(reply.body_len, 0);
	reply_free(&reply);
	reply = fetch(fix->url, &(struct fetch){ .path = "/_target/big/20000001" });
	assert_int_equal(reply.status, 200);
	assert_int_equal(reply.body_len, 20000001);
	reply_free(&reply);
	reply = fetch(fix->url, &(struct fetch){ .path = "/_target/big/77", .method = "HEAD" });
	assert_non_null(strstr(reply.headers, "Content-Length: 77\r\n"));
	reply_free(&reply);
	reply = fetch(fix->url, &(struct fetch){ .path = "/_target/headers/50000" });
	assert_int_equal(reply.status, 200);
	assert_true(strlen(reply.headers) > 50000);
	reply_free(&reply);
}

static void gzip_is_sent_to_who_accepts_it(void **state)
{
	struct fixture *fix = *state;
	struct fetch what = { .path = "/_target/gzip?bytes=5000" };
	struct reply plain = fetch(fix->url, &what), packed;

	what.gzip = 1;
	packed = fetch(fix->url, &what);
	assert_null(strstr(plain.headers, "Content-Encoding"));
	assert_non_null(strstr(packed.headers, "Content-Encoding: gzip\r\n"));
	assert_true(plain.body_len > 5000);
	assert_string_equal(plain.body, packed.body);
	assert_true(json_is_true(json_object_get(packed.json, "gzip")));
	reply_free(&plain);
	reply_free(&packed);
}

static void redirects_end_at_ok(void **state)
{
	struct fixture *fix = *state;
	struct fetch what = { .path = "/_target/redirect/3" };

	assert_int_equal(fetch_status(fix->url, &what), 302);
	what.follow = 1;
	assert_int_equal(fetch_status(fix->url, &what), 200);
	assert_int_equal(stat_at(fix->url, "endpoints.GET /_target/redirect/{n}"), 5);
}

static void a_cookie_is_given_and_demanded(void **state)
{
	struct fixture *fix = *state;
	struct reply reply = fetch(fix->url, &(struct fetch){ .path = "/_target/cookie" });
	const char *value = strstr(reply.headers, "Set-Cookie: throng_target=");
	struct fetch check = { .path = "/_target/cookie/check" };
	char header[128];

	assert_non_null(value);
	assert_int_equal(fetch_status(fix->url, &check), 403);
	snprintf(header, sizeof(header), "Cookie: other=1; throng_target=%.32s; last=2",
		 value + strlen("Set-Cookie: throng_target="));
	check.headers[0] = header;
	assert_int_equal(fetch_status(fix->url, &check), 200);
	check.path = "/_target/cookie";
	assert_int_equal(fetch_status(fix->url, &check), 200);
	check.headers[0] = "Cookie: throng_target=00000000000000000000000000000000";
	assert_int_equal(fetch_status(fix->url, &check), 403);
	reply_free(&reply);
}

static void echo_tells_what_was_received(void **state)
{
	struct fixture *fix = *state;
	struct reply reply =
		fetch(fix->url, &(struct fetch){ .path = "/_target/echo?a=1%202",
						 .method = "PUT",
						 .body = "quotes \" and \\ and \x01 and \xc3\xa4",
						 .type = "text/plain",
						 .headers = { "X-One: two" } });
	const json_t *headers = json_object_get(reply.json, "headers");

	assert_int_equal(reply.status, 200);
	assert_non_null(reply.json);
	assert_string_equal(json_string_value(json_object_get(reply.json, "method")), "PUT");
	assert_string_equal(json_string_value(json_object_get(reply.json, "uri")),
			    "/_target/echo?a=1%202");
	assert_string_equal(json_string_value(json_object_get(reply.json, "body")),
			    "quotes \" and \\ and \x01 and \xc3\xa4");
	assert_string_equal(json_string_value(json_object_get(headers, "X-One")), "two");
	reply_free(&reply);
}

static void nothing_is_answered_during_a_pause(void **state)
{
	struct fixture *fix = *state;
	uint64_t began_ns = clock_now_ns();
	char *token = login(fix->url, "loadtest_user");

	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/_target/pause/200" }),
			 200);
	assert_true(stat_at(fix->url, "requests") == 2); /* the statistics are not held */
	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/api/v1/health/" }), 200);
	assert_true(clock_now_ns() - began_ns >= 199 * CLOCK_NS_PER_MS);
	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/api/v1/deployments/",
								 .token = token }),
			 200);
	free(token);
}

static void a_pause_holds_work_delays_and_streams_already_begun(void **state)
{
	static const char *const paths[] = { "/_target/delay/20", "/_target/trickle?bytes=3&ms=20",
					     "/api/v1/health/" };
	struct fixture *fix = *state;
	char answer[512];
	int fds[3];
	uint64_t began_ns;

	/* the pause that ends later wins over the shorter one asked for after it */
	fds[0] = raw_connect(fix->url);
	fds[1] = raw_connect(fix->url);
	raw_request(fds[0], "GET", paths[0], NULL);
	raw_request(fds[1], "GET", paths[1], NULL);
	wait_stat(fix->url, "requests", 2);
	began_ns = clock_now_ns();
	fetch_status(fix->url, &(struct fetch){ .path = "/_target/pause/150" });
	fetch_status(fix->url, &(struct fetch){ .path = "/_target/pause/1" });
	fds[2] = raw_connect(fix->url);
	raw_request(fds[2], "GET", paths[2], NULL);
	assert_int_equal(raw_read(fds[2], answer, 15), 15);
	assert_true(clock_now_ns() - began_ns >= 149 * CLOCK_NS_PER_MS);
	assert_int_equal(raw_read(fds[0], answer, 15), 15);
	assert_int_equal(raw_read(fds[1], answer, 15), 15);
	wait_stat(fix->url, "in_flight", 0);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

static void a_pause_can_be_ended_before_its_time(void **state)
{
	struct fixture *fix = *state;
	const struct fetch hour = { .path = "/_target/pause/3600000" },
			   resume = { .path = "/_target/resume" };
	char answer[512];
	int fds[2];

	assert_int_equal(fetch_status(fix->url, &resume), 200); /* nothing stands still: no harm */
	assert_int_equal(fetch_status(fix->url, &hour), 200);
	fds[0] = raw_connect(fix->url);
	fds[1] = raw_connect(fix->url);
	raw_request(fds[0], "GET", "/api/v1/health/", NULL);
	raw_request(fds[1], "GET", "/_target/delay/1", NULL);
	wait_stat(fix->url, "in_flight", 2);
	assert_int_equal(fetch_status(fix->url, &resume), 200);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(raw_read(fds[i], answer, 15), 15);
		assert_memory_equal(answer, "HTTP/1.1 200 OK", 15);
		close(fds[i]);
	}
	/* and the next one holds again */
	assert_int_equal(fetch_status(fix->url, &hour), 200);
	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/api/v1/health/",
								 .timeout_ms = 50 }),
			 -CURLE_OPERATION_TIMEDOUT);
	assert_int_equal(fetch_status(fix->url, &resume), 200);
	wait_stat(fix->url, "in_flight", 0);
}

static void a_client_that_leaves_costs_nothing(void **state)
{
	static const char *const paths[] = { "/_target/trickle?bytes=100&ms=1",
					     "/_target/chunked?chunks=100&bytes=65536&ms=1",
					     "/_target/delay/20", "/_target/big/100000000",
					     "/_target/truncate" };
	struct fixture *fix = *state;
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	for (int round = 0; round < 4; round++) {
		for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
			char answer[64];
			int fd = raw_connect(fix->url);

			raw_request(fd, "GET", paths[i], NULL);
			if (round & 1 && i != 2)
				assert_true(raw_read(fd, answer, 20) == 20);
			if (round & 2)
				setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
			close(fd);
		}
	}
	wait_stat(fix->url, "requests", 20);
	wait_stat(fix->url, "in_flight", 0);
}

static void ending_in_the_middle_of_everything_is_clean(void **state)
{
	static const char *const paths[] = { "/_target/trickle?bytes=100&ms=1000",
					     "/_target/delay/3600000", "/_target/big/100000000",
					     "/_target/pause/3600000", "/api/v1/health/" };
	struct target *target = target_begin(&(struct target_config){ .seed = 1 });
	const char *url = target_url(target);
	int fds[5];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		fds[i] = raw_connect(url);
		raw_request(fds[i], "GET", paths[i], NULL);
		wait_stat(url, "requests", (long long)i + 1);
	}
	target_end(target);
	for (size_t i = 0; i < 5; i++)
		close(fds[i]);
}

#define WITH_TARGET(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TARGET(any_status_is_answered_on_demand),
		WITH_TARGET(a_delay_is_at_least_as_long_as_asked),
		WITH_TARGET(connections_are_closed_reset_cut_and_spoilt),
		WITH_TARGET(bodies_come_in_every_form),
		WITH_TARGET(gzip_is_sent_to_who_accepts_it),
		WITH_TARGET(redirects_end_at_ok),
		WITH_TARGET(a_cookie_is_given_and_demanded),
		WITH_TARGET(echo_tells_what_was_received),
		WITH_TARGET(nothing_is_answered_during_a_pause),
		WITH_TARGET(a_pause_holds_work_delays_and_streams_already_begun),
		WITH_TARGET(a_pause_can_be_ended_before_its_time),
		WITH_TARGET(a_client_that_leaves_costs_nothing),
		cmocka_unit_test(ending_in_the_middle_of_everything_is_clean),
	};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
