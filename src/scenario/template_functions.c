/* SPDX-License-Identifier: MIT */
/* The functions of templates: each has a compile half, which checks its arguments once, and a
 * render half, which runs for every request and never allocates. A new function is one row in
 * the table at the end, its section in throng-scenario(5), and its cases in test_template.c. */
#include "config.h"

#include "scenario/template_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"
#include "base/units.h"
#include "scenario/vars.h"

#define FRACTION_DIGITS_DEFAULT 6
#define FRACTION_DIGITS_MAX     9
#define FRACTION_MAX            1e9
#define INT_CHARS               24
/* Iterations of a user that counter tells apart. */
#define COUNTER_ITERATIONS UINT64_C(1000000000)

static int put(const struct render *r, const struct op *op, const char *data, size_t len)
{
	if (op->json_value)
		return escape_add_json_value(r->buf, data, len);
	return escape_add(r->buf, op->escape, data, len);
}

/* Letters, digits, "-" and "." mean themselves everywhere: nothing to escape. */
static int put_plain(const struct render *r, const struct op *op, const char *data, size_t len)
{
	if (op->json_value)
		return escape_add_json_value(r->buf, data, len);
	return buf_add(r->buf, data, len);
}

static int missing(const struct render *r, const struct op *op)
{
	if (op->fallback) {
		if (op->fallback->fn)
			return op->fallback->fn->render(r, op->fallback);
		return buf_add(r->buf, r->tpl->pool.data + op->fallback->text.at,
			       op->fallback->text.len);
	}
	if (r->missing)
		*r->missing = op->slot;
	return -ENODATA;
}

/* ---- variables --------------------------------------------------------------------------- */

static int render_variable(const struct render *r, const struct op *op)
{
	size_t len;
	const char *value = vars_get(r->env->vars, op->slot, &len);

	return value ? put(r, op, value, len) : missing(r, op);
}

static int compile_slot(struct compile *c, struct op *op, const struct word *word)
{
	if (word->quoted || !template_name_is_valid(word->text) ||
	    template_function_find(word->text)) {
		error_set(c->err, "\"%s\" is no name of a variable", word->text);
		return -EINVAL;
	}
	op->has_slot = true;
	op->slot = names_intern(c->names, word->text);
	op->label = template_pool_add(c->tpl, word->text, strlen(word->text));
	return 0;
}

/* A default: a function with its arguments, or one word as it stands. */
static int compile_default(struct compile *c, struct op *op, const struct words *args)
{
	struct words rest = { args->items + 1, args->count - 1 };
	const struct word *first = rest.items;

	if (rest.count == 0)
		return 0;
	op->fallback = mem_new(sizeof(*op->fallback));
	if (!first->quoted && template_function_find(first->text))
		return template_compile_call(c, op->fallback, &rest);
	if (rest.count > 1) {
		error_set(c->err, "the default is one word, one \"quoted text\" or a function");
		return -EINVAL;
	}
	template_set_literal(c, op->fallback, first->text, strlen(first->text));
	return 0;
}

static int compile_var(struct compile *c, struct op *op, const struct words *args)
{
	int rc = compile_slot(c, op, &args->items[0]);

	return rc == 0 ? compile_default(c, op, args) : rc;
}

static int render_pick(const struct render *r, const struct op *op)
{
	size_t count = vars_list_count(r->env->vars, op->slot), len;
	const char *value;

	if (count == 0)
		return missing(r, op);
	value = vars_list_at(r->env->vars, op->slot, rng_below(r->env->rng, count), &len);
	return put(r, op, value, len);
}

static int render_raw(const struct render *r, const struct op *op)
{
	size_t len;
	const char *value = vars_get(r->env->vars, op->slot, &len);

	bool line = op->escape == TEMPLATE_ESCAPE_URL || op->escape == TEMPLATE_ESCAPE_HEADER;

	if (!value)
		return missing(r, op);
	return escape_add(r->buf, line ? TEMPLATE_ESCAPE_HEADER : TEMPLATE_ESCAPE_NONE, value, len);
}

/* ---- random values ----------------------------------------------------------------------- */

static int render_uuid(const struct render *r, const struct op *op)
{
	char text[36];

	rng_uuid4(r->env->rng, text);
	return put_plain(r, op, text, sizeof(text));
}

static int compile_length(struct compile *c, struct op *op, const struct words *args)
{
	uint64_t n;

	if (units_parse_uint(args->items[0].text, 1, TEMPLATE_RANDOM_MAX, &n) < 0) {
		error_set(c->err, "the length must be a whole number from 1 to %d",
			  TEMPLATE_RANDOM_MAX);
		return -EINVAL;
	}
	op->u.length = n;
	return 0;
}

static int render_hex(const struct render *r, const struct op *op)
{
	char text[TEMPLATE_RANDOM_MAX];

	rng_hex(r->env->rng, text, op->u.length);
	return put_plain(r, op, text, op->u.length);
}

static int render_alnum(const struct render *r, const struct op *op)
{
	static const char digits[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char text[TEMPLATE_RANDOM_MAX];

	for (size_t i = 0; i < op->u.length; i++)
		text[i] = digits[rng_below(r->env->rng, sizeof(digits) - 1)];
	return put_plain(r, op, text, op->u.length);
}

static int parse_int(const char *text, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return errno || end == text || *end || *text == '+' || *text == ' ' ? -EINVAL : 0;
}

static int compile_int(struct compile *c, struct op *op, const struct words *args)
{
	int64_t min, max;

	if (parse_int(args->items[0].text, &min) < 0 || parse_int(args->items[1].text, &max) < 0) {
		error_set(c->err, "MIN and MAX must be whole numbers of at most 18 digits");
		return -EINVAL;
	}
	if (min > max) {
		error_set(c->err, "MIN is greater than MAX");
		return -EINVAL;
	}
	op->u.range.min = min;
	op->u.range.span = (uint64_t)max - (uint64_t)min;
	return 0;
}

static int64_t random_within(struct rng *rng, int64_t min, uint64_t span)
{
	uint64_t offset = span == UINT64_MAX ? rng_u64(rng) : rng_below(rng, span + 1);

	return (int64_t)((uint64_t)min + offset);
}

static int render_int(const struct render *r, const struct op *op)
{
	char text[INT_CHARS], *at = text + sizeof(text);
	int64_t value = random_within(r->env->rng, op->u.range.min, op->u.range.span);
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do
		*--at = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (value < 0)
		*--at = '-';
	return put_plain(r, op, at, (size_t)(text + sizeof(text) - at));
}

static int64_t power_of_ten(unsigned n)
{
	int64_t value = 1;

	while (n--)
		value *= 10;
	return value;
}

static int compile_float(struct compile *c, struct op *op, const struct words *args)
{
	double min, max, scale;
	uint64_t digits = FRACTION_DIGITS_DEFAULT;

	if (units_parse_number(args->items[0].text, &min) < 0 ||
	    units_parse_number(args->items[1].text, &max) < 0 || fabs(min) > FRACTION_MAX ||
	    fabs(max) > FRACTION_MAX) {
		error_set(c->err, "MIN and MAX must be numbers from -1e9 to 1e9");
		return -EINVAL;
	}
	if (min > max) {
		error_set(c->err, "MIN is greater than MAX");
		return -EINVAL;
	}
	if (args->count > 2 &&
	    units_parse_uint(args->items[2].text, 0, FRACTION_DIGITS_MAX, &digits) < 0) {
		error_set(c->err, "DIGITS must be a whole number from 0 to %d",
			  FRACTION_DIGITS_MAX);
		return -EINVAL;
	}
	op->u.fraction.digits = (unsigned)digits;
	scale = (double)power_of_ten(op->u.fraction.digits);
	op->u.fraction.min = llround(min * scale);
	op->u.fraction.span = (uint64_t)(llround(max * scale) - op->u.fraction.min);
	return 0;
}

/* Whole units of the last digit, so that no locale's decimal point gets in. */
static int render_float(const struct render *r, const struct op *op)
{
	char text[2 * INT_CHARS];
	unsigned digits = op->u.fraction.digits;
	int64_t value = random_within(r->env->rng, op->u.fraction.min, op->u.fraction.span);
	uint64_t abs = value < 0 ? (uint64_t)-value : (uint64_t)value;
	uint64_t scale = (uint64_t)power_of_ten(digits);
	const char *sign = value < 0 ? "-" : "";
	int len;

	if (digits == 0)
		len = snprintf(text, sizeof(text), "%s%" PRIu64, sign, abs);
	else
		len = snprintf(text, sizeof(text), "%s%" PRIu64 ".%0*" PRIu64, sign, abs / scale,
			       (int)digits, abs % scale);
	return put_plain(r, op, text, (size_t)len);
}

static int compile_choice(struct compile *c, struct op *op, const struct words *args)
{
	struct op item = { 0 }; /* of which only the text is kept */

	op->choices = mem_array(args->count, sizeof(*op->choices));
	op->choice_count = args->count;
	for (size_t i = 0; i < args->count; i++) {
		template_set_literal(c, &item, args->items[i].text, strlen(args->items[i].text));
		op->choices[i] = item.text;
	}
	return 0;
}

static int render_choice(const struct render *r, const struct op *op)
{
	const struct piece *item = &op->choices[rng_below(r->env->rng, op->choice_count)];

	return item->len ? buf_add(r->buf, r->tpl->pool.data + item->at, item->len) : 0;
}

/* ---- the user and the clock -------------------------------------------------------------- */

static int put_number(const struct render *r, const struct op *op, uint64_t value)
{
	char text[INT_CHARS];
	int len = snprintf(text, sizeof(text), "%" PRIu64, value);

	return put_plain(r, op, text, (size_t)len);
}

static int render_user(const struct render *r, const struct op *op)
{
	return put_number(r, op, r->env->user);
}

static int render_iteration(const struct render *r, const struct op *op)
{
	return put_number(r, op, r->env->iteration);
}

static int render_counter(const struct render *r, const struct op *op)
{
	return put_number(r, op, r->env->user * COUNTER_ITERATIONS + r->env->iteration);
}

static int render_now(const struct render *r, const struct op *op)
{
	char text[40];

	clock_format_rfc3339(clock_wall_ns(), text, sizeof(text));
	return put(r, op, text, strlen(text));
}

static int render_now_ms(const struct render *r, const struct op *op)
{
	return put_number(r, op, clock_wall_ns() / CLOCK_NS_PER_MS);
}

/* ---- known at load, and base64 ----------------------------------------------------------- */

static int compile_env(struct compile *c, struct op *op, const struct words *args)
{
	const char *name = args->items[0].text, *value = getenv(name);

	if (!value && args->count < 2) {
		error_set(c->err, "the environment variable %s is not set, and there is no default",
			  name);
		return -EINVAL;
	}
	template_note_env(c->tpl, name, value != NULL);
	if (!value)
		value = args->items[1].text;
	template_set_literal(c, op, value, strlen(value));
	return 0;
}

static int compile_base64(struct compile *c, struct op *op, const struct words *args)
{
	const struct word *word = &args->items[0];
	size_t len = strlen(word->text);
	char *text;

	if (!word->quoted)
		return compile_slot(c, op, word);
	text = mem_new((len + 2) / 3 * 4 + 1);
	template_set_literal(c, op, text, escape_base64(text, word->text, len));
	free(text);
	return 0;
}

/* In pieces of whole groups, because the digits "+", "/" and "=" need escaping in URLs. */
static int render_base64(const struct render *r, const struct op *op)
{
	size_t len;
	const char *value = vars_get(r->env->vars, op->slot, &len);
	int rc;

	if (!value)
		return missing(r, op);
	rc = op->json_value ? buf_addc(r->buf, '"') : 0;
	for (size_t i = 0; rc == 0 && i < len; i += 48) {
		char text[64];
		size_t n = escape_base64(text, value + i, len - i < 48 ? len - i : 48);

		rc = escape_add(r->buf, op->escape, text, n);
	}
	return rc == 0 && op->json_value ? buf_addc(r->buf, '"') : rc;
}

static int render_basic(const struct render *r, const struct op *op)
{
	struct render sub = { op->sub, r->env, r->buf, r->missing };
	size_t begin = r->buf->len;
	int rc = template_render_ops(&sub);

	return rc == 0 ? escape_base64_tail(r->buf, r->buf->len - begin) : rc;
}

/* ---- the table --------------------------------------------------------------------------- */

const struct template_function template_variable = { .name = "NAME", .render = render_variable };
const struct template_function template_basic = { .name = "basic", .render = render_basic };

#define ANY SIZE_MAX

/* name, usage, fewest and most arguments, compile, render (NULL: known at load) */
#define FUNCTIONS(X)                                                            \
	X("uuid", "uuid", 0, 0, NULL, render_uuid)                              \
	X("hex", "hex N", 1, 1, compile_length, render_hex)                     \
	X("alnum", "alnum N", 1, 1, compile_length, render_alnum)               \
	X("int", "int MIN MAX", 2, 2, compile_int, render_int)                  \
	X("float", "float MIN MAX [DIGITS]", 2, 3, compile_float, render_float) \
	X("choice", "choice A B ...", 1, ANY, compile_choice, render_choice)    \
	X("pick", "pick VAR [DEFAULT]", 1, ANY, compile_var, render_pick)       \
	X("var", "var VAR [DEFAULT]", 1, ANY, compile_var, render_variable)     \
	X("raw", "raw VAR [DEFAULT]", 1, ANY, compile_var, render_raw)          \
	X("base64", "base64 VAR|\"TEXT\"", 1, 1, compile_base64, render_base64) \
	X("env", "env NAME [DEFAULT]", 1, 2, compile_env, NULL)                 \
	X("user", "user", 0, 0, NULL, render_user)                              \
	X("iteration", "iteration", 0, 0, NULL, render_iteration)               \
	X("counter", "counter", 0, 0, NULL, render_counter)                     \
	X("now", "now", 0, 0, NULL, render_now)                                 \
	X("now_ms", "now_ms", 0, 0, NULL, render_now_ms)

#define FUNCTION_ROW(...)                { __VA_ARGS__ },
#define FUNCTION_NAME(name, ...)         name,
#define FUNCTION_USAGE(name, usage, ...) usage,

static const struct template_function functions[] = { FUNCTIONS(FUNCTION_ROW) };
static const char *const names[] = { FUNCTIONS(FUNCTION_NAME) NULL };
static const char *const usages[] = { FUNCTIONS(FUNCTION_USAGE) NULL };

const struct template_function *template_function_find(const char *name)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (strcmp(functions[i].name, name) == 0)
			return &functions[i];
	return NULL;
}

const char *const *template_function_names(void)
{
	return names;
}

const char *const *template_function_usages(void)
{
	return usages;
}
