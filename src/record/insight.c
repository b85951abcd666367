/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/insight.h"

#include <stdbool.h>

#include "message/exchange.h"
#include "message/sample.h"
#include "record/detail.h"
#include "record/exchanges.h"
#include "record/heat.h"
#include "record/levels.h"
#include "record/series.h"
#include "record/view.h"
#include "scenario/scenario.h"

void insight_init(struct insight *insight, const struct scenario *scenario)
{
	insight->detail = detail_new(scenario->endpoint_count);
	insight->heat = heat_new();
	insight->levels = levels_new();
	insight->exchanges = exchanges_new(scenario);
	insight->endpoint_count = scenario->endpoint_count;
	insight->focus = -1;
}

void insight_fini(struct insight *insight)
{
	exchanges_free(insight->exchanges);
	levels_free(insight->levels);
	heat_free(insight->heat);
	detail_free(insight->detail);
}

void insight_start(struct insight *insight, uint64_t start_ns)
{
	detail_start(insight->detail, start_ns);
	exchanges_start(insight->exchanges);
	heat_start(insight->heat);
	levels_start(insight->levels);
}

void insight_second(struct insight *insight, const struct series_second *second)
{
	heat_second(insight->heat, second->times);
	levels_times(insight->levels, second->times);
	detail_second(insight->detail);
}

void insight_reset(struct insight *insight)
{
	detail_reset(insight->detail);
	exchanges_reset(insight->exchanges);
}

void insight_exchange(struct insight *insight, const struct exchange *exchange,
		      const struct record_view *view, uint64_t offset_ns)
{
	exchanges_add(insight->exchanges, exchange, view->start_ns, exchange->end_ns + offset_ns);
}

void insight_focus(struct insight *insight, double value)
{
	bool endpoint = value >= 0 && value < (double)insight->endpoint_count;
	bool all = value >= SAMPLE_ALL && value <= SAMPLE_ALL;

	insight->focus = endpoint || all ? (int)value : -1;
}
