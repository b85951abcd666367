/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_BASELINE_H
#define THRONG_RECORD_BASELINE_H

#include <stdint.h>

#include <jansson.h>

struct error;
struct frame_earlier;
struct scenario;

/* An earlier run to compare with: its figures over its whole length, for the total and for every
 * endpoint of the scenario that was there already (same method and name). Immutable once loaded. */
struct baseline;

/* Read and check a JSON result (--json). 0, or negative errno with err->text saying what is wrong:
 * unreadable, no result, or the result of something else (no endpoint in common). The scenario is
 * borrowed. Caller frees with baseline_free. Main thread. */
int baseline_load(struct baseline **out, const char *file, const struct scenario *scenario,
		  struct error *err) __attribute__((warn_unused_result));
/* The same from a parsed result, of which a reference is taken; `name` stands for the file. */
int baseline_parse(struct baseline **out, json_t *result, const char *name,
		   const struct scenario *scenario, struct error *err)
	__attribute__((warn_unused_result));
void baseline_free(struct baseline *baseline); /* NULL is fine */
/* Cleaned: "Concurrent deployments, 2026-02-03 10:00". */
const char *baseline_name(const struct baseline *baseline);
/* Of an endpoint (NULL: it was not there) or SAMPLE_ALL: the total. */
const struct frame_earlier *baseline_row(const struct baseline *baseline, unsigned endpoint);
/* The "baseline" member of a result: what it is, its totals and all its endpoints. A new reference. */
json_t *baseline_json(const struct baseline *baseline);

#endif
