/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/evidence.h"

#include <stdlib.h>

#include "base/mem.h"
#include "message/sample.h"
#include "record/breaks.h"
#include "record/curve.h"
#include "record/findings.h"
#include "record/stats.h"
#include "record/stretch.h"
#include "record/watch.h"
#include "scenario/scenario.h"

#define EVERY_SECONDS 5

struct evidence {
	const struct scenario *scenario;
	const struct series *series;
	struct curve *curve;
	struct stretch *stretch;
	struct watch *watch;
	struct findings *findings;
	unsigned age; /* seconds since findings were made */
	bool bends;
	struct break_latency bend;
};

struct evidence *evidence_new(const struct scenario *scenario, const struct series *series)
{
	struct evidence *evidence = mem_new(sizeof(*evidence));
	const struct load *load = &scenario->load;

	evidence->scenario = scenario;
	evidence->series = series;
	evidence->curve = curve_new(load->open ? load->rate : load->users);
	evidence->stretch = stretch_new(scenario);
	evidence->watch = watch_new();
	evidence->findings = findings_new();
	return evidence;
}

void evidence_free(struct evidence *evidence)
{
	if (evidence == NULL)
		return;
	curve_free(evidence->curve);
	stretch_free(evidence->stretch);
	watch_free(evidence->watch);
	findings_free(evidence->findings);
	free(evidence);
}

void evidence_request(struct evidence *evidence, const struct sample *sample, uint64_t intended_ns,
		      uint64_t end_ns)
{
	stretch_add(evidence->stretch, sample->class_id, end_ns, sample_service_us(sample));
	curve_add(evidence->curve, intended_ns, end_ns, sample_response_us(sample),
		  sample->outcome == OUTCOME_FAILED);
}

void evidence_reading(struct evidence *evidence, const struct reading *reading, uint64_t at_ns,
		      bool started)
{
	watch_reading(evidence->watch, reading, at_ns, started);
}

void evidence_load(struct evidence *evidence, uint64_t at_ns, double load, double in_flight)
{
	stretch_in_flight(evidence->stretch, in_flight);
	curve_load(evidence->curve, at_ns, load);
	watch_load(evidence->watch, at_ns, load);
}

void evidence_second(struct evidence *evidence, uint64_t at_ns, double load, double p50_us,
		     double p95_us, bool constant)
{
	stretch_second(evidence->stretch, at_ns, load, p50_us, p95_us, constant);
}

const struct break_latency *evidence_bend(const struct evidence *evidence)
{
	return evidence->bends ? &evidence->bend : NULL;
}

void evidence_update(struct evidence *evidence, unsigned seconds, bool now)
{
	evidence->age += seconds;
	if (!now && evidence->age < EVERY_SECONDS)
		return;
	evidence->age = 0;
	evidence->bends = breaks_latency(evidence->curve, &evidence->bend);
	findings_update(evidence->findings,
			&(struct findings_input){ .scenario = evidence->scenario,
						  .curve = evidence->curve,
						  .bend = evidence_bend(evidence),
						  .stretch = evidence->stretch,
						  .series = evidence->series,
						  .watch = evidence->watch });
}

const struct findings *evidence_findings(const struct evidence *evidence)
{
	return evidence->findings;
}
