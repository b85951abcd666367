/* SPDX-License-Identifier: MIT */
/* Fuzzing of the answer parser: the first four bytes say how the rest is cut and asked; whole and cut
 * it must come to the same, and never read outside what it was given. */
#include "config.h"

#include "engine/http1.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT 256

struct outcome {
	enum http1_event end;
	enum protocol_error error;
	unsigned status;
	bool keep_alive, complete_at_end;
	uint64_t body_bytes, body_hash, head_hash;
	size_t used;
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static uint64_t hash(uint64_t seed, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		seed = (seed ^ (unsigned char)data[i]) * UINT64_C(1099511628211);
	return seed;
}

/* Feed pieces of `step` bytes (0: all at once), as a connection does. */
static struct outcome feed(const uint8_t *data, size_t size, size_t step, bool to_head)
{
	struct outcome out = { .end = HTTP1_MORE };
	struct http1 parser;
	char *held = NULL;
	size_t held_len = 0, at = 0;

	http1_begin(&parser, to_head, LIMIT);
	while (at < size && out.end == HTTP1_MORE) {
		size_t n = step && step < size - at ? step : size - at, len = held_len + n;
		char *bytes = malloc(len),
		     *rest = bytes; /* exact, so that ASan sees every step beyond */
		struct http1_piece piece;

		if (held_len)
			memcpy(bytes, held, held_len);
		memcpy(bytes + held_len, data + at, n);
		at += n;
		do {
			out.end = http1_next(&parser, rest, len, &piece);
			require(piece.used <= len);
			rest += piece.used;
			len -= piece.used;
			out.used += piece.used;
			if (out.end == HTTP1_HEAD)
				out.head_hash = hash(1, piece.data, piece.len);
			else if (out.end == HTTP1_BODY)
				out.body_hash = hash(out.body_hash, piece.data, piece.len);
		} while (out.end == HTTP1_HEAD || out.end == HTTP1_BODY);
		require(out.end != HTTP1_MORE || len <= LIMIT);
		free(held);
		held = malloc(len);
		memcpy(held, rest, len);
		held_len = len;
		free(bytes);
	}
	free(held);
	out.error = out.end == HTTP1_ERROR ? parser.error : PROTOCOL_NONE;
	out.status = parser.status;
	out.keep_alive = parser.keep_alive;
	out.complete_at_end = http1_end(&parser);
	out.body_bytes = parser.body_bytes;
	require(out.end != HTTP1_ERROR ||
		(out.error > PROTOCOL_NONE && out.error < PROTOCOL_ERRORS));
	require(out.end != HTTP1_DONE || (out.status >= 200 && out.status <= 999));
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, cut;

	if (size < 4)
		return 0;
	whole = feed(data + 4, size - 4, 0, data[0] & 1);
	cut = feed(data + 4, size - 4, (size_t)data[1] % 61 + 1, data[0] & 1);
	require(whole.end == cut.end && whole.error == cut.error && whole.status == cut.status);
	require(whole.keep_alive == cut.keep_alive && whole.complete_at_end == cut.complete_at_end);
	require(whole.body_bytes == cut.body_bytes);
	/* after a failure nobody asks how far it got */
	require(whole.used == cut.used || whole.end == HTTP1_ERROR || whole.end == HTTP1_TOO_LARGE);
	require(whole.body_hash == cut.body_hash && whole.head_hash == cut.head_hash);
	return 0;
}
