/* SPDX-License-Identifier: MIT */
/* The Engine's answers about containers, and how a name finds one: by id or name, by compose service, by pattern. */
#include "config.h"

#include "monitor/docker_find.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"

#define SERVICE_LABEL "com.docker.compose.service"
#define NUMBER_LABEL  "com.docker.compose.container-number"
#define ID_SHORT      12 /* digits of an id that docker ps shows */

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static const char *without_slash(const char *name)
{
	return name[0] == '/' ? name + 1 : name;
}

/* ---- list ---------------------------------------------------------------------------------- */

static void read_listed(struct docker_listed *out, const json_t *item)
{
	const json_t *labels = json_object_get(item, "Labels");
	const char *name = json_string_value(json_array_get(json_object_get(item, "Names"), 0));

	out->id = mem_strdup(string_of(item, "Id"));
	out->name = mem_strdup(without_slash(name != NULL ? name : out->id));
	out->service = mem_strdup(string_of(labels, SERVICE_LABEL));
	out->number = (unsigned)strtoul(string_of(labels, NUMBER_LABEL), NULL, 10);
	out->running = strcmp(string_of(item, "State"), "running") == 0;
}

int docker_list_parse(struct docker_list *out, const char *json, size_t len)
{
	json_t *root = json_loadb(json, len, 0, NULL);
	json_t *item;
	size_t i;

	if (!json_is_array(root)) {
		json_decref(root);
		return -EBADMSG;
	}
	*out = (struct docker_list){ .items = mem_array(json_array_size(root) + 1,
							sizeof(*out->items)) };
	json_array_foreach(root, i, item)
	{
		if (string_of(item, "Id")[0] != '\0')
			read_listed(&out->items[out->count++], item);
	}
	json_decref(root);
	return 0;
}

void docker_list_fini(struct docker_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].id);
		free(list->items[i].name);
		free(list->items[i].service);
	}
	free(list->items);
	*list = (struct docker_list){ 0 };
}

enum docker_match docker_match(const struct docker_listed *listed, const char *wanted)
{
	wanted = without_slash(wanted);
	if (strcmp(listed->name, wanted) == 0)
		return DOCKER_MATCH_NAME;
	if (strlen(wanted) >= ID_SHORT && strncmp(listed->id, wanted, strlen(wanted)) == 0)
		return DOCKER_MATCH_NAME;
	if (listed->service[0] != '\0' && strcmp(listed->service, wanted) == 0)
		return DOCKER_MATCH_SERVICE;
	if (strpbrk(wanted, "*?[") != NULL &&
	    (fnmatch(wanted, listed->name, 0) == 0 ||
	     (listed->service[0] != '\0' && fnmatch(wanted, listed->service, 0) == 0)))
		return DOCKER_MATCH_PATTERN;
	return DOCKER_MATCH_NONE;
}

enum docker_match docker_match_best(const struct docker_list *list, const char *wanted)
{
	enum docker_match best = DOCKER_MATCH_NONE;

	for (size_t i = 0; i < list->count; i++) {
		enum docker_match match = docker_match(&list->items[i], wanted);

		if (match != DOCKER_MATCH_NONE && (best == DOCKER_MATCH_NONE || match < best))
			best = match;
	}
	return best;
}

/* ---- details ------------------------------------------------------------------------------- */

static void read_state(struct docker_details *out, const json_t *state)
{
	const char *status = string_of(state, "Status");
	bool running = json_is_true(json_object_get(state, "Running"));
	bool paused = json_is_true(json_object_get(state, "Paused"));

	snprintf(out->started, sizeof(out->started), "%s", string_of(state, "StartedAt"));
	out->exit_code = (int)json_integer_value(json_object_get(state, "ExitCode"));
	out->oom_killed = json_is_true(json_object_get(state, "OOMKilled"));
	out->alive = running;
	out->running = running && !paused && !json_is_true(json_object_get(state, "Restarting"));
	if (status[0] == '\0')
		status = paused ? "paused" : running ? "running" : "exited";
	if (strcmp(status, "exited") == 0 || strcmp(status, "stopped") == 0)
		snprintf(out->state, sizeof(out->state), "exited (%d)", out->exit_code);
	else
		snprintf(out->state, sizeof(out->state), "%s", status);
	snprintf(out->health, sizeof(out->health), "%s",
		 string_of(json_object_get(state, "Health"), "Status"));
	if (strcmp(out->health, "none") == 0)
		out->health[0] = '\0';
}

/* "0-3,8" → 5 */
static unsigned count_cpus(const char *set)
{
	unsigned count = 0;

	while (*set != '\0') {
		char *end;
		unsigned long first = strtoul(set, &end, 10), last = first;

		if (end == set)
			return 0;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (last < first || (*end != ',' && *end != '\0'))
			return 0;
		count += (unsigned)(last - first + 1);
		set = *end == ',' ? end + 1 : end;
	}
	return count;
}

static void read_limits(struct docker_details *out, const json_t *config)
{
	double nano = json_number_value(json_object_get(config, "NanoCpus"));
	double quota = json_number_value(json_object_get(config, "CpuQuota"));
	double period = json_number_value(json_object_get(config, "CpuPeriod"));
	unsigned set = count_cpus(string_of(config, "CpusetCpus"));

	if (nano > 0)
		out->cpu_limit_pct = nano / 1e7;
	else if (quota > 0)
		out->cpu_limit_pct = quota * 100 / (period > 0 ? period : 100000);
	if (set > 0 && (out->cpu_limit_pct == 0 || set * 100 < out->cpu_limit_pct))
		out->cpu_limit_pct = set * 100;
	out->memory_limit_bytes = json_number_value(json_object_get(config, "Memory"));
	out->host_network = strcmp(string_of(config, "NetworkMode"), "host") == 0;
	out->log_driver = mem_strdup(string_of(json_object_get(config, "LogConfig"), "Type"));
}

static char *first_ip(json_t *settings)
{
	const char *name;
	json_t *network;

	json_object_foreach(json_object_get(settings, "Networks"), name, network)
	{
		if (string_of(network, "IPAddress")[0] != '\0')
			return mem_strdup(string_of(network, "IPAddress"));
	}
	return mem_strdup(string_of(settings, "IPAddress"));
}

static void read_env(struct docker_details *out, const json_t *list)
{
	size_t count = 0;

	out->env = mem_array(json_array_size(list) + 1, sizeof(*out->env));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *entry = json_string_value(json_array_get(list, i));

		if (entry != NULL)
			out->env[count++] = mem_strdup(entry);
	}
}

int docker_details_parse(struct docker_details *out, const char *json, size_t len)
{
	json_t *root = json_loadb(json, len, 0, NULL);
	const json_t *config = json_object_get(root, "Config");
	struct docker_details found = { 0 };

	if (string_of(root, "Id")[0] == '\0' || !json_is_object(json_object_get(root, "State"))) {
		json_decref(root);
		return -EBADMSG;
	}
	found.id = mem_strdup(string_of(root, "Id"));
	found.name = mem_strdup(without_slash(string_of(root, "Name")));
	found.tty = json_is_true(json_object_get(config, "Tty"));
	read_state(&found, json_object_get(root, "State"));
	read_limits(&found, json_object_get(root, "HostConfig"));
	read_env(&found, json_object_get(config, "Env"));
	found.ip = first_ip(json_object_get(root, "NetworkSettings"));
	json_decref(root);
	*out = found;
	return 0;
}

void docker_details_fini(struct docker_details *details)
{
	free(details->id);
	free(details->name);
	free(details->ip);
	free(details->log_driver);
	for (size_t i = 0; details->env != NULL && details->env[i] != NULL; i++)
		free(details->env[i]);
	free(details->env);
	*details = (struct docker_details){ 0 };
}

/* ---- events -------------------------------------------------------------------------------- */

int docker_event_parse(struct docker_event *out, const char *json, size_t len)
{
	json_t *root = json_loadb(json, len, 0, NULL);
	const json_t *actor = json_object_get(root, "Actor");
	const json_t *attributes = json_object_get(actor, "Attributes");
	const char *action = string_of(root, "Action");
	const char *id = string_of(actor, "ID"), *code, *colon;

	if (action[0] == '\0') /* before API 1.22, and podman's own form */
		action = string_of(root, "status");
	if (id[0] == '\0')
		id = string_of(root, "id");
	if (action[0] == '\0' || id[0] == '\0') {
		json_decref(root);
		return -EBADMSG;
	}
	*out = (struct docker_event){ .exit_code = -1 };
	colon = strchr(action, ':');
	snprintf(out->action, sizeof(out->action), "%.*s", (int)strcspn(action, ":"), action);
	if (colon != NULL)
		snprintf(out->detail, sizeof(out->detail), "%s", colon + 1 + (colon[1] == ' '));
	snprintf(out->id, sizeof(out->id), "%s", id);
	snprintf(out->name, sizeof(out->name), "%s", string_of(attributes, "name"));
	code = string_of(attributes, "exitCode");
	if (code[0] == '\0')
		code = string_of(attributes, "containerExitCode");
	if (code[0] != '\0')
		out->exit_code = (int)strtol(code, NULL, 10);
	json_decref(root);
	return 0;
}
