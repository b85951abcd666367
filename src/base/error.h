/* SPDX-License-Identifier: MIT */
#ifndef THRONG_BASE_ERROR_H
#define THRONG_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* One thing a user must read: where it is and what is wrong, with the allowed values in the
 * text. */
struct error {
	char file[256];  /* "" when no file is concerned */
	int line;        /* 1-based; 0 when unknown */
	char path[256];  /* JSON path such as "users.DeploymentUser.wait"; "" when none */
	char text[1024]; /* one sentence, no trailing newline */
};

/* Fill `err` with a sentence (printf style) and no place. `err` may be NULL. Any thread. */
void error_set(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Write "file:line: path: text" (absent parts left out) into dst, always NUL-terminated. */
void error_format(const struct error *err, char *dst, size_t size);

/* All errors of one pass, in the order they were found; at most ERRORS_MAX are kept, the rest
 * counted. */
#define ERRORS_MAX 256
struct errors;

/* Returns a new empty list; aborts the program when out of memory. Caller frees with
 * errors_free. */
struct errors *errors_new(void);
void errors_free(struct errors *errs); /* NULL is fine */

/* Append one error. `file` and `path` may be NULL; line 0 means unknown. Copies everything. */
void errors_add(struct errors *errs, const char *file, int line, const char *path, const char *fmt,
		...) __attribute__((format(printf, 5, 6)));

size_t errors_count(const struct errors *errs); /* all found, also those not kept */
/* The i-th kept error, valid until errors_free; NULL when i is past the kept ones. */
const struct error *errors_at(const struct errors *errs, size_t i);
/* Print one line per error, then a line with how many more there were. */
void errors_print(const struct errors *errs, FILE *out);

#endif
