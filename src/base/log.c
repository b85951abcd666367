/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

/* The one place with file statics: set by log_setup before any thread starts, constant after. A
 * line is built on the stack and leaves in one write(2), below PIPE_BUF, so lines of several
 * threads do not mix. */

#define LINE_MAX_BYTES 2048

static int log_fd = STDERR_FILENO;
static bool log_fd_ours;
static enum log_level log_lowest = LOG_LEVEL_INFO;

static const char *const level_names[] = {
	[LOG_LEVEL_DEBUG] = "DEBUG",
	[LOG_LEVEL_INFO] = "INFO",
	[LOG_LEVEL_WARNING] = "WARNING",
	[LOG_LEVEL_ERROR] = "ERROR",
};

/* A stalled terminal or pipe must not hold the caller. O_NONBLOCK on the given descriptor would
 * change it for everyone who shares it, the shell included, so it is opened once more. Regular
 * files never block (and another offset would overwrite). */
static int open_again(int fd)
{
	char path[32];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !(S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void log_setup(int fd, enum log_level lowest)
{
	int again = open_again(fd);

	if (log_fd_ours)
		close(log_fd);
	log_fd_ours = again >= 0;
	log_fd = again >= 0 ? again : fd;
	log_lowest = lowest;
}

static size_t format_head(enum log_level level, char *dst, size_t size)
{
	uint64_t now = clock_wall_ns();
	time_t sec = (time_t)(now / CLOCK_NS_PER_SEC);
	char date[32] = "";
	struct tm tm;

	if (localtime_r(&sec, &tm) != NULL && strftime(date, sizeof(date), "%F %T", &tm) == 0)
		date[0] = '\0';
	return (size_t)snprintf(dst, size, "[%s,%03u] throng/%s: ", date,
				(unsigned)(now % CLOCK_NS_PER_SEC / CLOCK_NS_PER_MS),
				level_names[level]);
}

void log_write(enum log_level level, const char *fmt, ...)
{
	struct pollfd writable = { .fd = log_fd, .events = POLLOUT };
	char raw[LINE_MAX_BYTES];
	char line[LINE_MAX_BYTES];
	size_t len;
	va_list ap;

	if (log_fd < 0 || level < log_lowest)
		return;
	va_start(ap, fmt);
	if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
		raw[0] = '\0';
	va_end(ap);
	for (len = strlen(raw); len > 0 && raw[len - 1] == '\n'; len--)
		raw[len - 1] = '\0';
	len = format_head(level, line, sizeof(line));
	len += text_clean(line + len, sizeof(line) - len - 1, raw, SIZE_MAX, false);
	line[len++] = '\n';
	if (poll(&writable, 1, 0) != 1 || !(writable.revents & POLLOUT))
		return;
	while (write(log_fd, line, len) < 0 && errno == EINTR)
		;
}
