/* SPDX-License-Identifier: MIT */
/* The kernel stamps a packet by the wall clock when the network hands it over, on loopback within the
 * sender's send(2); a read gives the stamp of the last packet it took from. The wall clock may be set at
 * any time, so a stamp is only ever used for its age, right when it is read: an error needs a clock that is
 * set while the answer lies in the socket. */
#include "config.h"

#include "engine/stamp.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "base/clock.h"

void stamp_ask(int fd)
{
	int one = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one));
}

static uint64_t stamp_of(const struct cmsghdr *control)
{
	struct timespec at;

	if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS ||
	    control->cmsg_len < CMSG_LEN(sizeof(at)))
		return 0;
	memcpy(&at, CMSG_DATA(control), sizeof(at));
	return (uint64_t)at.tv_sec * CLOCK_NS_PER_SEC + (uint64_t)at.tv_nsec;
}

ssize_t stamp_recv(int fd, void *data, size_t size, int flags, uint64_t *came_ns)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct timespec))];
	} control;
	struct iovec iov = { .iov_base = data, .iov_len = size };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &msg, flags);

	*came_ns = 0;
	if (n < 0)
		return -errno;
	if (n > 0 && msg.msg_controllen >= sizeof(struct cmsghdr))
		*came_ns = stamp_of(&control.align);
	return n;
}

uint64_t stamp_instant(uint64_t came_ns, uint64_t wall_ns, uint64_t now_ns, uint64_t not_before_ns)
{
	uint64_t age = wall_ns - came_ns;

	if (came_ns == 0 || came_ns > wall_ns || age > now_ns || now_ns - age < not_before_ns)
		return now_ns;
	return now_ns - age;
}
