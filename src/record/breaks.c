/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/breaks.h"

#include <math.h>

#include "record/curve.h"
#include "record/histogram.h"
#include "record/trend.h"

#define LATENCY_REQUESTS 20
#define LATENCY_POINTS   8
#define LATENCY_R2       0.7
#define LATENCY_RISE     2.0
#define LATENCY_NEAR     2.0 /* the bend is looked for anew below so many times its load ... */
#define LATENCY_LIFT     2.5 /* ... and below so many times the level, */
#define LATENCY_PAST     6   /* but with so many points beyond it */
#define LATENCY_ROUNDS   4
#define LATENCY_RISE_US  10000.0
#define FAILING          0.2
#define LIMIT_REQUESTS   100
#define LIMIT_POINTS     3
#define FAILURE_REQUESTS 50
#define FAILURE_LEAST    20 /* at the highest load, where no more follow */
#define FAILURE_RATIO    0.05

/* Neighbouring levels put together until they hold enough requests. */
struct point {
	double load; /* mean of the requests */
	uint64_t requests, failed;
	double value_us; /* the quantile asked for */
};

static void point_finish(struct point *point, double load_sum, const struct histogram *times,
			 double q)
{
	point->load = load_sum / (double)point->requests;
	point->value_us = (double)histogram_quantile(times, q);
}

/* good: of successful requests only. */
static size_t make_points(const struct curve *curve, uint64_t least, double q, bool good,
			  struct point points[CURVE_LEVELS])
{
	struct histogram *times = histogram_new_coarse();
	struct point point = { 0 };
	double load_sum = 0;
	size_t count = 0;

	for (size_t i = 0; i < CURVE_LEVELS; i++) {
		const struct curve_level *level = curve_level(curve, i);
		if (level->requests == 0)
			continue;
		point.requests += level->requests;
		point.failed += level->failed;
		load_sum += level->load_sum;
		if (level->times != NULL)
			histogram_merge(times, good ? level->good : level->times);
		if (point.requests < least)
			continue;
		point_finish(&point, load_sum, times, q);
		points[count++] = point;
		point = (struct point){ 0 };
		load_sum = 0;
		histogram_reset(times);
	}
	histogram_free(times);
	return count;
}

/* When the load was at `load`: the instant its level was first reached. */
static uint64_t time_of(const struct curve *curve, double load)
{
	double level = load / curve_max(curve) * CURVE_LEVELS;
	size_t i = level >= CURVE_LEVELS ? CURVE_LEVELS - 1 : level > 0 ? (size_t)level : 0;

	while (i > 0 && curve_level(curve, i)->first_ns == UINT64_MAX)
		i--;
	return curve_level(curve, i)->first_ns == UINT64_MAX ? 0 : curve_level(curve, i)->first_ns;
}

/* Points up to where a fifth of the requests fails, twice running. */
static size_t before_failing(const struct point *points, size_t count)
{
	for (size_t i = 0; i + 1 < count; i++)
		if ((double)points[i].failed > FAILING * (double)points[i].requests &&
		    (double)points[i + 1].failed > FAILING * (double)points[i + 1].requests)
			return i;
	return count;
}

/* How many points are near: up to twice the bend's load, and to where the median stays above
 * two and a half times the level (two points running). */
static size_t near_bend(const double *x, const double *y, size_t n, const struct trend_bend *bend)
{
	double lifted = LATENCY_LIFT * bend->level;
	size_t near = 0, past = 0;

	for (; near < n; near++) {
		bool high = y[near] > lifted && (near + 1 == n || y[near + 1] > lifted);
		if (past >= LATENCY_PAST && (high || x[near] > LATENCY_NEAR * bend->x0))
			break;
		past += x[near] > bend->x0;
	}
	return near;
}

/* The first fit looks at everything, and what is far beyond the bend pulls at it: a pool that slows
 * down with its queue rises in a curve. Look again with what is near, weighing errors as shares of
 * the time itself: times spread in proportion to their size. */
static void refine(const double *x, const double *y, size_t n, struct trend_bend *bend)
{
	double weight[CURVE_LEVELS];

	for (int round = 0; round < LATENCY_ROUNDS; round++) {
		struct trend_bend closer;
		size_t near = near_bend(x, y, n, bend);
		if (near < LATENCY_POINTS || !(bend->level > 0))
			return;
		for (size_t i = 0; i < near; i++) {
			double size = x[i] > bend->x0 ? fmax(y[i], bend->level) : bend->level;
			weight[i] = bend->level * bend->level / (size * size);
		}
		if (!trend_bend_fit(x, y, weight, near, &closer))
			return;
		*bend = closer;
	}
}

bool breaks_latency(const struct curve *curve, struct break_latency *out)
{
	struct point points[CURVE_LEVELS];
	double x[CURVE_LEVELS], y[CURVE_LEVELS];
	struct trend_bend bend;
	size_t count =
		before_failing(points, make_points(curve, LATENCY_REQUESTS, 0.5, true, points));
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (points[i].failed == points[i].requests)
			continue;
		x[n] = points[i].load;
		y[n++] = points[i].value_us;
	}
	if (n < LATENCY_POINTS || !trend_bend_fit(x, y, NULL, n, &bend))
		return false;
	double reached = bend.level + bend.slope * (x[n - 1] - bend.x0);
	if (bend.r2 < LATENCY_R2 || reached < LATENCY_RISE * bend.level ||
	    reached - bend.level < LATENCY_RISE_US)
		return false;
	double r2 = bend.r2;
	refine(x, y, n, &bend);
	*out = (struct break_latency){ .load = bend.x0,
				       .at_ns = time_of(curve, bend.x0),
				       .base_us = fmax(bend.level, 0),
				       .reached_us = reached,
				       .reached_load = x[n - 1],
				       .r2 = r2,
				       .points = n };
	return true;
}

bool breaks_limit(const struct curve *curve, double q, uint64_t limit_us, struct break_limit *out)
{
	struct point points[CURVE_LEVELS];
	size_t count = make_points(curve, LIMIT_REQUESTS, q, false, points);

	for (size_t i = 0; i < count; i++) {
		size_t run = 0;
		while (i + run < count && run < LIMIT_POINTS &&
		       points[i + run].value_us > (double)limit_us)
			run++;
		if (run == 0 || (run < LIMIT_POINTS && i + run < count))
			continue;
		*out = (struct break_limit){ .load = points[i].load,
					     .at_ns = time_of(curve, points[i].load),
					     .value_us = points[i].value_us };
		return true;
	}
	return false;
}

bool breaks_failures(const struct curve *curve, struct break_failures *out)
{
	for (size_t i = 0; i < CURVE_LEVELS; i++) {
		const struct curve_level *first = curve_level(curve, i);
		uint64_t ended = 0, failed = 0;
		if (first->ended_failed == 0)
			continue;
		for (size_t k = i; k < CURVE_LEVELS && ended < FAILURE_REQUESTS; k++) {
			ended += curve_level(curve, k)->ended;
			failed += curve_level(curve, k)->ended_failed;
		}
		if (ended < FAILURE_LEAST || (double)failed < FAILURE_RATIO * (double)ended)
			continue;
		*out = (struct break_failures){ .load = first->first_failure_load,
						.at_ns = first->first_failure_ns,
						.ratio = (double)failed / (double)ended,
						.requests = ended };
		return true;
	}
	return false;
}
