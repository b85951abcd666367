/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <time.h>

static uint64_t read_clock(clockid_t id)
{
	struct timespec ts;
	int rc = clock_gettime(id, &ts);

	assert(rc == 0);
	(void)rc;
	return (uint64_t)ts.tv_sec * CLOCK_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

uint64_t clock_now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t clock_wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

uint64_t clock_thread_cpu_ns(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t clock_process_cpu_ns(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void clock_sleep_ns(uint64_t ns)
{
	/* An absolute end, so that a storm of signals does not stretch the sleep by rounding. */
	uint64_t end = clock_now_ns() + ns;
	struct timespec ts = { .tv_sec = (time_t)(end / CLOCK_NS_PER_SEC),
			       .tv_nsec = (long)(end % CLOCK_NS_PER_SEC) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

void clock_format_rfc3339(uint64_t wall_ns, char *dst, size_t size)
{
	time_t sec = (time_t)(wall_ns / CLOCK_NS_PER_SEC);
	unsigned ms = (unsigned)(wall_ns % CLOCK_NS_PER_SEC / CLOCK_NS_PER_MS);
	char date[32];
	struct tm tm;

	if (gmtime_r(&sec, &tm) == NULL || strftime(date, sizeof(date), "%Y-%m-%dT%T", &tm) == 0) {
		if (size > 0)
			dst[0] = '\0';
		return;
	}
	snprintf(dst, size, "%s.%03uZ", date, ms);
}
