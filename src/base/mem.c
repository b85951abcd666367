/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* stdio may itself need memory, so the last words go straight to the descriptor. */
static _Noreturn void out_of_memory(void)
{
	static const char text[] = "throng: out of memory\n";

	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		abort();
	abort();
}

void *mem_new(size_t size)
{
	return mem_array(1, size);
}

void *mem_array(size_t count, size_t size)
{
	/* calloc(3) checks the product; nothing asked for still gets an address of its own. */
	void *p = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

	if (p == NULL)
		out_of_memory();
	return p;
}

void *mem_aligned(size_t alignment, size_t size)
{
	size_t rounded;
	void *p;

	assert(alignment > 0 && (alignment & (alignment - 1)) == 0);
	/* aligned_alloc(3) wants a multiple of the alignment. */
	if (size > SIZE_MAX - alignment)
		out_of_memory();
	rounded = (size + alignment - 1) & ~(alignment - 1);
	p = aligned_alloc(alignment, rounded > 0 ? rounded : alignment);
	if (p == NULL)
		out_of_memory();
	return memset(p, 0, rounded);
}

void *mem_pages(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t rounded = (size + page - 1) & ~(page - 1);
	void *p = aligned_alloc(page, rounded);

	if (p == NULL)
		out_of_memory();
#ifdef MADV_POPULATE_WRITE
	madvise(p, rounded, MADV_POPULATE_WRITE); /* not known before Linux 5.14 */
#endif
	return p;
}

void *mem_grow(void *old, size_t old_count, size_t count, size_t size)
{
	unsigned char *p;

	if (count == 0 || size == 0)
		count = size = 1;
	p = reallocarray(old, count, size);
	if (p == NULL)
		out_of_memory();
	if (old == NULL)
		old_count = 0;
	if (count > old_count)
		memset(p + old_count * size, 0, (count - old_count) * size);
	return p;
}

char *mem_strdup(const char *str)
{
	return mem_strndup(str, SIZE_MAX);
}

char *mem_strndup(const char *str, size_t len)
{
	size_t n = len == SIZE_MAX ? strlen(str) : strnlen(str, len);
	char *p = malloc(n + 1);

	if (p == NULL)
		out_of_memory();
	memcpy(p, str, n);
	p[n] = '\0';
	return p;
}

char *mem_printf(const char *fmt, ...)
{
	char *p = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&p, fmt, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory();
	return p;
}
