/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/curve.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/histogram.h"

/* The load is known every 100 ms; between two such instants it is taken as a straight line, after
 * the last one as its continuation. A request that ends now may have started long ago: instants
 * are kept for two minutes (longer requests count at the oldest). */

#define INSTANTS    2048
#define INSTANT_GAP 50000000ULL /* of several engines' reports within this time the last counts */
#define SAME_LOAD   0.5         /* below the highest by less is not on the way down */

struct instant {
	uint64_t at_ns;
	double load;
	double top; /* highest load until here */
};

/* The straight line between two instants, which most of the requests after it ask for, too. */
struct segment {
	uint64_t from_ns, to_ns; /* applies to from <= at < to; 0, 0: to none */
	struct instant here;
	double slope;   /* load per ns */
	double most_ns; /* so far beyond here it is continued */
};

struct curve {
	double max, top;
	size_t count; /* instants ever; the i-th at i % INSTANTS */
	/* From here on until the last report the load has been the same, at a level of which nothing is
	 * taken any more: most requests of most runs are over with one comparison. UINT64_MAX: not so. */
	uint64_t settled_ns;
	struct segment started, ended; /* of the request counted last */
	struct instant instants[INSTANTS];
	struct curve_level levels[CURVE_LEVELS];
};

struct curve *curve_new(double max_load)
{
	struct curve *curve = mem_new(sizeof(*curve));

	curve->max = max_load > 0 ? max_load : 1;
	curve->settled_ns = UINT64_MAX;
	for (size_t i = 0; i < CURVE_LEVELS; i++) {
		curve->levels[i].first_ns = UINT64_MAX;
		curve->levels[i].first_failure_ns = UINT64_MAX;
	}
	return curve;
}

void curve_free(struct curve *curve)
{
	if (curve == NULL)
		return;
	for (size_t i = 0; i < CURVE_LEVELS; i++) {
		histogram_free(curve->levels[i].times);
		histogram_free(curve->levels[i].good);
	}
	free(curve);
}

static size_t level_of(const struct curve *curve, double load)
{
	double level = load / curve->max * CURVE_LEVELS;

	if (!(level > 0))
		return 0;
	return level >= CURVE_LEVELS ? CURVE_LEVELS - 1 : (size_t)level;
}

static const struct instant *instant_at(const struct curve *curve, size_t i)
{
	return &curve->instants[i % INSTANTS];
}

static void merge_histogram(struct histogram **into, struct histogram **from)
{
	if (*from == NULL)
		return;
	if (*into == NULL) {
		*into = *from;
	} else {
		histogram_merge(*into, *from);
		histogram_free(*from);
	}
	*from = NULL;
}

static void merge_level(struct curve_level *into, struct curve_level *from)
{
	if (from->first_ns < into->first_ns)
		into->first_ns = from->first_ns;
	into->requests += from->requests;
	into->failed += from->failed;
	into->load_sum += from->load_sum;
	merge_histogram(&into->times, &from->times);
	merge_histogram(&into->good, &from->good);
	into->ended += from->ended;
	into->ended_failed += from->ended_failed;
	if (from->first_failure_ns < into->first_failure_ns) {
		into->first_failure_ns = from->first_failure_ns;
		into->first_failure_load = from->first_failure_load;
	}
}

/* Twice the range: two neighbours become one level. */
static void widen(struct curve *curve)
{
	const struct curve_level none = { .first_ns = UINT64_MAX, .first_failure_ns = UINT64_MAX };

	for (size_t i = 0; i < CURVE_LEVELS / 2; i++) {
		struct curve_level pair = curve->levels[2 * i];
		merge_level(&pair, &curve->levels[2 * i + 1]);
		curve->levels[2 * i] = none;
		curve->levels[2 * i + 1] = none;
		curve->levels[i] = pair;
	}
	curve->max *= 2;
}

/* Before a report is kept: with two equal ones the load in between and beyond is theirs. */
static void settle(struct curve *curve, double load)
{
	const struct instant *last;
	uint64_t first_ns = curve->levels[level_of(curve, load)].first_ns;

	if (curve->count == 0)
		return;
	last = instant_at(curve, curve->count - 1);
	if (load != last->load)
		curve->settled_ns = UINT64_MAX;
	else if (curve->settled_ns == UINT64_MAX && first_ns != UINT64_MAX &&
		 last->at_ns > first_ns + CURVE_HOLD_NS)
		curve->settled_ns = last->at_ns;
}

void curve_load(struct curve *curve, uint64_t at_ns, double load)
{
	while (load > curve->max)
		widen(curve);
	settle(curve, load);
	curve->started = curve->ended = (struct segment){ 0 };
	size_t from = level_of(curve, curve->top), to = level_of(curve, load);

	if (load > curve->top)
		curve->top = load;
	/* levels passed within one report are reached with it */
	for (size_t i = from; i <= to; i++)
		if (curve->levels[i].first_ns == UINT64_MAX)
			curve->levels[i].first_ns = at_ns;
	if (curve->count > 0) {
		struct instant *last = &curve->instants[(curve->count - 1) % INSTANTS];
		if (at_ns < last->at_ns + INSTANT_GAP) {
			last->load = load;
			last->top = curve->top;
			return;
		}
	}
	curve->instants[curve->count++ % INSTANTS] =
		(struct instant){ .at_ns = at_ns, .load = load, .top = curve->top };
}

/* The last instant at or before at_ns (the oldest kept one for what is older). */
static size_t find(const struct curve *curve, uint64_t at_ns)
{
	size_t high = curve->count - 1;
	size_t low = curve->count > INSTANTS ? curve->count - INSTANTS : 0;

	if (instant_at(curve, high)->at_ns <= at_ns)
		return high;
	/* most requests are short: look from the newest, doubling the step */
	for (size_t step = 1; high > low && instant_at(curve, high)->at_ns > at_ns; step *= 2) {
		if (high - low <= step || instant_at(curve, high - step)->at_ns <= at_ns) {
			low = high - low <= step ? low : high - step;
			break;
		}
		high -= step;
	}
	while (high > low) {
		size_t middle = (low + high + 1) / 2;
		if (instant_at(curve, middle)->at_ns <= at_ns)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* There is an instant. */
static struct segment segment_at(const struct curve *curve, uint64_t at_ns)
{
	size_t i = find(curve, at_ns);
	const struct instant *here = instant_at(curve, i);
	bool last = i == curve->count - 1;
	size_t oldest = curve->count > INSTANTS ? curve->count - INSTANTS : 0;
	size_t j = !last ? i + 1 : i > oldest ? i - 1 : i;
	const struct instant *other = instant_at(curve, j);
	struct segment segment = { .from_ns = i == oldest ? 0 : here->at_ns,
				   .to_ns = last ? UINT64_MAX : other->at_ns,
				   .here = *here,
				   .most_ns = INFINITY };

	if (j != i)
		segment.slope =
			(other->load - here->load) / ((double)other->at_ns - (double)here->at_ns);
	/* beyond the last report for as long as reports are apart, then it is old news */
	if (last)
		segment.most_ns = 2.0 * (double)(here->at_ns - other->at_ns);
	return segment;
}

/* The load at an instant; false when it was on the way down or below what it had been. */
static bool load_at(const struct curve *curve, struct segment *segment, uint64_t at_ns,
		    double *load)
{
	if (curve->count == 0)
		return false;
	if (at_ns < segment->from_ns || at_ns >= segment->to_ns)
		*segment = segment_at(curve, at_ns);
	const struct instant *here = &segment->here;
	double since = at_ns > here->at_ns ? (double)(at_ns - here->at_ns) : 0;
	if (since > segment->most_ns)
		since = 0;
	*load = here->load + segment->slope * since;
	if (*load < 0)
		*load = 0;
	return *load + SAME_LOAD >= here->top;
}

static struct curve_level *level_for(struct curve *curve, struct segment *segment, uint64_t at_ns,
				     double *load)
{
	if (!load_at(curve, segment, at_ns, load))
		return NULL;
	struct curve_level *level = &curve->levels[level_of(curve, *load)];
	if (level->first_ns != UINT64_MAX && at_ns > level->first_ns + CURVE_HOLD_NS)
		return NULL;
	return level;
}

void curve_add(struct curve *curve, uint64_t start_ns, uint64_t end_ns, uint64_t us, bool failed)
{
	double load;
	struct curve_level *level;

	if (start_ns >= curve->settled_ns && end_ns >= start_ns)
		return;
	level = level_for(curve, &curve->started, start_ns, &load);
	if (level != NULL) {
		level->requests++;
		level->failed += failed;
		level->load_sum += load;
		if (level->times == NULL) {
			level->times = histogram_new_coarse();
			level->good = histogram_new_coarse();
		}
		histogram_add(level->times, us);
		if (!failed)
			histogram_add(level->good, us);
	}
	level = level_for(curve, &curve->ended, end_ns, &load);
	if (level == NULL)
		return;
	level->ended++;
	level->ended_failed += failed;
	if (failed && end_ns < level->first_failure_ns) {
		level->first_failure_ns = end_ns;
		level->first_failure_load = load;
	}
}

const struct curve_level *curve_level(const struct curve *curve, size_t i)
{
	assert(i < CURVE_LEVELS);
	return &curve->levels[i];
}

double curve_top(const struct curve *curve)
{
	return curve->top;
}

double curve_max(const struct curve *curve)
{
	return curve->max;
}
