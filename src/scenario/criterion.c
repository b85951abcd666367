/* SPDX-License-Identifier: MIT */
/* What is done with a parsed rule: comparing, showing, matching rows and readings. */
#include "config.h"

#include "scenario/criterion.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "scenario/criterion_internal.h"
#include "scenario/scenario.h"

void criterion_fini(struct criterion *criterion)
{
	free(criterion->text);
	free(criterion->scope_method);
	free(criterion->scope_name);
	free(criterion->monitor_name);
	free(criterion->reading_metric);
	free(criterion->monitor_metric);
	memset(criterion, 0, sizeof(*criterion));
}

static char *copy(const char *text)
{
	return text ? mem_strdup(text) : NULL;
}

void criterion_copy_for(struct criterion *out, const struct criterion *criterion,
			const struct endpoint *endpoint, unsigned index)
{
	/* The text begins with the method and the name, maybe in quotes. */
	const char *name = criterion->text + strlen(criterion->scope_method) + 1;
	size_t quote = *name == '"';
	const char *rest = name + quote + strlen(criterion->scope_name) + quote;

	*out = *criterion;
	out->text = mem_printf(strchr(endpoint->name, ' ') ? "%s \"%s\"%s" : "%s %s%s",
			       endpoint->method, endpoint->name, rest);
	out->scope_method = mem_strdup(endpoint->method);
	out->scope_name = mem_strdup(endpoint->name);
	out->scope_index = index;
	out->monitor_name = copy(criterion->monitor_name);
	out->reading_metric = copy(criterion->reading_metric);
	out->monitor_metric = copy(criterion->monitor_metric);
}

bool criterion_holds(const struct criterion *criterion, double measured)
{
	double value = criterion->value;

	switch (criterion->op) {
	case OP_LT:
		return measured < value;
	case OP_LE:
		return measured <= value;
	case OP_GT:
		return measured > value;
	case OP_GE:
		return measured >= value;
	case OP_EQ:
		return measured <= value && measured >= value;
	case OP_NE:
		return measured < value || measured > value;
	}
	return false;
}

/* A name with "*" matches any text there; everything else, brackets too, stands for itself. */
static bool name_matches(const char *pattern, const char *name)
{
	const char *star = NULL, *retry = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = pattern++;
			retry = name;
		} else if (*pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star + 1;
			name = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool criterion_counts(const struct criterion *criterion, const struct endpoint *endpoint)
{
	if (!criterion->scope_name)
		return true;
	return name_matches(criterion->scope_method, endpoint->method) &&
	       name_matches(criterion->scope_name, endpoint->name);
}

bool criterion_matches_reading(const struct criterion *criterion, const struct reading *reading)
{
	return criterion->metric == METRIC_MONITOR && reading->type == READING_VALUE &&
	       reading->source == criterion->monitor_source &&
	       strcmp(reading->metric, criterion->reading_metric) == 0 &&
	       (!criterion->monitor_name || name_matches(criterion->monitor_name, reading->name));
}

enum unit criterion_unit(const struct criterion *criterion)
{
	const struct monitor_row *row;

	if (criterion->metric != METRIC_MONITOR)
		return metric_row_of(criterion->metric)->unit;
	row = monitor_row_find(criterion->monitor_source, criterion->monitor_metric,
			       strcmp(criterion->reading_metric, "memory_pct") == 0);
	return row ? row->unit : UNIT_NUMBER;
}

static char *format_number(double value, char *dst, size_t size)
{
	if (fabs(value - round(value)) < 1e-9 && fabs(value) < 1e15) {
		char count[40];

		units_format_count((uint64_t)fabs(round(value)), count, sizeof(count));
		snprintf(dst, size, "%s%s", value < -0.5 ? "-" : "", count);
	} else {
		snprintf(dst, size, "%.2f", value);
	}
	return dst;
}

char *criterion_format_value(const struct criterion *criterion, double measured, char *dst,
			     size_t size)
{
	double positive = fmax(measured, 0);

	if (!isfinite(measured)) {
		snprintf(dst, size, "–");
		return dst;
	}
	switch (criterion_unit(criterion)) {
	case UNIT_COUNT:
	case UNIT_NUMBER:
		return format_number(measured, dst, size);
	case UNIT_RATIO:
		snprintf(dst, size, "%.*f %%",
			 measured >= 1 || measured <= 0 ? 0
			 : measured >= 0.9995           ? 3
							: 1,
			 measured * 100);
		return dst;
	case UNIT_RATE:
		snprintf(dst, size, "%.1f", measured);
		return dst;
	case UNIT_LATENCY:
		return units_format_latency((uint64_t)llround(positive), 0, dst, size);
	case UNIT_BYTES:
		return units_format_bytes((uint64_t)positive, dst, size);
	case UNIT_PERCENT:
		snprintf(dst, size, "%.0f %%", measured);
		return dst;
	case UNIT_DURATION:
		return units_format_latency((uint64_t)llround(positive * 1e6), 0, dst, size);
	case UNIT_NONE:
		snprintf(dst, size, "%s", measured > 0 ? "cascading" : "none");
		return dst;
	}
	return dst;
}
