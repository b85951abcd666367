/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_REPORT_H
#define THRONG_RECORD_REPORT_H

#include <jansson.h>

struct buf;
struct error;

/* The report of one or several runs, made from their results (result_json.h) alone: so it can be
 * made again from the --json files, and from Locust's CSV files (report_csv.h). Owned by one thread
 * at a time. */
struct report;

/* Caller frees with report_free (NULL is fine). */
struct report *report_new(void);
void report_free(struct report *report);
/* Add a run behind those that are there; takes a reference. */
void report_add(struct report *report, json_t *result);
size_t report_count(const struct report *report);

/* Append the Markdown, without drawings but for those in text. */
void report_markdown(const struct report *report, struct buf *out);
/* Write the Markdown to path, and beside it one SVG file a run with a time line, named like path:
 * results.md gets results-1-deployments.svg. Replaces files. 0, or negative errno with err->text
 * naming the file. */
int report_write_markdown(const struct report *report, const char *path, struct error *err)
	__attribute__((warn_unused_result));
/* Write one self-contained HTML page to path. The same. */
int report_write_html(const struct report *report, const char *path, struct error *err)
	__attribute__((warn_unused_result));

#endif
