/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/* A container may change its id, not its name: a subject is a source and a name. */

struct watch {
	uint64_t step_ns;
	size_t count;
	size_t subject_count;
	struct watch_subject *subjects[WATCH_SUBJECTS_MAX];
	struct watch_subject load;
	size_t event_count;
	struct watch_event events[WATCH_EVENTS_MAX];
	char blocker[READING_TEXT_MAX];
};

static const struct {
	const char *name;
	uint8_t source;
} metrics[WATCH_METRICS] = {
	[WATCH_CPU] = { "cpu_pct", READING_DOCKER },
	[WATCH_CPU_LIMIT] = { "cpu_limit_pct", READING_DOCKER },
	[WATCH_CPUS] = { "cpus", READING_DOCKER },
	[WATCH_THROTTLED] = { "throttled_pct", READING_DOCKER },
	[WATCH_MEMORY] = { "memory_bytes", READING_DOCKER },
	[WATCH_MEMORY_LIMIT] = { "memory_limit_bytes", READING_DOCKER },
	[WATCH_ANON] = { "anon_bytes", READING_DOCKER },
	[WATCH_CONNECTIONS] = { "connections", READING_POSTGRES },
	[WATCH_CEILING] = { "ceiling", READING_POSTGRES },
	[WATCH_ACTIVE] = { "active", READING_POSTGRES },
	[WATCH_IDLE_IN_TRANSACTION] = { "idle_in_transaction", READING_POSTGRES },
	[WATCH_BLOCKED] = { "blocked", READING_POSTGRES },
	[WATCH_LONGEST] = { "longest_transaction_s", READING_POSTGRES },
	[WATCH_REFUSED] = { "refused", READING_POSTGRES },
	[WATCH_QUEUED] = { "cl_waiting", READING_POSTGRES },
	[WATCH_LOAD] = { "", READING_SOURCES }, /* the run's own */
};

static const struct {
	const char *metric;
	enum watch_event_kind kind;
} events[] = {
	{ "oom", WATCH_OOM },      { "die", WATCH_DIED },        { "start", WATCH_STARTED },
	{ "pause", WATCH_PAUSED }, { "restart", WATCH_STARTED }, { "refused", WATCH_REFUSAL },
};

struct watch *watch_new(void)
{
	struct watch *watch = mem_new(sizeof(*watch));

	watch->step_ns = CLOCK_NS_PER_SEC;
	return watch;
}

static void fini(struct watch_subject *subject)
{
	for (unsigned m = 0; m < WATCH_METRICS; m++)
		free(subject->points[m]);
}

void watch_free(struct watch *watch)
{
	if (watch == NULL)
		return;
	for (size_t i = 0; i < watch->subject_count; i++) {
		fini(watch->subjects[i]);
		free(watch->subjects[i]);
	}
	fini(&watch->load);
	free(watch);
}

static void join(struct watch_point *to, const struct watch_point *a, const struct watch_point *b)
{
	struct watch_point joined = a->count > 0 ? *a : *b;

	if (a->count > 0 && b->count > 0) {
		joined.count += b->count;
		joined.sum += b->sum;
		joined.low = fminf(a->low, b->low);
		joined.high = fmaxf(a->high, b->high);
	}
	*to = joined;
}

static void halve(struct watch_subject *subject)
{
	for (unsigned m = 0; m < WATCH_METRICS; m++) {
		struct watch_point *points = subject->points[m];
		if (points == NULL)
			continue;
		for (size_t i = 0; i < WATCH_POINTS / 2; i++)
			join(&points[i], &points[2 * i], &points[2 * i + 1]);
		memset(points + WATCH_POINTS / 2, 0, WATCH_POINTS / 2 * sizeof(*points));
	}
}

static void add(struct watch *watch, struct watch_subject *subject, enum watch_metric metric,
		uint64_t at_ns, double value)
{
	while (at_ns / watch->step_ns >= WATCH_POINTS) {
		for (size_t i = 0; i < watch->subject_count; i++)
			halve(watch->subjects[i]);
		halve(&watch->load);
		watch->step_ns *= 2;
		watch->count = (watch->count + 1) / 2;
	}
	size_t i = (size_t)(at_ns / watch->step_ns);
	if (i >= watch->count)
		watch->count = i + 1;
	if (subject->points[metric] == NULL)
		subject->points[metric] = mem_array(WATCH_POINTS, sizeof(struct watch_point));
	struct watch_point *point = &subject->points[metric][i];
	const struct watch_point one = {
		.count = 1, .low = (float)value, .high = (float)value, .sum = value
	};
	join(point, point, &one);
}

static struct watch_subject *subject_of(struct watch *watch, const struct reading *reading)
{
	struct watch_subject *subject;

	for (size_t i = 0; i < watch->subject_count; i++) {
		subject = watch->subjects[i];
		if (subject->source == reading->source &&
		    strncmp(subject->name, reading->name, READING_NAME_MAX) == 0)
			return subject;
	}
	if (watch->subject_count == WATCH_SUBJECTS_MAX)
		return NULL;
	subject = mem_new(sizeof(*subject));
	subject->source = reading->source;
	memcpy(subject->name, reading->name, sizeof(subject->name));
	watch->subjects[watch->subject_count++] = subject;
	return subject;
}

static void take_value(struct watch *watch, const struct reading *reading, uint64_t at_ns,
		       bool started)
{
	for (unsigned m = 0; m < WATCH_LOAD; m++) {
		if (metrics[m].source != reading->source ||
		    strncmp(metrics[m].name, reading->metric, READING_METRIC_MAX) != 0)
			continue;
		struct watch_subject *subject = subject_of(watch, reading);
		if (subject == NULL)
			return;
		subject->known[m] = true;
		subject->last[m] = reading->value;
		if (!started)
			subject->before[m] = reading->value;
		if (started)
			add(watch, subject, m, at_ns, reading->value);
		return;
	}
}

static void take_event(struct watch *watch, const struct reading *reading,
		       enum watch_event_kind kind, uint64_t at_ns)
{
	if (watch->event_count == WATCH_EVENTS_MAX)
		return;
	struct watch_event *event = &watch->events[watch->event_count++];
	event->at_ns = at_ns;
	event->kind = kind;
	event->source = reading->source;
	memcpy(event->name, reading->name, sizeof(event->name));
	memcpy(event->text, reading->text, sizeof(event->text));
}

void watch_reading(struct watch *watch, const struct reading *reading, uint64_t at_ns, bool started)
{
	if (reading->source >= READING_SOURCES)
		return;
	if (reading->type == READING_VALUE && isfinite(reading->value) && reading->value >= 0)
		take_value(watch, reading, at_ns, started);
	if (!started)
		return;
	if (reading->type == READING_EVENT) {
		for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
			if (strncmp(events[i].metric, reading->metric, READING_METRIC_MAX) == 0)
				take_event(watch, reading, events[i].kind, at_ns);
	}
	if (reading->type == READING_STATE && reading->source == READING_POSTGRES &&
	    strncmp(reading->metric, "blocker", READING_METRIC_MAX) == 0 &&
	    reading->text[0] != '\0')
		memcpy(watch->blocker, reading->text, sizeof(watch->blocker));
	/* a panel that cannot come in because all connections are taken says so as its problem */
	if (reading->type == READING_PROBLEM && reading->source == READING_POSTGRES &&
	    strstr(reading->text, "53300") != NULL)
		take_event(watch, reading, WATCH_REFUSAL, at_ns);
}

void watch_load(struct watch *watch, uint64_t at_ns, double load)
{
	watch->load.known[WATCH_LOAD] = true;
	add(watch, &watch->load, WATCH_LOAD, at_ns, load);
}

uint64_t watch_step_ns(const struct watch *watch)
{
	return watch->step_ns;
}

size_t watch_count(const struct watch *watch)
{
	return watch->count;
}

size_t watch_subjects(const struct watch *watch)
{
	return watch->subject_count;
}

const struct watch_subject *watch_subject(const struct watch *watch, size_t i)
{
	return watch->subjects[i];
}

double watch_load_at(const struct watch *watch, size_t i)
{
	const struct watch_point *points = watch->load.points[WATCH_LOAD];

	if (points == NULL)
		return 0;
	if (i >= WATCH_POINTS)
		i = WATCH_POINTS - 1;
	while (i > 0 && points[i].count == 0)
		i--;
	return points[i].count > 0 ? watch_mean(&points[i]) : 0;
}

size_t watch_events(const struct watch *watch)
{
	return watch->event_count;
}

const struct watch_event *watch_event(const struct watch *watch, size_t i)
{
	return &watch->events[i];
}

const char *watch_blocker(const struct watch *watch)
{
	return watch->blocker;
}

double watch_mean(const struct watch_point *point)
{
	return point->sum / point->count;
}
