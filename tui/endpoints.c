/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/endpoints.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "message/frame.h"

/* clang-format off */
static const struct table_column columns[ENDPOINT_COLUMNS] = {
	[COLUMN_METHOD]    = { "METHOD",  6, false, 2, false },
	[COLUMN_NAME]      = { "NAME",   14, false, 0, true },
	[COLUMN_REQUESTS]  = { "REQS",    7, true,  3, false },
	[COLUMN_FAILURES]  = { "FAILS",   6, true,  1, false },
	[COLUMN_FAIL_PCT]  = { "FAIL %",  6, true,  8, false },
	[COLUMN_RPS]       = { "REQ/S",   6, true,  0, false },
	[COLUMN_MEAN]      = { "MEAN",    5, true,  9, false },
	[COLUMN_P50]       = { "P50",     5, true,  4, false },
	[COLUMN_P90]       = { "P90",     5, true, 10, false },
	[COLUMN_P95]       = { "P95",     5, true,  6, false },
	[COLUMN_P99]       = { "P99",     5, true,  0, false },
	[COLUMN_P999]      = { "P99.9",   5, true,  9, false },
	[COLUMN_MAX]       = { "MAX",     5, true,  5, false },
	[COLUMN_IN_FLIGHT] = { "FLY",     5, true,  7, false },
	[COLUMN_OLDEST]    = { "OLDEST",  7, true, 11, false },
	[COLUMN_VS_RPS]    = { "VS R/S",  6, true,  5, false },
	[COLUMN_VS_P50]    = { "VS P50",  6, true,  6, false },
	[COLUMN_VS_P95]    = { "VS P95",  6, true,  2, false },
	[COLUMN_VS_P99]    = { "VS P99",  6, true,  7, false },
	[COLUMN_VS_FAIL]   = { "VS FL%",  6, true,  8, false },
};
/* clang-format on */

static const char *const names[ENDPOINT_COLUMNS] = {
	[COLUMN_NAME] = "name",
	[COLUMN_REQUESTS] = "requests",
	[COLUMN_FAILURES] = "failures",
	[COLUMN_RPS] = "rps",
	[COLUMN_P50] = "p50",
	[COLUMN_P95] = "p95",
	[COLUMN_P99] = "p99",
	[COLUMN_MAX] = "max",
	[COLUMN_IN_FLIGHT] = "in-flight",
	[COLUMN_VS_RPS] = "vs-rps",
	[COLUMN_VS_P95] = "vs-p95",
};

const struct table_column *endpoints_columns(void)
{
	return columns;
}

const char *endpoints_column_name(enum endpoint_column column)
{
	return names[column];
}

enum endpoint_column endpoints_column_find(const char *name)
{
	for (int i = 0; i < ENDPOINT_COLUMNS; i++) {
		if (names[i] != NULL && strcmp(names[i], name) == 0)
			return (enum endpoint_column)i;
	}
	return COLUMN_NAME;
}

bool endpoints_compares(enum endpoint_column column)
{
	return column >= COLUMN_VS_RPS && column < ENDPOINT_COLUMNS;
}

enum endpoint_column endpoints_next_column(enum endpoint_column column, bool compared)
{
	int next = (int)column;

	do {
		next = (next + 1) % ENDPOINT_COLUMNS;
	} while (names[next] == NULL ||
		 (!compared && endpoints_compares((enum endpoint_column)next)));
	return (enum endpoint_column)next;
}

const struct frame_latency *endpoints_latency(const struct frame *frame,
					      const struct frame_row *row, bool whole)
{
	const struct frame_latency *window =
		frame->open ? &row->response_window : &row->service_window;
	const struct frame_latency *total = frame->open ? &row->response : &row->service;

	return whole || window->count == 0 || frame->state == RUN_DONE ? total : window;
}

bool endpoints_is_old(const struct frame *frame, const struct frame_row *row)
{
	const struct frame_latency *latency = endpoints_latency(frame, row, false);

	return row->in_flight > 0 && row->oldest_age_ns > CLOCK_NS_PER_SEC &&
	       row->oldest_age_ns / 4 > latency->p99_us * CLOCK_NS_PER_US;
}

static double change(double now, double then)
{
	return then > 0 ? now / then - 1 : NAN;
}

double endpoints_change(const struct frame *frame, const struct frame_row *row, bool whole,
			enum endpoint_column column)
{
	const struct frame_earlier *then = row->earlier;
	const struct frame_latency *now = endpoints_latency(frame, row, whole);
	bool rates = !whole && frame->state != RUN_DONE && row->rps > 0;

	if (then == NULL || row->requests == 0 || now->count == 0)
		return NAN;
	switch ((int)column) {
	case COLUMN_VS_RPS:
		return change(rates ? row->rps : row->rps_total, then->rps);
	case COLUMN_VS_P50:
		return change((double)now->p50_us,
			      (double)(frame->open ? then->response_p50_us : then->p50_us));
	case COLUMN_VS_P95:
		return change((double)now->p95_us,
			      (double)(frame->open ? then->response_p95_us : then->p95_us));
	case COLUMN_VS_P99:
		return change((double)now->p99_us,
			      (double)(frame->open ? then->response_p99_us : then->p99_us));
	case COLUMN_VS_FAIL:
		return (double)row->failures / (double)row->requests - then->failure_ratio;
	default:
		return NAN;
	}
}

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool contains(const char *text, const char *part)
{
	for (; *text != '\0'; text++) {
		size_t i = 0;

		while (part[i] != '\0' && lower(text[i]) == lower(part[i]))
			i++;
		if (part[i] == '\0')
			return true;
	}
	return part[0] == '\0';
}

bool endpoints_match(const struct frame_row *row, const char *filter)
{
	size_t method = strlen(row->method);

	/* "POST /api" looks for the method and the beginning of the name together */
	if (strncmp(filter, row->method, method) == 0 && filter[method] == ' ' && method > 0)
		return contains(row->name, filter + method + 1);
	return contains(row->name, filter) || contains(row->method, filter);
}

struct sort_key {
	double value;
	const struct frame_row *row;
	size_t index;
};

static double value_of(const struct frame *frame, const struct frame_row *row,
		       const struct endpoint_order *by)
{
	const struct frame_latency *latency = endpoints_latency(frame, row, by->whole);

	switch (by->column) {
	case COLUMN_REQUESTS:
		return (double)row->requests;
	case COLUMN_FAILURES:
	case COLUMN_FAIL_PCT:
		return (double)row->failures;
	case COLUMN_RPS:
		return row->rps;
	case COLUMN_MEAN:
		return latency->mean_us;
	case COLUMN_P50:
		return (double)latency->p50_us;
	case COLUMN_P90:
		return (double)latency->p90_us;
	case COLUMN_P95:
		return (double)latency->p95_us;
	case COLUMN_P99:
		return (double)latency->p99_us;
	case COLUMN_P999:
		return (double)latency->p999_us;
	case COLUMN_MAX:
		return (double)latency->max_us;
	case COLUMN_IN_FLIGHT:
		return row->in_flight;
	case COLUMN_OLDEST:
		return (double)row->oldest_age_ns;
	case COLUMN_VS_RPS:
	case COLUMN_VS_P50:
	case COLUMN_VS_P95:
	case COLUMN_VS_P99:
	case COLUMN_VS_FAIL: /* what cannot be compared comes last */
		return isnan(endpoints_change(frame, row, by->whole, by->column))
			       ? -1e300
			       : endpoints_change(frame, row, by->whole, by->column);
	case COLUMN_METHOD:
	case COLUMN_NAME:
	case ENDPOINT_COLUMNS:
		break;
	}
	return 0;
}

/* Larger values first, then by name and method, so that the order is always the same. */
static int compare(const void *a, const void *b)
{
	const struct sort_key *left = a;
	const struct sort_key *right = b;
	int order;

	if (left->value != right->value)
		return left->value > right->value ? -1 : 1;
	order = strcmp(left->row->name, right->row->name);
	if (order == 0)
		order = strcmp(left->row->method, right->row->method);
	if (order == 0)
		order = left->index < right->index ? -1 : 1;
	return order;
}

size_t endpoints_sort(const struct frame *frame, const struct endpoint_order *by, size_t *order)
{
	struct sort_key *keys = mem_array(frame->row_count + 1, sizeof(*keys));
	size_t count = 0;

	for (size_t i = 0; i < frame->row_count; i++) {
		if (!endpoints_match(&frame->rows[i], by->filter))
			continue;
		keys[count].value = value_of(frame, &frame->rows[i], by);
		if (!isfinite(keys[count].value))
			keys[count].value = 0;
		keys[count].row = &frame->rows[i];
		keys[count].index = i;
		count++;
	}
	qsort(keys, count, sizeof(*keys), compare);
	for (size_t i = 0; i < count; i++)
		order[i] = keys[by->reverse ? count - 1 - i : i].index;
	free(keys);
	return count;
}
