/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_SCENARIO_SAVER_H
#define THRONG_RECORD_SCENARIO_SAVER_H

#include <stdbool.h>
#include <stdint.h>

struct record_view;

/* COMMAND_SAVE_SCENARIO: the load as it was driven so far as a scenario file (driven.h). The text is made
 * at once; a thread of its own writes it, so that a slow disk stops nobody. Recorder thread. */
struct scenario_saver;

struct scenario_saver *scenario_saver_new(void);
/* Waits for a file that is still being written. NULL is fine. */
void scenario_saver_free(struct scenario_saver *saver);
/* Save to `file`, "" for a name made from the scenario's. Nothing while one is being written. */
void scenario_saver_ask(struct scenario_saver *saver, const struct record_view *view,
			const char *file);
/* What came of the last one: "saved as x-driven.json: 12 stages ...", or why not; "" before any. How many
 * answers there were, and whether it went wrong. Valid until the next call. */
const char *scenario_saver_answer(struct scenario_saver *saver, uint32_t *sequence, bool *bad);

#endif
