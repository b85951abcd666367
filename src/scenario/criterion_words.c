/* SPDX-License-Identifier: MIT */
/* Words of the criterion grammar: cutting a rule into them, stepping over them, writing them out again.
 * Load time only. */
#include "config.h"

#include "scenario/criterion_words.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/units.h"

static const struct {
	const char *text;
	enum criterion_op op;
} ops[] = {
	{ "<=", OP_LE }, { ">=", OP_GE }, { "==", OP_EQ }, { "!=", OP_NE }, { "≤", OP_LE },
	{ "≥", OP_GE },  { "≠", OP_NE },  { "=", OP_EQ },  { "<", OP_LT },  { ">", OP_GT },
};
static const char *const canonical_ops[] = { "<", "<=", ">", ">=", "==", "!=" };

const char *op_text(enum criterion_op op)
{
	return canonical_ops[op];
}

static const char *const http_methods[] = { "GET",  "POST",    "PUT", "PATCH", "DELETE",
					    "HEAD", "OPTIONS", "*",   NULL };

int parse_fail(struct parse *p, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	error_set(p->err, "%s", text);
	return -EINVAL;
}

bool parse_is_method(const char *word)
{
	for (const char *const *method = http_methods; *method; method++)
		if (strcmp(*method, word) == 0)
			return true;
	return false;
}

/* Length of the operator that text begins with; 0 when none. */
size_t parse_op_at(const char *text, enum criterion_op *op)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (strncmp(text, ops[i].text, strlen(ops[i].text)) == 0) {
			*op = ops[i].op;
			return strlen(ops[i].text);
		}
	}
	return 0;
}

static int push(struct parse *p, const char *text, size_t len, bool quoted)
{
	if (p->count == TOKENS_MAX)
		return parse_fail(p, "the rule has more than %d words", TOKENS_MAX);
	p->tokens[p->count++] = (struct token){ mem_strndup(text, len), quoted };
	return 0;
}

/* A word up to a blank; metrics may touch their operator ("p99<1s"), names may hold anything. */
static int split_word(struct parse *p, const char **text)
{
	bool is_name = p->count && (parse_is_method(p->tokens[p->count - 1].text) ||
				    strcmp(p->tokens[p->count - 1].text, "class") == 0);
	const char *s = *text;
	enum criterion_op op;
	size_t len = 0, op_len;

	while (s[len] && !isspace((unsigned char)s[len]) && (is_name || !parse_op_at(s + len, &op)))
		len++;
	op_len = len == 0 ? parse_op_at(s, &op) : 0;
	*text = s + len + op_len;
	return push(p, s, len + op_len, false);
}

int parse_split(struct parse *p, const char *text)
{
	int rc = 0;

	while (rc == 0) {
		while (isspace((unsigned char)*text))
			text++;
		if (!*text)
			break;
		if (*text == '"' || *text == '\'') {
			const char *end = strchr(text + 1, *text);

			if (!end)
				return parse_fail(p, "a quote is not closed");
			rc = push(p, text + 1, (size_t)(end - text - 1), true);
			text = end + 1;
		} else {
			rc = split_word(p, &text);
		}
	}
	return rc;
}

/* The next word; "" at the end. */
const char *parse_peek(const struct parse *p)
{
	return p->at < p->count ? p->tokens[p->at].text : "";
}

bool parse_accept(struct parse *p, const char *word)
{
	if (p->at >= p->count || p->tokens[p->at].quoted || strcmp(parse_peek(p), word) != 0)
		return false;
	p->at++;
	return true;
}

bool parse_is_number(const char *text)
{
	double number;

	return units_parse_number(text, &number) == 0;
}

/* "200 ms" and "99 %" are one value in two words. */
void parse_join_unit(struct parse *p)
{
	static const char *const units[] = { "us", "µs", "ms", "s",  "m",   "h",   "%",
					     "B",  "kB", "MB", "GB", "KiB", "MiB", "GiB" };
	struct token *value = &p->tokens[p->at];
	const char *next = p->at + 1 < p->count ? value[1].text : "";
	char *joined;

	if (!parse_is_number(value->text))
		return;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i], next) != 0)
			continue;
		joined = mem_printf("%s%s", value->text, strcmp(next, "µs") == 0 ? "us" : next);
		free(value->text);
		free(value[1].text);
		value->text = joined;
		memmove(value + 1, value + 2, (p->count - p->at - 2) * sizeof(*value));
		p->count--;
		return;
	}
}

/* The words with one blank between, operators as canonical_ops has them. */
char *parse_normalised(const struct parse *p)
{
	enum criterion_op op;
	struct buf text;
	char *copy;

	buf_init(&text, 8 * TEXT_MAX);
	for (size_t i = 0; i < p->count; i++) {
		const struct token *token = &p->tokens[i];
		size_t len = token->quoted ? 0 : parse_op_at(token->text, &op);

		(void)buf_adds(&text, i ? " " : "");
		if (token->quoted)
			(void)buf_addf(&text, "\"%s\"", token->text);
		else
			(void)buf_adds(&text, len && !token->text[len] ? op_text(op) : token->text);
	}
	copy = mem_strdup(buf_str(&text));
	buf_fini(&text);
	return copy;
}
