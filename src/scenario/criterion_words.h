/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_CRITERION_WORDS_H
#define THRONG_SCENARIO_CRITERION_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "scenario/criterion_internal.h"

/* The words of a rule and the place reached in them: what criterion_parse.c reads from. */

struct error;

#define TOKENS_MAX 40
#define TEXT_MAX   400

struct token {
	char *text;
	bool quoted;
};

struct parse {
	struct token tokens[TOKENS_MAX + 1]; /* the last one stays empty */
	size_t count, at;
	struct criterion *out;
	struct error *err;
	enum unit unit;
};

/* Say what is wrong; returns -EINVAL, so that it can be returned. */
int parse_fail(struct parse *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Cut text into tokens, each of which the caller frees. 0 or -EINVAL. */
int parse_split(struct parse *p, const char *text);
/* The next word, "" at the end; valid until the words change. */
const char *parse_peek(const struct parse *p);
/* Step over the next word when it is this one and stands without quotes. */
bool parse_accept(struct parse *p, const char *word);
bool parse_is_method(const char *word);
/* Length of the operator that text begins with, 0 when none. */
size_t parse_op_at(const char *text, enum criterion_op *op);
bool parse_is_number(const char *word);
/* Make one of a number and the unit in the word behind it: "200 ms", "99 %". */
void parse_join_unit(struct parse *p);
/* The words with one blank between, operators in their one spelling. Caller frees with free(). */
char *parse_normalised(const struct parse *p);

#endif
