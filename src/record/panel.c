/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/panel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "message/frame.h"
#include "record/marks.h"
#include "record/panel_log.h"
#include "record/panel_postgres.h"
#include "scenario/scenario.h"

/* Readings name their values; two const tables say where each goes. What a table does not know is
 * not shown (it is still a criterion's and the monitor file's). */

#define HISTORY 60

struct value {
	double value;
	uint64_t at_ns; /* 0: never */
};

enum docker_metric {
	DOCKER_CPU,
	DOCKER_CPU_LIMIT,
	DOCKER_MEMORY,
	DOCKER_MEMORY_LIMIT,
	DOCKER_NET_RX,
	DOCKER_NET_TX,
	DOCKER_IO_READ,
	DOCKER_IO_WRITE,
	DOCKER_PIDS,
	DOCKER_RESTARTS,
	DOCKER_OOM_KILLS,
	DOCKER_METRICS
};

static const char *const docker_names[DOCKER_METRICS] = {
	[DOCKER_CPU] = "cpu_pct",         [DOCKER_CPU_LIMIT] = "cpu_limit_pct",
	[DOCKER_MEMORY] = "memory_bytes", [DOCKER_MEMORY_LIMIT] = "memory_limit_bytes",
	[DOCKER_NET_RX] = "net_rx_bps",   [DOCKER_NET_TX] = "net_tx_bps",
	[DOCKER_IO_READ] = "io_read_bps", [DOCKER_IO_WRITE] = "io_write_bps",
	[DOCKER_PIDS] = "pids",           [DOCKER_RESTARTS] = "restarts",
	[DOCKER_OOM_KILLS] = "oom_kills",
};

struct history {
	float values[HISTORY];
	size_t count;
};

struct container {
	char name[READING_NAME_MAX];
	unsigned index; /* of its target in the scenario's list */
	char state[READING_TEXT_MAX];
	char health[READING_TEXT_MAX];
	bool host_network;
	struct value values[DOCKER_METRICS];
	struct history cpu;
};

struct panel {
	const struct scenario *scenario;
	struct marks *marks;
	char problem[READING_SOURCES][READING_TEXT_MAX];
	size_t container_count;
	struct container containers[PANEL_CONTAINERS_MAX];
	struct panel_log *log;
	struct panel_postgres *postgres;
	uint64_t fresh_ns[READING_SOURCES];
};

struct panel *panel_new(const struct scenario *scenario, struct marks *marks)
{
	struct panel *panel = mem_new(sizeof(*panel));

	panel->scenario = scenario;
	panel->marks = marks;
	panel->log = panel_log_new();
	panel->postgres = panel_postgres_new(scenario, marks);
	panel->fresh_ns[READING_DOCKER] = PANEL_FRESH_NS;
	return panel;
}

void panel_free(struct panel *panel)
{
	if (panel == NULL)
		return;
	panel_log_free(panel->log);
	panel_postgres_free(panel->postgres);
	free(panel);
}

static void set(struct value *value, const struct reading *reading)
{
	value->value = reading->value;
	value->at_ns = reading->at_ns;
}

static double get(const struct panel *panel, enum reading_source source, const struct value *value,
		  uint64_t now_ns)
{
	bool fresh = value->at_ns != 0 && value->at_ns + panel->fresh_ns[source] >= now_ns;

	return fresh ? value->value : FRAME_GAP;
}

static void push(struct history *history, double value)
{
	if (history->count == HISTORY) {
		memmove(history->values, history->values + 1,
			(HISTORY - 1) * sizeof(*history->values));
		history->count--;
	}
	history->values[history->count++] = (float)value;
}

static struct container *container_of(struct panel *panel, const struct reading *reading)
{
	for (size_t i = 0; i < panel->container_count; i++)
		if (strncmp(panel->containers[i].name, reading->name, READING_NAME_MAX) == 0)
			return &panel->containers[i];
	if (panel->container_count == PANEL_CONTAINERS_MAX)
		return NULL;
	/* In the scenario's order, whichever was heard of first. */
	size_t at = panel->container_count++;
	for (; at > 0 && panel->containers[at - 1].index > reading->index; at--)
		panel->containers[at] = panel->containers[at - 1];
	struct container *container = &panel->containers[at];
	*container = (struct container){ .index = reading->index };
	snprintf(container->name, sizeof(container->name), "%s", reading->name);
	return container;
}

static void set_docker(struct panel *panel, const struct reading *reading)
{
	struct container *container = container_of(panel, reading);

	if (container == NULL)
		return;
	container->index = reading->index;
	for (unsigned i = 0; i < DOCKER_METRICS; i++) {
		if (strcmp(docker_names[i], reading->metric) != 0)
			continue;
		set(&container->values[i], reading);
		if (i == DOCKER_CPU)
			push(&container->cpu, reading->value);
		return;
	}
}

/* A row that stands for nothing any more. */
static void forget(struct panel *panel, struct container *container)
{
	size_t at = (size_t)(container - panel->containers);

	panel->container_count--;
	memmove(container, container + 1, (panel->container_count - at) * sizeof(*container));
}

/* What does not run, or is not read, has no values any more, from this instant on: a chart shows a gap
 * and not the last value for as long as it would have been fresh. */
static void forget_values(struct container *container)
{
	static const unsigned gone[] = { DOCKER_CPU,    DOCKER_MEMORY,  DOCKER_NET_RX,
					 DOCKER_NET_TX, DOCKER_IO_READ, DOCKER_IO_WRITE,
					 DOCKER_PIDS };

	if (container->values[DOCKER_CPU].at_ns != 0)
		push(&container->cpu, FRAME_GAP);
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		container->values[gone[i]].at_ns = 0;
}

static void forget_source(struct panel *panel, enum reading_source source)
{
	if (source == READING_DOCKER) {
		for (size_t i = 0; i < panel->container_count; i++)
			forget_values(&panel->containers[i]);
		return;
	}
	panel_postgres_forget(panel->postgres);
}

static bool has_values(const char *state)
{
	return strncmp(state, "running", strlen("running")) == 0 ||
	       strncmp(state, "paused", strlen("paused")) == 0;
}

/* A state that changes is worth a mark; the first one is not. Running again after an end is said by
 * the event of the restart. */
static void set_state(struct panel *panel, const struct reading *reading, uint64_t at_ns)
{
	struct container *container;
	bool is_health = strcmp(reading->metric, "health") == 0;
	char *text;

	if (reading->source != READING_DOCKER || (container = container_of(panel, reading)) == NULL)
		return;
	if (strcmp(reading->metric, "network") == 0) {
		container->host_network = strcmp(reading->text, "host") == 0;
		return;
	}
	if (!is_health && reading->text[0] == '\0') {
		forget(panel, container);
		return;
	}
	text = is_health ? container->health : container->state;
	if (text[0] != '\0' && strcmp(text, reading->text) != 0 && reading->text[0] != '\0' &&
	    !(strcmp(reading->text, "running") == 0 && strncmp(text, "exited", 6) == 0))
		marks_add(panel->marks, at_ns, false, "%s: %s", reading->name, reading->text);
	snprintf(text, READING_TEXT_MAX, "%s", reading->text);
	if (!is_health && !has_values(text))
		forget_values(container);
}

/* What a container's state says already needs no mark of its own. */
static bool is_state_event(const struct reading *reading)
{
	static const char *const metrics[] = { "die", "start", "pause", "unpause", "destroy" };

	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		if (strcmp(reading->metric, metrics[i]) == 0)
			return reading->source == READING_DOCKER;
	return false;
}

static void set_problem(struct panel *panel, const struct reading *reading, uint64_t at_ns)
{
	static const char *const names[READING_SOURCES] = { "docker", "postgres" };
	char *problem = panel->problem[reading->source];

	if (strcmp(problem, reading->text) != 0)
		marks_add(panel->marks, at_ns, false, "%s: %s", names[reading->source],
			  reading->text[0] != '\0' ? reading->text : "recovered");
	snprintf(problem, READING_TEXT_MAX, "%s", reading->text);
	if (problem[0] != '\0')
		forget_source(panel, reading->source);
}

void panel_add(struct panel *panel, const struct reading *reading, uint64_t at_ns)
{
	if (reading->source >= READING_SOURCES)
		return;
	switch ((enum reading_type)reading->type) {
	case READING_VALUE:
		if (reading->source == READING_DOCKER)
			set_docker(panel, reading);
		else
			panel_postgres_add(panel->postgres, reading, at_ns);
		break;
	case READING_STATE:
		if (reading->source == READING_POSTGRES)
			panel_postgres_add(panel->postgres, reading, at_ns);
		else
			set_state(panel, reading, at_ns);
		break;
	case READING_EVENT:
		if (is_state_event(reading))
			break;
		marks_add(panel->marks, at_ns, false, "%s%s%s", reading->name,
			  reading->name[0] != '\0' ? ": " : "", reading->text);
		break;
	case READING_PROBLEM:
		set_problem(panel, reading, at_ns);
		break;
	case READING_LOG:
		panel_log_add(panel->log, reading);
		break;
	case READING_ROW:
		panel_postgres_add(panel->postgres, reading, at_ns);
		break;
	}
}

double panel_hottest_cpu(const struct panel *panel, uint64_t now_ns)
{
	double hottest = FRAME_GAP;

	for (size_t i = 0; i < panel->container_count; i++) {
		double cpu = get(panel, READING_DOCKER, &panel->containers[i].values[DOCKER_CPU],
				 now_ns);
		if (cpu > hottest)
			hottest = cpu;
	}
	return hottest;
}

double panel_connections(const struct panel *panel, uint64_t now_ns)
{
	return panel_postgres_connections(panel->postgres, now_ns);
}

/* Into a frame */

static const char *cleaned(struct frame *frame, const char *text)
{
	char clean[2 * READING_TEXT_MAX];

	text_clean(clean, sizeof(clean), text, SIZE_MAX, false);
	return frame_strdup(frame, clean);
}

static uint32_t count_of(const struct value *value)
{
	return value->at_ns != 0 && value->value > 0 ? (uint32_t)value->value : 0;
}

/* The container's own limits, or those for all. */
static struct container_limit limit_of(const struct panels *panels,
				       const struct container *container)
{
	struct container_limit limit = panels->limit;

	if (container->index < panels->container_count) {
		const struct container_limit *own = &panels->containers[container->index];
		if (own->cpu_pct > 0)
			limit.cpu_pct = own->cpu_pct;
		if (own->memory_bytes > 0)
			limit.memory_bytes = own->memory_bytes;
	}
	return limit;
}

static void publish_container(const struct panel *panel, const struct container *from,
			      uint64_t now_ns, struct frame *frame, struct frame_container *to)
{
	const struct value *v = from->values;
	struct container_limit limit = limit_of(&panel->scenario->panels, from);

	to->name = cleaned(frame, from->name);
	to->state = cleaned(frame, from->state);
	to->health = cleaned(frame, from->health);
	to->cpu_pct = get(panel, READING_DOCKER, &v[DOCKER_CPU], now_ns);
	to->cpu_limit_pct = v[DOCKER_CPU_LIMIT].value;
	to->memory_bytes = get(panel, READING_DOCKER, &v[DOCKER_MEMORY], now_ns);
	to->memory_limit_bytes = v[DOCKER_MEMORY_LIMIT].value;
	to->memory_alarm_bytes = (double)limit.memory_bytes;
	to->net_rx_bps = get(panel, READING_DOCKER, &v[DOCKER_NET_RX], now_ns);
	to->net_tx_bps = get(panel, READING_DOCKER, &v[DOCKER_NET_TX], now_ns);
	to->io_read_bps = get(panel, READING_DOCKER, &v[DOCKER_IO_READ], now_ns);
	to->io_write_bps = get(panel, READING_DOCKER, &v[DOCKER_IO_WRITE], now_ns);
	to->host_network = from->host_network;
	to->pids = count_of(&v[DOCKER_PIDS]);
	to->restarts = count_of(&v[DOCKER_RESTARTS]);
	to->oom_kills = count_of(&v[DOCKER_OOM_KILLS]);
	memcpy(to->cpu_history, from->cpu.values, sizeof(to->cpu_history));
	to->cpu_history_count = from->cpu.count;
	to->alarm = to->oom_kills > 0 || (limit.cpu_pct > 0 && to->cpu_pct > limit.cpu_pct) ||
		    (limit.memory_bytes > 0 && to->memory_bytes > (double)limit.memory_bytes);
}

void panel_publish(const struct panel *panel, uint64_t now_ns, struct frame *frame)
{
	frame->has_docker = panel->scenario->panels.docker;
	frame->has_postgres = panel->scenario->panels.postgres;
	frame->docker_problem = cleaned(frame, panel->problem[READING_DOCKER]);
	frame->postgres_problem = cleaned(frame, panel->problem[READING_POSTGRES]);
	frame->containers = frame_alloc(frame, panel->container_count, sizeof(*frame->containers));
	frame->container_count = panel->container_count;
	for (size_t i = 0; i < panel->container_count; i++)
		publish_container(panel, &panel->containers[i], now_ns, frame,
				  &frame->containers[i]);
	panel_log_publish(panel->log, frame);
	panel_postgres_publish(panel->postgres, now_ns, panel->problem[READING_POSTGRES], frame);
}
