/* SPDX-License-Identifier: MIT */
/* A server that answers every request a known time after it came (to this machine, as the kernel notes it),
 * and keeps its own account of how long that really took: what a load generator reports beyond it is the generator's (and the kernel's).
 *   delay_server [-d DELAY_US] [-c CONNECTIONS_MAX]
 * listens on a port of loopback that the kernel picks, prints "listening on http://ADDR:PORT", and
 * at SIGTERM or SIGINT one line of JSON (SIGHUP forgets what was before): requests, the instant of the first one (CLOCK_MONOTONIC),
 * and p50, p99 and max of the time from the request's coming to its answer's being sent, in microseconds.
 *
 * All delays are equal, so what is due is a queue and not a heap. The wait for what is due ends by
 * epoll_pwait2(2), which takes nanoseconds.
 * Requests have no body and are not pipelined. One thread. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"
#include "engine/stamp.h"
#include "record/histogram.h"

#define EVENTS_MAX 512

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			     "Content-Length: 13\r\n\r\nhello, world\n";

struct peer {
	int fd;
	unsigned matched; /* bytes of the blank line that ends the head */
	bool waiting;
	uint64_t came_ns;
};

struct server {
	int epoll_fd, listen_fd, signal_fd;
	uint64_t delay_ns;
	struct peer *peers; /* by descriptor */
	uint64_t peers_max;
	uint32_t *due; /* descriptors, oldest first, a ring */
	size_t due_head, due_count;
	struct histogram *took;
	uint64_t requests, first_ns;
	bool over;
};

static void answer_peer(struct server *s, struct peer *peer)
{
	peer->waiting = false;
	if (peer->fd < 0)
		return;
	/* before: whom sending wakes may take the core from us until long after the answer is there */
	histogram_add(s->took, (clock_now_ns() - peer->came_ns) / CLOCK_NS_PER_US);
	/* a socket whose one answer does not fit has a peer that does not read: its own affair */
	(void)!send(peer->fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void answer_due(struct server *s)
{
	uint64_t now = clock_now_ns();

	while (s->due_count > 0) {
		struct peer *peer = &s->peers[s->due[s->due_head]];

		if (peer->waiting && peer->came_ns + s->delay_ns > now)
			break;
		s->due_head = (s->due_head + 1) % s->peers_max;
		s->due_count--;
		if (peer->waiting)
			answer_peer(s, peer);
	}
}

static void drop(struct peer *peer)
{
	close(peer->fd);
	peer->fd = -1;
}

static void take_request(struct server *s, struct peer *peer, uint64_t came_ns)
{
	peer->came_ns = came_ns;
	if (s->requests++ == 0)
		s->first_ns = peer->came_ns;
	if (s->delay_ns == 0) {
		answer_peer(s, peer);
		return;
	}
	if (peer->waiting || s->due_count == s->peers_max) {
		fprintf(stderr, "delay_server: a request before the answer to the last one\n");
		exit(1);
	}
	peer->waiting = true;
	s->due[(s->due_head + s->due_count++) % s->peers_max] = (uint32_t)peer->fd;
}

static void read_peer(struct server *s, struct peer *peer)
{
	static const char end[] = "\r\n\r\n";
	char data[4096];
	uint64_t stamp_ns, came_ns;
	ssize_t n = stamp_recv(peer->fd, data, sizeof(data), MSG_DONTWAIT, &stamp_ns);

	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		drop(peer);
		return;
	}
	came_ns = clock_wall_ns();
	came_ns = stamp_instant(stamp_ns, came_ns, clock_now_ns(), 0);
	for (ssize_t i = 0; i < n; i++) {
		peer->matched = data[i] == end[peer->matched] ? peer->matched + 1
				: data[i] == '\r'             ? 1
							      : 0;
		if (peer->matched == 4) {
			peer->matched = 0;
			take_request(s, peer, came_ns);
		}
	}
}

static void watch(const struct server *s, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		perror("delay_server: epoll_ctl");
		exit(1);
	}
}

static void accept_peers(struct server *s)
{
	int fd, one = 1;

	while ((fd = accept4(s->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if ((uint64_t)fd >= s->peers_max) {
			close(fd);
			continue;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		stamp_ask(fd);
		/* BBR, some machines' default, spreads by milliseconds what an idle peer is sent */
		setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
		/* what the descriptor's last owner still has in the queue finds nobody waiting */
		s->peers[fd] = (struct peer){ .fd = fd };
		watch(s, fd);
	}
}

static void take_signal(struct server *s)
{
	struct signalfd_siginfo info;

	if (read(s->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP)
		histogram_reset(s->took);
	else
		s->over = true;
}

/* Wait for something to do, no longer than until the oldest request is due. */
static int wait_events(const struct server *s, struct epoll_event *events)
{
	struct timespec timeout = { .tv_sec = 1 };
	uint64_t now, due;

	if (s->due_count > 0) {
		now = clock_now_ns();
		due = s->peers[s->due[s->due_head]].came_ns + s->delay_ns;
		due = due > now ? due - now : 0;
		timeout.tv_sec = (time_t)(due / CLOCK_NS_PER_SEC);
		timeout.tv_nsec = (long)(due % CLOCK_NS_PER_SEC);
	}
	return epoll_pwait2(s->epoll_fd, events, EVENTS_MAX, &timeout, NULL);
}

static void serve(struct server *s)
{
	struct epoll_event events[EVENTS_MAX];

	while (!s->over) {
		int count = wait_events(s, events);

		answer_due(s);
		for (int i = 0; i < count; i++) {
			int fd = events[i].data.fd;

			if (fd == s->listen_fd)
				accept_peers(s);
			else if (fd == s->signal_fd)
				take_signal(s);
			else if (s->peers[fd].fd == fd)
				read_peer(s, &s->peers[fd]);
			if (i % 32 == 31)
				answer_due(s);
		}
	}
}

static void open_server(struct server *s)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	s->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->signal_fd < 0 || s->epoll_fd < 0 || s->listen_fd < 0 ||
	    bind(s->listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(s->listen_fd, 16384) < 0 ||
	    getsockname(s->listen_fd, (struct sockaddr *)&address, &len) < 0) {
		perror("delay_server");
		exit(1);
	}
	watch(s, s->signal_fd);
	watch(s, s->listen_fd);
	printf("listening on http://127.0.0.1:%u\n", ntohs(address.sin_port));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct server s = { .peers_max = 32768 };
	uint64_t delay_us = 0;
	struct rlimit files;
	int opt, rc = 0;

	while (rc == 0 && (opt = getopt(argc, argv, "d:c:")) != -1) {
		switch (opt) {
		case 'd':
			rc = units_parse_uint(optarg, 0, 60000000, &delay_us);
			break;
		case 'c':
			rc = units_parse_uint(optarg, 1, 1000000, &s.peers_max);
			break;
		default:
			rc = -EINVAL;
			break;
		}
	}
	if (rc != 0 || optind != argc) {
		fprintf(stderr, "usage: delay_server [-d DELAY_US] [-c CONNECTIONS_MAX]\n");
		return 2;
	}
	s.peers_max += 16; /* descriptors of our own */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max < s.peers_max ? files.rlim_max : s.peers_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	s.delay_ns = delay_us * CLOCK_NS_PER_US;
	s.peers = mem_array(s.peers_max, sizeof(*s.peers));
	for (uint64_t i = 0; i < s.peers_max; i++)
		s.peers[i].fd = -1;
	s.due = mem_array(s.peers_max, sizeof(*s.due));
	s.took = histogram_new();
	open_server(&s);
	serve(&s);
	printf("{\"requests\":%llu,\"first_ns\":%llu,\"p50_us\":%llu,\"p99_us\":%llu,"
	       "\"max_us\":%llu}\n",
	       (unsigned long long)s.requests, (unsigned long long)s.first_ns,
	       (unsigned long long)histogram_quantile(s.took, 0.5),
	       (unsigned long long)histogram_quantile(s.took, 0.99),
	       (unsigned long long)histogram_max(s.took));
	histogram_free(s.took);
	free(s.peers);
	free(s.due);
	return 0;
}
