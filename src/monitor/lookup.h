/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_LOOKUP_H
#define THRONG_MONITOR_LOOKUP_H

#include <stddef.h>

struct event_base;

/* Host names to addresses without holding the loop: getaddrinfo (so /etc/hosts, nsswitch and the rest hold) runs in a thread of its own
 * that nobody waits for. One thread, the loop's. */
struct lookup;

#define LOOKUP_ADDRESSES_MAX 8 /* of a name */
#define LOOKUP_TEXT_MAX      64

struct lookup_answer {
	char text[LOOKUP_ADDRESSES_MAX][LOOKUP_TEXT_MAX]; /* numeric */
	size_t count;                                     /* 0: it does not resolve */
	char why[96];                                     /* then: the system's words */
};

/* answers: one for each name, in order; valid during the call. From the loop, never from inside lookup_new; the lookup may be freed. */
typedef void lookup_fn(void *arg, const struct lookup_answer *answers);

/* names are copied, count >= 1. NULL when this machine has no thread or descriptor left. */
struct lookup *lookup_new(struct event_base *base, const char *const *names, size_t count,
			  lookup_fn *fn, void *arg);
/* Never waits; no call comes after it. NULL is fine. */
void lookup_free(struct lookup *lookup);

#endif
