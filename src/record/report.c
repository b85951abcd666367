/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/report.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/outfile.h"
#include "record/chart.h"
#include "record/doc.h"
#include "record/report_chart.h"
#include "record/report_run.h"
#include "record/result_read.h"

#define DOCUMENT_MAX ((size_t)64 * 1024 * 1024)
#define SLUG_MAX     40

struct report {
	json_t *runs;
};

struct report *report_new(void)
{
	struct report *report = mem_new(sizeof(*report));

	report->runs = json_array();
	return report;
}

void report_free(struct report *report)
{
	if (report == NULL)
		return;
	json_decref(report->runs);
	free(report);
}

void report_add(struct report *report, json_t *result)
{
	json_array_append(report->runs, result);
}

size_t report_count(const struct report *report)
{
	return json_array_size(report->runs);
}

/* "concurrent-deployments" of "Concurrent deployments": letters and digits of ASCII. */
static void make_slug(const char *name, char dst[SLUG_MAX])
{
	size_t len = 0;

	for (; *name != '\0' && len < SLUG_MAX - 1; name++) {
		unsigned char c = (unsigned char)*name;

		if (c < 0x80 && isalnum(c))
			dst[len++] = (char)tolower(c);
		else if (len > 0 && dst[len - 1] != '-')
			dst[len++] = '-';
	}
	while (len > 0 && dst[len - 1] == '-')
		len--;
	dst[len] = '\0';
}

/* The drawing of run i beside the document at path: "results-1-deployments.svg". Caller frees. */
static char *svg_path(const char *path, size_t i, const json_t *result)
{
	const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
	size_t stem = dot != NULL && (slash == NULL || dot > slash + 1) ? (size_t)(dot - path)
									: strlen(path);
	char slug[SLUG_MAX];

	make_slug(result_string(result, "scenario"), slug);
	return mem_printf("%.*s-%zu%s%s.svg", (int)stem, path, i + 1, slug[0] != '\0' ? "-" : "",
			  slug);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static int write_file(const char *path, const struct buf *content, struct error *err)
{
	int ret = content->overflow ? -EMSGSIZE
				    : outfile_replace(path, buf_str(content), content->len);

	if (ret != 0)
		error_set(err, "cannot write %s: %s", path, strerrordesc_np(-ret));
	return ret;
}

static int write_svg(const char *path, const json_t *result, struct error *err)
{
	struct report_chart chart;
	struct buf out;
	int ret;

	if (!report_chart_init(&chart, result))
		return 0;
	buf_init(&out, DOCUMENT_MAX);
	chart_svg(&out, &chart.chart, true);
	ret = write_file(path, &out, err);
	buf_fini(&out);
	report_chart_fini(&chart);
	return ret;
}

static void summary(struct doc *doc, const struct report *report)
{
	static const struct doc_column COLUMNS[] = { { "Scenario", false }, { "Verdict", false },
						     { "Users", true },     { "Duration", true },
						     { "Requests", true },  { "Failed", true },
						     { "Share", true },     { "req/s", true },
						     { "p50", true },       { "p95", true },
						     { "p99", true },       { "max", true } };

	doc_table(doc, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	for (size_t i = 0; i < report_count(report); i++)
		report_run_summary(doc, json_array_get(report->runs, i));
	doc_table_end(doc);
}

static void write_content(struct doc *doc, const struct report *report, const char *svg_for)
{
	doc_heading(doc, 1, "Load test results", DOC_PLAIN, "");
	summary(doc, report);
	for (size_t i = 0; i < report_count(report); i++) {
		const json_t *result = json_array_get(report->runs, i);
		char *svg = svg_for != NULL ? svg_path(svg_for, i, result) : mem_strdup("");
		char title[512];
		const char *verdict;
		enum doc_style style = report_run_verdict(result, &verdict);

		snprintf(title, sizeof(title), "%zu. %s", i + 1, result_string(result, "scenario"));
		doc_heading(doc, 2, title, style, style == DOC_PLAIN ? "" : verdict);
		report_run_sections(doc, result, base_name(svg));
		free(svg);
	}
}

void report_markdown(const struct report *report, struct buf *out)
{
	struct doc doc;

	doc_begin(&doc, DOC_MARKDOWN, out, "Load test results");
	write_content(&doc, report, NULL);
	doc_end(&doc);
}

static int write_document(const struct report *report, enum doc_format format, const char *path,
			  struct error *err)
{
	struct doc doc;
	struct buf out;
	int ret;

	buf_init(&out, DOCUMENT_MAX);
	doc_begin(&doc, format, &out, "Load test results");
	write_content(&doc, report, format == DOC_MARKDOWN ? path : NULL);
	doc_end(&doc);
	ret = write_file(path, &out, err);
	buf_fini(&out);
	return ret;
}

int report_write_markdown(const struct report *report, const char *path, struct error *err)
{
	int ret = write_document(report, DOC_MARKDOWN, path, err);

	for (size_t i = 0; i < report_count(report) && ret == 0; i++) {
		const json_t *result = json_array_get(report->runs, i);
		char *svg = svg_path(path, i, result);

		ret = write_svg(svg, result, err);
		free(svg);
	}
	return ret;
}

int report_write_html(const struct report *report, const char *path, struct error *err)
{
	return write_document(report, DOC_HTML, path, err);
}
