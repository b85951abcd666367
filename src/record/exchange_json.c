/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/exchange_json.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "message/example.h"
#include "message/failure.h"
#include "record/result_json.h"

static json_t *count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

/* Words or lines, each a string. */
static json_t *split(const char *text, char separator)
{
	json_t *list = json_array();

	while (*text != '\0') {
		const char *end = strchrnul(text, separator);

		json_array_append_new(list, json_stringn(text, (size_t)(end - text)));
		text = *end != '\0' ? end + 1 : end;
	}
	return list;
}

static json_t *failure(const struct example *example)
{
	json_t *object = json_object();

	set(object, "kind", json_string(failure_name(example->kind)));
	set(object, "status", example->status != 0 ? count(example->status) : json_null());
	set(object, "text", result_json_text(example->text));
	return object;
}

static json_t *request(const struct example *example)
{
	json_t *object = json_object();

	if (!example->sent) {
		json_decref(object);
		return json_null();
	}
	set(object, "method", result_json_text(example->method));
	set(object, "url", result_json_text(example->url));
	set(object, "headers", split(example->request_headers, '\n'));
	set(object, "body", result_json_text(example->request_body));
	set(object, "body_bytes", count(example->request_body_bytes));
	set(object, "cut", json_boolean(example->request_cut));
	return object;
}

static json_t *response(const struct example *example)
{
	json_t *object = json_object();

	if (!example->answered) {
		json_decref(object);
		return json_null();
	}
	set(object, "status", example->status != 0 ? count(example->status) : json_null());
	set(object, "headers", split(example->response_headers, '\n'));
	set(object, "body", result_json_text(example->response_body));
	set(object, "body_bytes", count(example->response_body_bytes));
	set(object, "cut", json_boolean(example->response_cut));
	return object;
}

static json_t *timings(const struct example *example)
{
	json_t *object = json_object();

	set(object, "connect_us", example->connected ? count(example->connect_us) : json_null());
	set(object, "first_byte_us",
	    example->answered ? count(example->first_byte_us) : json_null());
	set(object, "end_us", count(example->end_us));
	set(object, "response_us", count(example->response_us));
	return object;
}

json_t *exchange_json(const struct example *example)
{
	json_t *object = json_object();
	char stamp[32];

	clock_format_rfc3339(example->wall_ns, stamp, sizeof(stamp));
	set(object, "scenario", result_json_text(example->scenario));
	set(object, "endpoint", result_json_text(example->name));
	set(object, "failure", failure(example));
	set(object, "time", json_string(stamp));
	set(object, "at_s",
	    example->at_ns != 0 ? json_real((double)example->at_ns / 1e9) : json_null());
	set(object, "setup", json_boolean(example->setup));
	set(object, "class", example->setup ? json_null() : result_json_text(example->class_name));
	set(object, "user", example->setup ? json_null() : count(example->user));
	set(object, "redirects", count(example->redirects));
	set(object, "request", request(example));
	set(object, "response", response(example));
	set(object, "timings", timings(example));
	set(object, "curl", example->sent ? result_json_text(example->curl) : json_null());
	set(object, "variables", split(example->variables, ' '));
	return object;
}

static int to_buf(const char *data, size_t len, void *arg)
{
	return buf_add(arg, data, len);
}

void exchange_json_line(struct buf *out, const struct example *example)
{
	json_t *object = exchange_json(example);
	size_t before = out->len;

	if (json_dump_callback(object, to_buf, out, JSON_COMPACT | JSON_REAL_PRECISION(12)) != 0 ||
	    buf_addc(out, '\n') != 0)
		out->len = before; /* overflow stays set */
	json_decref(object);
}
