/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_LOCUST_READ_H
#define THRONG_RECORD_LOCUST_READ_H

#include <jansson.h>

struct error;

/* Locust's CSV files of an earlier run (of any version since 1.0, or our own), as a result in the
 * form of result_json.h, for reports. Only PREFIX_stats.csv must be there.
 *
 * What the files do not hold is not made up: without --csv-full-history there are no percentiles over
 * time, so the mean of each second is taken from the growth of the totals instead; there is no
 * target, no configuration, no verdict. */

/* 0 and a new reference, or negative errno with err->text. */
int locust_read(const char *prefix, json_t **out, struct error *err)
	__attribute__((warn_unused_result));

/* Parts of it. The "series" member from PREFIX_stats_history.csv, also "started", "duration_s" and
 * "users"; in locust_history.c. */
struct csv_table;
void locust_read_history(json_t *result, const struct csv_table *history);

#endif
