/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_ENDPOINTS_H
#define THRONG_TUI_ENDPOINTS_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/table.h"

struct frame;
struct frame_latency;
struct frame_row;

/* The endpoint table: its columns, their order, the filter. */
enum endpoint_column {
	COLUMN_METHOD,
	COLUMN_NAME,
	COLUMN_REQUESTS,
	COLUMN_FAILURES,
	COLUMN_FAIL_PCT,
	COLUMN_RPS,
	COLUMN_MEAN,
	COLUMN_P50,
	COLUMN_P90,
	COLUMN_P95,
	COLUMN_P99,
	COLUMN_P999,
	COLUMN_MAX,
	COLUMN_IN_FLIGHT,
	COLUMN_OLDEST,
	COLUMN_VS_RPS, /* against an earlier run: only when there is one */
	COLUMN_VS_P50,
	COLUMN_VS_P95,
	COLUMN_VS_P99,
	COLUMN_VS_FAIL,
	ENDPOINT_COLUMNS
};

struct endpoint_order {
	enum endpoint_column column;
	bool reverse;       /* against the column's natural order (names rise, figures fall) */
	bool whole;         /* latencies of the whole run rather than of the last 10 s */
	const char *filter; /* "" shows all */
};

/* The const table of columns, ENDPOINT_COLUMNS long. */
const struct table_column *endpoints_columns(void);
/* The word settings use for a column; NULL when one cannot sort by it. */
const char *endpoints_column_name(enum endpoint_column column);
/* COLUMN_NAME when there is none of that name. */
enum endpoint_column endpoints_column_find(const char *name);
/* The column one comes to from `column` by "sort by the next column"; those that compare are left
 * out when there is nothing to compare with. */
enum endpoint_column endpoints_next_column(enum endpoint_column column, bool compared);
bool endpoints_compares(enum endpoint_column column);
/* What a COLUMN_VS_... shows: the change against the earlier run, 0.1 being a tenth more (for
 * COLUMN_VS_FAIL the failed share now less that of then); NAN when one of both is not known. */
double endpoints_change(const struct frame *frame, const struct frame_row *row, bool whole,
			enum endpoint_column column);
/* The latency a row shows: response time in open runs, service time in closed ones; the window
 * when asked for and there is something in it. */
const struct frame_latency *endpoints_latency(const struct frame *frame,
					      const struct frame_row *row, bool whole);
/* Slow requests must not look like silence: the oldest in flight is called old when it is beyond one
 * second and four times the 99th percentile. */
bool endpoints_is_old(const struct frame *frame, const struct frame_row *row);
/* Fill `order` (room for frame->row_count) with the indices of the rows to show; returns how many. */
size_t endpoints_sort(const struct frame *frame, const struct endpoint_order *by, size_t *order);
/* The row's method and name contain the text, ASCII case ignored. */
bool endpoints_match(const struct frame_row *row, const char *filter);

#endif
