/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/criteria_monitor.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "message/reading.h"
#include "scenario/criterion.h"

#define SOURCES_MAX  64   /* containers a pattern may match; more are not judged */
#define READINGS_MAX 4096 /* of one source within a window */

struct point {
	uint64_t at_ns;
	double value;
};

struct source {
	char name[READING_NAME_MAX];
	uint64_t first_ns; /* its first reading that counts */
	bool broken;
	uint64_t broken_since_ns;
	/* with a window: the readings in it, oldest first */
	size_t count, room;
	struct point *points;
};

struct criteria_monitor {
	const struct criterion *criterion;
	uint64_t begin_ns;
	size_t count;
	struct source sources[SOURCES_MAX];
};

struct criteria_monitor *criteria_monitor_new(const struct criterion *criterion)
{
	struct criteria_monitor *monitor = mem_new(sizeof(*monitor));

	monitor->criterion = criterion;
	return monitor;
}

void criteria_monitor_free(struct criteria_monitor *monitor)
{
	if (monitor == NULL)
		return;
	for (size_t i = 0; i < SOURCES_MAX; i++)
		free(monitor->sources[i].points);
	free(monitor);
}

void criteria_monitor_begin(struct criteria_monitor *monitor, uint64_t begin_ns)
{
	monitor->begin_ns = begin_ns;
	monitor->count = 0;
	for (size_t i = 0; i < SOURCES_MAX; i++)
		monitor->sources[i].count = 0;
}

static struct source *source_of(struct criteria_monitor *monitor, const struct reading *reading,
				uint64_t at_ns)
{
	for (size_t i = 0; i < monitor->count; i++)
		if (strncmp(monitor->sources[i].name, reading->name, READING_NAME_MAX) == 0)
			return &monitor->sources[i];
	if (monitor->count == SOURCES_MAX)
		return NULL;
	struct source *source = &monitor->sources[monitor->count++];
	memcpy(source->name, reading->name, READING_NAME_MAX);
	source->first_ns = at_ns;
	source->broken = false;
	return source;
}

static void remember(struct source *source, uint64_t at_ns, double value, uint64_t window_ns)
{
	size_t old = 0;

	while (old < source->count && source->points[old].at_ns + window_ns <= at_ns)
		old++;
	if (old == 0 && source->count == READINGS_MAX)
		old = 1;
	source->count -= old;
	if (old > 0)
		memmove(source->points, source->points + old,
			source->count * sizeof(*source->points));
	if (source->count == source->room) {
		size_t room = source->room == 0 ? 16 : source->room * 2;
		source->points =
			mem_grow(source->points, source->room, room, sizeof(*source->points));
		source->room = room;
	}
	source->points[source->count++] = (struct point){ at_ns, value };
}

static double mean_of(const struct source *source)
{
	double sum = 0;

	for (size_t i = 0; i < source->count; i++)
		sum += source->points[i].value;
	return sum / (double)source->count;
}

bool criteria_monitor_take(struct criteria_monitor *monitor, const struct reading *reading,
			   uint64_t at_ns, struct criteria_moment *out)
{
	const struct criterion *criterion = monitor->criterion;
	struct source *source;

	if (at_ns < monitor->begin_ns || reading->type != READING_VALUE ||
	    !criterion_matches_reading(criterion, reading) ||
	    (source = source_of(monitor, reading, at_ns)) == NULL)
		return false;
	out->value = reading->value;
	if (criterion->window_ns > 0) {
		remember(source, at_ns, reading->value, criterion->window_ns);
		if (at_ns - source->first_ns < criterion->window_ns)
			return false;
		out->value = mean_of(source);
	}
	bool holds = criterion_holds(criterion, out->value);
	if (!holds && !source->broken)
		source->broken_since_ns = at_ns;
	source->broken = !holds;
	out->breached = !holds && at_ns - source->broken_since_ns >= criterion->for_ns;
	return true;
}

bool criteria_monitor_broken(const struct criteria_monitor *monitor)
{
	for (size_t i = 0; i < monitor->count; i++)
		if (monitor->sources[i].broken)
			return true;
	return false;
}
