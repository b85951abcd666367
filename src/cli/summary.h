/* SPDX-License-Identifier: MIT */
#ifndef THRONG_CLI_SUMMARY_H
#define THRONG_CLI_SUMMARY_H

struct buf;
struct frame;
struct recorder_outputs;

/* Append what a person wants to know at the end of a run: verdict, totals, criteria with values, findings, files written. Any
 * thread. */
void summary_print(const struct frame *frame, const struct recorder_outputs *files,
		   struct buf *out);

#endif
