/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/result_json.h"

#include <math.h>
#include <stdint.h>

#include "message/command.h"
#include "message/frame.h"
#include "record/baseline.h"
#include "record/insight.h"
#include "record/levels.h"
#include "record/replay.h"
#include "record/steering_log.h"
#include "record/view.h"
#include "scenario/scenario.h"

/* The members "levels", "knee", "steering", "replay" and "baseline" of a result. */

static json_t *rounded(double value)
{
	return isfinite(value) && value != FRAME_GAP ? json_real(round(value * 1000) / 1000)
						     : json_null();
}

static json_t *count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static struct levels_knee knee_of(const struct record_view *view)
{
	return levels_knee(view->insight->levels, view->bend);
}

json_t *result_json_levels(const struct record_view *view)
{
	struct levels_knee knee = knee_of(view);
	json_t *rows = json_array();

	for (size_t i = 0; i < levels_count(view->insight->levels); i++) {
		struct level level = levels_at(view->insight->levels, i);
		json_t *row = json_object();

		json_object_set_new(row, "load", rounded(level.load));
		json_object_set_new(row, "from_s", json_real((double)level.from_ns / 1e9));
		json_object_set_new(row, "held_s", json_real(level.seconds));
		json_object_set_new(row, "requests", count(level.requests));
		json_object_set_new(row, "failures", count(level.failures));
		json_object_set_new(row, "rps",
				    rounded((double)level.requests / (double)level.seconds));
		json_object_set_new(row, "response_p50_us", count(level.p50_us));
		json_object_set_new(row, "response_p95_us", count(level.p95_us));
		json_object_set_new(row, "response_p99_us", count(level.p99_us));
		json_object_set_new(row, "cpu_pct", rounded(level.cpu_pct));
		json_object_set_new(row, "connections", rounded(level.connections));
		json_object_set_new(row, "beyond_knee",
				    json_boolean(knee.found && level.load > knee.load));
		json_array_append_new(rows, row);
	}
	return rows;
}

json_t *result_json_knee(const struct record_view *view)
{
	struct levels_knee knee = knee_of(view);
	char text[LEVELS_KNEE_TEXT];
	json_t *object;

	if (!knee.found)
		return json_null();
	object = json_object();
	json_object_set_new(object, "load", rounded(knee.load));
	json_object_set_new(object, "base_us", rounded(knee.base_us));
	json_object_set_new(object, "reached_us", rounded(knee.reached_us));
	json_object_set_new(object, "reached_load", rounded(knee.reached_load));
	json_object_set_new(object, "from", json_string(knee.by_levels ? "levels" : "climb"));
	json_object_set_new(
		object, "text",
		result_json_text(levels_knee_text(&knee, view->scenario->load.open, text)));
	return object;
}

static json_t *steering_row(const struct scenario *scenario, const struct steering_entry *entry)
{
	bool class = entry->class_id < scenario->class_count;
	bool has_value = entry->type == COMMAND_USERS || entry->type == COMMAND_SPAWN_RATE ||
			 entry->type == COMMAND_ARRIVAL_RATE;
	json_t *row = json_object();

	json_object_set_new(row, "at_s", rounded((double)entry->at_ns / 1e9));
	json_object_set_new(row, "at_ns", count(entry->at_ns));
	json_object_set_new(row, "action", json_string(command_name(entry->type)));
	json_object_set_new(row, "class",
			    class ? result_json_text(scenario->classes[entry->class_id].name)
				  : json_null());
	json_object_set_new(row, "value", has_value ? json_real(entry->value) : json_null());
	json_object_set_new(row, "text",
			    entry->type == COMMAND_MARK ? result_json_text(entry->text)
							: json_null());
	json_object_set_new(row, "replayed", json_boolean(entry->replayed));
	return row;
}

json_t *result_json_steering(const struct record_view *view)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < steering_log_count(view->steering); i++)
		json_array_append_new(
			rows, steering_row(view->scenario, steering_log_at(view->steering, i)));
	return rows;
}

json_t *result_json_replay(const struct record_view *view)
{
	size_t driven = 0, by_hand = 0;

	if (view->replay == NULL)
		return json_null();
	for (size_t i = 0; i < steering_log_count(view->steering); i++) {
		if (steering_log_at(view->steering, i)->replayed)
			driven++;
		else
			by_hand++;
	}
	return json_pack("{s:o, s:o, s:o}", "moves", count(replay_count(view->replay)), "driven",
			 count(driven), "by_hand", count(by_hand));
}

json_t *result_json_baseline(const struct record_view *view)
{
	return view->baseline != NULL ? baseline_json(view->baseline) : json_null();
}
