/* SPDX-License-Identifier: MIT */
#ifndef THRONG_CLI_COMMANDS_H
#define THRONG_CLI_COMMANDS_H

#include <stddef.h>

struct error;
struct options;
struct scenario;
struct target;

/* Subcommands and what the run needs of them. Each returns the exit status of throng(1). Main thread. */

/* Validate the files, print the plan, probe what the run needs. */
int cmd_check(const struct options *options);

/* The report of earlier runs. Operands: a prefix of Locust's CSV files; a --json file; after a prefix, a
 * scenario whose criteria judge it. To --report and --html, or as Markdown to stdout. */
int cmd_report(const struct options *options);

/* The load of --from, a --json result, as it was driven by hand: the scenario of the operand (default: the
 * file the result names) with stages for it, written to --to or beside the scenario; never over a file. */
int cmd_scenario(const struct options *options);

/* Start the embedded practice backend of `throng demo` in a thread of its own. 0 or negative errno with err->text. Caller ends it
 * with target_stop, target_join, target_free. */
int demo_start(const struct options *options, struct target **out, struct error *err)
	__attribute__((warn_unused_result));
/* Path of the scenario a demo runs when none is named: beside the installed data, or in the source tree the program was built
 * in. Caller frees; NULL with err->text when it is nowhere. */
char *demo_scenario(struct error *err);

/* Load every file of the command line, all errors of all files to stderr. Returns an array of options->file_count scenarios
 * (caller frees each and the array), or NULL. `target` (may be NULL) overrides the files' own. */
struct scenario **load_scenarios(const char *const *files, size_t count,
				 const struct options *options, const char *target);

#endif
