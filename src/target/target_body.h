/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TARGET_TARGET_BODY_H
#define THRONG_TARGET_TARGET_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h> /* before libevent, which defines parts of it */

#include <event2/keyvalq_struct.h>
#include <jansson.h>

#include "target/target_core.h"

/* The fields of a request's body: JSON or a form. */
struct body {
	json_t *json; /* NULL: a form */
	struct evkeyvalq form;
};

/* Read it. False: it is neither, and the call has been answered (400 or 415); nothing to
 * release then. */
bool target_body_read(struct call *call, struct body *body);
void target_body_fini(struct body *body);
/* The string of a field: 1..max bytes. Missing: `fallback`, or with NULL an error. False: it
 * is missing or something else, and the call has been answered 400 naming the field. Valid until
 * fini. */
bool target_body_string(struct call *call, const struct body *body, const char *field, size_t max,
			const char *fallback, const char **out);
/* A field that holds an id (UUID). */
bool target_body_id(struct call *call, const struct body *body, const char *field,
		    struct target_id *out);
/* A field that holds one of `choices` (NULL-terminated); its index goes to *out. Missing:
 * choices[0] when `optional`. */
bool target_body_choice(struct call *call, const struct body *body, const char *field,
			const char *const *choices, bool optional, size_t *out);

#endif
