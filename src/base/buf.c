/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/buf.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Invariant: data is NULL with cap 0, or cap > len and data[len] is the NUL. */

#define FIRST_CAP 64

void buf_init(struct buf *buf, size_t max)
{
	/* Room for the NUL must not wrap. */
	*buf = (struct buf){ .max = max < SIZE_MAX ? max : SIZE_MAX - 1 };
}

void buf_fini(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){ .max = buf->max };
}

void buf_reset(struct buf *buf)
{
	buf->len = 0;
	buf->overflow = false;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

char *buf_reserve(struct buf *buf, size_t n)
{
	size_t need, cap;

	if (n > buf->max - buf->len) {
		buf->overflow = true;
		return NULL;
	}
	need = buf->len + n + 1;
	if (need > buf->cap) {
		cap = buf->cap > 0 ? buf->cap : FIRST_CAP;
		while (cap < need && cap <= SIZE_MAX / 2)
			cap *= 2;
		if (cap > buf->max + 1 || cap < need)
			cap = buf->max + 1;
		buf->data = mem_grow(buf->data, buf->cap, cap, 1);
		buf->cap = cap;
	}
	return buf->data + buf->len;
}

int buf_add(struct buf *buf, const void *data, size_t len)
{
	/* what is reserved already is below the maximum */
	char *to = buf->cap - buf->len > len ? buf->data + buf->len : buf_reserve(buf, len);

	if (to == NULL)
		return -EMSGSIZE;
	if (len > 0)
		memcpy(to, data, len);
	buf->len += len;
	to[len] = '\0';
	return 0;
}

int buf_adds(struct buf *buf, const char *str)
{
	return buf_add(buf, str, strlen(str));
}

int buf_addc(struct buf *buf, char c)
{
	return buf_add(buf, &c, 1);
}

int buf_addf(struct buf *buf, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = buf_vaddf(buf, fmt, ap);
	va_end(ap);
	return rc;
}

int buf_vaddf(struct buf *buf, const char *fmt, va_list ap)
{
	size_t room = buf->cap - buf->len;
	va_list again;
	char *to;
	int n;

	/* Most lines fit into the memory that is there already: one pass. */
	va_copy(again, ap);
	n = vsnprintf(buf->data != NULL ? buf->data + buf->len : NULL, room, fmt, ap);
	if (n < 0 || (size_t)n > buf->max - buf->len) {
		/* Also an output above INT_MAX bytes, which is past any maximum in use. */
		buf->overflow = true;
		goto undo;
	}
	if ((size_t)n >= room) {
		to = buf_reserve(buf, (size_t)n);
		if (to == NULL)
			goto undo;
		vsnprintf(to, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	buf->len += (size_t)n;
	return 0;
undo:
	va_end(again);
	if (buf->data != NULL)
		buf->data[buf->len] = '\0';
	return -EMSGSIZE;
}

const char *buf_str(const struct buf *buf)
{
	if (buf->data == NULL)
		return "";
	/* Whoever filled reserved room has added to len without a NUL. */
	buf->data[buf->len] = '\0';
	return buf->data;
}

char *buf_take(struct buf *buf, size_t *len)
{
	char *data = buf->data != NULL ? buf->data : mem_strdup("");

	data[buf->len] = '\0';
	if (len != NULL)
		*len = buf->len;
	*buf = (struct buf){ .max = buf->max };
	return data;
}
