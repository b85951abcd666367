/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_DOCKER_LOOK_H
#define THRONG_MONITOR_DOCKER_LOOK_H

#include "monitor/docker_exec.h"

struct docker_client;

/* docker_look_new over a client that exists already (config->host is not used); it must outlive the look. Never NULL. */
struct docker_look *docker_look_with(struct docker_client *client,
				     const struct docker_look_config *config);

#endif
