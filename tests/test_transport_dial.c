/* SPDX-License-Identifier: MIT */
/* Getting connected: names, addresses, sockets of all kinds, crowds; and what is told when it does not
 * work. Over every transport. */
#include "config.h"

#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "tempdir.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
/* a label above 63 characters: refused by the resolver without asking anybody */
#define NO_NAME "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test"
#define LATE    (20 * CLOCK_NS_PER_MS)

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

/* A port with nobody behind it: listened on until a moment ago. */
static void close_server(void)
{
	script_server_free(wire.server);
	wire.server = NULL;
}

static void nobody_listening_is_refused(void **state)
{
	begin(*state, serving, 1);
	close_server();
	for (int i = 0; i < 3; i++) {
		client_ask(&client);
		assert_int_equal(client.result.kind, FAILURE_REFUSED);
		assert_false(client.result.sent);
		if (direct())
			assert_false(client.result.new_connection);
		assert_int_equal(client.result.bytes_out, 0);
		assert_int_equal(client.result.status, 0);
	}
	assert_int_equal(wire.ops->open_connections(wire.transport), 0);
	end();
}

static void a_name_that_does_not_resolve_says_so(void **state)
{
	begin(*state, serving, 1);
	client.request.host = NO_NAME;
	for (int i = 0; i < 2; i++) {
		client_ask(&client);
		assert_int_equal(client.result.kind, FAILURE_DNS);
		assert_false(client.result.sent);
	}
	end();
}

static void a_name_is_looked_up(void **state)
{
	begin(*state, serving, 1);
	client.request.host =
		"localhost"; /* ::1 may come first: refused there, found on 127.0.0.1 */
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	client_ask(&client);
	assert_false(client.result.new_connection);
	end();
}

/* A listener whose queue is full: further connections wait for ever. */
static int full_listener(int *fillers, size_t count, uint16_t *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(listen(fd, 0), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*port = ntohs(sin.sin_port);
	for (size_t i = 0; i < count; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (connect(fillers[i], (struct sockaddr *)&sin, sizeof(sin)) < 0)
			assert_int_equal(errno, EINPROGRESS);
	}
	return fd;
}

static void connecting_takes_no_longer_than_its_timeout(void **state)
{
	int fillers[4], listener;

	wire_init(&wire, *state);
	wire.scenario.http.connect_timeout_ns = LATE;
	listener = full_listener(fillers, COUNT(fillers), &wire.scenario.target.port);
	wire_open(&wire, NULL, 0);
	client_init(&client, &wire);
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_CONNECT_TIMEOUT);
	assert_false(client.result.sent);
	assert_true(client.result.end_ns - client.result.start_ns >= LATE);
	if (direct())
		assert_int_equal(wire.ops->open_connections(wire.transport), 0);
	/* the request's own timeout ends connecting too */
	client.request.timeout_ns = LATE / 2;
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_CONNECT_TIMEOUT);
	for (size_t i = 0; i < COUNT(fillers); i++)
		close(fillers[i]);
	close(listener);
	end();
}

static void connections_beyond_the_limit_are_closed_when_idle(void **state)
{
	struct wire second;

	for (unsigned limit = 1; limit <= 2; limit++) {
		wire_init(&wire, *state);
		wire.scenario.http.max_connections = limit;
		wire_open(&wire, serving, 1);
		client_init(&client, &wire);
		second = (struct wire){ .base = wire.base };
		second.server = script_server_new(wire.base, serving, 1, NULL, NULL);
		for (int i = 0; i < 6; i++) {
			client.request.port =
				script_server_port(i % 2 ? second.server : wire.server);
			client_ask(&client);
			assert_int_equal(client.result.kind, FAILURE_NONE);
			assert_true(wire.ops->open_connections(wire.transport) <= limit);
			if (direct())
				assert_int_equal(client.result.new_connection, limit == 1 || i < 2);
		}
		script_server_free(second.server);
		end();
	}
}

static void another_address_is_dialled_where_the_scenario_says_so(void **state)
{
	static char to[64], name[] = "example.test";

	for (int i = 0; i < 2; i++) {
		struct script_server *server;

		wire_init(&wire, *state);
		wire.scenario.target.host = name;
		wire.scenario.target.port = 8080;
		server = script_server_new(wire.base, serving, 1, NULL, NULL);
		snprintf(to, sizeof(to), i ? "127.0.0.1:%u" : "localhost:%u",
			 (unsigned)script_server_port(server));
		wire.scenario.http.connect_to = to;
		wire_open(&wire, NULL, 0);
		wire.server = server;
		client_init(&client, &wire);
		client_ask(&client);
		assert_int_equal(client.result.kind, FAILURE_NONE);
		assert_non_null(strstr(script_server_received(server, NULL),
				       "\r\nHost: example.test:8080\r\n"));
		end();
	}
}

static void the_schemes_own_port_is_not_named(void **state)
{
	static char to[64], v6[] = "::1";
	struct script_server *server;

	wire_init(&wire, *state);
	wire.scenario.target.host = v6;
	wire.scenario.target.port = 80;
	server = script_server_new(wire.base, serving, 1, NULL, NULL);
	snprintf(to, sizeof(to), "127.0.0.1:%u", (unsigned)script_server_port(server));
	wire.scenario.http.connect_to = to;
	wire_open(&wire, NULL, 0);
	wire.server = server;
	client_init(&client, &wire);
	client_ask(&client);
	assert_non_null(strstr(script_server_received(server, NULL), "\r\nHost: [::1]\r\n"));
	end();
}

static void crowd(const struct transport_ops *ops, unsigned users, unsigned requests)
{
	struct client *clients = mem_array(users, sizeof(*clients));

	for (unsigned i = 0; i < users; i++) {
		client_init(&clients[i], &wire);
		clients[i].repeat = requests - 1;
		client_start(&clients[i]);
	}
	wire_wait(&wire, users);
	assert_true(ops->open_connections(wire.transport) <= users + 1); /* `client` has one too */
	for (unsigned i = 0; i < users; i++) {
		assert_int_equal(clients[i].result.kind, FAILURE_NONE);
		assert_int_equal(clients[i].done, requests);
		assert_string_equal(clients[i].result.body, "ok");
		client_fini(&clients[i]);
	}
	free(clients);
}

static void a_thousand_users_have_a_connection_each(void **state)
{
	begin(*state, serving, 1);
	crowd(*state, 1000, 5);
	assert_int_equal(script_server_accepted(wire.server), 1000);
	assert_int_equal(script_server_requests(wire.server), 5000);
	wire_until(&wire, none_open);
	end();
}

static void a_thousand_users_of_a_server_that_closes_each_time(void **state)
{
	static const struct script_step once[] = {
		ON_REQUEST, SEND("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok"), THEN(CLOSE)
	};
	static const struct script_step *const scripts[] = { once };

	begin(*state, scripts, 1);
	crowd(*state, 300, 4);
	assert_int_equal(script_server_accepted(wire.server), 1200);
	wire_until(&wire, none_open);
	end();
}

static void a_unix_socket_serves_a_crowd(void **state)
{
	struct tempdir dir;
	char *path;

	tempdir_init(&dir);
	path = mem_printf("%s/sock", dir.path);
	wire_init(&wire, *state);
	wire.scenario.http.unix_socket = path;
	wire_open(&wire, serving, 1);
	client_init(&client, &wire);
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	/* the server's queue holds 5: the direct transport waits its turn, libcurl fails */
	if (direct())
		crowd(*state, 100, 3);
	end();
	wire_init(&wire, *state);
	wire_open(&wire, NULL, 0);
	client_init(&client, &wire);
	client_fini(&client);
	wire_fini(&wire);
	free(path);
	tempdir_fini(&dir);
}

static void bad_dial_options_are_told_before_the_run(void **state)
{
	static char no_port[] = "localhost", bad_port[] = "localhost:99999", empty[] = ":80";
	static char long_path[200];
	char *const bad[] = { no_port, bad_port, empty };
	struct transport_config config = { .scenario = &wire.scenario, .now_ns = clock_now_ns };
	struct error err;

	if (*state != &transport_direct_ops)
		return;
	wire_init(&wire, *state);
	config.base = wire.base;
	for (size_t i = 0; i < COUNT(bad); i++) {
		wire.scenario.http.connect_to = bad[i];
		assert_int_equal(wire.ops->create(&wire.transport, &config, &err), -EINVAL);
		assert_non_null(strstr(err.text, bad[i]));
	}
	memset(long_path, 'a', sizeof(long_path) - 1);
	wire.scenario.http.connect_to = NULL;
	wire.scenario.http.unix_socket = long_path;
	assert_int_equal(wire.ops->create(&wire.transport, &config, &err), -EINVAL);
	wire_drop(&wire);
}

static void users_whose_requests_fail_at_once_leave_the_loop_alive(void **state)
{
	const char *const hosts[] = { "127.0.0.1", NO_NAME };

	/* libcurl's lookup takes a thread each time, which is not at once */
	for (size_t i = 0; i < (*state == &transport_direct_ops ? COUNT(hosts) : 1); i++) {
		unsigned turns = 0;

		begin(*state, serving, 1);
		close_server();
		client.request.host = hosts[i];
		client.repeat = 1000;
		client_start(&client);
		while (client.done < 100 && turns < 100000) {
			unsigned before = client.done;

			wire_turn(&wire);
			turns++;
			assert_true(client.done - before <= 2);
		}
		assert_true(client.done >= 100);
		client.repeat = 0;
		wire_wait(&wire, 1);
		end();
	}
}

static void a_session_may_go_when_its_request_has_failed_already(void **state)
{
	begin(*state, serving, 1);
	client.request.host = NO_NAME;
	client_ask(&client);
	client_start(&client); /* known to fail: the done call is due on the next turn */
	client_fini(&client);
	wire_turn(&wire);
	client_init(&client, &wire);
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	end();
}

static void a_session_may_go_while_it_looks_a_name_up(void **state)
{
	begin(*state, serving, 1);
	client.request.host = "localhost";
	client_start(&client);
	end();
}

static void cancelling_a_lookup_ends_it(void **state)
{
	begin(*state, serving, 1);
	client.request.host = "localhost";
	client_start(&client);
	wire.ops->cancel(client.session);
	wire_wait(&wire, 1);
	assert_true(client.result.aborted);
	assert_false(client.result.sent);
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	end();
}

static void environment(const char *http, const char *all, const char *no)
{
	static const char *const names[] = { "http_proxy", "https_proxy", "HTTPS_PROXY",
					     "all_proxy",  "ALL_PROXY",   "no_proxy",
					     "NO_PROXY" };

	for (size_t i = 0; i < COUNT(names); i++)
		unsetenv(names[i]);
	if (http)
		setenv("http_proxy", http, 1);
	if (all)
		setenv("ALL_PROXY", all, 1);
	if (no)
		setenv("NO_PROXY", no, 1);
}

static const char *chosen(const char *host, bool tls)
{
	struct scenario scenario = { 0 };

	scenario.http.version = 11;
	scenario.target.tls = tls;
	memcpy(&scenario.target.host, &host, sizeof(host));
	return transport_choose(&scenario)->name;
}

static void http2_and_proxies_take_libcurls_way(void **state)
{
	struct scenario scenario = { 0 };

	(void)state;
	environment(NULL, NULL, NULL);
	assert_string_equal(chosen("a.test", false), "direct");
	scenario.http.version = 2;
	assert_string_equal(transport_choose(&scenario)->name, "curl");
	environment("http://127.0.0.1:1", NULL, "b.test, .c.test");
	assert_string_equal(chosen("a.test", false), "curl");
	assert_string_equal(chosen("a.test", true), "direct");
	assert_string_equal(chosen("b.test", false), "direct");
	assert_string_equal(chosen("x.B.test", false), "direct");
	assert_string_equal(chosen("xb.test", false), "curl");
	assert_string_equal(chosen("c.test", false), "direct");
	assert_string_equal(chosen("test", false), "curl");
	environment(NULL, "socks5://127.0.0.1:1", NULL);
	assert_string_equal(chosen("a.test", false), "curl");
	assert_string_equal(chosen("a.test", true), "curl");
	environment("", "", NULL);
	assert_string_equal(chosen("a.test", true), "direct");
	environment("http://127.0.0.1:1", NULL, "*");
	assert_string_equal(chosen("a.test", false), "direct");
	environment(NULL, NULL, NULL);
}

#define TESTS(ops, name)                                                                      \
	WIRE_TEST(ops, name, nobody_listening_is_refused),                                    \
		WIRE_TEST(ops, name, a_name_that_does_not_resolve_says_so),                   \
		WIRE_TEST(ops, name, a_name_is_looked_up),                                    \
		WIRE_TEST(ops, name, connecting_takes_no_longer_than_its_timeout),            \
		WIRE_TEST(ops, name, connections_beyond_the_limit_are_closed_when_idle),      \
		WIRE_TEST(ops, name, another_address_is_dialled_where_the_scenario_says_so),  \
		WIRE_TEST(ops, name, the_schemes_own_port_is_not_named),                      \
		WIRE_TEST(ops, name, a_thousand_users_have_a_connection_each),                \
		WIRE_TEST(ops, name, a_thousand_users_of_a_server_that_closes_each_time),     \
		WIRE_TEST(ops, name, a_unix_socket_serves_a_crowd),                           \
		WIRE_TEST(ops, name, bad_dial_options_are_told_before_the_run),               \
		WIRE_TEST(ops, name, users_whose_requests_fail_at_once_leave_the_loop_alive), \
		WIRE_TEST(ops, name, a_session_may_go_when_its_request_has_failed_already),   \
		WIRE_TEST(ops, name, a_session_may_go_while_it_looks_a_name_up),              \
		WIRE_TEST(ops, name, cancelling_a_lookup_ends_it)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(http2_and_proxies_take_libcurls_way),
		TESTS(&transport_direct_ops, "direct"),
		TESTS(&transport_curl_ops, "curl"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
