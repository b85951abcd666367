/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_FAILURES_H
#define THRONG_RECORD_FAILURES_H

#include <stddef.h>
#include <stdint.h>

#include "record/stats.h"

/* Failures by (endpoint, kind, status, detail) in the order they were first met; fixed memory.
 * Recorder thread. */
struct failures;

struct failures *failures_new(void);
void failures_free(struct failures *failures); /* NULL is fine */
void failures_reset(struct failures *failures);
/* Count one and return its index, which stays the same until failures_reset. */
unsigned failures_add(struct failures *failures, unsigned endpoint, unsigned kind, unsigned status,
		      int detail, uint64_t end_ns);
/* It left the window. */
void failures_expire(struct failures *failures, unsigned index);
size_t failures_count(const struct failures *failures);
const struct stats_failure *failures_at(const struct failures *failures, size_t i);

#endif
