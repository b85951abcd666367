/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_RESULT_READ_H
#define THRONG_RECORD_RESULT_READ_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct error;

/* Looking into a result (result_json.h), which may come from a file of another version or from
 * Locust's CSV files: what is absent, null or of another type is "not known", never an error. */

/* The result in a file; a new reference, released with json_decref. NULL with err->text, which names file
 * and line, when it cannot be read or is not JSON. Any thread. */
json_t *result_load(const char *file, struct error *err);
/* A number; NAN when it is not known. */
double result_number(const json_t *object, const char *key);
/* The same, and 0 when it is not known. */
double result_count(const json_t *object, const char *key);
/* A string; "" when it is not known. Borrowed from the object. */
const char *result_string(const json_t *object, const char *key);
bool result_true(const json_t *object, const char *key);
/* A member object or array; NULL when it is not known (which all of these take). */
const json_t *result_member(const json_t *object, const char *key);
/* Fill values[0..count) from an array of the object; NAN where nothing is known. Returns how many
 * are known. */
size_t result_numbers(const json_t *object, const char *key, double *values, size_t count);

#endif
