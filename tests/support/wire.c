/* SPDX-License-Identifier: MIT */
/* Fixture of the transport tests. */
#include "config.h"

#include "wire.h"

#include <dirent.h>
#include <sched.h>
#include <stdlib.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/error.h"

#define PATIENCE_S 60

static int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

void wire_init(struct wire *wire, const struct transport_ops *ops)
{
	static char host[] = "127.0.0.1";
	struct event_config *config = event_config_new();

	memset(wire, 0, sizeof(*wire));
	wire->ops = ops;
	wire->files = open_files();
	/* as the engine's loop */
	event_config_set_flag(config,
			      EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	wire->base = event_base_new_with_config(config);
	event_config_free(config);
	wire->scenario.target.host = host;
	wire->scenario.http = (struct http_options){ .timeout_ns = 60 * CLOCK_NS_PER_SEC,
						     .connect_timeout_ns = 60 * CLOCK_NS_PER_SEC,
						     .version = 11,
						     .max_header_bytes = 4096,
						     .max_body_bytes = 65536,
						     .max_connections = 1 };
}

void wire_open(struct wire *wire, const struct script_step *const *scripts, size_t count)
{
	const struct transport_config config = { .base = wire->base,
						 .scenario = &wire->scenario,
						 .now_ns = clock_now_ns };
	struct error err;

	if (scripts) {
		wire->server = script_server_new(wire->base, scripts, count,
						 wire->scenario.http.unix_socket, wire->tls);
		wire->scenario.target.port = script_server_port(wire->server);
	}
	if (wire->ops->create(&wire->transport, &config, &err))
		fail_msg("%s", err.text);
}

void wire_drop(struct wire *wire)
{
	event_base_free(wire->base);
}

void wire_fini(struct wire *wire)
{
	/* libcurl 7.88 does not tell when it closes a socket that is still connecting */
	if (wire->ops == &transport_direct_ops)
		assert_int_equal(wire->ops->open_connections(wire->transport), 0);
	wire->ops->destroy(wire->transport);
	script_server_free(wire->server);
	event_base_free(wire->base);
	/* a lookup that was given up closes its descriptors when its thread ends */
	for (uint64_t from = clock_now_ns(); clock_now_ns() - from < 60 * CLOCK_NS_PER_SEC;) {
		if (open_files() == wire->files)
			break;
		sched_yield();
	}
	assert_int_equal(open_files(), wire->files);
}

void client_init(struct client *client, struct wire *wire)
{
	memset(client, 0, sizeof(*client));
	client->wire = wire;
	client->session = wire->ops->session_new(wire->transport);
	client->request =
		(struct transport_request){ .method = "GET",
					    .host = wire->scenario.target.host,
					    .tls = wire->scenario.target.tls,
					    .port = wire->scenario.target.port,
					    .path = "/",
					    .path_len = 1,
					    .headers = "",
					    .want_body = true,
					    .want_headers = true,
					    .timeout_ns = wire->scenario.http.timeout_ns };
	buf_init(&client->headers, 1 << 24);
	buf_init(&client->body, 1 << 24);
}

void client_fini(struct client *client)
{
	client->wire->ops->session_free(client->session);
	buf_fini(&client->headers);
	buf_fini(&client->body);
}

static void on_done(void *arg, const struct transport_result *result)
{
	struct client *client = arg;

	assert_false(client->inside_start);
	client->result = *result;
	buf_reset(&client->headers);
	buf_reset(&client->body);
	if (result->headers) {
		assert_int_equal(buf_add(&client->headers, result->headers, result->headers_len),
				 0);
		client->result.headers = buf_str(&client->headers);
	}
	if (result->body) {
		assert_int_equal(buf_add(&client->body, result->body, result->body_len), 0);
		client->result.body = buf_str(&client->body);
	}
	client->done++;
	if (client->then)
		client->then(client);
	if (client->repeat > 0) {
		client->repeat--;
		client_start(client);
	} else if (client->wire->waited_for > 0 && --client->wire->waited_for == 0) {
		event_base_loopbreak(client->wire->base);
	}
}

void client_start(struct client *client)
{
	client->inside_start = true;
	client->wire->ops->start(client->session, &client->request, on_done, client);
	client->inside_start = false;
}

static void on_late(evutil_socket_t fd, short what, void *arg)
{
	struct wire *wire = arg;

	(void)fd;
	(void)what;
	wire->late = true;
	event_base_loopbreak(wire->base);
}

void wire_wait(struct wire *wire, unsigned n)
{
	const struct timeval patience = { PATIENCE_S, 0 };
	struct event *late = evtimer_new(wire->base, on_late, wire);

	event_add(late, &patience);
	wire->waited_for = n;
	while (wire->waited_for > 0 && !wire->late)
		event_base_loop(wire->base, EVLOOP_NO_EXIT_ON_EMPTY);
	event_free(late);
	assert_false(wire->late);
}

void wire_until(struct wire *wire, bool (*holds)(struct wire *wire))
{
	const struct timeval patience = { PATIENCE_S, 0 };
	struct event *late = evtimer_new(wire->base, on_late, wire);

	event_add(late, &patience);
	while (!holds(wire) && !wire->late)
		event_base_loop(wire->base, EVLOOP_ONCE);
	event_free(late);
	assert_false(wire->late);
}

void wire_turn(struct wire *wire)
{
	event_base_loop(wire->base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
}

const struct transport_result *client_ask(struct client *client)
{
	client_start(client);
	wire_wait(client->wire, 1);
	return &client->result;
}

void client_ask_stalled(struct client *client, uint64_t stall_ns)
{
	const struct transport_result *result = client_ask(client);

	assert_int_equal(result->kind, FAILURE_NONE);
	assert_in_range(result->end_ns, result->start_ns, clock_now_ns());
	assert_in_range(result->first_byte_ns, result->start_ns, result->end_ns);
	if (client->wire->ops == &transport_direct_ops)
		assert_true(result->end_ns <
			    script_server_stalled_ns(client->wire->server) + stall_ns / 2);
}
