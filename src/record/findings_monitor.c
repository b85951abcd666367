/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/findings_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "scenario/scenario.h"

/* Findings that need both sides: the load and its response times, and the panels. The rules are in
 * findings_container.c, findings_database.c, findings_leak.c and findings_unsaturated.c; here is
 * what they share.
 *
 * A stay above a limit needs 3 of 5 readings: one is noise (the CPU figure of a second scatters by
 * a few points, a database is asked every two seconds), and five in a row would miss what a single
 * dip interrupts. Breaks are fitted, so "at the break" is within 10 s, or a tenth of the time up to
 * it where that is more: the load at which times break is found to about 6 % in the median
 * (breaks.h). */

#define SLACK_NS (10 * CLOCK_NS_PER_SEC)

struct text findings_clock(uint64_t at_ns)
{
	struct text text;

	units_format_clock(at_ns, text.s, sizeof(text.s));
	return text;
}

struct text findings_load(const struct findings_input *input, double load)
{
	char count[32];
	struct text text;

	units_format_count(load > 0 ? (uint64_t)(load + 0.5) : 0, count, sizeof(count));
	snprintf(text.s, sizeof(text.s), "%s %s", count,
		 input->scenario->load.open ? "req/s wanted"
		 : strcmp(count, "1") == 0  ? "user"
					    : "users");
	return text;
}

struct text findings_bytes(double bytes)
{
	struct text text;

	units_format_bytes(bytes > 0 ? (uint64_t)(bytes + 0.5) : 0, text.s, sizeof(text.s));
	return text;
}

static void append(char *dst, size_t size, const char *fmt, va_list args)
{
	size_t len = strnlen(dst, size);

	if (len + 1 < size)
		vsnprintf(dst + len, size - len, fmt, args);
}

void findings_say(struct finding *finding, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	append(finding->text, sizeof(finding->text), fmt, args);
	va_end(args);
}

void findings_method(struct finding *finding, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	append(finding->method, sizeof(finding->method), fmt, args);
	va_end(args);
}

/* The break */

static void earlier(struct moment *moment, const struct finding *finding, const char *broke,
		    const char *had_broken)
{
	if (moment->found && moment->at_ns <= finding->at_ns)
		return;
	*moment = (struct moment){ .found = true,
				   .at_ns = finding->at_ns,
				   .load = finding->users,
				   .broke = broke,
				   .had_broken = had_broken };
}

struct moment findings_moment(const struct findings *findings)
{
	struct moment moment = { .broke = "", .had_broken = "" };
	struct moment limit = moment;

	for (size_t i = 0; i < findings_count(findings); i++) {
		const struct finding *finding = findings_at(findings, i);
		if (!finding->warning || finding->at_ns == FINDING_WHOLE)
			continue;
		if (finding->kind == FINDING_LATENCY_BREAK)
			earlier(&moment, finding, "response times broke",
				"response times had broken");
		else if (finding->kind == FINDING_FAILURE_BREAK)
			earlier(&moment, finding, "failures began", "failures had begun");
		else if (finding->kind == FINDING_LATENCY_LIMIT)
			earlier(&limit, finding, "response times passed their limit",
				"response times had passed their limit");
	}
	if (!moment.found)
		moment = limit;
	moment.slack_ns = moment.at_ns / 10 > SLACK_NS ? moment.at_ns / 10 : SLACK_NS;
	return moment;
}

bool moment_precedes(const struct moment *moment, uint64_t at_ns)
{
	return !moment->found || at_ns <= moment->at_ns + moment->slack_ns;
}

void moment_say(const struct moment *moment, uint64_t at_ns, struct finding *finding)
{
	double seconds = ((double)at_ns - (double)moment->at_ns) / 1e9;

	if (!moment->found)
		return;
	if (seconds < -1)
		findings_say(finding, ", %.0f s before %s", -seconds, moment->broke);
	else if (seconds <= 1)
		findings_say(finding, ", as %s", moment->broke);
	else
		findings_say(finding, ", %.0f s after %s", seconds, moment->had_broken);
}

void moment_points(const struct moment *moment, const struct watch *watch, size_t *from, size_t *to)
{
	uint64_t step = watch_step_ns(watch), count = watch_count(watch);
	uint64_t begin = moment->at_ns > moment->slack_ns ? moment->at_ns - moment->slack_ns : 0;
	uint64_t end = (moment->at_ns + moment->slack_ns) / step + 1;

	*to = (size_t)(end < count ? end : count);
	*from = (size_t)(begin / step);
	if (*from > *to)
		*from = *to;
}

/* Stays */

void stay_values(const struct watch_point *points, size_t count, double values[WATCH_POINTS])
{
	for (size_t i = 0; i < count; i++)
		values[i] = points != NULL && points[i].count > 0 ? watch_mean(&points[i]) : NAN;
}

/* Are 3 of the 5 readings from i on above? */
static bool stays(const double *ratios, size_t count, size_t i)
{
	unsigned above = 0, seen = 0;

	for (; i < count && seen < STAY_OF; i++) {
		if (isnan(ratios[i]))
			continue;
		seen++;
		above += ratios[i] >= 1;
	}
	return above >= STAY_READINGS;
}

static bool next(const double *ratios, size_t count, size_t i, struct stay *out)
{
	double sum = 0;

	while (i < count && !(ratios[i] >= 1 && stays(ratios, count, i)))
		i++;
	if (i == count)
		return false;
	*out = (struct stay){ .from = i, .to = i };
	for (; i < count; i++) {
		if (ratios[i] >= 1)
			out->to = i;
		else if (!isnan(ratios[i]) && !stays(ratios, count, i))
			break;
	}
	for (i = out->from; i <= out->to; i++) {
		if (isnan(ratios[i]))
			continue;
		out->readings++;
		sum += ratios[i];
		out->peak = fmax(out->peak, ratios[i]);
	}
	out->mean = sum / (double)out->readings;
	return true;
}

bool stay_find(const struct watch *watch, const double *ratios, size_t count,
	       const struct moment *moment, struct stay *out)
{
	struct stay stay;
	bool found = false;
	size_t from, to;

	moment_points(moment, watch, &from, &to);
	for (size_t i = 0; next(ratios, count, i, &stay); i = stay.to + 1) {
		bool touches = moment->found && stay.to >= from && stay.from < to;
		if (!found || touches || stay.to - stay.from > out->to - out->from)
			*out = stay;
		found = true;
		if (touches)
			break;
	}
	return found;
}

double stay_mean(const double *values, const struct stay *stay)
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = stay->from; i <= stay->to; i++) {
		if (isnan(values[i]))
			continue;
		sum += values[i];
		n++;
	}
	return n > 0 ? sum / (double)n : NAN;
}

uint64_t stay_begin_ns(const struct watch *watch, const struct stay *stay)
{
	return stay->from * watch_step_ns(watch);
}

double stay_seconds(const struct watch *watch, const struct stay *stay)
{
	return (double)(stay->to - stay->from + 1) * (double)watch_step_ns(watch) / 1e9;
}

void findings_monitor(struct findings *findings, const struct findings_input *input)
{
	if (input->watch == NULL || watch_subjects(input->watch) + watch_events(input->watch) == 0)
		return;
	const struct moment moment = findings_moment(findings);
	findings_database(findings, input, &moment);
	findings_containers(findings, input, &moment);
	findings_lives(findings, input, &moment);
	findings_unsaturated(findings, input, &moment);
	findings_leaks(findings, input);
}
