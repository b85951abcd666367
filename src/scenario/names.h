/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_NAMES_H
#define THRONG_SCENARIO_NAMES_H

#include <stddef.h>

/* Names of variables, mapped to slot numbers 0, 1, 2 ... in the order they were first seen.
 * Filled while a scenario is loaded, immutable afterwards; owned by the scenario. */
struct names;

/* Aborts when out of memory. Caller frees with names_free. */
struct names *names_new(void);
void names_free(struct names *names); /* NULL is fine */
/* The slot of `name`, new or old. Copies the name. */
unsigned names_intern(struct names *names, const char *name);
/* 0 and *slot, or -ENOENT. */
int names_find(const struct names *names, const char *name, unsigned *slot);
size_t names_count(const struct names *names);
/* Valid as long as names; NULL past the end. */
const char *names_at(const struct names *names, unsigned slot);

#endif
