/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"

#define OUT_MAX ((size_t)4 << 20)

/* The one variable of its kind in the console: a handler of fatal signals has no other way to reach
 * what it needs. Points into the struct tty that is armed. */
static _Atomic(struct tty_emergency *) armed;

void tty_emergency_restore(void)
{
	struct tty_emergency *emergency = atomic_exchange(&armed, NULL);

	if (emergency == NULL)
		return;
	tcsetattr(emergency->fd, TCSANOW, &emergency->saved);
	if (write(emergency->fd, emergency->bytes, emergency->len) < 0)
		return; /* nobody is left to tell */
}

void tty_arm_emergency(struct tty *tty, const char *bytes)
{
	struct tty_emergency *emergency = &tty->emergency;

	tty_disarm_emergency();
	emergency->fd = tty->fd;
	emergency->saved = tty->saved;
	snprintf(emergency->bytes, sizeof(emergency->bytes), "%s", bytes);
	emergency->len = strlen(emergency->bytes);
	atomic_store(&armed, emergency);
}

void tty_disarm_emergency(void)
{
	atomic_store(&armed, NULL);
}

static int open_device(const char *name)
{
	const int flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
	char path[256];
	int fd = -1;

	if (name != NULL)
		return open(name, flags);
	if (ttyname_r(STDOUT_FILENO, path, sizeof(path)) == 0)
		fd = open(path, flags);
	/* after su the device may be another user's; the controlling terminal is always ours */
	return fd >= 0 ? fd : open("/dev/tty", flags);
}

int tty_open(struct tty *tty, const char *name)
{
	memset(tty, 0, sizeof(*tty));
	buf_init(&tty->out, OUT_MAX);
	tty->fd = open_device(name);
	if (tty->fd < 0)
		return -errno;
	if (tcgetattr(tty->fd, &tty->saved) != 0) {
		int error = errno;

		close(tty->fd);
		tty->fd = -1;
		return -error;
	}
	return 0;
}

void tty_close(struct tty *tty)
{
	if (atomic_load(&armed) == &tty->emergency)
		tty_disarm_emergency();
	tty_restore(tty);
	if (tty->fd >= 0)
		close(tty->fd);
	tty->fd = -1;
	buf_fini(&tty->out);
}

int tty_set_raw(struct tty *tty)
{
	struct termios raw = tty->saved;

	raw.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | ISTRIP | IXON);
	raw.c_oflag &= ~(tcflag_t)OPOST;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(tty->fd, TCSANOW, &raw) != 0)
		return -errno;
	tty->raw = true;
	return 0;
}

void tty_restore(struct tty *tty)
{
	if (tty->raw)
		tcsetattr(tty->fd, TCSANOW, &tty->saved);
	tty->raw = false;
}

void tty_size(const struct tty *tty, int *cols, int *rows)
{
	struct winsize size = { 0 };

	if (ioctl(tty->fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
		size.ws_col = 80;
		size.ws_row = 24;
	}
	*cols = size.ws_col;
	*rows = size.ws_row;
}

bool tty_foreground(const struct tty *tty)
{
	pid_t group = tcgetpgrp(tty->fd);

	return group < 0 || group == getpgrp();
}

int tty_flush(struct tty *tty)
{
	while (tty->out_sent < tty->out.len) {
		ssize_t n =
			write(tty->fd, tty->out.data + tty->out_sent, tty->out.len - tty->out_sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (n == 0)
			return 0;
		tty->out_sent += (size_t)n;
		tty->sent += (unsigned long long)n;
	}
	buf_reset(&tty->out);
	tty->out_sent = 0;
	return 0;
}

bool tty_waiting(const struct tty *tty)
{
	return tty->out_sent < tty->out.len;
}

size_t tty_pending(const struct tty *tty)
{
	int queued = 0;

	if (ioctl(tty->fd, TIOCOUTQ, &queued) != 0 || queued < 0)
		queued = 0;
	return tty->out.len - tty->out_sent + (size_t)queued;
}

bool tty_drain(struct tty *tty, unsigned wait_ms)
{
	uint64_t end = clock_now_ns() + wait_ms * CLOCK_NS_PER_MS;

	while (tty_flush(tty) == 0 && tty_waiting(tty)) {
		struct pollfd writable = { .fd = tty->fd, .events = POLLOUT };
		uint64_t now = clock_now_ns();

		if (now >= end)
			break;
		if (poll(&writable, 1, (int)((end - now) / CLOCK_NS_PER_MS) + 1) < 0 &&
		    errno != EINTR)
			break;
	}
	if (!tty_waiting(tty))
		return true;
	tcflush(tty->fd, TCOFLUSH);
	buf_reset(&tty->out);
	tty->out_sent = 0;
	return false;
}

int tty_read(struct tty *tty, void *bytes, size_t size)
{
	ssize_t n = read(tty->fd, bytes, size);

	if (n > 0)
		return (int)n;
	if (n == 0)
		return -EIO;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}
