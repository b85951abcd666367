/* SPDX-License-Identifier: MIT */
/* PCRE2 behind three calls. Patterns work on bytes (bodies need not be UTF-8). No JIT: its fast
 * scanning reads past the end of the subject by design, which memory checkers report, and a body
 * is searched once per request at most. Match and heap limits bound what a hostile body can make
 * a pattern do. */
#include "config.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "scenario/answer.h"

#define MATCH_LIMIT    1000000U
#define HEAP_LIMIT_KIB 16384U

struct regex {
	pcre2_code *code;
	pcre2_match_context *limits;
};

int regex_compile(struct regex **out, const char *pattern, struct error *err)
{
	struct regex *regex;
	PCRE2_UCHAR text[128];
	PCRE2_SIZE offset = 0;
	pcre2_code *code;
	int code_number = 0;

	code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, 0, &code_number, &offset,
			     NULL);
	if (!code) {
		pcre2_get_error_message(code_number, text, sizeof(text));
		error_set(err, "regular expression: %s at character %zu", (const char *)text,
			  offset + 1);
		return -EINVAL;
	}
	regex = mem_new(sizeof(*regex));
	regex->code = code;
	regex->limits = pcre2_match_context_create(NULL);
	if (!regex->limits) {
		regex_free(regex);
		error_set(err, "out of memory");
		return -EINVAL;
	}
	pcre2_set_match_limit(regex->limits, MATCH_LIMIT);
	pcre2_set_heap_limit(regex->limits, HEAP_LIMIT_KIB);
	*out = regex;
	return 0;
}

void regex_free(struct regex *regex)
{
	if (!regex)
		return;
	pcre2_code_free(regex->code);
	pcre2_match_context_free(regex->limits);
	free(regex);
}

bool regex_find(const struct regex *regex, const char *data, size_t len, size_t *begin, size_t *end)
{
	pcre2_match_data *match = pcre2_match_data_create_from_pattern(regex->code, NULL);
	const PCRE2_SIZE *bounds;
	size_t group;
	int rc;

	if (!match)
		return false;
	rc = pcre2_match(regex->code, (PCRE2_SPTR)(data ? data : ""), len, 0, 0, match,
			 regex->limits);
	if (rc > 0) {
		bounds = pcre2_get_ovector_pointer(match);
		group = rc > 1 && bounds[2] != PCRE2_UNSET ? 1 : 0;
		*begin = bounds[2 * group];
		*end = bounds[2 * group + 1];
		if (*begin > *end) /* \K in a lookahead can do that */
			*begin = *end;
	}
	pcre2_match_data_free(match);
	return rc > 0;
}
