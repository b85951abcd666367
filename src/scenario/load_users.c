/* SPDX-License-Identifier: MIT */
/* User classes: how many, how they wait, what they do. */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "scenario/loader.h"

#define WEIGHT_MAX 1e6
#define USERS_MAX  1e6
#define TASKS_MAX  1000
#define WAIT_MAX_S 86400

/* ---- wait -------------------------------------------------------------------------------- */

struct wait_draft {
	uint64_t constant_ns, exponential_ns, max_ns, pacing_ns;
	json_t *between;
};

#define WAIT(name, member, min)                                                                    \
	{                                                                                          \
		name, KEY_DURATION, offsetof(struct wait_draft, member), min, WAIT_MAX_S, 0, NULL, \
			false                                                                      \
	}

static const struct key wait_keys[] = {
	WAIT("constant", constant_ns, 0),
	{ "between", KEY_JSON, offsetof(struct wait_draft, between), 0, 0, KIND_LIST,
	  "a list of two durations, the shorter one first", false },
	WAIT("exponential", exponential_ns, 0.001),
	WAIT("max", max_ns, 0.001),
	WAIT("pacing", pacing_ns, 0.001),
};
const struct keyset keyset_wait = KEYSET("wait", wait_keys, NULL);

static const struct key wait_bound = { "", KEY_DURATION, 0, 0, WAIT_MAX_S, 0, NULL, false };

static void load_between(struct loader *loader, json_t *list, struct wait *wait)
{
	uint64_t bounds[2] = { 0, 0 };
	bool ok = json_array_size(list) == 2;

	reader_enter(&loader->reader, "between");
	if (!ok)
		reader_error(&loader->reader,
			     "must be a list of two durations, the shorter one first");
	for (size_t i = 0; ok && i < 2; i++) {
		reader_enter_index(&loader->reader, i);
		ok = keys_read_value(loader, &wait_bound, json_array_get(list, i), &bounds[i]);
		reader_leave(&loader->reader);
	}
	if (ok && bounds[0] > bounds[1])
		reader_error(&loader->reader, "the shorter duration comes first");
	reader_leave(&loader->reader);
	*wait = (struct wait){ WAIT_UNIFORM, bounds[0], bounds[1] };
}

static void load_wait_object(struct loader *loader, json_t *object, struct wait *wait)
{
	static const char *const kinds[] = { "constant", "between", "exponential", "pacing" };
	struct wait_draft draft = { 0 };
	size_t given = 0;

	keys_read(loader, object, &keyset_wait, &draft);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		given += json_object_get(object, kinds[i]) != NULL;
	if (given != 1) {
		reader_error(&loader->reader,
			     "needs exactly one of constant, between, exponential and pacing");
		return;
	}
	if (draft.max_ns && !json_object_get(object, "exponential"))
		reader_error_in(&loader->reader, "max", "goes with \"exponential\" only");
	if (draft.between)
		load_between(loader, draft.between, wait);
	else if (draft.exponential_ns)
		*wait = (struct wait){ WAIT_EXPONENTIAL, draft.exponential_ns, draft.max_ns };
	else if (draft.pacing_ns)
		*wait = (struct wait){ WAIT_PACING, draft.pacing_ns, 0 };
	else
		*wait = (struct wait){ WAIT_CONSTANT, draft.constant_ns, 0 };
}

static void load_wait(struct loader *loader, json_t *value, struct wait *wait)
{
	uint64_t ns = 0;

	reader_enter(&loader->reader, "wait");
	if (json_is_object(value)) {
		load_wait_object(loader, value, wait);
	} else if (keys_read_value(loader, &wait_bound, value, &ns)) {
		*wait = (struct wait){ WAIT_CONSTANT, ns, 0 };
	}
	if ((wait->kind == WAIT_CONSTANT && wait->a_ns == 0) ||
	    (wait->kind == WAIT_UNIFORM && wait->b_ns == 0))
		wait->kind = WAIT_NONE;
	reader_leave(&loader->reader);
}

/* ---- tasks ------------------------------------------------------------------------------- */

struct task_draft {
	struct step_draft step; /* the keys of a step, for tasks of one request */
	unsigned weight;
	json_t *steps;
};

static_assert(offsetof(struct task_draft, step) == 0, "a task is read by a step's keys, too");

static const struct key task_keys[] = {
	{ "weight", KEY_UINT, offsetof(struct task_draft, weight), 1, WEIGHT_MAX, 0, NULL, false },
	{ "steps", KEY_JSON, offsetof(struct task_draft, steps), 0, 0, KIND_LIST,
	  "a list of requests, done in order", false },
};
const struct keyset keyset_task = KEYSET("task", task_keys, &keyset_step);

static void load_task(struct loader *loader, json_t *object, struct task *task)
{
	struct task_draft draft = { .weight = 1 };
	const char *key;

	step_draft_init(loader, &draft.step);
	step_draft_read(loader, object, &keyset_task, &draft);
	task->weight = draft.weight;
	if (draft.steps && step_draft_any(&draft.step, &key)) {
		reader_error_in(&loader->reader, key,
				"belongs into one of the \"steps\": a task is one request, or a "
				"list of steps");
	} else if (draft.steps) {
		reader_enter(&loader->reader, "steps");
		load_steps(loader, draft.steps, &task->steps, &task->step_count);
		if (json_array_size(draft.steps) == 0)
			reader_error(&loader->reader, "is empty: a task needs a request");
		reader_leave(&loader->reader);
	} else {
		task->steps = mem_array(1, sizeof(*task->steps));
		task->step_count = 1;
		load_step(loader, &draft.step, task->steps);
	}
	step_draft_fini(&draft.step);
}

static void load_tasks(struct loader *loader, json_t *object, struct user_class *class)
{
	const char *name;
	json_t *value;
	char actual[120];

	reader_enter(&loader->reader, "tasks");
	if (json_object_size(object) == 0)
		reader_error(&loader->reader, "is empty: a class needs at least one task");
	if (json_object_size(object) > TASKS_MAX)
		reader_error(&loader->reader, "has more than %d tasks", TASKS_MAX);
	class->tasks = mem_array(TASKS_MAX, sizeof(*class->tasks));
	json_object_foreach(object, name, value)
	{
		struct task *task = &class->tasks[class->task_count];

		if (class->task_count == TASKS_MAX)
			break;
		reader_enter(&loader->reader, name);
		if (json_is_object(value)) {
			task->name = mem_strdup(name);
			class->task_count++;
			load_task(loader, value, task);
			class->task_weight_sum += task->weight;
		} else {
			reader_error(&loader->reader, "must be an object: a request, not %s",
				     reader_describe(value, actual, sizeof(actual)));
		}
		reader_leave(&loader->reader);
	}
	reader_leave(&loader->reader);
}

/* ---- variables --------------------------------------------------------------------------- */

/* Behind *count in out, which has room. */
static void add_vars(struct loader *loader, json_t *object, struct assignment *out, size_t *count)
{
	const char *name;
	json_t *value;

	reader_enter(&loader->reader, "vars");
	json_object_foreach(object, name, value)
	{
		struct assignment *to = &out[*count];
		char *text;

		reader_enter(&loader->reader, name);
		text = loader_scalar(loader, value);
		if (text && loader_setter(loader, name, &to->slot)) {
			to->value = loader_template(loader, text, TEMPLATE_ESCAPE_NONE);
			*count += to->value != NULL;
		}
		free(text);
		reader_leave(&loader->reader);
	}
	reader_leave(&loader->reader);
}

void load_vars(struct loader *loader, json_t *object)
{
	struct scenario *scenario = loader->scenario;

	scenario->vars = mem_array(json_object_size(object) + 1, sizeof(*scenario->vars));
	loader_enter_scope(loader, SCOPE_EVERYONE, SCOPE_EVERYONE);
	add_vars(loader, object, scenario->vars, &scenario->var_count);
}

/* The scenario's, then the class's own. */
static void load_class_vars(struct loader *loader, json_t *object, struct user_class *class)
{
	const struct scenario *scenario = loader->scenario;
	size_t shared = scenario->var_count;

	class->vars = mem_array(shared + json_object_size(object) + 1, sizeof(*class->vars));
	if (shared)
		memcpy(class->vars, scenario->vars, shared * sizeof(*class->vars));
	class->var_count = shared;
	if (object)
		add_vars(loader, object, class->vars, &class->var_count);
}

/* ---- classes ----------------------------------------------------------------------------- */

struct class_draft {
	unsigned weight, count;
	json_t *wait, *vars, *headers, *on_start, *on_stop, *tasks;
};

#define PART(name, member, kinds, what, required)                                                 \
	{                                                                                         \
		name, KEY_JSON, offsetof(struct class_draft, member), 0, 0, kinds, what, required \
	}

static const struct key class_keys[] = {
	{ "weight", KEY_UINT, offsetof(struct class_draft, weight), 1, WEIGHT_MAX, 0, NULL, false },
	{ "count", KEY_UINT, offsetof(struct class_draft, count), 1, USERS_MAX, 0, NULL, false },
	PART("wait", wait, KIND_STRING | KIND_NUMBER | KIND_OBJECT,
	     "a duration, or an object such as {\"between\": [\"0.5s\", \"2s\"]}", false),
	PART("vars", vars, KIND_OBJECT, "an object: variable to value", false),
	PART("headers", headers, KIND_OBJECT, "an object: header name to value", false),
	PART("on_start", on_start, KIND_LIST, "a list of requests, done in order", false),
	PART("on_stop", on_stop, KIND_LIST, "a list of requests, done in order", false),
	PART("tasks", tasks, KIND_OBJECT, "an object: task name to request", true),
};
const struct keyset keyset_class = KEYSET("class", class_keys, NULL);

static void load_class_steps(struct loader *loader, const char *key, json_t *list,
			     struct step **out, size_t *count)
{
	if (!list)
		return;
	reader_enter(&loader->reader, key);
	load_steps(loader, list, out, count);
	reader_leave(&loader->reader);
}

static void load_class(struct loader *loader, json_t *object, struct user_class *class)
{
	struct class_draft draft = { .weight = 1 };

	keys_read(loader, object, &keyset_class, &draft);
	class->weight = draft.weight;
	class->fixed_users = draft.count;
	if (draft.count && json_object_get(object, "weight"))
		reader_error(&loader->reader, "\"count\" and \"weight\" exclude each other");
	if (draft.wait)
		load_wait(loader, draft.wait, &class->wait);
	load_class_vars(loader, draft.vars, class);
	if (draft.headers)
		loader_inherited_headers(loader, draft.headers, &loader->class_headers);
	load_class_steps(loader, "on_start", draft.on_start, &class->on_start,
			 &class->on_start_count);
	if (draft.tasks)
		load_tasks(loader, draft.tasks, class);
	load_class_steps(loader, "on_stop", draft.on_stop, &class->on_stop, &class->on_stop_count);
	inherited_headers_fini(&loader->class_headers);
}

void load_users(struct loader *loader, json_t *object)
{
	struct scenario *scenario = loader->scenario;
	const char *name;
	json_t *value;
	char actual[120];

	reader_enter(&loader->reader, "users");
	if (json_object_size(object) == 0)
		reader_error(&loader->reader, "is empty: a scenario needs at least one user class");
	if (json_object_size(object) > SCENARIO_CLASSES_MAX)
		reader_error(&loader->reader, "has more than %d classes", SCENARIO_CLASSES_MAX);
	scenario->classes = mem_array(SCENARIO_CLASSES_MAX, sizeof(*scenario->classes));
	json_object_foreach(object, name, value)
	{
		if (scenario->class_count == SCENARIO_CLASSES_MAX)
			break;
		reader_enter(&loader->reader, name);
		if (json_is_object(value)) {
			loader_enter_scope(loader, (int)scenario->class_count,
					   (int)scenario->class_count);
			scenario->classes[scenario->class_count].name = mem_strdup(name);
			load_class(loader, value, &scenario->classes[scenario->class_count++]);
		} else {
			reader_error(&loader->reader, "must be an object: a user class, not %s",
				     reader_describe(value, actual, sizeof(actual)));
		}
		reader_leave(&loader->reader);
	}
	reader_leave(&loader->reader);
}
