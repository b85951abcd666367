/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_TEMPLATE_INTERNAL_H
#define THRONG_SCENARIO_TEMPLATE_INTERNAL_H

/* Between template.c, template_functions.c and template_escape.c only. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "scenario/template.h"

#define TEMPLATE_RANDOM_MAX 1024 /* digits of hex and alnum */

struct op;

/* A piece of constant text in the template's pool. */
struct piece {
	size_t at, len;
};

/* A word between "{{" and "}}". */
struct word {
	char *text;
	bool quoted;
};

struct words {
	struct word *items;
	size_t count;
};

/* What compiling a call may use. */
struct compile {
	struct template *tpl;
	struct names *names;
	struct error *err;
	enum template_escape escape;
	bool json_value; /* {{= f}} */
};

/* What rendering a call may use. */
struct render {
	const struct template *tpl;
	const struct template_env *env;
	struct buf *buf;
	unsigned *missing;
};

struct template_function {
	const char *name;
	const char *usage;
	size_t args_min, args_max;
	/* args are the words behind the name, counted already. 0 or -EINVAL with c->err. What is
	 * known already becomes literal text: template_set_literal. */
	int (*compile)(struct compile *c, struct op *op, const struct words *args);
	int (*render)(const struct render *r, const struct op *op);
};

struct op {
	const struct template_function *fn; /* NULL: literal text */
	enum template_escape escape;
	bool json_value;
	bool has_slot;
	unsigned slot;
	struct piece text;  /* literal text */
	struct piece label; /* for outlines */
	union {
		struct {
			int64_t min;
			uint64_t span; /* max - min */
		} range;
		struct {
			int64_t min; /* in units of 10^-digits */
			uint64_t span;
			unsigned digits;
		} fraction;
		size_t length;
	} u;
	struct piece *choices; /* escaped already */
	size_t choice_count;
	struct op *fallback;  /* pick, var: what to do when nothing is there; NULL: an error */
	struct template *sub; /* basic credentials */
};

/* A variable of the environment that was read. */
struct env_use {
	char *name;
	bool set; /* false: the default was taken */
};

struct template
{
	char *source;
	struct buf pool;
	struct op *ops;
	size_t count, cap;
	struct env_use *envs;
	size_t env_count;
};

/* template.c */
void template_note_env(struct template *tpl, const char *name, bool set);
struct op *template_push_op(struct template *tpl);
struct piece template_pool_add(struct template *tpl, const char *data, size_t len);
/* Turn op into the literal text `value`, escaped as the op asks. */
void template_set_literal(struct compile *c, struct op *op, const char *value, size_t len);
/* Compile one call: words[0] is the function's or variable's name. */
int template_compile_call(struct compile *c, struct op *op, const struct words *words);
int template_render_ops(const struct render *r);

/* template_functions.c */
const struct template_function *template_function_find(const char *name);
extern const struct template_function template_variable; /* a bare name */
extern const struct template_function template_basic;    /* made by template_add_basic */

/* template_escape.c: append data to buf, 0 or -EMSGSIZE. */
int escape_add(struct buf *buf, enum template_escape escape, const char *data, size_t len);
/* The same for literal text of a path: only what no URL may hold is encoded. */
int escape_add_path_literal(struct buf *buf, const char *data, size_t len);
/* As {{= f}} does: bare when it is a JSON number, true, false or null, else quoted. */
int escape_add_json_value(struct buf *buf, const char *data, size_t len);
/* Base64 (RFC 4648) of len bytes; returns the characters written, (len + 2) / 3 * 4. src may be
 * the last len bytes of dst's room. */
size_t escape_base64(char *dst, const char *src, size_t len);
/* Replace the last `len` bytes of buf by their base64. */
int escape_base64_tail(struct buf *buf, size_t len);

#endif
