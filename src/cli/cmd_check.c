/* SPDX-License-Identifier: MIT */
/* `throng check`: everything that can be said about a run before it is driven. Results go to stdout, a line each; that
 * something takes longer than a second is said on stderr: on a terminal in one line that goes away again. */
#include "config.h"

#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli/options.h"
#include "cli/probe.h"
#include "cli/session.h"
#include "scenario/plan.h"
#include "scenario/scenario.h"

#define EXIT_USAGE    2
#define EXIT_NOT_DONE 3

struct printer {
	int columns; /* of the longest name */
	bool terminal;
	bool progress; /* a line of it stands on stderr */
	bool told;     /* that the probe under way takes long */
};

static void clear_progress(struct printer *printer)
{
	if (printer->progress)
		fputs("\r\033[K", stderr);
	printer->progress = false;
}

static void print_progress(struct printer *printer, const struct probe_report *report)
{
	if (report->text[0] == '\0') { /* only just begun */
		printer->told = false;
		return;
	}
	if (printer->terminal) {
		fprintf(stderr, "\r\033[K  ...   %s: %s", report->name, report->text);
		printer->progress = true;
	} else if (!printer->told) {
		fprintf(stderr, "  ...   %s: %s\n", report->name, report->text);
		printer->told = true;
	}
}

static void print_report(void *arg, const struct probe_report *report)
{
	static const char *const states[] = { [PROBE_RUNNING] = "...",
					      [PROBE_OK] = "ok",
					      [PROBE_FAILED] = "FAIL",
					      [PROBE_SKIPPED] = "-" };
	struct printer *printer = arg;
	int pad = printer->columns - text_width(report->name);

	if (report->state == PROBE_RUNNING) {
		print_progress(printer, report);
		return;
	}
	clear_progress(printer);
	printf("  %-4s  %s%*s  %s\n", states[report->state], report->name, pad > 0 ? pad : 0, "",
	       report->text);
	fflush(stdout);
}

static int longest_name(const struct scenario *scenario)
{
	int longest = text_width("health check");

	for (size_t i = 0; i < scenario->class_count; i++) {
		int width = text_width("login ") + text_width(scenario->classes[i].name);

		longest = width > longest ? width : longest;
	}
	return longest > PROBE_NAME / 2 ? PROBE_NAME / 2 : longest;
}

static unsigned probe(const struct scenario *scenario, const struct options *options)
{
	struct printer printer = { .columns = longest_name(scenario),
				   .terminal = isatty(STDERR_FILENO) == 1 };
	struct probe_config config = { .scenario = scenario,
				       .transport = session_transport(options),
				       .tell = print_report,
				       .arg = &printer };

	printf("checks\n");
	fflush(stdout);
	return probe_all(&config);
}

int cmd_check(const struct options *options)
{
	struct scenario **scenarios =
		load_scenarios(options->files, options->file_count, options, NULL);
	int status = 0;
	size_t i;

	if (scenarios == NULL)
		return EXIT_USAGE;
	for (i = 0; i < options->file_count; i++) {
		struct buf text;

		buf_init(&text, 1 << 20);
		plan_print(scenarios[i], &text);
		printf("%s%s", i > 0 ? "\n" : "", buf_str(&text));
		buf_fini(&text);
		if (!options->offline && probe(scenarios[i], options) > 0)
			status = EXIT_NOT_DONE;
	}
	for (i = 0; i < options->file_count; i++)
		scenario_free(scenarios[i]);
	free(scenarios);
	return status;
}
