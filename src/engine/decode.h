/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_DECODE_H
#define THRONG_ENGINE_DECODE_H

#include <stddef.h>

#include "engine/http1.h"

struct buf;

/* Content-Encoding gzip and deflate, undone with zlib over whole bodies. One per transport: its
 * 40 KB of state are made at the first use and kept. */
struct decoder;

/* Aborts the program when out of memory. Caller frees with decoder_free. */
struct decoder *decoder_new(void);
void decoder_free(struct decoder *decoder); /* NULL is fine */

/* Append the decoded body to out, never beyond out->max. coding is HTTP1_GZIP (several members
 * are one body) or HTTP1_DEFLATE (zlib format, or bare deflate as some servers send). 0;
 * -EMSGSIZE: larger than out->max; -EBADMSG: corrupt or incomplete. */
int decoder_run(struct decoder *decoder, enum http1_coding coding, const void *data, size_t len,
		struct buf *out) __attribute__((warn_unused_result));

#endif
