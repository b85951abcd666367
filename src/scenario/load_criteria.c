/* SPDX-License-Identifier: MIT */
/* "criteria": rules parsed and tied to the rows, classes and panels they speak of. A rule over a
 * name pattern becomes one criterion per matching row, each with its own verdict. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "message/reading.h"
#include "scenario/loader.h"
#include "scenario/scenario_internal.h"

#define RULES_MAX    1000
#define CRITERIA_MAX 10000

static void add(struct loader *loader, size_t *cap, const struct criterion *criterion)
{
	struct scenario *scenario = loader->scenario;

	if (scenario->criterion_count == *cap) {
		size_t count = *cap ? 2 * *cap : 16;

		scenario->criteria =
			mem_grow(scenario->criteria, *cap, count, sizeof(*scenario->criteria));
		*cap = count;
	}
	scenario->criteria[scenario->criterion_count++] = *criterion;
}

static void unknown_endpoint(struct loader *loader, const struct criterion *criterion)
{
	const struct scenario *scenario = loader->scenario;
	char *wanted = mem_printf("%s %s", criterion->scope_method, criterion->scope_name);
	char **rows = mem_array(scenario->endpoint_count + 1, sizeof(*rows));
	const char *near, *shown = "";

	for (size_t i = 0; i < scenario->endpoint_count; i++)
		rows[i] = mem_printf("%s %s", scenario->endpoints[i].method,
				     scenario->endpoints[i].name);
	near = text_nearest(wanted, (const char *const *)rows);
	if (!near && scenario->endpoint_count)
		shown = rows[0];
	if (near)
		reader_error(&loader->reader, "no request is named \"%s\": did you mean \"%s\"?",
			     wanted, near);
	else
		reader_error(&loader->reader, "no request is named \"%s\"%s%s%s", wanted,
			     *shown ? " (names are such as \"" : "", shown, *shown ? "\")" : "");
	for (size_t i = 0; i < scenario->endpoint_count; i++)
		free(rows[i]);
	free(rows);
	free(wanted);
}

/* Takes the criterion. */
static void add_endpoint_rule(struct loader *loader, size_t *cap, struct criterion *criterion)
{
	const struct scenario *scenario = loader->scenario;
	bool pattern = strchr(criterion->scope_name, '*') || *criterion->scope_method == '*';
	size_t before = scenario->criterion_count;

	for (size_t i = 0; i < scenario->endpoint_count; i++) {
		struct criterion copy;

		if (!criterion_counts(criterion, &scenario->endpoints[i]))
			continue;
		if (scenario->criterion_count == CRITERIA_MAX)
			break;
		criterion_copy_for(&copy, criterion, &scenario->endpoints[i], (unsigned)i);
		if (!pattern) {
			free(copy.text);
			copy.text = mem_strdup(criterion->text);
		}
		add(loader, cap, &copy);
	}
	if (scenario->criterion_count == before)
		unknown_endpoint(loader, criterion);
	criterion_fini(criterion);
}

static bool resolve_class(struct loader *loader, struct criterion *criterion)
{
	const struct scenario *scenario = loader->scenario;
	char text[400];

	for (size_t i = 0; i < scenario->class_count; i++) {
		if (strcmp(scenario->classes[i].name, criterion->scope_name) == 0) {
			criterion->scope_index = (unsigned)i;
			return true;
		}
	}
	reader_error(&loader->reader, "%s",
		     unknown_class_text(scenario, criterion->scope_name, text, sizeof(text)));
	return false;
}

/* A panel's rule needs the panel, unless the command line took it away. */
static bool resolve_monitor(struct loader *loader, const struct criterion *criterion)
{
	const struct panels *panels = &loader->scenario->panels;
	const char *gauge = criterion->reading_metric;

	if (criterion->monitor_source == READING_DOCKER && !panels->docker) {
		reader_error(&loader->reader, "speaks of a container, and there is no \"docker\" "
					      "in \"panels\"");
		return false;
	}
	if (criterion->monitor_source == READING_DOCKER)
		return true;
	if (!panels->postgres) {
		reader_error(&loader->reader, "speaks of the database, and there is no "
					      "\"postgres\" in \"panels\"");
		return false;
	}
	if (strcmp(criterion->monitor_metric, "gauge") != 0)
		return true;
	for (size_t i = 0; i < panels->gauge_count; i++)
		if (panels->gauges[i].name && strcmp(panels->gauges[i].name, gauge) == 0)
			return true;
	reader_error(&loader->reader, "\"panels\" has no gauge \"%s\"", gauge);
	return false;
}

static void add_rule(struct loader *loader, size_t *cap, const char *text)
{
	struct criterion criterion;
	struct error err = { 0 };
	bool ok = true;

	if (criterion_parse(&criterion, text, &err) < 0) {
		reader_error(&loader->reader, "%s", err.text);
		return;
	}
	if (criterion.scope == SCOPE_ENDPOINT) {
		add_endpoint_rule(loader, cap, &criterion);
		return;
	}
	if (criterion.scope == SCOPE_CLASS)
		ok = resolve_class(loader, &criterion);
	else if (criterion.scope == SCOPE_MONITOR)
		ok = resolve_monitor(loader, &criterion);
	if (ok)
		add(loader, cap, &criterion);
	else
		criterion_fini(&criterion);
}

void load_criteria(struct loader *loader, json_t *list)
{
	char actual[120];
	size_t cap = 0;

	reader_enter(&loader->reader, "criteria");
	if (json_array_size(list) > RULES_MAX)
		reader_error(&loader->reader, "has more than %d rules", RULES_MAX);
	for (size_t i = 0; i < json_array_size(list) && i < RULES_MAX; i++) {
		json_t *item = json_array_get(list, i);

		reader_enter_index(&loader->reader, i);
		if (json_is_string(item))
			add_rule(loader, &cap, json_string_value(item));
		else
			reader_error(&loader->reader,
				     "must be a rule such as \"p99 < 500ms\", not %s",
				     reader_describe(item, actual, sizeof(actual)));
		reader_leave(&loader->reader);
	}
	reader_leave(&loader->reader);
}
