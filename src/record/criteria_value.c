/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/criteria_value.h"

#include <math.h>

#include "record/histogram.h"
#include "record/sliding.h"

#define ENOUGH 20 /* requests that ratios, rates and means take to be believed */

static const struct criteria_trait traits[METRICS] = {
	[METRIC_REQUESTS] = { SOURCE_COUNT, GROWS_UP, false },
	[METRIC_FAILURES] = { SOURCE_COUNT, GROWS_UP, false },
	[METRIC_FAILURE_RATIO] = { SOURCE_RATIO, GROWS_ANY, false },
	[METRIC_SUCCESS_RATIO] = { SOURCE_RATIO, GROWS_ANY, false },
	[METRIC_ABORTED] = { SOURCE_COUNT, GROWS_UP, false },
	[METRIC_RPS] = { SOURCE_RATE, GROWS_ANY, false },
	[METRIC_FAILURES_RPS] = { SOURCE_RATE, GROWS_ANY, false },
	[METRIC_MIN] = { SOURCE_TIME, GROWS_DOWN, false },
	[METRIC_MEAN] = { SOURCE_TIME, GROWS_ANY, false },
	[METRIC_MEDIAN] = { SOURCE_TIME, GROWS_ANY, false },
	[METRIC_PERCENTILE] = { SOURCE_TIME, GROWS_ANY, false },
	[METRIC_MAX] = { SOURCE_TIME, GROWS_UP, false },
	[METRIC_RESPONSE_PERCENTILE] = { SOURCE_TIME, GROWS_ANY, true },
	[METRIC_RESPONSE_MEAN] = { SOURCE_TIME, GROWS_ANY, true },
	[METRIC_RESPONSE_MAX] = { SOURCE_TIME, GROWS_UP, true },
	[METRIC_BYTES] = { SOURCE_COUNT, GROWS_UP, false },
	[METRIC_HELD_BACK] = { SOURCE_OTHER, GROWS_UP, false },
	[METRIC_ENDPOINTS_ACTIVE] = { SOURCE_OTHER, GROWS_UP, false },
	[METRIC_NO_CASCADE] = { SOURCE_OTHER, GROWS_ANY, false },
	[METRIC_MONITOR] = { SOURCE_OTHER, GROWS_ANY, false },
};

const struct criteria_trait *criteria_trait(enum metric metric)
{
	return &traits[metric];
}

bool criteria_measure(const struct criterion *criterion, const struct tallies *tallies,
		      const struct histogram *times, double seconds, double *value)
{
	double requests = (double)tallies->requests;
	bool any = tallies->requests > 0;

	switch (criterion->metric) {
	case METRIC_REQUESTS:
		*value = requests;
		return true;
	case METRIC_FAILURES:
		*value = (double)tallies->failures;
		return true;
	case METRIC_ABORTED:
		*value = (double)tallies->aborted;
		return true;
	case METRIC_BYTES:
		*value = (double)tallies->bytes;
		return true;
	case METRIC_FAILURE_RATIO:
		*value = any ? (double)tallies->failures / requests : 0;
		return any;
	case METRIC_SUCCESS_RATIO:
		*value = any ? (double)tallies->ok / requests : 0;
		return any;
	case METRIC_RPS:
		*value = seconds > 0 ? requests / seconds : 0;
		return seconds > 0;
	case METRIC_FAILURES_RPS:
		*value = seconds > 0 ? (double)tallies->failures / seconds : 0;
		return seconds > 0;
	case METRIC_MIN:
		*value = (double)histogram_min(times);
		return any;
	case METRIC_MEAN:
	case METRIC_RESPONSE_MEAN:
		*value = histogram_mean(times);
		return any;
	case METRIC_MEDIAN:
		*value = (double)histogram_quantile(times, 0.5);
		return any;
	case METRIC_PERCENTILE:
	case METRIC_RESPONSE_PERCENTILE:
		*value = (double)histogram_quantile(times, criterion->quantile);
		return any;
	case METRIC_MAX:
	case METRIC_RESPONSE_MAX:
		*value = (double)histogram_max(times);
		return any;
	case METRIC_HELD_BACK:
	case METRIC_ENDPOINTS_ACTIVE:
	case METRIC_NO_CASCADE:
	case METRIC_MONITOR:
	case METRICS:
		break;
	}
	return false;
}

bool criteria_enough(const struct criterion *criterion, uint64_t requests)
{
	double quantile = criterion->metric == METRIC_MEDIAN ? 0.5 : criterion->quantile;

	switch (criterion->metric) {
	case METRIC_MEDIAN:
	case METRIC_PERCENTILE:
	case METRIC_RESPONSE_PERCENTILE:
		return quantile < 1 && (double)requests >= fmax(ENOUGH, 1 / (1 - quantile) - 1e-6);
	case METRIC_FAILURE_RATIO:
	case METRIC_SUCCESS_RATIO:
	case METRIC_RPS:
	case METRIC_FAILURES_RPS:
	case METRIC_MEAN:
	case METRIC_RESPONSE_MEAN:
		return requests >= ENOUGH;
	case METRIC_REQUESTS:
	case METRIC_FAILURES:
	case METRIC_ABORTED:
	case METRIC_MIN:
	case METRIC_MAX:
	case METRIC_RESPONSE_MAX:
	case METRIC_BYTES:
	case METRIC_HELD_BACK:
	case METRIC_ENDPOINTS_ACTIVE:
	case METRIC_NO_CASCADE:
	case METRIC_MONITOR:
	case METRICS:
		break;
	}
	return true;
}

enum verdict criteria_judge_growing(const struct criterion *criterion, double value,
				    enum value_growth growth, bool *final)
{
	int sign = growth == GROWS_UP ? 1 : -1;
	bool holds = criterion_holds(criterion, value);
	double beyond = (value - criterion->value) * sign;

	*final = false;
	switch (criterion->op) {
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		if ((criterion->op == OP_LT || criterion->op == OP_LE) == (sign > 0)) {
			*final = !holds; /* an upper limit is lost for good */
			return holds ? VERDICT_PASS : VERDICT_FAIL;
		}
		*final = holds; /* a goal is reached for good */
		return holds ? VERDICT_PASS : VERDICT_PENDING;
	case OP_EQ:
		*final = beyond > 0;
		return holds ? VERDICT_PASS : beyond > 0 ? VERDICT_FAIL : VERDICT_PENDING;
	case OP_NE:
		*final = beyond > 0;
		return holds ? VERDICT_PASS : VERDICT_PENDING;
	}
	return VERDICT_PENDING;
}

bool criteria_is_worse(const struct criterion *criterion, double value, double than)
{
	switch (criterion->op) {
	case OP_LT:
	case OP_LE:
		return value > than;
	case OP_GT:
	case OP_GE:
		return value < than;
	case OP_EQ:
	case OP_NE:
		break;
	}
	return !criterion_holds(criterion, value);
}
