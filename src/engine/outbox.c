/* SPDX-License-Identifier: MIT */
/* Sending samples. The engine's thread; constant time but for waiting on a full ring. */
#include "config.h"

#include "engine/outbox.h"

#include <time.h>

#include "base/ring.h"

#define WAIT_NS 50000 /* the reader empties thousands of samples in this time */

void outbox_push(struct outbox *outbox, struct sample *sample)
{
	sample->engine = outbox->engine;
	if (!ring_push(outbox->ring, sample)) {
		outbox->waits++;
		do {
			const struct timespec pause = { .tv_nsec = WAIT_NS };
			ring_wake(outbox->ring);
			(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		} while (!ring_push(outbox->ring, sample));
	}
	if (++outbox->unannounced > ring_capacity(outbox->ring) / 8) {
		outbox_flush(outbox);
	}
}

void outbox_flush(struct outbox *outbox)
{
	outbox->unannounced = 0;
	ring_wake(outbox->ring);
}

void outbox_event(struct outbox *outbox, enum sample_event event, uint16_t class_id,
		  uint64_t now_ns, int64_t a, int64_t b)
{
	struct sample sample = {
		.type = SAMPLE_EVENT, .kind = (uint8_t)event, .class_id = class_id, .end_ns = now_ns
	};

	sample.u.event.a = a;
	sample.u.event.b = b;
	outbox_push(outbox, &sample);
	outbox_flush(outbox);
}
