/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_SCHEMA_H
#define THRONG_TESTS_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* As much of JSON Schema (draft 2020-12) as scenario.schema.json uses. A keyword that is not
 * known here makes a test fail, rather than pass unchecked. */

/* Does the value keep the schema? `root` resolves "#/..." references. When not, why (if not NULL)
 * gets a text. */
bool schema_allows(json_t *root, json_t *schema, json_t *value, char *why, size_t size);
/* Follow a "$ref" as long as there is one. */
json_t *schema_resolve(json_t *root, json_t *schema);
/* Look for keywords that schema_allows does not know, anywhere; returns the first, or NULL. */
const char *schema_unknown_keyword(json_t *schema);

#endif
