/* SPDX-License-Identifier: MIT */
/* Requests over time: on kept connections, with timeouts, cancelled, sent early or in part. The same over
 * every transport; where libcurl behaves otherwise the test says so. */
#include "config.h"

#include "tcp_pair.h"
#include "wire.h"

#include "base/clock.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
/* A timeout that is waited for, and long enough for a request to be sent before under ThreadSanitizer on a
 * busy machine. */
#define LATE (100 * CLOCK_NS_PER_MS)

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

static bool request_came(struct wire *w)
{
	return script_server_requests(w->server) > 0;
}

static void a_connection_is_kept_and_used_again(void **state)
{
	begin(*state, serving, 1);
	for (int i = 0; i < 20; i++) {
		client_ask(&client);
		assert_int_equal(client.result.kind, FAILURE_NONE);
		assert_int_equal(client.result.new_connection, i == 0);
	}
	assert_int_equal(script_server_accepted(wire.server), 1);
	assert_int_equal(wire.ops->open_connections(wire.transport), 1);
	end();
}

static void the_done_call_may_start_the_next_request(void **state)
{
	begin(*state, serving, 1);
	client.repeat = 100;
	client_start(&client);
	wire_wait(&wire, 1);
	assert_int_equal(client.done, 101);
	assert_int_equal(script_server_requests(wire.server), 101);
	assert_int_equal(script_server_accepted(wire.server), 1);
	end();
}

static void a_server_that_never_answers_is_a_timeout(void **state)
{
	static const struct script_step mute[] = { ON_REQUEST, THEN(END) };
	static const struct script_step half[] = { ON_REQUEST, SEND("HTTP/1.1 200 OK\r\nContent-"),
						   THEN(END) };
	static const struct script_step *const scripts[] = { mute, half, serve };

	begin(*state, scripts, 3);
	client.request.timeout_ns = LATE;
	for (int i = 0; i < 2; i++) {
		client_ask(&client);
		assert_int_equal(client.result.kind, FAILURE_TIMEOUT);
		assert_true(client.result.end_ns - client.result.start_ns >= LATE);
		assert_true(client.result.sent);
		assert_int_equal(wire.ops->open_connections(wire.transport), 0);
	}
	client.request.timeout_ns = 10 * CLOCK_NS_PER_SEC;
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	end();
}

static void a_shorter_timeout_after_a_longer_one_holds(void **state)
{
	static const struct script_step once[] = { ON_REQUEST, SEND(OK), ON_REQUEST, THEN(END) };
	static const struct script_step *const scripts[] = { once };

	begin(*state, scripts, 1);
	client.request.timeout_ns = 1000 * CLOCK_NS_PER_SEC;
	client_ask(&client); /* leaves the timer set for then */
	client.request.timeout_ns = LATE;
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_TIMEOUT);
	end();
}

static void a_timeout_of_an_earlier_request_does_not_end_a_later_one(void **state)
{
	static const struct script_step slow[] = { ON_REQUEST, SEND(OK), ON_REQUEST,
						   SEND_SLOW(OK, 0), THEN(END) };
	static const struct script_step *const scripts[] = { slow };

	begin(*state, scripts, 1);
	client.request.timeout_ns = LATE;
	client_ask(&client);
	client.request.timeout_ns = 10 * CLOCK_NS_PER_SEC;
	script_server_deafen(wire.server, true);
	client_start(&client);
	for (uint64_t from = clock_now_ns(); clock_now_ns() - from < 2 * LATE;)
		wire_turn(&wire);
	assert_int_equal(client.done, 1);
	script_server_deafen(wire.server, false);
	wire_wait(&wire, 1);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	end();
}

static void an_answer_before_the_body_was_sent_is_taken(void **state)
{
	static const struct script_step early[] = {
		ON_HEAD,
		SEND("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig"),
		THEN(END),
	};
	static const struct script_step *const scripts[] = { early, serve };
	static char body[16 << 20];

	begin(*state, scripts, 2);
	client.request.method = "POST";
	client.request.body = body;
	client.request.body_len = sizeof(body);
	client.request.has_body = true;
	client_start(&client);
	wire_until(&wire, request_came);
	script_server_deafen(wire.server, true);
	wire_wait(&wire, 1);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	assert_int_equal(client.result.status, 413);
	assert_string_equal(client.result.body, "big");
	if (direct())
		assert_true(client.result.bytes_out < sizeof(body));
	client.request.body_len = 0;
	client_ask(&client);
	assert_true(client.result.new_connection);
	assert_int_equal(client.result.status, 200);
	end();
}

static void an_answer_before_a_reset_is_taken(void **state)
{
	static const struct script_step early[] = {
		ON_HEAD,
		SEND("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig"),
		THEN(RESET),
	};
	static const struct script_step *const scripts[] = { early };
	static char body[4 << 20];

	begin(*state, scripts, 1);
	client.request.method = "POST";
	client.request.body = body;
	client.request.body_len = sizeof(body);
	client.request.has_body = true;
	client_ask(&client);
	/* whether a reset overtakes the answer is the network's choice; never anything else */
	if (client.result.kind == FAILURE_NONE)
		assert_int_equal(client.result.status, 413);
	else
		assert_int_equal(client.result.kind, FAILURE_RESET);
	end();
}

static void a_large_body_arrives_whole(void **state)
{
	static char body[20000000];
	const char *got;
	size_t len;

	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (char)(i * 2654435761u >> 24);
	begin(*state, serving, 1);
	client.request.method = "PUT";
	client.request.body = body;
	client.request.body_len = sizeof(body);
	client.request.has_body = true;
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	got = script_server_received(wire.server, &len);
	assert_true(len > sizeof(body));
	assert_memory_equal(got + len - sizeof(body), body, sizeof(body));
	assert_int_equal(client.result.bytes_out, len);
	client_ask(&client);
	assert_false(client.result.new_connection);
	end();
}

static void cancelling_ends_a_request_at_every_stage(void **state)
{
	static const struct script_step slow[] = { ON_REQUEST, SEND_SLOW(OK, 0), THEN(AGAIN) };
	static const struct script_step *const scripts[] = { slow };

	/* after i turns of the loop: connecting, sent, half answered, ... */
	for (int turns = 0; turns < 60; turns++) {
		begin(*state, scripts, 1);
		client_start(&client);
		for (int i = 0; i < turns && client.done == 0; i++)
			wire_turn(&wire);
		if (client.done == 0) {
			wire.ops->cancel(client.session);
			assert_int_equal(client.done, 0);
			wire.ops->cancel(client.session); /* twice is once */
			wire_wait(&wire, 1);
			assert_true(client.result.aborted);
			assert_null(client.result.body);
			if (direct())
				assert_int_equal(wire.ops->open_connections(wire.transport), 0);
		}
		wire_turn(&wire);
		assert_int_equal(client.done, 1);
		wire.ops->cancel(client.session); /* nothing in flight: nothing happens */
		wire_turn(&wire);
		assert_int_equal(client.done, 1);
		client_ask(&client);
		assert_false(client.result.aborted);
		end();
	}
}

static void a_session_may_go_at_every_stage(void **state)
{
	static const struct script_step slow[] = { ON_REQUEST, SEND_SLOW(OK, 0), THEN(AGAIN) };
	static const struct script_step *const scripts[] = { slow };

	for (int turns = 0; turns < 60; turns++) {
		begin(*state, scripts, 1);
		client_start(&client);
		for (int i = 0; i < turns && client.done == 0; i++)
			wire_turn(&wire);
		turns += client.done ? 60 : 0;
		end();
	}
}

static struct client *other;

static void free_other(struct client *self)
{
	(void)self;
	client_fini(other);
}

static void cancel_other(struct client *self)
{
	self->wire->ops->cancel(other->session);
}

static void another_session_may_go_from_a_done_call(void **state)
{
	static const struct script_step mute[] = { ON_REQUEST, THEN(END) };
	static const struct script_step *const scripts[] = { mute, serve };
	struct client second;

	begin(*state, scripts, 2);
	client_init(&second, &wire);
	other = &second;
	client_start(&second);
	wire_until(&wire, request_came);
	client.then = free_other;
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	end();
}

static void another_session_may_be_cancelled_from_a_done_call(void **state)
{
	static const struct script_step mute[] = { ON_REQUEST, THEN(END) };
	static const struct script_step *const scripts[] = { mute, serve };
	struct client second;

	begin(*state, scripts, 2);
	client_init(&second, &wire);
	other = &second;
	client_start(&second);
	wire_until(&wire, request_came);
	client.then = cancel_other;
	client_start(&client);
	wire_wait(&wire, 2);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	assert_true(second.result.aborted);
	client_fini(&second);
	end();
}

/* A busy loop reads late: that is not what the answer took. */
static void an_answer_that_lies_in_the_socket_is_as_old_as_it_is(void **state)
{
	static const struct script_step burst[] = { ON_REQUEST, BURST(OK, sizeof(OK) - 1),
						    STALL(LATE), THEN(AGAIN) };
	static const struct script_step *const scripts[] = { burst };
	int noting[2];

	stamps_begin(noting);
	begin(*state, scripts, 1);
	for (int i = 0; i < 2; i++)
		client_ask_stalled(&client, LATE);
	end();
	pair_close(noting);
}

#define TESTS(ops, name)                                                                        \
	WIRE_TEST(ops, name, a_connection_is_kept_and_used_again),                              \
		WIRE_TEST(ops, name, the_done_call_may_start_the_next_request),                 \
		WIRE_TEST(ops, name, a_server_that_never_answers_is_a_timeout),                 \
		WIRE_TEST(ops, name, a_shorter_timeout_after_a_longer_one_holds),               \
		WIRE_TEST(ops, name, a_timeout_of_an_earlier_request_does_not_end_a_later_one), \
		WIRE_TEST(ops, name, an_answer_before_the_body_was_sent_is_taken),              \
		WIRE_TEST(ops, name, an_answer_before_a_reset_is_taken),                        \
		WIRE_TEST(ops, name, a_large_body_arrives_whole),                               \
		WIRE_TEST(ops, name, cancelling_ends_a_request_at_every_stage),                 \
		WIRE_TEST(ops, name, a_session_may_go_at_every_stage),                          \
		WIRE_TEST(ops, name, another_session_may_go_from_a_done_call),                  \
		WIRE_TEST(ops, name, another_session_may_be_cancelled_from_a_done_call),        \
		WIRE_TEST(ops, name, an_answer_that_lies_in_the_socket_is_as_old_as_it_is)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTS(&transport_direct_ops, "direct"),
		TESTS(&transport_curl_ops, "curl"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
