/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_VARS_H
#define THRONG_SCENARIO_VARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The variables of one user: one slot per name the scenario uses (names become slot numbers at
 * load). A slot is unset, a string, or a list of strings. Memory of a slot grows to its largest
 * value (at most VARS_VALUE_MAX) and is then reused: in a steady run nothing is allocated.
 * Owned by the user's engine thread. */
#define VARS_VALUE_MAX (64 * 1024)

struct vars;

/* slots: how many; 0 is fine. Aborts when out of memory. Caller frees with vars_free. */
struct vars *vars_new(size_t slots);
void vars_free(struct vars *vars);
/* Set a slot to a copy of a string. 0, or -EMSGSIZE above VARS_VALUE_MAX (the slot keeps its
 * old value). `data` must not lie in the same slot. */
int vars_set(struct vars *vars, unsigned slot, const char *data, size_t len);
/* Start a list in a slot (empty), then add items. -EMSGSIZE when the list's bytes, one more for
 * each item, would pass VARS_VALUE_MAX. */
void vars_list_begin(struct vars *vars, unsigned slot);
int vars_list_add(struct vars *vars, unsigned slot, const char *data, size_t len);
/* Set in `to` every slot that is set in `from`; both have the same number of slots. */
void vars_copy(struct vars *to, const struct vars *from);
void vars_unset(struct vars *vars, unsigned slot);
/* True for a string and for a list, also an empty one. */
bool vars_is_set(const struct vars *vars, unsigned slot);
/* String (a list gives its first item); NULL and *len 0 when unset or an empty list. Valid
 * until the slot is set again. */
const char *vars_get(const struct vars *vars, unsigned slot, size_t *len);
size_t vars_list_count(const struct vars *vars, unsigned slot); /* a string counts as a list of 1 */
const char *vars_list_at(const struct vars *vars, unsigned slot, size_t i, size_t *len);

#endif
