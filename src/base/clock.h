/* SPDX-License-Identifier: MIT */
#ifndef THRONG_BASE_CLOCK_H
#define THRONG_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_NS_PER_SEC 1000000000ULL
#define CLOCK_NS_PER_MS  1000000ULL
#define CLOCK_NS_PER_US  1000ULL

/* Monotonic time in nanoseconds (CLOCK_MONOTONIC): the one clock of a run. Any thread. */
uint64_t clock_now_ns(void);
/* Wall clock in nanoseconds since 1970-01-01 UTC. For stamping output only, never for
 * intervals. */
uint64_t clock_wall_ns(void);
/* CPU time used by the calling thread, in nanoseconds. */
uint64_t clock_thread_cpu_ns(void);
/* CPU time used by the whole process, in nanoseconds. */
uint64_t clock_process_cpu_ns(void);
/* Sleep for ns nanoseconds, continuing after signals. Never call it from an engine or the
 * console. */
void clock_sleep_ns(uint64_t ns);
/* RFC 3339 in UTC with milliseconds, "2026-11-23T07:56:22.920Z"; dst of at least 32 bytes. */
void clock_format_rfc3339(uint64_t wall_ns, char *dst, size_t size);

#endif
