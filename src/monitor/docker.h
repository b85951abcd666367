/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_DOCKER_H
#define THRONG_MONITOR_DOCKER_H

struct buf;
struct panel_ops;
struct scenario;

/* The containers panel. */
extern const struct panel_ops panel_docker;

/* Its probe, as panel.h says. */
int docker_probe(const struct scenario *scenario, struct buf *said);

#endif
