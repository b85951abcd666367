/* SPDX-License-Identifier: MIT */
/* "panels": what is watched beside the load. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "scenario/loader.h"

#define CONTAINERS_MAX 100
#define PATTERNS_MAX   100
#define GAUGES_MAX     50
#define CPU_MAX        100000
#define MEMORY_MAX     1e15
#define NUMBER_MAX     1e15
#define CANARY_MIN_NS  1000000000ULL

struct panels_draft {
	json_t *docker, *postgres;
};

static const struct key panels_keys[] = {
	{ "docker", KEY_JSON, offsetof(struct panels_draft, docker), 0, 0, KIND_OBJECT,
	  "an object with \"containers\"", false },
	{ "postgres", KEY_JSON, offsetof(struct panels_draft, postgres), 0, 0, KIND_OBJECT,
	  "an object with \"dsn\" or \"exec\"", false },
};
const struct keyset keyset_panels = KEYSET("panels", panels_keys, NULL);

/* ---- docker ------------------------------------------------------------------------------ */

static const struct key limit_keys[] = {
	{ "cpu", KEY_NUMBER, offsetof(struct container_limit, cpu_pct), 0.1, CPU_MAX, 0, NULL,
	  false },
	{ "memory", KEY_BYTES, offsetof(struct container_limit, memory_bytes), 1, MEMORY_MAX, 0,
	  NULL, false },
};
const struct keyset keyset_limit = KEYSET("limit", limit_keys, NULL);

#define LIMIT_WHAT "an object with \"cpu\" (percent of one core) and \"memory\""

struct container_draft {
	char *name;
	json_t *limit;
};

static const struct key container_keys[] = {
	{ "name", KEY_CONSTANT, offsetof(struct container_draft, name), 0, 0, 0, NULL, true },
	{ "limit", KEY_JSON, offsetof(struct container_draft, limit), 0, 0, KIND_OBJECT, LIMIT_WHAT,
	  false },
};
const struct keyset keyset_container = KEYSET("container", container_keys, NULL);

struct docker_draft {
	char *host, *logs;
	bool cli_cpu;
	json_t *containers, *limit, *log_patterns;
};

static const struct key docker_keys[] = {
	{ "host", KEY_CONSTANT, offsetof(struct docker_draft, host), 0, 0, 0, NULL, false },
	{ "cli_cpu", KEY_BOOL, offsetof(struct docker_draft, cli_cpu), 0, 0, 0, NULL, false },
	{ "containers", KEY_JSON, offsetof(struct docker_draft, containers), 0, 0, KIND_LIST,
	  "a list of container names", true },
	{ "limit", KEY_JSON, offsetof(struct docker_draft, limit), 0, 0, KIND_OBJECT, LIMIT_WHAT,
	  false },
	{ "logs", KEY_CONSTANT, offsetof(struct docker_draft, logs), 0, 0, 0, NULL, false },
	{ "log_patterns", KEY_JSON, offsetof(struct docker_draft, log_patterns), 0, 0, KIND_LIST,
	  "a list of texts to look for in the log", false },
};
const struct keyset keyset_docker = KEYSET("docker", docker_keys, NULL);

static void load_limit(struct loader *loader, json_t *object, struct container_limit *limit)
{
	reader_enter(&loader->reader, "limit");
	keys_read(loader, object, &keyset_limit, limit);
	reader_leave(&loader->reader);
}

static void load_container(struct loader *loader, json_t *value, struct container_limit *out)
{
	struct container_draft draft = { 0 };

	if (json_is_object(value))
		keys_read(loader, value, &keyset_container, &draft);
	else
		(void)keys_read_value(loader, &container_keys[0], value, &draft);
	out->name = draft.name;
	if (draft.limit)
		load_limit(loader, draft.limit, out);
}

static void load_containers(struct loader *loader, json_t *list, struct panels *panels)
{
	size_t size = json_array_size(list);

	reader_enter(&loader->reader, "containers");
	if (size == 0 || size > CONTAINERS_MAX) {
		reader_error(&loader->reader, "must be a list of 1 to %d container names",
			     CONTAINERS_MAX);
		size = 0;
	}
	panels->containers = mem_array(size + 1, sizeof(*panels->containers));
	for (size_t i = 0; i < size; i++) {
		reader_enter_index(&loader->reader, i);
		load_container(loader, json_array_get(list, i),
			       &panels->containers[panels->container_count++]);
		reader_leave(&loader->reader);
	}
	reader_leave(&loader->reader);
}

static void load_log_patterns(struct loader *loader, json_t *list, struct panels *panels)
{
	static const struct key pattern = { "", KEY_STRING, 0, 0, 0, 0, NULL, false };
	size_t size = json_array_size(list);

	reader_enter(&loader->reader, "log_patterns");
	if (size > PATTERNS_MAX) {
		reader_error(&loader->reader, "has more than %d texts", PATTERNS_MAX);
		size = 0;
	}
	panels->log_patterns = mem_array(size + 1, sizeof(char *));
	for (size_t i = 0; i < size; i++) {
		char **to = &panels->log_patterns[panels->log_pattern_count];

		reader_enter_index(&loader->reader, i);
		panels->log_pattern_count +=
			keys_read_value(loader, &pattern, json_array_get(list, i), to);
		reader_leave(&loader->reader);
	}
	reader_leave(&loader->reader);
}

static void load_docker(struct loader *loader, json_t *object, struct panels *panels)
{
	struct docker_draft draft = { 0 };

	reader_enter(&loader->reader, "docker");
	panels->docker = true;
	keys_read(loader, object, &keyset_docker, &draft);
	panels->docker_host = draft.host;
	panels->docker_cli_cpu = draft.cli_cpu;
	panels->logs = draft.logs;
	if (draft.containers)
		load_containers(loader, draft.containers, panels);
	if (draft.limit)
		load_limit(loader, draft.limit, &panels->limit);
	if (draft.log_patterns)
		load_log_patterns(loader, draft.log_patterns, panels);
	reader_leave(&loader->reader);
}

/* ---- postgres ---------------------------------------------------------------------------- */

static const struct key exec_keys[] = {
	{ "container", KEY_CONSTANT, offsetof(struct panels, exec_container), 0, 0, 0, NULL, true },
	{ "user", KEY_CONSTANT, offsetof(struct panels, exec_user), 0, 0, 0, NULL, false },
	{ "database", KEY_CONSTANT, offsetof(struct panels, exec_database), 0, 0, 0, NULL, false },
};
const struct keyset keyset_exec = KEYSET("exec", exec_keys, NULL);

struct expect_draft {
	json_t *connections;
};

static const struct key expect_keys[] = {
	{ "connections", KEY_JSON, offsetof(struct expect_draft, connections), 0, 0, KIND_LIST,
	  "a list of two numbers, the lower one first", true },
};
const struct keyset keyset_postgres_expect = KEYSET("postgres_expect", expect_keys, NULL);

static const struct key postgres_limit_keys[] = {
	{ "connections", KEY_NUMBER, offsetof(struct panels, limit_connections), 1, 1e6, 0, NULL,
	  true },
};
const struct keyset keyset_postgres_limit = KEYSET("postgres_limit", postgres_limit_keys, NULL);

struct gauge_draft {
	char *name, *query;
	json_t *limit;
};

static const struct key gauge_keys[] = {
	{ "name", KEY_STRING, offsetof(struct gauge_draft, name), 0, 0, 0, NULL, true },
	{ "query", KEY_CONSTANT, offsetof(struct gauge_draft, query), 0, 0, 0, NULL, true },
	{ "limit", KEY_JSON, offsetof(struct gauge_draft, limit), 0, 0, KIND_STRING | KIND_NUMBER,
	  "a number (at most that), or a comparison such as \"== 0\"", false },
};
const struct keyset keyset_gauge = KEYSET("gauge", gauge_keys, NULL);

struct postgres_draft {
	char *dsn;
	json_t *exec, *expect, *limit, *gauges;
	uint64_t every_ns, canary_ns;
};

#define PART(name, member, kinds, what)                                                           \
	{                                                                                         \
		name, KEY_JSON, offsetof(struct postgres_draft, member), 0, 0, kinds, what, false \
	}

static const struct key postgres_keys[] = {
	{ "dsn", KEY_CONSTANT, offsetof(struct postgres_draft, dsn), 0, 0, 0, NULL, false },
	PART("exec", exec, KIND_OBJECT, "an object with \"container\""),
	{ "every", KEY_DURATION, offsetof(struct postgres_draft, every_ns), 0.5, 3600, 0, NULL,
	  false },
	{ "canary", KEY_DURATION, offsetof(struct postgres_draft, canary_ns), 0, 3600, 0, NULL,
	  false },
	PART("expect", expect, KIND_OBJECT, "an object such as {\"connections\": [40, 60]}"),
	PART("limit", limit, KIND_OBJECT, "an object such as {\"connections\": 100}"),
	PART("gauges", gauges, KIND_LIST, "a list of gauges: name, query, limit"),
};
const struct keyset keyset_postgres = KEYSET("postgres", postgres_keys, NULL);

static void load_expected(struct loader *loader, json_t *object, struct panels *panels)
{
	static const struct key bound = { "", KEY_NUMBER, 0, 0, 1e6, 0, NULL, false };
	struct expect_draft draft = { 0 };
	double bounds[2] = { 0, 0 };
	bool ok;

	reader_enter(&loader->reader, "expect");
	keys_read(loader, object, &keyset_postgres_expect, &draft);
	reader_enter(&loader->reader, "connections");
	ok = json_array_size(draft.connections) == 2;
	if (draft.connections && !ok)
		reader_error(&loader->reader, "must be %s", expect_keys[0].what);
	for (size_t i = 0; i < 2 && ok; i++) {
		reader_enter_index(&loader->reader, i);
		ok = keys_read_value(loader, &bound, json_array_get(draft.connections, i),
				     &bounds[i]);
		reader_leave(&loader->reader);
	}
	if (ok && bounds[0] > bounds[1])
		reader_error(&loader->reader, "the lower number comes first");
	panels->expect_low = bounds[0];
	panels->expect_high = bounds[1];
	reader_leave(&loader->reader);
	reader_leave(&loader->reader);
}

/* "== 0" by the grammar of criteria; a number n means "<= n". */
static void load_gauge_limit(struct loader *loader, json_t *value, struct gauge *gauge)
{
	struct criterion criterion;
	struct error err = { 0 };
	char *rule;

	gauge->has_limit = true;
	gauge->op = OP_LE;
	if (json_is_number(value)) {
		gauge->limit = json_number_value(value);
		return;
	}
	rule = mem_printf("gauge x %s", json_string_value(value));
	if (criterion_parse(&criterion, rule, &err) < 0) {
		reader_error_in(&loader->reader, "limit", "%s", err.text);
	} else {
		if (criterion.abort || criterion.for_ns || criterion.after_ns ||
		    criterion.after_warmup)
			reader_error_in(&loader->reader, "limit",
					"is a comparison only; the rest belongs into \"criteria\"");
		gauge->op = criterion.op;
		gauge->limit = criterion.value;
		criterion_fini(&criterion);
	}
	free(rule);
}

static void load_gauge(struct loader *loader, json_t *value, struct panels *panels)
{
	struct gauge_draft draft = { 0 };
	struct gauge *gauge = &panels->gauges[panels->gauge_count];
	char actual[120];

	if (!json_is_object(value)) {
		reader_error(&loader->reader, "must be an object: name, query, limit, not %s",
			     reader_describe(value, actual, sizeof(actual)));
		return;
	}
	keys_read(loader, value, &keyset_gauge, &draft);
	for (size_t i = 0; draft.name && i < panels->gauge_count; i++)
		if (panels->gauges[i].name && strcmp(panels->gauges[i].name, draft.name) == 0)
			reader_error_in(&loader->reader, "name",
					"there is another gauge of this name");
	if (draft.name && !template_name_is_valid(draft.name))
		reader_error_in(&loader->reader, "name",
				"may hold letters, digits, \"_\", \"-\" and \".\", a letter first");
	else if (draft.name && strlen(draft.name) > 31)
		reader_error_in(&loader->reader, "name", "is longer than 31 bytes");
	gauge->name = draft.name;
	gauge->query = draft.query;
	if (draft.limit)
		load_gauge_limit(loader, draft.limit, gauge);
	panels->gauge_count++;
}

static void load_gauges(struct loader *loader, json_t *list, struct panels *panels)
{
	size_t size = json_array_size(list);

	reader_enter(&loader->reader, "gauges");
	if (size > GAUGES_MAX) {
		reader_error(&loader->reader, "has more than %d gauges", GAUGES_MAX);
		size = 0;
	}
	panels->gauges = mem_array(size + 1, sizeof(*panels->gauges));
	for (size_t i = 0; i < size; i++) {
		reader_enter_index(&loader->reader, i);
		load_gauge(loader, json_array_get(list, i), panels);
		reader_leave(&loader->reader);
	}
	reader_leave(&loader->reader);
}

static void load_postgres(struct loader *loader, json_t *object, struct panels *panels)
{
	struct postgres_draft draft = { .every_ns = panels->every_ns,
					.canary_ns = panels->canary_ns };

	reader_enter(&loader->reader, "postgres");
	panels->postgres = true;
	keys_read(loader, object, &keyset_postgres, &draft);
	panels->dsn = draft.dsn;
	panels->every_ns = draft.every_ns;
	panels->canary_ns = draft.canary_ns;
	if (draft.canary_ns > 0 && draft.canary_ns < CANARY_MIN_NS)
		reader_error_in(&loader->reader, "canary",
				"must be at least 1s, or 0 for no attempts at all");
	if (!json_object_get(object, "dsn") == !json_object_get(object, "exec"))
		reader_error(
			&loader->reader,
			"needs exactly one of \"dsn\" (connect to it) and \"exec\" (psql inside "
			"a container)");
	if (draft.exec) {
		reader_enter(&loader->reader, "exec");
		keys_read(loader, draft.exec, &keyset_exec, panels);
		reader_leave(&loader->reader);
	}
	if (draft.expect)
		load_expected(loader, draft.expect, panels);
	if (draft.limit) {
		reader_enter(&loader->reader, "limit");
		keys_read(loader, draft.limit, &keyset_postgres_limit, panels);
		reader_leave(&loader->reader);
	}
	if (draft.gauges)
		load_gauges(loader, draft.gauges, panels);
	reader_leave(&loader->reader);
}

void load_panels(struct loader *loader, json_t *object)
{
	struct panels_draft draft = { 0 };

	reader_enter(&loader->reader, "panels");
	keys_read(loader, object, &keyset_panels, &draft);
	if (draft.docker)
		load_docker(loader, draft.docker, &loader->scenario->panels);
	if (draft.postgres)
		load_postgres(loader, draft.postgres, &loader->scenario->panels);
	reader_leave(&loader->reader);
}
