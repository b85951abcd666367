/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_ENGINE_H
#define THRONG_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct exchange_link;
struct ring;
struct scenario;
struct transport_ops;

/* One traffic thread: a libevent loop with its share of the users. Reads commands, writes
 * samples; shares nothing else.
 *
 * Engine 0 leads: it waits for the target's health, runs the setup steps, tells the others the
 * instant the run starts at (and the variables the setup has extracted), and runs the teardown
 * when all have ended. They talk over rings of their own that engine_new lays between them:
 * nobody else relays anything. Make engine 0 first, name it as leader of the others, give every
 * engine the same commands, start the others before or after it. When the setup fails, all end
 * by themselves: each sends SAMPLE_END. An engine that is named by a leader but never started
 * delays the teardown until the stop timeout.
 *
 * The clock of the schedule (ramp, stages, waits, duration) begins at that instant and stands
 * still while paused. */
struct engine;

struct engine_config {
	const struct scenario *scenario; /* borrowed, immutable */
	unsigned index,
		count; /* this engine of how many; owns the users k with k % count == index */
	uint64_t seed;
	struct ring *samples;  /* out: struct sample */
	struct ring *commands; /* in: struct command, from the front end */
	struct ring *
		orders; /* in: struct command, from the recorder (stop by a criterion); NULL: none */
	struct exchange_link *exchanges; /* out: some of the failed requests in full; NULL: none */
	uint64_t stop_timeout_ns; /* drain: how long in-flight requests may take; 0: cut at once */
	bool autostart;           /* leave RUN_IDLE without COMMAND_START */
	const struct transport_ops *transport; /* NULL: chosen by the scenario's http.version */
	struct engine *leader; /* engine 0, for all others; freed after them; NULL for itself */
};

/* 0, or negative errno with err->text. Caller frees with engine_free after engine_join; the
 * leader last. Main thread. */
int engine_new(struct engine **out, const struct engine_config *config, struct error *err)
	__attribute__((warn_unused_result));
/* Start the thread (all signals blocked in it). 0 or negative errno. */
int engine_start(struct engine *engine) __attribute__((warn_unused_result));
/* Wait for its end: it ends by itself after SAMPLE_END. */
void engine_join(struct engine *engine);
void engine_free(struct engine *engine);

/* What the users of a scenario need of this machine and what it gives. */
struct engine_limits {
	unsigned long long connections;
	unsigned long long files_needed, files_allowed; /* allowed 0: not known */
	unsigned ports_there;                           /* 0: not known, or none are used */
};
/* Raises the soft limit on open files to the hard one. Any thread. */
void engine_limits(const struct scenario *scenario, unsigned users, struct engine_limits *out);
/* Raise the soft limit on open files to the hard one and tell whether `users` users fit under it
 * and into the local ports. 0, -EMFILE or -EADDRNOTAVAIL with err->text naming the number and
 * the remedy. Main thread, before engines start. */
int engine_check_files(const struct scenario *scenario, unsigned users, struct error *err)
	__attribute__((warn_unused_result));

#endif
