/* SPDX-License-Identifier: MIT */
/* Request bodies: JSON (jansson) and forms (evhttp's parser), seen the same way. */
#include "config.h"

#include "target/target_body.h"

#include <string.h>
#include <strings.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "target/target_answer.h"
#include "target/target_call.h"

static bool read_json(struct call *call, struct body *body, const char *text, size_t len)
{
	json_error_t error;

	body->json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (!body->json) {
		target_answer_detail(call, 400, "JSON parse error - %s (line %d column %d)",
				     error.text, error.line, error.column);
		return false;
	}
	if (!json_is_object(body->json)) {
		json_decref(body->json);
		target_answer_detail(call, 400, "Invalid data. Expected a dictionary.");
		return false;
	}
	return true;
}

static bool read_form(struct call *call, struct body *body, const char *text)
{
	body->json = NULL;
	if (evhttp_parse_query_str(text, &body->form) == 0)
		return true;
	target_answer_detail(call, 400, "The form cannot be read.");
	return false;
}

static bool is_type(const char *header, const char *type)
{
	size_t len = strlen(type);

	return header && strncasecmp(header, type, len) == 0 &&
	       (header[len] == '\0' || header[len] == ';' || header[len] == ' ');
}

bool target_body_read(struct call *call, struct body *body)
{
	struct evbuffer *input = evhttp_request_get_input_buffer(call->req);
	const char *type = target_call_header(call, "Content-Type");
	size_t len = evbuffer_get_length(input);
	const char *text;

	body->json = NULL;
	TAILQ_INIT(&body->form);
	if (len == 0) /* no fields at all */
		return true;
	evbuffer_add(input, "", 1); /* a NUL behind it */
	text = (const char *)evbuffer_pullup(input, -1);
	if (is_type(type, "application/json"))
		return read_json(call, body, text, len);
	if (is_type(type, "application/x-www-form-urlencoded"))
		return read_form(call, body, text);
	target_answer_detail(call, 415, "Unsupported media type \"%.100s\" in request.",
			     type ? type : "");
	return false;
}

void target_body_fini(struct body *body)
{
	json_decref(body->json);
	evhttp_clear_headers(&body->form);
}

bool target_body_string(struct call *call, const struct body *body, const char *field, size_t max,
			const char *fallback, const char **out)
{
	json_t *value = body->json ? json_object_get(body->json, field) : NULL;
	const char *text;

	if (value && !json_is_string(value)) {
		target_answer_field(call, field, "Not a valid string.");
		return false;
	}
	text = value ? json_string_value(value)
		     : (body->json ? NULL : evhttp_find_header(&body->form, field));
	if (!text && fallback) {
		*out = fallback;
		return true;
	}
	if (!text)
		target_answer_field(call, field, "This field is required.");
	else if (*text == '\0')
		target_answer_field(call, field, "This field may not be blank.");
	else if (strlen(text) > max)
		target_answer_field(call, field,
				    "Ensure this field has no more than %zu characters.", max);
	else
		*out = text;
	return text && *text && strlen(text) <= max;
}

bool target_body_id(struct call *call, const struct body *body, const char *field,
		    struct target_id *out)
{
	const char *text;

	if (!target_body_string(call, body, field, 64, NULL, &text))
		return false;
	if (target_id_parse(out, text, strlen(text)))
		return true;
	target_answer_field(call, field, "Must be a valid UUID.");
	return false;
}

bool target_body_choice(struct call *call, const struct body *body, const char *field,
			const char *const *choices, bool optional, size_t *out)
{
	const char *text;

	if (!target_body_string(call, body, field, 64, optional ? choices[0] : NULL, &text))
		return false;
	for (size_t i = 0; choices[i]; i++) {
		if (strcmp(choices[i], text) == 0) {
			*out = i;
			return true;
		}
	}
	target_answer_field(call, field, "\"%s\" is not a valid choice.", text);
	return false;
}
