/* SPDX-License-Identifier: MIT */
/* A frame of a container's stats as readings. CPU and rates need two frames: the first of a stream gives memory and processes only (its own CPU
 * figure would be the container's average since it was started). What the daemon does not know is not sent. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "monitor/docker_panel.h"
#include "monitor/panel.h"
#include "scenario/scenario.h"

#define CALM_READINGS 3 /* below a limit in a row before passing it is said again */

void docker_values_emit(const struct docker_row *row, const char *metric, double value)
{
	struct reading reading = { .type = READING_VALUE,
				   .index = (uint16_t)row->target,
				   .value = value };

	if (value < 0)
		return;
	snprintf(reading.name, sizeof(reading.name), "%s", row->name);
	snprintf(reading.metric, sizeof(reading.metric), "%s", metric);
	docker_panel_emit(row->panel, &reading);
}

/* True when the value has just passed its limit. */
static bool passes(double value, double limit, bool *over, unsigned *under)
{
	if (limit <= 0 || value < 0)
		return false;
	if (value > limit) {
		bool news = !*over;

		*over = true;
		*under = 0;
		return news;
	}
	if (*over && ++*under >= CALM_READINGS)
		*over = false;
	return false;
}

static void check_limits(struct docker_row *row, double cpu_pct, double memory_bytes)
{
	const struct panels *panels = &row->panel->env->scenario->panels;
	const struct container_limit *own = &panels->containers[row->target];
	double cpu = own->cpu_pct > 0 ? own->cpu_pct : panels->limit.cpu_pct;
	double memory =
		(double)(own->memory_bytes > 0 ? own->memory_bytes : panels->limit.memory_bytes);
	char value[32], limit[32];

	if (passes(cpu_pct, cpu, &row->cpu.over, &row->cpu.under))
		docker_row_say(row, "limit", "CPU %.0f %%, above its limit of %g %%", cpu_pct, cpu);
	if (passes(memory_bytes, memory, &row->memory.over, &row->memory.under)) {
		docker_row_say(row, "limit", "memory %s, above its limit of %s",
			       units_format_bytes((uint64_t)memory_bytes, value, sizeof(value)),
			       units_format_bytes((uint64_t)memory, limit, sizeof(limit)));
	}
}

static double cpu_of(const struct docker_row *row, const struct docker_sample *now)
{
	if (row->panel->env->scenario->panels.docker_cli_cpu)
		return docker_stats_cpu_pct_cli(now);
	return row->has_last ? docker_stats_cpu_pct(&row->last, now) : DOCKER_UNKNOWN;
}

static void emit_rates(const struct docker_row *row, const struct docker_sample *now)
{
	const struct docker_sample *last = &row->last;
	const struct {
		const char *metric;
		double before, now;
	} rates[] = {
		{ "net_rx_bps", last->rx_bytes, now->rx_bytes },
		{ "net_tx_bps", last->tx_bytes, now->tx_bytes },
		{ "io_read_bps", last->read_bytes, now->read_bytes },
		{ "io_write_bps", last->write_bytes, now->write_bytes },
	};

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		docker_values_emit(row, rates[i].metric,
				   docker_stats_rate(rates[i].before, rates[i].now, last->read_ns,
						     now->read_ns));
	if (now->periods > last->periods && now->throttled_periods >= last->throttled_periods)
		docker_values_emit(row, "throttled_pct",
				   (double)(now->throttled_periods - last->throttled_periods) *
					   100 / (double)(now->periods - last->periods));
}

static void emit_memory(const struct docker_row *row, const struct docker_sample *now)
{
	docker_values_emit(row, "memory_bytes", now->memory_bytes);
	docker_values_emit(row, "anon_bytes", now->anon_bytes);
	if (!row->has_last || now->limit_bytes != row->last.limit_bytes)
		docker_values_emit(row, "memory_limit_bytes", now->limit_bytes);
	if (now->limit_bytes > 0 && now->memory_bytes >= 0)
		docker_values_emit(row, "memory_pct", now->memory_bytes * 100 / now->limit_bytes);
}

void docker_values_take(struct docker_row *row, const char *json, size_t len)
{
	struct docker_sample now;
	double cpu;

	if (docker_stats_parse(json, len, &now) != 0)
		return;
	if (!now.running) { /* it does not run: events, or the next look, say why */
		row->has_last = false;
		if (row->alive && row->panel->events == NULL)
			docker_row_inspect(row);
		return;
	}
	if (row->has_last && now.read_ns <= row->last.read_ns)
		return; /* the same sample again */
	cpu = cpu_of(row, &now);
	docker_values_emit(row, "cpu_pct", cpu);
	if (row->has_last)
		emit_rates(row, &now);
	emit_memory(row, &now);
	if (now.cpus > 0 && (!row->has_last || now.cpus != row->last.cpus))
		docker_values_emit(row, "cpus", now.cpus);
	docker_values_emit(row, "pids", now.pids);
	docker_values_emit(row, "restarts", row->restarts);
	docker_values_emit(row, "oom_kills", row->oom_kills);
	check_limits(row, cpu, now.memory_bytes);
	row->last = now;
	row->has_last = true;
}
