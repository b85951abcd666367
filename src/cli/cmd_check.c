/* SPDX-License-Identifier: MIT */
/* `throng check`: everything that can be said about a run before it is driven. */
#include "config.h"

#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "cli/options.h"
#include "cli/probe.h"
#include "scenario/plan.h"
#include "scenario/scenario.h"

int cmd_check(const struct options *options)
{
	struct scenario **scenarios =
		load_scenarios(options->files, options->file_count, options, NULL);
	int status = 0;
	size_t i;

	if (scenarios == NULL)
		return 2;
	for (i = 0; i < options->file_count; i++) {
		struct buf text;

		buf_init(&text, 1 << 20);
		plan_print(scenarios[i], &text);
		printf("%s%s", i > 0 ? "\n" : "", buf_str(&text));
		buf_fini(&text);
		if (!options->offline) {
			fflush(stdout);
			if (probe_all(scenarios[i], stdout) > 0)
				status = 3;
		}
	}
	for (i = 0; i < options->file_count; i++)
		scenario_free(scenarios[i]);
	free(scenarios);
	return status;
}
