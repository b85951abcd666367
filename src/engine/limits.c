/* SPDX-License-Identifier: MIT */
/* What this machine allows: open files and local ports. Before engines start. */
#include "config.h"

#include <errno.h>

#include "base/error.h"
#include "base/limits.h"
#include "engine/engine.h"
#include "scenario/scenario.h"

/* Ports are used up per address of the target: only one is sure. */
void engine_limits(const struct scenario *scenario, unsigned users, struct engine_limits *out)
{
	unsigned each = scenario->http.max_connections > 0 ? scenario->http.max_connections : 1;

	out->connections = (unsigned long long)users * each;
	out->files_needed = out->connections + LIMITS_FILES_RESERVE;
	out->files_allowed = limits_files();
	out->ports_there = scenario->http.unix_socket != NULL ? 0 : limits_ports();
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
