/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_TCP_PAIR_H
#define THRONG_TESTS_TCP_PAIR_H

#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/stamp.h"

/* Both ends of a TCP connection over loopback, as socketpair(2) does for Unix sockets. */
static inline void tcp_pair(int ends[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(ends[0], (struct sockaddr *)&address, len), 0);
	ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(ends[1] >= 0);
	close(listener);
}

static inline void pair_close(int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

/* The kernel notes when packets come while any socket asks for it, and begins to a little after the first
 * one did. Opens ends and returns when it has begun; it goes on until they are closed. */
static inline void stamps_begin(int ends[2])
{
	uint64_t came_ns = 0;
	char byte;

	tcp_pair(ends);
	stamp_ask(ends[0]);
	for (int i = 0; i < 60000 && came_ns == 0; i++) {
		assert_int_equal(send(ends[1], "x", 1, 0), 1);
		assert_int_equal(stamp_recv(ends[0], &byte, 1, 0, &came_ns), 1);
		if (came_ns == 0)
			clock_sleep_ns(CLOCK_NS_PER_MS);
	}
	assert_true(came_ns > 0);
}

#endif
