/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_REPORT_RUN_H
#define THRONG_RECORD_REPORT_RUN_H

#include <stddef.h>

#include <jansson.h>

#include "record/doc.h"

/* What a report says about one run, from its result (see report.h). Pure. */

/* "PASS", "FAIL", "INVALID", "–" and how it is shown. */
enum doc_style report_run_verdict(const json_t *result, const char **verdict);
/* Most users at a time; NAN when it is not known. */
double report_run_users(const json_t *result);
/* One row of the table over all runs. */
void report_run_summary(struct doc *doc, const json_t *result);
/* The sections of the run, below a heading of level 2. chart_file: the SVG's name as the document
 * refers to it, "" for none. */
void report_run_sections(struct doc *doc, const json_t *result, const char *chart_file);

/* Parts of it, in report_tables.c. */
void report_tables_criteria(struct doc *doc, const json_t *result);
void report_tables_endpoints(struct doc *doc, const json_t *result);
void report_tables_classes(struct doc *doc, const json_t *result);
void report_tables_failures(struct doc *doc, const json_t *result);
void report_tables_phases(struct doc *doc, const json_t *result);
void report_tables_generator(struct doc *doc, const json_t *result);
void report_tables_monitor(struct doc *doc, const json_t *result);
void report_tables_marks(struct doc *doc, const json_t *result);
/* In report_examples.c: of these failures, one real exchange for each kind and status. */
void report_examples(struct doc *doc, const json_t *const *failures, size_t count);
/* In report_insight.c: nothing when there is nothing to tell. */
void report_insight_levels(struct doc *doc, const json_t *result);
void report_insight_baseline(struct doc *doc, const json_t *result);
void report_insight_replay(struct doc *doc, const json_t *result);
/* In report_config.c. */
void report_config(struct doc *doc, const json_t *result);

/* Figures as a person reads them, "–" for what is not known. Each writes to dst and returns it. */
#define REPORT_FIGURE_MAX 48
char *report_run_count(double value, char dst[REPORT_FIGURE_MAX]);
char *report_run_rate(double value, char dst[REPORT_FIGURE_MAX]);
/* What somebody has set: "1,000", "7.5". */
char *report_run_amount(double value, char dst[REPORT_FIGURE_MAX]);
#define REPORT_WANTED_MAX (2 * REPORT_FIGURE_MAX + 32)
const char *report_run_wanted(const json_t *load, char dst[REPORT_WANTED_MAX]);
char *report_run_latency(double us, char dst[REPORT_FIGURE_MAX]);
char *report_run_share(double part, double whole, char dst[REPORT_FIGURE_MAX]);
char *report_run_clock(double seconds, char dst[REPORT_FIGURE_MAX]);

#endif
