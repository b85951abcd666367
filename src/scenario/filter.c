/* SPDX-License-Identifier: MIT */
/* What the command line leaves out of a loaded scenario. Endpoints stay: their numbers are the
 * same for every choice of classes, and rows without requests are not shown. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "message/reading.h"
#include "scenario/scenario_internal.h"

static bool is_listed(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

char *unknown_class_text(const struct scenario *scenario, const char *name, char *dst, size_t size)
{
	const char *names[SCENARIO_CLASSES_MAX + 1] = { NULL }, *near;
	size_t len;

	for (size_t i = 0; i < scenario->class_count; i++)
		names[i] = scenario->classes[i].name;
	near = text_nearest(name, names);
	len = (size_t)snprintf(dst, size, "there is no class \"%.60s\"", name);
	if (near)
		snprintf(dst + len, size - len, ": did you mean \"%s\"?", near);
	for (size_t i = 0; names[i] && !near && len < size; i++)
		len += (size_t)snprintf(dst + len, size - len, "%s%s", i ? ", " : "; there are ",
					names[i]);
	return dst;
}

/* Every name that is wanted must be there. */
static void check_names(const struct scenario *scenario, const char *const *wanted,
			struct errors *errs)
{
	char text[400];

	for (; *wanted; wanted++) {
		bool found = false;

		for (size_t i = 0; i < scenario->class_count; i++)
			found |= strcmp(scenario->classes[i].name, *wanted) == 0;
		if (!found)
			errors_add(errs, scenario->file, 0, "users", "%s",
				   unknown_class_text(scenario, *wanted, text, sizeof(text)));
	}
}

static bool steps_use(const struct step *steps, size_t count, unsigned endpoint)
{
	for (size_t i = 0; i < count; i++)
		if (steps[i].endpoint == endpoint)
			return true;
	return false;
}

static bool class_uses(const struct user_class *class, unsigned endpoint)
{
	if (steps_use(class->on_start, class->on_start_count, endpoint) ||
	    steps_use(class->on_stop, class->on_stop_count, endpoint))
		return true;
	for (size_t i = 0; i < class->task_count; i++)
		if (steps_use(class->tasks[i].steps, class->tasks[i].step_count, endpoint))
			return true;
	return false;
}

static bool endpoint_is_used(const struct scenario *scenario, unsigned endpoint)
{
	for (size_t i = 0; i < scenario->class_count; i++)
		if (class_uses(&scenario->classes[i], endpoint))
			return true;
	return false;
}

/* moved[i]: where class i went, or -1. */
static bool criterion_stays(const struct scenario *scenario, struct criterion *criterion,
			    const int *moved)
{
	switch (criterion->scope) {
	case SCOPE_ALL:
		return true;
	case SCOPE_CLASS:
		if (moved[criterion->scope_index] < 0)
			return false;
		criterion->scope_index = (unsigned)moved[criterion->scope_index];
		return true;
	case SCOPE_ENDPOINT:
		return endpoint_is_used(scenario, criterion->scope_index);
	case SCOPE_MONITOR:
		return criterion->monitor_source == READING_DOCKER ? scenario->panels.docker
								   : scenario->panels.postgres;
	}
	return true;
}

static void filter_criteria(struct scenario *scenario, const int *moved)
{
	size_t kept = 0;

	for (size_t i = 0; i < scenario->criterion_count; i++) {
		if (criterion_stays(scenario, &scenario->criteria[i], moved))
			scenario->criteria[kept++] = scenario->criteria[i];
		else
			criterion_fini(&scenario->criteria[i]);
	}
	scenario->criterion_count = kept;
}

static void filter_panels(struct panels *panels, const struct scenario_overrides *over)
{
	struct panels kept = *panels;

	if (over->no_docker) {
		panels_fini_docker(panels);
		kept.docker = false;
		kept.docker_host = kept.logs = NULL;
		kept.containers = NULL;
		kept.log_patterns = NULL;
		kept.container_count = kept.log_pattern_count = 0;
	}
	if (over->no_postgres) {
		panels_fini_postgres(panels);
		kept.postgres = false;
		kept.dsn = kept.exec_container = kept.exec_user = kept.exec_database = NULL;
		kept.gauges = NULL;
		kept.gauge_count = 0;
	}
	*panels = kept;
}

void scenario_filter(struct scenario *scenario, const struct scenario_overrides *over,
		     struct errors *errs)
{
	int moved[SCENARIO_CLASSES_MAX];
	size_t kept = 0;

	if (over->classes)
		check_names(scenario, over->classes, errs);
	for (size_t i = 0; i < scenario->class_count; i++) {
		if (over->classes && !is_listed(over->classes, scenario->classes[i].name)) {
			moved[i] = -1;
			user_class_fini(&scenario->classes[i]);
		} else {
			moved[i] = (int)kept;
			scenario->classes[kept++] = scenario->classes[i];
		}
	}
	if (kept < scenario->class_count || over->no_docker || over->no_postgres) {
		scenario->class_count = kept;
		filter_panels(&scenario->panels, over);
		filter_criteria(scenario, moved);
	}
}
