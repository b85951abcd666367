/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_ANSWER_H
#define THRONG_SCENARIO_ANSWER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct error;
struct response_view;

/* An answer while it is looked into: its JSON is parsed at the first need and kept for the next.
 * One thread, one call. */
struct answer {
	const struct response_view *res; /* borrowed */
	json_t *json;
	bool parsed; /* tried already; json is NULL when the body is none */
};

void answer_init(struct answer *answer, const struct response_view *res);
void answer_fini(struct answer *answer);
/* The body as JSON, valid until answer_fini; NULL when it is none. */
const json_t *answer_json(struct answer *answer);
/* Value of the i-th header line of this name (case ignored, blanks around the value left out),
 * inside the answer; NULL when there is none. */
const char *answer_header(const struct answer *answer, const char *name, size_t i, size_t *len);
/* Value of a cookie set by this answer; NULL when it sets none of this name. */
const char *answer_cookie(const struct answer *answer, const char *name, size_t *len);

/* Regular expressions (PCRE2) over bytes. Immutable once compiled, usable by every thread. */
struct regex;

/* -EINVAL fills err->text. Caller frees with regex_free. */
int regex_compile(struct regex **out, const char *pattern, struct error *err)
	__attribute__((warn_unused_result));
void regex_free(struct regex *regex); /* NULL is fine */
/* Find it in data: true with the bounds of group 1, or of the whole match when there is no such
 * group. Bounded work: a pattern that backtracks without end counts as not found. */
bool regex_find(const struct regex *regex, const char *data, size_t len, size_t *begin,
		size_t *end);

#endif
