/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_SCENARIO_TEXT_H
#define THRONG_TESTS_SCENARIO_TEXT_H

#include "unit.h"

#include "base/error.h"
#include "scenario/scenario.h"

/* Load a scenario from a text that must be right; the test fails with its first error. */
static inline struct scenario *scenario_text(const char *text,
					     const struct scenario_overrides *over)
{
	struct errors *errs = errors_new();
	struct scenario *scenario = NULL;
	char line[1600] = "";

	if (scenario_parse(&scenario, "test.json", ".", text, strlen(text), over, errs) < 0) {
		error_format(errors_at(errs, 0), line, sizeof(line));
		fail_msg("%s", line);
	}
	assert_int_equal(errors_count(errs), 0);
	errors_free(errs);
	return scenario;
}

/* The first error of a text that must be wrong, as "line: path: text". */
static inline void scenario_error(const char *text, const struct scenario_overrides *over,
				  char *dst, size_t size)
{
	struct errors *errs = errors_new();
	struct scenario *scenario = NULL;

	assert_true(scenario_parse(&scenario, "test.json", ".", text, strlen(text), over, errs) <
		    0);
	assert_null(scenario);
	error_format(errors_at(errs, 0), dst, size);
	errors_free(errs);
}

#endif
