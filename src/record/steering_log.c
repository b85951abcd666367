/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/steering_log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* An hour of dragging a slider without a pause fills it; memory grows with what is in it. */

struct steering_log {
	size_t count, room;
	uint64_t dropped;
	struct steering_entry *entries;
};

struct steering_log *steering_log_new(void)
{
	return mem_new(sizeof(struct steering_log));
}

void steering_log_free(struct steering_log *log)
{
	if (log == NULL)
		return;
	for (size_t i = 0; i < log->count; i++)
		free(log->entries[i].text);
	free(log->entries);
	free(log);
}

bool steering_log_keeps(enum command_type type)
{
	switch (type) {
	case COMMAND_USERS:
	case COMMAND_SPAWN_RATE:
	case COMMAND_ARRIVAL_RATE:
	case COMMAND_PAUSE:
	case COMMAND_RESUME:
	case COMMAND_STOP:
	case COMMAND_STOP_NOW:
	case COMMAND_PANIC:
	case COMMAND_RESET:
	case COMMAND_MARK:
		return true;
	case COMMAND_START:
	case COMMAND_FOCUS:
	case COMMAND_SAVE_SCENARIO:
	case COMMAND_LOG:
		break;
	}
	return false;
}

static void make_room(struct steering_log *log)
{
	if (log->count < log->room)
		return;
	size_t room = log->room == 0 ? 64 : 2 * log->room;
	struct steering_entry *entries = mem_array(room, sizeof(*entries));
	if (log->count > 0)
		memcpy(entries, log->entries, log->count * sizeof(*entries));
	free(log->entries);
	log->entries = entries;
	log->room = room;
}

void steering_log_add(struct steering_log *log, uint64_t at_ns, const struct command *command)
{
	bool mark = command->type == COMMAND_MARK;

	if (!steering_log_keeps((enum command_type)command->type))
		return;
	if (log->count == STEERING_LOG_MAX) {
		log->dropped++;
		return;
	}
	make_room(log);
	log->entries[log->count++] = (struct steering_entry){
		.at_ns = at_ns,
		.type = (enum command_type)command->type,
		.class_id = command->type == COMMAND_USERS ? command->class_id : COMMAND_ALL,
		.value = command->value,
		.text = mark ? mem_printf("%.*s", COMMAND_TEXT_MAX - 1, command->text) : NULL,
		.replayed = (command->flags & COMMAND_FLAG_REPLAY) != 0,
	};
}

struct command steering_log_command(const struct steering_entry *entry)
{
	struct command command = { .type = (uint8_t)entry->type,
				   .class_id = entry->class_id,
				   .at_ns = entry->at_ns,
				   .value = entry->value };

	if (entry->text != NULL)
		snprintf(command.text, sizeof(command.text), "%s", entry->text);
	return command;
}

size_t steering_log_count(const struct steering_log *log)
{
	return log->count;
}

const struct steering_entry *steering_log_at(const struct steering_log *log, size_t i)
{
	assert(i < log->count);
	return &log->entries[i];
}

uint64_t steering_log_dropped(const struct steering_log *log)
{
	return log->dropped;
}
