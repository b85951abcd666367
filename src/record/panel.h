/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_PANEL_H
#define THRONG_RECORD_PANEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/reading.h"

struct frame;
struct marks;
struct scenario;

/* What the panels' readings say now: the last value of everything, its recent history, and events
 * as marks. A value is current for PANEL_FRESH_NS (of a database that is asked less often: for
 * three times its interval); then it is unknown again. Recorder thread. */
#define PANEL_FRESH_NS       6000000000ULL
#define PANEL_CONTAINERS_MAX 64

struct panel;

/* marks: where events go; borrowed. */
struct panel *panel_new(const struct scenario *scenario, struct marks *marks);
void panel_free(struct panel *panel); /* NULL is fine */
/* at_ns: since the run's start, for marks; before it 0. */
void panel_add(struct panel *panel, const struct reading *reading, uint64_t at_ns);
/* CPU % of the hottest container and connections of the database; FRAME_GAP: unknown. */
double panel_hottest_cpu(const struct panel *panel, uint64_t now_ns);
double panel_connections(const struct panel *panel, uint64_t now_ns);
/* Fill the panels' part of a frame. */
void panel_publish(const struct panel *panel, uint64_t now_ns, struct frame *frame);

#endif
