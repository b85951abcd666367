/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_SAMPLES_H
#define THRONG_TESTS_SAMPLES_H

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "message/failure.h"
#include "message/sample.h"
#include "scenario/scenario.h"

/* A scenario with names only, and samples for it: for tests of what lies behind the sample ring. */

#define SEC 1000000000ULL
#define MS  1000000ULL

static inline struct scenario *scene_new(unsigned endpoints, unsigned classes, bool open)
{
	struct scenario *scenario = mem_new(sizeof(*scenario));

	scenario->name = mem_strdup("scene");
	scenario->description = mem_strdup("");
	scenario->file = mem_strdup("scene.json");
	scenario->target.text = mem_strdup("http://localhost:8000");
	scenario->endpoint_count = endpoints;
	scenario->endpoints = mem_array(endpoints, sizeof(*scenario->endpoints));
	for (unsigned i = 0; i < endpoints; i++) {
		scenario->endpoints[i].method = mem_strdup(i % 2 == 0 ? "GET" : "POST");
		scenario->endpoints[i].name = mem_printf("/endpoint/%04u", i);
	}
	scenario->class_count = classes;
	scenario->classes = mem_array(classes, sizeof(*scenario->classes));
	for (unsigned i = 0; i < classes; i++) {
		scenario->classes[i].name = mem_printf("Class%u", i);
		scenario->classes[i].weight = 1;
	}
	scenario->load.open = open;
	scenario->load.users = 100;
	scenario->load.max_users = 200;
	return scenario;
}

static inline void scene_free(struct scenario *scenario)
{
	for (unsigned i = 0; i < scenario->endpoint_count; i++) {
		free(scenario->endpoints[i].method);
		free(scenario->endpoints[i].name);
	}
	for (unsigned i = 0; i < scenario->class_count; i++)
		free(scenario->classes[i].name);
	free(scenario->endpoints);
	free(scenario->classes);
	free(scenario->target.text);
	free(scenario->name);
	free(scenario->description);
	free(scenario->file);
	free(scenario);
}

static inline struct sample sample_ok(unsigned endpoint, unsigned class_id, uint64_t end_ns,
				      uint64_t us)
{
	struct sample sample = { .type = SAMPLE_REQUEST,
				 .outcome = OUTCOME_OK,
				 .endpoint = (uint16_t)endpoint,
				 .class_id = (uint16_t)class_id,
				 .end_ns = end_ns };

	sample.u.request.start_ns = end_ns - us * 1000;
	sample.u.request.intended_ns = sample.u.request.start_ns;
	sample.u.request.bytes_in = 100;
	sample.u.request.bytes_out = 50;
	sample.u.request.body_bytes = 12;
	sample.u.request.status = 200;
	return sample;
}

static inline struct sample sample_failed(unsigned endpoint, unsigned class_id, uint64_t end_ns,
					  uint64_t us, enum failure_kind kind, unsigned status,
					  int detail)
{
	struct sample sample = sample_ok(endpoint, class_id, end_ns, us);

	sample.outcome = OUTCOME_FAILED;
	sample.kind = (uint8_t)kind;
	sample.u.request.status = (uint16_t)status;
	sample.u.request.detail = detail;
	return sample;
}

static inline struct sample sample_status(unsigned engine, uint64_t at_ns, enum run_state state,
					  uint32_t live)
{
	struct sample sample = { .type = SAMPLE_STATUS,
				 .kind = (uint8_t)state,
				 .engine = (uint8_t)engine,
				 .class_id = SAMPLE_ALL,
				 .end_ns = at_ns };

	sample.u.status.live = live;
	return sample;
}

static inline struct sample sample_class(unsigned engine, uint64_t at_ns, unsigned class_id,
					 uint32_t live, uint32_t target)
{
	struct sample sample = { .type = SAMPLE_CLASS,
				 .engine = (uint8_t)engine,
				 .class_id = (uint16_t)class_id,
				 .end_ns = at_ns };

	sample.u.users.live = live;
	sample.u.users.target = target;
	return sample;
}

static inline struct sample sample_event(unsigned engine, uint64_t at_ns, enum sample_event event,
					 int64_t a, int64_t b)
{
	struct sample sample = { .type = SAMPLE_EVENT,
				 .kind = (uint8_t)event,
				 .engine = (uint8_t)engine,
				 .class_id = SAMPLE_ALL,
				 .end_ns = at_ns };

	sample.u.event.a = a;
	sample.u.event.b = b;
	return sample;
}

#endif
