/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/replay.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "message/command.h"
#include "record/result_read.h"
#include "scenario/scenario.h"

#define AT_MAX_S 31536000.0 /* a year */

struct replay {
	const struct scenario *scenario;
	size_t count, next;
	struct steering_entry *moves;
};

/* Reading */

struct reading {
	const char *name;
	const struct scenario *scenario;
	const json_t *move;
	size_t index;
	struct error *err;
};

__attribute__((format(printf, 2, 3))) static int bad(const struct reading *in, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	error_set(in->err, "%s: steering[%zu]: %s", in->name, in->index, what);
	return -EINVAL;
}

static const char *action_names(char *dst, size_t size)
{
	size_t len = 0;

	dst[0] = '\0';
	for (int type = 0; type <= COMMAND_LOG && len < size; type++)
		if (steering_log_keeps((enum command_type)type))
			len += (size_t)snprintf(dst + len, size - len, "%s%s", len > 0 ? ", " : "",
						command_name((enum command_type)type));
	return dst;
}

static int read_action(const struct reading *in, struct steering_entry *move)
{
	const char *action = json_string_value(json_object_get(in->move, "action"));
	char allowed[256], clean[64];

	for (int type = 0; action != NULL && type <= COMMAND_LOG; type++) {
		if (!steering_log_keeps((enum command_type)type) ||
		    strcmp(action, command_name((enum command_type)type)) != 0)
			continue;
		move->type = (enum command_type)type;
		return 0;
	}
	action_names(allowed, sizeof(allowed));
	if (action == NULL)
		return bad(in, "\"action\" is missing; allowed: %s", allowed);
	text_clean(clean, sizeof(clean), action, SIZE_MAX, false);
	return bad(in, "unknown action \"%s\"; allowed: %s", clean, allowed);
}

static int read_time(const struct reading *in, struct steering_entry *move)
{
	const json_t *at_ns = json_object_get(in->move, "at_ns");
	const json_t *at_s = json_object_get(in->move, "at_s");

	if (json_is_integer(at_ns) && json_integer_value(at_ns) >= 0 &&
	    (double)json_integer_value(at_ns) <= AT_MAX_S * 1e9) {
		move->at_ns = (uint64_t)json_integer_value(at_ns);
		return 0;
	}
	if (at_ns == NULL && json_is_number(at_s) && json_number_value(at_s) >= 0 &&
	    json_number_value(at_s) <= AT_MAX_S) {
		move->at_ns = (uint64_t)llround(json_number_value(at_s) * 1e9);
		return 0;
	}
	if (at_ns == NULL && at_s == NULL)
		return bad(in, "says no time: needs \"at_s\" (seconds since the start) or "
			       "\"at_ns\"");
	return bad(in, "\"%s\" must be a time since the start, 0 to %.0f s",
		   at_ns != NULL ? "at_ns" : "at_s", AT_MAX_S);
}

static int read_class(const struct reading *in, struct steering_entry *move)
{
	const json_t *value = json_object_get(in->move, "class");
	const char *name = json_string_value(value);
	char clean[128];

	move->class_id = COMMAND_ALL;
	if (value == NULL || json_is_null(value))
		return 0;
	if (name == NULL)
		return bad(in, "\"class\" must be the name of a user class, or null for all");
	for (size_t i = 0; i < in->scenario->class_count; i++) {
		if (strcmp(in->scenario->classes[i].name, name) != 0)
			continue;
		move->class_id = (uint16_t)i;
		return 0;
	}
	text_clean(clean, sizeof(clean), name, SIZE_MAX, false);
	return bad(in, "the scenario has no user class \"%s\"", clean);
}

static bool needs_value(enum command_type type)
{
	return type == COMMAND_USERS || type == COMMAND_SPAWN_RATE || type == COMMAND_ARRIVAL_RATE;
}

static int read_value(const struct reading *in, struct steering_entry *move)
{
	const json_t *value = json_object_get(in->move, "value");

	if (move->type == COMMAND_STOP || move->type == COMMAND_STOP_NOW)
		move->value = 1; /* by hand */
	if (!needs_value(move->type))
		return 0;
	if (!json_is_number(value) || json_number_value(value) < 0 ||
	    json_number_value(value) > 1e9)
		return bad(in, "\"value\" of %s must be a number from 0 to 1,000,000,000",
			   command_name(move->type));
	move->value = json_number_value(value);
	if (move->type == COMMAND_SPAWN_RATE && !(move->value > 0))
		return bad(in, "\"value\" of spawn-rate must be above 0 users per second");
	if (move->type == COMMAND_ARRIVAL_RATE && !in->scenario->load.open)
		return bad(in, "the scenario's load has users and no arrival rate");
	if (move->type == COMMAND_SPAWN_RATE && in->scenario->load.open)
		return bad(in, "the scenario's load has an arrival rate and no spawn rate");
	return 0;
}

static int read_text(const struct reading *in, struct steering_entry *move)
{
	const json_t *value = json_object_get(in->move, "text");
	const char *text = json_string_value(value);
	char clean[COMMAND_TEXT_MAX];

	if (move->type != COMMAND_MARK)
		return 0;
	if (text == NULL)
		return bad(in, "a mark needs its note as \"text\"");
	text_clean(clean, sizeof(clean), text, SIZE_MAX, false);
	move->text = mem_strdup(clean);
	return 0;
}

static int read_move(const struct reading *in, struct steering_entry *move)
{
	int rc = 0;

	if (!json_is_object(in->move))
		return bad(in, "must be an object such as {\"at_s\": 12.5, \"action\": \"users\", "
			       "\"value\": 200}");
	rc = read_action(in, move);
	if (rc == 0)
		rc = read_time(in, move);
	if (rc == 0)
		rc = read_class(in, move);
	if (rc == 0)
		rc = read_value(in, move);
	if (rc == 0)
		rc = read_text(in, move);
	return rc;
}

int replay_parse(struct replay **out, const json_t *result, const char *name,
		 const struct scenario *scenario, struct error *err)
{
	const json_t *list = json_object_get(result, "steering");
	size_t count = json_array_size(list);
	struct replay *replay;
	int rc = 0;

	if (!json_is_array(list)) {
		error_set(err,
			  "%s: has no list \"steering\": --replay takes a result that run --json "
			  "wrote",
			  name);
		return -EINVAL;
	}
	if (count > STEERING_LOG_MAX) {
		error_set(err, "%s: steering: %zu moves; at most %d can be driven", name, count,
			  STEERING_LOG_MAX);
		return -EINVAL;
	}
	replay = mem_new(sizeof(*replay));
	replay->scenario = scenario;
	replay->moves = mem_array(count, sizeof(*replay->moves));
	for (size_t i = 0; i < count && rc == 0; i++) {
		const struct reading in = { name, scenario, json_array_get(list, i), i, err };
		replay->count++;
		rc = read_move(&in, &replay->moves[i]);
	}
	if (rc != 0) {
		replay_free(replay);
		return rc;
	}
	*out = replay;
	return 0;
}

int replay_load(struct replay **out, const char *file, const struct scenario *scenario,
		struct error *err)
{
	struct error why = { .line = 0 };
	json_t *result = result_load(file, &why);
	int rc;

	if (result == NULL) {
		error_set(err, "--replay: %s", why.text);
		return -EINVAL;
	}
	rc = replay_parse(out, result, file, scenario, err);
	json_decref(result);
	return rc;
}

void replay_free(struct replay *replay)
{
	if (replay == NULL)
		return;
	for (size_t i = 0; i < replay->count; i++)
		free(replay->moves[i].text);
	free(replay->moves);
	free(replay);
}

/* Driving */

bool replay_due(struct replay *replay, uint64_t start_ns, uint64_t now_ns, struct command *out)
{
	if (replay->next == replay->count)
		return false;
	const struct steering_entry *move = &replay->moves[replay->next];
	if (start_ns == 0 && move->at_ns > 0)
		return false;
	uint64_t at_ns = start_ns == 0 ? now_ns : start_ns + move->at_ns;
	if (at_ns > now_ns)
		return false;
	*out = (struct command){ .type = (uint8_t)move->type,
				 .flags = COMMAND_FLAG_REPLAY,
				 .class_id = move->class_id,
				 .at_ns = at_ns,
				 .value = move->value };
	if (move->text != NULL)
		snprintf(out->text, sizeof(out->text), "%s", move->text);
	replay->next++;
	return true;
}

uint64_t replay_next_ns(const struct replay *replay, uint64_t start_ns)
{
	if (replay->next == replay->count)
		return UINT64_MAX;
	const struct steering_entry *move = &replay->moves[replay->next];
	if (start_ns == 0)
		return move->at_ns == 0 ? 0 : UINT64_MAX;
	return start_ns + move->at_ns;
}

size_t replay_count(const struct replay *replay)
{
	return replay->count;
}

const struct steering_entry *replay_at(const struct replay *replay, size_t i)
{
	return &replay->moves[i];
}

static const char *move_text(const struct replay *replay, const struct steering_entry *move,
			     char *dst, size_t size)
{
	char class[64] = "";
	bool one = move->class_id < replay->scenario->class_count;

	if (one)
		text_clean(class, sizeof(class), replay->scenario->classes[move->class_id].name,
			   SIZE_MAX, false);
	if (needs_value(move->type))
		snprintf(dst, size, "%s%s%s %g", class, one ? " " : "", command_name(move->type),
			 move->value);
	else if (move->type == COMMAND_MARK)
		snprintf(dst, size, "mark %s", move->text);
	else
		snprintf(dst, size, "%s", command_name(move->type));
	return dst;
}

char *replay_text(const struct replay *replay, uint64_t start_ns, uint64_t now_ns,
		  char dst[REPLAY_TEXT_MAX])
{
	uint64_t next_ns = replay_next_ns(replay, start_ns);
	char move[128];

	dst[0] = '\0';
	if (replay->next == replay->count)
		return dst;
	move_text(replay, &replay->moves[replay->next], move, sizeof(move));
	if (next_ns == UINT64_MAX || next_ns <= now_ns)
		snprintf(dst, REPLAY_TEXT_MAX, "replay %zu/%zu, next: %s", replay->next,
			 replay->count, move);
	else
		snprintf(dst, REPLAY_TEXT_MAX, "replay %zu/%zu, next in %llu s: %s", replay->next,
			 replay->count,
			 (unsigned long long)((next_ns - now_ns + CLOCK_NS_PER_SEC - 1) /
					      CLOCK_NS_PER_SEC),
			 move);
	return dst;
}
