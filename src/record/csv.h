/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_CSV_H
#define THRONG_RECORD_CSV_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct locust_stats;

/* Locust's four CSV files, byte for byte as Locust 2.12 to 2.43 write them: Python's "excel"
 * dialect (CRLF, quotes only where needed, doubled inside), floats as repr(). Failures have the
 * four columns of these versions; the two that 2.44 added (First Seen, Last Seen) are in the JSON
 * result instead, so that readers of the older format keep working. Exceptions in task code do
 * not exist here: that file holds its header. Pure; appends to `out`. LC_NUMERIC must be "C". */
enum csv_file { CSV_STATS, CSV_HISTORY, CSV_FAILURES, CSV_EXCEPTIONS, CSV_FILES };

/* What follows the prefix: "_stats.csv". */
const char *csv_suffix(enum csv_file file);
/* Append a field, quoted where the dialect asks for it. */
void csv_field(struct buf *out, const char *text);
/* Append the header line of a file. */
void csv_header(struct buf *out, enum csv_file file);
/* Append all rows of _stats.csv or _failures.csv as they stand. */
void csv_stats_rows(struct buf *out, const struct locust_stats *stats);
void csv_failures_rows(struct buf *out, const struct locust_stats *stats);
/* Locust's timestamp of an instant: whole seconds since 1970. */
int64_t csv_timestamp(uint64_t wall_ns);
/* Append the rows that _stats_history.csv gets at wall_ns with that many users: the total with the
 * percentiles of the run, or with `full` every row with those of the last 10 s. */
void csv_history_rows(struct buf *out, const struct locust_stats *stats, bool full,
		      uint64_t wall_ns, unsigned users);

#endif
