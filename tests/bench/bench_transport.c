/* SPDX-License-Identifier: MIT */
/* What a request costs: N sessions on one thread, each sending GETs one after another against a
 * server on loopback.
 *   bench_transport TRANSPORT http://127.0.0.1:PORT/path SESSIONS SECONDS [http-version]
 * prints requests, failures, requests/s, CPU microseconds a request, memory a session. */
#include "config.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "engine/transport.h"
#include "scenario/scenario.h"

struct bench {
	const struct transport_ops *ops;
	struct event_base *base;
	struct transport_request request;
	uint64_t requests, failures, aborted, bytes, end_ns;
	unsigned busy;
};

struct client {
	struct bench *bench;
	struct transport_session *session;
};

static void on_done(void *arg, const struct transport_result *result)
{
	struct client *c = arg;
	struct bench *b = c->bench;

	b->requests++;
	b->bytes += result->bytes_in;
	b->failures += result->kind != FAILURE_NONE || result->status != 200;
	if (result->end_ns < b->end_ns) {
		b->ops->start(c->session, &b->request, on_done, c);
	} else if (--b->busy == 0) {
		event_base_loopbreak(b->base);
	}
}

static long resident_bytes(void)
{
	long size = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (file != NULL && fscanf(file, "%ld %ld", &size, &resident) != 2) {
		resident = 0;
	}
	if (file != NULL) {
		fclose(file);
	}
	return resident * sysconf(_SC_PAGESIZE);
}

static const struct transport_ops *transport_named(const char *name)
{
	static const struct transport_ops *const all[] = { &transport_curl_ops,
							   &transport_direct_ops };
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(all[i]->name, name) == 0) {
			return all[i];
		}
	}
	return NULL;
}

static int run(struct bench *b, struct scenario *sc, unsigned sessions, uint64_t ns)
{
	const struct transport_config config = { .base = b->base,
						 .scenario = sc,
						 .now_ns = clock_now_ns };
	struct client *clients = mem_array(sessions, sizeof(*clients));
	struct transport *transport = NULL;
	struct error err;
	long before = resident_bytes();

	if (b->ops->create(&transport, &config, &err) != 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	uint64_t start = clock_now_ns(), cpu = clock_thread_cpu_ns();
	b->end_ns = start + ns;
	b->busy = sessions;
	for (unsigned i = 0; i < sessions; i++) {
		clients[i] =
			(struct client){ .bench = b, .session = b->ops->session_new(transport) };
		b->ops->start(clients[i].session, &b->request, on_done, &clients[i]);
	}
	event_base_loop(b->base, EVLOOP_NO_EXIT_ON_EMPTY);
	double s = (double)(clock_now_ns() - start) / 1e9;
	double us = (double)(clock_thread_cpu_ns() - cpu) / 1e3 / (double)b->requests;
	printf("%s, %u sessions: %llu requests, %llu failures, %.0f/s, %.2f us CPU each, "
	       "%.1f KB a session, %u connections\n",
	       b->ops->name, sessions, (unsigned long long)b->requests,
	       (unsigned long long)b->failures, (double)b->requests / s, us,
	       (double)(resident_bytes() - before) / 1024 / sessions,
	       b->ops->open_connections(transport));
	for (unsigned i = 0; i < sessions; i++) {
		b->ops->session_free(clients[i].session);
	}
	b->ops->destroy(transport);
	free(clients);
	return 0;
}

int main(int argc, char **argv)
{
	struct bench b = { 0 };
	struct scenario sc = { 0 };
	char host[256], path[512] = "/";
	unsigned port = 80;

	if (argc < 5 || (b.ops = transport_named(argv[1])) == NULL ||
	    sscanf(argv[2], "http://%255[^:]:%u%511s", host, &port, path) < 2) {
		fprintf(stderr,
			"usage: bench_transport curl|direct http://ADDRESS:PORT/PATH SESSIONS "
			"SECONDS [11|2]\n");
		return 2;
	}
	sc.target = (struct url){ .host = host, .port = (uint16_t)port };
	sc.http = (struct http_options){ .version = argc > 5 && argv[5][0] == '2' ? 2 : 11,
					 .connect_timeout_ns = 10 * CLOCK_NS_PER_SEC,
					 .max_header_bytes = 65536,
					 .max_body_bytes = 1 << 24,
					 .max_connections = 1 };
	static const char headers[] = "User-Agent: throng\r\nAccept: */*\r\n"
				      "Authorization: Bearer 0123456789abcdef\r\n"
				      "X-Correlation-ID: 4f8e7c52-6d0a-4f2b-9c39-0c2a55aa7d10\r\n";
	b.request = (struct transport_request){ .method = "GET",
						.host = host,
						.port = (uint16_t)port,
						.path = path,
						.path_len = strlen(path),
						.headers = headers,
						.headers_len = sizeof(headers) - 1,
						.want_headers = true,
						.timeout_ns = 30 * CLOCK_NS_PER_SEC };
	struct event_config *ec = event_config_new();
	if (getenv("CHANGELIST") != NULL) {
		event_config_set_flag(ec, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	}
	b.base = event_base_new_with_config(ec);
	event_config_free(ec);
	int status = run(&b, &sc, (unsigned)strtoul(argv[3], NULL, 10),
			 strtoull(argv[4], NULL, 10) * CLOCK_NS_PER_SEC);
	event_base_free(b.base);
	return status;
}
