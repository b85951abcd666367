/* SPDX-License-Identifier: MIT */
#ifndef THRONG_CLI_HEADLESS_H
#define THRONG_CLI_HEADLESS_H

#include <stdbool.h>

struct session;
struct sink;

/* The front end without a screen: Locust's tables and log lines to a sink, signals steer. Main thread. */
struct headless_config {
	struct session *session;
	int signal_fd; /* signalfd of SIGINT, SIGTERM, SIGHUP, ... (all blocked in every thread) */
	struct sink *sink; /* NULL: quiet */
	bool interrupted;  /* already: the run is being stopped, the next signal cuts it */
};

/* Follow the run to its last frame. SIGINT or SIGTERM drains it, a second one cuts it; SIGHUP lets it go on. Returns true when it
 * was interrupted by a signal before its end. */
bool headless_run(const struct headless_config *config);

#endif
