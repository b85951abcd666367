/* SPDX-License-Identifier: MIT */
/* The row under way is kept apart until it has been held for long enough; what a second counts is kept
 * apart until it is known that the load stood still through it. */
#include "config.h"

#include "record/levels.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "message/frame.h"
#include "record/breaks.h"
#include "record/histogram.h"
#include "record/trend.h"

#define KNEE_REQUESTS 20
#define KNEE_FAILING  0.2
#define KNEE_R2       0.7
#define KNEE_RISE     2.0
#define KNEE_RISE_US  10000.0

struct mean {
	double sum;
	unsigned count;
};

struct held {
	double load;
	uint64_t from_ns;
	unsigned seconds;
	uint64_t requests, failures;
	struct mean cpu_pct, connections;
	struct histogram *times;
};

struct levels {
	size_t count;
	struct held rows[LEVELS_MAX + 1]; /* the last may be under way and too short yet */
	bool running;                     /* the last row is being held */
	struct histogram *second;
};

struct levels *levels_new(void)
{
	struct levels *levels = mem_new(sizeof(*levels));

	levels->second = histogram_new_coarse();
	return levels;
}

static void forget(struct levels *levels, size_t i)
{
	histogram_free(levels->rows[i].times);
	levels->count--;
	memmove(&levels->rows[i], &levels->rows[i + 1],
		(levels->count - i) * sizeof(levels->rows[0]));
}

void levels_start(struct levels *levels)
{
	while (levels->count > 0)
		forget(levels, levels->count - 1);
	levels->running = false;
	histogram_reset(levels->second);
}

void levels_free(struct levels *levels)
{
	if (levels == NULL)
		return;
	levels_start(levels);
	histogram_free(levels->second);
	free(levels);
}

void levels_times(struct levels *levels, const struct histogram *times)
{
	histogram_merge(levels->second, times);
}

static bool same(double a, double b)
{
	return !(a < b) && !(a > b);
}

static bool too_short(const struct held *row)
{
	return row->seconds < LEVELS_LEAST_SECONDS;
}

/* Keep at most LEVELS_MAX rows; the newest stays. */
static void make_room(struct levels *levels)
{
	size_t shortest = 0;

	if (levels->count <= LEVELS_MAX)
		return;
	for (size_t i = 1; i + 1 < levels->count; i++)
		if (levels->rows[i].seconds < levels->rows[shortest].seconds)
			shortest = i;
	forget(levels, shortest);
}

static struct held *row_of(struct levels *levels, uint64_t at_ns, double load)
{
	struct held *last = levels->count > 0 ? &levels->rows[levels->count - 1] : NULL;

	if (last != NULL && too_short(last) && !same(last->load, load)) {
		forget(levels, levels->count - 1);
		last = levels->count > 0 ? &levels->rows[levels->count - 1] : NULL;
	}
	if (last == NULL || !same(last->load, load)) {
		last = &levels->rows[levels->count++];
		*last = (struct held){ .load = load,
				       .from_ns = at_ns,
				       .times = histogram_new_coarse() };
		make_room(levels);
		last = &levels->rows[levels->count - 1];
	}
	return last;
}

static void mean_add(struct mean *mean, double value)
{
	if (value < 0)
		return;
	mean->sum += value;
	mean->count++;
}

static double mean_of(const struct mean *mean)
{
	return mean->count > 0 ? mean->sum / mean->count : FRAME_GAP;
}

void levels_second(struct levels *levels, uint64_t at_ns, double load, double requests,
		   double failures, double cpu_pct, double connections, bool constant)
{
	levels->running = constant && load > 0;
	if (levels->running) {
		struct held *row = row_of(levels, at_ns, load);
		row->seconds++;
		row->requests += (uint64_t)(requests + 0.5);
		row->failures += (uint64_t)(failures + 0.5);
		mean_add(&row->cpu_pct, cpu_pct);
		mean_add(&row->connections, connections);
		histogram_merge(row->times, levels->second);
	} else if (levels->count > 0 && too_short(&levels->rows[levels->count - 1])) {
		forget(levels, levels->count - 1);
	}
	histogram_reset(levels->second);
}

size_t levels_count(const struct levels *levels)
{
	size_t count = levels->count;

	if (count > 0 && too_short(&levels->rows[count - 1]))
		count--;
	return count;
}

struct level levels_at(const struct levels *levels, size_t i)
{
	static const double qs[] = { 0.5, 0.95, 0.99 };
	uint64_t us[3];

	assert(i < levels_count(levels));
	const struct held *row = &levels->rows[i];
	histogram_quantiles(row->times, qs, 3, us);
	return (struct level){ .load = row->load,
			       .from_ns = row->from_ns,
			       .seconds = row->seconds,
			       .requests = row->requests,
			       .failures = row->failures,
			       .p50_us = us[0],
			       .p95_us = us[1],
			       .p99_us = us[2],
			       .cpu_pct = mean_of(&row->cpu_pct),
			       .connections = mean_of(&row->connections),
			       .now = levels->running && i == levels->count - 1 };
}

/* The knee */

struct place {
	double load, p50_us;
	size_t row;
};

static int by_load(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (!same(x->load, y->load))
		return x->load < y->load ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row; /* both come in the order they were held */
}

static size_t places_of(const struct levels *levels, struct place places[LEVELS_MAX])
{
	size_t count = 0, n = 0;

	for (size_t i = 0; i < levels_count(levels); i++) {
		struct level level = levels_at(levels, i);
		if (level.requests < KNEE_REQUESTS ||
		    (double)level.failures >= KNEE_FAILING * (double)level.requests)
			continue;
		places[count++] = (struct place){ level.load, (double)level.p50_us, i };
	}
	qsort(places, count, sizeof(places[0]), by_load);
	for (size_t i = 0; i < count; i++) {
		if (n > 0 && same(places[n - 1].load, places[i].load))
			places[n - 1] = places[i];
		else
			places[n++] = places[i];
	}
	return n;
}

static struct levels_knee knee_of_rows(const struct levels *levels)
{
	struct place places[LEVELS_MAX];
	double x[LEVELS_MAX], y[LEVELS_MAX];
	size_t n = places_of(levels, places);
	struct levels_knee none = { .points = n };
	struct trend_bend bend;

	for (size_t i = 0; i < n; i++) {
		x[i] = places[i].load;
		y[i] = places[i].p50_us;
	}
	if (n < LEVELS_KNEE_LEAST || !trend_bend_fit(x, y, NULL, n, &bend))
		return none;
	double reached = bend.level + bend.slope * (x[n - 1] - bend.x0);
	if (bend.r2 < KNEE_R2 || reached < KNEE_RISE * bend.level ||
	    reached - bend.level < KNEE_RISE_US)
		return none;
	return (struct levels_knee){ .found = true,
				     .by_levels = true,
				     .load = bend.x0,
				     .base_us = bend.level > 0 ? bend.level : 0,
				     .reached_us = reached,
				     .reached_load = x[n - 1],
				     .r2 = bend.r2,
				     .points = n };
}

struct levels_knee levels_knee(const struct levels *levels, const struct break_latency *climb)
{
	if (climb == NULL)
		return knee_of_rows(levels);
	return (struct levels_knee){ .found = true,
				     .load = climb->load,
				     .base_us = climb->base_us,
				     .reached_us = climb->reached_us,
				     .reached_load = climb->reached_load,
				     .r2 = climb->r2,
				     .points = climb->points };
}

char *levels_knee_text(const struct levels_knee *knee, bool open, char dst[LEVELS_KNEE_TEXT])
{
	const char *unit = open ? " req/s" : " users";
	char base[32], reached[32];

	units_format_latency((uint64_t)knee->base_us, 0, base, sizeof(base));
	units_format_latency((uint64_t)knee->reached_us, 0, reached, sizeof(reached));
	snprintf(dst, LEVELS_KNEE_TEXT,
		 "response times bend at %.0f%s: median %s below, %s at %.0f (broken stick over "
		 "%zu %s, r2 %.2f)",
		 knee->load, unit, base, reached, knee->reached_load, knee->points,
		 knee->by_levels ? "levels" : "points of the climb", knee->r2);
	return dst;
}
