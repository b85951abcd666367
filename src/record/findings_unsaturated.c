/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/findings_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "scenario/scenario.h"

/* nothing-saturated: response times or failures broke, the panels were looking (3 readings around
 * the break, of something whose limit is known), and no other finding says that something was at
 * its limit by then. Then this says so, with the figures that came nearest to a limit. When besides the
 * number of connections stood still (within one, 5 readings or more) while the load rose by a
 * quarter, it names that number: it is what a pool, or workers times threads, of that size looks
 * like. */

#define READINGS_LEAST   3
#define PLATEAU_READINGS 5
#define PLATEAU_LOAD     1.25

static bool is_saturation(enum finding_kind kind)
{
	return kind == FINDING_DATABASE_CONNECTIONS || kind == FINDING_DATABASE_LOCKS ||
	       kind == FINDING_DATABASE_RESTART || kind == FINDING_POOL_QUEUE ||
	       kind == FINDING_CONTAINER_CPU || kind == FINDING_CONTAINER_MEMORY ||
	       kind == FINDING_CONTAINER_RESTART;
}

struct peak {
	size_t readings;
	double share; /* of its limit; NAN: not known */
	double value, limit;
	const char *name;
};

/* The highest share of a limit around the break: of CPU in the mean, as a second scatters. */
static void look(const struct watch *watch, const struct moment *moment,
		 const struct watch_subject *subject, enum watch_metric metric, double limit,
		 struct peak *peak)
{
	size_t from, to, n = 0;
	const struct watch_point *points = subject->points[metric];
	double sum = 0, most = 0;

	moment_points(moment, watch, &from, &to);
	for (size_t i = from; points != NULL && i < to; i++) {
		if (points[i].count == 0)
			continue;
		n++;
		sum += watch_mean(&points[i]);
		most = fmax(most, (double)points[i].high);
	}
	double value = metric == WATCH_CPU && n > 0 ? sum / (double)n : most;
	double share = limit > 0 ? value / limit : value;
	if (n == 0 || (peak->name != NULL && share <= peak->share))
		return;
	*peak = (struct peak){
		.readings = n, .share = share, .value = value, .limit = limit, .name = subject->name
	};
}

static void plateau(const struct findings_input *input, const struct moment *moment,
		    const struct watch_subject *subject, struct finding *finding)
{
	const struct watch *watch = input->watch;
	const struct watch_point *points = subject->points[WATCH_CONNECTIONS];
	size_t count = watch_count(watch);

	for (size_t begin = (size_t)(moment->at_ns / watch_step_ns(watch));
	     points != NULL && begin < count; begin++) {
		double low = INFINITY, high = 0;
		double before = watch_load_at(watch, begin), after = 0;
		size_t n = 0;

		for (size_t i = begin; i < count; i++) {
			if (points[i].count == 0)
				continue;
			low = fmin(low, (double)points[i].low);
			high = fmax(high, (double)points[i].high);
			if (high - low > 1)
				break;
			after = fmax(after, watch_load_at(watch, i)); /* it falls in the end */
			n++;
		}
		if (n < PLATEAU_READINGS || low < 1 || before <= 0 || after < PLATEAU_LOAD * before)
			continue;
		findings_say(
			finding,
			" Connections stood at %.0f while the load rose from %s to %s: a pool, or "
			"workers times threads, of that size would look so.",
			high, findings_load(input, before).s, findings_load(input, after).s);
		return;
	}
}

void findings_unsaturated(struct findings *findings, const struct findings_input *input,
			  const struct moment *moment)
{
	const struct watch *watch = input->watch;
	struct peak cpu = { 0 }, memory = { 0 }, connections = { 0 }, blocked = { 0 };
	const struct watch_subject *database = NULL;

	for (size_t i = 0; i < findings_count(findings); i++) {
		const struct finding *finding = findings_at(findings, i);
		if (is_saturation(finding->kind) && moment_precedes(moment, finding->at_ns))
			return;
	}
	for (size_t i = 0; i < watch_subjects(watch); i++) {
		const struct watch_subject *subject = watch_subject(watch, i);
		if (subject->source == READING_POSTGRES) {
			look(watch, moment, subject, WATCH_CONNECTIONS,
			     subject->last[WATCH_CEILING], &connections);
			look(watch, moment, subject, WATCH_BLOCKED, 0, &blocked);
			database = subject;
			continue;
		}
		if (findings_cpu_room(subject) > 0)
			look(watch, moment, subject, WATCH_CPU, findings_cpu_room(subject), &cpu);
		if (subject->last[WATCH_MEMORY_LIMIT] > 0)
			look(watch, moment, subject, WATCH_MEMORY,
			     subject->last[WATCH_MEMORY_LIMIT], &memory);
	}
	bool docker = cpu.readings >= READINGS_LEAST;
	bool postgres = connections.readings >= READINGS_LEAST && connections.limit > 0;
	if (!moment->found || (!docker && !postgres))
		return;
	struct finding finding = { .kind = FINDING_NOTHING_SATURATED,
				   .warning = true,
				   .at_ns = moment->at_ns,
				   .users = moment->load };
	findings_say(&finding,
		     "Nothing that was watched was at its limit when %s (%s, %s):", moment->broke,
		     findings_clock(moment->at_ns).s, findings_load(input, moment->load).s);
	const char *comma = "";
	if (docker) {
		findings_say(&finding, " CPU on average %.0f %% of %.0f %% (%s)", cpu.value,
			     cpu.limit, cpu.name);
		comma = ",";
	}
	if (memory.readings >= READINGS_LEAST) {
		findings_say(&finding, "%s memory %.0f %% of its limit (%s)", comma,
			     100 * memory.share, memory.name);
		comma = ",";
	}
	if (postgres)
		findings_say(&finding,
			     "%s %.0f of %.0f database connections, %.0f sessions blocked", comma,
			     connections.value, connections.limit, blocked.value);
	findings_say(&finding, ".%s%s", docker ? "" : " Containers were not watched.",
		     postgres ? "" : " The database was not watched.");
	if (database != NULL)
		plateau(input, moment, database, &finding);
	findings_method(&finding,
			"no rule of a limit holds within %.0f s of the break; the container "
			"nearest to its limit",
			(double)moment->slack_ns / 1e9);
	findings_add(findings, &finding);
}
