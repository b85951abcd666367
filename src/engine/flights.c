/* SPDX-License-Identifier: MIT */
/* Lists of requests in flight. Invariant: total is the sum of the lists' counts. */
#include "config.h"

#include "engine/flights.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "engine/outbox.h"

struct flight_list {
	struct flight *oldest, *newest;
	uint32_t count;
	bool told; /* the reader knows of a count above 0 */
};

void flights_init(struct flights *fl, size_t endpoint_count)
{
	*fl = (struct flights){ .endpoint_count = endpoint_count };
	fl->lists = mem_array(endpoint_count + 1, sizeof(*fl->lists));
}

void flights_fini(struct flights *fl)
{
	free(fl->lists);
	*fl = (struct flights){ 0 };
}

void flights_begin(struct flights *fl, struct flight *f, unsigned endpoint, uint64_t start_ns)
{
	assert(!f->listed);
	if (endpoint >= fl->endpoint_count) {
		return;
	}
	struct flight_list *list = &fl->lists[endpoint];
	f->endpoint = endpoint;
	f->start_ns = start_ns;
	f->older = list->newest;
	f->newer = NULL;
	f->listed = true;
	if (list->newest != NULL) {
		list->newest->newer = f;
	} else {
		list->oldest = f;
	}
	list->newest = f;
	list->count++;
	fl->total++;
}

void flights_end(struct flights *fl, struct flight *f)
{
	if (!f->listed) {
		return;
	}
	struct flight_list *list = &fl->lists[f->endpoint];
	if (f->older != NULL) {
		f->older->newer = f->newer;
	} else {
		list->oldest = f->newer;
	}
	if (f->newer != NULL) {
		f->newer->older = f->older;
	} else {
		list->newest = f->older;
	}
	f->listed = false;
	list->count--;
	fl->total--;
}

void flights_tell(struct flights *fl, struct outbox *outbox, uint64_t now_ns)
{
	for (size_t i = 0; i < fl->endpoint_count; i++) {
		struct flight_list *list = &fl->lists[i];
		if (list->count == 0 && !list->told) {
			continue;
		}
		struct sample sample = { .type = SAMPLE_IN_FLIGHT,
					 .endpoint = (uint16_t)i,
					 .class_id = SAMPLE_ALL,
					 .end_ns = now_ns };
		sample.u.in_flight.count = list->count;
		sample.u.in_flight.oldest_start_ns =
			list->oldest != NULL ? list->oldest->start_ns : 0;
		outbox_push(outbox, &sample);
		list->told = list->count > 0;
	}
}
