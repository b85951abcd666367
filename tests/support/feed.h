/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_FEED_H
#define THRONG_TESTS_FEED_H

#include "record/locust_stats.h"
#include "record/output.h"
#include "record/pending.h"
#include "record/stats.h"

/* One sample at a time into what the recorder feeds in lots. */

static const uint16_t feed_order[1];

static inline struct pending_list feed_list(const struct sample *sample, uint32_t *ends)
{
	for (unsigned e = 0; e <= sample->endpoint; e++)
		ends[e] = e == sample->endpoint;
	return (struct pending_list){ 1, sample, { feed_order, ends, sample->endpoint + 1u } };
}

static inline void feed_stats(struct stats *stats, const struct sample *sample)
{
	static uint32_t ends[UINT16_MAX + 1];
	const struct pending_list list = feed_list(sample, ends);

	stats_add_whole(stats, sample);
	stats_add_endpoints(stats, &list);
}

static inline void feed_locust(struct locust_stats *stats, const struct sample *sample,
			       uint64_t wall_ns)
{
	locust_stats_add_total(stats, sample, wall_ns);
	locust_stats_add_row(stats, sample, wall_ns);
}

static inline void feed_output(struct output *output, const struct sample *sample)
{
	static uint32_t ends[UINT16_MAX + 1];
	const struct pending_list list = feed_list(sample, ends);

	output_sample(output, sample);
	output_endpoints(output, &list);
}

#endif
