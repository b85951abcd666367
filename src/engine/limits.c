/* SPDX-License-Identifier: MIT */
/* What this machine allows: open files and local ports. Main thread, before engines start. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/error.h"
#include "engine/engine.h"
#include "scenario/scenario.h"

/* Files the program needs besides users' connections: rings, loops, terminal, result files,
 * panels, the practice backend's listener, and some for dialling a second address at once. */
#define RESERVE 256

static int check_open_files(unsigned users, unsigned long long need, struct error *err)
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
	if (limit.rlim_cur == RLIM_INFINITY || need <= limit.rlim_cur) {
		return 0;
	}
	error_set(err,
		  "%u users need %llu open files, but this process may have %llu: raise the limit "
		  "(ulimit -n %llu, as root or in /etc/security/limits.conf) or drive fewer users",
		  users, need, (unsigned long long)limit.rlim_cur, need);
	return -EMFILE;
}

static int check_ports(const struct scenario *sc, unsigned users, unsigned long long connections,
		       struct error *err)
{
	unsigned low = 0, high = 0;
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");

	if (file == NULL) {
		return 0;
	}
	int fields = fscanf(file, "%u %u", &low, &high);
	(void)fclose(file);
	/* Ports are used up per address of the target: only one is sure. */
	if (fields != 2 || high < low || sc->http.unix_socket != NULL ||
	    connections <= high - low + 1) {
		return 0;
	}
	error_set(
		err,
		"%u users need %llu local ports to one address, but there are %u: widen the range "
		"(sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\") or drive fewer users",
		users, connections, high - low + 1);
	return -EADDRNOTAVAIL;
}

int engine_check_files(const struct scenario *scenario, unsigned users, struct error *err)
{
	unsigned each = scenario->http.max_connections > 0 ? scenario->http.max_connections : 1;
	unsigned long long connections = (unsigned long long)users * each;
	int result = check_open_files(users, connections + RESERVE, err);

	return result != 0 ? result : check_ports(scenario, users, connections, err);
}
