/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/findings_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "record/stretch.h"
#include "record/trend.h"

/* What grows at constant load and does not stop.
 *
 * Memory of a program with a garbage collector is a sawtooth: a line through it rises or falls with
 * where the teeth are cut (a flat one with a tooth of 45 s, seen for 100 s, has a Theil-Sen slope of
 * 11 MB a minute). So only the floor is looked at: the least reading of each of 6 to 12 windows.
 * No p-values (on seconds with an autocorrelation of 0.9 Mann-Kendall is wrong in 69 of 100 flat
 * series); what counts is the size of the effect, that floors rise nearly always (tau), and that
 * they still rise in the second half and not all at once: a cache that fills, a pool that warms up,
 * another pool size do not.
 *
 * memory-rising: at least 120 s of constant load, its first tenth left out; memory without page cache
 *   where that is known; a container that died or was started counts from there on. Growth of a
 *   tenth and of 8 MiB.
 * connections-leaking: at least 60 s; sessions idle in transaction, or connections as a whole; growth
 *   of 5 (10 of all connections) and by half (a fifth of all). */

#define WINDOWS_LEAST      6
#define WINDOWS_MOST       12
#define WINDOW_SECONDS     30.0 /* and more, once there are WINDOWS_MOST */
#define TAU_LEAST          0.7
#define LATE_SHARE         (1.0 / 3)
#define STEP_SHARE         0.8
#define SKIPPED            0.1
#define MEMORY_SECONDS     120.0
#define MEMORY_GROWTH      0.1
#define MEMORY_BYTES       (8.0 * 1024 * 1024)
#define CONNECTION_SECONDS 60.0

static double floor_of(const struct watch_point *points, size_t from, size_t to)
{
	double least = NAN;

	for (size_t i = from; i < to && i < WATCH_POINTS; i++)
		if (points[i].count > 0)
			least = fmin(least, (double)points[i].low);
	return least;
}

bool rise_find(const struct watch *watch, const struct watch_point *points, uint64_t begin_ns,
	       uint64_t end_ns, struct rise *out)
{
	double step = (double)watch_step_ns(watch) / 1e9;
	double begin = (double)begin_ns / 1e9, seconds = ((double)end_ns - (double)begin_ns) / 1e9;
	double x[WINDOWS_MOST] = { 0 }, y[WINDOWS_MOST] = { 0 };
	size_t n = (size_t)fmin(fmax(seconds / WINDOW_SECONDS, WINDOWS_LEAST), WINDOWS_MOST);
	double width = seconds / (double)n;
	struct trend_line line;

	if (points == NULL || width < 3 * step)
		return false;
	for (size_t i = 0; i < n; i++) {
		double from = begin + (double)i * width;
		x[i] = from + width / 2;
		y[i] = floor_of(points, (size_t)ceil(from / step),
				(size_t)floor((from + width) / step));
		if (isnan(y[i]))
			return false; /* a gap of a whole window: nobody knows what was there */
	}
	*out = (struct rise){ .from = (y[0] + y[1]) / 2,
			      .to = (y[n - 2] + y[n - 1]) / 2,
			      .tau = trend_kendall(y, n),
			      .windows = n,
			      .seconds = seconds };
	if (!trend_theil_sen(x, y, n, &line) || !(line.slope > 0) || out->tau < TAU_LEAST)
		return false;
	out->per_minute = line.slope * 60;
	for (size_t i = 1; i < n; i++)
		if (y[i] - y[i - 1] > STEP_SHARE * (out->to - out->from))
			return false; /* a jump, not a rise */
	double late = out->to - (y[(n - 1) / 2] + y[n / 2]) / 2;
	return late >= LATE_SHARE * (out->to - out->from);
}

/* The longest time at constant load; what is not long enough has no length. */
static double constant_load(const struct findings_input *input, double least, uint64_t *begin_ns,
			    uint64_t *end_ns)
{
	struct stretch_view view = stretch_longest(input->stretch);

	if (view.seconds < least)
		return 0;
	*begin_ns = view.start_ns + (uint64_t)(SKIPPED * view.seconds * 1e9);
	*end_ns = view.start_ns + (uint64_t)(view.seconds * 1e9);
	return view.load;
}

/* Since its last start or end a container is another one. */
static uint64_t since_last_start(const struct watch *watch, const char *name, uint64_t begin_ns,
				 uint64_t end_ns)
{
	for (size_t i = 0; i < watch_events(watch); i++) {
		const struct watch_event *event = watch_event(watch, i);
		if (event->kind != WATCH_REFUSAL && event->at_ns > begin_ns &&
		    event->at_ns < end_ns && strcmp(event->name, name) == 0)
			begin_ns = event->at_ns + CLOCK_NS_PER_SEC;
	}
	return begin_ns;
}

static void method(struct finding *finding, const struct rise *rise)
{
	findings_method(
		finding,
		"least values of %zu windows of %.0f s at constant load: Theil-Sen slope above "
		"0, Kendall's tau %.2f, still rising in the second half",
		rise->windows, rise->seconds / (double)rise->windows, rise->tau);
}

static void memory(struct findings *findings, const struct findings_input *input,
		   const struct watch_subject *subject)
{
	bool anon = subject->points[WATCH_ANON] != NULL;
	uint64_t begin_ns = 0, end_ns = 0;
	struct rise rise;
	double load = constant_load(input, MEMORY_SECONDS, &begin_ns, &end_ns);

	if (!(load > 0))
		return;
	begin_ns = since_last_start(input->watch, subject->name, begin_ns, end_ns);
	if ((double)(end_ns - begin_ns) / 1e9 < (1 - SKIPPED) * MEMORY_SECONDS ||
	    !rise_find(input->watch, subject->points[anon ? WATCH_ANON : WATCH_MEMORY], begin_ns,
		       end_ns, &rise) ||
	    rise.to - rise.from < fmax(MEMORY_GROWTH * rise.from, MEMORY_BYTES))
		return;
	struct finding finding = { .kind = FINDING_MEMORY_RISING,
				   .warning = true,
				   .at_ns = begin_ns,
				   .users = load,
				   .value = rise.per_minute };
	findings_say(&finding,
		     "Memory of container %s rises at a constant load of %s: by %s a minute over "
		     "%.0f s, from %s to %s",
		     subject->name, findings_load(input, load).s, findings_bytes(rise.per_minute).s,
		     rise.seconds, findings_bytes(rise.from).s, findings_bytes(rise.to).s);
	double limit = subject->known[WATCH_MEMORY_LIMIT] ? subject->last[WATCH_MEMORY_LIMIT] : 0;
	double left = (limit - subject->last[WATCH_MEMORY]) / rise.per_minute;
	if (limit > 0 && left > 0 && left < 24 * 60.0)
		findings_say(&finding, "; at this pace its limit of %s is reached in %.0f min",
			     findings_bytes(limit).s, fmax(left, 1));
	findings_say(&finding, ".");
	method(&finding, &rise);
	findings_method(&finding,
			anon ? "; memory without page cache" : "; memory as docker counts it");
	findings_add(findings, &finding);
}

static bool connections(struct findings *findings, const struct findings_input *input,
			const struct watch_subject *subject, enum watch_metric metric,
			const char *what, double least, double share)
{
	uint64_t begin_ns = 0, end_ns = 0;
	struct rise rise;
	double load = constant_load(input, CONNECTION_SECONDS, &begin_ns, &end_ns);
	double ceiling = subject->last[WATCH_CEILING];

	if (!(load > 0) ||
	    !rise_find(input->watch, subject->points[metric], begin_ns, end_ns, &rise) ||
	    rise.to - rise.from < fmax(least, share * rise.from))
		return false;
	struct finding finding = { .kind = FINDING_CONNECTIONS_LEAKING,
				   .warning = true,
				   .at_ns = begin_ns,
				   .users = load,
				   .value = rise.per_minute };
	findings_say(&finding,
		     "%s at a constant load of %s: from %.0f to %.0f within %.0f s, %.1f a minute",
		     what, findings_load(input, load).s, rise.from, rise.to, rise.seconds,
		     rise.per_minute);
	double left = (ceiling - subject->last[WATCH_CONNECTIONS]) / rise.per_minute;
	if (ceiling > 0 && left > 0 && left < 24 * 60.0)
		findings_say(&finding, "; at this pace all %.0f are taken in %.0f min", ceiling,
			     fmax(left, 1));
	findings_say(&finding, ".");
	method(&finding, &rise);
	findings_add(findings, &finding);
	return true;
}

void findings_leaks(struct findings *findings, const struct findings_input *input)
{
	for (size_t i = 0; i < watch_subjects(input->watch); i++) {
		const struct watch_subject *subject = watch_subject(input->watch, i);
		if (subject->source == READING_DOCKER)
			memory(findings, input, subject);
		else if (!connections(findings, input, subject, WATCH_IDLE_IN_TRANSACTION,
				      "Connections leak: sessions idle in transaction rise", 5,
				      0.5))
			connections(findings, input, subject, WATCH_CONNECTIONS,
				    "Connections leak: their number rises", 10, 0.2);
	}
}
