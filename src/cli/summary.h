/* SPDX-License-Identifier: MIT */
#ifndef THRONG_CLI_SUMMARY_H
#define THRONG_CLI_SUMMARY_H

struct buf;
struct frame;

/* Append what a person wants to know at the end of a run: verdict, totals, criteria with values, findings, files written. File
 * arguments may be NULL. Any thread. */
void summary_print(const struct frame *frame, const char *csv_prefix, const char *json_file,
		   const char *report_file, const char *html_file, struct buf *out);

#endif
