/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_VIEW_H
#define THRONG_RECORD_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "message/frame.h"
#include "message/sample.h"

struct baseline;
struct break_latency;
struct criteria;
struct exchanges;
struct findings;
struct health;
struct insight;
struct live;
struct marks;
struct phases;
struct replay;
struct scenario;
struct series;
struct stats;
struct steering_log;

/* Why the run ended. */
enum run_end {
	RUN_END_NONE,     /* it goes on */
	RUN_END_SCHEDULE, /* its duration was over */
	RUN_END_HAND,     /* stopped by hand or by a signal */
	RUN_END_CRITERION,
	RUN_END_SETUP /* the health check or the setup failed: the load never began */
};

/* Everything known about a run at one instant: what frames, files and reports are made from.
 * Belongs to the recorder thread and is valid during the call it is passed to. Read figures through
 * the functions of the modules' headers (stats.h, series.h, criteria.h ...); window figures in
 * `stats` are already advanced to now_ns. */
struct record_view {
	const struct scenario *scenario;
	uint64_t seed;
	unsigned engine_count;
	unsigned scenario_index, scenario_count;

	uint64_t now_ns;        /* monotonic */
	uint64_t start_ns;      /* monotonic instant at which the load began; 0: not yet */
	uint64_t wall_start_ns; /* wall clock of the same instant; a monotonic instant t is
				   wall_start_ns + (t - start_ns) */
	uint64_t reset_ns;      /* figures of stats count from here (start_ns, or the last reset) */
	uint64_t stop_ns;       /* when draining began; 0: not yet */
	uint64_t elapsed_ns;    /* since start_ns; stands still once the run is over */
	bool over;              /* every engine has ended: figures are final */
	enum run_end end;
	int end_criterion;         /* RUN_END_CRITERION: index of the criterion; else -1 */
	const char *setup_problem; /* RUN_END_SETUP: why; else "" */

	const struct stats *stats;
	const struct series *series;
	const struct phases *phases;
	const struct criteria *criteria;
	const struct marks *marks;
	const struct health *health;
	const struct findings *findings;
	const struct insight *insight;
	const struct break_latency
		*bend; /* where response times bend in the climb; NULL: nowhere */
	const struct exchanges *exchanges; /* failing ones, the last few of each failure */
	const struct live *live;
	const struct steering_log *steering;
	const struct baseline *baseline; /* an earlier run to compare with; NULL: none */
	const struct replay *replay;     /* moves driven again; NULL: none */
	enum verdict verdict;            /* of the run; PENDING until it is over */
};

#endif
