/* SPDX-License-Identifier: MIT */
/* The least that requests at a steady rate can cost in one thread: a descriptor for the time, epoll, a
 * send and a recv each, and nothing else. No user, no template, no header is read, nothing is measured.
 *   floor -r RATE [-c CONNECTIONS] [-s SECONDS] URL
 * sends RATE GETs a second in turn over CONNECTIONS connections, one at a time on each, and prints the
 * requests made and the microseconds of CPU that each took ("REQUESTS CPU_US"), counted from when all
 * connections have had an answer.
 *
 * What a load generator costs more than this is its own; the rest is the machine's: on a virtual one
 * most of it is waking a server, and being woken, between two requests. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/units.h"

#define EVENTS_MAX 64
#define TIMER      UINT32_MAX

struct client {
	int epoll_fd, timer_fd;
	uint64_t rate, connections, seconds;
	int *fds;
	bool *busy;
	char request[512];
	size_t request_len;
	uint64_t begin_ns, begun, finished; /* of this round: when, requests begun and answered */
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void watch(const struct client *c, int fd, uint32_t id)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.u32 = id };

	if (epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		die("floor: epoll_ctl");
}

static void dial(struct client *c, const struct sockaddr_in *address)
{
	int one = 1;

	for (uint64_t i = 0; i < c->connections; i++) {
		c->fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (c->fds[i] < 0 ||
		    connect(c->fds[i], (const struct sockaddr *)address, sizeof(*address)) < 0)
			die("floor: connect");
		setsockopt(c->fds[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		watch(c, c->fds[i], (uint32_t)i);
	}
}

static void ask(struct client *c, uint64_t i)
{
	if (send(c->fds[i], c->request, c->request_len, MSG_NOSIGNAL) != (ssize_t)c->request_len)
		die("floor: send");
	c->busy[i] = true;
	c->begun++;
}

static void take_answer(struct client *c, uint64_t i)
{
	char data[4096];
	ssize_t n = recv(c->fds[i], data, sizeof(data), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		die("floor: recv");
	c->finished += c->busy[i]; /* short answers come in one piece */
	c->busy[i] = false;
}

static uint64_t due_ns(const struct client *c)
{
	return c->begin_ns + (uint64_t)((double)c->begun * 1e9 / (double)c->rate);
}

static void set_timer(const struct client *c)
{
	uint64_t at = due_ns(c);
	struct itimerspec when = { .it_value = { .tv_sec = (time_t)(at / CLOCK_NS_PER_SEC),
						 .tv_nsec = (long)(at % CLOCK_NS_PER_SEC) } };

	if (timerfd_settime(c->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) < 0)
		die("floor: timerfd_settime");
}

/* What is due, each on the next connection that is free. */
static void send_due(struct client *c, uint64_t most)
{
	uint64_t now = clock_now_ns();

	while (c->begun < most && due_ns(c) <= now) {
		uint64_t i = c->begun % c->connections;

		if (c->busy[i])
			break; /* the server is behind: the timer asks again at once */
		ask(c, i);
	}
	if (c->begun < most)
		set_timer(c);
}

static void run(struct client *c, uint64_t requests)
{
	struct epoll_event events[EVENTS_MAX];

	c->begin_ns = clock_now_ns();
	c->begun = c->finished = 0;
	send_due(c, requests);
	while (c->finished < requests) {
		int count = epoll_wait(c->epoll_fd, events, EVENTS_MAX, 1000);

		for (int i = 0; i < count; i++) {
			if (events[i].data.u32 == TIMER)
				send_due(c, requests);
			else
				take_answer(c, events[i].data.u32);
		}
	}
}

static int parse(struct client *c, int argc, char **argv, struct sockaddr_in *address)
{
	unsigned port;
	char host[64];
	int opt, rc = 0;

	while (rc == 0 && (opt = getopt(argc, argv, "r:c:s:")) != -1) {
		uint64_t *value = opt == 'r'   ? &c->rate
				  : opt == 'c' ? &c->connections
				  : opt == 's' ? &c->seconds
					       : NULL;
		rc = value == NULL ? -EINVAL : units_parse_uint(optarg, 1, 1000000, value);
	}
	if (rc != 0 || optind != argc - 1 || c->rate == 0 ||
	    sscanf(argv[optind], "http://%63[0-9.]:%u", host, &port) != 2)
		return -EINVAL;
	*address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	if (inet_pton(AF_INET, host, &address->sin_addr) != 1)
		return -EINVAL;
	c->request_len = (size_t)snprintf(
		c->request, sizeof(c->request),
		"GET / HTTP/1.1\r\nHost: %s:%u\r\nUser-Agent: throng\r\nAccept: */*\r\n"
		"Authorization: Bearer 0123456789abcdef\r\n\r\n",
		host, port);
	return 0;
}

int main(int argc, char **argv)
{
	struct client c = { .connections = 1000, .seconds = 4 };
	struct sockaddr_in address;

	if (parse(&c, argc, argv, &address) != 0) {
		fprintf(stderr, "usage: floor -r RATE [-c CONNECTIONS] [-s SECONDS] URL\n");
		return 2;
	}
	(void)limits_files();
	c.fds = mem_array(c.connections, sizeof(*c.fds));
	c.busy = mem_array(c.connections, sizeof(*c.busy));
	c.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	c.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (c.epoll_fd < 0 || c.timer_fd < 0)
		die("floor");
	watch(&c, c.timer_fd, TIMER);
	dial(&c, &address);
	run(&c, c.connections);
	uint64_t cpu_ns = clock_process_cpu_ns();
	run(&c, c.rate * c.seconds);
	cpu_ns = clock_process_cpu_ns() - cpu_ns;
	printf("%llu %.3f\n", (unsigned long long)c.finished,
	       (double)cpu_ns / 1e3 / (double)c.finished);
	free(c.fds);
	free(c.busy);
	return 0;
}
