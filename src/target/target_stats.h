/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TARGET_TARGET_STATS_H
#define THRONG_TARGET_TARGET_STATS_H

struct buf;
struct call;
struct target;

/* The statistics as one line of JSON: requests received (all but those for the statistics and the
 * configuration), by endpoint, answers by status, users, the pool, when it first gave way. */
void stats_write(const struct target *target, struct buf *buf);

/* /_target/stats: GET shows, DELETE starts again from zero. */
void stats_get(struct call *call);
void stats_other(struct call *call);
/* /_target/config: GET shows the behaviour, POST of a JSON object changes the keys in it. */
void stats_get_config(struct call *call);
void stats_set_config(struct call *call);

#endif
