/* SPDX-License-Identifier: MIT */
/* Kept connections that turn out dead: noticed when idle, lost in a race with the next request, and when that
 * request may be sent again. Over every transport; a request goes out at most once over libcurl. */
#include "config.h"

#include "wire.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static struct wire wire;
static struct client client;

static bool direct(void)
{
	return wire.ops == &transport_direct_ops;
}

static void begin(const struct transport_ops *ops, const struct script_step *const *scripts,
		  size_t count)
{
	wire_init(&wire, ops);
	wire_open(&wire, scripts, count);
	client_init(&client, &wire);
}

static void end(void)
{
	client_fini(&client);
	wire_fini(&wire);
}

static const struct script_step serve[] = { ON_REQUEST, SEND(OK), THEN(AGAIN) };
static const struct script_step *const serving[] = { serve };

static bool none_open(struct wire *w)
{
	return script_server_open(w->server) == 0 && w->ops->open_connections(w->transport) == 0;
}

static void a_connection_closed_while_idle_is_replaced(void **state)
{
	begin(*state, serving, 1);
	client_ask(&client);
	script_server_close_idle(wire.server);
	if (direct())
		wire_until(&wire, none_open); /* noticed at once, not at the next request */
	client.request.method = "POST";
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	assert_true(client.result.new_connection);
	assert_int_equal(script_server_requests(wire.server), 2);
	end();
}

/* The server closes in the very moment the next request is sent. */
static const struct script_step race_lost[] = { ON_REQUEST, SEND(OK), ON_REQUEST, THEN(RESET) };
static const struct script_step *const race[] = { race_lost, serve };

static void a_lost_race_is_run_again_when_that_is_safe(void **state)
{
	static const char *const methods[] = { "GET", "PUT", "DELETE" };

	for (size_t i = 0; i < COUNT(methods); i++) {
		begin(*state, race, 2);
		client_ask(&client);
		client.request.method = methods[i];
		client_ask(&client);
		/* over libcurl a request goes out at most once */
		assert_int_equal(client.result.kind, direct() ? FAILURE_NONE : FAILURE_RESET);
		assert_int_equal(script_server_accepted(wire.server), direct() ? 2 : 1);
		if (direct()) {
			size_t sent;

			script_server_received(wire.server, &sent);
			assert_true(client.result.new_connection);
			assert_true(client.result.connect_ns > 0);
			assert_true(client.result.repeated);
			assert_true(client.result.bytes_out > sent / 2); /* both times */
			assert_true(client.result.bytes_out < sent);
		}
		end();
	}
}

static void a_lost_post_is_not_sent_twice(void **state)
{
	begin(*state, race, 2);
	client_ask(&client);
	client.request.method = "POST";
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_RESET);
	assert_true(client.result.sent);
	assert_int_equal(script_server_requests(wire.server), 2);
	assert_int_equal(script_server_accepted(wire.server), 1);
	end();
}

static void an_end_that_comes_with_the_answer_is_noticed(void **state)
{
	static const struct script_step bye[] = { ON_REQUEST, LAST(OK) };
	static const struct script_step *const scripts[] = { bye };

	begin(*state, scripts, 1);
	client.request.method = "POST"; /* would fail on a dead connection */
	for (unsigned i = 1; i <= 5; i++) {
		client_ask(&client);
		assert_int_equal(client.result.kind, FAILURE_NONE);
		assert_int_equal(script_server_accepted(wire.server), i);
		if (direct())
			assert_int_equal(wire.ops->open_connections(wire.transport), 0);
	}
	end();
}

static void a_race_lost_in_the_middle_of_a_body_is_run_again(void **state)
{
	static const struct script_step cut[] = { ON_REQUEST, SEND(OK), ON_HEAD, THEN(RESET) };
	static const struct script_step *const scripts[] = { cut, serve };
	static char body[16 << 20];
	size_t len;

	begin(*state, scripts, 2);
	client_ask(&client);
	client.request.method = "PUT";
	client.request.body = body;
	client.request.body_len = sizeof(body);
	client.request.has_body = true;
	client_ask(&client);
	assert_int_equal(client.result.kind, direct() ? FAILURE_NONE : FAILURE_RESET);
	if (direct()) {
		script_server_received(wire.server, &len);
		assert_true(client.result.bytes_out > sizeof(body));
		assert_true(len > sizeof(body));
	}
	for (int i = 0; i < 5; i++)
		wire_turn(&wire);
	assert_int_equal(client.done, 2);
	end();
}

static void a_flood_is_read_to_its_end(void **state)
{
	static char flood[6 << 20];
	static const struct script_step burst[] = {
		ON_REQUEST, SEND("HTTP/1.1 200 OK\r\nContent-Length: 6291456\r\n\r\n"),
		BURST(flood, sizeof(flood)), THEN(AGAIN)
	};
	static const struct script_step *const scripts[] = { burst };

	begin(*state, scripts, 1);
	client.request.want_body = false;
	for (int i = 0; i < 5; i++) {
		client_ask(&client);
		assert_int_equal(client.result.kind, FAILURE_NONE);
		assert_int_equal(client.result.body_bytes, sizeof(flood));
	}
	end();
}

static void a_request_is_repeated_once_only(void **state)
{
	static const struct script_step refuse[] = { ON_REQUEST, THEN(CLOSE) };
	static const struct script_step *const scripts[] = { race_lost, refuse };

	begin(*state, scripts, 2);
	client_ask(&client);
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_RESET);
	assert_int_equal(script_server_accepted(wire.server), direct() ? 2 : 1);
	end();
}

static void a_fresh_connection_that_dies_is_not_tried_again(void **state)
{
	static const struct script_step refuse[] = { ON_REQUEST, THEN(RESET) };
	static const struct script_step *const scripts[] = { refuse, serve };

	begin(*state, scripts, 2);
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_RESET);
	assert_int_equal(script_server_accepted(wire.server), 1);
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	end();
}

static void a_request_is_not_repeated_after_the_first_byte_of_an_answer(void **state)
{
	static const struct script_step half[] = { ON_REQUEST, SEND(OK), ON_REQUEST,
						   SEND("HTTP/1."), THEN(CLOSE) };
	static const struct script_step *const scripts[] = { half, serve };

	begin(*state, scripts, 2);
	client_ask(&client);
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_RESET);
	assert_int_equal(script_server_accepted(wire.server), 1);
	end();
}

static void bytes_nobody_asked_for_close_an_idle_connection(void **state)
{
	static const struct script_step talk[] = { ON_REQUEST,
						   SEND_SLOW(OK "HTTP/1.1 408 Slow\r\n", 0),
						   THEN(END) };
	static const struct script_step *const scripts[] = { talk, serve };

	if (*state != &transport_direct_ops)
		return; /* libcurl looks only when the connection is used again */
	begin(*state, scripts, 2);
	client_ask(&client);
	wire_until(&wire, none_open);
	client_ask(&client);
	assert_int_equal(client.result.status, 200);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	assert_true(client.result.new_connection);
	end();
}

#define TESTS(ops, name)                                                                           \
	WIRE_TEST(ops, name, a_connection_closed_while_idle_is_replaced),                          \
		WIRE_TEST(ops, name, a_lost_race_is_run_again_when_that_is_safe),                  \
		WIRE_TEST(ops, name, a_lost_post_is_not_sent_twice),                               \
		WIRE_TEST(ops, name, an_end_that_comes_with_the_answer_is_noticed),                \
		WIRE_TEST(ops, name, a_race_lost_in_the_middle_of_a_body_is_run_again),            \
		WIRE_TEST(ops, name, a_flood_is_read_to_its_end),                                  \
		WIRE_TEST(ops, name, a_request_is_repeated_once_only),                             \
		WIRE_TEST(ops, name, a_fresh_connection_that_dies_is_not_tried_again),             \
		WIRE_TEST(ops, name, a_request_is_not_repeated_after_the_first_byte_of_an_answer), \
		WIRE_TEST(ops, name, bytes_nobody_asked_for_close_an_idle_connection)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTS(&transport_direct_ops, "direct"),
		TESTS(&transport_curl_ops, "curl"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
