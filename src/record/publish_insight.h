/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_PUBLISH_INSIGHT_H
#define THRONG_RECORD_PUBLISH_INSIGHT_H

struct frame;
struct record_view;

/* Fill what a frame shows of insight.h: the detail in focus (without its failures), both heat maps, the
 * table of levels and the knee. The frame's rows and series are there already. Recorder thread. */
void publish_insight(const struct record_view *view, struct frame *frame);

#endif
