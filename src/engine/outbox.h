/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_OUTBOX_H
#define THRONG_ENGINE_OUTBOX_H

#include <stddef.h>
#include <stdint.h>

#include "message/sample.h"

struct ring;

/* The engine's end of the sample ring. A full ring makes the caller wait; nothing is dropped. */
struct outbox {
	struct ring *ring; /* borrowed */
	uint8_t engine;
	uint32_t waits;     /* times the ring was found full */
	size_t unannounced; /* sent since the reader was last woken */
};

/* Send one sample; its `engine` is filled in. Wakes the reader when a good part of the ring is
 * full, so that a sleeping reader costs no system call per request. */
void outbox_push(struct outbox *outbox, struct sample *sample);
/* Wake the reader: what was sent is complete for now. */
void outbox_flush(struct outbox *outbox);
/* An event of the whole run: class_id or SAMPLE_ALL. */
void outbox_event(struct outbox *outbox, enum sample_event event, uint16_t class_id,
		  uint64_t now_ns, int64_t a, int64_t b);

#endif
