/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/result_json.h"

#include <stdint.h>

#include "base/text.h"
#include "scenario/plan.h"
#include "scenario/scenario.h"

static const char *const WAIT_NAMES[] = {
	[WAIT_NONE] = "none",       [WAIT_CONSTANT] = "constant",
	[WAIT_UNIFORM] = "uniform", [WAIT_EXPONENTIAL] = "exponential",
	[WAIT_PACING] = "pacing",
};

static const char *const STAGE_NAMES[] = {
	[STAGE_USERS] = "users",
	[STAGE_HOLD] = "hold",
	[STAGE_RATE] = "rate",
};

#define TEXT_MAX 4096

json_t *result_json_text(const char *text)
{
	char clean[TEXT_MAX];
	json_t *string = json_string(text);

	if (string != NULL)
		return string;
	text_clean(clean, sizeof(clean), text, SIZE_MAX, false);
	return json_string(clean);
}

static json_t *text_or_null(const char *text)
{
	return text != NULL ? result_json_text(text) : json_null();
}

static json_t *seconds(uint64_t ns)
{
	return json_real((double)ns / 1e9);
}

static json_t *stages(const struct load *load)
{
	json_t *list = json_array();

	for (size_t i = 0; i < load->stage_count; i++) {
		const struct stage *stage = &load->stages[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:f, s:o}", "kind", STAGE_NAMES[stage->kind],
						"value", stage->value, "duration_s",
						seconds(stage->duration_ns)));
	}
	return list;
}

/* [least, most]; most null: at least so much. Null: nothing was said. */
static json_t *wanted(const struct load *load)
{
	if (!(load->target_rps_low > 0) && !(load->target_rps_high > 0))
		return json_null();
	return json_pack("[f, o]", load->target_rps_low,
			 load->target_rps_high > 0 ? json_real(load->target_rps_high)
						   : json_null());
}

static json_t *load_config(const struct load *load)
{
	json_t *object = json_object();

	json_object_set_new(object, "open", json_boolean(load->open));
	json_object_set_new(object, "users", json_real(load->users));
	json_object_set_new(object, "spawn_rate", json_real(load->spawn_rate));
	json_object_set_new(object, "rate", json_real(load->rate));
	json_object_set_new(object, "rate_over_s", seconds(load->rate_over_ns));
	json_object_set_new(object, "duration_s",
			    load->duration_ns != 0 ? seconds(load->duration_ns) : json_null());
	json_object_set_new(object, "warmup_s", seconds(load->warmup_ns));
	json_object_set_new(object, "max_in_flight", json_integer(load->max_in_flight));
	json_object_set_new(object, "max_users", json_integer(load->max_users));
	json_object_set_new(object, "max_rate",
			    load->open ? json_real(load->max_rate) : json_null());
	json_object_set_new(object, "target_rps", wanted(load));
	json_object_set_new(object, "stages", stages(load));
	return object;
}

static json_t *http_config(const struct http_options *http)
{
	json_t *object = json_object();

	json_object_set_new(object, "version", json_string(http->version == 2 ? "2" : "1.1"));
	json_object_set_new(object, "timeout_s", seconds(http->timeout_ns));
	json_object_set_new(object, "connect_timeout_s", seconds(http->connect_timeout_ns));
	json_object_set_new(object, "gzip", json_boolean(http->gzip));
	json_object_set_new(object, "cookies", json_boolean(http->cookies));
	json_object_set_new(object, "follow_redirects", json_boolean(http->follow_redirects));
	json_object_set_new(object, "max_connections", json_integer(http->max_connections));
	json_object_set_new(object, "insecure", json_boolean(http->insecure));
	json_object_set_new(object, "ca_file", text_or_null(http->ca_file));
	json_object_set_new(object, "cert_file", text_or_null(http->cert_file));
	json_object_set_new(object, "unix_socket", text_or_null(http->unix_socket));
	json_object_set_new(object, "connect_to", text_or_null(http->connect_to));
	return object;
}

static json_t *class_config(const struct user_class *class)
{
	json_t *object = json_object();
	json_t *tasks = json_object();

	for (size_t i = 0; i < class->task_count; i++)
		json_object_set_new(tasks, class->tasks[i].name,
				    json_integer(class->tasks[i].weight));
	json_object_set_new(object, "name", result_json_text(class->name));
	json_object_set_new(object, "weight", json_integer(class->weight));
	json_object_set_new(object, "fixed_users",
			    class->fixed_users != 0 ? json_integer(class->fixed_users)
						    : json_null());
	json_object_set_new(object, "wait",
			    json_pack("{s:s, s:o, s:o}", "kind", WAIT_NAMES[class->wait.kind],
				      "a_s", seconds(class->wait.a_ns), "b_s",
				      seconds(class->wait.b_ns)));
	json_object_set_new(object, "tasks", tasks);
	return object;
}

/* What was to be watched. A DSN can hold a password, so only that there was one is said. */
static json_t *panels_config(const struct panels *panels)
{
	json_t *object = json_object(), *containers = json_array();

	for (size_t i = 0; panels->docker && i < panels->container_count; i++)
		json_array_append_new(containers, result_json_text(panels->containers[i].name));
	json_object_set_new(object, "containers", containers);
	json_object_set_new(object, "postgres", json_boolean(panels->postgres));
	json_object_set_new(object, "postgres_exec",
			    text_or_null(panels->postgres ? panels->exec_container : NULL));
	return object;
}

#define WARNINGS_MAX 20

/* What the plan said could not be reached, before anything was sent. */
static json_t *plan_texts(const struct scenario *scenario)
{
	struct plan_warning warnings[WARNINGS_MAX];
	size_t count = plan_warnings(scenario, warnings, WARNINGS_MAX);
	json_t *list = json_array();

	for (size_t i = 0; i < count && i < WARNINGS_MAX; i++)
		json_array_append_new(list, result_json_text(warnings[i].text));
	return list;
}

json_t *result_json_config(const struct scenario *scenario, unsigned engine_count)
{
	json_t *object = json_object();
	json_t *classes = json_array(), *criteria = json_array();

	for (size_t i = 0; i < scenario->class_count; i++)
		json_array_append_new(classes, class_config(&scenario->classes[i]));
	for (size_t i = 0; i < scenario->criterion_count; i++)
		json_array_append_new(criteria, result_json_text(scenario->criteria[i].text));
	json_object_set_new(object, "file", text_or_null(scenario->file));
	json_object_set_new(object, "threads", json_integer(engine_count));
	json_object_set_new(object, "load", load_config(&scenario->load));
	json_object_set_new(object, "http", http_config(&scenario->http));
	json_object_set_new(object, "classes", classes);
	json_object_set_new(object, "panels", panels_config(&scenario->panels));
	json_object_set_new(object, "criteria", criteria);
	json_object_set_new(object, "out_of_reach", plan_texts(scenario));
	return object;
}
