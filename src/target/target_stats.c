/* SPDX-License-Identifier: MIT */
/* What the target tells about itself, and the part of its behaviour that may be changed while it
 * serves. */
#include "config.h"

#include "target/target_stats.h"

#include <math.h>
#include <string.h>

#include <event2/http.h>

#include "base/clock.h"
#include "target/target_answer.h"
#include "target/target_body.h"
#include "target/target_call.h"
#include "target/target_pool.h"
#include "target/target_route.h"

/* Keys of /_target/config. */
static const struct setting {
	const char *key;
	size_t offset;
	bool whole; /* integers only */
	double max; /* the least is 0 */
} settings[] = {
	{ "latency_median_ms", offsetof(struct target_behaviour, latency_median_ms), false, 3.6e6 },
	{ "latency_sigma", offsetof(struct target_behaviour, latency_sigma), false, 10 },
	{ "error_ratio", offsetof(struct target_behaviour, error_ratio), false, 1 },
	{ "workers", offsetof(struct target_behaviour, workers), true, 1e6 },
	{ "queue_limit", offsetof(struct target_behaviour, queue_limit), true, 1e9 },
	{ "queue_timeout_ms", offsetof(struct target_behaviour, queue_timeout_ms), false, 3.6e6 },
	{ "degrade", offsetof(struct target_behaviour, degrade), false, 1e6 },
	{ "racy_approvals", offsetof(struct target_behaviour, racy_approvals), true, 1 },
};

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static double *setting_at(struct target_behaviour *behaviour, size_t i)
{
	return (double *)(void *)((char *)behaviour + settings[i].offset);
}

static void write_endpoints(const struct target *target, struct buf *buf)
{
	const char *comma = "";

	buf_adds(buf, ",\"endpoints\":{");
	for (size_t i = 0; i < target_route_count(); i++) {
		for (unsigned j = 0; j < TARGET_METHODS; j++) {
			uint64_t count = target->counters->endpoints[i][j];

			if (count == 0)
				continue;
			buf_addf(buf, "%s\"%s %s\":%llu", comma, target_route_method(j),
				 target_route_at(i)->pattern, (unsigned long long)count);
			comma = ",";
		}
	}
	buf_addc(buf, '}');
}

static void write_statuses(const struct target *target, struct buf *buf)
{
	const char *comma = "";

	buf_adds(buf, ",\"statuses\":{");
	for (unsigned i = 0; i < TARGET_STATUS_MAX; i++) {
		uint64_t count = target->counters->statuses[i];

		if (count == 0)
			continue;
		buf_addf(buf, "%s\"%u\":%llu", comma, i, (unsigned long long)count);
		comma = ",";
	}
	buf_addc(buf, '}');
}

/* Groups of the counts; the pool's group begins with its present state. */
static void write_counts(const struct target *target, struct buf *buf)
{
	const char *group = "";

	for (unsigned i = 0; i < TARGET_COUNTS; i++) {
		const struct target_count_name *name = &target_count_names[i];

		if (strcmp(group, name->group) != 0) {
			buf_addf(buf, "%s,\"%s\":{", i > 0 ? "}" : "", name->group);
			group = name->group;
			if (i == COUNT_WORK_DONE)
				buf_addf(buf,
					 "\"workers\":%.0f,\"busy\":%u,\"queued\":%u,"
					 "\"max_queued\":%llu,",
					 target->behaviour.workers, target->pool.busy,
					 target->pool.queued,
					 (unsigned long long)target->counters->max_queued);
		} else {
			buf_addc(buf, ',');
		}
		buf_addf(buf, "\"%s\":%llu", name->name,
			 (unsigned long long)target->counters->counts[i]);
	}
	buf_addc(buf, '}');
}

static void write_collapse(const struct target *target, struct buf *buf)
{
	buf_adds(buf, ",\"collapse\":{");
	for (unsigned i = 0; i < TARGET_MARKS; i++) {
		const struct target_mark *mark = &target->counters->marks[i];
		char wall[32];

		buf_addf(buf, "%s\"%s\":", i > 0 ? "," : "", target_mark_names[i]);
		if (!mark->set) {
			buf_adds(buf, "null");
			continue;
		}
		clock_format_rfc3339(mark->wall_ns, wall, sizeof(wall));
		buf_addf(buf,
			 "{\"at_s\":%.3f,\"time\":\"%s\",\"users\":%llu,\"in_flight\":%u,"
			 "\"queued\":%u,\"requests\":%llu}",
			 (double)mark->at_ns / 1e9, wall, (unsigned long long)mark->users,
			 mark->in_flight, mark->queued, (unsigned long long)mark->requests);
	}
	buf_addc(buf, '}');
}

void stats_write(const struct target *target, struct buf *buf)
{
	const struct target_counters *counters = target->counters;

	buf_addf(buf, "{\"requests\":%llu", (unsigned long long)target_counters_requests(counters));
	write_endpoints(target, buf);
	write_statuses(target, buf);
	buf_addf(buf, ",\"users\":%llu,\"in_flight\":%u,\"max_in_flight\":%llu",
		 (unsigned long long)counters->users_seen, target->in_flight,
		 (unsigned long long)counters->max_in_flight);
	write_counts(target, buf);
	write_collapse(target, buf);
	buf_addc(buf, '}');
}

void stats_get(struct call *call)
{
	stats_write(call->target, target_answer_begin(call));
	target_answer_json(call, 200);
}

void stats_other(struct call *call)
{
	if (evhttp_request_get_command(call->req) != EVHTTP_REQ_DELETE) {
		target_answer_method(call);
		return;
	}
	target_counters_reset(call->target->counters);
	target_answer_begin(call);
	target_answer_send(call, 204, NULL);
}

void stats_get_config(struct call *call)
{
	struct buf *buf = target_answer_begin(call);

	for (size_t i = 0; i < SETTINGS; i++)
		buf_addf(buf, "%s\"%s\":%.10g", i > 0 ? "," : "{", settings[i].key,
			 *setting_at(&call->target->behaviour, i));
	buf_addc(buf, '}');
	target_answer_json(call, 200);
}

static bool apply_setting(struct call *call, struct target_behaviour *behaviour, const char *key,
			  const json_t *value)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		double number = json_number_value(value);

		if (strcmp(settings[i].key, key) != 0)
			continue;
		if (!json_is_number(value) || number < 0 || number > settings[i].max ||
		    (settings[i].whole && number != floor(number))) {
			target_answer_field(call, key, "Must be %s from 0 to %.10g.",
					    settings[i].whole ? "an integer" : "a number",
					    settings[i].max);
			return false;
		}
		*setting_at(behaviour, i) = number;
		return true;
	}
	target_answer_field(call, key, "There is no such setting.");
	return false;
}

void stats_set_config(struct call *call)
{
	struct target *target = call->target;
	struct target_behaviour wanted = target->behaviour;
	struct body body;
	const char *key;
	json_t *value;

	if (!target_body_read(call, &body))
		return;
	json_object_foreach(body.json, key, value)
	{
		if (!apply_setting(call, &wanted, key, value))
			goto out;
	}
	target->behaviour = wanted;
	stats_get_config(call);
	target_pool_adjust(target);
out:
	target_body_fini(&body);
}
