/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_TEMPLATE_H
#define THRONG_SCENARIO_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenario/names.h"

struct buf;
struct error;
struct rng;
struct vars;

/* Text with {{functions}} and {{variables}}, compiled once, rendered per request without
 * allocating. The functions stand in one const table in template_functions.c; manual and schema
 * are tested against it. Anything that is no function is a variable: extracted, a data column
 * or from "vars". {{= f}} as the whole of a JSON string inserts the value as a JSON number,
 * true, false or null when it is one, else as a JSON string. "{{{{" writes two braces. */
struct template;

/* How inserted values are escaped: the literal text around them never is. */
enum template_escape {
	TEMPLATE_ESCAPE_NONE,
	TEMPLATE_ESCAPE_JSON, /* inside a JSON string */
	TEMPLATE_ESCAPE_URL, /* path or query: percent-encode all but unreserved characters (RFC 3986) */
	TEMPLATE_ESCAPE_FORM,  /* application/x-www-form-urlencoded */
	TEMPLATE_ESCAPE_HEADER /* CR, LF and NUL are dropped: no header can be smuggled in */
};

/* What a render may use. Borrowed for the call. */
struct template_env {
	struct rng *rng;
	const struct vars *vars;
	uint64_t user;      /* number of the user, from 0 */
	uint64_t iteration; /* tasks this user has begun */
};

/* Compile `text`. Variables are interned into `names`. On an error returns -EINVAL and fills
 * err->text (and names the function and its arguments); the caller adds file, line and path.
 * Caller frees with template_free. Main thread: "env" reads the environment. */
int template_compile(struct template **out, const char *text, enum template_escape escape,
		     struct names *names, struct error *err) __attribute__((warn_unused_result));
void template_free(struct template *tpl); /* NULL is fine */
/* Append the rendered text to buf. 0; -EMSGSIZE when buf's maximum would be passed; -ENODATA
 * when a variable is unset and has no default (then *missing, if not NULL, is its slot). After
 * an error buf may hold a part. Any thread, as long as env is the thread's own. */
int template_render(const struct template *tpl, const struct template_env *env, struct buf *buf,
		    unsigned *missing) __attribute__((warn_unused_result));
/* True when rendering always gives the same text. */
bool template_is_constant(const struct template *tpl);
/* That text; NULL when it is not constant. Valid as long as tpl. */
const char *template_constant(const struct template *tpl);
/* The source text, for messages and plans. */
const char *template_source(const struct template *tpl);
/* Append the literal text with each insertion as "{label}": the variable's or function's name. */
void template_outline(const struct template *tpl, struct buf *out);
/* How many pieces it has. */
size_t template_count(const struct template *tpl);
/* Slots that the pieces from the first-th on read: calls fn for each. For "used but never set"
 * errors. */
void template_each_slot(const struct template *tpl, size_t first,
			void (*fn)(unsigned slot, void *arg), void *arg);
/* Variables of the environment that were read when it was compiled, each once: calls fn for each.
 * set: it was there; else its default was taken. */
void template_each_env(const struct template *tpl,
		       void (*fn)(const char *name, bool set, void *arg), void *arg);
/* Can it name a variable? Letters, digits, "_", "-" and ".", a letter or "_" first. */
bool template_name_is_valid(const char *name);
/* Names of all functions, NULL-terminated, and one line of usage for each (same order). */
const char *const *template_function_names(void);
const char *const *template_function_usages(void);

/* ---- Composing, for the loader: bodies and query strings are made of several texts. ---- */

/* A new empty template; `source` is what template_source returns. */
struct template *template_new(const char *source);
/* Append text that is not looked into. */
void template_add_literal(struct template *tpl, const char *text, size_t len);
/* Append `text` as template_compile does; with `escape_literals` the text around the insertions
 * is escaped as well (it is a value, not yet a piece of JSON, URL or form). A JSON value {{= f}}
 * is recognised with TEMPLATE_ESCAPE_JSON and `quote`, which puts quotes around all others. */
int template_add(struct template *tpl, const char *text, enum template_escape escape,
		 bool escape_literals, bool quote, struct names *names, struct error *err)
	__attribute__((warn_unused_result));
/* Append `user:password` in base64, both templates. */
int template_add_basic(struct template *tpl, const char *user, const char *password,
		       struct names *names, struct error *err) __attribute__((warn_unused_result));

#endif
