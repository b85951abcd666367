/* SPDX-License-Identifier: MIT */
/* Deployments: created once per Idempotency-Key, listed newest first, found by id. */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "target/target_answer.h"
#include "target/target_api.h"
#include "target/target_api_data.h"
#include "target/target_body.h"
#include "target/target_call.h"

#define LIST_DEFAULT 100
#define LIST_MAX     1000

static const char *const rings[] = { "CANARY", "PILOT", "DEPARTMENT", "GLOBAL", NULL };

static void add_deployment(struct buf *buf, struct target_id id, const struct deployment *item)
{
	char text[TARGET_ID_CHARS + 1], created[32];

	target_id_format(id, text);
	buf_addf(buf, "{\"id\":\"%s\",\"app_name\":", text);
	target_answer_add_string(buf, item->app_name);
	buf_adds(buf, ",\"version\":");
	target_answer_add_string(buf, item->version);
	target_id_format(item->evidence, text);
	clock_format_rfc3339(item->created_wall_ns, created, sizeof(created));
	buf_addf(buf,
		 ",\"target_ring\":\"%s\",\"evidence_pack_id\":\"%s\",\"status\":\"PENDING\","
		 "\"created_at\":\"%s\"}",
		 rings[item->ring], text, created);
}

/* Two hashes make 128 bits: keys of any length cost the same. */
static struct target_id hash_of(const struct target *target, const char *key)
{
	struct target_token_key other = { target->token_key.k1, target->token_key.k0 };
	size_t len = strlen(key);
	struct target_id id = { target_token_hash(&target->token_key, key, len),
				target_token_hash(&other, key, len) };

	return id;
}

/* The same key again: the deployment it made, when it is still remembered. */
static bool answer_repeated(struct call *call, struct target_id key_hash)
{
	struct target *target = call->target;
	const struct target_id *id = target_store_get(target->idempotency, key_hash);
	const struct deployment *item = id ? target_store_get(target->deployments, *id) : NULL;

	if (!item)
		return false;
	target->counters->counts[COUNT_DEPLOYMENTS_REPEATED]++;
	add_deployment(target_answer_begin(call), *id, item);
	target_answer_json(call, 200);
	return true;
}

static bool read_deployment(struct call *call, const struct body *body, struct deployment *out)
{
	const char *app_name, *version;
	size_t ring;

	if (!target_body_string(call, body, "app_name", sizeof(out->app_name) - 1, NULL,
				&app_name) ||
	    !target_body_string(call, body, "version", sizeof(out->version) - 1, "1.0.0",
				&version) ||
	    !target_body_choice(call, body, "target_ring", rings, true, &ring) ||
	    !target_body_id(call, body, "evidence_pack_id", &out->evidence))
		return false;
	memcpy(out->app_name, app_name, strlen(app_name) + 1);
	memcpy(out->version, version, strlen(version) + 1);
	out->ring = (uint8_t)ring;
	out->created_wall_ns = clock_wall_ns();
	return true;
}

void api_create_deployment(struct call *call)
{
	struct target *target = call->target;
	const char *key = target_call_header(call, "Idempotency-Key");
	struct deployment given = { .ring = 0 }, *item;
	struct target_id id, key_hash = { 0, 0 };
	struct body body;

	if (!target_body_read(call, &body))
		return;
	if (!read_deployment(call, &body, &given))
		goto out;
	if (key) {
		key_hash = hash_of(target, key);
		if (answer_repeated(call, key_hash))
			goto out;
	}
	id = target_id_new(&target->rng);
	item = target_store_put(target->deployments, id);
	*item = given;
	if (key) {
		struct target_id *made = target_store_get(target->idempotency, key_hash);

		if (!made) /* else: known, but its deployment has been forgotten */
			made = target_store_put(target->idempotency, key_hash);
		*made = id;
	}
	target->counters->counts[COUNT_DEPLOYMENTS_CREATED]++;
	add_deployment(target_answer_begin(call), id, item);
	target_answer_json(call, 201);
out:
	target_body_fini(&body);
}

void api_list_deployments(struct call *call)
{
	const struct target_store *store = call->target->deployments;
	uint64_t first = target_store_first(store), end = target_store_end(store);
	uint64_t limit, shown = 0;
	struct buf *buf;

	if (!target_call_query(call, "limit", LIST_DEFAULT, 1, LIST_MAX, &limit))
		return;
	buf = target_answer_begin(call);
	buf_addf(buf, "{\"count\":%llu,\"deployments\":[", (unsigned long long)(end - first));
	while (end > first && shown < limit) {
		struct target_id id;
		const struct deployment *item = target_store_at(store, --end, &id);

		if (shown++ > 0)
			buf_addc(buf, ',');
		add_deployment(buf, id, item);
	}
	buf_adds(buf, "]}");
	target_answer_json(call, 200);
}

void api_get_deployment(struct call *call)
{
	const struct deployment *item;
	struct target_id id;

	if (!target_call_id(call, &id))
		return;
	item = target_store_get(call->target->deployments, id);
	if (!item) {
		target_answer_detail(call, 404, "Not found.");
		return;
	}
	add_deployment(target_answer_begin(call), id, item);
	target_answer_json(call, 200);
}
