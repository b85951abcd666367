/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_ACTOR_H
#define THRONG_ENGINE_ACTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rng.h"
#include "engine/cookies.h"
#include "engine/flights.h"
#include "engine/location.h"
#include "message/failure.h"

struct env;
struct step;
struct transport_result;
struct vars;

/* Whoever sends requests, one at a time: a user, or the run's setup. Renders a step, sends it,
 * follows redirects, judges the answer, keeps cookies and variables, and records exactly one
 * sample for each step begun. Owned by the engine's thread. */

struct actor_outcome {
	bool ok;
	bool aborted;
	enum failure_kind kind;
	unsigned status;
};

struct actor;
/* From the event loop, never from inside actor_begin or actor_abort. May begin the next step;
 * may not end the actor (its session is in use): that waits for the next turn. */
typedef void actor_done_fn(struct actor *actor, const struct actor_outcome *outcome);

struct actor { /* embedded; only actor*.c writes the fields below `number` */
	struct env *env;
	actor_done_fn *done;
	uint16_t class_id; /* index or SAMPLE_ALL */
	uint16_t flags;    /* SAMPLE_FLAG_SETUP */
	uint64_t number;
	uint64_t iteration;
	struct rng rng;

	struct vars *vars;
	struct cookies cookies;
	struct transport_session *session;
	struct buf *headers;  /* by user header slot: "Name: value\r\n" */
	uint64_t headers_set; /* bits of the slots that are set */

	const struct step *step; /* in flight; NULL: none */
	struct flight flight;
	struct buf request; /* host, path, headers and body, for all hops */
	const char *method;
	struct location place;
	bool home; /* the target's host: not in `request` */
	size_t headers_at, headers_len, body_at, body_len;
	bool has_body;
	unsigned hops;
	unsigned extra; /* requests on the wire beyond the first */
	uint64_t intended_ns, start_ns, connect_ns;
	uint64_t bytes_in, bytes_out, body_bytes;
	uint16_t hop_flags;
};

/* stream: of the random numbers. Aborts when out of memory. */
void actor_init(struct actor *actor, struct env *env, uint64_t stream);
/* With a request in flight: it ends without a sample; call only when the engine ends. */
void actor_fini(struct actor *actor);

/* Begin a step. intended_ns: when the schedule wanted it; 0: now. False when it could not be
 * built: it is recorded as FAILURE_RENDER already and done is not called. */
bool actor_begin(struct actor *actor, const struct step *step, uint64_t intended_ns)
	__attribute__((warn_unused_result));
static inline bool actor_in_flight(const struct actor *actor)
{
	return actor->step != NULL;
}
/* Cut off what is in flight: done follows with aborted set. */
void actor_abort(struct actor *actor);

/* ---- between the actor's own files -------------------------------------------------------- */

/* Render a step into actor->request. 0 or the negative errno of what could not be rendered. */
int actor_render(struct actor *actor, const struct step *step) __attribute__((warn_unused_result));
/* Make the request the next hop of a redirect to `text`, as requests (Python) does. 0 or
 * negative errno of location_resolve. */
int actor_redirect(struct actor *actor, unsigned status, const char *text, size_t len)
	__attribute__((warn_unused_result));
const char *actor_host(const struct actor *actor);
const char *actor_path(const struct actor *actor);

#endif
