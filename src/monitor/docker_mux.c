/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "monitor/docker_mux.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define HEADER  8
#define STREAMS 3

struct line {
	char *data;
	size_t len;
};

struct docker_mux {
	bool framed, pieces;
	size_t max_line;
	docker_line_fn *fn;
	void *arg;
	unsigned char header[HEADER];
	size_t header_len;
	enum docker_stream stream;  /* of the frame being read */
	uint32_t left;              /* bytes of it still to come */
	struct line lines[STREAMS]; /* a line of stdout may wait while stderr speaks */
};

struct docker_mux *docker_mux_new(bool framed, size_t max_line, docker_line_fn *fn, void *arg)
{
	struct docker_mux *mux = mem_new(sizeof(*mux));
	int i;

	mux->framed = framed;
	mux->max_line = max_line;
	mux->fn = fn;
	mux->arg = arg;
	for (i = 0; i < STREAMS; i++)
		mux->lines[i].data = mem_new(max_line);
	return mux;
}

struct docker_mux *docker_mux_new_pieces(docker_line_fn *fn, void *arg)
{
	struct docker_mux *mux = mem_new(sizeof(*mux));

	mux->framed = true;
	mux->pieces = true;
	mux->fn = fn;
	mux->arg = arg;
	return mux;
}

void docker_mux_free(struct docker_mux *mux)
{
	int i;

	if (mux == NULL)
		return;
	for (i = 0; i < STREAMS; i++)
		free(mux->lines[i].data);
	free(mux);
}

static void give(struct docker_mux *mux, enum docker_stream stream)
{
	struct line *line = &mux->lines[stream];
	size_t len = line->len;

	if (len > 0 && line->data[len - 1] == '\r')
		len--;
	line->len = 0;
	mux->fn(mux->arg, stream, line->data, len);
}

static void take_text(struct docker_mux *mux, enum docker_stream stream, const char *data,
		      size_t len)
{
	struct line *line = &mux->lines[stream];

	while (len > 0) {
		const char *end = memchr(data, '\n', len);
		size_t n = end != NULL ? (size_t)(end - data) : len;
		size_t room = mux->max_line - line->len;
		bool whole = end != NULL && n <= room;

		if (n > room)
			n = room;
		memcpy(line->data + line->len, data, n);
		line->len += n;
		data += n;
		len -= n;
		if (whole) {
			data++; /* the newline */
			len--;
			give(mux, stream);
		} else if (line->len == mux->max_line) {
			give(mux, stream);
		}
	}
}

/* The header is complete: false when it is none. */
static bool begin_frame(struct docker_mux *mux)
{
	const unsigned char *h = mux->header;

	mux->header_len = 0;
	if (h[0] >= STREAMS || h[1] != 0 || h[2] != 0 || h[3] != 0)
		return false;
	mux->stream = (enum docker_stream)h[0];
	mux->left = (uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 | (uint32_t)h[6] << 8 | h[7];
	return true;
}

bool docker_mux_feed(struct docker_mux *mux, const char *data, size_t len)
{
	if (!mux->framed) {
		take_text(mux, DOCKER_STDOUT, data, len);
		return true;
	}
	while (len > 0) {
		size_t n;

		if (mux->left == 0) {
			n = HEADER - mux->header_len < len ? HEADER - mux->header_len : len;
			memcpy(mux->header + mux->header_len, data, n);
			mux->header_len += n;
			if (mux->header_len == HEADER && !begin_frame(mux))
				return false;
		} else {
			n = mux->left < len ? mux->left : len;
			if (mux->pieces)
				mux->fn(mux->arg, mux->stream, data, n);
			else
				take_text(mux, mux->stream, data, n);
			mux->left -= (uint32_t)n;
		}
		data += n;
		len -= n;
	}
	return true;
}

void docker_mux_finish(struct docker_mux *mux)
{
	int i;

	for (i = 0; i < STREAMS; i++)
		if (mux->lines[i].len > 0)
			give(mux, (enum docker_stream)i);
}
