/* SPDX-License-Identifier: MIT */
/* Templates become a flat list of operations: literal text out of a pool, or a call of a
 * function with its arguments already parsed. Immutable once compiled, so every thread renders
 * the same one. Rendering walks the list once and appends to a buf; it allocates only while that
 * grows. */
#include "config.h"

#include "scenario/template.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "scenario/template_internal.h"

#define POOL_MAX      (256U * 1024 * 1024)
#define WORDS_MAX     1000
#define BRACES_OPEN   "{{"
#define BRACES_CLOSE  "}}"
#define EXCERPT_CHARS 60

struct template *template_new(const char *source)
{
	struct template *tpl = mem_new(sizeof(*tpl));

	tpl->source = mem_strdup(source);
	buf_init(&tpl->pool, POOL_MAX);
	return tpl;
}

static void op_fini(struct op *op)
{
	free(op->choices);
	if (op->fallback) {
		op_fini(op->fallback);
		free(op->fallback);
	}
	template_free(op->sub);
}

void template_free(struct template *tpl)
{
	if (!tpl)
		return;
	for (size_t i = 0; i < tpl->count; i++)
		op_fini(&tpl->ops[i]);
	free(tpl->ops);
	for (size_t i = 0; i < tpl->env_count; i++)
		free(tpl->envs[i].name);
	free(tpl->envs);
	buf_fini(&tpl->pool);
	free(tpl->source);
	free(tpl);
}

struct op *template_push_op(struct template *tpl)
{
	if (tpl->count == tpl->cap) {
		size_t cap = tpl->cap ? 2 * tpl->cap : 8;

		tpl->ops = mem_grow(tpl->ops, tpl->cap, cap, sizeof(*tpl->ops));
		tpl->cap = cap;
	}
	return &tpl->ops[tpl->count++];
}

struct piece template_pool_add(struct template *tpl, const char *data, size_t len)
{
	struct piece piece = { tpl->pool.len, len };

	if (buf_add(&tpl->pool, data, len) < 0)
		piece.len = 0;
	return piece;
}

/* Neighbouring literals become one operation. */
static void literal_end(struct template *tpl, size_t begin)
{
	struct op *last = tpl->count ? &tpl->ops[tpl->count - 1] : NULL;
	size_t len = tpl->pool.len - begin;

	if (len == 0)
		return;
	if (!last || last->fn || last->text.at + last->text.len != begin) {
		last = template_push_op(tpl);
		last->text.at = begin;
	}
	last->text.len += len;
}

void template_add_literal(struct template *tpl, const char *text, size_t len)
{
	size_t begin = tpl->pool.len;

	if (len && buf_add(&tpl->pool, text, len) == 0)
		literal_end(tpl, begin);
}

static int add_escaped_literal(struct compile *c, const char *text, size_t len, bool escape)
{
	struct template *tpl = c->tpl;
	size_t begin = tpl->pool.len;
	int rc;

	if (c->escape == TEMPLATE_ESCAPE_URL && !escape)
		rc = escape_add_path_literal(&tpl->pool, text, len);
	else
		rc = escape_add(&tpl->pool, escape ? c->escape : TEMPLATE_ESCAPE_NONE, text, len);
	literal_end(tpl, begin);
	if (rc < 0)
		error_set(c->err, "the text is too long");
	return rc < 0 ? -EINVAL : 0;
}

void template_set_literal(struct compile *c, struct op *op, const char *value, size_t len)
{
	size_t begin = c->tpl->pool.len;

	if (c->json_value)
		(void)escape_add_json_value(&c->tpl->pool, value, len);
	else
		(void)escape_add(&c->tpl->pool, c->escape, value, len);
	op->fn = NULL;
	op->text = (struct piece){ begin, c->tpl->pool.len - begin };
}

bool template_name_is_valid(const char *name)
{
	if (!isalpha((unsigned char)*name) && *name != '_')
		return false;
	while (isalnum((unsigned char)*name) || *name == '_' || *name == '-' || *name == '.')
		name++;
	return *name == '\0';
}

static void words_free(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->items[i].text);
	free(words->items);
	words->items = NULL;
	words->count = 0;
}

/* Take one word off *p: up to a blank, or between quotes of one kind, where a backslash takes
 * the next character as it is. False when a quote is not closed. */
static bool word_take(const char **p, const char *end, struct word *word)
{
	const char *s = *p;
	char *out = mem_new((size_t)(end - s) + 1), *to = out;
	char quote = *s == '"' || *s == '\'' ? *s : '\0';

	word->text = out;
	word->quoted = quote != '\0';
	if (!quote) {
		while (s < end && !isspace((unsigned char)*s))
			*to++ = *s++;
		*p = s;
		return true;
	}
	for (s++; s < end && *s != quote; s++) {
		if (*s == '\\' && s + 1 < end)
			s++;
		*to++ = *s;
	}
	*p = s + 1;
	return s < end && (s + 1 == end || isspace((unsigned char)s[1]));
}

static int words_split(struct words *words, const char *begin, const char *end, struct error *err)
{
	words->items = mem_array(WORDS_MAX, sizeof(*words->items));
	words->count = 0;
	for (;;) {
		while (begin < end && isspace((unsigned char)*begin))
			begin++;
		if (begin >= end)
			return 0;
		if (words->count == WORDS_MAX) {
			error_set(err, "more than %d words between the braces", WORDS_MAX);
			return -EINVAL;
		}
		if (!word_take(&begin, end, &words->items[words->count++])) {
			error_set(err, "a quote is not closed, or something follows it directly");
			return -EINVAL;
		}
	}
}

/* The closing braces that belong to the opening ones at `text`: quoted words may hold braces. */
static const char *call_end(const char *begin)
{
	char quote = '\0';

	for (const char *text = begin; *text; text++) {
		if (quote) {
			if (*text == '\\' && text[1])
				text++;
			else if (*text == quote)
				quote = '\0';
		} else if ((*text == '"' || *text == '\'') &&
			   (text == begin || isspace((unsigned char)text[-1]))) {
			quote = *text;
		} else if (strncmp(text, BRACES_CLOSE, 2) == 0) {
			return text;
		}
	}
	return NULL;
}

static int compile_variable(struct compile *c, struct op *op, const char *name)
{
	if (!template_name_is_valid(name)) {
		error_set(c->err,
			  "\"%s\" is neither a function nor a variable name "
			  "(letters, digits, \"_\", \"-\" and \".\", a letter first)",
			  name);
		return -EINVAL;
	}
	op->fn = &template_variable;
	op->has_slot = true;
	op->slot = names_intern(c->names, name);
	return 0;
}

static int unknown_function(struct compile *c, const char *name)
{
	const char *near = text_nearest(name, template_function_names());

	if (near)
		error_set(c->err, "no function \"%s\": did you mean \"%s\"?", name, near);
	else
		error_set(c->err,
			  "no function \"%s\" (a variable stands alone between its braces; "
			  "the functions are in throng-scenario(5))",
			  name);
	return -EINVAL;
}

int template_compile_call(struct compile *c, struct op *op, const struct words *words)
{
	const char *name = words->items[0].text;
	const struct template_function *fn =
		words->items[0].quoted ? NULL : template_function_find(name);
	struct words args = { words->items + 1, words->count - 1 };

	op->escape = c->escape;
	op->json_value = c->json_value;
	op->label = template_pool_add(c->tpl, name, strlen(name));
	if (!fn)
		return args.count ? unknown_function(c, name) : compile_variable(c, op, name);
	if (args.count < fn->args_min || args.count > fn->args_max) {
		error_set(c->err, "wrong number of arguments; it is {{%s}}", fn->usage);
		return -EINVAL;
	}
	op->fn = fn;
	return fn->compile ? fn->compile(c, op, &args) : 0;
}

/* One {{...}} from behind the opening to the closing braces. */
static int compile_braces(struct compile *c, const char *begin, const char *end)
{
	struct words words;
	struct op op = { 0 };
	size_t mark = c->tpl->pool.len;
	int rc;

	c->json_value = *begin == '=';
	rc = words_split(&words, begin + c->json_value, end, c->err);
	if (rc == 0 && words.count == 0) {
		error_set(c->err, "nothing between the braces: name a function or a variable");
		rc = -EINVAL;
	}
	if (rc == 0)
		rc = template_compile_call(c, &op, &words);
	words_free(&words);
	if (rc == 0 && !op.fn) { /* known now: joins the text around it */
		char *value = mem_strndup(c->tpl->pool.data + op.text.at, op.text.len);

		c->tpl->pool.len = mark;
		template_add_literal(c->tpl, value, op.text.len);
		free(value);
	} else if (rc == 0) {
		*template_push_op(c->tpl) = op;
	} else {
		op_fini(&op);
	}
	return rc;
}

/* Put "{{int 5 1}}: " before what is wrong with it. */
static int fail_in(struct error *err, const char *begin, const char *end)
{
	struct error inner;
	int len = (int)(end - begin);

	if (!err)
		return -EINVAL;
	inner = *err;
	error_set(err, "{{%.*s%s}}: %.900s", len > EXCERPT_CHARS ? EXCERPT_CHARS : len, begin,
		  len > EXCERPT_CHARS ? "…" : "", inner.text);
	return -EINVAL;
}

/* "{{= f}}" is the whole text: nothing before the opening, nothing behind the closing braces. */
static bool is_json_value(const char *text)
{
	const char *end;

	if (strncmp(text, "{{=", 3) != 0)
		return false;
	end = call_end(text + 3);
	return end && end[2] == '\0';
}

int template_add(struct template *tpl, const char *text, enum template_escape escape,
		 bool escape_literals, bool quote, struct names *names, struct error *err)
{
	struct compile c = { .tpl = tpl, .names = names, .err = err, .escape = escape };
	bool json_value = quote && escape == TEMPLATE_ESCAPE_JSON && is_json_value(text);
	int rc = 0;

	if (quote && !json_value)
		template_add_literal(tpl, "\"", 1);
	while (rc == 0 && *text) {
		const char *open = strstr(text, BRACES_OPEN), *end;

		if (!open) {
			rc = add_escaped_literal(&c, text, strlen(text), escape_literals);
			break;
		}
		rc = add_escaped_literal(&c, text, (size_t)(open - text), escape_literals);
		if (rc < 0)
			break;
		if (strncmp(open + 2, BRACES_OPEN, 2) == 0) {
			rc = add_escaped_literal(&c, BRACES_OPEN, 2, escape_literals);
			text = open + 4;
			continue;
		}
		end = call_end(open + 2);
		if (!end) {
			error_set(err, "\"{{\" without \"}}\" (\"{{{{\" writes two braces)");
			return -EINVAL;
		}
		if (open[2] == '=' && !json_value) {
			error_set(err, "{{= …}} must be a whole string inside \"json\"");
			return -EINVAL;
		}
		rc = compile_braces(&c, open + 2, end);
		if (rc < 0)
			return fail_in(err, open + 2, end);
		text = end + 2;
	}
	if (rc == 0 && quote && !json_value)
		template_add_literal(tpl, "\"", 1);
	return rc;
}

int template_add_basic(struct template *tpl, const char *user, const char *password,
		       struct names *names, struct error *err)
{
	struct template *sub = template_new("user:password");
	struct op *op;
	int rc;

	rc = template_add(sub, user, TEMPLATE_ESCAPE_NONE, false, false, names, err);
	if (rc == 0) {
		template_add_literal(sub, ":", 1);
		rc = template_add(sub, password, TEMPLATE_ESCAPE_NONE, false, false, names, err);
	}
	if (rc < 0) {
		template_free(sub);
		return rc;
	}
	for (size_t i = 0; i < sub->env_count; i++)
		template_note_env(tpl, sub->envs[i].name, sub->envs[i].set);
	if (template_is_constant(sub)) {
		(void)escape_base64_tail(&sub->pool, sub->pool.len);
		template_add_literal(tpl, sub->pool.data, sub->pool.len);
		template_free(sub);
		return 0;
	}
	op = template_push_op(tpl);
	op->fn = &template_basic;
	op->label = template_pool_add(tpl, "basic", 5);
	op->sub = sub;
	return 0;
}

int template_compile(struct template **out, const char *text, enum template_escape escape,
		     struct names *names, struct error *err)
{
	struct template *tpl = template_new(text);
	int rc = template_add(tpl, text, escape, false, false, names, err);

	if (rc < 0)
		template_free(tpl);
	else
		*out = tpl;
	return rc;
}

int template_render_ops(const struct render *r)
{
	const struct template *tpl = r->tpl;

	for (size_t i = 0; i < tpl->count; i++) {
		const struct op *op = &tpl->ops[i];
		int rc;

		if (op->fn)
			rc = op->fn->render(r, op);
		else
			rc = buf_add(r->buf, tpl->pool.data + op->text.at, op->text.len);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int template_render(const struct template *tpl, const struct template_env *env, struct buf *buf,
		    unsigned *missing)
{
	struct render r = { .tpl = tpl, .env = env, .buf = buf, .missing = missing };

	return template_render_ops(&r);
}
