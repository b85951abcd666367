/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_CAPTURE_H
#define THRONG_ENGINE_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario/secrets.h"

struct actor;
struct exchange_link;
struct scenario;
struct step;
struct transport_result;

/* Keeping failed exchanges for people to look at: within a budget, so that a run in which
 * everything fails is as fast as one in which nothing does. A request that succeeds never comes
 * here. What is left out is still counted as ever: by its sample. Owned by the engine's thread. */

#define CAPTURE_PER_SECOND      64 /* of one engine */
#define CAPTURE_KIND_PER_SECOND 2  /* of one endpoint, kind, status and detail */
#define CAPTURE_KINDS           256

struct capture {
	struct exchange_link *link; /* borrowed; NULL: nothing is kept */
	struct secrets secrets;
	uint64_t second;
	unsigned count;       /* in this second */
	struct capture_kind { /* by hash; a newcomer takes the place */
		uint64_t key;
		uint64_t second;
		unsigned count;
	} kinds[CAPTURE_KINDS];
};

struct capture_failure {
	const struct step *step;
	const struct transport_result *result; /* NULL: nothing was sent */
	uint8_t kind;
	uint8_t flags;
	int detail;
	unsigned status;
	uint64_t end_ns;
};

/* link: NULL for none. */
void capture_init(struct capture *capture, const struct scenario *scenario,
		  struct exchange_link *link);
void capture_fini(struct capture *capture);
/* Take note of a failed request of the actor, which still holds what it sent, or leave it out.
 * Does not allocate and does not wait. */
void capture_failure(struct capture *capture, const struct actor *actor,
		     const struct capture_failure *failure);
/* Is there budget left for a failure at this instant? Counts it. */
bool capture_admits(struct capture *capture, uint64_t key, uint64_t now_ns);

#endif
