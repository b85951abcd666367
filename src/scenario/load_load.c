/* SPDX-License-Identifier: MIT */
/* "load": users or arrivals over time, and what the command line says over it. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "scenario/loader.h"

#define USERS_MAX          1000000
#define RATE_MAX           1e7
#define SPAWN_MAX          1e6
#define RATE_MIN           0.001
#define HOURS_MAX_S        (1000.0 * 3600)
#define STAGES_MAX         1000
#define SPAWN_RATE_DEFAULT 1.0
#define OPEN_USERS_MIN     10.0
#define OPEN_USERS_MAX     1000.0
#define NOT_GIVEN          UINT_MAX

struct load_draft {
	unsigned users;
	double spawn_rate, rate; /* 0: not given */
	uint64_t duration_ns, over_ns, warmup_ns;
	unsigned max_in_flight, max_users;
	double max_rate;
	json_t *stages, *target_rps;
};

#define AT(member) offsetof(struct load_draft, member)

static const struct key load_keys[] = {
	{ "users", KEY_UINT, AT(users), 1, USERS_MAX, 0, NULL, false },
	{ "spawn_rate", KEY_NUMBER, AT(spawn_rate), RATE_MIN, SPAWN_MAX, 0, NULL, false },
	{ "duration", KEY_DURATION, AT(duration_ns), 0.001, HOURS_MAX_S, 0, NULL, false },
	{ "rate", KEY_NUMBER, AT(rate), RATE_MIN, RATE_MAX, 0, NULL, false },
	{ "over", KEY_DURATION, AT(over_ns), 0, HOURS_MAX_S, 0, NULL, false },
	{ "stages", KEY_JSON, AT(stages), 0, 0, KIND_LIST, "a list of stages", false },
	{ "warmup", KEY_DURATION, AT(warmup_ns), 0, HOURS_MAX_S, 0, NULL, false },
	{ "max_in_flight", KEY_UINT, AT(max_in_flight), 1, USERS_MAX, 0, NULL, false },
	{ "max_users", KEY_UINT, AT(max_users), 1, USERS_MAX, 0, NULL, false },
	{ "max_rate", KEY_NUMBER, AT(max_rate), RATE_MIN, RATE_MAX, 0, NULL, false },
	{ "target_rps", KEY_JSON, AT(target_rps), 0, 0, KIND_NUMBER | KIND_LIST,
	  "a number (at least so many requests per second), or a list of the lowest and the "
	  "highest",
	  false },
};
const struct keyset keyset_load = KEYSET("load", load_keys, NULL);

struct stage_draft {
	unsigned users;
	double rate; /* negative: not given */
	uint64_t over_ns, hold_ns;
};

static const struct key stage_keys[] = {
	{ "users", KEY_UINT, offsetof(struct stage_draft, users), 0, USERS_MAX, 0, NULL, false },
	{ "rate", KEY_NUMBER, offsetof(struct stage_draft, rate), 0, RATE_MAX, 0, NULL, false },
	{ "over", KEY_DURATION, offsetof(struct stage_draft, over_ns), 0.001, HOURS_MAX_S, 0, NULL,
	  false },
	{ "hold", KEY_DURATION, offsetof(struct stage_draft, hold_ns), 0.001, HOURS_MAX_S, 0, NULL,
	  false },
};
const struct keyset keyset_stage = KEYSET("stage", stage_keys, NULL);

/* ---- stages ------------------------------------------------------------------------------ */

static bool load_stage(struct loader *loader, json_t *object, struct stage *stage)
{
	struct stage_draft draft = { .users = NOT_GIVEN, .rate = -1 };
	size_t errors = errors_count(loader->reader.errs);
	int given;

	keys_read(loader, object, &keyset_stage, &draft);
	if (errors_count(loader->reader.errs) > errors)
		return false;
	given = (draft.users != NOT_GIVEN) + (draft.rate >= 0) + (draft.hold_ns > 0);
	if (given != 1) {
		reader_error(&loader->reader, "needs exactly one of users, rate and hold");
		return false;
	}
	if (draft.hold_ns && draft.over_ns) {
		reader_error_in(&loader->reader, "over", "does not go with \"hold\"");
		return false;
	}
	if (draft.hold_ns)
		*stage = (struct stage){ STAGE_HOLD, 0, draft.hold_ns };
	else if (draft.rate >= 0)
		*stage = (struct stage){ STAGE_RATE, draft.rate, draft.over_ns };
	else
		*stage = (struct stage){ STAGE_USERS, draft.users, draft.over_ns };
	return true;
}

/* A stage must fit the kind of load that the stages before it made; a users stage without
 * "over" needs the spawn rate to know how long it takes. */
static void check_stage(struct loader *loader, const struct load_draft *draft,
			const struct load *load, const struct stage *stage)
{
	if (load->stage_count == 0 && stage->kind == STAGE_HOLD)
		reader_error(&loader->reader, "the first stage cannot hold: there is nothing yet");
	else if (load->stage_count > 0 && stage->kind != STAGE_HOLD &&
		 stage->kind != load->stages[0].kind)
		reader_error(&loader->reader,
			     "stages of users and stages of a rate exclude each other");
	if (stage->kind == STAGE_USERS && stage->duration_ns == 0 && draft->spawn_rate <= 0)
		reader_error(&loader->reader,
			     "needs \"over\", or a \"spawn_rate\" in the load to get there by");
}

static void load_stages(struct loader *loader, json_t *list, const struct load_draft *draft,
			struct load *load)
{
	char actual[120];
	size_t size = json_array_size(list);

	if (size == 0 || size > STAGES_MAX) {
		reader_error(&loader->reader, "must be a list of 1 to %d stages", STAGES_MAX);
		return;
	}
	load->stages = mem_array(size, sizeof(*load->stages));
	for (size_t i = 0; i < size; i++) {
		json_t *item = json_array_get(list, i);
		struct stage stage;

		reader_enter_index(&loader->reader, i);
		if (!json_is_object(item)) {
			reader_error(&loader->reader,
				     "must be an object such as {\"users\": 100, "
				     "\"over\": \"10s\"} or {\"hold\": \"4m\"}, not %s",
				     reader_describe(item, actual, sizeof(actual)));
		} else if (load_stage(loader, item, &stage)) {
			check_stage(loader, draft, load, &stage);
			load->stages[load->stage_count++] = stage;
		}
		reader_leave(&loader->reader);
	}
}

/* Durations of stages that give none, and the highest level, which the rest goes by. */
static void finish_stages(struct load *load)
{
	double level = 0, peak = 0;
	uint64_t total_ns = 0;

	for (size_t i = 0; i < load->stage_count; i++) {
		struct stage *stage = &load->stages[i];

		if (stage->kind == STAGE_USERS && stage->duration_ns == 0 && load->spawn_rate > 0)
			stage->duration_ns =
				(uint64_t)llround(fabs(stage->value - level) / load->spawn_rate *
						  (double)CLOCK_NS_PER_SEC);
		if (stage->kind == STAGE_HOLD)
			stage->value = level;
		level = stage->value;
		peak = fmax(peak, level);
		total_ns += stage->duration_ns;
	}
	if (load->duration_ns == 0)
		load->duration_ns = total_ns;
	if (load->open)
		load->rate = peak;
	else
		load->users = peak;
}

/* ---- the whole --------------------------------------------------------------------------- */

static void load_target_rps(struct loader *loader, json_t *value, struct load *load)
{
	static const struct key bound = { "", KEY_NUMBER, 0, RATE_MIN, RATE_MAX, 0, NULL, false };
	double bounds[2] = { 0, 0 };
	bool ok = true;

	reader_enter(&loader->reader, "target_rps");
	if (json_is_number(value)) {
		ok = keys_read_value(loader, &bound, value, &bounds[0]);
	} else if (json_array_size(value) != 2) {
		reader_error(&loader->reader, "must be a number or a list of two: the lowest and "
					      "the highest");
		ok = false;
	}
	for (size_t i = 0; i < json_array_size(value) && ok; i++) {
		reader_enter_index(&loader->reader, i);
		ok = keys_read_value(loader, &bound, json_array_get(value, i), &bounds[i]);
		reader_leave(&loader->reader);
	}
	if (ok && bounds[1] > 0 && bounds[0] > bounds[1])
		reader_error(&loader->reader, "the lower number comes first");
	load->target_rps_low = bounds[0];
	load->target_rps_high = bounds[1];
	reader_leave(&loader->reader);
}

static double fixed_users(const struct scenario *scenario)
{
	double sum = 0;

	for (size_t i = 0; i < scenario->class_count; i++) {
		if (scenario->classes[i].fixed_users == 0)
			return 0; /* some go by weight: the total must be given */
		sum += scenario->classes[i].fixed_users;
	}
	return sum;
}

/* The command line's -u, -r, -t and --rate. A number of users (or a rate) replaces stages by a
 * plain load that lasts as long. */
static void override(struct loader *loader, struct load *load)
{
	const struct scenario_overrides *over = loader->over;
	bool plain = over->rate > 0 || (over->users > 0 && !load->open);

	if (over->spawn_rate > 0)
		load->spawn_rate = over->spawn_rate;
	if (load->stage_count)
		finish_stages(load);
	if (plain && load->stage_count) {
		free(load->stages);
		load->stages = NULL;
		load->stage_count = 0;
	}
	if (over->rate > 0) {
		load->open = true;
		load->rate = over->rate;
	}
	if (over->users > 0)
		load->users = over->users;
	if (over->duration_ns > 0)
		load->duration_ns = over->duration_ns;
}

/* How fast users come and go when somebody moves their number by hand and the file says nothing:
 * as fast as the steepest stage moves them, all connections of an open load within a second. */
static double default_spawn_rate(const struct load *load)
{
	double level = 0, steepest = 0;

	if (load->open)
		return fmax(load->users, SPAWN_RATE_DEFAULT);
	for (size_t i = 0; i < load->stage_count; i++) {
		const struct stage *stage = &load->stages[i];

		if (stage->duration_ns)
			steepest = fmax(steepest,
					fabs(stage->value - level) / ((double)stage->duration_ns /
								      (double)CLOCK_NS_PER_SEC));
		level = stage->value;
	}
	return steepest > 0 ? fmin(steepest, SPAWN_MAX) : SPAWN_RATE_DEFAULT;
}

/* What nobody said. */
static void fill_in(struct load *load)
{
	if (load->open && load->users <= 0)
		load->users = load->max_in_flight ? load->max_in_flight
						  : fmin(fmax(ceil(load->rate), OPEN_USERS_MIN),
							 OPEN_USERS_MAX);
	if (load->spawn_rate <= 0)
		load->spawn_rate = default_spawn_rate(load);
	if (load->open && load->max_in_flight == 0)
		load->max_in_flight = (unsigned)load->users;
	if (load->max_users == 0)
		load->max_users = (unsigned)fmin(2 * load->users, USERS_MAX);
	if (load->open && load->max_rate <= 0)
		load->max_rate = fmin(2 * load->rate, RATE_MAX);
	if (load->max_users < load->users)
		load->max_users = (unsigned)load->users;
	if (load->open && load->max_rate < load->rate)
		load->max_rate = load->rate;
}

static void check(struct loader *loader, const struct load_draft *draft, bool staged, bool open)
{
	struct reader *reader = &loader->reader;

	if (staged && draft->rate > 0)
		reader_error_in(reader, "rate", "is said by the stages already");
	if (staged && draft->over_ns)
		reader_error_in(reader, "over", "belongs into the stages");
	if (staged && !open && draft->users)
		reader_error_in(reader, "users", "is said by the stages already");
	if (!staged && draft->over_ns && !open)
		reader_error_in(
			reader, "over",
			"goes with \"rate\"; users come by \"spawn_rate\" or in \"stages\"");
	if (!open && draft->max_in_flight)
		reader_error_in(reader, "max_in_flight",
				"goes with \"rate\": users have one request in flight each");
	if (!open && draft->max_rate > 0)
		reader_error_in(reader, "max_rate", "goes with \"rate\"");
	if (draft->max_users && draft->users > draft->max_users)
		reader_error_in(reader, "max_users", "is less than \"users\"");
	if (draft->max_rate > 0 && draft->rate > draft->max_rate)
		reader_error_in(reader, "max_rate", "is less than \"rate\"");
	if (draft->duration_ns && draft->warmup_ns >= draft->duration_ns)
		reader_error_in(reader, "warmup", "is not shorter than \"duration\"");
}

static void load_object(struct loader *loader, json_t *value, struct load_draft *draft)
{
	struct load *load = &loader->scenario->load;

	if (json_is_object(value))
		keys_read(loader, value, &keyset_load, draft);
	else if (json_is_array(value))
		draft->stages = value;
	if (draft->stages) {
		if (json_is_object(value))
			reader_enter(&loader->reader, "stages");
		if (loader->over->spawn_rate > 0)
			draft->spawn_rate = loader->over->spawn_rate;
		load_stages(loader, draft->stages, draft, load);
		if (json_is_object(value))
			reader_leave(&loader->reader);
	}
	load->open = draft->stages ? load->stage_count && load->stages[0].kind == STAGE_RATE
				   : draft->rate > 0;
	check(loader, draft, draft->stages != NULL, load->open);
	if (draft->target_rps)
		load_target_rps(loader, draft->target_rps, load);
}

/* Somebody or something must come at some time. */
static void check_level(struct loader *loader, const struct load *load)
{
	double level = load->open ? load->rate : load->users;

	if (level > 0)
		return;
	reader_error(&loader->reader,
		     load->stage_count ? "no stage goes above 0"
				       : "says neither \"users\" nor \"rate\" nor \"stages\"");
}

void load_load(struct loader *loader, json_t *value)
{
	struct scenario *scenario = loader->scenario;
	struct load *load = &scenario->load;
	struct load_draft draft = { 0 };
	size_t errors = errors_count(loader->reader.errs);
	char actual[120];

	reader_enter(&loader->reader, "load");
	if (value && !json_is_object(value) && !json_is_array(value))
		reader_error(
			&loader->reader,
			"must be an object such as {\"users\": 100, "
			"\"spawn_rate\": 10, \"duration\": \"5m\"} or a list of stages, not %s",
			reader_describe(value, actual, sizeof(actual)));
	else if (value)
		load_object(loader, value, &draft);
	load->users = draft.users;
	load->spawn_rate = draft.spawn_rate;
	load->rate = draft.rate;
	load->rate_over_ns = draft.over_ns;
	load->duration_ns = draft.duration_ns;
	load->warmup_ns = draft.warmup_ns;
	load->max_in_flight = draft.max_in_flight;
	load->max_users = draft.max_users;
	load->max_rate = draft.max_rate;
	override(loader, load);
	if (!load->open && load->users <= 0)
		load->users = fixed_users(scenario);
	if (errors_count(loader->reader.errs) == errors && value)
		check_level(loader, load);
	reader_leave(&loader->reader);
	if (!value && !load->open && load->users <= 0)
		reader_error(&loader->reader, "\"load\" is missing: how many users, or -u");
	fill_in(load);
}
