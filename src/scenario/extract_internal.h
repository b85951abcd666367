/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_EXTRACT_INTERNAL_H
#define THRONG_SCENARIO_EXTRACT_INTERNAL_H

#include <stdbool.h>

struct answer;
struct check;
struct extract;
struct vars;

/* As extract_apply and check_holds, on an answer whose JSON may be parsed already. */
int extract_apply_answer(const struct extract *ex, struct answer *answer, struct vars *vars);
bool check_holds_answer(const struct check *check, struct answer *answer);

#endif
