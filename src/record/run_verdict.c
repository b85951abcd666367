/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/run_verdict.h"

#include "record/criteria.h"
#include "record/health.h"
#include "record/stats.h"
#include "record/view.h"

enum verdict run_verdict(const struct record_view *view)
{
	const struct stats_cell *all = stats_all(view->stats);

	if (view->end == RUN_END_SETUP)
		return VERDICT_FAIL;
	if (view->start_ns == 0)
		return VERDICT_PENDING;
	if (health_limited(view->health, NULL))
		return VERDICT_INVALID;
	if (criteria_count(view->criteria) == 0)
		return all->requests > 0 && all->failures == 0 ? VERDICT_PASS : VERDICT_FAIL;
	return criteria_verdict(view->criteria);
}

int run_verdict_status(const struct record_view *view, bool files_failed)
{
	if (view->end == RUN_END_SETUP)
		return 3;
	switch (view->verdict) {
	case VERDICT_PASS:
		return files_failed ? 3 : 0;
	case VERDICT_FAIL:
		return 1;
	case VERDICT_INVALID:
		return 4;
	case VERDICT_PENDING:
		break;
	}
	return 3;
}
