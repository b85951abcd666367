/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_TEMPDIR_H
#define THRONG_TESTS_TEMPDIR_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* An empty directory of the test's own, removed with all that is in it. */
struct tempdir {
	char path[256];
};

static inline void tempdir_init(struct tempdir *dir)
{
	const char *base = getenv("TMPDIR");

	snprintf(dir->path, sizeof(dir->path), "%s/throng-test-XXXXXX",
		 base != NULL && base[0] != '\0' ? base : "/tmp");
	if (mkdtemp(dir->path) == NULL)
		abort();
}

static inline int tempdir_remove_one(const char *path, const struct stat *st, int type,
				     struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void tempdir_fini(struct tempdir *dir)
{
	nftw(dir->path, tempdir_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* "DIR/name" in memory that the caller frees. */
static inline char *tempdir_path(const struct tempdir *dir, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", dir->path, name) < 0)
		abort();
	return path;
}

#endif
