/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "message/sample.h"
#include "record/csv.h"
#include "record/exchanges.h"
#include "record/live.h"
#include "record/locust_stats.h"
#include "record/locust_table.h"
#include "record/output_files.h"
#include "record/pending.h"
#include "record/readings.h"
#include "record/report.h"
#include "record/result_json.h"
#include "record/view.h"
#include "record/writer.h"
#include "scenario/scenario.h"

/* Each second every file's content is made anew in memory and handed to the writer; only the
 * history grows by lines. So a run that is killed leaves the last second's state. */

#define CONTENT_MAX  ((size_t)256 * 1024 * 1024)
#define NO_TIMESTAMP (-1)

struct output {
	const struct scenario *scenario;
	struct recorder_outputs files;
	unsigned table_width;
	struct locust_stats *locust;
	struct writer *writer; /* NULL: no file is wanted */
	struct readings *readings;
	unsigned csv[CSV_FILES], json, monitor, failures; /* the writer's numbers */
	uint64_t exchanges_version;                       /* as in the failures file */
	bool json_once; /* a pipe or a device: only the end goes there */
	json_t *environment;
	struct buf content, table;
	bool too_large;
	char report_problem[1024];
	uint64_t start_ns, wall_start_ns;
	int64_t history_s; /* timestamp of the last history rows */
};

/* What cannot be replaced would get a document each second. */
static bool is_stream(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static bool wants_files(const struct recorder_outputs *files)
{
	return files->csv_prefix != NULL || files->json_file != NULL ||
	       files->failures_file != NULL;
}

/* Panels have a file only where there are panels. */
static bool writes_monitor(const struct output *out)
{
	return out->files.csv_prefix != NULL &&
	       (out->scenario->panels.docker || out->scenario->panels.postgres);
}

static void name_files(struct output *out)
{
	for (int file = 0; out->files.csv_prefix != NULL && file < CSV_FILES; file++) {
		char *path =
			mem_printf("%s%s", out->files.csv_prefix, csv_suffix((enum csv_file)file));

		out->csv[file] = writer_file(out->writer, path);
		free(path);
	}
	if (writes_monitor(out)) {
		char *path = mem_printf("%s%s", out->files.csv_prefix, READINGS_CSV_SUFFIX);

		out->monitor = writer_file(out->writer, path);
		free(path);
	}
	if (out->files.json_file != NULL) {
		out->json = writer_file(out->writer, out->files.json_file);
		out->json_once = is_stream(out->files.json_file);
	}
	if (out->files.failures_file != NULL)
		out->failures = writer_file(out->writer, out->files.failures_file);
}

int output_new(struct output **result, const struct output_config *config, struct error *err)
{
	struct output *out;
	int ret = output_files_check(&config->files, config->scenario_index == 0, err);

	if (ret != 0)
		return ret;
	out = mem_new(sizeof(*out));
	out->scenario = config->scenario;
	out->files = config->files;
	out->table_width = config->table_width;
	out->history_s = NO_TIMESTAMP;
	out->environment = result_json_environment();
	out->readings = readings_new(writes_monitor(out));
	out->locust = locust_stats_new(config->scenario, config->files.csv_full_history);
	buf_init(&out->content, CONTENT_MAX);
	buf_init(&out->table, CONTENT_MAX);
	if (wants_files(&config->files)) {
		ret = writer_new(&out->writer, err);
		if (ret != 0) {
			output_free(out);
			return ret;
		}
		name_files(out);
	}
	*result = out;
	return 0;
}

void output_free(struct output *out)
{
	if (out == NULL)
		return;
	writer_free(out->writer);
	locust_stats_free(out->locust);
	readings_free(out->readings);
	json_decref(out->environment);
	buf_fini(&out->content);
	buf_fini(&out->table);
	free(out);
}

static uint64_t wall_ns(const struct output *out, uint64_t mono_ns)
{
	return out->wall_start_ns + (mono_ns - out->start_ns);
}

/* Hand over what is in out->content as the new content of a file. */
static void replace_file(struct output *out, unsigned file)
{
	size_t len;
	char *data;

	if (out->content.overflow) { /* rather the last whole state than half of this one */
		buf_reset(&out->content);
		out->too_large = true;
		return;
	}
	buf_addc(&out->content, '\0'); /* an empty buffer has no memory to hand over */
	data = buf_take(&out->content, &len);
	writer_replace(out->writer, file, data, len - 1);
}

static void write_csv_file(struct output *out, enum csv_file file)
{
	csv_header(&out->content, file);
	switch (file) {
	case CSV_STATS:
		csv_stats_rows(&out->content, out->locust);
		break;
	case CSV_FAILURES:
		csv_failures_rows(&out->content, out->locust);
		break;
	case CSV_HISTORY:
	case CSV_EXCEPTIONS:
	case CSV_FILES:
		break;
	}
	replace_file(out, out->csv[file]);
}

static void write_history(struct output *out, const struct record_view *view)
{
	uint64_t now_ns = wall_ns(out, view->now_ns);

	csv_history_rows(&out->content, out->locust, out->files.csv_full_history, now_ns,
			 view->live->users);
	writer_append(out->writer, out->csv[CSV_HISTORY], buf_str(&out->content), out->content.len);
	buf_reset(&out->content);
	out->history_s = csv_timestamp(now_ns);
}

static void write_monitor(struct output *out)
{
	readings_csv_take(out->readings, &out->content);
	if (out->content.len > 0)
		writer_append(out->writer, out->monitor, buf_str(&out->content), out->content.len);
	buf_reset(&out->content);
}

static void write_csv(struct output *out)
{
	if (writes_monitor(out))
		write_monitor(out);
	write_csv_file(out, CSV_STATS);
	write_csv_file(out, CSV_FAILURES);
	write_csv_file(out, CSV_EXCEPTIONS);
}

/* The result, and what is wrong with the files that hold it. A new reference. */
static json_t *make_result(const struct output *out, const struct record_view *view)
{
	json_t *result = result_json(view, out->environment, readings_json(out->readings));

	json_object_set_new(result, "files_problem", result_json_text(output_problem(out)));
	return result;
}

static void write_json(struct output *out, const struct record_view *view)
{
	json_t *result = make_result(out, view);

	result_json_write(&out->content, result);
	json_decref(result);
	replace_file(out, out->json);
}

/* Only what has changed: a run without failures writes one empty file, at its end. */
static void write_failures(struct output *out, const struct record_view *view, bool final)
{
	uint64_t version = exchanges_version(view->exchanges);

	if (!final && (version == out->exchanges_version || is_stream(out->files.failures_file)))
		return;
	out->exchanges_version = version;
	exchanges_write(view->exchanges, &out->content);
	replace_file(out, out->failures);
}

void output_start(struct output *out, const struct record_view *view)
{
	out->start_ns = view->start_ns;
	out->wall_start_ns = view->wall_start_ns;
	locust_stats_clear(out->locust, view->wall_start_ns);
	readings_start(out->readings, view->start_ns, view->wall_start_ns);
	if (out->files.csv_prefix != NULL)
		write_csv_file(out, CSV_HISTORY);
	if (writes_monitor(out)) {
		readings_csv_header(&out->content);
		replace_file(out, out->monitor);
	}
}

void output_reading(struct output *out, const struct reading *reading)
{
	readings_add(out->readings, reading);
}

void output_sample(struct output *out, const struct sample *sample)
{
	locust_stats_add_total(out->locust, sample, wall_ns(out, sample->end_ns));
}

void output_endpoints(struct output *out, const struct pending_list *list)
{
	for (size_t e = 0, i = 0; i < list->count; e++) {
		locust_stats_expect(out->locust, e + 1);
		for (; i < list->by_endpoint.ends[e]; i++) {
			const struct sample *sample = &list->samples[list->by_endpoint.order[i]];
			locust_stats_add_row(out->locust, sample, wall_ns(out, sample->end_ns));
		}
	}
}

void output_reset(struct output *out, const struct record_view *view)
{
	locust_stats_reset(out->locust, wall_ns(out, view->now_ns));
}

void output_tick(struct output *out, const struct record_view *view)
{
	if (out->writer == NULL)
		return;
	if (out->files.csv_prefix != NULL) {
		write_csv(out);
		write_history(out, view);
	}
	if (out->files.json_file != NULL && !out->json_once)
		write_json(out, view);
	if (out->files.failures_file != NULL)
		write_failures(out, view, false);
	writer_pump(out->writer, view->now_ns);
}

const char *output_table(struct output *out, const struct record_view *view, bool final)
{
	(void)view;
	buf_reset(&out->table);
	if (final)
		locust_table_final(&out->table, out->locust, out->table_width);
	else
		locust_table_running(&out->table, out->locust, out->table_width);
	return buf_str(&out->table);
}

const char *output_problem(const struct output *out)
{
	if (out->report_problem[0] != '\0')
		return out->report_problem;
	if (out->too_large)
		return "a result file would be larger than 256 MiB and is not written any more";
	return out->writer != NULL ? writer_problem(out->writer) : "";
}

static int write_reports(struct output *out, const struct record_view *view)
{
	struct report *report = out->files.report != NULL ? out->files.report : report_new();
	json_t *result = make_result(out, view);
	struct error err;
	int ret = 0;

	report_add(report, result);
	if (out->files.report_file != NULL)
		ret = report_write_markdown(report, out->files.report_file, &err);
	if (ret == 0 && out->files.html_file != NULL)
		ret = report_write_html(report, out->files.html_file, &err);
	if (ret != 0)
		snprintf(out->report_problem, sizeof(out->report_problem), "%s", err.text);
	json_decref(result);
	if (out->files.report == NULL)
		report_free(report);
	return ret;
}

/* A history that ends before the run did would miss its last requests. */
static void finish_csv(struct output *out, const struct record_view *view)
{
	write_csv(out);
	if (view->start_ns == 0)
		write_csv_file(out, CSV_HISTORY);
	else if (csv_timestamp(wall_ns(out, view->now_ns)) != out->history_s)
		write_history(out, view);
}

int output_finish(struct output *out, const struct record_view *view)
{
	int ret = 0, report_ret = 0;

	if (out->files.csv_prefix != NULL)
		finish_csv(out, view);
	if (out->files.json_file != NULL)
		write_json(out, view);
	if (out->files.failures_file != NULL)
		write_failures(out, view, true);
	if (out->writer != NULL)
		ret = writer_finish(out->writer);
	if (out->files.report_file != NULL || out->files.html_file != NULL)
		report_ret = write_reports(out, view);
	if (ret == 0 && out->too_large)
		ret = -EFBIG;
	return ret != 0 ? ret : report_ret;
}
