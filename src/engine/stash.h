/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_STASH_H
#define THRONG_ENGINE_STASH_H

#include <stddef.h>

#include "base/buf.h"

/* What a request must keep of an answer that does not come in one piece. Most need none; the
 * others borrow one and give it back, so that idle users own no buffers. */
struct stash {
	struct buf rest;    /* bytes the parser wants to see again */
	struct buf headers; /* of the final answer */
	struct buf body;
	struct stash *next;
};

struct stashes {
	size_t max_head, max_body;
	size_t spare_bytes; /* kept for later */
	struct stash *spare;
};

void stashes_init(struct stashes *stashes, size_t max_head_bytes, size_t max_body_bytes);
void stashes_fini(struct stashes *stashes);
/* Never NULL; empty. Give it back with stash_put. */
struct stash *stash_get(struct stashes *stashes);
void stash_put(struct stashes *stashes, struct stash *stash); /* NULL is fine */

#endif
