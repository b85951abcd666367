/* SPDX-License-Identifier: MIT */
#ifndef THRONG_CLI_PROBE_H
#define THRONG_CLI_PROBE_H

#include <stdio.h>

struct scenario;

/* Probe what a run needs: open files, ephemeral ports, the target's name and port, its health check. One line each, "ok" or the
 * remedy. Sends at most one request per probe. Returns how many failed. Blocking, main thread. */
unsigned probe_all(const struct scenario *scenario, FILE *out);

#endif
