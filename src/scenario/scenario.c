/* SPDX-License-Identifier: MIT */
/* What is done with a scenario once it is loaded. Everything here only reads it, except
 * scenario_free. */
#include "config.h"

#include "scenario/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/names.h"
#include "scenario/scenario_internal.h"
#include "scenario/template.h"

bool step_accepts(const struct step *step, unsigned status)
{
	if (step->accept_default)
		return status >= 100 && status < 400;
	return status < STATUS_BITS && (step->accept[status / 64] >> (status % 64) & 1);
}

/* ---- free -------------------------------------------------------------------------------- */

static void headers_free(struct header *headers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(headers[i].name);
	free(headers);
}

static void steps_free(struct step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct step *step = &steps[i];

		free(step->method);
		headers_free(step->headers, step->header_count);
		headers_free(step->then_headers, step->then_header_count);
		free(step->file);
		free(step->content_type);
	}
	free(steps);
}

void user_class_fini(struct user_class *class)
{
	free(class->name);
	free(class->vars);
	steps_free(class->on_start, class->on_start_count);
	steps_free(class->on_stop, class->on_stop_count);
	for (size_t i = 0; i < class->task_count; i++) {
		free(class->tasks[i].name);
		steps_free(class->tasks[i].steps, class->tasks[i].step_count);
	}
	free(class->tasks);
}

static void data_fini(struct data_set *set)
{
	free(set->name);
	free(set->file);
	free(set->slots);
	for (size_t i = 0; i < set->column_count; i++)
		free(set->columns[i]);
	free(set->columns);
	for (size_t i = 0; i < set->row_count * set->column_count; i++)
		free(set->cells[i]);
	free(set->cells);
}

static void http_fini(struct http_options *http)
{
	free(http->ca_file);
	free(http->cert_file);
	free(http->key_file);
	free(http->unix_socket);
	free(http->connect_to);
}

void panels_fini_docker(struct panels *panels)
{
	free(panels->docker_host);
	for (size_t i = 0; i < panels->container_count; i++)
		free(panels->containers[i].name);
	free(panels->containers);
	free(panels->logs);
	for (size_t i = 0; i < panels->log_pattern_count; i++)
		free(panels->log_patterns[i]);
	free(panels->log_patterns);
}

void panels_fini_postgres(struct panels *panels)
{
	free(panels->dsn);
	free(panels->exec_container);
	free(panels->exec_user);
	free(panels->exec_database);
	for (size_t i = 0; i < panels->gauge_count; i++) {
		free(panels->gauges[i].name);
		free(panels->gauges[i].query);
	}
	free(panels->gauges);
}

static void parts_free(struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->class_count; i++)
		user_class_fini(&scenario->classes[i]);
	free(scenario->classes);
	for (size_t i = 0; i < scenario->endpoint_count; i++) {
		free(scenario->endpoints[i].method);
		free(scenario->endpoints[i].name);
	}
	free(scenario->endpoints);
	for (size_t i = 0; i < scenario->check_count; i++)
		check_fini(&scenario->checks[i]);
	free(scenario->checks);
	for (size_t i = 0; i < scenario->extract_count; i++)
		extract_fini(&scenario->extracts[i]);
	free(scenario->extracts);
	for (size_t i = 0; i < scenario->criterion_count; i++)
		criterion_fini(&scenario->criteria[i]);
	free(scenario->criteria);
	for (size_t i = 0; i < scenario->data_count; i++)
		data_fini(&scenario->data[i]);
	free(scenario->data);
	for (size_t i = 0; i < scenario->user_header_count; i++)
		free(scenario->user_headers[i]);
	free(scenario->user_headers);
	for (size_t i = 0; i < scenario->template_count; i++)
		template_free(scenario->templates[i]);
	free(scenario->templates);
}

void scenario_free(struct scenario *scenario)
{
	if (!scenario)
		return;
	parts_free(scenario);
	steps_free(scenario->setup, scenario->setup_count);
	steps_free(scenario->teardown, scenario->teardown_count);
	url_fini(&scenario->target);
	http_fini(&scenario->http);
	panels_fini_docker(&scenario->panels);
	panels_fini_postgres(&scenario->panels);
	names_free(scenario->names);
	free(scenario->load.stages);
	free(scenario->vars);
	free(scenario->file);
	free(scenario->name);
	free(scenario->description);
	free(scenario->source);
	free(scenario);
}

/* ---- users by class ---------------------------------------------------------------------- */

/* Largest remainder (Hamilton's method): whole shares first, then one each to the largest
 * remainders; ties go to the class that stands first. */
static void split_by_weight(const double *weights, size_t classes, unsigned total, unsigned *counts)
{
	double remainders[SCENARIO_CLASSES_MAX], sum = 0;
	unsigned left = total;

	for (size_t i = 0; i < classes; i++)
		sum += weights[i];
	for (size_t i = 0; i < classes && sum > 0; i++) {
		double share = total * weights[i] / sum;
		unsigned whole = (unsigned)share;

		counts[i] += whole;
		left -= whole;
		remainders[i] = weights[i] > 0 ? share - whole : -1;
	}
	while (left > 0 && sum > 0) {
		size_t best = 0;

		for (size_t i = 1; i < classes; i++)
			if (remainders[i] > remainders[best])
				best = i;
		counts[best]++;
		remainders[best] = -1;
		left--;
	}
}

void scenario_split_users(const struct scenario *scenario, unsigned total, unsigned *counts)
{
	double weights[SCENARIO_CLASSES_MAX] = { 0 };
	bool any_weighted = false;

	for (size_t i = 0; i < scenario->class_count; i++) {
		const struct user_class *class = &scenario->classes[i];

		counts[i] = class->fixed_users < total ? class->fixed_users : total;
		total -= counts[i];
		weights[i] = class->fixed_users ? 0 : class->weight;
		any_weighted |= weights[i] > 0;
	}
	/* More users than all fixed ones, and no class to take them: by their numbers. */
	for (size_t i = 0; i < scenario->class_count && !any_weighted; i++)
		weights[i] = scenario->classes[i].fixed_users;
	split_by_weight(weights, scenario->class_count, total, counts);
}
