/* SPDX-License-Identifier: MIT */
/* Scenario files of the command line, with what the command line says over them. */
#include "config.h"

#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/options.h"
#include "scenario/scenario.h"

/* Guard rails are data of the immutable scenario, so they are set before anyone else sees it. */
static void set_guard_rails(struct scenario *scenario, const struct options *options)
{
	struct load *load = &scenario->load;

	if (options->max_users > 0) {
		load->max_users = (unsigned)options->max_users;
		if (load->users > options->max_users)
			load->users = options->max_users;
	}
	if (options->max_rate > 0) {
		load->max_rate = options->max_rate;
		if (load->rate > options->max_rate)
			load->rate = options->max_rate;
	}
	/* stages go on as long as they did, as the engine does it: the plan shows what will be driven */
	for (size_t i = 0; i < load->stage_count; i++) {
		struct stage *stage = &load->stages[i];
		double most = load->open ? options->max_rate : options->max_users;

		if (most > 0 && stage->value > most)
			stage->value = most;
	}
	if (options->run_time_set && options->run_time_ns == 0)
		load->duration_ns = 0;
}

struct scenario **load_scenarios(const char *const *files, size_t count,
				 const struct options *options, const char *target)
{
	struct scenario **scenarios = mem_array(count, sizeof(struct scenario *));
	struct errors *errs = errors_new();
	bool demo =
		options->subcommand == SUBCOMMAND_DEMO; /* it has neither containers nor database */
	struct scenario_overrides over = { .target = target != NULL ? target : options->host,
					   .users = options->users,
					   .spawn_rate = options->spawn_rate,
					   .rate = options->rate,
					   .duration_ns = options->run_time_ns,
					   .no_docker = options->no_docker || demo,
					   .no_postgres = options->no_postgres || demo };
	size_t i;

	for (i = 0; i < count; i++)
		if (scenario_load(&scenarios[i], files[i], &over, errs) == 0)
			set_guard_rails(scenarios[i], options);
	if (errors_count(errs) > 0) {
		errors_print(errs, stderr);
		for (i = 0; i < count; i++)
			scenario_free(scenarios[i]);
		free(scenarios);
		scenarios = NULL;
	}
	errors_free(errs);
	return scenarios;
}
