/* SPDX-License-Identifier: MIT */
#ifndef THRONG_CLI_SINK_H
#define THRONG_CLI_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Text to a terminal or pipe that may stall: what does not fit waits in bounded memory, the caller never does. One thread. */
struct sink;

/* For a descriptor such as STDERR_FILENO; it is not closed. Aborts when out of memory. Caller frees with sink_free. */
struct sink *sink_new(int fd);
void sink_free(struct sink *sink);
/* Take the text; `drop` says that it may be left out when more than 1 MiB is waiting (a periodic table). Writes what fits now. */
void sink_write(struct sink *sink, const char *data, size_t len, bool drop);
/* Write what fits now. */
void sink_flush(struct sink *sink);
/* Poll this for POLLOUT while sink_waiting says so. */
int sink_fd(const struct sink *sink);
bool sink_waiting(const struct sink *sink);
/* Wait until everything is out, at most timeout_ns. */
void sink_finish(struct sink *sink, uint64_t timeout_ns);

#endif
