/* SPDX-License-Identifier: MIT */
#ifndef THRONG_BASE_OUTFILE_H
#define THRONG_BASE_OUTFILE_H

#include <stddef.h>

/* Result files. A reader (or a kill -9) never sees half of one. Blocking: called from the
 * writer thread or before traffic only. */

/* Replace path by the content: temporary file beside it, write, rename. Missing directories are
 * made. 0 or negative errno. */
int outfile_replace(const char *path, const void *data, size_t len)
	__attribute__((warn_unused_result));
/* Append whole lines in one write (short writes are continued; on an error the file is cut back
 * to its old length). 0 or negative errno. */
int outfile_append(const char *path, const void *data, size_t len)
	__attribute__((warn_unused_result));
/* Make the directories that path lies in. 0 or negative errno. */
int outfile_make_parents(const char *path) __attribute__((warn_unused_result));

#endif
