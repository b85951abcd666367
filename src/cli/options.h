/* SPDX-License-Identifier: MIT */
#ifndef THRONG_CLI_OPTIONS_H
#define THRONG_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct error;

/* What the command line asks for. Main thread; immutable once parsed. */

enum subcommand {
	SUBCOMMAND_RUN,
	SUBCOMMAND_CHECK,
	SUBCOMMAND_DEMO,
	SUBCOMMAND_TARGET,
	SUBCOMMAND_REPORT,
	SUBCOMMAND_SCENARIO,
	SUBCOMMAND_HELP,
	SUBCOMMAND_VERSION,
	SUBCOMMANDS
};

struct options {
	enum subcommand subcommand;
	/* load */
	const char *host;
	double users;      /* 0: as in the file */
	double spawn_rate; /* 0: as in the file */
	double rate;       /* arrivals per second; 0: as in the file */
	uint64_t run_time_ns;
	bool run_time_set; /* "-t 0" means no limit */
	uint64_t stop_timeout_ns;
	double max_users, max_rate;
	uint64_t seed;         /* 0: from the system */
	uint64_t threads;      /* 0: auto */
	const char *transport; /* "auto", "direct", "curl" */
	/* front end */
	bool headless;
	bool autostart;
	bool no_check; /* console: probe nothing while the plan is shown */
	bool only_summary;
	bool ascii;
	bool no_color;
	const char *theme;
	double frame_hz; /* 0: default */
	const char *log_level;
	const char *log_file;
	/* results */
	const char *csv_prefix;
	bool csv_full_history;
	const char *json_file;
	const char *report_file;
	const char *html_file;
	const char *failures_file;
	const char *replay_file;   /* moves of an earlier run */
	const char *baseline_file; /* an earlier run to compare with */
	bool reset_stats;
	bool overwrite;
	int64_t exit_code_on_error; /* -1: not given */
	const char *from_csv;
	const char *from, *to; /* scenario: the result, and the file to write */
	/* panels */
	bool no_docker, no_postgres;
	/* practice backend of `throng demo` */
	const char *latency; /* MEDIAN[,SIGMA] */
	double error_rate;
	uint64_t workers;
	bool offline; /* check: probe nothing */

	const char *const *files; /* scenario files, NULL-terminated, borrowed from argv */
	size_t file_count;
};

/* Parse argv. 0, or -EINVAL with err->text naming the argument and what is allowed. `throng target` keeps its own
 * options: then only subcommand is set. argv may be reordered (operands last), as getopt does. */
int options_parse(int argc, char **argv, struct options *out, struct error *err)
	__attribute__((warn_unused_result));
/* Usage of the whole program, or of one subcommand; from the one table of options. */
void options_usage(FILE *out);
void options_usage_of(enum subcommand subcommand, FILE *out);
/* "throng 0.1.0" and the libraries' versions, one line each. */
void options_version(FILE *out);
const char *subcommand_name(enum subcommand subcommand);
/* The subcommand of that name; 0 or -ENOENT (out unchanged). */
int subcommand_find(const char *word, enum subcommand *out);

/* One row of the table, for the tests that hold manual, completion and --help together. */
struct option_row {
	char letter; /* 0: none */
	const char *name;
	const char *argument; /* NULL: a flag */
	const char *help;
	unsigned subcommands; /* bit per enum subcommand */
};
/* The i-th row, or NULL behind the last. */
const struct option_row *options_row(size_t i);

#endif
