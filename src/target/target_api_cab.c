/* SPDX-License-Identifier: MIT */
/* The change advisory board: a list of pending approvals that never runs dry, and decisions.
 * An approval is decided once. Whoever comes later gets 404 (it is pending no more) or, with the
 * opposite decision, 409. With racy approvals a decision is checked when the work begins and
 * written when it ends, as a backend without row locks does: then two may succeed, and the
 * duplicates are counted. */
#include "config.h"

#include "base/clock.h"
#include "target/target_answer.h"
#include "target/target_api.h"
#include "target/target_api_data.h"
#include "target/target_body.h"
#include "target/target_call.h"

#define LIST_DEFAULT 100
#define LIST_MAX     1000

static void replenish(struct target *target, uint64_t wanted)
{
	while (target->pending < wanted) {
		struct target_store *store = target->approvals;
		struct target_id id;
		struct approval *item;

		if (target_store_full(store)) {
			item = target_store_at(store, target_store_first(store), &id);
			if (item->state == APPROVAL_PENDING)
				target->pending--;
		}
		item = target_store_put(store, target_id_new(&target->rng));
		item->deployment = target_id_new(&target->rng);
		item->risk = (uint8_t)rng_below(&target->rng, 101);
		item->submitted_wall_ns = clock_wall_ns();
		target->pending++;
	}
}

static void add_approval(struct buf *buf, struct target_id id, const struct approval *item)
{
	char text[TARGET_ID_CHARS + 1], deployment[TARGET_ID_CHARS + 1], submitted[32];

	target_id_format(id, text);
	target_id_format(item->deployment, deployment);
	clock_format_rfc3339(item->submitted_wall_ns, submitted, sizeof(submitted));
	buf_addf(buf,
		 "{\"id\":\"%s\",\"deployment_id\":\"%s\",\"risk_score\":%u,\"status\":\"PENDING\","
		 "\"submitted_at\":\"%s\"}",
		 text, deployment, item->risk, submitted);
}

void api_list_pending(struct call *call)
{
	struct target *target = call->target;
	struct target_store *store = target->approvals;
	uint64_t limit, shown = 0;
	struct buf *buf;

	if (!target_call_query(call, "limit", LIST_DEFAULT, 1, LIST_MAX, &limit))
		return;
	replenish(target, limit);
	if (target->first_pending < target_store_first(store))
		target->first_pending = target_store_first(store);
	buf = target_answer_begin(call);
	buf_addf(buf, "{\"count\":%u,\"approvals\":[", target->pending);
	for (uint64_t i = target->first_pending; i < target_store_end(store) && shown < limit;
	     i++) {
		struct target_id id;
		const struct approval *item = target_store_at(store, i, &id);

		if (item->state != APPROVAL_PENDING)
			continue;
		if (shown++ == 0)
			target->first_pending = i;
		else
			buf_addc(buf, ',');
		add_approval(buf, id, item);
	}
	buf_adds(buf, "]}");
	target_answer_json(call, 200);
}

void api_claim(struct call *call)
{
	const struct approval *item;
	struct target_id id;

	if (call->target->behaviour.racy_approvals <= 0 ||
	    !target_id_parse(&id, call->param, call->param_len))
		return;
	item = target_store_get(call->target->approvals, id);
	call->claimed = item && item->state == APPROVAL_PENDING;
}

static void refuse(struct call *call, const struct approval *item, enum approval_state wanted)
{
	uint64_t *counts = call->target->counters->counts;

	if (item && item->state != wanted) {
		counts[COUNT_APPROVALS_CONFLICTING]++;
		target_answer_detail(call, 409, "This approval was decided the other way.");
		return;
	}
	if (item)
		counts[COUNT_APPROVALS_REFUSED]++;
	target_answer_detail(call, 404, "No pending approval with this id.");
}

static void decide(struct call *call, enum approval_state wanted)
{
	struct target *target = call->target;
	uint64_t *counts = target->counters->counts;
	const char *comments, *word = wanted == APPROVAL_APPROVED ? "APPROVED" : "REJECTED";
	char text[TARGET_ID_CHARS + 1];
	struct approval *item;
	struct target_id id;
	struct body body;
	bool good;

	if (!target_call_id(call, &id) || !target_body_read(call, &body))
		return;
	good = target_body_string(call, &body, "comments", 4096, "none", &comments);
	target_body_fini(&body);
	if (!good)
		return;
	item = target_store_get(target->approvals, id);
	if (!item || (item->state != APPROVAL_PENDING && !call->claimed)) {
		refuse(call, item, wanted);
		return;
	}
	if (item->state == APPROVAL_PENDING)
		target->pending--;
	else
		counts[COUNT_APPROVALS_DUPLICATE]++;
	item->state = (uint8_t)wanted;
	counts[wanted == APPROVAL_APPROVED ? COUNT_APPROVED : COUNT_DISAPPROVED]++;
	target_id_format(id, text);
	buf_addf(target_answer_begin(call), "{\"id\":\"%s\",\"status\":\"%s\"}", text, word);
	target_answer_json(call, 200);
}

void api_approve(struct call *call)
{
	decide(call, APPROVAL_APPROVED);
}

void api_reject(struct call *call)
{
	decide(call, APPROVAL_REJECTED);
}
