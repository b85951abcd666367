/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/baseline.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "message/frame.h"
#include "record/result_json.h"
#include "record/result_read.h"
#include "scenario/scenario.h"

struct baseline {
	size_t endpoint_count;
	struct frame_earlier all;
	struct frame_earlier *rows;
	bool *known; /* by endpoint of the scenario */
	char *file, *name;
	json_t *result;
};

static uint64_t whole_number(const json_t *row, const char *key)
{
	double value = result_count(row, key);

	return value > 0 && value < 1e18 ? (uint64_t)llround(value) : 0;
}

static struct frame_earlier read_row(const json_t *row)
{
	struct frame_earlier earlier = {
		.requests = whole_number(row, "requests"),
		.rps = fmax(result_count(row, "rps"), 0),
		.p50_us = whole_number(row, "p50_us"),
		.p95_us = whole_number(row, "p95_us"),
		.p99_us = whole_number(row, "p99_us"),
		.response_p50_us = whole_number(row, "response_p50_us"),
		.response_p95_us = whole_number(row, "response_p95_us"),
		.response_p99_us = whole_number(row, "response_p99_us"),
	};

	if (earlier.requests > 0)
		earlier.failure_ratio =
			fmin((double)whole_number(row, "failures") / (double)earlier.requests, 1);
	return earlier;
}

/* Rows of results come in the scenario's order, so that of an unchanged one is found at once. */
static const json_t *find_row(const json_t *list, size_t hint, const struct endpoint *endpoint)
{
	size_t count = json_array_size(list);

	for (size_t i = 0; i < count; i++) {
		const json_t *row = json_array_get(list, (hint + i) % count);
		if (strcmp(result_string(row, "method"), endpoint->method) == 0 &&
		    strcmp(result_string(row, "name"), endpoint->name) == 0)
			return row;
	}
	return NULL;
}

static size_t read_rows(struct baseline *baseline, const struct scenario *scenario)
{
	const json_t *list = result_member(baseline->result, "endpoints");
	size_t found = 0;

	for (size_t i = 0; i < scenario->endpoint_count; i++) {
		const json_t *row = find_row(list, i, &scenario->endpoints[i]);
		if (row == NULL)
			continue;
		baseline->rows[i] = read_row(row);
		baseline->known[i] = true;
		found++;
	}
	return found;
}

static char *make_name(const json_t *result)
{
	const char *started = result_string(result, "started");
	char scenario[256], when[32] = "";

	text_clean(scenario, sizeof(scenario), result_string(result, "scenario"), SIZE_MAX, false);
	if (strlen(started) >= 16) /* 2026-02-03T10:00... */
		snprintf(when, sizeof(when), ", %.10s %.5s", started, started + 11);
	if (strcmp(result_string(result, "state"), "running") == 0)
		return mem_printf("%s%s (not finished)", scenario, when);
	return mem_printf("%s%s", scenario, when);
}

int baseline_parse(struct baseline **out, json_t *result, const char *name,
		   const struct scenario *scenario, struct error *err)
{
	const json_t *totals = result_member(result, "totals");
	struct baseline *baseline;
	char clean[256];

	if (!json_is_object(totals) || !json_is_array(result_member(result, "endpoints"))) {
		error_set(err,
			  "--baseline: %s: has no \"totals\" and \"endpoints\": it must be a "
			  "result that run --json wrote",
			  name);
		return -EINVAL;
	}
	if (whole_number(totals, "requests") == 0) {
		error_set(err, "--baseline: %s: that run made no request: nothing to compare with",
			  name);
		return -EINVAL;
	}
	baseline = mem_new(sizeof(*baseline));
	baseline->endpoint_count = scenario->endpoint_count;
	baseline->rows = mem_array(scenario->endpoint_count, sizeof(*baseline->rows));
	baseline->known = mem_array(scenario->endpoint_count, sizeof(*baseline->known));
	baseline->result = json_incref(result);
	baseline->file = mem_strdup(name);
	baseline->name = make_name(result);
	baseline->all = read_row(totals);
	if (read_rows(baseline, scenario) == 0 && scenario->endpoint_count > 0) {
		text_clean(clean, sizeof(clean), result_string(result, "scenario"), SIZE_MAX,
			   false);
		error_set(err,
			  "--baseline: %s: none of its endpoints is in the scenario \"%s\": it is "
			  "a result of \"%s\"",
			  name, scenario->name, clean);
		baseline_free(baseline);
		return -EINVAL;
	}
	*out = baseline;
	return 0;
}

int baseline_load(struct baseline **out, const char *file, const struct scenario *scenario,
		  struct error *err)
{
	struct error why = { .line = 0 };
	json_t *result = result_load(file, &why);
	int rc;

	if (result == NULL) {
		error_set(err, "--baseline: %s", why.text);
		return -EINVAL;
	}
	rc = baseline_parse(out, result, file, scenario, err);
	json_decref(result);
	return rc;
}

void baseline_free(struct baseline *baseline)
{
	if (baseline == NULL)
		return;
	json_decref(baseline->result);
	free(baseline->rows);
	free(baseline->known);
	free(baseline->file);
	free(baseline->name);
	free(baseline);
}

const char *baseline_name(const struct baseline *baseline)
{
	return baseline->name;
}

const struct frame_earlier *baseline_row(const struct baseline *baseline, unsigned endpoint)
{
	if (endpoint == SAMPLE_ALL)
		return &baseline->all;
	return endpoint < baseline->endpoint_count && baseline->known[endpoint]
		       ? &baseline->rows[endpoint]
		       : NULL;
}

static json_t *row_json(const json_t *from)
{
	static const char *const KEYS[] = {
		"method",         "name",   "requests", "failures",        "rps",
		"p50_us",         "p95_us", "p99_us",   "response_p50_us", "response_p95_us",
		"response_p99_us"
	};
	json_t *row = json_object();

	for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++)
		if (json_object_get(from, KEYS[i]) != NULL)
			json_object_set(row, KEYS[i], json_object_get(from, KEYS[i]));
	return row;
}

json_t *baseline_json(const struct baseline *baseline)
{
	static const char *const KEYS[] = { "scenario", "target", "seed",      "started",
					    "state",    "end",    "duration_s" };
	const json_t *list = result_member(baseline->result, "endpoints");
	json_t *object = json_object(), *rows = json_array();

	json_object_set_new(object, "file", result_json_text(baseline->file));
	for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++)
		if (json_object_get(baseline->result, KEYS[i]) != NULL)
			json_object_set(object, KEYS[i],
					json_object_get(baseline->result, KEYS[i]));
	json_object_set_new(object, "totals", row_json(result_member(baseline->result, "totals")));
	for (size_t i = 0; i < json_array_size(list); i++)
		json_array_append_new(rows, row_json(json_array_get(list, i)));
	json_object_set_new(object, "endpoints", rows);
	return object;
}
