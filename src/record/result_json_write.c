/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/result_json.h"

#include <errno.h>

#include "base/buf.h"

/* jansson either indents everything or nothing. A person who reads a result wants one row a line
 * and one series a line. */

#define FLAGS (JSON_ENCODE_ANY | JSON_REAL_PRECISION(12))

static int to_buf(const char *data, size_t len, void *arg)
{
	return buf_add(arg, data, len);
}

static int add_value(struct buf *out, const json_t *value)
{
	return json_dump_callback(value, to_buf, out, FLAGS) == 0 ? 0 : -EMSGSIZE;
}

static int add_key(struct buf *out, const char *key)
{
	json_t *text = json_string(key);
	int err = text != NULL ? add_value(out, text) : -EMSGSIZE;

	json_decref(text);
	return err != 0 ? err : buf_adds(out, ": ");
}

static int add_array(struct buf *out, const json_t *array)
{
	size_t size = json_array_size(array);
	int err = buf_addc(out, '[');

	for (size_t i = 0; i < size && err == 0; i++) {
		err = buf_adds(out, i == 0 ? "\n    " : ",\n    ");
		if (err == 0)
			err = add_value(out, json_array_get(array, i));
	}
	return err != 0 ? err : buf_adds(out, size == 0 ? "]" : "\n  ]");
}

static int add_object(struct buf *out, json_t *object)
{
	const char *key, *separator = "\n    ";
	int err = buf_addc(out, '{');
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (err == 0)
			err = buf_adds(out, separator);
		if (err == 0)
			err = add_key(out, key);
		if (err == 0)
			err = add_value(out, value);
		separator = ",\n    ";
	}
	return err != 0 ? err : buf_adds(out, json_object_size(object) == 0 ? "}" : "\n  }");
}

int result_json_write(struct buf *out, json_t *result)
{
	const char *key, *separator = "\n  ";
	int err = buf_addc(out, '{');
	json_t *value;

	json_object_foreach(result, key, value)
	{
		if (err == 0)
			err = buf_adds(out, separator);
		if (err == 0)
			err = add_key(out, key);
		if (err == 0 && json_is_array(value))
			err = add_array(out, value);
		else if (err == 0 && json_is_object(value))
			err = add_object(out, value);
		else if (err == 0)
			err = add_value(out, value);
		separator = ",\n  ";
	}
	return err != 0 ? err : buf_adds(out, "\n}\n");
}
