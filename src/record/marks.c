/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/marks.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

struct marks {
	size_t count;
	uint64_t dropped;
	struct mark marks[MARKS_MAX];
};

struct marks *marks_new(void)
{
	return mem_new(sizeof(struct marks));
}

void marks_free(struct marks *marks)
{
	free(marks);
}

static void remove_at(struct marks *marks, size_t i)
{
	memmove(&marks->marks[i], &marks->marks[i + 1],
		(marks->count - i - 1) * sizeof(*marks->marks));
	marks->count--;
	marks->dropped++;
}

static void make_room(struct marks *marks)
{
	for (size_t i = 0; i < marks->count; i++) {
		if (!marks->marks[i].by_hand) {
			remove_at(marks, i);
			return;
		}
	}
	remove_at(marks, 0);
}

void marks_add(struct marks *marks, uint64_t at_ns, bool by_hand, const char *fmt, ...)
{
	char raw[4 * MARKS_TEXT_MAX];
	size_t i;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	if (marks->count == MARKS_MAX)
		make_room(marks);
	/* nearly always the newest: events of several engines come a moment apart */
	for (i = marks->count; i > 0 && marks->marks[i - 1].at_ns > at_ns; i--)
		marks->marks[i] = marks->marks[i - 1];
	marks->marks[i].at_ns = at_ns;
	marks->marks[i].by_hand = by_hand;
	text_clean(marks->marks[i].text, sizeof(marks->marks[i].text), raw, SIZE_MAX, false);
	marks->count++;
}

size_t marks_count(const struct marks *marks)
{
	return marks->count;
}

const struct mark *marks_at(const struct marks *marks, size_t i)
{
	return i < marks->count ? &marks->marks[i] : NULL;
}

uint64_t marks_dropped(const struct marks *marks)
{
	return marks->dropped;
}
