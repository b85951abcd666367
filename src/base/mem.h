/* SPDX-License-Identifier: MIT */
#ifndef THRONG_BASE_MEM_H
#define THRONG_BASE_MEM_H

#include <stddef.h>

/* Allocation at start: each returns zeroed memory (mem_dup: a copy) or prints "out of memory"
 * and aborts the program. Free with free(). Sizes are checked for overflow. */
void *mem_new(size_t size);
void *mem_array(size_t count, size_t size);
/* Begins at a multiple of `alignment`, a power of two; for what must not share a cache line. */
void *mem_aligned(size_t alignment, size_t size);
/* Not zeroed, at the begin of a page, for what is about to be written from one end to the other: all of its
 * pages are had at once, which takes half the time of a page fault for each. */
void *mem_pages(size_t size);
/* Grow an array to `count` elements of `size` bytes; new elements are zeroed. */
void *mem_grow(void *old, size_t old_count, size_t count, size_t size);
char *mem_strdup(const char *str);
char *mem_strndup(const char *str, size_t len);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
