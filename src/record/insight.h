/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_INSIGHT_H
#define THRONG_RECORD_INSIGHT_H

#include <stddef.h>
#include <stdint.h>

struct detail;
struct exchange;
struct exchanges;
struct heat;
struct levels;
struct record_view;
struct sample;
struct scenario;
struct series_second;

/* What is kept of a run to be looked into rather than judged: each endpoint's detail (detail.h), the
 * heat map (heat.h), the table of levels (levels.h) and failing exchanges (exchanges.h). Heat map and
 * levels are made from a second's histogram as the series closes it. Read the members; change them through these functions only.
 * Recorder thread. */
struct insight {
	struct detail *detail;
	struct heat *heat;
	struct levels *levels;
	struct exchanges *exchanges;
	size_t endpoint_count;
	int focus; /* endpoint whose detail is asked for; SAMPLE_ALL: of all; -1: none */
};

void insight_init(struct insight *insight, const struct scenario *scenario);
void insight_fini(struct insight *insight);
/* The run begins: forget everything. */
void insight_start(struct insight *insight, uint64_t start_ns);
/* The series has closed this second: its endpoints' requests have been added to the detail. */
void insight_second(struct insight *insight, const struct series_second *second);
/* Statistics are reset: what adds up over the run counts anew; what lies over time goes on. */
void insight_reset(struct insight *insight);
/* A failing exchange; the caller keeps it. offset_ns: the wall clock minus the monotonic one, modulo
 * 2^64. */
void insight_exchange(struct insight *insight, const struct exchange *exchange,
		      const struct record_view *view, uint64_t offset_ns);
/* value of COMMAND_FOCUS; no endpoint of that number: none. */
void insight_focus(struct insight *insight, double value);

#endif
