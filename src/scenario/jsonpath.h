/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_JSONPATH_H
#define THRONG_SCENARIO_JSONPATH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct error;

/* A way into a JSON value: "token", "a.b[0].c", "approvals[*].id", "[-1].name", "a[\"b.c\"]";
 * a leading "$" or "$." is allowed. [*] means every item; [-1] is the last. */
struct jsonpath;

/* -EINVAL fills err->text. Caller frees with jsonpath_free. */
int jsonpath_compile(struct jsonpath **out, const char *text, struct error *err)
	__attribute__((warn_unused_result));
void jsonpath_free(struct jsonpath *path); /* NULL is fine */
/* True when the path holds [*]: it gives a list. */
bool jsonpath_is_list(const struct jsonpath *path);
/* Call fn for each value the path leads to, until fn returns non-zero (which is returned then).
 * -ENOENT when a key or index on the way is absent; below [*] items without it are skipped, so
 * that an empty list is 0 calls and 0. */
int jsonpath_each(const struct jsonpath *path, const json_t *root,
		  int (*fn)(const json_t *value, void *arg), void *arg)
	__attribute__((warn_unused_result));

/* The text of a scalar, of an object or list in compact JSON: string as it is, numbers shortest
 * so that they read back the same. The caller frees it with free(); NULL for null. */
char *jsonpath_value_text(const json_t *value, size_t *len);

#endif
