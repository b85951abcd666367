/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/cascade.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/trend.h"

#define TAU           0.6
#define RATIO_GROWTH  0.02
#define P99_GROWTH    0.5
#define P99_GROWTH_US 50000.0
#define SECONDS_MAX   10

struct cascade {
	unsigned seconds; /* of a window */
	/* the window under way */
	unsigned filled, p99_count;
	double requests, failures;
	double p99s[SECONDS_MAX];
	/* finished ones, oldest first */
	size_t count;
	double ratio[CASCADE_WINDOWS], p99_us[CASCADE_WINDOWS];
};

struct cascade *cascade_new(uint64_t duration_ns)
{
	struct cascade *cascade = mem_new(sizeof(*cascade));
	uint64_t seconds = duration_ns == 0 ? SECONDS_MAX : duration_ns / 24 / CLOCK_NS_PER_SEC;

	cascade->seconds = seconds < 1             ? 1
			   : seconds > SECONDS_MAX ? SECONDS_MAX
						   : (unsigned)seconds;
	return cascade;
}

void cascade_free(struct cascade *cascade)
{
	free(cascade);
}

static void start_window(struct cascade *cascade)
{
	cascade->filled = cascade->p99_count = 0;
	cascade->requests = cascade->failures = 0;
}

static void finish_window(struct cascade *cascade)
{
	/* a window without requests tells nothing: it is left out */
	if (cascade->requests > 0 && cascade->p99_count > 0) {
		if (cascade->count == CASCADE_WINDOWS) {
			cascade->count--;
			memmove(cascade->ratio, cascade->ratio + 1,
				cascade->count * sizeof(*cascade->ratio));
			memmove(cascade->p99_us, cascade->p99_us + 1,
				cascade->count * sizeof(*cascade->p99_us));
		}
		cascade->ratio[cascade->count] = cascade->failures / cascade->requests;
		cascade->p99_us[cascade->count] = trend_median(cascade->p99s, cascade->p99_count);
		cascade->count++;
	}
	start_window(cascade);
}

void cascade_second(struct cascade *cascade, double requests, double failures, double p99_us,
		    bool constant)
{
	if (!constant) {
		start_window(cascade);
		cascade->count = 0;
		return;
	}
	cascade->requests += requests;
	cascade->failures += failures;
	if (p99_us >= 0)
		cascade->p99s[cascade->p99_count++] = p99_us;
	if (++cascade->filled == cascade->seconds)
		finish_window(cascade);
}

/* First and last third's medians; true when the figure keeps rising at all. */
static bool rises(const double *y, size_t n, double *from, double *to)
{
	size_t third = n / 3;

	*from = trend_median_of(y, third);
	*to = trend_median_of(y + n - third, third);
	return trend_kendall(y, n) >= TAU;
}

struct cascade_result cascade_judge_windows(const double *ratio, const double *p99_us, size_t n)
{
	struct cascade_result result = { .state = CASCADE_STEADY, .windows = (unsigned)n };
	double from, to;

	if (n < 3)
		return (struct cascade_result){ .state = CASCADE_UNKNOWN };
	if (rises(ratio, n, &from, &to) && to - from >= RATIO_GROWTH) {
		result.state = CASCADE_FAILURES;
		result.from = from;
		result.to = to;
		return result;
	}
	result.failures = to;
	if (rises(p99_us, n, &from, &to) && to - from >= P99_GROWTH_US &&
	    to - from >= P99_GROWTH * from)
		result.state = CASCADE_LATENCY;
	result.from = from;
	result.to = to;
	return result;
}

struct cascade_result cascade_judge(const struct cascade *cascade, unsigned least)
{
	size_t n = cascade->count;
	size_t last = n < CASCADE_ENOUGH ? n : CASCADE_ENOUGH;
	struct cascade_result result;

	if (n < least)
		return (struct cascade_result){ .state = CASCADE_UNKNOWN };
	result = cascade_judge_windows(cascade->ratio, cascade->p99_us, n);
	if (result.state == CASCADE_STEADY && last < n) {
		struct cascade_result lately = cascade_judge_windows(
			cascade->ratio + n - last, cascade->p99_us + n - last, last);
		if (lately.state != CASCADE_STEADY)
			result = lately;
	}
	result.span_ns = (uint64_t)result.windows * cascade->seconds * CLOCK_NS_PER_SEC;
	return result;
}
