/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_TRIAL_H
#define THRONG_ENGINE_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "message/sample.h"

struct error;
struct scenario;
struct transport_ops;

/* Looking once, before a run: the health check, and one user of a class going through its on_start
 * steps, by the very code that drives load. Nothing else is sent: no setup step, no task, no
 * on_stop step. Blocking, in whatever thread asks; several trials may be under way in several
 * threads. */
struct trial;

struct trial_config {
	const struct scenario *scenario;       /* borrowed until trial_free */
	const struct transport_ops *transport; /* NULL: as a run would choose */
	uint64_t seed;
	/* Called every 100 ms while something is under way; false: cut it off. NULL: never. */
	bool (*go_on)(void *arg, uint64_t waited_ns);
	void *arg;
};

struct trial_result {
	unsigned steps;     /* that succeeded */
	bool failed;        /* `last` did, and ended it */
	bool aborted;       /* go_on wanted it */
	struct sample last; /* SAMPLE_REQUEST of the last request; all 0 when there was none */
};

/* After curl_global_init. 0, or negative errno with err->text. Caller frees with trial_free. */
int trial_new(struct trial **out, const struct trial_config *config, struct error *err)
	__attribute__((warn_unused_result));
void trial_free(struct trial *trial); /* NULL is fine */
/* One attempt at the scenario's health check, which it must have. */
void trial_health(struct trial *trial, struct trial_result *out);
/* The on_start steps of a class, in order, until one fails. */
void trial_login(struct trial *trial, unsigned class_id, struct trial_result *out);

#endif
