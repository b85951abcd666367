/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* Atomic against readers and against the death of this process at any instant: rename(2) and
 * O_APPEND do that. Not against loss of power: no fsync, which would stall the writer every second
 * for nothing a load test needs. */

static int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int outfile_make_parents(const char *path)
{
	char *copy = mem_strdup(path);
	int rc = 0;

	for (char *slash = strchr(copy + (copy[0] == '/'), '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		struct stat st;

		*slash = '\0';
		/* Somebody else may make it at the same time; what counts is that it is there. */
		if (mkdir(copy, 0777) < 0 && errno != EEXIST) {
			rc = -errno;
			if (stat(copy, &st) < 0 || !S_ISDIR(st.st_mode))
				break;
			rc = 0;
		}
		*slash = '/';
	}
	free(copy);
	return rc;
}

/* Open, making the directories on the way when they are missing. */
static int open_making(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0666);
	int rc;

	if (fd < 0 && errno == ENOENT && (flags & O_CREAT)) {
		rc = outfile_make_parents(path);
		if (rc < 0)
			return rc;
		fd = open(path, flags | O_CLOEXEC, 0666);
	}
	if (fd < 0)
		return -errno;
	return fd;
}

/* /dev/stdout, a pipe, /dev/null: nothing can stand in for these, and a rename would replace the
 * device itself. */
static int write_through(const char *path, const void *data, size_t len)
{
	int fd = open_making(path, O_WRONLY);
	int rc;

	if (fd < 0)
		return fd;
	rc = write_all(fd, data, len);
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	return rc;
}

static int replace_file(const char *path, mode_t mode, bool exists, const void *data, size_t len)
{
	/* The name holds the process id: two runs never write into one temporary file, and what a
	 * killed one left behind is overwritten by nobody else. */
	char *temporary = mem_printf("%s.%ld.tmp", path, (long)getpid());
	int fd, rc;

	fd = open_making(temporary, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd < 0) {
		rc = fd;
		goto out;
	}
	rc = write_all(fd, data, len);
	if (rc == 0 && exists && fchmod(fd, mode & 0777) < 0)
		rc = -errno;
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(temporary, path) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(temporary);
out:
	free(temporary);
	return rc;
}

int outfile_replace(const char *path, const void *data, size_t len)
{
	char *real = NULL;
	struct stat st;
	bool exists = stat(path, &st) == 0;
	int rc;

	if (path[0] == '\0')
		return -ENOENT;
	if (exists && S_ISDIR(st.st_mode))
		return -EISDIR;
	if (exists && !S_ISREG(st.st_mode))
		return write_through(path, data, len);
	/* A link stays a link: what it points to is replaced. */
	if (exists)
		real = realpath(path, NULL);
	rc = replace_file(real != NULL ? real : path, exists ? st.st_mode : 0, exists, data, len);
	free(real);
	return rc;
}

int outfile_append(const char *path, const void *data, size_t len)
{
	int fd = open_making(path, O_WRONLY | O_APPEND | O_CREAT);
	struct stat st;
	int rc = 0;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		rc = -errno;
	if (rc == 0)
		rc = write_all(fd, data, len);
	/* Half a line is worse than none: the next append would join it. */
	if (rc < 0 && S_ISREG(st.st_mode) && ftruncate(fd, st.st_size) < 0)
		rc = -errno;
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	return rc;
}
