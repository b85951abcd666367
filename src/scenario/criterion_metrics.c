/* SPDX-License-Identifier: MIT */
/* The words of the criterion grammar. A new metric is a row here, its enum, what measures it in
 * the recorder, and its line in throng-scenario(5). */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "scenario/criterion_internal.h"

static const struct metric_row metrics[] = {
	{ "requests", NULL, METRIC_REQUESTS, UNIT_COUNT, 0, false },
	{ "failures", NULL, METRIC_FAILURES, UNIT_COUNT, 0, false },
	{ "failure_ratio", NULL, METRIC_FAILURE_RATIO, UNIT_RATIO, 0, false },
	{ "success", "success_ratio", METRIC_SUCCESS_RATIO, UNIT_RATIO, 0, false },
	{ "aborted", NULL, METRIC_ABORTED, UNIT_COUNT, 0, false },
	{ "rps", "req/s", METRIC_RPS, UNIT_RATE, 0, false },
	{ "failure_rps", "fail/s", METRIC_FAILURES_RPS, UNIT_RATE, 0, false },
	{ "min", NULL, METRIC_MIN, UNIT_LATENCY, 0, false },
	{ "mean", "average", METRIC_MEAN, UNIT_LATENCY, 0, false },
	{ "median", "p50", METRIC_MEDIAN, UNIT_LATENCY, 0.5, false },
	{ "pNN", NULL, METRIC_PERCENTILE, UNIT_LATENCY, 0, false },
	{ "max", NULL, METRIC_MAX, UNIT_LATENCY, 0, false },
	{ "bytes", NULL, METRIC_BYTES, UNIT_BYTES, 0, false },
	{ "held_back", NULL, METRIC_HELD_BACK, UNIT_COUNT, 0, true },
	{ "active", NULL, METRIC_ENDPOINTS_ACTIVE, UNIT_COUNT, 0, false },
};

static const struct metric_row response_metrics[] = {
	{ "response mean", "response average", METRIC_RESPONSE_MEAN, UNIT_LATENCY, 0, false },
	{ "response median", "response p50", METRIC_RESPONSE_PERCENTILE, UNIT_LATENCY, 0.5, false },
	{ "response pNN", NULL, METRIC_RESPONSE_PERCENTILE, UNIT_LATENCY, 0, false },
	{ "response max", NULL, METRIC_RESPONSE_MAX, UNIT_LATENCY, 0, false },
};

static const struct metric_row no_cascade = {
	"no cascading failures", NULL, METRIC_NO_CASCADE, UNIT_NONE, 0, true
};
static const struct metric_row monitor = { "gauge", NULL, METRIC_MONITOR, UNIT_NUMBER, 0, true };

static const struct monitor_row monitors[] = {
	{ "cpu", "cpu_pct", UNIT_PERCENT, READING_DOCKER },
	{ "memory", "memory_bytes", UNIT_BYTES, READING_DOCKER },
	{ "memory", "memory_pct", UNIT_PERCENT, READING_DOCKER },
	{ "pids", "pids", UNIT_COUNT, READING_DOCKER },
	{ "restarts", "restarts", UNIT_COUNT, READING_DOCKER },
	{ "oom_kills", "oom_kills", UNIT_COUNT, READING_DOCKER },
	{ "connections", "connections", UNIT_COUNT, READING_POSTGRES },
	{ "all_rows", "all_rows", UNIT_COUNT, READING_POSTGRES },
	{ "active", "active", UNIT_COUNT, READING_POSTGRES },
	{ "idle", "idle", UNIT_COUNT, READING_POSTGRES },
	{ "idle_in_transaction", "idle_in_transaction", UNIT_COUNT, READING_POSTGRES },
	{ "waiting", "waiting", UNIT_COUNT, READING_POSTGRES },
	{ "blocked", "blocked", UNIT_COUNT, READING_POSTGRES },
	{ "longest_transaction", "longest_transaction_s", UNIT_DURATION, READING_POSTGRES },
	{ "longest_query", "longest_query_s", UNIT_DURATION, READING_POSTGRES },
	{ "deadlocks", "deadlocks", UNIT_COUNT, READING_POSTGRES },
	{ "rollbacks", "rollbacks_ps", UNIT_RATE, READING_POSTGRES },
	{ "tps", "tps", UNIT_RATE, READING_POSTGRES },
	{ "cache_hits", "cache_hit_pct", UNIT_PERCENT, READING_POSTGRES },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* "response " goes before the word. */
static bool word_is(const char *row, const char *word, bool response)
{
	return row && strcmp(response ? row + strlen("response ") : row, word) == 0;
}

const struct metric_row *metric_row_find(const char *word, bool response)
{
	const struct metric_row *rows = response ? response_metrics : metrics;
	size_t count = response ? COUNT(response_metrics) : COUNT(metrics);

	for (size_t i = 0; i < count; i++)
		if (word_is(rows[i].word, word, response) || word_is(rows[i].alias, word, response))
			return &rows[i];
	return NULL;
}

const struct metric_row *metric_row_of(enum metric metric)
{
	for (size_t i = 0; i < COUNT(metrics); i++)
		if (metrics[i].metric == metric)
			return &metrics[i];
	for (size_t i = COUNT(response_metrics); i-- > 0;)
		if (response_metrics[i].metric == metric)
			return &response_metrics[i];
	return metric == METRIC_NO_CASCADE ? &no_cascade : &monitor;
}

const struct monitor_row *monitor_row_find(enum reading_source source, const char *word,
					   bool percent)
{
	const struct monitor_row *found = NULL;

	for (size_t i = 0; i < COUNT(monitors); i++) {
		if (monitors[i].source != source || strcmp(monitors[i].word, word) != 0)
			continue;
		if (!found || percent == (monitors[i].unit == UNIT_PERCENT))
			found = &monitors[i];
	}
	return found;
}

const char *metric_name(enum metric metric)
{
	return metric_row_of(metric)->word;
}

/* All words, gathered from the tables above: one list for "did you mean", help and manual. */
const char *const *metric_names(void)
{
	static const char *const names[] = { "requests",
					     "failures",
					     "failure_ratio",
					     "success",
					     "aborted",
					     "rps",
					     "failure_rps",
					     "min",
					     "mean",
					     "median",
					     "pNN",
					     "max",
					     "bytes",
					     "held_back",
					     "active",
					     "response mean",
					     "response median",
					     "response pNN",
					     "response max",
					     "no cascading failures",
					     "gauge",
					     "cpu",
					     "memory",
					     "pids",
					     "restarts",
					     "oom_kills",
					     "connections",
					     "all_rows",
					     "idle",
					     "idle_in_transaction",
					     "waiting",
					     "blocked",
					     "longest_transaction",
					     "longest_query",
					     "deadlocks",
					     "rollbacks",
					     "tps",
					     "cache_hits",
					     NULL };

	return names;
}
