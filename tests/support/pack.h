/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_PACK_H
#define THRONG_TESTS_PACK_H

#include "unit.h"

#include <zlib.h>

enum pack_format { PACK_GZIP = MAX_WBITS + 16, PACK_ZLIB = MAX_WBITS, PACK_BARE = -MAX_WBITS };

/* Compress as a server would; returns the bytes written to dst. */
static inline size_t pack(enum pack_format format, char *dst, size_t size, const void *data,
			  size_t len)
{
	z_stream stream = { 0 };
	size_t n;

	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, format, 8, Z_DEFAULT_STRATEGY), Z_OK);
	memcpy(&stream.next_in, &data, sizeof(data)); /* not written to */
	stream.avail_in = (uInt)len;
	stream.next_out = (unsigned char *)dst;
	stream.avail_out = (uInt)size;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	n = size - stream.avail_out;
	deflateEnd(&stream);
	return n;
}

#endif
