/* SPDX-License-Identifier: MIT */
/* What a request costs: N sessions on one thread, each sending GETs one after another.
 *   bench_transport [-c SESSIONS] [-n REQUESTS | -d SECONDS] [-2] [-k] [-q] direct|curl URL
 * prints requests, failures, requests/s, CPU microseconds a request and memory a session. Figures
 * begin when each session has had its first answer, so connecting is not in them. -2 HTTP/2, -k no
 * certificate check, -q "REQUESTS FAILURES RATE CPU_US BYTES_A_SESSION" for scripts. */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/units.h"
#include "engine/transport.h"
#include "scenario/scenario.h"

struct bench {
	const struct transport_ops *ops;
	struct event_base *base;
	struct transport *transport;
	struct scenario scenario;
	struct transport_request request;
	uint64_t sessions, limit_requests, limit_ns;
	bool quiet;

	unsigned cold, busy; /* sessions without their first answer; with a request in flight */
	uint64_t requests, failures;
	uint64_t from_ns, from_cpu_ns, end_ns, end_cpu_ns; /* from 0: not all warm yet */
};

struct client {
	struct bench *bench;
	struct transport_session *session;
	bool warm;
};

static bool over(const struct bench *b, const struct transport_result *result)
{
	if (b->from_ns == 0)
		return false;
	if (b->limit_requests)
		return b->requests + b->busy > b->limit_requests;
	return result->end_ns >= b->from_ns + b->limit_ns;
}

static void on_done(void *arg, const struct transport_result *result)
{
	struct client *c = arg;
	struct bench *b = c->bench;

	if (b->from_ns)
		b->requests++;
	b->failures += result->kind != FAILURE_NONE || result->status != 200;
	if (!c->warm) {
		c->warm = true;
		if (--b->cold == 0) {
			b->from_ns = clock_now_ns();
			b->from_cpu_ns = clock_thread_cpu_ns();
		}
	}
	if (!over(b, result)) {
		b->ops->start(c->session, &b->request, on_done, c);
	} else if (--b->busy == 0) {
		b->end_ns = clock_now_ns();
		b->end_cpu_ns = clock_thread_cpu_ns();
		event_base_loopbreak(b->base);
	}
}

static uint64_t resident_bytes(void)
{
	unsigned long size = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file)
		return 0;
	if (fscanf(file, "%lu %lu", &size, &resident) != 2)
		resident = 0;
	fclose(file);
	return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void report(const struct bench *b, uint64_t memory)
{
	double seconds = (double)(b->end_ns - b->from_ns) / 1e9;
	double cpu_us = (double)(b->end_cpu_ns - b->from_cpu_ns) / 1e3 / (double)b->requests;
	double rate = (double)b->requests / seconds;
	double each = (double)memory / (double)b->sessions;

	if (b->quiet)
		printf("%llu %llu %.0f %.3f %.0f\n", (unsigned long long)b->requests,
		       (unsigned long long)b->failures, rate, cpu_us, each);
	else
		printf("%s, %llu sessions: %llu requests, %llu failures, %.0f/s, %.2f us CPU each, "
		       "%.1f KiB a session, %u connections\n",
		       b->ops->name, (unsigned long long)b->sessions,
		       (unsigned long long)b->requests, (unsigned long long)b->failures, rate,
		       cpu_us, each / 1024, b->ops->open_connections(b->transport));
}

static int run(struct bench *b)
{
	const struct transport_config config = { .base = b->base,
						 .scenario = &b->scenario,
						 .now_ns = clock_now_ns };
	struct client *clients = mem_array(b->sessions, sizeof(*clients));
	uint64_t memory;
	struct error err;

	if (b->ops->create(&b->transport, &config, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	memory = resident_bytes();
	b->cold = b->busy = (unsigned)b->sessions;
	for (uint64_t i = 0; i < b->sessions; i++) {
		clients[i] = (struct client){ .bench = b };
		clients[i].session = b->ops->session_new(b->transport);
		b->ops->start(clients[i].session, &b->request, on_done, &clients[i]);
	}
	event_base_loop(b->base, EVLOOP_NO_EXIT_ON_EMPTY);
	report(b, resident_bytes() - memory);
	for (uint64_t i = 0; i < b->sessions; i++)
		b->ops->session_free(clients[i].session);
	b->ops->destroy(b->transport);
	free(clients);
	return b->failures > 0;
}

static int parse_options(struct bench *b, int argc, char **argv)
{
	uint64_t seconds = 2;
	int opt;

	while ((opt = getopt(argc, argv, "c:n:d:2kq")) != -1) {
		int rc = 0;

		switch (opt) {
		case 'c':
			rc = units_parse_uint(optarg, 1, 100000, &b->sessions);
			break;
		case 'n':
			rc = units_parse_uint(optarg, 1, UINT64_MAX / 2, &b->limit_requests);
			break;
		case 'd':
			rc = units_parse_uint(optarg, 1, 3600, &seconds);
			break;
		case '2':
			b->scenario.http.version = 2;
			break;
		case 'k':
			b->scenario.http.insecure = true;
			break;
		case 'q':
			b->quiet = true;
			break;
		default:
			return -1;
		}
		if (rc)
			return -1;
	}
	b->limit_ns = seconds * CLOCK_NS_PER_SEC;
	return argc - optind == 2 ? 0 : -1;
}

/* The URL is taken apart by hand: this program stands on the transport alone. */
static int parse_url(struct url *url, const char *text, const char **path)
{
	static char host[256];
	const char *end;
	uint64_t port;
	char digits[8];
	size_t len;

	url->tls = strncmp(text, "https://", 8) == 0;
	if (!url->tls && strncmp(text, "http://", 7) != 0)
		return -1;
	text += url->tls ? 8 : 7;
	len = strcspn(text, ":/");
	end = text + len;
	if (len == 0 || len >= sizeof(host) || *end != ':')
		return -1;
	memcpy(host, text, len);
	len = strcspn(++end, "/");
	if (len >= sizeof(digits))
		return -1;
	memcpy(digits, end, len);
	digits[len] = '\0';
	if (units_parse_uint(digits, 1, UINT16_MAX, &port))
		return -1;
	url->host = host;
	url->port = (uint16_t)port;
	*path = end[len] ? end + len : "/";
	return 0;
}

int main(int argc, char **argv)
{
	static const char headers[] = "User-Agent: throng\r\nAccept: */*\r\n"
				      "Authorization: Bearer 0123456789abcdef\r\n"
				      "X-Correlation-ID: 4f8e7c52-6d0a-4f2b-9c39-0c2a55aa7d10\r\n";
	struct bench b = { .sessions = 100 };
	struct event_config *config;
	const char *path;
	int status;

	b.scenario.http = (struct http_options){ .version = 11,
						 .connect_timeout_ns = 10 * CLOCK_NS_PER_SEC,
						 .max_header_bytes = 65536,
						 .max_body_bytes = 1 << 24,
						 .max_connections = 1 };
	if (parse_options(&b, argc, argv) ||
	    parse_url(&b.scenario.target, argv[optind + 1], &path)) {
		fprintf(stderr, "usage: bench_transport [-c SESSIONS] [-n REQUESTS | -d SECONDS] "
				"[-2] [-k] [-q] direct|curl http://HOST:PORT/PATH\n");
		return 2;
	}
	b.ops = strcmp(argv[optind], "curl") == 0 ? &transport_curl_ops : &transport_direct_ops;
	b.request = (struct transport_request){ .method = "GET",
						.tls = b.scenario.target.tls,
						.host = b.scenario.target.host,
						.port = b.scenario.target.port,
						.path = path,
						.path_len = strlen(path),
						.headers = headers,
						.headers_len = sizeof(headers) - 1,
						.want_headers = true,
						.timeout_ns = 30 * CLOCK_NS_PER_SEC };
	config = event_config_new();
	/* as the engine's loop */
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	b.base = event_base_new_with_config(config);
	event_config_free(config);
	status = run(&b);
	event_base_free(b.base);
	return status;
}
