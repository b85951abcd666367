/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_POSTGRES_H
#define THRONG_MONITOR_POSTGRES_H

/* The PostgreSQL panel: see monitor/panel.h. */
struct panel_ops;

extern const struct panel_ops panel_postgres;

#endif
