/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_FLIGHTS_H
#define THRONG_ENGINE_FLIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outbox;

/* Requests in flight, by endpoint, oldest first. Beginning and ending cost constant time;
 * requests of an endpoint must begin in the order of their start. Owned by one thread. */
struct flight { /* embedded in whoever sends */
	struct flight *older, *newer;
	uint64_t start_ns;
	unsigned endpoint;
	bool listed;
};

struct flights {
	struct flight_list *lists; /* one per endpoint */
	size_t endpoint_count;
	uint32_t total;
};

void flights_init(struct flights *flights, size_t endpoint_count);
void flights_fini(struct flights *flights);
void flights_begin(struct flights *flights, struct flight *flight, unsigned endpoint,
		   uint64_t start_ns);
void flights_end(struct flights *flights, struct flight *flight); /* not begun: nothing */
/* Send SAMPLE_IN_FLIGHT for every endpoint that has requests in flight, or had when last told. */
void flights_tell(struct flights *flights, struct outbox *outbox, uint64_t now_ns);

#endif
