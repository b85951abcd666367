/* SPDX-License-Identifier: MIT */
/* The words of the criterion grammar. A new metric is a row here, its enum, what measures it in
 * the recorder, and its line in throng-scenario(5). */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "scenario/criterion_internal.h"

/* word, alias, metric, unit, quantile, counted for the whole run only */
#define METRICS(X)                                                                \
	X("requests", NULL, METRIC_REQUESTS, UNIT_COUNT, 0, false)                \
	X("failures", NULL, METRIC_FAILURES, UNIT_COUNT, 0, false)                \
	X("failure_ratio", NULL, METRIC_FAILURE_RATIO, UNIT_RATIO, 0, false)      \
	X("success", "success_ratio", METRIC_SUCCESS_RATIO, UNIT_RATIO, 0, false) \
	X("aborted", NULL, METRIC_ABORTED, UNIT_COUNT, 0, false)                  \
	X("rps", "req/s", METRIC_RPS, UNIT_RATE, 0, false)                        \
	X("failure_rps", "fail/s", METRIC_FAILURES_RPS, UNIT_RATE, 0, false)      \
	X("min", NULL, METRIC_MIN, UNIT_LATENCY, 0, false)                        \
	X("mean", "average", METRIC_MEAN, UNIT_LATENCY, 0, false)                 \
	X("median", "p50", METRIC_MEDIAN, UNIT_LATENCY, 0.5, false)               \
	X("pNN", NULL, METRIC_PERCENTILE, UNIT_LATENCY, 0, false)                 \
	X("max", NULL, METRIC_MAX, UNIT_LATENCY, 0, false)                        \
	X("bytes", NULL, METRIC_BYTES, UNIT_BYTES, 0, false)                      \
	X("held_back", NULL, METRIC_HELD_BACK, UNIT_COUNT, 0, true)               \
	X("active", NULL, METRIC_ENDPOINTS_ACTIVE, UNIT_COUNT, 0, false)

#define RESPONSE_METRICS(X)                                                                        \
	X("response mean", "response average", METRIC_RESPONSE_MEAN, UNIT_LATENCY, 0, false)       \
	X("response median", "response p50", METRIC_RESPONSE_PERCENTILE, UNIT_LATENCY, 0.5, false) \
	X("response pNN", NULL, METRIC_RESPONSE_PERCENTILE, UNIT_LATENCY, 0, false)                \
	X("response max", NULL, METRIC_RESPONSE_MAX, UNIT_LATENCY, 0, false)

#define OTHER_METRICS(X)                                                        \
	X("no cascading failures", NULL, METRIC_NO_CASCADE, UNIT_NONE, 0, true) \
	X("gauge", NULL, METRIC_MONITOR, UNIT_NUMBER, 0, true)

/* word, the reading's metric, unit, source */
#define MONITORS(X)                                                                        \
	X("cpu", "cpu_pct", UNIT_PERCENT, READING_DOCKER)                                  \
	X("memory", "memory_bytes", UNIT_BYTES, READING_DOCKER)                            \
	X("memory", "memory_pct", UNIT_PERCENT, READING_DOCKER)                            \
	X("pids", "pids", UNIT_COUNT, READING_DOCKER)                                      \
	X("restarts", "restarts", UNIT_COUNT, READING_DOCKER)                              \
	X("oom_kills", "oom_kills", UNIT_COUNT, READING_DOCKER)                            \
	X("connections", "connections", UNIT_COUNT, READING_POSTGRES)                      \
	X("all_rows", "all_rows", UNIT_COUNT, READING_POSTGRES)                            \
	X("active", "active", UNIT_COUNT, READING_POSTGRES)                                \
	X("idle", "idle", UNIT_COUNT, READING_POSTGRES)                                    \
	X("idle_in_transaction", "idle_in_transaction", UNIT_COUNT, READING_POSTGRES)      \
	X("waiting", "waiting", UNIT_COUNT, READING_POSTGRES)                              \
	X("blocked", "blocked", UNIT_COUNT, READING_POSTGRES)                              \
	X("longest_transaction", "longest_transaction_s", UNIT_DURATION, READING_POSTGRES) \
	X("longest_query", "longest_query_s", UNIT_DURATION, READING_POSTGRES)             \
	X("deadlocks", "deadlocks", UNIT_COUNT, READING_POSTGRES)                          \
	X("rollbacks", "rollbacks_ps", UNIT_RATE, READING_POSTGRES)                        \
	X("tps", "tps", UNIT_RATE, READING_POSTGRES)                                       \
	X("cache_hits", "cache_hit_pct", UNIT_PERCENT, READING_POSTGRES)                   \
	X("ceiling", "ceiling", UNIT_COUNT, READING_POSTGRES)                              \
	X("refused", "refused", UNIT_COUNT, READING_POSTGRES)                              \
	X("lwlock", "lwlock", UNIT_COUNT, READING_POSTGRES)                                \
	X("io", "io", UNIT_COUNT, READING_POSTGRES)                                        \
	X("active_sessions", "aas", UNIT_NUMBER, READING_POSTGRES)                         \
	X("temp_bytes", "temp_bps", UNIT_BYTES, READING_POSTGRES)                          \
	X("longest_idle_transaction", "longest_idle_transaction_s", UNIT_DURATION,         \
	  READING_POSTGRES)                                                                \
	X("cl_waiting", "cl_waiting", UNIT_COUNT, READING_POSTGRES)                        \
	X("maxwait", "maxwait_s", UNIT_DURATION, READING_POSTGRES)

#define ROW(...)        { __VA_ARGS__ },
#define WORD(word, ...) word,

static const struct metric_row metrics[] = { METRICS(ROW) };
static const struct metric_row response_metrics[] = { RESPONSE_METRICS(ROW) };
static const struct metric_row other_metrics[] = { OTHER_METRICS(ROW) };
static const struct monitor_row monitors[] = { MONITORS(ROW) };
static const char *const words[] = { METRICS(WORD) RESPONSE_METRICS(WORD) OTHER_METRICS(WORD)
					     MONITORS(WORD) NULL };

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
	return &other_metrics[metric == METRIC_NO_CASCADE ? 0 : 1];
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

const char *const *metric_names(void)
{
	return words;
}
