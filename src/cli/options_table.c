/* SPDX-License-Identifier: MIT */
/* The one table of options: the parser, --help, and the tests that hold manual and completion to it. */
#include "config.h"

#include "cli/options_table.h"

#include <assert.h>

#define RUN        (1u << SUBCOMMAND_RUN)
#define CHECK      (1u << SUBCOMMAND_CHECK)
#define DEMO       (1u << SUBCOMMAND_DEMO)
#define REPORT     (1u << SUBCOMMAND_REPORT)
#define SCENARIO   (1u << SUBCOMMAND_SCENARIO)
#define AT(member) offsetof(struct options, member)

/* clang-format off */
const struct row option_rows[] = {
	{{ 'H', "host", "URL", "target, over the scenario's own", RUN | CHECK }, VALUE_STRING, AT(host) },
	{{ 'u', "users", "N", "users at the top of the ramp", RUN | CHECK | DEMO }, VALUE_POSITIVE, AT(users) },
	{{ 'r', "spawn-rate", "N", "users per second, up and down", RUN | CHECK | DEMO }, VALUE_POSITIVE, AT(spawn_rate) },
	{{ 't', "run-time", "TIME", "how long, ramp included (300, 5m, 1h30m; 0: no end)", RUN | CHECK | DEMO }, VALUE_RUN_TIME, AT(run_time_ns) },
	{{ 0, "rate", "N", "arrival rate in task starts per second, for scenarios that have one", RUN | CHECK | DEMO }, VALUE_POSITIVE, AT(rate) },
	{{ 's', "stop-timeout", "TIME", "at the end, let requests in flight finish this long (default 10s)", RUN | DEMO }, VALUE_DURATION, AT(stop_timeout_ns) },
	{{ 0, "max-users", "N", "guard rail: no slider, key or file goes above", RUN | DEMO }, VALUE_POSITIVE, AT(max_users) },
	{{ 0, "max-rate", "N", "guard rail for the arrival rate", RUN | DEMO }, VALUE_POSITIVE, AT(max_rate) },
	{{ 0, "threads", "N", "engine threads: auto or 1 to 64 (default 1)", RUN | DEMO }, VALUE_THREADS, AT(threads) },
	{{ 0, "transport", "NAME", "auto, direct (own HTTP/1.1 framing) or curl (libcurl's whole stack)", RUN | DEMO }, VALUE_STRING, AT(transport) },
	{{ 0, "seed", "N", "repeat the random choices of an earlier run", RUN | DEMO }, VALUE_COUNT, AT(seed) },
	{{ 0, "headless", NULL, "no console: start at once, print Locust's tables", RUN | DEMO }, VALUE_FLAG, AT(headless) },
	{{ 0, "autostart", NULL, "open the console and start without waiting for Enter", RUN | DEMO }, VALUE_FLAG, AT(autostart) },
	{{ 0, "no-check", NULL, "console: probe nothing while the plan is shown", RUN | DEMO }, VALUE_FLAG, AT(no_check) },
	{{ 0, "only-summary", NULL, "headless: print the tables at the end only", RUN | DEMO }, VALUE_FLAG, AT(only_summary) },
	{{ 0, "ascii", NULL, "draw with ASCII characters only", RUN | DEMO }, VALUE_FLAG, AT(ascii) },
	{{ 0, "no-color", NULL, "no colours (also: NO_COLOR in the environment)", RUN | DEMO }, VALUE_FLAG, AT(no_color) },
	{{ 0, "theme", "NAME", "dark, light, contrast, colorblind or mono", RUN | DEMO }, VALUE_STRING, AT(theme) },
	{{ 0, "hz", "N", "screens per second, 0.2 to 20 (default 4)", RUN | DEMO }, VALUE_POSITIVE, AT(frame_hz) },
	{{ 0, "csv", "PREFIX", "write Locust's four CSV files; {scenario} in it is replaced", RUN | DEMO }, VALUE_STRING, AT(csv_prefix) },
	{{ 0, "csv-full-history", NULL, "a history row for each endpoint, percentiles of the last 10 s", RUN | DEMO }, VALUE_FLAG, AT(csv_full_history) },
	{{ 0, "json", "FILE", "write the whole result as JSON; {scenario} in it is replaced", RUN | DEMO }, VALUE_STRING, AT(json_file) },
	{{ 0, "failures", "FILE", "write failing exchanges, one JSON object a line; {scenario} in it is replaced", RUN | DEMO }, VALUE_STRING, AT(failures_file) },
	{{ 0, "report", "FILE", "write the report as Markdown", RUN | DEMO | REPORT }, VALUE_STRING, AT(report_file) },
	{{ 0, "html", "FILE", "write the report as one self-contained page", RUN | DEMO | REPORT }, VALUE_STRING, AT(html_file) },
	{{ 0, "replay", "FILE", "steer as in an earlier run: the JSON result that holds its moves", RUN | DEMO }, VALUE_STRING, AT(replay_file) },
	{{ 0, "baseline", "FILE", "show the difference to an earlier run: its JSON result", RUN | DEMO }, VALUE_STRING, AT(baseline_file) },
	{{ 0, "from-csv", "PREFIX", "read Locust's CSV files, named as with --csv", REPORT }, VALUE_STRING, AT(from_csv) },
	{{ 0, "from", "RESULT", "the JSON result of the run that was driven by hand", SCENARIO }, VALUE_STRING, AT(from) },
	{{ 0, "to", "FILE", "the scenario file to write (default: beside the old one)", SCENARIO }, VALUE_STRING, AT(to) },
	{{ 0, "reset-stats", NULL, "start counting anew when all users have been spawned", RUN | DEMO }, VALUE_FLAG, AT(reset_stats) },
	{{ 0, "overwrite", NULL, "replace result files of an earlier run", RUN | DEMO | REPORT }, VALUE_FLAG, AT(overwrite) },
	{{ 0, "exit-code-on-error", "N", "exit with N instead of 1 when a criterion (or, without any, a request) failed", RUN | DEMO }, VALUE_EXIT_CODE, AT(exit_code_on_error) },
	{{ 0, "no-docker", NULL, "leave the containers panel out", RUN | CHECK }, VALUE_FLAG, AT(no_docker) },
	{{ 0, "no-postgres", NULL, "leave the database panel out", RUN | CHECK }, VALUE_FLAG, AT(no_postgres) },
	{{ 'L', "loglevel", "LEVEL", "debug, info, warning or error (default info)", RUN | DEMO }, VALUE_STRING, AT(log_level) },
	{{ 0, "logfile", "FILE", "append log lines to a file instead of stderr", RUN | DEMO }, VALUE_STRING, AT(log_file) },
	{{ 0, "offline", NULL, "check the file only: probe neither target nor panels", CHECK }, VALUE_FLAG, AT(offline) },
	{{ 0, "latency", "MEDIAN[,SIGMA]", "practice backend: median and shape of its work (default 5ms,0.5)", DEMO }, VALUE_STRING, AT(latency) },
	{{ 0, "error-rate", "RATIO", "practice backend: part of the answers that are 500 (0.01 or 1%)", DEMO }, VALUE_RATIO, AT(error_rate) },
	{{ 0, "workers", "N", "practice backend: size of its worker pool (default: no limit)", DEMO }, VALUE_COUNT, AT(workers) },
};
/* clang-format on */
const size_t option_row_count = sizeof(option_rows) / sizeof(option_rows[0]);

static_assert(sizeof(option_rows) / sizeof(option_rows[0]) <= OPTION_ROWS_MAX,
	      "the parser has room for them");

const struct subcommand_row subcommand_rows[SUBCOMMANDS] = {
	[SUBCOMMAND_RUN] = { "run", "[OPTIONS] SCENARIO.json…",
			     "run scenarios one after another (the default)" },
	[SUBCOMMAND_CHECK] = { "check", "[OPTIONS] SCENARIO.json…",
			       "validate, print the plan and probe what the run needs" },
	[SUBCOMMAND_DEMO] = { "demo", "[OPTIONS] [SCENARIO.json…]",
			      "the console on an embedded practice backend" },
	[SUBCOMMAND_TARGET] = { "target", "[OPTIONS]", "serve the practice backend" },
	[SUBCOMMAND_REPORT] = { "report", "[OPTIONS] PREFIX|RESULT.json [SCENARIO.json]…",
				"write the report of earlier runs" },
	[SUBCOMMAND_SCENARIO] = { "scenario", "--from RESULT.json [--to FILE] [SCENARIO.json]",
				  "save a load driven by hand as a scenario of stages" },
	[SUBCOMMAND_HELP] = { "help", "[SUBCOMMAND]", "explain a subcommand" },
	[SUBCOMMAND_VERSION] = { "version", "", "print the versions of throng and its libraries" },
};
