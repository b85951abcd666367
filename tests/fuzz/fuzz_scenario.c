/* SPDX-License-Identifier: MIT */
/* Any bytes as a scenario file: it is refused with errors, or everything that an engine would do
 * with it before the first byte goes out is done. See tests/fuzz/run.
 *
 * sources: src/scenario/ src/base/ src/message/
 * libraries: jansson libpcre2-8
 * seeds: tests/scenarios scenarios
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/rng.h"
#include "scenario/data.h"
#include "scenario/extract.h"
#include "scenario/plan.h"
#include "scenario/scenario.h"
#include "scenario/template.h"
#include "scenario/vars.h"

/* Relative files are looked for where there are none. */
#define NOWHERE    "/nonexistent"
#define RENDER_MAX (256 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void render_all(const struct scenario *scenario, const struct template_env *env,
		       struct vars *vars)
{
	struct buf out;
	unsigned missing;

	buf_init(&out, RENDER_MAX);
	for (size_t i = 0; i < scenario->template_count; i++) {
		buf_reset(&out);
		if (template_render(scenario->templates[i], env, &out, &missing) == 0 &&
		    i < names_count(scenario->names))
			(void)vars_set(vars, (unsigned)i, buf_str(&out), out.len);
	}
	buf_fini(&out);
}

/* The file's own text serves as an answer. */
static void judge_all(const struct scenario *scenario, struct vars *vars, const char *text)
{
	const struct response_view res = {
		.status = 200,
		.headers = text,
		.headers_len = strlen(text),
		.body = text,
		.body_len = strlen(text),
	};
	int detail;

	for (size_t i = 0; i < scenario->class_count; i++) {
		const struct user_class *class = &scenario->classes[i];

		for (size_t k = 0; k < class->task_count; k++)
			for (size_t n = 0; n < class->tasks[k].step_count; n++)
				(void)step_judge(scenario, &class->tasks[k].steps[n], &res, vars,
						 &detail);
	}
}

static void use(const struct scenario *scenario)
{
	struct vars *vars = vars_new(names_count(scenario->names));
	unsigned counts[SCENARIO_CLASSES_MAX];
	struct rng rng;
	struct template_env env = { .rng = &rng, .vars = vars, .user = 7, .iteration = 3 };
	struct buf plan;
	char value[64];

	rng_seed(&rng, 1, 2);
	(void)data_bind(scenario->data, scenario->data_count, 7, 0, &rng, vars);
	render_all(scenario, &env, vars);
	judge_all(scenario, vars, scenario->source);
	render_all(scenario, &env, vars);
	scenario_split_users(scenario, 100, counts);
	buf_init(&plan, 64 * 1024 * 1024);
	plan_print(scenario, &plan);
	buf_fini(&plan);
	for (size_t i = 0; i < scenario->criterion_count; i++)
		(void)criterion_format_value(&scenario->criteria[i], 1234.5, value, sizeof(value));
	vars_free(vars);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct errors *errs = errors_new();
	struct scenario *scenario = NULL;
	char line[2048];

	if (scenario_parse(&scenario, "fuzz.json", NOWHERE, (const char *)data, size, NULL, errs) ==
	    0)
		use(scenario);
	else if (errors_count(errs) == 0)
		abort(); /* refused without a word */
	for (size_t i = 0; errors_at(errs, i); i++)
		error_format(errors_at(errs, i), line, sizeof(line));
	scenario_free(scenario);
	errors_free(errs);
	return 0;
}
