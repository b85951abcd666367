/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_DOCKER_STATS_H
#define THRONG_MONITOR_DOCKER_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One object of GET /containers/{id}/stats, and what two of them in a row mean. Pure; monitor thread. */

#define DOCKER_UNKNOWN (-1.0) /* the daemon did not say: shown as n/a, never as 0 */

struct docker_sample {
	bool running; /* false: an empty frame of a container that is not running */
	bool first; /* the first frame of a stream carries no earlier one: its CPU is a lifetime average */
	int64_t read_ns;    /* daemon's wall clock of the sample, ns since 1970 */
	uint64_t cpu_ns;    /* cpu_stats.cpu_usage.total_usage */
	uint64_t system_ns; /* cpu_stats.system_cpu_usage; 0: not given */
	uint64_t previous_cpu_ns, previous_system_ns; /* precpu_stats */
	unsigned cpus; /* online_cpus, else the number of percpu entries, else 0 */
	uint64_t throttled_periods, periods;
	double memory_bytes; /* the docker CLI's "used"; DOCKER_UNKNOWN when absent */
	double anon_bytes;   /* rss (v1) or anon (v2): what leak detection wants */
	double limit_bytes;
	double rx_bytes, tx_bytes; /* sums over networks; DOCKER_UNKNOWN on the host's network */
	double read_bytes, write_bytes; /* block I/O; DOCKER_UNKNOWN when the kernel counts none */
	uint32_t pids;
};

/* Parse one JSON object. 0, or -EBADMSG when it is none or misses what every daemon sends. */
int docker_stats_parse(const char *json, size_t len, struct docker_sample *out)
	__attribute__((warn_unused_result));
/* CPU in percent of one core between two samples of one container: Δcpu / Δread. Half the noise of the CLI's formula, and right for any
 * interval and for podman. DOCKER_UNKNOWN when either is an empty frame, the counter went back (restart), or no time passed. */
double docker_stats_cpu_pct(const struct docker_sample *before, const struct docker_sample *now);
/* The docker CLI's own formula on one frame, for comparison: (Δtotal_usage / Δsystem_cpu_usage) × online_cpus × 100
 * (docker/cli, cli/command/container/stats_helpers.go). DOCKER_UNKNOWN on a first frame. */
double docker_stats_cpu_pct_cli(const struct docker_sample *now);
/* (b - a) per second; DOCKER_UNKNOWN when either is unknown, the counter went back or no time passed. */
double docker_stats_rate(double before, double now, int64_t before_ns, int64_t now_ns);

#endif
