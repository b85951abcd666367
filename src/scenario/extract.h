/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_EXTRACT_H
#define THRONG_SCENARIO_EXTRACT_H

#include <stdbool.h>
#include <stddef.h>

#include "message/failure.h"

struct error;
struct names;
struct scenario;
struct step;
struct vars;

/* What a value is taken out of. */
enum extract_source {
	EXTRACT_JSON,   /* "a.b[0].c", "approvals[*].id" (a list), "[*].id", "token" */
	EXTRACT_HEADER, /* "header:Location" */
	EXTRACT_REGEX,  /* "regex:csrf=([a-f0-9]+)": group 1, or the whole match (PCRE2) */
	EXTRACT_COOKIE, /* "cookie:sessionid" */
	EXTRACT_BODY    /* "body": all of it */
};

struct extract {
	enum extract_source source;
	bool optional;       /* absent is no failure: the slot keeps what it had, or the default */
	unsigned slot;       /* where it goes (extracts); unused by checks */
	char *text;          /* as written, for messages */
	char *name;          /* of the variable, for messages */
	char *default_value; /* set when absent; NULL: the slot keeps what it had */
	void *compiled;
};

/* An answer as the transport hands it over. Borrowed for the call. */
struct response_view {
	unsigned status;
	const char *headers; /* raw lines after the status line, CRLF between; may be NULL */
	size_t headers_len;
	const char *body; /* decoded (gzip undone) */
	size_t body_len;
};

/* Compile `text` (forms above). -EINVAL fills err->text. Caller releases with extract_fini. */
int extract_compile(struct extract *out, const char *text, struct error *err)
	__attribute__((warn_unused_result));
void extract_fini(struct extract *ex);
/* Take the value (or list) out and set ex->slot in vars. 0, -ENOENT when absent, -EBADMSG when
 * the body is no JSON, -EMSGSIZE. JSON numbers and booleans become their text; null counts as
 * absent. Allocates while parsing JSON: it is called only for steps that extract or check. */
int extract_apply(const struct extract *ex, const struct response_view *res, struct vars *vars)
	__attribute__((warn_unused_result));
/* Several from one answer: the JSON is parsed once. Returns 0 or the negative errno of the
 * first failing one, whose index goes to *failed. */
int extract_apply_all(const struct extract *exs, size_t count, const struct response_view *res,
		      struct vars *vars, size_t *failed) __attribute__((warn_unused_result));

/* A check on an answer besides its status. */
enum check_kind {
	CHECK_JSON_EQUALS, /* JSON path has this value (text compare of scalar) */
	CHECK_JSON_EXISTS,
	CHECK_CONTAINS, /* body contains this text */
	CHECK_MATCHES,  /* body matches this regular expression */
	CHECK_HEADER,   /* header has this value, or exists when value is NULL */
	CHECK_SIZE,     /* body size within [min, max] */
	CHECK_IS_JSON   /* body parses */
};

struct check {
	enum check_kind kind;
	char *text; /* as a sentence for failures: `json "status" == "ok"` */
	char *key;  /* JSON path, header name, text or pattern */
	char *value;
	size_t min, max;
	void *compiled;
};

int check_compile(struct check *check, struct error *err) __attribute__((warn_unused_result));
void check_fini(struct check *check);
bool check_holds(const struct check *check, const struct response_view *res);

/* Everything a step asks of an answer whose status is accepted: its checks in order, then its
 * extracts into vars; the JSON is parsed at most once. Returns FAILURE_NONE, FAILURE_CHECK or
 * FAILURE_EXTRACT, then *detail is the index into scenario->checks or scenario->extracts. */
enum failure_kind step_judge(const struct scenario *scenario, const struct step *step,
			     const struct response_view *res, struct vars *vars, int *detail)
	__attribute__((warn_unused_result));

#endif
