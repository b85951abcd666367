/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/findings_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The database's connections and locks.
 *
 * database-connections: 3 of 5 readings at 90 % of what clients can have. Exhausted they are when a
 *   reading has at most one free (the panel holds one itself), or connections were refused
 *   (53300), as the panel's own attempts saw; a refusal alone is enough.
 * database-locks: in 3 of 5 readings at least 3 sessions, and half of those that are active, wait
 *   for a lock that another one holds.
 * pool-queue: in 3 of 5 readings a client of a pgbouncer waits for a connection. */

#define NEAR_LIMIT    0.9
#define BLOCKED_LEAST 3.0
#define BLOCKED_SHARE 0.5

struct refusals {
	double count;
	uint64_t first_ns, last_ns; /* UINT64_MAX: when is not known */
};

static struct refusals refusals_of(const struct watch *watch, const struct watch_subject *subject)
{
	struct refusals refusals = { .first_ns = UINT64_MAX };
	const struct watch_point *points = subject->points[WATCH_REFUSED];
	unsigned events = 0;

	for (size_t i = 0; i < watch_events(watch); i++) {
		const struct watch_event *event = watch_event(watch, i);
		if (event->kind != WATCH_REFUSAL)
			continue;
		if (events++ == 0)
			refusals.first_ns = event->at_ns;
		refusals.last_ns = event->at_ns;
	}
	for (size_t i = 0; points != NULL && i < watch_count(watch); i++) {
		if (points[i].count == 0 ||
		    (double)points[i].high <= subject->before[WATCH_REFUSED])
			continue;
		if (i * watch_step_ns(watch) < refusals.first_ns)
			refusals.first_ns = i * watch_step_ns(watch);
		break;
	}
	refusals.count =
		fmax(events, subject->last[WATCH_REFUSED] - subject->before[WATCH_REFUSED]);
	return refusals;
}

static double peak_of(const struct watch_point *points, size_t count, size_t *at)
{
	double peak = 0;

	for (size_t i = 0; points != NULL && i < count; i++) {
		if (points[i].count == 0 || (double)points[i].high <= peak)
			continue;
		peak = (double)points[i].high;
		*at = i;
	}
	return peak;
}

static void connections(struct findings *findings, const struct findings_input *input,
			const struct moment *moment, const struct watch_subject *subject)
{
	const struct watch *watch = input->watch;
	const struct watch_point *points = subject->points[WATCH_CONNECTIONS];
	size_t count = watch_count(watch), peak_at = 0;
	double ratios[WATCH_POINTS], ceiling = subject->last[WATCH_CEILING];
	double peak = peak_of(points, count, &peak_at);
	struct refusals refusals = refusals_of(watch, subject);
	struct stay stay = { 0 };
	bool near = false;

	for (size_t i = 0; i < count; i++)
		ratios[i] = ceiling > 0 && points != NULL && points[i].count > 0
				    ? (double)points[i].high / (NEAR_LIMIT * ceiling)
				    : NAN;
	near = stay_find(watch, ratios, count, moment, &stay);
	bool full = ceiling > 0 && peak >= ceiling - 1;
	if (!near && !(refusals.count > 0))
		return;
	struct finding finding = { .kind = FINDING_DATABASE_CONNECTIONS,
				   .warning = true,
				   .value = peak };
	finding.at_ns = near ? stay_begin_ns(watch, &stay) : UINT64_MAX;
	if (refusals.count > 0 && refusals.first_ns < finding.at_ns)
		finding.at_ns = refusals.first_ns;
	if (finding.at_ns == UINT64_MAX)
		finding.at_ns = 0;
	finding.users = watch_load_at(watch, (size_t)(finding.at_ns / watch_step_ns(watch)));
	finding.high = ceiling;
	findings_say(&finding, "Database connections were %s from %s on, with %s",
		     full || refusals.count > 0 ? "exhausted" : "near their limit",
		     findings_clock(finding.at_ns).s, findings_load(input, finding.users).s);
	moment_say(moment, finding.at_ns, &finding);
	if (ceiling > 0)
		findings_say(&finding, ": up to %.0f of %.0f in use", peak, ceiling);
	if (refusals.count > 0)
		findings_say(&finding, "%s %.0f connection%s refused (53300, too many clients)",
			     ceiling > 0 ? "," : ":", refusals.count,
			     refusals.count > 1 ? "s" : "");
	findings_say(&finding, ".");
	if (near)
		findings_method(&finding,
				"3 of 5 readings at 90 %% of the connections clients can have; %zu "
				"readings",
				stay.readings);
	if (refusals.count > 0)
		findings_method(&finding, "%srefused are the panel's own attempts",
				near ? "; " : "");
	findings_add(findings, &finding);
}

static void locks(struct findings *findings, const struct findings_input *input,
		  const struct moment *moment, const struct watch_subject *subject)
{
	const struct watch *watch = input->watch;
	size_t count = watch_count(watch), at = 0;
	double blocked[WATCH_POINTS], active[WATCH_POINTS], ratios[WATCH_POINTS];
	struct stay stay;

	stay_values(subject->points[WATCH_BLOCKED], count, blocked);
	stay_values(subject->points[WATCH_ACTIVE], count, active);
	for (size_t i = 0; i < count; i++) {
		double least = fmax(BLOCKED_LEAST, BLOCKED_SHARE * active[i]);
		ratios[i] = blocked[i] / least;
	}
	if (!stay_find(watch, ratios, count, moment, &stay))
		return;
	for (size_t i = at = stay.from; i <= stay.to; i++)
		if (blocked[i] > blocked[at])
			at = i;
	struct finding finding = { .kind = FINDING_DATABASE_LOCKS,
				   .warning = true,
				   .at_ns = stay_begin_ns(watch, &stay),
				   .users = watch_load_at(watch, stay.from),
				   .value = blocked[at] };
	findings_say(&finding, "The database waited for locks from %s on, with %s, for %.0f s",
		     findings_clock(finding.at_ns).s, findings_load(input, finding.users).s,
		     stay_seconds(watch, &stay));
	moment_say(moment, finding.at_ns, &finding);
	findings_say(&finding, ": up to %.0f sessions blocked", blocked[at]);
	if (active[at] >= blocked[at])
		findings_say(&finding, " of %.0f active", active[at]);
	size_t longest_at = 0;
	double longest = peak_of(subject->points[WATCH_LONGEST], stay.to + 1, &longest_at);
	if (longest > 1)
		findings_say(&finding, ", a transaction as old as %.0f s", longest);
	findings_say(&finding, ".");
	if (watch_blocker(watch)[0] != '\0')
		findings_say(&finding, " %s.", watch_blocker(watch));
	findings_method(&finding,
			"3 of 5 readings with at least 3 sessions, and half of the active ones, "
			"blocked by others; %zu readings",
			stay.readings);
	findings_add(findings, &finding);
}

static void queue(struct findings *findings, const struct findings_input *input,
		  const struct moment *moment, const struct watch_subject *subject)
{
	const struct watch *watch = input->watch;
	size_t count = watch_count(watch);
	double waiting[WATCH_POINTS];
	struct stay stay;

	stay_values(subject->points[WATCH_QUEUED], count, waiting);
	if (!stay_find(watch, waiting, count, moment, &stay))
		return;
	struct finding finding = { .kind = FINDING_POOL_QUEUE,
				   .warning = true,
				   .at_ns = stay_begin_ns(watch, &stay),
				   .users = watch_load_at(watch, stay.from),
				   .value = stay.peak };
	findings_say(&finding,
		     "Clients waited for a connection of pgbouncer's pools from %s on, with %s, "
		     "for %.0f s",
		     findings_clock(finding.at_ns).s, findings_load(input, finding.users).s,
		     stay_seconds(watch, &stay));
	moment_say(moment, finding.at_ns, &finding);
	findings_say(&finding, ": up to %.0f at a time.", stay.peak);
	findings_method(&finding, "3 of 5 readings with a client waiting; %zu readings",
			stay.readings);
	findings_add(findings, &finding);
}

void findings_database(struct findings *findings, const struct findings_input *input,
		       const struct moment *moment)
{
	const struct watch *watch = input->watch;
	/* a panel that never came in has no readings, but it was refused */
	static const struct watch_subject nothing = { .source = READING_POSTGRES };
	const struct watch_subject *subject = &nothing;

	for (size_t i = 0; i < watch_subjects(watch); i++) {
		const struct watch_subject *one = watch_subject(watch, i);

		if (one->points[WATCH_CONNECTIONS] != NULL ||
		    (one->points[WATCH_REFUSED] != NULL && subject == &nothing))
			subject = one;
	}
	connections(findings, input, moment, subject);
	queue(findings, input, moment, subject);
	locks(findings, input, moment, subject);
}
