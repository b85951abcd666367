/* SPDX-License-Identifier: MIT */
#ifndef THRONG_BASE_LOG_H
#define THRONG_BASE_LOG_H

/* Lines for the person at the terminal or a log file. One writer at a time is guaranteed by one
 * write(2) per line; lines are cleaned by text.h. The destination descriptor is set once before
 * any thread starts. Never used on a hot path. */
enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* Set destination (a descriptor that outlives the program; -1 discards) and the lowest level
 * written. Main thread, before threads. */
void log_setup(int fd, enum log_level lowest);
/* Write "[2026-11-23 07:57:26,069] throng/INFO: text\n". A descriptor that would block loses
 * the line, never the caller's time. */
void log_write(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
