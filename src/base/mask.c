/* SPDX-License-Identifier: MIT */
/* Masking in two steps: find the ranges that are secret (mask_find.c), then write what is around
 * them. Ranges may overlap; each stretch becomes one mask, named after its longest range. Cost:
 * linear in the text, times the number of values looked for. */
#include "config.h"

#include "base/mask_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

void mask_add(struct mask_ranges *ranges, size_t from, size_t to, const char *name, size_t name_len)
{
	struct mask_range *range;

	if (to > ranges->len)
		to = ranges->len;
	if (from >= to)
		return;
	if (ranges->count == MASK_RANGES_MAX) {
		/* no room to say where it ends: nothing behind the first of them is shown */
		range = &ranges->list[MASK_RANGES_MAX - 1];
		if (from < range->from)
			range->from = from;
		range->to = ranges->len;
		return;
	}
	range = &ranges->list[ranges->count];
	range->order = ranges->count++;
	range->from = from;
	range->to = to;
	mask_shell_name(range->name, name, name_len);
}

static int by_place(const void *a, const void *b)
{
	const struct mask_range *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? 1 : -1;
	return x->order < y->order ? -1 : 1; /* values are found first: their names say most */
}

static void write_mask(struct buf *out, struct mask_marks *marks, const char *name)
{
	size_t at = out->len;

	if (buf_adds(out, MASK_TEXT) != 0 || marks == NULL || marks->count == MASK_MARKS_MAX)
		return;
	marks->list[marks->count].at = at;
	memcpy(marks->list[marks->count].name, name, MASK_NAME_MAX);
	marks->count++;
}

static void write_masked(struct mask_ranges *ranges, struct buf *out, struct mask_marks *marks)
{
	size_t at = 0, i = 0;

	qsort(ranges->list, ranges->count, sizeof(*ranges->list), by_place);
	while (i < ranges->count) {
		const struct mask_range *longest = &ranges->list[i];
		size_t from = longest->from, to = longest->to;

		for (i++; i < ranges->count && ranges->list[i].from < to; i++) {
			const struct mask_range *range = &ranges->list[i];

			if (range->to > to)
				to = range->to;
			if (range->to - range->from > longest->to - longest->from)
				longest = range;
		}
		(void)buf_add(out, ranges->text + at, from - at);
		write_mask(out, marks, longest->name);
		at = to;
	}
	(void)buf_add(out, ranges->text + at, ranges->len - at);
}

static void mask(const struct mask_rules *rules, const char *text, size_t len, bool cut,
		 bool headers, struct buf *out, struct mask_marks *marks)
{
	struct mask_ranges *ranges;

	if (len == 0)
		return;
	ranges = mem_new(sizeof(*ranges));
	ranges->rules = rules;
	ranges->text = text;
	ranges->len = len;
	ranges->cut = cut;
	ranges->headers = headers;
	mask_find(ranges);
	if (headers)
		mask_find_headers(ranges);
	write_masked(ranges, out, marks);
	free(ranges);
}

void mask_text(const struct mask_rules *rules, const char *text, size_t len, bool cut,
	       struct buf *out, struct mask_marks *marks)
{
	mask(rules, text, len, cut, false, out, marks);
}

void mask_headers(const struct mask_rules *rules, const char *lines, size_t len, bool cut,
		  struct buf *out, struct mask_marks *marks)
{
	mask(rules, lines, len, cut, true, out, marks);
}
