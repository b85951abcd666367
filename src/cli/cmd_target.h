/* SPDX-License-Identifier: MIT */
#ifndef THRONG_CLI_CMD_TARGET_H
#define THRONG_CLI_CMD_TARGET_H

#include <stdio.h>

/* throng target: serve the practice backend until SIGINT or SIGTERM. argv[0] is the subcommand.
 * Returns the exit status: 0; 2 for wrong options; 3 when it cannot listen. Main thread. */
int cmd_target(int argc, char **argv);
/* What --help prints. */
void cmd_target_help(FILE *out);
/* The i-th option for completions and their test: "--listen", and its argument's name or NULL;
 * NULL past the last. */
const char *cmd_target_option(size_t i, const char **argument);

#endif
