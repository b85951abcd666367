/* SPDX-License-Identifier: MIT */
/* Decoding of compressed bodies. Whole bodies at a time, because a user's connection then needs no
 * inflate state of its own while the body comes; the compressed bytes are bounded like any body,
 * the decoded ones by the output buffer's maximum, so that a small bomb stays small. */
#include "config.h"

#include "engine/decode.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/buf.h"
#include "base/mem.h"

#define ROOM_BYTES 16384

struct decoder {
	z_stream stream;
	bool ready;
};

/* Window bits as inflateInit2 wants them: the sign and 16 choose the wrapping. */
enum wrapping { WRAP_ZLIB = MAX_WBITS, WRAP_GZIP = MAX_WBITS + 16, WRAP_NONE = -MAX_WBITS };

struct decoder *decoder_new(void)
{
	return mem_new(sizeof(struct decoder));
}

void decoder_free(struct decoder *decoder)
{
	if (decoder && decoder->ready)
		inflateEnd(&decoder->stream);
	free(decoder);
}

static int begin(struct decoder *decoder, enum wrapping wrapping)
{
	int rc;

	if (decoder->ready) {
		rc = inflateReset2(&decoder->stream, wrapping);
	} else {
		rc = inflateInit2(&decoder->stream, wrapping);
		decoder->ready = rc == Z_OK;
	}
	return rc == Z_OK ? 0 : -EBADMSG;
}

/* One stream: from next_in up to its end. */
static int inflate_one(struct decoder *decoder, enum wrapping wrapping, struct buf *out)
{
	z_stream *stream = &decoder->stream;
	const unsigned char *next = stream->next_in;
	unsigned avail = stream->avail_in;
	int rc = begin(decoder, wrapping);

	if (rc)
		return rc;
	stream->next_in = next;
	stream->avail_in = avail;
	do {
		size_t left = out->max - out->len;
		size_t room = left < ROOM_BYTES ? left : ROOM_BYTES;
		unsigned char spare;
		char *dst = room ? buf_reserve(out, room) : (char *)&spare;

		if (!dst)
			return -EMSGSIZE;
		stream->next_out = (unsigned char *)dst;
		stream->avail_out = room ? (unsigned)room : 1;
		rc = inflate(stream, Z_NO_FLUSH);
		if (!room && stream->avail_out == 0)
			return -EMSGSIZE;
		if (room)
			out->len += room - stream->avail_out;
	} while (rc == Z_OK);
	return rc == Z_STREAM_END ? 0 : -EBADMSG;
}

static bool gzip_member(const z_stream *stream)
{
	return stream->avail_in >= 2 && stream->next_in[0] == 0x1f && stream->next_in[1] == 0x8b;
}

int decoder_run(struct decoder *decoder, enum http1_coding coding, const void *data, size_t len,
		struct buf *out)
{
	z_stream *stream = &decoder->stream;
	size_t before = out->len;
	int rc;

	if (len == 0)
		return 0; /* an empty body is empty in every coding */
	if (len > UINT_MAX)
		return -EMSGSIZE;
	stream->next_in = data;
	stream->avail_in = (unsigned)len;
	if (coding == HTTP1_GZIP) {
		do
			rc = inflate_one(decoder, WRAP_GZIP, out);
		while (rc == 0 && gzip_member(stream));
	} else {
		rc = inflate_one(decoder, WRAP_ZLIB, out);
		if (rc == -EBADMSG) {
			out->len = before;
			stream->next_in = data;
			stream->avail_in = (unsigned)len;
			rc = inflate_one(decoder, WRAP_NONE, out);
		}
	}
	return rc;
}
