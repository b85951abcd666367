/* SPDX-License-Identifier: MIT */
/* O_NONBLOCK belongs to the open file description, which a shell shares with us; setting it on stderr would change the
 * shell's. So terminals and pipes are opened anew through /proc/self/fd for a description of our own. Files (where an own
 * offset would overwrite) and sockets (which cannot be opened) keep the given descriptor. */
#include "config.h"

#include "cli/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

#define DROP_ABOVE (1u << 20)
#define WAIT_MAX   (16u << 20)

struct sink {
	int fd;
	bool own;
	bool socket;
	bool broken;
	size_t done; /* bytes of `waiting` already written */
	struct buf waiting;
};

struct sink *sink_new(int fd)
{
	struct sink *sink = mem_new(sizeof(*sink));
	char path[64];
	struct stat st;
	int own;

	sink->fd = fd;
	buf_init(&sink->waiting, WAIT_MAX);
	if (fstat(fd, &st) != 0) {
		sink->broken = true;
		return sink;
	}
	sink->socket = S_ISSOCK(st.st_mode);
	if (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (own >= 0) {
			sink->fd = own;
			sink->own = true;
		}
	}
	return sink;
}

void sink_free(struct sink *sink)
{
	if (sink == NULL)
		return;
	if (sink->own)
		close(sink->fd);
	buf_fini(&sink->waiting);
	free(sink);
}

static void drop_all(struct sink *sink)
{
	buf_reset(&sink->waiting);
	sink->done = 0;
}

void sink_flush(struct sink *sink)
{
	while (sink->done < sink->waiting.len) {
		const char *data = sink->waiting.data + sink->done;
		size_t len = sink->waiting.len - sink->done;
		ssize_t n = sink->socket ? send(sink->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL)
					 : write(sink->fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			sink->broken = true; /* the terminal is gone: the run goes on without it */
		if (n <= 0)
			break;
		sink->done += (size_t)n;
	}
	if (sink->broken || sink->done == sink->waiting.len)
		drop_all(sink);
}

void sink_write(struct sink *sink, const char *data, size_t len, bool drop)
{
	size_t left = sink->waiting.len - sink->done;

	if (sink->broken || len == 0 || (drop && left > DROP_ABOVE))
		return;
	if (sink->done > 0) {
		memmove(sink->waiting.data, sink->waiting.data + sink->done, left);
		sink->waiting.len = left;
		sink->done = 0;
	}
	buf_add(&sink->waiting, data, len); /* above its maximum the text is left out */
	sink_flush(sink);
}

int sink_fd(const struct sink *sink)
{
	return sink->fd;
}

bool sink_waiting(const struct sink *sink)
{
	return sink->done < sink->waiting.len;
}

void sink_finish(struct sink *sink, uint64_t timeout_ns)
{
	uint64_t end = clock_now_ns() + timeout_ns;

	sink_flush(sink);
	while (sink_waiting(sink) && clock_now_ns() < end) {
		struct pollfd pfd = { .fd = sink->fd, .events = POLLOUT };

		poll(&pfd, 1, 100);
		if (pfd.revents & (POLLERR | POLLNVAL))
			sink->broken = true;
		sink_flush(sink);
	}
}
