/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_DETAIL_H
#define THRONG_RECORD_DETAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/frame.h"

struct sample;

/* What is kept of every endpoint beyond its totals: status codes, sizes of answers, and a time series
 * of its own, so that an endpoint looked at late shows all of its past. Memory is bounded whatever the
 * length of the run, and taken with an endpoint's first request:
 *
 * endpoints    recent points   points of the whole run   per endpoint at most (50 rows in use)
 * up to 100         600                  600                     160 KB
 * up to 1,000       600                  240                      75 KB
 * more               60                   60                      20 KB
 *
 * A request belongs to the second it ended in. Percentiles are of response times, from 16 rows to an
 * octave: within 3.2 %; whole-run points come from counts that add up when points merge, never from
 * averaged percentiles. Recorder thread. */
struct detail;

struct detail *detail_new(size_t endpoints);
void detail_free(struct detail *detail); /* NULL is fine */
/* The run begins at this instant (monotonic): second 0. */
void detail_start(struct detail *detail, uint64_t start_ns);
/* Forget status codes and sizes (statistics are reset); the series goes on. */
void detail_reset(struct detail *detail);
/* Count a REQUEST that was not aborted. Cost: about 5 ns. */
void detail_add(struct detail *detail, const struct sample *sample, uint64_t response_us);
/* Samples of this endpoint will be added soon, if there is such: have its memory fetched meanwhile. */
void detail_expect(const struct detail *detail, size_t endpoint);
/* The next second of the run is over. What comes late is counted in the oldest open second. */
void detail_second(struct detail *detail);

/* endpoint: its index, or SAMPLE_ALL for all of them. */
struct detail_answers {
	struct frame_status statuses[FRAME_STATUSES + 1]; /* by falling count */
	size_t status_count;
	uint64_t answers, min_bytes, max_bytes; /* bodies as received; answers 0: none */
	double mean_bytes;
};
void detail_answers(const struct detail *detail, unsigned endpoint, struct detail_answers *out);
/* Series of one endpoint (not SAMPLE_ALL) into memory of the frame. */
void detail_series(const struct detail *detail, unsigned endpoint, struct frame *frame,
		   struct frame_series *recent, struct frame_series *whole);
/* Bytes it takes now. */
size_t detail_memory(const struct detail *detail);

#endif
