/* SPDX-License-Identifier: MIT */
/* Two seconds are open at a time (engines report within one of each other; what a stalled one reports
 * later goes to the older). When a second closes, it becomes a point of the recent ring and is added to
 * the last step of the whole run. Steps are packed: a count and its row in 32 bits, for the rows that
 * have one.
 *
 * Invariant: over an endpoint's open seconds and steps, the requests add up to those that were added.
 * Cost: a request touches its endpoint's head and one counter; a second costs half a microsecond for
 * each endpoint that had requests in it. */
#include "config.h"

#include "record/detail.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "message/sample.h"
#include "record/logscale.h"

#define BITS       4
#define ROWS       464
#define OPEN       2
#define ROW_SHIFT  23
#define COUNT_MAX  ((1u << ROW_SHIFT) - 1)
#define POINT_SIZE 5
#define CACHE_LINE 64

static_assert(ROWS == LOGSCALE_ROWS(BITS), "every latency has a row");
static_assert(ROWS <= 1u << (32 - ROW_SHIFT), "a row fits beside its count");

struct slot { /* an open second */
	uint32_t requests, failures;
	uint16_t low, high; /* rows in use; high < low: none */
};

struct packed { /* a step of the whole run */
	uint64_t requests, failures;
	uint32_t count;
	uint32_t entries[]; /* row << ROW_SHIFT | count, by rising row; large counts in several */
};

struct status {
	uint16_t status;
	uint64_t count, failed;
};

struct cell {                    /* what every request touches stands together at the top */
	struct slot slots[OPEN]; /* second s at s % OPEN */
	uint64_t answers, bytes;
	uint32_t min_bytes, max_bytes;
	uint32_t status_count;
	struct status statuses[FRAME_STATUSES + 1]; /* the last one: the rest */
	uint32_t rows[OPEN][ROWS];                  /* of the slots */
	float (*recent)[POINT_SIZE];                /* without requests: all 0 */
	struct packed **steps;                      /* NULL: no request */
};

struct detail {
	size_t endpoints;
	size_t recent_max, step_max;
	uint64_t start_ns;
	uint64_t first_open; /* second number */
	uint32_t step_seconds;
	size_t step_count;
	struct cell **cells;    /* NULL until the first request */
	uint64_t scratch[ROWS]; /* all 0 between calls */
};

static const enum series_metric metrics[POINT_SIZE] = { SERIES_RPS, SERIES_FAIL_RPS, SERIES_P50_US,
							SERIES_P95_US, SERIES_P99_US };
static const double quantiles[] = { 0.5, 0.95, 0.99 };

struct detail *detail_new(size_t endpoints)
{
	struct detail *detail = mem_new(sizeof(*detail));

	detail->endpoints = endpoints;
	detail->recent_max = endpoints <= 1000 ? 600 : 60;
	detail->step_max = endpoints <= 100 ? 600 : endpoints <= 1000 ? 240 : 60;
	detail->step_seconds = 1;
	detail->cells = mem_array(endpoints, sizeof(struct cell *));
	return detail;
}

static void cell_free(const struct detail *detail, struct cell *cell)
{
	if (cell == NULL)
		return;
	for (size_t i = 0; i < detail->step_max; i++)
		free(cell->steps[i]);
	free(cell->steps);
	free(cell->recent);
	free(cell);
}

void detail_free(struct detail *detail)
{
	if (detail == NULL)
		return;
	for (size_t i = 0; i < detail->endpoints; i++)
		cell_free(detail, detail->cells[i]);
	free(detail->cells);
	free(detail);
}

void detail_start(struct detail *detail, uint64_t start_ns)
{
	for (size_t i = 0; i < detail->endpoints; i++) {
		cell_free(detail, detail->cells[i]);
		detail->cells[i] = NULL;
	}
	detail->start_ns = start_ns;
	detail->first_open = 0;
	detail->step_seconds = 1;
	detail->step_count = 0;
}

void detail_reset(struct detail *detail)
{
	for (size_t i = 0; i < detail->endpoints; i++) {
		struct cell *cell = detail->cells[i];
		if (cell == NULL)
			continue;
		memset(cell->statuses, 0, sizeof(cell->statuses));
		cell->status_count = 0;
		cell->answers = cell->bytes = cell->min_bytes = cell->max_bytes = 0;
	}
}

static void set_empty(float *point)
{
	point[0] = point[1] = 0;
	point[2] = point[3] = point[4] = (float)FRAME_GAP;
}

static struct cell *cell_new(const struct detail *detail)
{
	struct cell *cell = mem_new(sizeof(*cell));

	for (unsigned i = 0; i < OPEN; i++)
		cell->slots[i].low = ROWS;
	cell->recent = mem_array(detail->recent_max, sizeof(*cell->recent));
	cell->steps = mem_array(detail->step_max, sizeof(struct packed *));
	return cell;
}

/* Adding */

static struct status *status_of(struct cell *cell, uint16_t code)
{
	unsigned n = cell->status_count;

	for (unsigned i = 0; i < n; i++)
		if (cell->statuses[i].status == code)
			return &cell->statuses[i];
	if (n < FRAME_STATUSES) {
		cell->statuses[n].status = code;
		cell->status_count++;
		return &cell->statuses[n];
	}
	cell->statuses[FRAME_STATUSES].status = FRAME_STATUS_OTHER;
	return &cell->statuses[FRAME_STATUSES];
}

static void add_answer(struct cell *cell, uint32_t bytes)
{
	if (cell->answers == 0 || bytes < cell->min_bytes)
		cell->min_bytes = bytes;
	if (bytes > cell->max_bytes)
		cell->max_bytes = bytes;
	cell->answers++;
	cell->bytes += bytes;
}

static unsigned slot_of(const struct detail *detail, uint64_t end_ns)
{
	uint64_t number =
		end_ns > detail->start_ns ? (end_ns - detail->start_ns) / CLOCK_NS_PER_SEC : 0;

	if (number < detail->first_open)
		number = detail->first_open;
	if (number >= detail->first_open + OPEN)
		number = detail->first_open + OPEN - 1;
	return number % OPEN;
}

void detail_add(struct detail *detail, const struct sample *sample, uint64_t response_us)
{
	struct cell *cell = detail->cells[sample->endpoint];
	bool failed = sample->outcome == OUTCOME_FAILED;

	if (cell == NULL)
		cell = detail->cells[sample->endpoint] = cell_new(detail);
	struct status *status = status_of(cell, sample->u.request.status);
	status->count++;
	status->failed += failed;
	if (sample->u.request.status != SAMPLE_NO_STATUS)
		add_answer(cell, sample->u.request.body_bytes);
	unsigned open = slot_of(detail, sample->end_ns), row = logscale_row(BITS, response_us);
	struct slot *slot = &cell->slots[open];
	slot->requests++;
	slot->failures += failed;
	if (row < slot->low)
		slot->low = (uint16_t)row;
	if (row > slot->high)
		slot->high = (uint16_t)row;
	cell->rows[open][row]++;
}

void detail_expect(const struct detail *detail, size_t endpoint)
{
	const char *cell =
		endpoint < detail->endpoints ? (const char *)detail->cells[endpoint] : NULL;

	for (size_t at = 0; cell != NULL && at < offsetof(struct cell, rows); at += CACHE_LINE)
		__builtin_prefetch(cell + at, 1);
}

/* Points */

/* The middle of the row in which the quantile lies. */
static void row_quantiles(const uint64_t rows[ROWS], unsigned row, uint64_t requests, float *out)
{
	uint64_t seen = 0;

	for (unsigned i = 0; i < 3; i++) {
		uint64_t rank = (uint64_t)(quantiles[i] * (double)requests + 0.9999999);
		if (rank == 0)
			rank = 1;
		while (row < ROWS - 1 && seen + rows[row] < rank)
			seen += rows[row++];
		out[i] = ((float)logscale_low(BITS, row) +
			  (float)(logscale_low(BITS, row + 1) - 1)) /
			 2;
	}
}

/* Rows before low are 0. */
static void make_point(const uint64_t rows[ROWS], unsigned low, uint64_t requests,
		       uint64_t failures, double seconds, float *point)
{
	set_empty(point);
	if (requests == 0)
		return;
	point[0] = (float)((double)requests / seconds);
	point[1] = (float)((double)failures / seconds);
	row_quantiles(rows, low, requests, point + 2);
}

static void unpack(const struct packed *packed, uint64_t rows[ROWS])
{
	for (uint32_t i = 0; packed != NULL && i < packed->count; i++)
		rows[packed->entries[i] >> ROW_SHIFT] += packed->entries[i] & COUNT_MAX;
}

/* Rows outside low .. high are 0. */
static struct packed *pack(const uint64_t rows[ROWS], unsigned low, unsigned high,
			   uint64_t requests, uint64_t failures)
{
	struct packed *packed;
	size_t entries = 0;

	for (unsigned row = low; row <= high; row++)
		entries += rows[row] == 0 ? 0 : 1 + (rows[row] - 1) / COUNT_MAX;
	packed = mem_new(sizeof(*packed) + entries * sizeof(uint32_t));
	packed->requests = requests;
	packed->failures = failures;
	for (unsigned row = low; row <= high; row++) {
		for (uint64_t left = rows[row]; left > 0;) {
			uint32_t part = left > COUNT_MAX ? COUNT_MAX : (uint32_t)left;
			packed->entries[packed->count++] = row << ROW_SHIFT | part;
			left -= part;
		}
	}
	return packed;
}

/* Seconds */

static void merge_steps(struct detail *detail, struct packed **into, struct packed *from)
{
	struct packed *first = *into;

	if (from == NULL)
		return;
	if (first == NULL) {
		*into = from;
		return;
	}
	unpack(first, detail->scratch);
	unpack(from, detail->scratch);
	*into = pack(detail->scratch, 0, ROWS - 1, first->requests + from->requests,
		     first->failures + from->failures);
	memset(detail->scratch, 0, sizeof(detail->scratch));
	free(first);
	free(from);
}

static void halve(struct detail *detail)
{
	for (size_t e = 0; e < detail->endpoints; e++) {
		struct cell *cell = detail->cells[e];
		for (size_t i = 0; cell != NULL && i < detail->step_max / 2; i++) {
			struct packed *first = cell->steps[2 * i];
			merge_steps(detail, &first, cell->steps[2 * i + 1]);
			cell->steps[2 * i] = cell->steps[2 * i + 1] = NULL;
			cell->steps[i] = first;
		}
	}
	detail->step_count = detail->step_max / 2;
	detail->step_seconds *= 2;
}

static void close_slot(struct detail *detail, struct cell *cell)
{
	unsigned open = detail->first_open % OPEN;
	struct slot *slot = &cell->slots[open];
	uint32_t *rows = cell->rows[open];
	float *point = cell->recent[detail->first_open % detail->recent_max];
	struct packed **step = &cell->steps[detail->step_count - 1];

	memset(point, 0, sizeof(cell->recent[0]));
	if (slot->requests == 0)
		return;
	unsigned low = slot->low, high = slot->high;
	for (unsigned row = low; row <= high; row++)
		detail->scratch[row] = rows[row];
	make_point(detail->scratch, low, slot->requests, slot->failures, 1, point);
	memset(rows + low, 0, (high - low + 1) * sizeof(*rows));
	struct packed *before = *step;
	if (before != NULL) {
		unsigned first = before->entries[0] >> ROW_SHIFT;
		unsigned last = before->entries[before->count - 1] >> ROW_SHIFT;
		low = first < low ? first : low;
		high = last > high ? last : high;
		unpack(before, detail->scratch);
	}
	*step = pack(detail->scratch, low, high,
		     slot->requests + (before != NULL ? before->requests : 0),
		     slot->failures + (before != NULL ? before->failures : 0));
	memset(detail->scratch + low, 0, (high - low + 1) * sizeof(detail->scratch[0]));
	free(before);
	*slot = (struct slot){ .low = ROWS };
}

void detail_second(struct detail *detail)
{
	if (detail->first_open % detail->step_seconds == 0) {
		if (detail->step_count == detail->step_max)
			halve(detail);
		detail->step_count++;
	}
	for (size_t e = 0; e < detail->endpoints; e++)
		if (detail->cells[e] != NULL)
			close_slot(detail, detail->cells[e]);
	detail->first_open++;
}

/* Reading */

static int by_falling_count(const void *a, const void *b)
{
	const struct frame_status *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return x->status < y->status ? -1 : x->status > y->status;
}

static void take_status(struct detail_answers *out, const struct status *from)
{
	size_t i = 0;

	if (from->count == 0)
		return;
	while (i < out->status_count && out->statuses[i].status != from->status)
		i++;
	/* the last place is for the rest */
	if (i == out->status_count && i >= FRAME_STATUSES && from->status != FRAME_STATUS_OTHER) {
		const struct status rest = { FRAME_STATUS_OTHER, from->count, from->failed };
		take_status(out, &rest);
		return;
	}
	if (i == out->status_count) {
		if (i > FRAME_STATUSES)
			return;
		out->statuses[out->status_count++] =
			(struct frame_status){ .status = from->status };
	}
	out->statuses[i].count += from->count;
	out->statuses[i].failed += from->failed;
}

static void take_cell(struct detail_answers *out, const struct cell *cell)
{
	for (unsigned i = 0; i < cell->status_count; i++)
		take_status(out, &cell->statuses[i]);
	take_status(out, &cell->statuses[FRAME_STATUSES]);
	if (cell->answers == 0)
		return;
	if (out->answers == 0 || cell->min_bytes < out->min_bytes)
		out->min_bytes = cell->min_bytes;
	if (cell->max_bytes > out->max_bytes)
		out->max_bytes = cell->max_bytes;
	out->answers += cell->answers;
	out->mean_bytes += (double)cell->bytes; /* the sum, until all are taken */
}

void detail_answers(const struct detail *detail, unsigned endpoint, struct detail_answers *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t e = 0; e < detail->endpoints; e++)
		if (detail->cells[e] != NULL && (endpoint == SAMPLE_ALL || e == endpoint))
			take_cell(out, detail->cells[e]);
	if (out->answers > 0)
		out->mean_bytes /= (double)out->answers;
	qsort(out->statuses, out->status_count, sizeof(out->statuses[0]), by_falling_count);
}

static void series_alloc(struct frame *frame, struct frame_series *series, uint64_t start_ns,
			 uint64_t step_ns, size_t count)
{
	float *gaps = frame_alloc(frame, count, sizeof(float));

	*series = (struct frame_series){ .start_ns = start_ns, .step_ns = step_ns, .count = count };
	for (size_t i = 0; i < count; i++)
		gaps[i] = (float)FRAME_GAP;
	for (unsigned m = 0; m < SERIES_METRICS; m++)
		series->values[m] = gaps;
	for (unsigned m = 0; m < POINT_SIZE; m++)
		series->values[metrics[m]] = frame_alloc(frame, count, sizeof(float));
}

static void set_point(struct frame_series *series, size_t i, const float *point)
{
	for (unsigned m = 0; m < POINT_SIZE; m++)
		series->values[metrics[m]][i] = point[m];
}

void detail_series(const struct detail *detail, unsigned endpoint, struct frame *frame,
		   struct frame_series *recent, struct frame_series *whole)
{
	const struct cell *cell = detail->cells[endpoint];
	size_t seconds = detail->first_open < detail->recent_max ? (size_t)detail->first_open
								 : detail->recent_max;
	uint64_t first = detail->first_open - seconds;
	uint64_t rows[ROWS];
	float point[POINT_SIZE];

	series_alloc(frame, recent, first * CLOCK_NS_PER_SEC, CLOCK_NS_PER_SEC, seconds);
	set_empty(point);
	for (size_t i = 0; i < seconds; i++) {
		const float *at =
			cell == NULL ? point : cell->recent[(first + i) % detail->recent_max];
		set_point(recent, i, at[0] > 0 ? at : point);
	}
	series_alloc(frame, whole, 0, detail->step_seconds * CLOCK_NS_PER_SEC, detail->step_count);
	for (size_t i = 0; i < detail->step_count; i++) {
		const struct packed *step = cell == NULL ? NULL : cell->steps[i];
		uint64_t left = detail->first_open - i * detail->step_seconds;
		set_empty(point);
		if (step != NULL) {
			memset(rows, 0, sizeof(rows));
			unpack(step, rows);
			make_point(rows, 0, step->requests, step->failures,
				   left < detail->step_seconds ? (double)left
							       : detail->step_seconds,
				   point);
		}
		set_point(whole, i, point);
	}
}

size_t detail_memory(const struct detail *detail)
{
	size_t bytes = sizeof(*detail) + detail->endpoints * sizeof(struct cell *);

	for (size_t e = 0; e < detail->endpoints; e++) {
		const struct cell *cell = detail->cells[e];
		if (cell == NULL)
			continue;
		bytes += sizeof(*cell) + detail->recent_max * sizeof(*cell->recent) +
			 detail->step_max * sizeof(struct packed *);
		for (size_t i = 0; i < detail->step_max; i++)
			if (cell->steps[i] != NULL)
				bytes += sizeof(struct packed) +
					 cell->steps[i]->count * sizeof(uint32_t);
	}
	return bytes;
}
