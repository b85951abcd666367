/* SPDX-License-Identifier: MIT */
/* Looking into an answer: JSON, header lines, cookies. */
#include "config.h"

#include "scenario/answer.h"

#include <string.h>
#include <strings.h>

#include "scenario/extract.h"

void answer_init(struct answer *answer, const struct response_view *res)
{
	answer->res = res;
	answer->json = NULL;
	answer->parsed = false;
}

void answer_fini(struct answer *answer)
{
	json_decref(answer->json);
}

/* Integers that do not fit 64 bits become reals rather than making the body unreadable. */
const json_t *answer_json(struct answer *answer)
{
	const struct response_view *res = answer->res;
	size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
	json_error_t err;

	if (answer->parsed)
		return answer->json;
	answer->parsed = true;
	if (!res->body || res->body_len == 0)
		return NULL;
	answer->json = json_loadb(res->body, res->body_len, flags, &err);
	if (!answer->json && json_error_code(&err) == json_error_numeric_overflow)
		answer->json =
			json_loadb(res->body, res->body_len, flags | JSON_DECODE_INT_AS_REAL, NULL);
	return answer->json;
}

static const char *trim(const char *begin, const char *end, size_t *len)
{
	while (begin < end && (*begin == ' ' || *begin == '\t'))
		begin++;
	while (end > begin && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	*len = (size_t)(end - begin);
	return begin;
}

const char *answer_header(const struct answer *answer, const char *name, size_t i, size_t *len)
{
	const char *line = answer->res->headers;
	const char *end = line ? line + answer->res->headers_len : NULL;
	size_t name_len = strlen(name);

	while (line && line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		const char *stop = newline ? newline : end;

		if ((size_t)(stop - line) > name_len && line[name_len] == ':' &&
		    strncasecmp(line, name, name_len) == 0 && i-- == 0)
			return trim(line + name_len + 1, stop, len);
		line = newline ? newline + 1 : end;
	}
	return NULL;
}

/* RFC 6265, section 4.1.1: name "=" value, then attributes behind ";". */
const char *answer_cookie(const struct answer *answer, const char *name, size_t *len)
{
	size_t name_len = strlen(name), line_len;
	const char *line;

	for (size_t i = 0; (line = answer_header(answer, "Set-Cookie", i, &line_len)); i++) {
		const char *stop = memchr(line, ';', line_len);
		const char *end = stop ? stop : line + line_len;

		if ((size_t)(end - line) > name_len && line[name_len] == '=' &&
		    memcmp(line, name, name_len) == 0)
			return trim(line + name_len + 1, end, len);
	}
	return NULL;
}
