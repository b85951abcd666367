/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_PLAN_H
#define THRONG_SCENARIO_PLAN_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct scenario;

/* What a load can do before it is driven: pure arithmetic over a scenario (closed runs: N users
 * with mean wait W make at most N / W task starts per second, at zero latency: the interactive
 * response time law, Denning and Buzen 1978). */

/* Live users the load's stages ask for at t_ns after the start, at zero delay. */
double plan_users_at(const struct scenario *scenario, uint64_t t_ns);
/* Wanted arrivals per second at t_ns (open loads), else 0. */
double plan_rate_at(const struct scenario *scenario, uint64_t t_ns);
/* Most requests per second the load can reach (steady users, zero latency); open: the rate.
 * INFINITY without any wait. */
double plan_max_rps(const struct scenario *scenario);
/* Expected requests of an endpoint over the whole run at zero latency; INFINITY when unbounded. */
double plan_expected_requests(const struct scenario *scenario, unsigned endpoint);
/* Users it takes for `rps` with this mix of classes and waits. */
double plan_users_for_rps(const struct scenario *scenario, double rps);

/* One thing the plan says: a criterion or the whole that is out of reach, with the number it
 * takes. */
struct plan_warning {
	int criterion; /* index, or -1 for the whole */
	char text[256];
};
/* Fill at most max warnings; returns how many there are. */
size_t plan_warnings(const struct scenario *scenario, struct plan_warning *out, size_t max);
/* The plan as text for `throng check` and the console's first page. */
void plan_print(const struct scenario *scenario, struct buf *out);

#endif
