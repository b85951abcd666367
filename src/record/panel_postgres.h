/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_PANEL_POSTGRES_H
#define THRONG_RECORD_PANEL_POSTGRES_H

#include <stdint.h>

struct frame;
struct marks;
struct reading;
struct scenario;

/* The database's part of panel.h. Recorder thread. */
struct panel_postgres;

/* marks: where what a gauge complains of goes; borrowed, as the scenario is. */
struct panel_postgres *panel_postgres_new(const struct scenario *scenario, struct marks *marks);
void panel_postgres_free(struct panel_postgres *panel); /* NULL is fine */
/* Values, states and rows; at_ns since the run's start. */
void panel_postgres_add(struct panel_postgres *panel, const struct reading *reading,
			uint64_t at_ns);
/* It is not read any more: values are unknown from this instant on, but for what was counted. */
void panel_postgres_forget(struct panel_postgres *panel);
/* FRAME_GAP: unknown. */
double panel_postgres_connections(const struct panel_postgres *panel, uint64_t now_ns);
/* Into frame->postgres. problem: why it cannot be read, "" when it can. */
void panel_postgres_publish(const struct panel_postgres *panel, uint64_t now_ns,
			    const char *problem, struct frame *frame);

#endif
