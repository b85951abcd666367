/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/limits.h"

#include <limits.h>
#include <stdio.h>
#include <sys/resource.h>

unsigned long long limits_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur == RLIM_INFINITY ? ULLONG_MAX : limit.rlim_cur;
}

unsigned limits_ports(void)
{
	unsigned low = 0, high = 0;
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");

	if (file == NULL)
		return 0;
	int fields = fscanf(file, "%u %u", &low, &high);
	(void)fclose(file);
	return fields != 2 || high < low ? 0 : high - low + 1;
}
