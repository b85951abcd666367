/* SPDX-License-Identifier: MIT */
/* `throng report`: the report of earlier runs, from Locust's CSV files or from --json files. */
#include "config.h"

#include "cli/commands.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/error.h"
#include "cli/options.h"
#include "record/locust_read.h"
#include "record/output_files.h"
#include "record/recorder.h"
#include "record/report.h"
#include "record/result_judge.h"
#include "record/result_read.h"
#include "scenario/scenario.h"

#define STATUS_USAGE    2
#define STATUS_NOT_DONE 3
#define TEXT_MAX        ((size_t)64 * 1024 * 1024)

/* CSV files wait for a scenario that judges them until the next operand says that none follows. */
struct work {
	struct report *report;
	json_t *csv; /* NULL: none waits */
};

static void finish_csv(struct work *work)
{
	if (work->csv == NULL)
		return;
	if (json_object_get(work->csv, "criteria") == NULL)
		result_judge(work->csv, NULL, 0);
	report_add(work->report, work->csv);
	json_decref(work->csv);
	work->csv = NULL;
}

static bool add_csv(struct work *work, const char *prefix)
{
	struct error err = { 0 };

	finish_csv(work);
	if (locust_read(prefix, &work->csv, &err) == 0)
		return true;
	fprintf(stderr, "throng: %s\n", err.text);
	return false;
}

static bool judge_csv(struct work *work, const char *file)
{
	struct errors *errs = errors_new();
	struct scenario_overrides over = { .target = NULL };
	struct scenario *scenario = NULL;
	int ret = scenario_load(&scenario, file, &over, errs);

	if (ret == 0 && work->csv == NULL) {
		errors_add(errs, file, 0, NULL,
			   "this is a scenario: it judges the CSV files named before it, and there "
			   "are none");
		ret = -1;
	}
	if (ret == 0)
		result_judge(work->csv, scenario->criteria, scenario->criterion_count);
	else
		errors_print(errs, stderr);
	if (ret == 0)
		json_object_set_new(work->csv, "scenario", json_string(scenario->name));
	scenario_free(scenario);
	errors_free(errs);
	return ret == 0;
}

static bool add_json(struct work *work, const char *file)
{
	struct error err = { .line = 0 };
	json_t *result = result_load(file, &err);

	if (result == NULL) {
		fprintf(stderr, "throng: %s\n", err.text);
		return false;
	}
	if (json_object_get(result, "throng") == NULL) {
		json_decref(result);
		return judge_csv(work, file);
	}
	finish_csv(work);
	report_add(work->report, result);
	json_decref(result);
	return true;
}

static bool is_json(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && strcmp(name + len - 5, ".json") == 0;
}

static bool collect(struct work *work, const struct options *options)
{
	bool fine = options->from_csv == NULL || add_csv(work, options->from_csv);

	for (size_t i = 0; i < options->file_count && fine; i++)
		fine = is_json(options->files[i]) ? add_json(work, options->files[i])
						  : add_csv(work, options->files[i]);
	if (fine)
		finish_csv(work);
	json_decref(work->csv);
	return fine;
}

static int print(const struct report *report)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	report_markdown(report, &text);
	fwrite(buf_str(&text), 1, text.len, stdout);
	buf_fini(&text);
	return ferror(stdout) ? STATUS_NOT_DONE : 0;
}

static int write_files(const struct report *report, const struct options *options)
{
	struct error err = { 0 };
	int ret = 0;

	if (options->report_file != NULL)
		ret = report_write_markdown(report, options->report_file, &err);
	if (ret == 0 && options->html_file != NULL)
		ret = report_write_html(report, options->html_file, &err);
	if (ret != 0)
		fprintf(stderr, "throng: %s\n", err.text);
	return ret != 0 ? STATUS_NOT_DONE : 0;
}

int cmd_report(const struct options *options)
{
	struct recorder_outputs outputs = { .report_file = options->report_file,
					    .html_file = options->html_file,
					    .overwrite = options->overwrite };
	struct work work = { .report = report_new() };
	struct error err = { 0 };
	int status = STATUS_USAGE;

	if (output_files_check(&outputs, true, &err) != 0)
		fprintf(stderr, "throng: %s\n", err.text);
	else if (collect(&work, options))
		status = outputs.report_file == NULL && outputs.html_file == NULL
				 ? print(work.report)
				 : write_files(work.report, options);
	report_free(work.report);
	return status;
}
