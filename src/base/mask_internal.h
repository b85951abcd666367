/* SPDX-License-Identifier: MIT */
#ifndef THRONG_BASE_MASK_INTERNAL_H
#define THRONG_BASE_MASK_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mask.h"

/* Between mask.c (ranges into output), mask_find.c (where secrets stand in text) and mask_name.c. */

#define MASK_RANGES_MAX 1024

struct mask_range {
	size_t from, to;
	size_t order; /* of being found */
	char name[MASK_NAME_MAX];
};

struct mask_ranges {
	const struct mask_rules *rules;
	const char *text;
	size_t len;
	bool cut;
	bool headers; /* the text is header lines */
	size_t count;
	struct mask_range list[MASK_RANGES_MAX];
};

/* Mask text[from, to). Beyond MASK_RANGES_MAX everything up to the end is masked. */
void mask_add(struct mask_ranges *ranges, size_t from, size_t to, const char *name,
	      size_t name_len);
/* Every rule for text: see throng(1). */
void mask_find(struct mask_ranges *ranges);
/* Every rule for header lines besides those for text. */
void mask_find_headers(struct mask_ranges *ranges);
/* A name as a shell variable: "x-api-key" becomes X_API_KEY. */
void mask_shell_name(char *dst, const char *name, size_t len);

#endif
