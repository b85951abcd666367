/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/findings_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Containers at their limits, and what became of them.
 *
 * container-cpu: 3 of 5 readings at 90 % of the quota, or without one of the host's cores; without
 *   a break for at least 10 s. A container that is throttled in a fifth of its periods is at its
 *   limit whatever its mean says: a quota is spent in bursts. When no single one is, the sum of all
 *   that share a host is held against its cores. And after a break: one that takes just one core
 *   (88 to 110 %) of several, without pause, is a single process or thread at its limit.
 * container-memory: 3 of 5 readings at 90 % of the memory limit.
 * container-restart: killed for want of memory, died, started, paused: events; a restart within a
 *   second is seen in no reading.
 * database-restart: the panel's event; here, since it is told as a container's is. */

#define NEAR_LIMIT     0.9
#define THROTTLED_PCT  20.0
#define ALONE_SECONDS  10 /* a full second or two is nothing without a break */
#define ONE_CORE_LOW   88.0
#define ONE_CORE_HIGH  110.0
#define ONE_CORE_LEAST 5 /* readings */

double findings_cpu_room(const struct watch_subject *subject)
{
	double cores = 100 * subject->last[WATCH_CPUS], quota = subject->last[WATCH_CPU_LIMIT];

	return quota > 0 && (cores <= 0 || quota < cores) ? quota : cores;
}

static void divide(double *values, size_t count, double by)
{
	for (size_t i = 0; i < count; i++)
		values[i] /= by;
}

static void begin(struct finding *finding, enum finding_kind kind, const struct watch *watch,
		  const struct stay *stay)
{
	*finding = (struct finding){ .kind = kind, .warning = true };
	finding->at_ns = stay_begin_ns(watch, stay);
	finding->users = watch_load_at(watch, stay->from);
}

/* How long, from when, at which load. */
static void say_when(struct finding *finding, const struct findings_input *input,
		     const struct stay *stay)
{
	findings_say(finding, " from %s on, with %s, for %.0f s", findings_clock(finding->at_ns).s,
		     findings_load(input, finding->users).s, stay_seconds(input->watch, stay));
}

static void cpu_said(struct findings *findings, const struct findings_input *input,
		     const struct moment *moment, const struct watch_subject *subject,
		     const struct stay *stay, double mean, double throttled)
{
	double room = findings_cpu_room(subject);
	bool quota = subject->known[WATCH_CPU_LIMIT] && subject->last[WATCH_CPU_LIMIT] > 0;
	struct finding finding;

	begin(&finding, FINDING_CONTAINER_CPU, input->watch, stay);
	finding.value = mean;
	findings_say(&finding, "Container %s was at its CPU limit", subject->name);
	say_when(&finding, input, stay);
	moment_say(moment, finding.at_ns, &finding);
	findings_say(&finding, ": on average it used %.0f %% of a core of %s %.0f %%", mean,
		     quota ? "its" : "the host's", room);
	if (throttled >= 1)
		findings_say(&finding, ", throttled in %.0f %% of its periods", throttled);
	findings_say(&finding, ".");
	findings_method(&finding,
			"3 of 5 readings at 90 %% of the %s or throttled in 20 %% of the periods; "
			"%zu readings",
			quota ? "quota" : "host's cores", stay->readings);
	findings_add(findings, &finding);
}

/* True when it was found at its limit. */
static bool cpu_limit(struct findings *findings, const struct findings_input *input,
		      const struct moment *moment, const struct watch_subject *subject)
{
	size_t count = watch_count(input->watch);
	double cpu[WATCH_POINTS], throttled[WATCH_POINTS], ratios[WATCH_POINTS];
	double room = findings_cpu_room(subject);
	struct stay stay;

	stay_values(subject->points[WATCH_CPU], count, cpu);
	stay_values(subject->points[WATCH_THROTTLED], count, throttled);
	for (size_t i = 0; i < count; i++) {
		double used = room > 0 ? cpu[i] / (NEAR_LIMIT * room) : NAN;
		ratios[i] = fmax(used, throttled[i] / THROTTLED_PCT); /* fmax passes NAN over */
	}
	if (!stay_find(input->watch, ratios, count, moment, &stay))
		return false;
	if (!moment->found && stay_seconds(input->watch, &stay) < ALONE_SECONDS)
		return false;
	cpu_said(findings, input, moment, subject, &stay, stay_mean(cpu, &stay),
		 stay_mean(throttled, &stay));
	return true;
}

/* All containers of the panel share a host. */
static bool host_limit(struct findings *findings, const struct findings_input *input,
		       const struct moment *moment)
{
	const struct watch *watch = input->watch;
	size_t count = watch_count(watch), containers = 0;
	double sum[WATCH_POINTS], one[WATCH_POINTS], cores = 0;
	struct finding finding;
	struct stay stay;

	for (size_t i = 0; i < count; i++)
		sum[i] = NAN;
	for (size_t s = 0; s < watch_subjects(watch); s++) {
		const struct watch_subject *subject = watch_subject(watch, s);
		if (subject->points[WATCH_CPU] == NULL)
			continue;
		containers++;
		if (subject->known[WATCH_CPUS])
			cores = fmax(cores, 100 * subject->last[WATCH_CPUS]);
		stay_values(subject->points[WATCH_CPU], count, one);
		for (size_t i = 0; i < count; i++)
			sum[i] = isnan(sum[i]) ? one[i] : sum[i] + (isnan(one[i]) ? 0 : one[i]);
	}
	if (containers < 2 || cores <= 0)
		return false;
	divide(sum, count, NEAR_LIMIT * cores);
	if (!stay_find(watch, sum, count, moment, &stay) ||
	    (!moment->found && stay_seconds(watch, &stay) < ALONE_SECONDS))
		return false;
	begin(&finding, FINDING_CONTAINER_CPU, watch, &stay);
	finding.value = stay.mean * NEAR_LIMIT * cores;
	findings_say(&finding, "The containers together took all CPU of their host");
	say_when(&finding, input, &stay);
	moment_say(moment, finding.at_ns, &finding);
	findings_say(&finding,
		     ": %.0f %% of %.0f %% on average, though none was at a limit of its own.",
		     finding.value, cores);
	findings_method(&finding,
			"3 of 5 sums over %zu containers at 90 %% of the host's cores; %zu sums",
			containers, stay.readings);
	findings_add(findings, &finding);
	return true;
}

static void one_core(struct findings *findings, const struct findings_input *input,
		     const struct moment *moment, const struct watch_subject *subject)
{
	const struct watch *watch = input->watch;
	size_t count = watch_count(watch), from, to, n = 0;
	double cpu[WATCH_POINTS], room = findings_cpu_room(subject);
	struct stay stay = { 0 };

	if (!moment->found || room < 1.5 * ONE_CORE_HIGH)
		return;
	moment_points(moment, watch, &from, &to);
	from = (size_t)(moment->at_ns / watch_step_ns(watch)) + 1;
	stay_values(subject->points[WATCH_CPU], count, cpu);
	for (size_t i = from; i < to; i++) {
		if (isnan(cpu[i]))
			continue;
		if (cpu[i] < ONE_CORE_LOW || cpu[i] > ONE_CORE_HIGH)
			return;
		if (n++ == 0)
			stay.from = i;
		stay.to = i;
	}
	if (n < ONE_CORE_LEAST)
		return;
	struct finding finding;
	begin(&finding, FINDING_CONTAINER_CPU, watch, &stay);
	finding.value = stay_mean(cpu, &stay);
	findings_say(&finding,
		     "Container %s took just one core after %s at %s: %.0f %% of %.0f %%, without "
		     "pause for %.0f s. A single process or thread was at its limit.",
		     subject->name, moment->had_broken, findings_clock(moment->at_ns).s,
		     finding.value, room, stay_seconds(watch, &stay));
	findings_method(&finding, "all of %zu readings after the break between %g and %g %%", n,
			ONE_CORE_LOW, ONE_CORE_HIGH);
	findings_add(findings, &finding);
}

static void memory_limit(struct findings *findings, const struct findings_input *input,
			 const struct moment *moment, const struct watch_subject *subject)
{
	size_t count = watch_count(input->watch);
	double memory[WATCH_POINTS], limit = subject->last[WATCH_MEMORY_LIMIT];
	struct finding finding;
	struct stay stay;

	if (!subject->known[WATCH_MEMORY_LIMIT] || limit <= 0)
		return;
	stay_values(subject->points[WATCH_MEMORY], count, memory);
	divide(memory, count, NEAR_LIMIT * limit);
	if (!stay_find(input->watch, memory, count, moment, &stay))
		return;
	begin(&finding, FINDING_CONTAINER_MEMORY, input->watch, &stay);
	finding.value = stay.peak * NEAR_LIMIT * limit;
	findings_say(&finding, "Container %s was at its memory limit", subject->name);
	say_when(&finding, input, &stay);
	moment_say(moment, finding.at_ns, &finding);
	findings_say(&finding, ": up to %s of %s.", findings_bytes(finding.value).s,
		     findings_bytes(limit).s);
	findings_method(&finding, "3 of 5 readings at 90 %% of the limit; %zu readings",
			stay.readings);
	findings_add(findings, &finding);
}

void findings_containers(struct findings *findings, const struct findings_input *input,
			 const struct moment *moment)
{
	bool cpu = false;

	for (size_t i = 0; i < watch_subjects(input->watch); i++) {
		const struct watch_subject *subject = watch_subject(input->watch, i);
		if (subject->source == READING_DOCKER)
			cpu |= cpu_limit(findings, input, moment, subject);
	}
	if (!cpu && !host_limit(findings, input, moment)) {
		for (size_t i = 0; i < watch_subjects(input->watch); i++)
			if (watch_subject(input->watch, i)->source == READING_DOCKER)
				one_core(findings, input, moment, watch_subject(input->watch, i));
	}
	for (size_t i = 0; i < watch_subjects(input->watch); i++)
		if (watch_subject(input->watch, i)->source == READING_DOCKER)
			memory_limit(findings, input, moment, watch_subject(input->watch, i));
}

/* What became of them */

struct life {
	const struct watch_event *first;   /* of the gravest kind that happened */
	const struct watch_event *started; /* first start after it */
	unsigned ooms, deaths, starts, pauses;
};

/* Of the same container, or the same database: one can be named like the other. */
static bool is_of(const struct watch_event *event, const struct watch_event *of)
{
	return event->kind != WATCH_REFUSAL && event->source == of->source &&
	       strcmp(event->name, of->name) == 0;
}

static struct life life_of(const struct watch *watch, const struct watch_event *of)
{
	struct life life = { 0 };

	for (size_t i = 0; i < watch_events(watch); i++) {
		const struct watch_event *event = watch_event(watch, i);
		if (!is_of(event, of))
			continue;
		life.ooms += event->kind == WATCH_OOM;
		life.deaths += event->kind == WATCH_DIED;
		life.starts += event->kind == WATCH_STARTED;
		life.pauses += event->kind == WATCH_PAUSED;
		if (life.first == NULL || event->kind < life.first->kind) {
			life.first = event;
			life.started = NULL;
		} else if (event->kind == WATCH_STARTED && life.started == NULL) {
			life.started = event;
		}
	}
	return life;
}

static void say_when_it_was(struct finding *finding, const struct findings_input *input,
			    const struct moment *moment)
{
	size_t point = (size_t)(finding->at_ns / watch_step_ns(input->watch));

	finding->users = watch_load_at(input->watch, point);
	findings_say(finding, " at %s, with %s", findings_clock(finding->at_ns).s,
		     findings_load(input, finding->users).s);
	moment_say(moment, finding->at_ns, finding);
}

static void container_life(struct findings *findings, const struct findings_input *input,
			   const struct moment *moment, const struct life *life)
{
	static const char *const did[] = {
		[WATCH_OOM] = "was killed for want of memory (OOM)",
		[WATCH_DIED] = "stopped",
		[WATCH_STARTED] = "was started",
		[WATCH_PAUSED] = "was paused",
		[WATCH_REFUSAL] = "",
	};
	const struct watch_event *first = life->first;
	struct finding finding = { .kind = FINDING_CONTAINER_RESTART,
				   .warning = true,
				   .at_ns = first->at_ns,
				   .value = life->deaths > life->ooms ? life->deaths : life->ooms };

	findings_say(&finding, "Container %s %s", first->name, did[first->kind]);
	if (first->kind == WATCH_DIED && first->text[0] != '\0')
		findings_say(&finding, " (%s)", first->text);
	say_when_it_was(&finding, input, moment);
	if (life->started != NULL && first->kind < WATCH_STARTED)
		findings_say(&finding, "; started again %.1f s later",
			     ((double)life->started->at_ns - (double)first->at_ns) / 1e9);
	if (finding.value > 1)
		findings_say(&finding, "; %.0f times in all", finding.value);
	findings_say(&finding, ".");
	findings_method(&finding,
			"events of the container engine: %u out of memory, %u ends, %u starts, %u "
			"pauses",
			life->ooms, life->deaths, life->starts, life->pauses);
	findings_add(findings, &finding);
}

static void database_life(struct findings *findings, const struct findings_input *input,
			  const struct moment *moment, const struct life *life)
{
	struct finding finding = { .kind = FINDING_DATABASE_RESTART,
				   .warning = true,
				   .at_ns = life->first->at_ns,
				   .value = life->starts };

	findings_say(&finding, "PostgreSQL (%s) was restarted", life->first->name);
	say_when_it_was(&finding, input, moment);
	if (life->starts > 1)
		findings_say(&finding, "; %u times in all", life->starts);
	findings_say(&finding, ".");
	findings_method(&finding, "its start time was another one when the panel connected again; "
				  "it was gone before that");
	findings_add(findings, &finding);
}

void findings_lives(struct findings *findings, const struct findings_input *input,
		    const struct moment *moment)
{
	for (size_t i = 0; i < watch_events(input->watch); i++) {
		const struct watch_event *event = watch_event(input->watch, i);
		bool told = event->kind == WATCH_REFUSAL;
		for (size_t k = 0; k < i && !told; k++)
			told = is_of(watch_event(input->watch, k), event);
		if (told)
			continue;
		const struct life life = life_of(input->watch, event);
		if (life.first == NULL)
			continue;
		if (event->source == READING_POSTGRES)
			database_life(findings, input, moment, &life);
		else
			container_life(findings, input, moment, &life);
	}
}
