/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/locust_stats.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "message/sample.h"
#include "record/locust_failures.h"
#include "scenario/scenario.h"

/* Numbers are summed as Locust sums them, in doubles in the order of arrival: the last digit of an
 * average depends on it. Its dictionaries by second become rings: nothing looks further back than
 * 12 s (rates) or 18 s (percentiles). */

#define SECONDS        16 /* ring of counts by second, > 12 */
#define SNAPSHOTS      20 /* CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW + 10 */
#define CURRENT_WINDOW 10
#define CACHE_LINE     64

struct second {
	int64_t second;
	uint64_t requests, failures;
};

/* The counts of a row at the end of a second; the low 32 bits do, as only differences over a few
 * seconds are taken. */
struct snapshot {
	int64_t second;
	uint64_t requests;
	uint32_t *counts;
	size_t used, cap;
};

struct entry {
	const char *method, *name;
	bool exists;
	uint64_t requests, failures;
	double total_ms, min_ms, max_ms;
	uint64_t total_bytes;
	int64_t last_second; /* of the last request; 0: none since the reset */
	struct locust_times times;
	struct second seconds[SECONDS];
	struct snapshot *snapshots; /* oldest insertion first, in a ring; NULL: not wanted */
	size_t snapshot_first, snapshot_count;
};

struct locust_stats {
	const struct scenario *scenario;
	bool want_snapshots;
	struct entry total;
	struct entry *entries; /* by endpoint */
	unsigned *order;       /* endpoints by (name, method) */
	unsigned *rows;        /* those of them that exist, in that order */
	size_t row_count;
	double start_s, last_s; /* last_s 0: no request since the reset */
	struct locust_failures *failures;
};

/* Python's time.time() at that instant. */
static double seconds_of(uint64_t wall_ns)
{
	return (double)wall_ns / 1e9;
}

struct order_key {
	const char *name, *method;
	unsigned endpoint;
};

static int compare_keys(const void *a, const void *b)
{
	const struct order_key *x = a, *y = b;
	int order = strcmp(x->name, y->name); /* UTF-8 sorts as its code points do */

	return order != 0 ? order : strcmp(x->method, y->method);
}

static void make_order(struct locust_stats *stats)
{
	size_t count = stats->scenario->endpoint_count;
	struct order_key *keys = mem_array(count + 1, sizeof(keys[0]));

	for (size_t i = 0; i < count; i++)
		keys[i] = (struct order_key){ stats->scenario->endpoints[i].name,
					      stats->scenario->endpoints[i].method, (unsigned)i };
	if (count > 0)
		qsort(keys, count, sizeof(keys[0]), compare_keys);
	for (size_t i = 0; i < count; i++)
		stats->order[i] = keys[i].endpoint;
	free(keys);
}

struct locust_stats *locust_stats_new(const struct scenario *scenario, bool snapshots)
{
	struct locust_stats *stats = mem_new(sizeof(*stats));
	size_t count = scenario->endpoint_count;

	stats->scenario = scenario;
	stats->want_snapshots = snapshots;
	stats->total.method = "";
	stats->total.name = "Aggregated";
	stats->total.exists = true;
	stats->entries = mem_array(count + 1, sizeof(stats->entries[0]));
	stats->order = mem_array(count + 1, sizeof(stats->order[0]));
	stats->rows = mem_array(count + 1, sizeof(stats->rows[0]));
	for (size_t i = 0; i < count; i++) {
		stats->entries[i].method = scenario->endpoints[i].method;
		stats->entries[i].name = scenario->endpoints[i].name;
	}
	make_order(stats);
	stats->failures = locust_failures_new(scenario);
	return stats;
}

static void entry_fini(struct entry *entry)
{
	locust_times_fini(&entry->times);
	for (size_t i = 0; entry->snapshots != NULL && i < SNAPSHOTS; i++)
		free(entry->snapshots[i].counts);
	free(entry->snapshots);
}

void locust_stats_free(struct locust_stats *stats)
{
	if (stats == NULL)
		return;
	entry_fini(&stats->total);
	for (size_t i = 0; i < stats->scenario->endpoint_count; i++)
		entry_fini(&stats->entries[i]);
	locust_failures_free(stats->failures);
	free(stats->rows);
	free(stats->order);
	free(stats->entries);
	free(stats);
}

/* The slot for a snapshot of `second`: the one that has it already keeps its place, as a key of
 * an OrderedDict does; else a new one, for which the oldest goes. */
static struct snapshot *snapshot_slot(struct entry *entry, int64_t second)
{
	struct snapshot *slot;

	for (size_t i = 0; i < entry->snapshot_count; i++) {
		slot = &entry->snapshots[(entry->snapshot_first + i) % SNAPSHOTS];
		if (slot->second == second)
			return slot;
	}
	if (entry->snapshot_count == SNAPSHOTS) {
		entry->snapshot_first = (entry->snapshot_first + 1) % SNAPSHOTS;
		entry->snapshot_count--;
	}
	slot = &entry->snapshots[(entry->snapshot_first + entry->snapshot_count++) % SNAPSHOTS];
	slot->second = second;
	return slot;
}

/* _cache_response_times */
static void take_snapshot(struct entry *entry, int64_t second)
{
	struct snapshot *slot = snapshot_slot(entry, second);

	if (slot->cap < entry->times.used) {
		slot->counts = mem_grow(slot->counts, slot->cap, entry->times.cap,
					sizeof(slot->counts[0]));
		slot->cap = entry->times.cap;
	}
	slot->used = entry->times.used;
	slot->requests = entry->requests;
	for (size_t b = 0; b < slot->used; b++)
		slot->counts[b] = (uint32_t)entry->times.counts[b];
}

static void entry_reset(struct locust_stats *stats, struct entry *entry, int64_t second)
{
	entry->requests = entry->failures = 0;
	entry->total_ms = entry->min_ms = entry->max_ms = 0;
	entry->total_bytes = 0;
	entry->last_second = 0;
	memset(entry->seconds, 0, sizeof(entry->seconds));
	locust_times_reset(&entry->times);
	if (!stats->want_snapshots)
		return;
	if (entry->snapshots == NULL)
		entry->snapshots = mem_array(SNAPSHOTS, sizeof(entry->snapshots[0]));
	entry->snapshot_first = entry->snapshot_count = 0;
	take_snapshot(entry, second);
}

void locust_stats_reset(struct locust_stats *stats, uint64_t wall_ns)
{
	stats->start_s = seconds_of(wall_ns);
	stats->last_s = 0;
	entry_reset(stats, &stats->total, (int64_t)stats->start_s);
	for (size_t i = 0; i < stats->row_count; i++)
		entry_reset(stats, &stats->entries[stats->rows[i]], (int64_t)stats->start_s);
	locust_failures_reset(stats->failures);
}

void locust_stats_clear(struct locust_stats *stats, uint64_t wall_ns)
{
	for (size_t i = 0; i < stats->row_count; i++)
		stats->entries[stats->rows[i]].exists = false;
	stats->row_count = 0;
	locust_stats_reset(stats, wall_ns);
}

/* A row appears with its first request. */
static void entry_appear(struct locust_stats *stats, struct entry *entry, int64_t second)
{
	entry->exists = true;
	entry_reset(stats, entry, second);
	stats->row_count = 0;
	for (size_t i = 0; i < stats->scenario->endpoint_count; i++) {
		if (stats->entries[stats->order[i]].exists)
			stats->rows[stats->row_count++] = stats->order[i];
	}
}

static struct second *second_slot(struct entry *entry, int64_t second)
{
	struct second *slot = &entry->seconds[second % SECONDS];

	if (slot->second < second)
		*slot = (struct second){ .second = second };
	return slot;
}

/* StatsEntry.log and log_error. Samples of several engines may arrive a little out of order: one
 * that belongs to an earlier second is counted there. */
static void entry_add(struct entry *entry, int64_t second, double ms, uint32_t bytes, bool failed)
{
	struct second *slot;

	if (entry->snapshots != NULL && entry->last_second != 0 && second > entry->last_second)
		take_snapshot(entry, second - 1);
	if (second > entry->last_second)
		entry->last_second = second;
	slot = second_slot(entry, second);
	if (slot->second == second) {
		slot->requests++;
		slot->failures += failed;
	}
	if (entry->requests == 0 || ms < entry->min_ms)
		entry->min_ms = ms;
	if (ms > entry->max_ms)
		entry->max_ms = ms;
	entry->requests++;
	entry->failures += failed;
	entry->total_ms += ms;
	entry->total_bytes += bytes;
	locust_times_add(&entry->times, ms);
}

static double ms_of(const struct sample *sample)
{
	uint64_t start_ns = sample->u.request.start_ns;

	return sample->end_ns > start_ns ? (double)(sample->end_ns - start_ns) / 1e6 : 0;
}

void locust_stats_add_total(struct locust_stats *stats, const struct sample *sample,
			    uint64_t wall_ns)
{
	double now_s = seconds_of(wall_ns);
	bool failed = sample->outcome == OUTCOME_FAILED;

	assert(sample->type == SAMPLE_REQUEST);
	if (sample->outcome == OUTCOME_ABORTED)
		return;
	entry_add(&stats->total, (int64_t)now_s, ms_of(sample), sample->u.request.body_bytes,
		  failed);
	if (now_s > stats->last_s)
		stats->last_s = now_s;
	if (failed)
		locust_failures_add(stats->failures, sample, wall_ns);
}

void locust_stats_add_row(struct locust_stats *stats, const struct sample *sample, uint64_t wall_ns)
{
	struct entry *entry = &stats->entries[sample->endpoint];
	int64_t second = (int64_t)seconds_of(wall_ns);

	assert(sample->type == SAMPLE_REQUEST);
	if (sample->outcome == OUTCOME_ABORTED)
		return;
	if (!entry->exists)
		entry_appear(stats, entry, second);
	entry_add(entry, second, ms_of(sample), sample->u.request.body_bytes,
		  sample->outcome == OUTCOME_FAILED);
}

void locust_stats_expect(const struct locust_stats *stats, size_t endpoint)
{
	const char *entry = (const char *)&stats->entries[endpoint];

	for (size_t at = 0; endpoint < stats->scenario->endpoint_count && at < sizeof(struct entry);
	     at += CACHE_LINE)
		__builtin_prefetch(entry + at, 1);
}

size_t locust_stats_count(const struct locust_stats *stats)
{
	return stats->row_count;
}

static const struct entry *entry_at(const struct locust_stats *stats, size_t i)
{
	assert(i <= stats->row_count);
	return i == stats->row_count ? &stats->total : &stats->entries[stats->rows[i]];
}

/* current_rps and current_fail_per_sec: the mean of whole seconds, relative to the last request of
 * any row. */
static void current_rates(const struct locust_stats *stats, const struct entry *entry,
			  struct locust_row *out)
{
	int64_t last = (int64_t)stats->last_s, start = (int64_t)stats->start_s;
	int64_t from = last - 12 > start ? last - 12 : start;
	double requests = 0, failures = 0;

	if (stats->last_s == 0 || from >= last - 2)
		return;
	for (int64_t t = from; t < last - 2; t++) {
		const struct second *slot = &entry->seconds[t % SECONDS];

		if (slot->second == t) {
			requests += (double)slot->requests;
			failures += (double)slot->failures;
		}
	}
	out->current_rps = requests / (double)(last - 2 - from);
	out->current_failures_rps = failures / (double)(last - 2 - from);
}

void locust_stats_row(const struct locust_stats *stats, size_t i, struct locust_row *out)
{
	const struct entry *entry = entry_at(stats, i);
	double elapsed = stats->last_s - stats->start_s;

	*out = (struct locust_row){ .method = entry->method,
				    .name = entry->name,
				    .requests = entry->requests,
				    .failures = entry->failures,
				    .has_times = entry->requests > 0,
				    .min_ms = entry->min_ms,
				    .max_ms = entry->max_ms };
	out->median_ms = locust_times_median(&entry->times, &out->median_is_float);
	if (out->median_ms > entry->max_ms) {
		out->median_ms = entry->max_ms;
		out->median_is_float = true;
	} else if (out->median_ms < entry->min_ms) {
		out->median_ms = entry->min_ms;
		out->median_is_float = true;
	}
	if (entry->requests > 0) {
		out->average_ms = entry->total_ms / (double)entry->requests;
		out->average_bytes = (double)entry->total_bytes / (double)entry->requests;
	}
	if (stats->last_s != 0 && elapsed > 0) {
		out->rps = (double)entry->requests / elapsed;
		out->failures_rps = (double)entry->failures / elapsed;
	}
	current_rates(stats, entry, out);
	locust_times_percentiles(&entry->times, NULL, 0, entry->requests, out->percentiles);
}

/* The snapshot that get_current_response_time_percentile would choose: t-10, else t-11, t-9, t-12,
 * ... t-18, t-2. */
static const struct snapshot *choose_snapshot(const struct entry *entry, int64_t t)
{
	for (int i = 0; entry->snapshots != NULL && i <= 16; i++) {
		int64_t wanted = t - CURRENT_WINDOW + (i % 2 == 1 ? -(i + 1) / 2 : i / 2);

		for (size_t s = 0; s < entry->snapshot_count; s++) {
			const struct snapshot *slot =
				&entry->snapshots[(entry->snapshot_first + s) % SNAPSHOTS];

			if (slot->second == wanted)
				return slot;
		}
	}
	return NULL;
}

void locust_stats_current_percentiles(const struct locust_stats *stats, size_t i, uint64_t wall_ns,
				      unsigned long out[LOCUST_PERCENTILES])
{
	const struct entry *entry = entry_at(stats, i);
	const struct snapshot *base = choose_snapshot(entry, (int64_t)seconds_of(wall_ns));

	if (base == NULL)
		memset(out, 0, LOCUST_PERCENTILES * sizeof(out[0]));
	else
		locust_times_percentiles(&entry->times, base->counts, base->used,
					 entry->requests - base->requests, out);
}

const struct locust_failures *locust_stats_failures(const struct locust_stats *stats)
{
	return stats->failures;
}
