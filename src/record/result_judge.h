/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_RESULT_JUDGE_H
#define THRONG_RECORD_RESULT_JUDGE_H

#include <stddef.h>

#include <jansson.h>

struct criterion;

/* Verdicts on a result that was not recorded here (Locust's CSV files), from its totals alone. A rule
 * about what they do not hold (windows, warm-up, classes, panels, percentiles that Locust does not
 * write) stays without a verdict and says so. */

/* Set "criteria" and "verdict". count 0: judges by RESULT_JUDGE_DEFAULT and says so in "note". The verdict is FAIL when a
 * rule is broken, PASS when all hold, and is left out when one could not be judged. Aborts when out
 * of memory. */
#define RESULT_JUDGE_DEFAULT "success >= 99%"
void result_judge(json_t *result, const struct criterion *criteria, size_t count);

#endif
