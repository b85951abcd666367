/* SPDX-License-Identifier: MIT */
/* Health, login and the stores the other handlers share. */
#include "config.h"

#include "target/target_api.h"

#include <string.h>

#include "target/target_answer.h"
#include "target/target_api_data.h"
#include "target/target_body.h"
#include "target/target_call.h"

#define DEPLOYMENTS_MAX   (1u << 14)
#define IDEMPOTENCY_MAX   (1u << 16)
#define APPROVALS_MAX     (1u << 14)
#define PUBLICATIONS_MAX  (1u << 16)
#define BURST_PREFIX      "burst_user_"
#define PRACTICE_PASSWORD "test123"

static const char *const known_users[] = { "loadtest_user", "cab_approver", "publisher_user",
					   NULL };

void target_api_init(struct target *target)
{
	target->deployments = target_store_new(DEPLOYMENTS_MAX, sizeof(struct deployment));
	target->idempotency = target_store_new(IDEMPOTENCY_MAX, sizeof(struct target_id));
	target->approvals = target_store_new(APPROVALS_MAX, sizeof(struct approval));
	target->publications = target_store_new(PUBLICATIONS_MAX, sizeof(struct publication));
}

void target_api_fini(struct target *target)
{
	target_store_free(target->deployments);
	target_store_free(target->idempotency);
	target_store_free(target->approvals);
	target_store_free(target->publications);
}

void api_root(struct call *call)
{
	buf_adds(target_answer_begin(call),
		 "{\"service\":\"throng practice backend\",\"health\":\"/api/v1/health/\","
		 "\"statistics\":\"/_target/stats\",\"configuration\":\"/_target/config\"}");
	target_answer_json(call, 200);
}

void api_health(struct call *call)
{
	buf_adds(target_answer_begin(call), "{\"status\":\"healthy\"}");
	target_answer_json(call, 200);
}

static bool is_known_user(const char *name)
{
	size_t prefix = strlen(BURST_PREFIX);

	for (size_t i = 0; known_users[i]; i++) {
		if (strcmp(known_users[i], name) == 0)
			return true;
	}
	return strncmp(name, BURST_PREFIX, prefix) == 0 && name[prefix] != '\0';
}

void api_login(struct call *call)
{
	struct target *target = call->target;
	const char *username, *password;
	char token[TARGET_TOKEN_CHARS + 1];
	struct body body;
	struct buf *buf;

	if (!target_body_read(call, &body))
		return;
	if (!target_body_string(call, &body, "username", 150, NULL, &username) ||
	    !target_body_string(call, &body, "password", 128, NULL, &password))
		goto out;
	if (!is_known_user(username) || strcmp(password, PRACTICE_PASSWORD) != 0) {
		target->counters->counts[COUNT_LOGINS_REFUSED]++;
		target_answer_detail(call, 401, "Invalid username or password.");
		goto out;
	}
	target->counters->counts[COUNT_LOGINS]++;
	target_token_format(&target->token_key, target->counters->next_token++, token);
	buf = target_answer_begin(call);
	buf_addf(buf, "{\"token\":\"%s\",\"username\":", token);
	target_answer_add_string(buf, username);
	buf_addc(buf, '}');
	target_answer_json(call, 200);
out:
	target_body_fini(&body);
}
