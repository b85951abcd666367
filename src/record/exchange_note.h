/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_EXCHANGE_NOTE_H
#define THRONG_RECORD_EXCHANGE_NOTE_H

#include <stdint.h>

struct example;
struct exchange;
struct scenario;

/* From what an engine captured to what people may see: content coding undone, secrets masked, text
 * cleaned, the command line written. The place where secrets end. Recorder thread. */
struct exchange_notes;

/* Aborts when out of memory. Reads the environment (values of {{env NAME}} whose name says
 * "secret"): main thread. Caller frees with exchange_notes_free. */
struct exchange_notes *exchange_notes_new(const struct scenario *scenario);
void exchange_notes_free(struct exchange_notes *notes); /* NULL is fine */
/* start_ns: monotonic start of the load, 0: not yet; wall_ns: the wall clock at the exchange's end.
 * Caller owns the reference. */
const struct example *exchange_note(struct exchange_notes *notes, const struct exchange *exchange,
				    uint64_t start_ns, uint64_t wall_ns)
	__attribute__((warn_unused_result));

#endif
