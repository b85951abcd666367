/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_PANEL_LOG_H
#define THRONG_RECORD_PANEL_LOG_H

struct frame;
struct reading;

/* The last lines of the container whose log is followed. Recorder thread. */
#define PANEL_LOG_LINES 200

struct panel_log;

struct panel_log *panel_log_new(void);
void panel_log_free(struct panel_log *log); /* NULL is fine */
/* A READING_LOG. Metric "follow": another container from now on, or none when its name is empty; else "stdout", "stderr" or "remark". A
 * value of 1: a pattern is in it. */
void panel_log_add(struct panel_log *log, const struct reading *reading);
void panel_log_publish(const struct panel_log *log, struct frame *frame);

#endif
