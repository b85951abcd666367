/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_STAMP_H
#define THRONG_ENGINE_STAMP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* When bytes came to this machine, as the kernel noted it (socket(7), SO_TIMESTAMPNS): what an answer took
 * then holds nothing of the time it lay in the socket because this program, or this machine, was busy. Any
 * thread. */

/* Have the kernel note it for a TCP socket. Where it cannot, stamp_recv tells no instant. */
void stamp_ask(int fd);

/* As recv(2), but negative errno. *came_ns: when the last of these bytes came, by the wall clock in ns; 0:
 * the kernel did not say. */
ssize_t stamp_recv(int fd, void *data, size_t size, int flags, uint64_t *came_ns)
	__attribute__((warn_unused_result));

/* The monotonic instant of what came at came_ns by the wall clock and is looked at now, when it was wall_ns
 * and, read after that, now_ns. Never later than now. Where came_ns is 0 or would lie before not_before_ns
 * (somebody has set the wall clock), it is now. */
uint64_t stamp_instant(uint64_t came_ns, uint64_t wall_ns, uint64_t now_ns, uint64_t not_before_ns);

#endif
