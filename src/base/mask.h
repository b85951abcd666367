/* SPDX-License-Identifier: MIT */
#ifndef THRONG_BASE_MASK_H
#define THRONG_BASE_MASK_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Secrets out of HTTP messages before a person, a file or a report sees them. What is masked stands
 * in throng(1), FAILING EXCHANGES. Rather too much is masked than too little. Pure; one thread per
 * call. */

#define MASK_TEXT      "***" /* what stands in a secret's place */
#define MASK_MARKS_MAX 64
#define MASK_NAME_MAX  40
#define MASK_VALUE_MIN 4 /* shorter values are not looked for: they would be found everywhere */

/* A value to be masked wherever it appears: as it is and escaped for URLs, forms and JSON. */
struct mask_value {
	const char *name; /* of the variable it comes from */
	const char *data;
	size_t len;
};

struct mask_rules { /* borrowed */
	const struct mask_value *values;
	size_t value_count;
	const char *const *names; /* secret names besides those that every mask knows */
	size_t name_count;
};

/* Where a mask stands in the output, and a shell variable's name for what it replaces. */
struct mask_mark {
	size_t at;
	char name[MASK_NAME_MAX]; /* [A-Z_][A-Z0-9_]* */
};

struct mask_marks {
	struct mask_mark
		list[MASK_MARKS_MAX]; /* by place; what is beyond the maximum has no mark */
	size_t count;
};

/* Does a header, field, parameter or variable of this name hold a secret? Case, "-", "_" and "."
 * do not count: "X-Api-Key", "access_token", "refreshToken", "db.password". */
bool mask_is_secret_name(const struct mask_rules *rules, const char *name, size_t len);
/* Append text (a path, a body, a message of any kind) to out, masked. cut: it is the beginning of a
 * longer one, so what it ends with may be half a secret. marks: NULL when not wanted; places count
 * from the beginning of out. What out cannot take is left out. */
void mask_text(const struct mask_rules *rules, const char *text, size_t len, bool cut,
	       struct buf *out, struct mask_marks *marks);
/* The same for header lines ("Name: value\r\n" each): values by the header's name too. A scheme
 * ("Bearer"), names of cookies and attributes of Set-Cookie stay readable. */
void mask_headers(const struct mask_rules *rules, const char *lines, size_t len, bool cut,
		  struct buf *out, struct mask_marks *marks);

#endif
