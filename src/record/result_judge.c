/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/result_judge.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "message/frame.h"
#include "record/result_json.h"
#include "record/result_read.h"
#include "scenario/criterion.h"
#include "scenario/scenario.h"

/* Percentiles a result may hold. */
static const struct {
	double q;
	const char *key;
} QUANTILES[] = {
	{ 0.5, "p50_us" },    { 0.66, "p66_us" },     { 0.75, "p75_us" }, { 0.8, "p80_us" },
	{ 0.9, "p90_us" },    { 0.95, "p95_us" },     { 0.98, "p98_us" }, { 0.99, "p99_us" },
	{ 0.999, "p999_us" }, { 0.9999, "p9999_us" }, { 1.0, "max_us" },
};

static double quantile(const json_t *row, double q)
{
	for (size_t i = 0; i < sizeof(QUANTILES) / sizeof(QUANTILES[0]); i++) {
		if (fabs(QUANTILES[i].q - q) < 1e-9)
			return result_number(row, QUANTILES[i].key);
	}
	return NAN;
}

/* The row that a rule is about; NULL when there is none. */
static const json_t *row_of(const json_t *result, const struct criterion *criterion)
{
	const json_t *list = result_member(result, "endpoints");

	if (criterion->scope == SCOPE_ALL)
		return result_member(result, "totals");
	if (criterion->scope != SCOPE_ENDPOINT)
		return NULL;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i);

		if (strcmp(result_string(row, "method"), criterion->scope_method) == 0 &&
		    strcmp(result_string(row, "name"), criterion->scope_name) == 0)
			return row;
	}
	return NULL;
}

/* Endpoints with a success. */
static double active(const json_t *result, const struct criterion *criterion)
{
	const json_t *list = result_member(result, "endpoints");
	double count = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i);
		char method[32], name[1024];
		struct endpoint endpoint = { .method = method, .name = name };

		snprintf(method, sizeof(method), "%s", result_string(row, "method"));
		snprintf(name, sizeof(name), "%s", result_string(row, "name"));
		if (criterion_counts(criterion, &endpoint) &&
		    result_count(row, "requests") > result_count(row, "failures"))
			count++;
	}
	return count;
}

/* A row's figure; NAN when it is not known. */
static double row_value(const json_t *row, const struct criterion *criterion)
{
	double requests = result_number(row, "requests"), failures = result_number(row, "failures");

	switch (criterion->metric) {
	case METRIC_REQUESTS:
		return requests;
	case METRIC_FAILURES:
		return failures;
	case METRIC_FAILURE_RATIO:
		return requests > 0 ? failures / requests : NAN;
	case METRIC_SUCCESS_RATIO:
		return requests > 0 ? 1 - failures / requests : NAN;
	case METRIC_RPS:
		return result_number(row, "rps");
	case METRIC_FAILURES_RPS:
		return requests > 0 ? result_number(row, "rps") * failures / requests : NAN;
	case METRIC_MIN:
		return result_number(row, "min_us");
	case METRIC_MEAN:
		return result_number(row, "mean_us");
	case METRIC_MEDIAN:
		return quantile(row, 0.5);
	case METRIC_PERCENTILE:
		return quantile(row, criterion->quantile);
	case METRIC_MAX:
		return result_number(row, "max_us");
	case METRIC_ABORTED:
	case METRIC_RESPONSE_PERCENTILE:
	case METRIC_RESPONSE_MEAN:
	case METRIC_RESPONSE_MAX:
	case METRIC_BYTES:
	case METRIC_HELD_BACK:
	case METRIC_ENDPOINTS_ACTIVE:
	case METRIC_NO_CASCADE:
	case METRIC_MONITOR:
	case METRICS:
		break;
	}
	return NAN;
}

static double measure(const json_t *result, const struct criterion *criterion)
{
	const json_t *row;

	if (criterion->window_ns != 0 || criterion->after_ns != 0 || criterion->after_warmup ||
	    criterion->for_ns != 0)
		return NAN;
	if (criterion->metric == METRIC_ENDPOINTS_ACTIVE && criterion->scope == SCOPE_ALL)
		return active(result, criterion);
	row = row_of(result, criterion);
	if (row == NULL && criterion->scope == SCOPE_ENDPOINT &&
	    criterion->metric == METRIC_REQUESTS)
		return 0; /* it had none */
	return row != NULL ? row_value(row, criterion) : NAN;
}

static json_t *judge(const json_t *result, const struct criterion *criterion, enum verdict *verdict)
{
	double value = measure(result, criterion);
	char text[64] = "not in these files";

	*verdict = VERDICT_PENDING;
	if (isfinite(value)) {
		*verdict = criterion_holds(criterion, value) ? VERDICT_PASS : VERDICT_FAIL;
		criterion_format_value(criterion, value, text, sizeof(text));
	}
	return json_pack("{s:o, s:o, s:s, s:s}", "rule", result_json_text(criterion->text), "value",
			 isfinite(value) ? json_real(value) : json_null(), "text", text, "verdict",
			 *verdict == VERDICT_PENDING ? "–" : verdict_name(*verdict));
}

static void judge_all(json_t *result, const struct criterion *criteria, size_t count)
{
	json_t *list = json_array();
	bool failed = false, unknown = false;

	for (size_t i = 0; i < count; i++) {
		enum verdict verdict;

		json_array_append_new(list, judge(result, &criteria[i], &verdict));
		failed = failed || verdict == VERDICT_FAIL;
		unknown = unknown || verdict == VERDICT_PENDING;
	}
	json_object_set_new(result, "criteria", list);
	if (failed || !unknown)
		json_object_set_new(
			result, "verdict",
			json_string(verdict_name(failed ? VERDICT_FAIL : VERDICT_PASS)));
}

void result_judge(json_t *result, const struct criterion *criteria, size_t count)
{
	struct criterion fallback;
	int ret;

	if (count > 0) {
		judge_all(result, criteria, count);
		return;
	}
	ret = criterion_parse(&fallback, RESULT_JUDGE_DEFAULT, NULL);
	assert(ret == 0);
	(void)ret;
	judge_all(result, &fallback, 1);
	json_object_set_new(result, "note",
			    json_string("No scenario was given, so these figures are judged by one "
					"rule of thumb: " RESULT_JUDGE_DEFAULT "."));
	criterion_fini(&fallback);
}
