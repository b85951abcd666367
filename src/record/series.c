/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/histogram.h"

/* A few seconds are open at a time, since engines report a moment apart; each has a histogram.
 * When a second closes it becomes a point of the recent series and is added to the last step of the
 * whole run, which keeps counts and a coarse histogram for each step, so that merging two steps
 * loses nothing but 0.8 % of precision. About 2 MB at most: 600 coarse histograms over six
 * octaves.
 *
 * Invariant: over all points of the whole run, the sum of rate x seconds = requests added to closed
 * seconds. */

#define OPEN_SECONDS 8

struct second {
	uint64_t requests, failures;
	struct histogram *hist;
	float set[SERIES_METRICS]; /* FRAME_GAP: not given */
};

struct step {
	uint32_t seconds; /* closed so far */
	uint64_t requests, failures;
	struct histogram *hist;
	double sum[SERIES_METRICS];
	uint32_t given[SERIES_METRICS]; /* seconds behind sum */
};

struct series {
	uint64_t start_ns;
	uint64_t first_open;              /* second number */
	struct second open[OPEN_SECONDS]; /* second s at s % OPEN_SECONDS */
	float carried[SERIES_METRICS];    /* last users and in flight */

	size_t recent_count; /* points in recent, of which the last SERIES_POINTS are shown */
	float recent[SERIES_METRICS][2 * SERIES_POINTS];

	uint32_t step_seconds;
	size_t step_count;
	struct step steps[SERIES_POINTS];
	float whole[SERIES_METRICS][SERIES_POINTS];
};

static const double quantiles[] = { 0.5, 0.95, 0.99 };
static const enum series_metric quantile_metrics[] = { SERIES_P50_US, SERIES_P95_US,
						       SERIES_P99_US };

static bool is_set_from_outside(enum series_metric metric)
{
	return metric == SERIES_USERS || metric == SERIES_IN_FLIGHT || metric == SERIES_CPU_PCT ||
	       metric == SERIES_CONNECTIONS;
}

static bool is_carried(enum series_metric metric)
{
	return metric == SERIES_USERS || metric == SERIES_IN_FLIGHT;
}

static void second_clear(struct second *second)
{
	second->requests = 0;
	second->failures = 0;
	histogram_reset(second->hist);
	for (unsigned m = 0; m < SERIES_METRICS; m++)
		second->set[m] = FRAME_GAP;
}

struct series *series_new(void)
{
	struct series *series = mem_new(sizeof(*series));

	for (unsigned i = 0; i < OPEN_SECONDS; i++)
		series->open[i].hist = histogram_new();
	for (unsigned i = 0; i < SERIES_POINTS; i++)
		series->steps[i].hist = histogram_new_coarse();
	series_start(series, 0);
	return series;
}

void series_free(struct series *series)
{
	if (series == NULL)
		return;
	for (unsigned i = 0; i < OPEN_SECONDS; i++)
		histogram_free(series->open[i].hist);
	for (unsigned i = 0; i < SERIES_POINTS; i++)
		histogram_free(series->steps[i].hist);
	free(series);
}

static void step_clear(struct step *step)
{
	struct histogram *hist = step->hist;

	histogram_reset(hist);
	memset(step, 0, sizeof(*step));
	step->hist = hist;
}

void series_start(struct series *series, uint64_t start_ns)
{
	series->start_ns = start_ns;
	series->first_open = 0;
	series->recent_count = 0;
	series->step_seconds = 1;
	series->step_count = 0;
	for (unsigned i = 0; i < OPEN_SECONDS; i++)
		second_clear(&series->open[i]);
	for (unsigned m = 0; m < SERIES_METRICS; m++)
		series->carried[m] = FRAME_GAP;
}

/* Counts, quantiles and given values as the floats of one point. */
static void fill_point(float *point, double seconds, uint64_t requests, uint64_t failures,
		       const struct histogram *hist)
{
	uint64_t us[3];

	point[SERIES_RPS] = (float)((double)requests / seconds);
	point[SERIES_FAIL_RPS] = (float)((double)failures / seconds);
	histogram_quantiles(hist, quantiles, 3, us);
	for (unsigned i = 0; i < 3; i++)
		point[quantile_metrics[i]] =
			histogram_count(hist) == 0 ? (float)FRAME_GAP : (float)us[i];
}

static void append_recent(struct series *series, const float point[SERIES_METRICS])
{
	if (series->recent_count == 2 * SERIES_POINTS) {
		for (unsigned m = 0; m < SERIES_METRICS; m++)
			memmove(series->recent[m], series->recent[m] + SERIES_POINTS,
				SERIES_POINTS * sizeof(float));
		series->recent_count = SERIES_POINTS;
	}
	for (unsigned m = 0; m < SERIES_METRICS; m++)
		series->recent[m][series->recent_count] = point[m];
	series->recent_count++;
}

static void show_step(struct series *series, size_t i)
{
	const struct step *step = &series->steps[i];
	float point[SERIES_METRICS];

	fill_point(point, step->seconds, step->requests, step->failures, step->hist);
	for (unsigned m = 0; m < SERIES_METRICS; m++) {
		if (is_set_from_outside(m))
			point[m] = step->given[m] == 0 ? (float)FRAME_GAP
						       : (float)(step->sum[m] / step->given[m]);
		series->whole[m][i] = point[m];
	}
}

static void step_merge(struct step *into, const struct step *from)
{
	into->seconds += from->seconds;
	into->requests += from->requests;
	into->failures += from->failures;
	histogram_merge(into->hist, from->hist);
	for (unsigned m = 0; m < SERIES_METRICS; m++) {
		into->sum[m] += from->sum[m];
		into->given[m] += from->given[m];
	}
}

/* Twice the step: each pair of steps becomes one. */
static void halve_steps(struct series *series)
{
	for (size_t i = 0; i < SERIES_POINTS / 2; i++) {
		struct step first = series->steps[2 * i];
		step_merge(&first, &series->steps[2 * i + 1]);
		/* swap, so that every slot keeps one histogram of its own */
		series->steps[2 * i] = series->steps[i];
		series->steps[i] = first;
		show_step(series, i);
	}
	series->step_count = SERIES_POINTS / 2;
	series->step_seconds *= 2;
}

static void append_whole(struct series *series, const struct second *second,
			 const float point[SERIES_METRICS])
{
	if (series->step_count == 0 ||
	    series->steps[series->step_count - 1].seconds == series->step_seconds) {
		if (series->step_count == SERIES_POINTS)
			halve_steps(series);
		step_clear(&series->steps[series->step_count++]);
	}
	struct step *step = &series->steps[series->step_count - 1];
	step->seconds++;
	step->requests += second->requests;
	step->failures += second->failures;
	histogram_merge(step->hist, second->hist);
	for (unsigned m = 0; m < SERIES_METRICS; m++) {
		if (!is_set_from_outside(m) || point[m] < 0)
			continue;
		step->sum[m] += (double)point[m];
		step->given[m]++;
	}
	show_step(series, series->step_count - 1);
}

static void close_second(struct series *series)
{
	struct second *second = &series->open[series->first_open % OPEN_SECONDS];
	float point[SERIES_METRICS];

	fill_point(point, 1, second->requests, second->failures, second->hist);
	for (unsigned m = 0; m < SERIES_METRICS; m++) {
		if (!is_set_from_outside(m))
			continue;
		point[m] = second->set[m];
		if (!is_carried(m))
			continue;
		if (point[m] < 0)
			point[m] = series->carried[m];
		series->carried[m] = point[m];
	}
	append_recent(series, point);
	append_whole(series, second, point);
	second_clear(second);
	series->first_open++;
}

/* The open second that an instant belongs to; makes room when it lies too far ahead. */
static struct second *second_of(struct series *series, uint64_t at_ns)
{
	uint64_t number =
		at_ns > series->start_ns ? (at_ns - series->start_ns) / CLOCK_NS_PER_SEC : 0;

	while (number >= series->first_open + OPEN_SECONDS)
		close_second(series);
	if (number < series->first_open)
		number = series->first_open;
	return &series->open[number % OPEN_SECONDS];
}

void series_add(struct series *series, uint64_t end_ns, uint64_t us, bool failed)
{
	struct second *second = second_of(series, end_ns);

	second->requests++;
	second->failures += failed;
	histogram_add(second->hist, us);
}

void series_set(struct series *series, uint64_t at_ns, enum series_metric metric, double value)
{
	second_of(series, at_ns)->set[metric] = isfinite(value) ? (float)value : (float)FRAME_GAP;
}

unsigned series_advance(struct series *series, uint64_t now_ns)
{
	uint64_t number =
		now_ns > series->start_ns ? (now_ns - series->start_ns) / CLOCK_NS_PER_SEC : 0;
	unsigned closed = 0;

	for (; series->first_open < number; closed++)
		close_second(series);
	return closed;
}

unsigned series_finish(struct series *series, uint64_t end_ns)
{
	unsigned closed = series_advance(series, end_ns);
	unsigned last = OPEN_SECONDS; /* open seconds up to the last one that holds something */

	for (; last > 0; last--) {
		const struct second *second =
			&series->open[(series->first_open + last - 1) % OPEN_SECONDS];
		if (second->requests > 0 || second->set[SERIES_USERS] >= 0)
			break;
	}
	for (; last > 0; last--, closed++)
		close_second(series);
	return closed;
}

struct series_view series_recent(const struct series *series)
{
	size_t count = series->recent_count < SERIES_POINTS ? series->recent_count : SERIES_POINTS;
	size_t first = series->recent_count - count;
	struct series_view view = { .start_ns = (series->first_open - count) * CLOCK_NS_PER_SEC,
				    .step_ns = CLOCK_NS_PER_SEC,
				    .count = count };

	for (unsigned m = 0; m < SERIES_METRICS; m++)
		view.values[m] = series->recent[m] + first;
	return view;
}

struct series_view series_whole(const struct series *series)
{
	struct series_view view = { .start_ns = 0,
				    .step_ns = series->step_seconds * CLOCK_NS_PER_SEC,
				    .count = series->step_count };

	for (unsigned m = 0; m < SERIES_METRICS; m++)
		view.values[m] = series->whole[m];
	return view;
}
