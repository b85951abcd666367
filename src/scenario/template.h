/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_TEMPLATE_H
#define THRONG_SCENARIO_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct error;
struct rng;
struct vars;

/* Text with {{functions}} and {{variables}}, compiled once, rendered per request without
 * allocating. Functions (one const table in template.c; manual and schema are tested against
 * it): uuid, hex N, int MIN MAX, float MIN MAX, choice A B C ("quoted words" may hold blanks),
 * alnum N, env NAME [DEFAULT] (read at compile time), pick VAR [DEFAULT] (a random item of a
 * list; the default may be a function, e.g. {{pick ids uuid}}), user (number of the user),
 * iteration, now, now_ms, counter (run-unique: user and iteration), base64 VAR|TEXT. Anything
 * else is a variable: extracted, data column or from "vars". {{= f}} in a JSON string that is
 * nothing else inserts the value as a JSON number/literal, without quotes.
 * "{{{{" writes two braces. */
struct template;

/* How inserted values are escaped: the literal text around them never is. */
enum template_escape {
	TEMPLATE_ESCAPE_NONE,
	TEMPLATE_ESCAPE_JSON, /* inside a JSON string */
	TEMPLATE_ESCAPE_URL, /* path or query: percent-encode all but unreserved characters (RFC 3986) */
	TEMPLATE_ESCAPE_FORM,  /* application/x-www-form-urlencoded */
	TEMPLATE_ESCAPE_HEADER /* CR, LF and NUL are dropped: no header can be smuggled in */
};

/* Names seen while compiling, mapped to slot numbers; owned by the scenario. */
struct names;
struct names *names_new(void);
void names_free(struct names *names);
unsigned names_intern(struct names *names, const char *name); /* its slot, new or old */
int names_find(const struct names *names, const char *name, unsigned *slot); /* 0 or -ENOENT */
size_t names_count(const struct names *names);
const char *names_at(const struct names *names, unsigned slot);

/* What a render may use. Borrowed for the call. */
struct template_env {
	struct rng *rng;
	const struct vars *vars;
	uint64_t user;      /* number of the user, from 0 */
	uint64_t iteration; /* tasks this user has begun */
};

/* Compile `text`. Variables are interned into `names`. On an error returns -EINVAL and fills
 * err->text (and names the function and its arguments); the caller adds file, line and path.
 * Caller frees with template_free. */
int template_compile(struct template **out, const char *text, enum template_escape escape,
		     struct names *names, struct error *err) __attribute__((warn_unused_result));
void template_free(struct template *tpl); /* NULL is fine */
/* Append the rendered text to buf. 0; -EMSGSIZE when buf's maximum would be passed; -ENODATA
 * when a variable is unset and has no default (then *missing, if not NULL, is its slot). */
int template_render(const struct template *tpl, const struct template_env *env, struct buf *buf,
		    unsigned *missing) __attribute__((warn_unused_result));
/* True when rendering always gives the same text. */
bool template_is_constant(const struct template *tpl);
/* The source text, for messages and plans. */
const char *template_source(const struct template *tpl);
/* Slots the template reads: calls fn for each. For "used but never set" warnings. */
void template_each_slot(const struct template *tpl, void (*fn)(unsigned slot, void *arg),
			void *arg);
/* Names of all functions, NULL-terminated, and one line of usage for each (same order). */
const char *const *template_function_names(void);
const char *const *template_function_usages(void);

#endif
