/* SPDX-License-Identifier: MIT */
#ifndef THRONG_CLI_OPTIONS_TABLE_H
#define THRONG_CLI_OPTIONS_TABLE_H

#include <stddef.h>

#include "cli/options.h"

/* The const tables behind options.c: what can be said on the command line. */

enum value_type {
	VALUE_FLAG,
	VALUE_STRING,
	VALUE_POSITIVE, /* number > 0 */
	VALUE_RATIO,    /* 0..1, or "5%" */
	VALUE_DURATION,
	VALUE_RUN_TIME, /* a duration, remembered as given */
	VALUE_COUNT,    /* unsigned integer */
	VALUE_THREADS,  /* "auto" (0) or 1..64 */
	VALUE_EXIT_CODE
};

struct row {
	struct option_row pub;
	enum value_type type;
	size_t offset;
};

#define OPTION_ROWS_MAX 64
extern const struct row option_rows[];
extern const size_t option_row_count; /* at most OPTION_ROWS_MAX */

struct subcommand_row {
	const char *name, *operands, *help;
};
extern const struct subcommand_row subcommand_rows[SUBCOMMANDS];

#endif
