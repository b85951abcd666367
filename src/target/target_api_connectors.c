/* SPDX-License-Identifier: MIT */
/* Connectors: publishing to the five planes, and asking about or repairing what was published. */
#include "config.h"

#include "target/target_answer.h"
#include "target/target_api.h"
#include "target/target_api_data.h"
#include "target/target_body.h"
#include "target/target_call.h"

/* In the order of COUNT_PLANE_... */
static const char *const planes[] = { "INTUNE", "JAMF", "SCCM", "LANDSCAPE", "ANSIBLE", NULL };
static const char *const actions[] = { "REINSTALL", "ROLLBACK", "UNINSTALL", NULL };

static bool check_config(struct call *call, const struct body *body)
{
	json_t *config = body->json ? json_object_get(body->json, "config") : NULL;

	if (!config || json_is_object(config))
		return true;
	target_answer_field(call, "config", "Expected a dictionary of items.");
	return false;
}

void api_publish(struct call *call)
{
	struct target *target = call->target;
	struct publication *item;
	struct target_id id;
	struct body body;
	size_t plane;
	bool good;
	char text[TARGET_ID_CHARS + 1];

	if (!target_body_read(call, &body))
		return;
	good = target_body_id(call, &body, "deployment_id", &id) &&
	       target_body_choice(call, &body, "target_plane", planes, false, &plane) &&
	       check_config(call, &body);
	target_body_fini(&body);
	if (!good)
		return;
	item = target_store_get(target->publications, id);
	if (!item)
		item = target_store_put(target->publications, id);
	item->planes |= 1u << plane;
	target->counters->counts[COUNT_PLANE_INTUNE + plane]++;
	target_id_format(id, text);
	buf_addf(target_answer_begin(call),
		 "{\"deployment_id\":\"%s\",\"target_plane\":\"%s\",\"status\":\"PUBLISHED\"}",
		 text, planes[plane]);
	target_answer_json(call, 200);
}

void api_connector_status(struct call *call)
{
	const struct publication *item;
	char text[TARGET_ID_CHARS + 1];
	const char *comma = "";
	struct target_id id;
	struct buf *buf;

	if (!target_call_id(call, &id))
		return;
	item = target_store_get(call->target->publications, id);
	if (!item) {
		target_answer_detail(call, 404, "Nothing was published for this deployment.");
		return;
	}
	target_id_format(id, text);
	buf = target_answer_begin(call);
	buf_addf(buf, "{\"deployment_id\":\"%s\",\"remediations\":%u,\"planes\":{", text,
		 item->remediated);
	for (size_t i = 0; planes[i]; i++) {
		if (!(item->planes & 1u << i))
			continue;
		buf_addf(buf, "%s\"%s\":\"PUBLISHED\"", comma, planes[i]);
		comma = ",";
	}
	buf_adds(buf, "}}");
	target_answer_json(call, 200);
}

void api_remediate(struct call *call)
{
	struct target *target = call->target;
	struct publication *item;
	char text[TARGET_ID_CHARS + 1];
	const char *reason;
	struct target_id id;
	struct body body;
	size_t action;
	bool good;

	if (!target_body_read(call, &body))
		return;
	good = target_body_id(call, &body, "deployment_id", &id) &&
	       target_body_string(call, &body, "reason", 4096, NULL, &reason) &&
	       target_body_choice(call, &body, "action", actions, false, &action);
	target_body_fini(&body);
	if (!good)
		return;
	item = target_store_get(target->publications, id);
	if (!item) {
		target_answer_detail(call, 404, "Nothing was published for this deployment.");
		return;
	}
	item->remediated++;
	target->counters->counts[COUNT_REMEDIATED]++;
	target_id_format(id, text);
	buf_addf(target_answer_begin(call),
		 "{\"deployment_id\":\"%s\",\"action\":\"%s\",\"status\":\"QUEUED\"}", text,
		 actions[action]);
	target_answer_json(call, 200);
}
