/* SPDX-License-Identifier: MIT */
/* Rings between engine 0 and the others. Each carries one message in a run. */
#include "config.h"

#include "engine/links.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/ring.h"
#include "scenario/vars.h"

int links_init(struct links *links, unsigned engines)
{
	*links = (struct links){ .count = engines - 1 };
	links->items = mem_array(links->count + 1, sizeof(*links->items));
	for (unsigned i = 0; i < links->count; i++) {
		int result = ring_new(&links->items[i].start, sizeof(struct link_start), 2);
		if (result == 0) {
			result = ring_new(&links->items[i].ended, sizeof(struct link_ended), 2);
		}
		if (result != 0) {
			return result;
		}
	}
	return 0;
}

void links_fini(struct links *links)
{
	for (unsigned i = 0; i < links->count; i++) {
		/* a message nobody read still owns its variables */
		struct link_start unread;
		if (links->items[i].start != NULL &&
		    ring_drain(links->items[i].start, &unread, 1) == 1) {
			vars_free(unread.vars);
		}
		ring_free(links->items[i].start);
		ring_free(links->items[i].ended);
	}
	free(links->items);
	*links = (struct links){ 0 };
}

void links_send_start(struct links *links, uint64_t start_ns, bool ok, const struct vars *vars,
		      unsigned slots)
{
	for (unsigned i = 0; i < links->count; i++) {
		struct link_start start = { .start_ns = start_ns, .ok = ok };
		if (vars != NULL) {
			start.vars = vars_new(slots);
			vars_copy(start.vars, vars);
		}
		if (ring_push(links->items[i].start, &start)) {
			ring_wake(links->items[i].start);
		} else {
			vars_free(start.vars);
		}
	}
}
