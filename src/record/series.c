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
 * loses nothing but 0.8 % of precision; steps of the middle series are never merged and need one
 * histogram for the one under way. About 2 MB at most: 600 coarse histograms over six
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

/* The newest points of a series without end: the last SERIES_POINTS of count are shown. */
struct tape {
	size_t count;
	uint64_t dropped;
	float values[SERIES_METRICS][2 * SERIES_POINTS];
};

struct series {
	uint64_t start_ns;
	uint64_t first_open;              /* second number */
	struct second open[OPEN_SECONDS]; /* second s at s % OPEN_SECONDS */
	float carried[SERIES_METRICS];    /* last users and in flight */

	struct tape recent, middle;
	struct step middle_step; /* under way */
	void (*on_second)(void *arg, const struct series_second *second);
	void *on_second_arg;

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
	series->middle_step.hist = histogram_new_coarse();
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
	histogram_free(series->middle_step.hist);
	free(series);
}

void series_on_second(struct series *series,
		      void (*fn)(void *arg, const struct series_second *second), void *arg)
{
	series->on_second = fn;
	series->on_second_arg = arg;
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
	series->recent.count = series->middle.count = 0;
	series->recent.dropped = series->middle.dropped = 0;
	step_clear(&series->middle_step);
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

static void append(struct tape *tape, const float point[SERIES_METRICS])
{
	if (tape->count == 2 * SERIES_POINTS) {
		for (unsigned m = 0; m < SERIES_METRICS; m++)
			memmove(tape->values[m], tape->values[m] + SERIES_POINTS,
				SERIES_POINTS * sizeof(float));
		tape->count = SERIES_POINTS;
		tape->dropped += SERIES_POINTS;
	}
	for (unsigned m = 0; m < SERIES_METRICS; m++)
		tape->values[m][tape->count] = point[m];
	tape->count++;
}

static void step_point(const struct step *step, float point[SERIES_METRICS])
{
	fill_point(point, step->seconds, step->requests, step->failures, step->hist);
	for (unsigned m = 0; m < SERIES_METRICS; m++)
		if (is_set_from_outside(m))
			point[m] = step->given[m] == 0 ? (float)FRAME_GAP
						       : (float)(step->sum[m] / step->given[m]);
}

static void show_step(struct series *series, size_t i)
{
	float point[SERIES_METRICS];

	step_point(&series->steps[i], point);
	for (unsigned m = 0; m < SERIES_METRICS; m++)
		series->whole[m][i] = point[m];
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

static void step_add(struct step *step, const struct second *second,
		     const float point[SERIES_METRICS])
{
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
	step_add(&series->steps[series->step_count - 1], second, point);
	show_step(series, series->step_count - 1);
}

static void append_middle(struct series *series, const struct second *second,
			  const float point[SERIES_METRICS])
{
	float mean[SERIES_METRICS];

	step_add(&series->middle_step, second, point);
	if (series->middle_step.seconds < SERIES_MIDDLE_SECONDS)
		return;
	step_point(&series->middle_step, mean);
	append(&series->middle, mean);
	step_clear(&series->middle_step);
}

static void tell(const struct series *series, const struct second *second)
{
	if (series->on_second != NULL)
		series->on_second(series->on_second_arg,
				  &(struct series_second){ .number = series->first_open,
							   .requests = second->requests,
							   .failures = second->failures,
							   .times = second->hist });
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
	append(&series->recent, point);
	append_middle(series, second, point);
	append_whole(series, second, point);
	tell(series, second);
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

void series_make_room(struct series *series, uint64_t at_ns)
{
	second_of(series, at_ns);
}

void series_set(struct series *series, uint64_t at_ns, enum series_metric metric, double value)
{
	second_of(series, at_ns)->set[metric] = isfinite(value) ? (float)value : (float)FRAME_GAP;
}

uint64_t series_room_ns(const struct series *series)
{
	return series->start_ns + (series->first_open + OPEN_SECONDS) * CLOCK_NS_PER_SEC;
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

static struct series_view tape_view(const struct tape *tape, uint64_t step_ns)
{
	size_t count = tape->count < SERIES_POINTS ? tape->count : SERIES_POINTS;
	size_t first = tape->count - count;
	struct series_view view = { .start_ns = (tape->dropped + first) * step_ns,
				    .step_ns = step_ns,
				    .count = count };

	for (unsigned m = 0; m < SERIES_METRICS; m++)
		view.values[m] = tape->values[m] + first;
	return view;
}

struct series_view series_recent(const struct series *series)
{
	return tape_view(&series->recent, CLOCK_NS_PER_SEC);
}

struct series_view series_middle(const struct series *series)
{
	return tape_view(&series->middle, SERIES_MIDDLE_SECONDS * CLOCK_NS_PER_SEC);
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
