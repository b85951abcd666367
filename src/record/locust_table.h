/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_LOCUST_TABLE_H
#define THRONG_RECORD_LOCUST_TABLE_H

struct buf;
struct locust_stats;

/* Locust's console tables as text, exactly as `locust --headless` prints them (names are cleaned of
 * control characters). columns: width of the terminal, 0 when there is none. Pure; appends to
 * `out`; LC_NUMERIC must be "C". */

/* The table that comes every two seconds: current rates; ends with an empty line. */
void locust_table_running(struct buf *out, const struct locust_stats *stats, unsigned columns);
/* The end: the same with the rates of the run, the percentiles, and the errors if there were any. */
void locust_table_final(struct buf *out, const struct locust_stats *stats, unsigned columns);

#endif
