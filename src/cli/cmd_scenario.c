/* SPDX-License-Identifier: MIT */
/* `throng scenario`: the load of an earlier run, as it was driven by hand, as a scenario file. */
#include "config.h"

#include "cli/commands.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "cli/options.h"
#include "message/command.h"
#include "record/replay.h"
#include "record/result_read.h"
#include "record/steering_log.h"
#include "scenario/driven.h"
#include "scenario/scenario.h"

#define STATUS_USAGE    2
#define STATUS_NOT_DONE 3
#define TEXT_MAX        ((size_t)16 * 1024 * 1024)

static uint64_t ns_of(double seconds)
{
	return seconds > 0 && seconds < 1e9 ? (uint64_t)llround(seconds * 1e9) : 0;
}

static void read_stages(const json_t *list, struct load *load)
{
	static const char *const KINDS[] = {
		[STAGE_USERS] = "users", [STAGE_HOLD] = "hold", [STAGE_RATE] = "rate"
	};
	size_t count = json_array_size(list);

	load->stages = count > 0 ? mem_array(count, sizeof(*load->stages)) : NULL;
	for (size_t i = 0; i < count; i++) {
		const json_t *row = json_array_get(list, i);

		for (int kind = 0; kind < 3; kind++)
			if (strcmp(result_string(row, "kind"), KINDS[kind]) == 0)
				load->stages[load->stage_count++] =
					(struct stage){ (enum stage_kind)kind,
							result_count(row, "value"),
							ns_of(result_count(row, "duration_s")) };
	}
}

/* The load that was in force in that run, its command line included. */
static void take_load(const json_t *result, struct load *load)
{
	const json_t *from = result_member(result_member(result, "config"), "load");

	free(load->stages);
	load->stages = NULL;
	load->stage_count = 0;
	load->open = result_true(from, "open");
	load->users = result_count(from, "users");
	load->spawn_rate = result_count(from, "spawn_rate");
	load->rate = result_count(from, "rate");
	load->rate_over_ns = ns_of(result_count(from, "rate_over_s"));
	load->duration_ns = ns_of(result_count(from, "duration_s"));
	load->max_in_flight = (unsigned)result_count(from, "max_in_flight");
	load->max_users = (unsigned)result_count(from, "max_users");
	load->max_rate = result_count(from, "max_rate");
	read_stages(result_member(from, "stages"), load);
}

static bool print_file(const json_t *result, struct scenario *scenario, const char *name,
		       struct buf *text, char what[DRIVEN_TEXT_MAX])
{
	struct replay *moves = NULL;
	struct driven driven;
	struct error err = { 0 };
	bool fine;

	take_load(result, &scenario->load);
	if (replay_parse(&moves, result, name, scenario, &err) != 0) {
		fprintf(stderr, "throng: %s\n", err.text);
		return false;
	}
	struct command *commands = mem_array(replay_count(moves), sizeof(*commands));
	for (size_t i = 0; i < replay_count(moves); i++)
		commands[i] = steering_log_command(replay_at(moves, i));
	double end_s = result_number(result, "stopped_s");
	if (!isfinite(end_s))
		end_s = result_count(result, "duration_s");
	driven_stages(scenario, commands, replay_count(moves), ns_of(end_s), &driven);
	fine = driven_print(scenario, &driven, text) == 0;
	if (!fine)
		fprintf(stderr, "throng: %s: there was no load in that run to save\n", name);
	driven_text(scenario, &driven, what);
	driven_fini(&driven);
	free(commands);
	replay_free(moves);
	return fine;
}

static int save(const char *scenario_file, const char *path, const struct buf *text,
		const char *what)
{
	char *made = NULL;
	int rc = driven_save(scenario_file, path, buf_str(text), text->len, &made);

	if (rc == 0)
		printf("%s: %s\n", made, what);
	else if (rc == -EEXIST && path != NULL)
		fprintf(stderr, "throng: %s is there already; name another with --to\n", path);
	else
		fprintf(stderr, "throng: %s: %s\n", path != NULL ? path : scenario_file,
			strerror(-rc));
	free(made);
	if (rc == 0)
		return 0;
	return rc == -EEXIST ? STATUS_USAGE : STATUS_NOT_DONE;
}

static json_t *load_result(const char *file)
{
	struct error err = { .line = 0 };
	json_t *result = result_load(file, &err);

	if (result == NULL)
		fprintf(stderr, "throng: %s\n", err.text);
	else if (result_member(result_member(result, "config"), "load") != NULL)
		return result;
	else
		fprintf(stderr,
			"throng: %s: has no \"config\" with a \"load\": it must be a result that "
			"run --json wrote\n",
			file);
	json_decref(result);
	return NULL;
}

int cmd_scenario(const struct options *options)
{
	struct scenario_overrides over = { .target = NULL };
	struct errors *errs = errors_new();
	struct scenario *scenario = NULL;
	char what[DRIVEN_TEXT_MAX];
	struct buf text;
	int status = STATUS_USAGE;
	json_t *result = load_result(options->from);
	const char *file = options->file_count > 0
				   ? options->files[0]
				   : result_string(result_member(result, "config"), "file");

	buf_init(&text, TEXT_MAX);
	if (result != NULL && scenario_load(&scenario, file, &over, errs) == 0 &&
	    print_file(result, scenario, options->from, &text, what))
		status = save(file, options->to, &text, what);
	errors_print(errs, stderr);
	buf_fini(&text);
	scenario_free(scenario);
	errors_free(errs);
	json_decref(result);
	return status;
}
