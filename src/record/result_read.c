/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/result_read.h"

#include <math.h>

#include "base/error.h"

json_t *result_load(const char *file, struct error *err)
{
	json_error_t where;
	json_t *result = json_load_file(file, 0, &where);

	if (result == NULL && where.line > 0)
		error_set(err, "%s:%d: %s", file, where.line, where.text);
	else if (result == NULL)
		error_set(err, "%s", where.text); /* which names the file */
	return result;
}

double result_number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

double result_count(const json_t *object, const char *key)
{
	double value = result_number(object, key);

	return isfinite(value) ? value : 0;
}

const char *result_string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

bool result_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

const json_t *result_member(const json_t *object, const char *key)
{
	return json_object_get(object, key);
}

size_t result_numbers(const json_t *object, const char *key, double *values, size_t count)
{
	const json_t *array = json_object_get(object, key);
	size_t known = 0;

	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_array_get(array, i);

		values[i] = json_is_number(value) ? json_number_value(value) : NAN;
		known += isfinite(values[i]) != 0;
	}
	return known;
}
