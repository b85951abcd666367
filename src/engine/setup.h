/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_SETUP_H
#define THRONG_ENGINE_SETUP_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/actor.h"
#include "engine/timers.h"
#include "scenario/scenario.h"

struct env;

/* What is done once for the whole run, by the first engine: waiting until the target is healthy,
 * the setup steps before the users, the teardown steps after them. One actor does all of it, so
 * that the teardown knows what the setup has extracted. Owned by the engine's thread. */
struct setup {
	struct actor actor; /* first */
	struct env *env;
	struct step health; /* the scenario's health check as a step */
	char method[4];
	struct timer timer; /* next attempt */
	uint64_t deadline_ns;
	bool checking; /* the health, before the steps */
	bool once;     /* the health alone, and one attempt */
	const struct step *steps;
	size_t count, next;
	bool teardown;
	bool working; /* finished will be called */
	/* ok: everything went well; else what failed last. */
	void (*finished)(void *arg, bool ok, enum failure_kind kind, unsigned status);
	void *arg;
};

/* Fill in finished and arg afterwards. */
void setup_init(struct setup *setup, struct env *env);
void setup_fini(struct setup *setup);
/* Wait for the target's health, then run the setup steps; the first failing one ends it.
 * finished is called from the event loop, or at once when there is nothing to do. */
void setup_begin(struct setup *setup);
/* One attempt at the health check, which the scenario must have, and nothing behind it. */
void setup_begin_health(struct setup *setup);
/* Run the teardown steps, all of them, whatever fails. */
void setup_begin_teardown(struct setup *setup);
/* Cut it off: finished follows, not ok, unless nothing was under way. */
void setup_abort(struct setup *setup);

#endif
