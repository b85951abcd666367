/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "message/sample.h"

static const char *const state_names[RUN_STATES] = {
	[RUN_IDLE] = "idle",       [RUN_SETUP] = "setup",   [RUN_RAMPING] = "ramping",
	[RUN_RUNNING] = "running", [RUN_PAUSED] = "paused", [RUN_DRAINING] = "draining",
	[RUN_DONE] = "done",
};

const char *run_state_name(enum run_state state)
{
	return (unsigned)state < RUN_STATES ? state_names[state] : "unknown";
}
