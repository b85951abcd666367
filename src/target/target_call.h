/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TARGET_TARGET_CALL_H
#define THRONG_TARGET_TARGET_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "target/target_core.h"

struct evhttp_request;

/* The life of a call. Ends with exactly one of target_answer_...() or target_call_close(). */
struct call *target_call_new(struct target *target, struct evhttp_request *req);
/* Forget it; req is then evhttp's or gone. For the functions that end a call. */
void target_call_done(struct call *call);
/* Free every call, also those in progress; before evhttp_free. */
void target_call_free_all(struct target *target);
/* Call `then` after ns nanoseconds, always from the event loop. */
void target_call_after(struct call *call, uint64_t ns, void (*then)(struct call *call));
/* Stop waiting for the timer. */
void target_call_unschedule(struct call *call);
/* End the connection without an answer, with a reset when asked (TCP); soon, from the loop. */
void target_call_close(struct call *call, bool reset);

/* A request header, or NULL. */
const char *target_call_header(const struct call *call, const char *name);
/* A number of the query string within min..max; `fallback` when it is not there. False: it was
 * something else, and the call has been answered 400. */
bool target_call_query(struct call *call, const char *name, uint64_t fallback, uint64_t min,
		       uint64_t max, uint64_t *out);
/* The number that {...} matched, within min..max. False: answered 400. */
bool target_call_number(struct call *call, const char *name, uint64_t min, uint64_t max,
			uint64_t *out);
/* The id that {...} matched. False: answered 404, as a router with typed paths does. */
bool target_call_id(struct call *call, struct target_id *out);

/* Stop the world for a while: nothing but unpaused routes goes on. Pauses overlap. */
void target_pause(struct target *target, uint64_t ms);
/* End the pause now, if there is one: what it held goes on soon, from the loop. */
void target_resume(struct target *target);
/* True when the world stands still and this call with it: `then` is called at the end. */
bool target_pause_holds(struct call *call, void (*then)(struct call *call));

#endif
