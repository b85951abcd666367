/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_OUTPUT_H
#define THRONG_RECORD_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "record/recorder.h"

struct error;
struct pending_list;
struct reading;
struct record_view;
struct sample;
struct scenario;

/* The files and tables of a run: Locust's CSV files and console table, JSON, reports. Called by the
 * recorder thread (output_new and output_free: main thread); never blocks on a disk: contents go to a
 * writer thread of its own, which is started by output_new and ended by output_finish or output_free.
 *
 * Order of calls: new, start, then any number of sample, tick and reset, then finish, then free. A
 * run whose setup fails has no start: finish follows new directly and writes what there is to say. */
struct output;

struct output_config {
	const struct scenario *scenario; /* borrowed until output_free */
	struct recorder_outputs files;   /* borrowed strings until output_free */
	uint64_t seed;
	unsigned scenario_index, scenario_count;
	unsigned table_width; /* columns of the terminal; 0: none, wide as Locust's */
};

/* Checks that the files can be written (missing directories are made; files that exist already are
 * an error unless files.overwrite). No file wanted is fine: then only the table is kept. 0, or
 * negative errno with err->text naming the file. */
int output_new(struct output **out, const struct output_config *config, struct error *err)
	__attribute__((warn_unused_result));
void output_free(struct output *out); /* NULL is fine */

/* The load begins: view->start_ns and wall_start_ns are set. */
void output_start(struct output *out, const struct record_view *view);
/* One REQUEST sample that is not flagged SETUP, in the order of arrival, aborted ones included (they
 * are no requests to Locust). Hot path: no allocation per call, no I/O. */
void output_sample(struct output *out, const struct sample *sample);
/* The same samples once more, endpoint by endpoint, before any other call but output_reading. */
void output_endpoints(struct output *out, const struct pending_list *list);
/* What a panel read; before output_start it is no part of the run. */
void output_reading(struct output *out, const struct reading *reading);
/* Statistics were set to zero (by hand or --reset-stats): as Locust does it, rows stay with zeros. */
void output_reset(struct output *out, const struct record_view *view);
/* Once a second from the start on, also while draining: hand the files' contents to the writer. */
void output_tick(struct output *out, const struct record_view *view);
/* Locust's console table as text: the running one, or with `final` the three tables of the end.
 * Valid until the next call. */
const char *output_table(struct output *out, const struct record_view *view, bool final);
/* The last problem met while writing ("results/run1.json: no space left on device"), "" when there is
 * none. Valid until the next call. */
const char *output_problem(const struct output *out);
/* The run is over (view->over): write the final state of every file and wait for the disk. 0, or
 * the negative errno of the first file that could not be written (then output_problem names it). */
int output_finish(struct output *out, const struct record_view *view)
	__attribute__((warn_unused_result));

#endif
