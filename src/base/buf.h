/* SPDX-License-Identifier: MIT */
#ifndef THRONG_BASE_BUF_H
#define THRONG_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* A growing byte buffer with a hard maximum. Always NUL-terminated behind `len` (the NUL is not
 * counted). An append that would pass `max` changes nothing and sets `overflow`, which stays
 * set until buf_reset. Memory only grows, so a reused buffer stops allocating once it has seen
 * its largest content. Owned by one thread. */
struct buf {
	char *data; /* NULL until the first append */
	size_t len;
	size_t cap;
	size_t max;
	bool overflow;
};

void buf_init(struct buf *buf, size_t max);
void buf_fini(struct buf *buf);
/* Empty it and clear `overflow`; keeps the memory. */
void buf_reset(struct buf *buf);
/* Appends return 0 or -EMSGSIZE when the maximum would be passed. Out of memory aborts. */
int buf_add(struct buf *buf, const void *data, size_t len);
int buf_adds(struct buf *buf, const char *str);
int buf_addc(struct buf *buf, char c);
int buf_addf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int buf_vaddf(struct buf *buf, const char *fmt, va_list ap);
/* Make room for n more bytes and return where they go; the caller then adds to len itself. NULL
 * on overflow. */
char *buf_reserve(struct buf *buf, size_t n);
/* The content as a string, never NULL. Valid until the next append. */
const char *buf_str(const struct buf *buf);
/* Hands the memory to the caller, who frees it with free(); the buffer is empty afterwards. */
char *buf_take(struct buf *buf, size_t *len);

#endif
