/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_LINKS_H
#define THRONG_ENGINE_LINKS_H

#include <stdbool.h>
#include <stdint.h>

struct ring;
struct vars;

/* What engine 0 and another engine say to each other: two rings for each of the others, made
 * with engine 0 before any thread starts. */

/* From the leader, once: the run starts (or, not ok, it never will). */
struct link_start {
	uint64_t start_ns;
	struct vars *vars; /* taken by the reader: what the setup has extracted; NULL: nothing */
	bool ok;
};

/* To the leader, once: all users of that engine have ended. */
struct link_ended {
	uint8_t engine;
};

struct link {
	struct ring *start; /* struct link_start */
	struct ring *ended; /* struct link_ended */
};

struct links {
	struct link *items; /* items[i] is engine i + 1 */
	unsigned count;
};

/* For `engines` engines. 0 or negative errno; release with links_fini also then. */
int links_init(struct links *links, unsigned engines) __attribute__((warn_unused_result));
void links_fini(struct links *links);
/* Leader: tell all others. vars (NULL: none) is copied for each; slots: how many it has. */
void links_send_start(struct links *links, uint64_t start_ns, bool ok, const struct vars *vars,
		      unsigned slots);

#endif
