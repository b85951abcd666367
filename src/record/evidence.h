/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_EVIDENCE_H
#define THRONG_RECORD_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

struct break_latency;
struct findings;
struct reading;
struct sample;
struct scenario;
struct series;

/* What findings need beyond the series, gathered while the run goes on: figures by load (curve.h)
 * and over constant load (stretch.h), what the panels read (watch.h); and the findings made from it every few seconds. Instants
 * are since the run's start. Recorder thread. */
struct evidence;

/* series: borrowed. */
struct evidence *evidence_new(const struct scenario *scenario, const struct series *series);
void evidence_free(struct evidence *evidence); /* NULL is fine */
/* A request that was not aborted. */
void evidence_request(struct evidence *evidence, const struct sample *sample, uint64_t intended_ns,
		      uint64_t end_ns);
/* What a panel read; at_ns counts from the run's start, before it (started false) it is 0. */
void evidence_reading(struct evidence *evidence, const struct reading *reading, uint64_t at_ns,
		      bool started);
/* How the run stands: load is users, in open runs the arrival rate wanted. */
void evidence_load(struct evidence *evidence, uint64_t at_ns, double load, double in_flight);
/* A second was closed; p50, p95: negative without requests. */
void evidence_second(struct evidence *evidence, uint64_t at_ns, double load, double p50_us,
		     double p95_us, bool constant);
/* Make the findings anew if some seconds have passed since the last time, or `now` it must be. */
void evidence_update(struct evidence *evidence, unsigned seconds, bool now);
/* Where response times bend as the load climbs, as of the last findings; NULL: nowhere. */
const struct break_latency *evidence_bend(const struct evidence *evidence);
const struct findings *evidence_findings(const struct evidence *evidence);

#endif
