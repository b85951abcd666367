/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_MARKS_H
#define THRONG_RECORD_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What happened when: "users 100 → 200", "container eucora-db restarted", notes made by hand. At
 * most MARKS_MAX are kept in the order of their time; beyond that the oldest one not made by
 * hand goes. Recorder thread. */
#define MARKS_MAX      500
#define MARKS_TEXT_MAX 160

struct mark {
	uint64_t at_ns; /* since the run's start */
	bool by_hand;
	char text[MARKS_TEXT_MAX]; /* cleaned UTF-8 */
};

struct marks;

struct marks *marks_new(void);
void marks_free(struct marks *marks); /* NULL is fine */
/* Add one; the text is cleaned and cut to fit. */
void marks_add(struct marks *marks, uint64_t at_ns, bool by_hand, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
size_t marks_count(const struct marks *marks);
const struct mark *marks_at(const struct marks *marks, size_t i);
uint64_t marks_dropped(const struct marks *marks); /* how many had to go */

#endif
