/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "message/command.h"

#include <stddef.h>

static const char *const names[] = {
	[COMMAND_START] = "start",
	[COMMAND_USERS] = "users",
	[COMMAND_SPAWN_RATE] = "spawn-rate",
	[COMMAND_ARRIVAL_RATE] = "arrival-rate",
	[COMMAND_PAUSE] = "pause",
	[COMMAND_RESUME] = "resume",
	[COMMAND_STOP] = "stop",
	[COMMAND_STOP_NOW] = "stop-now",
	[COMMAND_PANIC] = "panic",
	[COMMAND_RESET] = "reset",
	[COMMAND_MARK] = "mark",
	[COMMAND_FOCUS] = "focus",
	[COMMAND_SAVE_SCENARIO] = "save-scenario",
	[COMMAND_LOG] = "log",
};

bool command_is_for_engines(enum command_type type)
{
	return type != COMMAND_RESET && type != COMMAND_MARK && type != COMMAND_FOCUS &&
	       type != COMMAND_SAVE_SCENARIO && type != COMMAND_LOG;
}

const char *command_name(enum command_type type)
{
	return (size_t)type < sizeof(names) / sizeof(names[0]) ? names[type] : "unknown";
}
