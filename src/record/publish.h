/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_PUBLISH_H
#define THRONG_RECORD_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

struct frame;
struct run;
struct scenario;

/* From a run to frames: everything on screen, copied once. Recorder thread. */
struct publisher;

/* next_scenario: NULL or "": none follows. stop_timeout_ns: how long a drain may take; 0: unknown. */
struct publisher *publisher_new(const struct scenario *scenario, const char *next_scenario,
				uint64_t stop_timeout_ns);
void publisher_free(struct publisher *publisher); /* NULL is fine */
/* COMMAND_SAVE_SCENARIO: its answer comes in the frames that follow. */
void publisher_save_scenario(struct publisher *publisher, struct run *run, uint64_t now_ns,
			     const char *file);
/* The run as it stands; the caller owns the frame. problem: what the result files suffer from, ""
 * when nothing; table: Locust's console table, "" when not due. */
struct frame *publisher_frame(struct publisher *publisher, struct run *run, uint64_t now_ns,
			      const char *problem, const char *table);

#endif
