/* SPDX-License-Identifier: MIT */
/* What a transport keeps of answers that failed, for people to look at: over both transports. */
#include "config.h"

#include "wire.h"

#include <stdlib.h>

#include "base/clock.h"
#include "engine/transport.h"
#include "scenario/scenario.h"

static struct wire wire;
static struct client client;
static struct buf kept_headers, kept_body;
static bool kept_coded;
static struct step step = { .accept_default = true };

/* The pointers are good during the done call only. */
static void keep(struct client *c)
{
	struct transport_kept kept;

	c->wire->ops->kept(c->session, &kept);
	buf_reset(&kept_headers);
	buf_reset(&kept_body);
	(void)buf_add(&kept_headers, kept.headers, kept.headers_len);
	(void)buf_add(&kept_body, kept.body, kept.body_len);
	kept_coded = kept.coded;
}

static void begin(void **state, const struct script_step *script)
{
	static const struct script_step *scripts[1];

	scripts[0] = script;
	wire_init(&wire, *state);
	wire_open(&wire, scripts, 1);
	client_init(&client, &wire);
	client.request.want_body = client.request.want_headers = false;
	client.request.step = &step;
	client.then = keep;
	buf_init(&kept_headers, 1 << 20);
	buf_init(&kept_body, 1 << 20);
}

static void end(void)
{
	client_fini(&client);
	wire_fini(&wire);
	buf_fini(&kept_headers);
	buf_fini(&kept_body);
}

static bool direct(void **state)
{
	return *state == (const void *)&transport_direct_ops;
}

static void the_body_of_a_status_that_is_not_accepted_is_kept_though_nobody_wanted_it(void **state)
{
	static const struct script_step script[] = {
		ON_REQUEST,
		SEND("HTTP/1.1 503 No\r\nX-A: 1\r\nContent-Length: 11\r\n\r\npool is out"),
		ON_REQUEST, SEND("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), THEN(END)
	};

	begin(state, script);
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	assert_int_equal(client.result.status, 503);
	assert_null(client.result.body); /* still nobody's */
	assert_string_equal(buf_str(&kept_body), "pool is out");
	assert_non_null(strstr(buf_str(&kept_headers), "X-A: 1\r\n"));
	client_ask(&client); /* nothing of it is left for the next one */
	assert_int_equal(client.result.status, 200);
	assert_null(strstr(buf_str(&kept_headers), "X-A"));
	assert_null(strstr(buf_str(&kept_body), "pool"));
	end();
}

static void a_body_in_many_pieces_is_kept_from_its_beginning(void **state)
{
	static const char answer[] = "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n"
				     "3\r\nabc\r\n4\r\ndefg\r\n1\r\nh\r\n0\r\n\r\n";
	static const struct script_step script[] = { ON_REQUEST,
						     SEND_SLOW(answer, sizeof(answer) - 1),
						     ON_REQUEST, SEND(answer), THEN(END) };

	begin(state, script);
	client_ask(&client);
	assert_string_equal(buf_str(&kept_body), "abcdefgh");
	client_ask(&client);
	assert_string_equal(buf_str(&kept_body), "abcdefgh");
	end();
}

static void no_more_than_its_start_is_kept_of_a_big_body(void **state)
{
	static char head[] = "HTTP/1.1 500 No\r\nContent-Length: 300000\r\n\r\nBEGIN";
	static char filler[59999];
	const struct script_step script[] = { ON_REQUEST, SEND(head),
					      SEND_MANY(filler, sizeof(filler), 5), THEN(END) };

	memset(filler, 'x', sizeof(filler));
	begin(state, script);
	client_ask(&client);
	assert_int_equal(client.result.body_bytes, 300000);
	assert_true(kept_body.len >= TRANSPORT_KEEP_BYTES);
	assert_true(kept_body.len <= 2 * TRANSPORT_KEEP_BYTES);
	assert_memory_equal(kept_body.data, "BEGINxxx", 8);
	end();
}

static void a_head_and_its_body_apart_are_both_kept(void **state)
{
	static const char answer[] = "HTTP/1.1 500 No\r\nX-A: 1\r\nContent-Length: 20000\r\n\r\n";
	static char filler[20000];
	const struct script_step script[] = {
		ON_REQUEST,
		{ .verb = SCRIPT_SEND_CUT, .data = answer, .cut = sizeof(answer) - 1 },
		SEND_MANY(filler, sizeof(filler), 1),
		THEN(END)
	};

	memset(filler, 'y', sizeof(filler));
	begin(state, script);
	client_ask(&client);
	assert_int_equal(client.result.body_bytes, 20000);
	assert_non_null(strstr(buf_str(&kept_headers), "X-A: 1"));
	assert_true(kept_body.len >= TRANSPORT_KEEP_BYTES);
	assert_int_equal(kept_body.data[0], 'y');
	end();
}

static void what_came_before_a_reset_or_a_timeout_is_kept(void **state)
{
	static const char half[] =
		"HTTP/1.1 500 No\r\nX-A: 1\r\nContent-Length: 100\r\n\r\nhalf of";
	static const struct script_step closes[] = { ON_REQUEST, SEND(half), THEN(SHUT),
						     THEN(END) };
	static const struct script_step stops[] = { ON_REQUEST, SEND(half), THEN(END) };

	begin(state, closes);
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_RESET);
	assert_string_equal(buf_str(&kept_body), "half of");
	assert_non_null(strstr(buf_str(&kept_headers), "X-A: 1"));
	end();
	begin(state, stops);
	client.request.timeout_ns = CLOCK_NS_PER_SEC;
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_TIMEOUT);
	assert_int_equal(client.result.status, 500);
	assert_string_equal(buf_str(&kept_body), "half of");
	end();
}

/* Its status is fine, so nobody could know that it would be looked at. */
static void what_came_of_an_accepted_answer_that_breaks_off_is_kept(void **state)
{
	static const char half[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of";
	static const struct script_step closes[] = { ON_REQUEST, SEND(half), THEN(SHUT),
						     THEN(END) };

	begin(state, closes);
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_RESET);
	assert_string_equal(buf_str(&kept_body), "half of");
	end();
}

static void bytes_that_are_no_http_are_kept_as_they_came(void **state)
{
	static const struct script_step garbage[] = { ON_REQUEST, SEND("SSH-2.0-OpenSSH_9\r\n\r\n"),
						      THEN(SHUT), THEN(END) };
	static const struct script_step half[] = { ON_REQUEST, SEND("HTTP/1.1 50"), THEN(SHUT),
						   THEN(END) };

	begin(state, garbage);
	client_ask(&client);
	assert_int_not_equal(client.result.kind, FAILURE_NONE);
	if (direct(state)) /* libcurl does not hand such bytes over */
		assert_non_null(strstr(buf_str(&kept_body), "SSH-2.0-OpenSSH_9"));
	end();
	begin(state, half);
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_RESET);
	assert_int_equal(client.result.status, 0);
	if (direct(state))
		assert_string_equal(buf_str(&kept_body), "HTTP/1.1 50");
	end();
}

static void a_body_that_is_read_is_kept_whole_and_decoded(void **state)
{
	static const struct script_step script[] = {
		ON_REQUEST, SEND("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nwanted"), THEN(END)
	};

	begin(state, script);
	client.request.want_body = client.request.want_headers = true;
	client_ask(&client);
	assert_string_equal(buf_str(&kept_body), "wanted");
	assert_false(kept_coded);
	assert_string_equal(client.result.body, "wanted");
	end();
}

static void nothing_is_kept_where_nothing_came(void **state)
{
	static const struct script_step script[] = {
		ON_REQUEST, SEND("HTTP/1.1 500 No\r\nContent-Length: 3\r\n\r\nold"), ON_REQUEST,
		THEN(RESET)
	};

	begin(state, script);
	client_ask(&client);
	assert_string_equal(buf_str(&kept_body), "old");
	client.request.method = "POST"; /* not sent twice */
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_RESET);
	assert_int_equal(kept_headers.len, 0);
	assert_int_equal(kept_body.len, 0);
	end();
}

#define BOTH(fn) \
	WIRE_TEST(&transport_direct_ops, "direct", fn), WIRE_TEST(&transport_curl_ops, "curl", fn)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(the_body_of_a_status_that_is_not_accepted_is_kept_though_nobody_wanted_it),
		BOTH(a_body_in_many_pieces_is_kept_from_its_beginning),
		BOTH(no_more_than_its_start_is_kept_of_a_big_body),
		BOTH(a_head_and_its_body_apart_are_both_kept),
		BOTH(what_came_before_a_reset_or_a_timeout_is_kept),
		BOTH(what_came_of_an_accepted_answer_that_breaks_off_is_kept),
		BOTH(bytes_that_are_no_http_are_kept_as_they_came),
		BOTH(a_body_that_is_read_is_kept_whole_and_decoded),
		BOTH(nothing_is_kept_where_nothing_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
