/* SPDX-License-Identifier: MIT */
/* What this machine allows: open files and local ports. Before engines start. */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/error.h"
#include "engine/engine.h"
#include "scenario/scenario.h"

/* Files the program needs besides users' connections: rings, loops, terminal, result files,
 * panels, the practice backend's listener, and some for dialling a second address at once. */
#define RESERVE 256

static unsigned long long files_allowed(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
		return 0; /* nothing is known: let it run */
	}
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur == RLIM_INFINITY ? ULLONG_MAX : limit.rlim_cur;
}

/* Ports are used up per address of the target: only one is sure. */
static unsigned ports_there(const struct scenario *sc)
{
	unsigned low = 0, high = 0;
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");

	if (file == NULL) {
		return 0;
	}
	int fields = fscanf(file, "%u %u", &low, &high);
	(void)fclose(file);
	return fields != 2 || high < low || sc->http.unix_socket != NULL ? 0 : high - low + 1;
}

void engine_limits(const struct scenario *scenario, unsigned users, struct engine_limits *out)
{
	unsigned each = scenario->http.max_connections > 0 ? scenario->http.max_connections : 1;

	out->connections = (unsigned long long)users * each;
	out->files_needed = out->connections + RESERVE;
	out->files_allowed = files_allowed();
	out->ports_there = ports_there(scenario);
}

int engine_check_files(const struct scenario *scenario, unsigned users, struct error *err)
{
	struct engine_limits limits;

	engine_limits(scenario, users, &limits);
	if (limits.files_allowed != 0 && limits.files_needed > limits.files_allowed) {
		error_set(err,
			  "%u users need %llu open files, but this process may have %llu: raise "
			  "the limit "
			  "(ulimit -n %llu, as root or in /etc/security/limits.conf) or drive "
			  "fewer users",
			  users, limits.files_needed, limits.files_allowed, limits.files_needed);
		return -EMFILE;
	}
	if (limits.ports_there != 0 && limits.connections > limits.ports_there) {
		error_set(err,
			  "%u users need %llu local ports to one address, but there are %u: "
			  "widen the range "
			  "(sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\") or drive "
			  "fewer users",
			  users, limits.connections, limits.ports_there);
		return -EADDRNOTAVAIL;
	}
	return 0;
}
