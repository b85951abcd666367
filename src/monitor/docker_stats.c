/* SPDX-License-Identifier: MIT */
/* Reads the Engine API's stats object for cgroup v1, cgroup v2 and podman's compatible socket. Memory and CPU follow the
 * docker CLI (docker/cli, cli/command/container/stats_helpers.go): used = usage - total_inactive_file (v1) or
 * inactive_file (v2), where that is smaller than usage. The swagger text still subtracts "cache" and is wrong. */
#include "config.h"

#include "monitor/docker_stats.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <jansson.h>

/* "2026-11-23T07:56:22.920836363Z"; year 1 is how the daemon says "never". */
static int64_t parse_time(const char *text)
{
	struct tm tm = { 0 };
	int64_t nanos = 0, scale = 100000000;
	const char *at;

	if (text == NULL || strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) == NULL || tm.tm_year < 70)
		return 0;
	at = strchr(text, '.');
	for (at = at != NULL ? at + 1 : ""; *at >= '0' && *at <= '9' && scale > 0;
	     at++, scale /= 10)
		nanos += (*at - '0') * scale;
	return (int64_t)timegm(&tm) * 1000000000 + nanos;
}

static uint64_t count_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) && json_number_value(value) > 0
		       ? (uint64_t)json_integer_value(value)
		       : 0;
}

static double number_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : DOCKER_UNKNOWN;
}

static void parse_cpu(const json_t *root, struct docker_sample *out)
{
	const json_t *cpu = json_object_get(root, "cpu_stats");
	const json_t *previous = json_object_get(root, "precpu_stats");
	const json_t *usage = json_object_get(cpu, "cpu_usage");
	const json_t *throttling = json_object_get(cpu, "throttling_data");

	out->cpu_ns = count_of(usage, "total_usage");
	out->system_ns = count_of(cpu, "system_cpu_usage");
	out->previous_cpu_ns = count_of(json_object_get(previous, "cpu_usage"), "total_usage");
	out->previous_system_ns = count_of(previous, "system_cpu_usage");
	out->cpus = (unsigned)count_of(cpu, "online_cpus");
	if (out->cpus == 0)
		out->cpus = (unsigned)json_array_size(json_object_get(usage, "percpu_usage"));
	out->throttled_periods = count_of(throttling, "throttled_periods");
	out->periods = count_of(throttling, "periods");
}

static void parse_memory(const json_t *root, struct docker_sample *out)
{
	const json_t *memory = json_object_get(root, "memory_stats");
	const json_t *stats = json_object_get(memory, "stats");
	double usage = number_of(memory, "usage");
	double inactive = number_of(stats, "total_inactive_file"); /* v1 */

	if (inactive == DOCKER_UNKNOWN)
		inactive = number_of(stats, "inactive_file"); /* v2 */
	if (inactive >= 0 && inactive < usage)
		out->memory_bytes = usage - inactive;
	else
		out->memory_bytes = usage;
	out->anon_bytes = number_of(stats, "total_rss");
	if (out->anon_bytes == DOCKER_UNKNOWN)
		out->anon_bytes = number_of(stats, "anon");
	out->limit_bytes = number_of(memory, "limit");
}

static void parse_networks(const json_t *root, struct docker_sample *out)
{
	json_t *networks = json_object_get(root, "networks");
	const char *name;
	json_t *net;

	out->rx_bytes = DOCKER_UNKNOWN;
	out->tx_bytes = DOCKER_UNKNOWN;
	if (!json_is_object(networks) || json_object_size(networks) == 0)
		return; /* the host's network: the counters belong to everybody */
	out->rx_bytes = 0;
	out->tx_bytes = 0;
	json_object_foreach(networks, name, net)
	{
		out->rx_bytes += (double)count_of(net, "rx_bytes");
		out->tx_bytes += (double)count_of(net, "tx_bytes");
	}
}

/* The whole word: podman puts "rios" and "wios", which are counts, into the same array. */
static void parse_block_io(const json_t *root, struct docker_sample *out)
{
	json_t *list =
		json_object_get(json_object_get(root, "blkio_stats"), "io_service_bytes_recursive");
	json_t *entry;
	size_t i;

	out->read_bytes = DOCKER_UNKNOWN;
	out->write_bytes = DOCKER_UNKNOWN;
	json_array_foreach(list, i, entry)
	{
		const char *op = json_string_value(json_object_get(entry, "op"));
		double *sum = NULL;

		if (op != NULL && strcasecmp(op, "read") == 0)
			sum = &out->read_bytes;
		else if (op != NULL && strcasecmp(op, "write") == 0)
			sum = &out->write_bytes;
		if (sum != NULL)
			*sum = (*sum == DOCKER_UNKNOWN ? 0 : *sum) +
			       (double)count_of(entry, "value");
	}
}

int docker_stats_parse(const char *json, size_t len, struct docker_sample *out)
{
	json_t *root = json_loadb(json, len, 0, NULL);
	struct docker_sample sample = { 0 };

	if (!json_is_object(root) || json_object_get(root, "cpu_stats") == NULL) {
		json_decref(root);
		return -EBADMSG;
	}
	sample.read_ns = parse_time(json_string_value(json_object_get(root, "read")));
	sample.first = parse_time(json_string_value(json_object_get(root, "preread"))) == 0;
	parse_cpu(root, &sample);
	parse_memory(root, &sample);
	parse_networks(root, &sample);
	parse_block_io(root, &sample);
	sample.pids = (uint32_t)count_of(json_object_get(root, "pids_stats"), "current");
	sample.running = sample.read_ns != 0;
	json_decref(root);
	*out = sample;
	return 0;
}

double docker_stats_cpu_pct(const struct docker_sample *before, const struct docker_sample *now)
{
	if (!before->running || !now->running || now->cpu_ns < before->cpu_ns ||
	    now->read_ns <= before->read_ns)
		return DOCKER_UNKNOWN;
	return (double)(now->cpu_ns - before->cpu_ns) * 100 /
	       (double)(now->read_ns - before->read_ns);
}

double docker_stats_cpu_pct_cli(const struct docker_sample *now)
{
	if (!now->running || now->first)
		return DOCKER_UNKNOWN;
	if (now->cpu_ns <= now->previous_cpu_ns || now->system_ns <= now->previous_system_ns)
		return 0;
	return (double)(now->cpu_ns - now->previous_cpu_ns) /
	       (double)(now->system_ns - now->previous_system_ns) * now->cpus * 100;
}

double docker_stats_rate(double before, double now, int64_t before_ns, int64_t now_ns)
{
	if (before < 0 || now < before || now_ns <= before_ns)
		return DOCKER_UNKNOWN;
	return (now - before) * 1e9 / (double)(now_ns - before_ns);
}
