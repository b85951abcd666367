/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TARGET_TARGET_POOL_H
#define THRONG_TARGET_TARGET_POOL_H

#include <stdint.h>

#include "target/target_core.h"

/* Workers that each do one piece of work at a time, behind a first-come-first-served queue: what
 * a process pool with a database connection per worker is to its users. */
void target_pool_init(struct target *target);
void target_pool_fini(struct target *target);
/* Have the call's work done, then answered by target_route_handle; or answer 500 when it cannot
 * wait or waited too long. */
void target_pool_submit(struct call *call);
/* Look again after workers or limits have changed. */
void target_pool_adjust(struct target *target);
/* Note when and under which load a kind of thing first happened; later times change nothing. */
void target_pool_mark(struct target *target, enum target_mark_kind kind);

/* How long a piece of work takes: log-normal, longer with `queued` requests waiting when the
 * behaviour degrades; at most an hour. */
uint64_t target_pool_service_ns(const struct target_behaviour *how, unsigned queued,
				struct rng *rng);

#endif
